"""Rubbish in every part of every address, in cookies, headers, bodies and fields: no 500.

What there is to fill in is asked of the site itself: the patterns of the URL configuration, the
fields of the forms it shows and the queries of the links on its pages, beside the names that
nobody links to. Each place gets what was tried least so far, so that over all pages each name has
its turn, and each of them other rubbish.
"""

import logging
import re
from collections import Counter
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
from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.mail import send_mail
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from reversion.models import Version

from glossary import history, previews
from glossary.drafts_admin import DraftingAdmin
from glossary.models import Category, Feedback, FormerAddress, MissedSearch, Source, Term
from glossary.reports import REPORTS
from organizers.models import Membership
from races import history as race_history
from races.models import Place
from tests.conftest import client_of
from tests.factories import (
    DistanceFactory,
    EditionFactory,
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
]  # fmt: skip
# So many of them a page, those that were tried least; and so many fields of a form alone.
NAMES_A_PLACE, FIELDS_A_FORM = 5, 3
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
    """A field's name without the number of its row, as all rows are cleaned alike."""
    return re.sub(r"-(\d+|__prefix__)-", "-0-", name)


@dataclass
class Fuzz:
    client: Client
    turn: Iterator[int] = field(default_factory=count)
    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    shut: list[str] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    asked: int = 0

    def __post_init__(self) -> None:
        self.session = {name: m.value for name, m in self.client.cookies.items()}

    def rubbish(self) -> str:
        return RUBBISH[next(self.turn) * 7 % len(RUBBISH)]

    def some(self, names: Iterable[str], most: int) -> list[str]:
        """So many of the names, those that were tried least."""
        chosen = sorted(set(names), key=lambda name: (self.tried[bare(name)], name))[:most]
        self.tried.update(map(bare, chosen))
        return chosen

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
) -> Iterator[str]:
    """Every route of the URL configuration, as "glossary/<slug:slug>/"."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


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
    edition = DistanceFactory(edition=EditionFactory(race__slug="run")).edition
    Place.objects.create(
        geoname_id=1, name="Girona", keys=["girona"], country="ES", latitude=41.98,
        longitude=2.82, population=100_000, time_zone="Europe/Madrid",
    )  # fmt: skip
    mine = {"organizer": membership.organizer, "submitted_by": membership.user}
    draft = SubmissionFactory(**mine)
    sent = SubmissionFactory(state="pending", submitted_at="2026-11-01T09:00Z", **mine)
    EmailAddress.objects.create(user=membership.user, email=membership.user.email, verified=True)
    send_mail("Hello", "A mail.", None, ["someone@example.com"])
    history.record(term)
    race_history.record(edition.race, None, "Changed")
    versions = {
        kind: Version.objects.get_for_object(thing).latest("pk").pk
        for kind, thing in {"term": term, "race": edition.race}.items()
    }
    first = {
        model._meta.label_lower.replace(".", "/"): str(getattr(model.objects.first(), "pk", 1))
        for model in admin.site._registry
    }
    return first | {
        "glossary/category": Category.objects.get().slug,
        "glossary": "shin",
        "api/v1/terms": "shin",
        "races": "run",
        "glossary/term": str(term.pk),
        "glossary/reports": next(iter(REPORTS)),
        "glossary/preview": previews.preview_address(term.pk).split("/")[-2],
        "races/race": str(edition.race.pk),
        "organizers/submission": str(sent.pk),
        "organizers/submissions": str(draft.pk),
        "organizers/user": str(membership.user.pk),
        "term version": str(versions["term"]),
        "race version": str(versions["race"]),
        "content type": str(ContentType.objects.get_for_model(Term).pk),
    }


def real_parts(route: str, rows: dict[str, str]) -> list[str]:
    best = max((key for key in rows if f"{key}/" in route), key=len, default="")
    if "/r/<" in route:
        return [rows["content type"], rows["glossary/term"]]
    return [
        rows[f"{best.split('/')[-1]} version"] if part == r"(\d+)" else
        "glossary" if "app_label" in part else
        rows.get(best, "1")
        for part in PART.findall(route)
    ]  # fmt: skip


# Pages that answer nothing before they are asked for something.
BEGUN = {
    f"/{settings.ADMIN_PATH}autocomplete/": {
        "app_label": "glossary", "model_name": "relatedterm", "field_name": "other", "term": "s",
    },
    "/search/": {"q": "shin"},
    "/search/suggestions/": {"q": "shin"},
}  # fmt: skip


def try_form(fuzz: Fuzz, form: Form) -> None:
    """Each field with rubbish: a third of them at once, and some alone; each file and button."""
    buttons = [{name: value} for name, value in sorted(form.buttons.items())] or [{}]
    names = sorted(form.fields)

    def send(changes: dict[str, Any], button: dict[str, str]) -> Any:
        return fuzz.ask("POST", form.action, {**form.fields, **button, **changes})

    for button in buttons:
        send({}, button)
    for number in range(min(3, len(names))):
        several = {name: fuzz.rubbish() for name in names[number::3] if not name.endswith("_FORMS")}
        send(several, buttons[number % len(buttons)])
    for name in fuzz.some(names, FIELDS_A_FORM):
        send({name: fuzz.rubbish()}, buttons[next(fuzz.turn) % len(buttons)])
    for name in form.files:
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


def try_page(fuzz: Fuzz, place: str) -> None:
    """Open a page as it should be opened, and fill in rubbish where it offers to fill in."""
    begun = BEGUN.get(place, {})
    response = fuzz.ask("GET", place, begun)
    names = dict.fromkeys(fuzz.some(UNLINKED, NAMES_A_PLACE), "")
    if response is None or response.status_code != 200:
        fuzz.shut.append(place)
        return
    forms: list[Form] = []
    if "html" in response.get("Content-Type", ""):
        page = Offers(place, response.content)
        for link in map(urlsplit, page.links):
            if link.path == place:
                names |= dict(parse_qsl(link.query))
        for form in page.asked:
            if form.action == place:
                names |= form.fields
        forms = page.sent
    real = {name: value for name, value in names.items() if value} | begun
    for name in [*fuzz.some(set(names) | set(begun), 2 * NAMES_A_PLACE)]:
        fuzz.ask("GET", f"{place}?{urlencode({**real, name: fuzz.rubbish()})}")
    for form in forms:
        if "logout" in form.action or (form.action != place and form.action in fuzz.sent):
            continue
        fuzz.sent.add(form.action)
        try_form(fuzz, form)
        # The admin asks once more before it does something to many rows.
        for action in filter(None, form.choices.get("action", [])):
            asks = fuzz.ask("POST", form.action, {**form.fields, "action": action})
            if asks is not None and asks.status_code == 200 and "html" in asks["Content-Type"]:
                for sure in Offers(form.action, asks.content).sent:
                    if "logout" not in sure.action and sure.fields.get("action") == action:
                        try_form(fuzz, sure)


def fuzz_all(client: Client, rows: dict[str, str], under: tuple[str, ...]) -> Fuzz:
    fuzz = Fuzz(client)
    for route in sorted(set(routes())):
        parts = real_parts(route, rows)
        place = address(route, parts)
        if f"/{route}".startswith(under):
            try_page(fuzz, place)
            for number in range(len(parts)):
                for _ in range(3):
                    fuzz.ask(
                        "GET",
                        address(route, [*parts[:number], fuzz.rubbish(), *parts[number + 1 :]]),
                    )
            for method in fuzz.some(METHODS, 2):
                fuzz.ask(method, place, headers={"Content-Type": "application/json"})
        # What is not theirs answers in one way, which other tests see to.
        fuzz.ask("POST", address(route, [fuzz.rubbish() for _ in parts]), {})
        kind, body = BODIES[next(fuzz.turn) % len(BODIES)]
        fuzz.ask("POST", place, body, content_type=kind)
    return fuzz


ADMIN = f"/{settings.ADMIN_PATH}"
# Who tries which pages: those that are there for them. (An administrator may do all that editors
# and moderators do; tried here are the pages of which they see less, or nothing.)
ROLES = {
    "stranger": (
        "/glossary/", "/races/", "/search/", "/api/", "/accounts/", "/list-your-race/", "/about/",
        "/organizers/account/deleted/", "/privacy/", "/robots", "/llms", "/sitemap",
    ),
    "organizer": ("/accounts/", "/organizers/"),
    "editor": (
        f"{ADMIN}glossary/", f"{ADMIN}races/", f"{ADMIN}autocomplete/", f"{ADMIN}r/",
        f"{ADMIN}jsi18n/", "/organizers/account/", "/accounts/2fa/",
    ),
    "moderator": (f"{ADMIN}organizers/", f"{ADMIN}autocomplete/"),
    "administrator": (
        f"{ADMIN}auth/", f"{ADMIN}account/", f"{ADMIN}mfa/", f"{ADMIN}django_tasks_database/",
        f"{ADMIN}organizers/user/", f"{ADMIN}organizers/plan/", f"{ADMIN}organizers/organizer/",
        f"{ADMIN}glossary/formeraddress/", f"{ADMIN}glossary/term/recover/",
        f"{ADMIN}races/place/", f"{ADMIN}password_change/", f"{ADMIN}login/",
    ),
}  # fmt: skip


@pytest.fixture
def quiet() -> Iterator[None]:
    """To write down each refusal takes longer than to refuse."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("role", ROLES)
def test_no_rubbish_breaks_a_page(
    role: str,
    rows: dict[str, str],
    personas: dict[str, Callable[[], Client]],
    quiet: None,
) -> None:
    if role == "administrator":
        client = client_of(UserFactory(is_staff=True, is_superuser=True))
    else:
        client = personas[role]()
    client.raise_request_exception = False
    fuzz = fuzz_all(client, rows, ROLES[role])
    untried = {name for name in UNLINKED if not fuzz.tried[name]}
    print(f"{role}: {fuzz.asked} requests", *fuzz.slow, *fuzz.wrong, sep="\n  ")
    print("Not opened:", *fuzz.shut, "Not tried:", *untried, sep="\n  ")
    assert not untried
    assert fuzz.wrong == []


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

    monkeypatch.setattr(DraftingAdmin, "render_change_form", fail)
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
