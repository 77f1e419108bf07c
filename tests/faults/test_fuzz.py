"""Rubbish in every part of every address, in cookies, headers, bodies and fields: no 500.

What there is to fill in is asked of the site itself: the patterns of the URL configuration, the
fields of the forms it shows and the queries of the links on its pages, beside the names that
nobody links to. Each place gets what was tried least so far, so that over all pages each name has
its turn, and each of them other rubbish. Names that a page takes no notice of are tried at once;
of a form that was tried before, under another address or by another role, less is tried anew.
"""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from itertools import count
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import send_mail
from django.core.signing import TimestampSigner
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from reversion.models import Version

from glossary.admin.editing import EditingAdmin
from glossary.models import Category, Feedback, FormerAddress, MissedSearch, Source, Term
from glossary.publishing import history, previews
from glossary.quality.reports import REPORTS
from organizers.accounts import signing_in
from organizers.alerts.signing_up import SALT
from organizers.models import Alert, Mail, Membership, Report, User
from races.history import versions as race_history
from races.models import Place
from tests.desk import client_of
from tests.factories import (
    AuthenticatorFactory,
    CourseFactory,
    RaceFactory,
    SubmissionFactory,
    TermFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("fuzz")]

RUBBISH = [
    "\x00", "a\x00b", "9" * 30, "9" * 5000, "-1", "0", "abc", "1e400", "NaN", "١٢٣", "²",
    "http://[::1", "//evil.example", "javascript:alert(1)", "../../../etc/passwd", "%", "%00",
    "'\"><b>", "{{ 7|add:7 }}", "\ud7ff\uffff", "😀" * 60, "[" * 400, "a" * 9000, "\r\nX: y",
    "2027-02-30", "0000-00-00", "9999-12-31T23:59:59+14:00", "0001-01-01", "25:99", ",", "1,2,3",
    "on", " ", "\u202e\u200b", "1\u00a0000,5", "null", "[]", "{}", "true", "nowhere", "2147483648",
]  # fmt: skip
FILES = [
    ("", b""), ("a.csv", b""), ("a.csv", b"\xff\xfe\x00" * 100), ("a.csv", b"slug\n\x00,\x00"),
    ("a" * 300 + ".xlsx", b"PK\x03\x04 and no more"), ("../a.json", b'[{"slug": '),
    ("a.json", b'[1, null, "a"]'), ("a.json", b"[" * 5000), ("\x00.json", b'{"slug": "\\u0000"}'),
]  # fmt: skip
BODIES = [
    ("application/json", b'{"a": ['),
    ("application/json", b"\xff\x00"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="q\x00'),
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=" % n for n in range(1500))),
    ("application/x-www-form-urlencoded", b"q=%ff%fe&next=%00&=&&;"),
    ("\x00/;;charset", b"\x00"),
]
METHODS = ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"]
# What pages read from their address without a link or a form that would tell.
UNLINKED = [
    "page", "q", "next", "letter", "sort", "format", "revision", "older", "newer", "p", "o", "e",
    "all", "_popup", "_to_field", "_changelist_filters", "app_label", "model_name", "field_name",
    "term", "ids", "action", "state", "state__exact", "id__exact", "pk__in", "changed_on__year",
    "changed_on__month", "changed_on__day", "changed_on__gte", "start_date__year",
    "category__id__exact", "category__is_health__exact", "race__sport", "updated_at__isnull",
    "month_from", "month_to", "country", "sport", "distance", "limit", "offset", "changed_since",
    "view", "when", "near", "within", "box", "longer", "price",
]  # fmt: skip
# So many alone, those that were tried least, where each was tried alone before.
NAMES_A_PLACE, FIELDS_A_FORM = 2, 2
SLOW = 1.0


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


class Offers(HTMLParser):
    """What a page offers to fill in."""

    def __init__(self, place: str, content: bytes) -> None:
        super().__init__()
        self.place = place
        self.links: list[str] = []
        self.sent: list[Form] = []
        self.asked: list[Form] = []
        self.form, self.select, self.text = Form(place), "", ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        name, value, kind = about.get("name", ""), about.get("value", ""), about.get("type", "")
        if tag == "a":
            self.links.append(urljoin(self.place, about.get("href", "")))
        elif tag == "form":
            self.form = Form(urlsplit(urljoin(self.place, about.get("action", ""))).path)
            is_sent = about.get("method", "get").lower() == "post"
            (self.sent if is_sent else self.asked).append(self.form)
        elif tag == "option" and self.select:
            self.form.choices[self.select].append(value)
            if "selected" in about:
                self.form.fields[self.select] = value
        elif not name or name == "csrfmiddlewaretoken":
            return
        elif tag == "button" or kind == "submit":
            self.form.buttons[name] = value
        elif kind == "file":
            self.form.files.add(name)
        elif tag == "select":
            self.select, self.form.choices[name] = name, []
            self.form.fields[name] = ""
        elif tag == "textarea":
            self.text, self.form.fields[name] = name, ""
        elif tag == "input":
            self.form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag in {"select", "textarea"}:
            self.select = self.text = ""

    def handle_data(self, data: str) -> None:
        if self.text:
            self.form.fields[self.text] += data


def bare(name: str) -> str:
    """A field's name without the number of its row, as all rows are cleaned alike.

    How many rows there are is one field, whatever they hold.
    """
    return re.sub(r"-(\d+|__prefix__)-", "-0-", re.sub(r"^.*-(?=[A-Z_]+_FORMS$)", "", name))


@dataclass
class Tried:
    """What anybody has tried so far."""

    views: Counter[str] = field(default_factory=Counter)
    refused: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    forms: set[Any] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    buttons: Counter[str] = field(default_factory=Counter)


def least(tried: Counter[str], names: Iterable[str], most: int) -> list[str]:
    """So many of the names, those that were tried least."""
    chosen = sorted(set(names), key=lambda name: (tried[bare(name)], name))[:most]
    tried.update(map(bare, chosen))
    return chosen


@dataclass
class Fuzz:
    client: Client
    by_all: Tried = field(default_factory=Tried)
    turn: Iterator[int] = field(default_factory=count)
    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    asked: int = 0

    def __post_init__(self) -> None:
        self.session = {name: m.value for name, m in self.client.cookies.items()}

    def rubbish(self) -> str:
        return RUBBISH[next(self.turn) * 7 % len(RUBBISH)]

    def ask(self, method: str, address: str, data: Any = None, **more: Any) -> Any:
        """Try it, and find everything as it was afterwards."""
        self.asked += 1
        began = perf_counter()
        what = f"{method} {address[:200]!r} {str(data)[:600] if data else ''} {more or ''}"
        with transaction.atomic():
            try:
                response = getattr(self.client, method.lower())(address, data, **more)
                if hasattr(response, "streaming_content"):
                    b"".join(response.streaming_content)
                if response.status_code < 400 and method == "POST":
                    # As a commit would, which never comes.
                    with connection.cursor() as cursor:
                        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except Exception as error:  # noqa: BLE001
                self.wrong.append(f"{what}: {type(error).__name__}: {str(error)[:200]}")
                response = None
            transaction.set_rollback(True)
        if response is not None and response.status_code >= 500:
            info = getattr(response, "exc_info", None)
            self.wrong.append(f"{what}: {response.status_code} {info and info[:2]}")
        if perf_counter() - began > SLOW:
            self.slow.append(f"{perf_counter() - began:.1f} s  {what}")
        # Who has signed out, or was signed out, is signed in again.
        self.client.cookies.clear()
        for name, value in self.session.items():
            self.client.cookies[name] = value
        return response


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, before: str = ""
) -> Iterator[tuple[str, str]]:
    """Every route of the URL configuration, as "glossary/<slug:slug>/", and its view's name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern.lookup_str


# A part of a route that may vary: <int:pk>, or a group of a regular expression.
PART = re.compile(r"<(?:\w+:)?\w+>|\((?:[^()]|\([^()]*\))*\)")


def address(route: str, parts: Iterable[str]) -> str:
    given = iter(parts)
    filled = PART.sub(lambda match: quote(next(given), safe=""), route)
    return "/" + filled.replace(r"\Z", "").rstrip("$").replace("\\", "")


@pytest.fixture
def rows(membership: Membership) -> dict[str, str]:
    """One of each thing that an address may name, by what stands before it."""
    term = TermFactory(slug="shin", title="Shin")
    Source.objects.create(term=term, title="A study", url="https://study.example/")
    TermFactory(slug="draft", state="draft")
    FormerAddress.objects.create(slug="removed")
    Feedback.objects.create(term=term, answer="wrong", text="A word is missing.")
    MissedSearch.objects.create(query="shinn")
    distance = CourseFactory(distance__edition__race__slug="run").distance
    edition = distance.edition
    Place.objects.create(
        geoname_id=1, name="Girona", keys=["girona"], country="ES", latitude=41.98,
        longitude=2.82, population=100_000, time_zone="Europe/Madrid",
    )  # fmt: skip
    mine = {"organizer": membership.organizer, "submitted_by": membership.user}
    draft = SubmissionFactory(**mine)
    sent = SubmissionFactory(state="pending", submitted_at="2026-11-01T09:00Z", **mine)
    EmailAddress.objects.create(user=membership.user, email=membership.user.email, verified=True)
    Report.objects.create(race=edition.race, about="date", text="It is on 9 May.")
    alert = Alert.objects.create(
        email="ann@example.com", query="country=ES", asked_at=timezone.now()
    )
    send_mail("Hello", "A mail.", None, ["someone@example.com"])
    versions = {}
    for kind, thing, record in [
        ("term", term, history.record),
        ("race", edition.race, race_history.record),
    ]:
        for _ in range(2):
            record(thing, None, "Changed")
        older, newer = Version.objects.get_for_object(thing).order_by("pk")
        versions |= {
            f"{kind} version": str(newer.pk),
            f"{kind} older": str(older.revision_id),
            f"{kind} newer": str(newer.revision_id),
        }
    first = {
        model._meta.label_lower.replace(".", "/"): str(getattr(model.objects.first(), "pk", 1))
        for model in admin.site._registry
    }
    return (
        first
        | versions
        | {
            "glossary/category": Category.objects.get().slug,
            f"{settings.ADMIN_PATH}glossary/category": str(Category.objects.get().pk),
            "glossary": "shin",
            "near": "shin",
            "api/v1/terms": "shin",
            "races": "run",
            "races/in": "es",
            "races/search/alert/confirm": TimestampSigner(salt=SALT).sign(alert.key),
            "races/search/alert/end": alert.key,
            "edition": str(edition.pk),
            "course": str(distance.pk),
            "glossary/term": str(term.pk),
            "glossary/reports": next(iter(REPORTS)),
            "glossary/preview": previews.preview_address(term).split("/")[-2],
            "races/race": str(edition.race.pk),
            "organizers/submission": str(sent.pk),
            "organizers/submissions": str(draft.pk),
            "organizers/user": str(membership.user.pk),
            "content type": str(ContentType.objects.get_for_model(Term).pk),
        }
    )


def real_parts(route: str, rows: dict[str, str]) -> list[str]:
    best = max((key for key in rows if f"{key}/" in route), key=len, default="")
    if "/r/<" in route:
        return [rows["content type"], rows["glossary/term"]]
    version = f"{best.split('/')[-1]} {'gone' if '/recover/' in route else 'version'}"
    return [
        rows.get(version, "1") if part == r"(\d+)" else
        "glossary" if "app_label" in part else
        rows.get("uid", "1") if "<uidb36>" in part else
        rows.get("key", "1") if "<key>" in part else
        rows["course" if "course-<" in route else "edition"] if "int:key" in part else
        rows.get("other race" if "int:other" in part else best, "1")
        for part in PART.findall(route)
    ]  # fmt: skip


ADMIN = f"/{settings.ADMIN_PATH}"


def begun(route: str, rows: dict[str, str]) -> dict[str, str]:
    """What a page must be asked for, that answers nothing before."""
    if route.endswith("/history/compare/"):
        kind = "term" if "/term/" in route else "race"
        return {name: rows[f"{kind} {name}"] for name in ("older", "newer")}
    return {
        f"{settings.ADMIN_PATH}autocomplete/": {
            "app_label": "glossary", "model_name": "relatedterm", "field_name": "other",
            "term": "s",
        },
        "search/": {"q": "shin"},
        "search/suggestions/": {"q": "shin"},
        "races/places/": {"q": "lyo"},
        "races/search/alert/": {"country": "ES"},
        "near/": {"near": "Girona"},
        "near/<slug:slug>/": {"near": "Girona"},
    }.get(route, {})  # fmt: skip


# Where a page leads that is there only to lead on, by how its route ends.
LEADS = {
    "/<path:object_id>/": "/change/",
    f"{ADMIN}r/<path:content_type_id>/<path:object_id>/": "/glossary/shin/",
    r"/term/([^/]+)/history/(\d+)/$": "/change/?revision=",
    r"/term/recover/(\d+)/$": "/change/?revision=",
    r"/race/recover/(\d+)/$": "/history/",
    "/preview/": "/glossary/preview/",
    f"{ADMIN}login/": ADMIN,
    "/withdraw/": "/organizers/",
    "/decide/": "/change/",
    "/stop-sharing/": "/change/",
    "/distance/<path:object_id>/history/": "/races/race/",
    "/edition/<path:object_id>/history/": "/races/race/",
    "/favicon.ico": "/static/img/",
    "/share.png": "/share.png?v=",
    "/later/": ADMIN,
    "/process_import/": f"{ADMIN}glossary/term/",
}
# What opens for nobody: these no hand may add or delete; and what no other pattern takes is not
# found.
NOBODY = {
    *(
        f"{settings.ADMIN_PATH}{model}/add/"
        for model in (
            "django_tasks_database/dbtaskresult", "glossary/feedback", "glossary/missedsearch",
            "mfa/authenticator", "organizers/alert", "organizers/mail", "organizers/report",
            "organizers/submission", "races/place",
        )
    ),
    *(
        f"{settings.ADMIN_PATH}{model}/<path:object_id>/delete/"
        for model in (
            "django_tasks_database/dbtaskresult", "glossary/formeraddress", "organizers/mail",
            "organizers/report", "organizers/submission", "races/place",
        )
    ),
    f"{settings.ADMIN_PATH}(?P<url>.*)$",
    "api/v1/<path:rest>/",
}  # fmt: skip


def try_form(fuzz: Fuzz, form: Form) -> Any:
    """Each field with rubbish: half of them at once, and some alone; each file and button.

    A form that was filled in before gets less. The answer is that to what it holds already.
    """
    tried = fuzz.by_all
    names = sorted(form.fields)
    place = re.sub(r"/(\d+/change|add)/$", "/", form.action)
    kind = place, frozenset(map(bare, names)), form.fields.get("action")
    is_new = kind not in tried.forms
    tried.forms.add(kind)
    untried = [name for name in form.buttons if not tried.buttons[name]]
    chosen_buttons = least(tried.buttons, form.buttons, max(1, len(untried)))
    buttons = [{name: form.buttons[name]} for name in chosen_buttons] or [{}]

    def send(changes: dict[str, Any], button: dict[str, str]) -> Any:
        return fuzz.ask("POST", form.action, {**form.fields, **button, **changes})

    answers = [send({}, button) for button in buttons]
    if is_new:
        fuzz.ask("POST", form.action, {})
    for number in range(min(2, len(names)) if is_new else 1):
        several = {name: fuzz.rubbish() for name in names[number::2] if not name.endswith("_FORMS")}
        send(several, buttons[number % len(buttons)])
    for name in least(tried.fields, names, FIELDS_A_FORM if is_new else 1):
        send({name: fuzz.rubbish()}, buttons[next(fuzz.turn) % len(buttons)])
    for name in form.files if is_new else []:
        for number, (title, content) in enumerate(FILES):
            file = BytesIO(content)
            file.name = title
            chosen = {
                other: options[number % len(options)]
                for other, options in form.choices.items()
                if options
            }
            send({name: file, **chosen}, buttons[0])
        send({name: "no file"}, buttons[0])
    return answers[0]


def is_page(response: Any) -> bool:
    return (
        response is not None
        and response.status_code == 200
        and "html" in response.get("Content-Type", "")
    )


def try_page(fuzz: Fuzz, view: str, place: str, asked: dict[str, str], opened: Any = None) -> Any:
    """Open a page as it should be opened, and fill in rubbish where it offers to fill in."""
    response = opened or fuzz.ask("GET", place, asked)
    if response is not None and response.status_code == 405:
        response = fuzz.ask("POST", place, {})
    names = dict.fromkeys(asked, "")
    forms: list[Form] = []
    if is_page(response):
        page = Offers(place, response.content)
        for link in map(urlsplit, page.links):
            if link.path == place:
                names |= dict(parse_qsl(link.query))
        for form in page.asked:
            if form.action == place:
                names |= form.fields
        forms = page.sent
    real = {name: value for name, value in names.items() if value} | asked

    def ask(changed: Iterable[str]) -> Any:
        rubbish = {name: fuzz.rubbish() for name in changed}
        return fuzz.ask("GET", f"{place}?{urlencode({**real, **rubbish})}")

    # The lists of all models are one kind, and so are their forms.
    kind = view.rpartition(".")[2]
    refused = fuzz.by_all.refused[kind]

    def ask_together(changed: list[str]) -> None:
        """If the page refuses them, find those that it refuses."""
        response = ask(changed)
        if response is not None and response.status_code == 200:
            return
        if len(changed) == 1:
            refused.update(changed)
            fuzz.by_all.names[f"{kind}?{changed[0]}"] += 1
        else:
            ask_together(changed[: len(changed) // 2])
            ask_together(changed[len(changed) // 2 :])

    if response is not None and response.status_code == 200 and not opened:
        unlinked = set(UNLINKED) - set(asked)
        alone = [*names, *unlinked & refused]
        new = {name for name in alone if not fuzz.by_all.names[f"{kind}?{name}"]}
        fuzz.tried.update(new)
        fuzz.by_all.names.update(f"{kind}?{name}" for name in new)
        for name in [*sorted(new), *least(fuzz.tried, {*alone} - new, NAMES_A_PLACE)]:
            ask([name])
        together = sorted(unlinked - refused)
        if together:
            fuzz.tried.update(together)
            ask_together(together)
    for form in forms:
        if "logout" in form.action or (form.action != place and form.action in fuzz.sent):
            continue
        fuzz.sent.add(form.action)
        answer = try_form(fuzz, form)
        if opened:
            response = answer
        # The admin asks once more before it does something to many rows.
        for action in filter(None, form.choices.get("action", [])):
            asks = fuzz.ask("POST", form.action, {**form.fields, "action": action})
            if is_page(asks):
                for sure in Offers(form.action, asks.content).sent:
                    if "logout" not in sure.action and sure.fields.get("action") == action:
                        try_form(fuzz, sure)
    return response


@dataclass
class Visit:
    """Somebody, the pages that are there for them, and how far they are."""

    client: Client
    under: tuple[str, ...]
    rows: dict[str, str]
    opened: dict[str, Any] = field(default_factory=dict)
    is_role: bool = False

    def may_open(self, route: str) -> bool:
        """The two beginnings of everything stand for nothing but themselves."""
        beginnings = tuple(each for each in self.under if each not in {"/", ADMIN})
        return route in self.under or route.startswith(beginnings)


def fuzz_all(fuzz: Fuzz, visit: Visit) -> set[str]:
    """Ask for everything, and say which routes were opened."""
    reached = set()
    doors: set[str] = set()
    views = fuzz.by_all.views
    for route, view in sorted(set(routes())):
        parts = real_parts(route, visit.rows)
        place = address(route, parts)
        wrong = address(route, [fuzz.rubbish() for _ in parts])
        kind, body = BODIES[views[view] % len(BODIES)]
        if not visit.may_open(f"/{route}"):
            # What is not theirs answers in one way, which other tests see to.
            if visit.is_role and view not in doors:
                fuzz.ask("POST", wrong, body, content_type=kind)
            doors.add(view)
            continue
        response = try_page(fuzz, view, place, begun(route, visit.rows), visit.opened.get(place))
        if response is not None and response.status_code == 302:
            led = response["Location"]
            if any(f"/{route}".endswith(end) and to in led for end, to in LEADS.items()):
                reached.add(route)
                there = urlsplit(led)
                if there.query or "/recover/" in route:
                    try_page(fuzz, view, there.path, dict(parse_qsl(there.query)))
        elif response is not None and response.status_code == 200:
            reached.add(route)
        for number in range(len(parts)):
            for _ in range(3):
                others = [*parts[:number], fuzz.rubbish(), *parts[number + 1 :]]
                fuzz.ask("GET", address(route, others))
        if parts:
            fuzz.ask("POST", wrong, {})
        # One view stands behind the pages of many models.
        if views[view] < len(BODIES):
            fuzz.ask("POST", place, body, content_type=kind)
            method = METHODS[views[view] % len(METHODS)]
            fuzz.ask(method, place, headers={"Content-Type": "application/json"})
        views[view] += 1
    return reached


# Who tries which pages: those that are there for them. (An administrator may do all that editors
# and moderators do; tried here are the pages of which they see less, or nothing.)
ROLES = {
    "stranger": (
        "/", "/glossary/", "/races/", "/search/", "/api/", "/accounts/", "/list-your-race/",
        "/about/", "/near/", "/compare/", "/my-list", "/embed/",
        "/organizers/account/deleted/", "/privacy/", "/robots", "/llms", "/sitemap", "/favicon",
        "/site",
    ),
    "organizer": ("/accounts/", "/organizers/"),
    "editor": (
        ADMIN, f"{ADMIN}glossary/", f"{ADMIN}races/", f"{ADMIN}autocomplete/", f"{ADMIN}r/",
        f"{ADMIN}jsi18n/", f"{ADMIN}(?P<app_label>", "/organizers/account/", "/accounts/2fa/",
    ),
    "moderator": (f"{ADMIN}organizers/", f"{ADMIN}autocomplete/"),
    "administrator": (
        f"{ADMIN}auth/", f"{ADMIN}account/", f"{ADMIN}mfa/", f"{ADMIN}django_tasks_database/",
        f"{ADMIN}organizers/user/", f"{ADMIN}organizers/plan/", f"{ADMIN}organizers/organizer/",
        f"{ADMIN}glossary/formeraddress/", f"{ADMIN}glossary/term/recover/",
        f"{ADMIN}races/place/", f"{ADMIN}races/race/recover/",
        f"{ADMIN}races/race/<path:object_id>/delete/", f"{ADMIN}password_change/",
        f"{ADMIN}login/", f"{ADMIN}logout/", f"{ADMIN}glossary/category/<path:object_id>/delete/",
    ),
}  # fmt: skip
PASSWORD = "a long enough secret"
WORDS_TO_IMPORT = (
    b"slug,title,category,definition,body\nnew,New,training-workouts,A word.,About it.\n"
)


def with_password(email: str, *, is_staff: bool = False, has_factor: bool = False) -> Client:
    """Somebody who has just typed their password."""
    user = UserFactory(email=email, is_staff=is_staff, password=make_password(PASSWORD))
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    if has_factor:
        AuthenticatorFactory(user=user)
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client


@pytest.fixture
def visits(
    rows: dict[str, str],
    personas: dict[str, Callable[[], Client]],
    membership: Membership,
    editor: User,
    settings: Any,
) -> dict[str, Visit]:
    """Every role, and people in the middle of something."""
    settings.SECOND_FACTOR_CAN_WAIT = True
    root = client_of(UserFactory(is_staff=True, is_superuser=True))
    gone = {}
    for place, thing in {"glossary/term": TermFactory(), "races/race": RaceFactory()}.items():
        root.post(f"{ADMIN}{place}/{thing.pk}/delete/", {"post": "yes"})
        newest = Version.objects.get_for_object_reference(type(thing), thing.pk).first()
        gone[f"{place.split('/')[1]} gone"] = str(newest.pk)
    rows |= gone | {"other race": str(RaceFactory().pk)}
    rows |= {"mfa/authenticator": str(Authenticator.objects.latest("pk").pk)}
    clients = {name: make() for name, make in personas.items()} | {"administrator": root}
    AuthenticatorFactory(user=editor, type="recovery_codes", data={"migrated_codes": ["12345678"]})

    code_sent, signing_up = Client(), Client()
    code_sent.post("/accounts/login/code/", {"email": membership.user.email})
    signing_up.post("/accounts/signup/", {"email": "new@example.com"})
    signed_in_long_ago = with_password("a@example.com")
    session = signed_in_long_ago.session
    del session[signing_in.PROOFS]
    session.save()
    resetting = Client()
    resetting.post("/accounts/password/reset/", {"email": membership.user.email})
    # Still in the queue, whose rows are asked for too.
    message = str(Mail.objects.latest("pk").message)
    link = re.search(r"/accounts/password/reset/key/[\w-]+/", message)
    assert link
    uid, _, key = resetting.get(link[0])["Location"].strip("/").split("/")[-1].partition("-")
    sent = {"organizers/submissions": rows["organizers/submission"]}
    importing = clients["editor"].post(
        f"{ADMIN}glossary/term/import/",
        {
            "format": "0",
            "resource": "0",
            "how": "at-once",
            "import_file": SimpleUploadedFile("a.csv", WORDS_TO_IMPORT),
        },
    )
    into = f"{ADMIN}glossary/term/process_import/"
    return {
        **{role: Visit(clients[role], under, rows, is_role=True) for role, under in ROLES.items()},
        "with a code on its way": Visit(code_sent, ("/accounts/login/code/confirm/",), rows),
        "signing up": Visit(signing_up, ("/accounts/confirm-email/",), rows),
        "with a password": Visit(
            with_password("b@example.com"),
            ("/accounts/password/change/", "/accounts/email/", "/accounts/logout/"),
            rows,
        ),
        "signed in long ago": Visit(signed_in_long_ago, ("/accounts/reauthenticate/",), rows),
        "resetting a password": Visit(
            resetting, ("/accounts/password/reset/key/",), rows | {"uid": uid, "key": key}
        ),
        "before the second factor": Visit(
            with_password("c@example.com", is_staff=True, has_factor=True),
            ("/accounts/2fa/authenticate/",),
            rows,
        ),
        "without a second factor": Visit(
            with_password("d@example.com", is_staff=True),
            ("/accounts/2fa/totp/activate/", "/organizers/account/second-factor/"),
            rows,
        ),
        "organizer whose race waits": Visit(
            clients["organizer"], ("/organizers/submissions/<",), rows | sent
        ),
        "importing": Visit(clients["editor"], (into,), rows, {into: importing}),
    }


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """To write down each refusal, or what each template was given, takes longer than to refuse."""
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *args, **more: None)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_no_rubbish_breaks_a_page(visits: dict[str, Visit], quiet: None) -> None:
    by_all, wrong = Tried(), []
    reached: set[str] = set()
    for name, visit in visits.items():
        visit.client.raise_request_exception = False
        fuzz = Fuzz(visit.client, by_all)
        reached |= fuzz_all(fuzz, visit)
        print(f"{name}: {fuzz.asked} requests", *fuzz.slow, *fuzz.wrong, sep="\n  ")
        wrong += fuzz.wrong
        if visit.is_role:
            assert {name for name in UNLINKED if not fuzz.tried[name]} == set()
    print("Not opened:", *sorted({route for route, _ in routes()} - reached), sep="\n  ")
    assert wrong == []
    assert {route for route, _ in routes()} - reached == NOBODY


COOKIES = [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages", "other"]


@pytest.mark.parametrize("place", ["/", "/accounts/login/", "/organizers/", ADMIN, "/search/"])
def test_no_cookie_breaks_a_page(place: str, quiet: None) -> None:
    fuzz = Fuzz(Client(raise_request_exception=False))
    for number, text in enumerate(RUBBISH):
        name = COOKIES[number % len(COOKIES)]
        # A server hands over bytes, each as a letter; a browser keeps no more of them.
        value = text[:4000].encode().decode("latin-1")
        fuzz.ask("GET", place, headers={"Cookie": f"{name}={value}; sessionid={value}"})
    # As a program sends it, which no cookie library would.
    for raw in ['sessionid="\\000abcdefghij"', "sessionid=\x00", ";;;=", "=", "sessionid=\xff\xfe"]:
        fuzz.ask("GET", place, headers={"Cookie": raw})
    assert fuzz.wrong == []


HEADERS = {
    "X-Forwarded-For": ["rubbish", "1.2.3.4:99999999", "::1%eth0", ",", "[", "\xff", "1" * 5000],
    "X-Forwarded-Proto": ["ftp", "\xff"],
    "Accept": ["rubbish", "*/*;q=rubbish", "," * 500, "text/html;q=1e400", ";=;"],
    "Accept-Encoding": ["gzip;q=x", ",,,", "br;q=9e999"],
    "Accept-Language": ["\xff", "a" * 5000, "en;q=x", "zz-" * 100],
    "Range": ["bytes=9-1", "bytes=" + "9" * 5000 + "-", "pigs=1-2", "bytes=-"],
    "If-Modified-Since": ["rubbish", "Thu, 99 Foo 99999 99:99:99 GMT", "0", "9" * 500],
    "If-None-Match": ['"', 'W/"', "*", "\xff", '"' * 501],
    "If-Unmodified-Since": ["Thu, 01 Jan 0000 00:00:00 GMT"],
    "If-Match": ["rubbish"],
    "Referer": ["http://[::1", "\xff"],
    "Origin": ["http://[::1", "null", "\xff"],
    "Sec-Fetch-Site": ["rubbish"],
    "User-Agent": ["\x00", "a" * 9000],
    "Content-Length": ["abc", "-1", "", "0"],
    "X-Requested-With": ["\x00"],
}
PAGES = [
    "/", "/search/?q=zzzz", "/glossary/shin/", "/glossary/shin/card/", "/glossary/feed/",
    "/api/v1/terms/", "/sitemap.xml", "/static/css/site.css", "/accounts/login/",
    "/glossary/shin/feedback/", "/healthz", "/nowhere/",
]  # fmt: skip


def test_no_header_breaks_a_page(rows: dict[str, str], settings: Any, quiet: None) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    fuzz = Fuzz(Client(raise_request_exception=False))
    answers = {"answer": "yes", "login": "someone@example.com", "email": "someone@example.com"}
    for turn, (name, texts) in enumerate(HEADERS.items()):
        for number, text in enumerate(texts):
            for page in PAGES[(turn + number) % 3 :: 3]:
                fuzz.ask("GET", page, headers={name: text})
            for page in ["/glossary/shin/feedback/", "/accounts/login/code/"]:
                fuzz.ask("POST", page, answers, headers={name: text})
    assert fuzz.wrong == []


@pytest.mark.parametrize(
    "host", ["evil.example", "\x00", "a b", "[", "[::1", "a:99999999", "", "/"]
)
def test_a_host_that_is_not_ours_is_a_bad_request(host: str, quiet: None) -> None:
    client = Client(raise_request_exception=False)
    for page in ["/", "/accounts/login/", ADMIN, "/sitemap.xml", "/nowhere/"]:
        assert client.get(page, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("place", ["login/", "login/code/", "signup/"])
@pytest.mark.parametrize("wanted", ["http://[::1", "//[", "https://evil.example/", "javascript:1"])
def test_signing_in_leads_nowhere_else(client: Client, place: str, wanted: str) -> None:
    data = {"email": "someone@example.com", "login": "someone@example.com", "next": wanted}
    for response in [
        client.get(f"/accounts/{place}", {"next": wanted}),
        client.post(f"/accounts/{place}", data),
    ]:
        assert response.status_code in {200, 302}
        assert not response.get("Location", "/").startswith(("http", "//", "javascript"))


@pytest.mark.parametrize("wanted", ["nowhere", "organizers:dashboard", "http://[::1", "a b", "#"])
def test_a_profile_leads_on_to_whatever_was_asked(membership: Membership, wanted: str) -> None:
    director = client_of(membership.user)
    response = director.post("/organizers/profile/", {"name": "Club", "next": wanted})
    assert response.status_code == 302
    assert director.get("/organizers/profile/", {"next": wanted}).status_code == 200


def test_a_second_factor_leads_on_to_a_word_that_names_no_view(editor: Any) -> None:
    response = client_of(editor).get("/organizers/account/second-factor/", {"next": "nowhere"})
    assert response.status_code == 302


# More digits than a column takes, and more than Python reads.
@pytest.mark.parametrize("key", ["9" * 10, "9" * 19, "9" * 30, "9" * 5000])
def test_no_key_is_too_long(rows: dict[str, str], editor: Any, key: str) -> None:
    client = client_of(editor)
    term, race = rows["glossary/term"], rows["races/race"]
    for place in [
        f"glossary/term/{key}/change/",
        f"glossary/term/{key}/history/{key}/",
        f"glossary/term/{term}/history/{key}/",
        f"glossary/term/recover/{key}/",
        f"glossary/term/{term}/change/?revision={key}",
        f"races/race/{key}/change/",
        f"races/race/{key}/history/{key}/",
        f"races/race/recover/{key}/",
        f"races/race/{race}/history/compare/?older={key}&newer=1",
    ]:
        assert client.get(ADMIN + place).status_code in {200, 302, 404}, place
    for place, data in {
        f"glossary/term/{term}/change/": {"base": key, "seen": key},
        f"races/race/{race}/change/": {"seen": key, "editions-0-id": key},
    }.items():
        assert client.post(ADMIN + place, data).status_code in {200, 400, 404}, place


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 500),
        ("_changelist_filters=state__exact%3Ddraft", 500),
        ("revision=1", 500),
        ("title=rubbish", 400),
    ],
)
def test_a_fault_of_ours_is_not_laid_on_who_asks(
    query: str,
    status: int,
    rows: dict[str, str],
    editor: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ValueError("Ours.")

    monkeypatch.setattr(EditingAdmin, "render_change_form", fail)
    client = client_of(editor)
    client.raise_request_exception = False
    response = client.get(f"{ADMIN}glossary/term/{rows['glossary/term']}/change/?{query}")
    assert response.status_code == status
    assert "Ours." in caplog.text
    if status == 400:
        assert "<h1>That request made no sense</h1>" in response.text


@pytest.mark.parametrize("key", ["rubbish", "\x00", "9" * 30, "9" * 5000, ""])
@pytest.mark.parametrize("action", ["delete_selected", "publish_chosen"])
def test_no_chosen_row_breaks_an_action(
    rows: dict[str, str], editor: Any, key: str, action: str
) -> None:
    chosen = {"action": action, "_selected_action": [rows["glossary/term"], key]}
    assert client_of(editor).post(f"{ADMIN}glossary/term/", chosen).status_code == 400


@pytest.mark.parametrize(
    ("place", "field"), [("glossary/formeraddress", "term"), ("races/race", "place")]
)
@pytest.mark.parametrize("text", ["//evil.example", "9" * 30, "abc"])
def test_a_key_that_can_not_be_one_gets_a_word(place: str, field: str, text: str) -> None:
    admin = client_of(UserFactory(is_staff=True, is_superuser=True))
    admin.raise_request_exception = False
    data = {field: text, "editions-TOTAL_FORMS": "0", "editions-INITIAL_FORMS": "0"}
    response = admin.post(f"{ADMIN}{place}/add/", data)
    assert response.status_code in {200, 400}
