"""Races side by side: which are shown, what is said of them, and what is left out."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from time_machine import TimeMachineFixture

from races.models import FormerAddress, PriceTier, Race
from races.search.text import index_races
from tests.factories import DistanceFactory, EditionFactory, RaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-23T12:00Z")


@pytest.fixture
def races() -> None:
    """Five, the first two with distances."""
    for number, slug in enumerate(["alps", "bay", "coast", "dunes", "east"]):
        EditionFactory(
            race__slug=slug, race__name=f"{slug.title()} Run", start_date=f"2027-05-0{number + 1}"
        )
    alps, bay = (Race.objects.get(slug=slug).editions.get() for slug in ("alps", "bay"))
    long = DistanceFactory(edition=alps, name="Long", metres=50_000, ascent_metres=2100)
    DistanceFactory(edition=alps, name="Short", metres=10_000, cut_off_minutes=90)
    DistanceFactory(edition=bay, name="Marathon", cut_off_minutes=360, entry="ballot")
    PriceTier.objects.create(distance=long, name="Early", amount="60.50", currency="EUR")
    index_races(Race.objects.all())


def compared(client: Client, *slugs: str, **query: str) -> str:
    response = client.get("/compare/", {"race": slugs, **query})
    assert response.status_code == 200
    return response.content.decode()


def words(page: str) -> str:
    return " ".join(page.split())


def columns(page: str) -> list[str]:
    return re.findall(r'<th scope="col">\s*<a href="/races/([^/]+)/"', page)


def cells(page: str, label: str) -> list[str]:
    """The words of a row."""
    row = re.search(rf'<th scope="row">{label}\b(.*?)</tr>', page, re.DOTALL)
    assert row, label
    found = re.findall(r"<td>(.*?)</td>", row[1], re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in found]


@pytest.mark.usefixtures("races")
class TestSideBySide:
    def test_facts_are_rows_and_races_are_columns(self, client: Client) -> None:
        page = compared(client, "bay", "alps")
        assert columns(page) == ["bay", "alps"]
        assert cells(page, "When") == [
            "Sun 2 May 2027 , provisional Not yet confirmed by the organizer",
            "Sat 1 May 2027 , provisional Not yet confirmed by the organizer",
        ]
        assert cells(page, "Climb") == ["unknown", "Long 2,100 m (6,890 ft) Short unknown"]
        assert cells(page, "Cut-off") == ["6 hours", "Long unknown Short 1 h 30 min"]
        assert cells(page, "Entry fee") == ["unknown", "Long Early 60.50 EUR Short unknown"]
        assert cells(page, "Getting in") == ["Ballot", "unknown"]
        assert "Not known of any of them: registration." in page

    def test_what_is_the_same_says_so(self, client: Client) -> None:
        page = compared(client, "bay", "alps")
        same = re.findall(r'<th scope="row">([\w ]+) <small>the same</small>', page)
        assert same == ["Where", "Sport", "Official site"]
        assert "the same" not in compared(client, "bay")

    def test_four_fit_and_the_rest_is_named(self, client: Client) -> None:
        page = compared(client, "alps", "bay", "coast", "dunes", "east")
        assert columns(page) == ["alps", "bay", "coast", "dunes"]
        assert "4 fit side by side, so we left out East Run." in words(page)
        assert "Add a race" not in page
        many = compared(client, *(f"no-{number}" for number in range(20)))
        assert "so we left out 8 more." in words(many)

    def test_a_race_stands_once(self, client: Client) -> None:
        assert columns(compared(client, "bay", "bay", "alps", "bay")) == ["bay", "alps"]
        FormerAddress.objects.create(slug="old", race=Race.objects.get(slug="bay"))
        assert columns(compared(client, "old", "bay", "alps")) == ["bay", "alps"]

    def test_a_former_address_leads_on(self, client: Client) -> None:
        FormerAddress.objects.create(slug="old", race=Race.objects.get(slug="bay"))
        page = compared(client, "alps", "old")
        assert columns(page) == ["alps", "bay"]
        assert (
            'rel="canonical" href="https://startline.example/compare/?race=alps&amp;race=bay"'
            in page
        )

    def test_what_is_unknown_or_not_public_is_named_and_left_out(self, client: Client) -> None:
        draft = RaceFactory(slug="draft", name="Secret Run", state="draft")
        FormerAddress.objects.create(slug="was-draft", race=draft)
        FormerAddress.objects.create(slug="gone", race=None)
        page = compared(client, "alps", "draft", "was-draft", "gone", "no<b>\x00", "bay")
        assert columns(page) == ["alps", "bay"]
        assert "Secret" not in page
        said = re.findall(r"We left out “(.*?)”: there is no such race.", page)
        assert said == ["draft", "was-draft", "gone", "no&lt;b&gt;\x00"]
        assert "Secret" not in compared(client, "alps", q="secret")

    def test_what_is_over_or_off_is_said(self, client: Client) -> None:
        over = EditionFactory(race__slug="over", start_date="2026-05-01").race
        EditionFactory(race=over, start_date="2025-05-01")
        EditionFactory(race__slug="off", start_date="2027-05-01", status="cancelled")
        RaceFactory(slug="none")
        page = compared(client, "over", "off", "none")
        assert cells(page, "When") == [
            "Last known: Fri 1 May 2026 The next date is not known yet",
            "Cancelled Sat 1 May 2027 Does not take place",
            "unknown",
        ]

    def test_one_more_is_found_by_its_name(self, client: Client) -> None:
        page = compared(client, "alps", q="bay")
        assert 'value="bay"' in page
        assert 'href="/compare/?race=alps&amp;race=bay"' in page
        assert "Add Alps" not in compared(client, "alps", q="alps")
        assert "We know no other race" in compared(client, "alps", q="zzz")

    def test_with_none_it_says_how(self, client: Client) -> None:
        page = compared(client)
        assert "<table" not in page
        assert "Find the first by its name" in page
        assert "One race is here. Add another" in compared(client, "alps")
        assert 'aria-label="Leave out Alps Run"' in compared(client, "alps")

    def test_it_is_kept_for_all_and_stays_out_of_search_engines(self, client: Client) -> None:
        response = client.get("/compare/?race=alps&race=bay&utm=1")
        assert '<meta name="robots" content="noindex">' in response.content.decode()
        assert response["Cache-Control"].startswith("public")
        assert "Cookie" not in response.get("Vary", "")
        assert response["ETag"] == client.get("/compare/?race=alps&race=bay")["ETag"]

    def test_four_cost_no_more_queries_than_two(self, client: Client) -> None:
        counts = []
        for slugs in (["alps", "bay"], ["alps", "bay", "coast", "dunes"]):
            compared(client, *slugs, q="x")
            with CaptureQueriesContext(connection) as queries:
                compared(client, *slugs, q="y")
            counts.append(len([q for q in queries if "web_contentversion" not in q["sql"]]))
        assert counts[0] == counts[1] <= 6


class TestRubbish(TestCase):
    @given(st.lists(st.text(max_size=20), max_size=15), st.text(max_size=20))
    def test_any_address_has_an_answer(self, slugs: list[str], text: str) -> None:
        self.client.get("/compare/", {"race": slugs, "q": text})
