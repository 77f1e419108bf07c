"""The list of races that a browser keeps: what of it is read here, and a list that was shared."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from time_machine import TimeMachineFixture

from races.models import Race
from races.search.kept import MOST, keys_in
from tests.factories import DistanceFactory, EditionFactory, RaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-23T12:00Z")


@pytest.fixture
def races() -> dict[str, int]:
    """The numbers of races, named by what is special of them."""
    made = {
        "late": EditionFactory(race__name="Late Run", start_date="2027-09-05"),
        "soon": EditionFactory(race__name="Soon Run", start_date="2026-12-06"),
        "month": EditionFactory(
            race__name="Month Run", start_date="2027-05-01", end_date="2027-05-31",
            date_precision="month",
        ),
        "over": EditionFactory(race__name="Over Run", start_date="2026-05-01"),
        "draft": EditionFactory(race__name="Secret Run", race__state="draft"),
    }  # fmt: skip
    # The edition before says nothing of when a race is next.
    EditionFactory(race=made["late"].race, start_date="2026-09-06")
    return {name: edition.race_id for name, edition in made.items()}


def part(client: Client, *keys: int) -> str:
    response = client.get("/my-list/races/", {"races": ",".join(map(str, keys))})
    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    return response.content.decode()


def shown(page: str) -> list[int]:
    return [int(key) for key in re.findall(r'<li data-race="(\d+)"', page)]


class TestOnesOwn:
    def test_the_soonest_come_first(self, client: Client, races: dict[str, int]) -> None:
        page = part(client, races["late"], races["month"], races["soon"])
        assert shown(page) == [races["soon"], races["month"], races["late"]]
        kept = sorted([races["late"], races["month"], races["soon"]])
        assert f'data-races="{",".join(map(str, kept))}" data-left=""' in page
        assert f'href="/my-list/?races={",".join(map(str, kept))}"' in page

    def test_what_is_over_or_not_on_the_site_falls_away_with_a_word(
        self, client: Client, races: dict[str, int]
    ) -> None:
        page = part(client, races["soon"], races["over"], races["draft"], 10**17)
        assert shown(page) == [races["soon"]]
        left = ",".join(map(str, sorted([races["over"], races["draft"], 10**17])))
        assert f'data-races="{races["soon"]}" data-left="{left}"' in page
        said = " ".join(re.sub("<[^>]+>", " ", page).split())
        assert "Over, and no next date is known: Over Run . 2 races are not on the site." in said
        assert "Taken off your list." in said
        assert "Secret" not in page

    def test_a_new_name_or_address_keeps_it(self, client: Client, races: dict[str, int]) -> None:
        Race.objects.filter(pk=races["soon"]).update(name="New Run", slug="new-run")
        page = part(client, races["soon"])
        assert 'href="/races/new-run/"' in page
        assert 'name="race" value="new-run"' in page

    def test_the_page_itself_holds_no_race(self, client: Client) -> None:
        response = client.get("/my-list/")
        page = response.content.decode()
        assert 'id="my-list" data-address="/my-list/races/"' in page
        assert "it takes JavaScript to read it" in page
        assert '<meta name="robots" content="noindex">' in page
        assert response["Cache-Control"].startswith("public")
        assert not response.cookies

    def test_an_empty_one_says_how_to_fill_it(self, client: Client) -> None:
        assert "Nothing is on your list." in part(client)


class TestShared:
    def test_it_shows_the_same_races_and_keeps_nothing(
        self, client: Client, races: dict[str, int]
    ) -> None:
        query = f"{races['late']},{races['soon']},{races['over']}"
        response = client.get(f"/my-list/?races={query}&utm=1")
        page = response.content.decode()
        assert shown(page) == [races["soon"], races["late"]]
        assert "data-remove" not in page
        assert "Left out here." in page
        both = ",".join(map(str, sorted([races["late"], races["soon"]])))
        assert f'data-keep="{both}"' in page
        assert f'href="https://startline.example/my-list/?races={both}"' in page
        assert '<form action="/compare/"' in page
        assert '<meta name="robots" content="noindex">' in page
        assert not response.cookies
        assert response["Cache-Control"].startswith("public")
        again = client.get(f"/my-list/?races={query}", headers={"if-none-match": response["ETag"]})
        assert again.status_code == 304

    @pytest.mark.parametrize("query", ["x", "0", ",,,", "-1", "%00", "9" * 40, "1e3", "<b>"])
    def test_rubbish_is_an_empty_list(self, client: Client, query: str) -> None:
        page = client.get(f"/my-list/?races={query}").content.decode()
        assert "There is no race on this list." in page

    def test_its_calendar_has_what_has_a_day(self, client: Client, races: dict[str, int]) -> None:
        query = ",".join(map(str, [*races.values(), "x"]))
        response = client.get(f"/my-list.ics?races={query}")
        assert response["Content-Type"].startswith("text/calendar")
        events = Calendar.from_ical(response.content).walk("VEVENT")
        assert [str(event["summary"]).partition(" (")[0] for event in events] == [
            "Soon Run", "Late Run",
        ]  # fmt: skip
        assert not Calendar.from_ical(client.get("/my-list.ics").content).walk("VEVENT")


def test_twenty_cost_no_more_queries_than_one(client: Client) -> None:
    keys = [DistanceFactory(edition__race=RaceFactory()).edition.race_id for _ in range(20)]
    counts = []
    for asked in (keys[:1], keys):
        part(client, *keys[:2])
        with CaptureQueriesContext(connection) as queries:
            assert len(shown(part(client, *asked))) == len(asked)
        counts.append(len([q for q in queries if "web_contentversion" not in q["sql"]]))
    assert counts[0] == counts[1] <= 4


def test_the_button_stands_on_the_page_of_a_race(client: Client) -> None:
    edition = EditionFactory(race__slug="run")
    page = client.get("/races/run/").content.decode()
    assert f'data-keep="{edition.race_id}"' in page
    assert 'href="/compare/?race=run"' in page


@given(
    st.text() | st.lists(st.integers() | st.text(max_size=5)).map(lambda x: ",".join(map(str, x)))
)
def test_any_text_is_read_as_numbers_of_rows(text: str) -> None:
    keys = keys_in(text)
    assert keys == sorted(set(keys))
    assert len(keys) <= MOST
    assert all(0 < key < 2**63 for key in keys)
    said = ",".join(map(str, keys))
    assert keys_in(said) == keys


def test_the_hundred_and_first_is_left_out() -> None:
    assert keys_in(",".join(map(str, range(300, 1, -1)))) == list(range(201, 301))
