"""Rubbish in every part of every address, in cookies and in form fields, as everyone: no 500.

What is there to fill in is asked of the site itself: the patterns of the URL configuration, the
fields of the forms it shows and the queries of the links on its pages, beside the names that
nobody links to. Each place gets some of the rubbish in turn, so that all of it is tried often.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import html5lib
import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from glossary.models import Category, FormerAddress, Source
from organizers.models import Membership
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
    "\x00", "a\x00b", "99999999999999999999999999", "-1", "0", "abc", "1e400", "NaN", "١٢٣",
    "http://[::1", "//evil.example", "javascript:alert(1)", "../../../etc/passwd", "%", "%00",
    "'\"><b>", "{{ 7|add:7 }}", "\ud7ff\uffff", "😀" * 60, "[" * 400, "a" * 9000, "\r\nX: y",
    "2027-02-30", "0000-00-00", "9999-12-31T23:59:59+14:00", "25:99", ",", "1,2,3", "on", " ",
    "\u202e\u200b", "1\u00a0000,5", "null", "[]", "{}", "true",
]  # fmt: skip
# What pages read from their address without a link or a form that would tell.
UNLINKED = [
    "page", "q", "next", "letter", "sort", "format", "revision", "older", "newer", "p", "o", "e",
    "all", "_popup", "_to_field", "_changelist_filters", "app_label", "model_name", "field_name",
    "term", "ids", "action", "state", "state__exact", "id__exact", "pk__in", "changed_on__year",
    "changed_on__month", "changed_on__day", "changed_on__gte", "start_date__year",
    "category__id__exact", "category__is_health__exact", "race__sport", "updated_at__isnull",
    "month_from", "month_to", "country", "sport", "distance", "limit", "offset",
]  # fmt: skip
# So many of them a page, in turn, and so many fields a form: all of them come by on some page.
NAMES_A_PLACE, FIELDS_A_FORM = 7, 9
SLOW = 1.0


@dataclass
class Found:
    """What a role can fill in: names of queries and, by the address of a form, its fields."""

    queries: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    forms: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Fuzz:
    client: Client
    turn: Iterator[int] = field(default_factory=count)
    wrong: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    asked: int = 0

    def rubbish(self, most: int) -> list[str]:
        return [RUBBISH[number * 7 % len(RUBBISH)] for number in islice(self.turn, most)]

    def some(self, names: Iterable[str], most: int) -> list[str]:
        """So many of the names, others each time."""
        known, first = sorted(names), next(self.turn)
        return [known[(first + n) % len(known)] for n in range(min(most, len(known)))]

    def ask(
        self, method: str, address: str, data: dict[str, str] | None = None
    ) -> HttpResponseBase | None:
        """Try it, and find everything as it was afterwards."""
        self.asked += 1
        began = perf_counter()
        what = f"{method} {address[:200]!r} {str(data)[:300] if data else ''}"
        with transaction.atomic():
            try:
                response = getattr(self.client, method.lower())(address, data)
                if hasattr(response, "streaming_content"):
                    b"".join(response.streaming_content)
            except Exception as error:  # noqa: BLE001
                self.wrong.append(f"{what}: {type(error).__name__}: {str(error)[:200]}")
                response = None
            transaction.set_rollback(True)
        if response is not None and response.status_code >= 500:
            self.wrong.append(f"{what}: {response.status_code}")
        if perf_counter() - began > SLOW:
            self.slow.append(f"{perf_counter() - began:.1f} s  {what}")
        return response  # type: ignore[no-any-return]


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
PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def addresses(route: str, fill: Callable[[str], str]) -> str:
    filled = PART.sub(lambda match: quote(fill(match[1] or match[2]), safe=""), route)
    return "/" + filled.replace(r"\Z", "").rstrip("$").replace("\\", "")


@pytest.fixture
def rows(membership: Membership) -> dict[str, Any]:
    """One of each thing that an address may name."""
    term = TermFactory(slug="shin", title="Shin")
    Source.objects.create(term=term, title="A study", url="https://study.example/")
    TermFactory(slug="draft", state="draft")
    FormerAddress.objects.create(slug="removed")
    edition = DistanceFactory(edition=EditionFactory(race__slug="run")).edition
    Place.objects.create(
        geoname_id=1, name="Girona", keys=["girona"], country="ES", latitude=41.98,
        longitude=2.82, population=100_000, time_zone="Europe/Madrid",
    )  # fmt: skip
    mine = {"organizer": membership.organizer, "submitted_by": membership.user}
    draft = SubmissionFactory(**mine)
    sent = SubmissionFactory(state="pending", submitted_at="2026-11-01T09:00Z", **mine)
    return {
        "glossary/category": Category.objects.get().slug,
        "glossary": "shin",
        "races": "run",
        "glossary/term": term.pk,
        "races/race": edition.race.pk,
        "races/edition": edition.pk,
        "organizers/submission": sent.pk,
        "organizers/submissions": draft.pk,
        "organizers/user": membership.user.pk,
        "organizers/organizer": membership.organizer.pk,
    }


def real_one(route: str, rows: dict[str, Any]) -> Callable[[str], str]:
    best = max((key for key in rows if f"{key}/" in route), key=len, default="")
    return lambda name: str(rows.get(best, "1"))


def look_around(fuzz: Fuzz, places: list[str]) -> Found:
    """Open each page as it should be opened, and note what it offers to fill in."""
    found = Found()
    for place in places:
        response = fuzz.ask("GET", place)
        found.queries[place] |= set(fuzz.some(UNLINKED, NAMES_A_PLACE))
        is_page = response is not None and "html" in response.get("Content-Type", "")
        if not is_page or response.status_code != 200:  # type: ignore[union-attr]
            continue
        root = html5lib.parse(response.content, namespaceHTMLElements=False)  # type: ignore[union-attr]
        for link in root.iter("a"):
            target = urlsplit(urljoin(place, link.get("href", "")))
            if target.path == place:
                found.queries[place] |= {name for name, _ in parse_qsl(target.query)}
        for form in root.iter("form"):
            action = urlsplit(urljoin(place, form.get("action", ""))).path or place
            fields = {
                item.get("name"): item.get("value") or ""
                for tag in ("input", "select", "textarea", "button")
                for item in form.iter(tag)
                if item.get("name") and item.get("name") != "csrfmiddlewaretoken"
            }
            if form.get("method", "get").lower() == "post":
                found.forms[action] = {**found.forms.get(action, {}), **fields}
            else:
                found.queries[action] |= set(fields)
    return found


def fuzz_all(client: Client, rows: dict[str, Any], under: tuple[str, ...]) -> Fuzz:
    fuzz = Fuzz(client)
    known = sorted(set(routes()))
    mine = [route for route in known if f"/{route}".startswith(under)]
    places = [addresses(route, real_one(route, rows)) for route in mine]
    found = look_around(fuzz, [place for place in places if "logout" not in place])
    for route in mine:
        if PART.search(route):
            for text in fuzz.rubbish(4):
                fuzz.ask("GET", addresses(route, lambda name, text=text: text))  # type: ignore[misc]
    for place, names in found.queries.items():
        for name in fuzz.some(names, 2 * NAMES_A_PLACE):
            [text] = fuzz.rubbish(1)
            fuzz.ask("GET", f"{place}?{urlencode({name: text})}")
    for place, fields in found.forms.items():
        for name in fuzz.some(fields, FIELDS_A_FORM):
            [text] = fuzz.rubbish(1)
            fuzz.ask("POST", place, {**fields, name: text})
    for place in places:
        fuzz.ask("POST", place, {})
    return fuzz


ADMIN = f"/{settings.ADMIN_PATH}"
MEMBERS = ("/accounts/", "/organizers/")
# Who tries what: what is not theirs answers in one way, which others see to.
ROLES = {
    "stranger": (
        "/glossary/", "/races/", "/search/", "/api/", "/accounts/", "/list-your-race/", "/about/",
        "/robots", "/llms", "/sitemap", "/healthz", "/readyz",
    ),
    "organizer": MEMBERS,
    "editor": (f"{ADMIN}glossary/", f"{ADMIN}races/", f"{ADMIN}autocomplete/", f"{ADMIN}r/"),
    "moderator": (f"{ADMIN}organizers/",),
    "administrator": (ADMIN,),
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
    rows: dict[str, Any],
    personas: dict[str, Callable[[], Client]],
    quiet: None,
) -> None:
    if role == "administrator":
        client = client_of(UserFactory(is_staff=True, is_superuser=True))
    else:
        client = personas[role]()
    client.raise_request_exception = False
    fuzz = fuzz_all(client, rows, ROLES[role])
    print(f"{role}: {fuzz.asked} requests", *fuzz.slow, *fuzz.wrong, sep="\n  ")
    assert fuzz.asked > 100
    assert fuzz.wrong == []


COOKIES = [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages", "other"]


@pytest.mark.parametrize("place", ["/", "/accounts/login/", "/organizers/", ADMIN, "/search/"])
def test_no_cookie_breaks_a_page(place: str, quiet: None) -> None:
    fuzz = Fuzz(Client(raise_request_exception=False))
    for name in COOKIES:
        for text in RUBBISH:
            fuzz.client.cookies.clear()
            fuzz.client.cookies[name] = text if len(text) < 4000 else text[:4000]
            fuzz.ask("GET", place)
    fuzz.client.cookies.clear()
    # As a program sends it, which no cookie library would.
    for raw in ['sessionid="\\000abcdefghij"', "sessionid=\x00", ";;;=", "=", "sessionid=\xff\xfe"]:
        with transaction.atomic():
            response = fuzz.client.get(place, headers={"Cookie": raw})
            assert response.status_code < 500, raw
            transaction.set_rollback(True)
    assert fuzz.wrong == []


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
