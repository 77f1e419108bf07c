"""Races in a frame on other sites: those pages alone, and nobody can do anything there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from time_machine import TimeMachineFixture

from races.models import FormerAddress, Race
from races.search.text import index_races
from tests.factories import DistanceFactory, EditionFactory, RaceFactory, TermFactory

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
SITE = "https://startline.example"


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-23T12:00Z")


@pytest.fixture
def run() -> Race:
    edition = EditionFactory(
        race__slug="run", race__name="Hill <b>Run</b>", start_date="2027-05-02",
        registration_state="open",
    )  # fmt: skip
    DistanceFactory(edition=edition, name="Half", metres=21_097)
    index_races(Race.objects.all())
    race: Race = edition.race
    return race


def policy(response: Any) -> dict[str, list[str]]:
    directives = response["Content-Security-Policy"].split(";")
    return {name: said for name, *said in (each.split() for each in directives)}


def may_be_framed(response: Any) -> bool:
    return policy(response)["frame-ancestors"] != ["'none'"] or (
        response.headers.get("X-Frame-Options") != "DENY"
    )


def assert_is_an_embed(response: Any, page: str) -> str:
    said = policy(response)
    assert said["frame-ancestors"] == ["*"]
    assert "X-Frame-Options" not in response
    for name in ("default-src", "script-src", "form-action", "connect-src", "base-uri"):
        assert said[name] == ["'none'"], name
    html: str = response.content.decode()
    for element in ("<script", "<form", "<button", "<input", "<iframe"):
        assert element not in html
    assert '<meta name="robots" content="noindex">' in html
    assert f'<link rel="canonical" href="{page}">' in html
    links = re.findall(r"<a [^>]*>", html)
    assert links
    for link in links:
        assert f'href="{SITE}/' in link
        assert 'target="_blank" rel="noopener"' in link
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    return html


class TestSearch:
    def test_it_shows_what_a_search_finds(self, client: Client, run: Race) -> None:
        EditionFactory(race__country="FR", race__name="Autre")
        response = client.get("/embed/races/?country=ES&utm=1")
        html = assert_is_an_embed(response, f"{SITE}/races/?country=ES")
        assert "<h1>Races in Spain</h1>" in html
        assert "Hill &lt;b&gt;Run&lt;/b&gt;" in html
        assert "Autre" not in html
        assert response["Cache-Control"].startswith("public")
        again = client.get("/embed/races/?country=ES", headers={"if-none-match": response["ETag"]})
        assert again.status_code == 304
        kept = client.get("/embed/races/?country=ES")
        assert_is_an_embed(kept, f"{SITE}/races/?country=ES")

    def test_the_soonest_ten_however_the_page_sorts(self, client: Client) -> None:
        for number in range(12):
            EditionFactory(race__name=f"R{12 - number:02}", start_date=f"2027-05-{number + 1:02}")
        index_races(Race.objects.all())
        html = client.get("/embed/races/?sort=name").content.decode()
        assert re.findall(r">(R\d\d)</a>", html) == [f"R{number:02}" for number in range(12, 2, -1)]
        assert "All 12 races" in html

    def test_what_finds_nothing_says_so_and_leads_on(self, client: Client) -> None:
        response = client.get("/embed/races/?sport=road-running")
        html = assert_is_an_embed(response, f"{SITE}/races/?sport=road-running")
        assert "No race fits at the moment." in html
        assert "Look for others" in html

    def test_what_can_not_be_read_is_named(self, client: Client, run: Race) -> None:
        html = client.get("/embed/races/?sport=curling<b>").content.decode()
        assert "Left out: sport “curling&lt;b&gt;”." in html
        assert "Hill" in html


class TestRace:
    def test_it_says_when_where_and_how_long(self, client: Client, run: Race) -> None:
        html = assert_is_an_embed(client.get("/embed/races/run/?x=1"), f"{SITE}/races/run/")
        facts = ["Sun 2 May 2027", "Not yet confirmed by the organizer", "Girona, Spain"]
        facts += ["Half", "21.1 km (13.1 mi)", "Registration: open.", "from Startline"]
        for said in facts:
            assert said in html

    def test_what_moved_leads_on_and_what_is_gone_says_so(self, client: Client, run: Race) -> None:
        FormerAddress.objects.create(slug="old", race=run)
        assert client.get("/embed/races/old/")["Location"] == "/embed/races/run/"
        FormerAddress.objects.create(slug="lost-run")
        response = client.get("/embed/races/lost-run/")
        assert response.status_code == 410
        assert "This race is no longer listed." in assert_is_an_embed(response, f"{SITE}/races/")

    def test_a_draft_is_shown_to_nobody(self, client: Client) -> None:
        RaceFactory(slug="draft", state="draft")
        for address in ("/embed/races/draft/", "/embed/?race=draft", "/embed/?race=%00"):
            assert client.get(address).status_code == 404

    def test_what_is_over_or_off(self, client: Client) -> None:
        EditionFactory(race__slug="over", start_date="2026-05-03")
        EditionFactory(race__slug="off", start_date="2027-05-02", status="cancelled")
        RaceFactory(slug="none")
        assert "Last known edition:" in client.get("/embed/races/over/").content.decode()
        assert "<strong>Cancelled</strong>" in client.get("/embed/races/off/").content.decode()
        assert "No edition is known yet." in client.get("/embed/races/none/").content.decode()


class TestHow:
    def test_a_search_and_a_race_lead_to_what_to_copy(self, client: Client, run: Race) -> None:
        assert 'href="/embed/?country=ES"' in client.get("/races/?country=ES").content.decode()
        assert 'href="/embed/?race=run"' in client.get("/races/run/").content.decode()
        page = client.get("/embed/?country=ES&longer=5").content.decode()
        src = f"{SITE}/embed/races/?longer=5&amp;amp;country=ES"
        assert (
            f"&lt;iframe src=&quot;{src}&quot; title=&quot;Races in Spain (Startline)&quot;" in page
        )
        page = client.get("/embed/?race=run").content.decode()
        # Of what is to be copied nothing may become an element, here or there.
        assert "title=&quot;Hill &amp;lt;b&amp;gt;Run" in page
        assert "<b>" not in page

    def test_it_frames_this_site_alone_and_is_framed_by_none(self, client: Client) -> None:
        response = client.get("/embed/")
        assert policy(response)["frame-src"] == ["'self'"]
        assert not may_be_framed(response)


# Something for each part of an address that may be anything.
EXAMPLES = {"slug": "run", "key": "1", "path": "es", "token": "x", "letter": "R"}
FRAMED = {"embed/races/", "embed/races/<slug:slug>/"}


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        elif isinstance(each, URLPattern):
            yield route


def example(route: str) -> str:
    plain = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: EXAMPLES.get(found[1], "1"), route)
    plain = re.sub(r"\(\?P<\w+>(\\d\+|[^()]*)\)|\([^()]*\)", "1", plain)
    return "/" + re.sub(r"[\^$?]|\\Z", "", plain).replace("\\", "")


def test_every_other_page_denies_being_framed(client: Client, run: Race) -> None:
    TermFactory(slug="run")
    found = set(routes(get_resolver()))
    assert found >= FRAMED
    assert len(found) > 100
    answered = 0
    for route in sorted(found):
        response = client.get(example(route))
        assert may_be_framed(response) == (route in FRAMED), (route, example(route))
        answered += response.status_code == 200
    assert answered > 40


def test_nothing_else_in_the_code_lets_a_page_be_framed() -> None:
    allowing = re.compile(r"xframe_options|frame-ancestors|csp_exempt|csp_replace")
    apps = ("text", "web", "glossary", "races", "organizers", "config")
    files = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in files if allowing.search(path.read_text())}
    assert found == {"config/settings.py", "races/reading/embeds.py"}
