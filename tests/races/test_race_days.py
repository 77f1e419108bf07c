"""What a race's page and the lists say on the days that decide, and of what does not take place."""

import re
from typing import Any

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from races.models import Edition, Race
from races.reading.timeline import year_ahead
from races.search.text import find_races, index_races
from tests.factories import EditionFactory, RaceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

NOW = "2026-11-23T12:00Z"


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


def edition(start: str, end: str = "", **values: Any) -> Edition:
    made: Edition = EditionFactory(
        **{"race__slug": "it", "start_date": start, "end_date": end or start, **values}
    )
    return made


def page(client: Client, address: str = "/races/it/") -> str:
    return client.get(address).content.decode()


def test_a_race_is_there_on_its_own_day(client: Client, time_machine: TimeMachineFixture) -> None:
    edition("2027-05-09", race__name="Own Day Run")
    time_machine.move_to("2027-05-09T12:00Z")
    assert "Own Day Run" in page(client, "/races/")
    assert "Next edition" in page(client)
    assert "Own Day Run" in page(client, "/")
    time_machine.move_to("2027-05-10T12:00Z")
    assert "Own Day Run" not in page(client, "/races/")
    assert "Last known edition" in page(client)


def test_registration_is_open_on_its_first_and_last_day(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    edition("2027-05-09", registration_state="open", registration_opens_on="2027-01-10",
            registration_closes_on="2027-02-10")  # fmt: skip
    for day, said in [
        ("2027-01-09", "opens on 10 January 2027"),
        ("2027-01-10", "open, until 10 February 2027"),
        ("2027-02-10", "open, until 10 February 2027"),
        ("2027-02-11", "closed on 10 February 2027"),
    ]:
        time_machine.move_to(f"{day}T12:00Z")
        assert f"Registration: {said}." in page(client), day


def test_only_what_is_surely_ahead_is_suggested() -> None:
    month = {"date_precision": "month"}
    sure = [
        edition("2026-11-23", race__slug="today"),
        edition("2026-11-22", "2026-11-24", race__slug="lasting"),
        edition("2026-12-01", "2026-12-31", race__slug="next-month", **month),
        edition("2027-05-09", race__slug="moved", status="rescheduled",
                previous_start_date="2027-05-02"),
    ]  # fmt: skip
    edition("2026-11-22", race__slug="yesterday")
    edition("2026-11-01", "2026-11-30", race__slug="this-month", **month)
    edition("2026-01-01", "2026-12-31", race__slug="this-year", date_precision="year")
    edition("2027-05-09", race__slug="cancelled", status="cancelled")
    edition("2027-05-09", race__slug="postponed", status="postponed")
    assert set(Edition.objects.surely_ahead()) == set(sure)


def test_a_month_that_begins_today_may_be_over(time_machine: TimeMachineFixture) -> None:
    edition("2026-12-01", "2026-12-31", date_precision="month")
    time_machine.move_to("2026-12-01T12:00Z")
    assert Edition.objects.surely_ahead().count() == 0


def test_the_year_ahead_counts_no_race_of_which_only_the_year_is_known() -> None:
    edition("2027-01-01", "2027-12-31", date_precision="year")
    edition("2027-05-09", race__slug="a-day")
    edition("2027-06-30", "2027-07-02", race__slug="over-two-months")
    counted = {month.value: month.count for month in year_ahead().months if month.count}
    assert counted == {"2027-05": 1, "2027-06": 1, "2027-07": 1}


def test_a_name_weighs_more_than_a_town_and_a_town_more_than_a_text() -> None:
    text = RaceFactory(name="Aaa", description="Through Lugo, Lugo and Lugo.")
    town = RaceFactory(name="Bbb", city="Lugo")
    named = RaceFactory(name="Lugo Run")
    index_races(Race.objects.all())
    assert list(find_races("lugo")) == [named, town, text]


# What does not take place.


@pytest.mark.parametrize(
    ("status", "sentence", "certainty"),
    [
        ("cancelled", "does not take place.", "Does not take place"),
        ("postponed", "A new date is not known yet.", "A new date is not known yet"),
    ],
)
def test_what_is_off_says_so_once_and_offers_others(
    client: Client, status: str, sentence: str, certainty: str
) -> None:
    edition("2027-05-09", status=status, status_note="The bridge is closed.",
            status_since="2026-11-20", registration_url="https://enter.example/",
            registration_state="open", race__name="Lost Run")  # fmt: skip
    EditionFactory(race__name="Another One")
    text = page(client)
    next_edition = text.split('id="next"')[1].split("</section>")[0]
    assert sentence in next_edition
    assert "The bridge is closed." in next_edition
    assert "Known since 20 November 2026." in next_edition
    assert "Sun 9 May 2027" in next_edition
    for wrong in ["confirmed", "Check with the organizer", "Registration", "enter.example"]:
        assert wrong not in next_edition, wrong
    # The way on is the others; the organizer's site is only a link.
    assert re.findall(r'class="signpost[^"]*" href="([^"]+)"', next_edition) == ["#instead"]
    assert 'id="instead"' in text
    assert "https://race.example/" in next_edition
    row = page(client, "/races/").split("Lost Run")[1].split("</article>")[0]
    assert f"</strong> {certainty}</p>" in row


def test_a_cancelled_race_without_another_leads_to_none(client: Client) -> None:
    edition("2027-05-09", status="cancelled")
    assert "#instead" not in page(client)


def test_the_edition_after_a_lost_one_says_what_became_of_that(client: Client) -> None:
    lost = edition("2026-05-09", status="cancelled")
    edition("2027-05-01", "2027-05-31", race=lost.race, date_precision="month")
    text = page(client)
    assert re.search(r"The edition of <time[^>]*>Sat 9 May 2026</time> was cancelled\.", text)
    Edition.objects.filter(pk=lost.pk).update(status="scheduled")
    assert "The edition of" not in page(client)


def test_what_is_over_does_not_wait_for_a_confirmation(client: Client) -> None:
    edition("2026-05-09", registration_url="https://enter.example/")
    text = page(client)
    assert "Not yet confirmed" not in text.split('id="next"')[1]
    assert "The next date is not known yet." in text
    assert "enter.example" not in text


def test_the_race_that_goes_ahead_is_shown_before_one_that_does_not(client: Client) -> None:
    lost = edition("2027-05-09", status="postponed")
    edition("2027-09-12", race=lost.race)
    text = page(client)
    assert '<span class="when when--provisional"><time datetime="2027-09-12">' in text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"start_date": "2027-10-01", "end_date": "2027-10-31", "date_precision": "month",
          "race__usual_rule": "second Sunday of October"},
         "Sun 10 Oct 2027, expected (second Sunday of October). Not yet confirmed."),
        ({"start_date": "2027-10-01", "end_date": "2027-10-31", "date_precision": "month",
          "race__usual_rule": "a Sunday in October"},
         "October 2027, day not known yet. Usually a Sunday in October, not yet confirmed."),
        ({"start_date": "2027-10-10", "confirmed_on": "2026-11-02"},
         "Sun 10 October 2027. Confirmed by the organizer on 2 November 2026."),
        ({"start_date": "2027-10-10", "status": "cancelled"},
         "Sun 10 October 2027. Cancelled."),
        ({"start_date": "2027-10-10", "status": "rescheduled",
          "previous_start_date": "2027-10-03"},
         "Sun 10 October 2027. Moved from 3 October 2027. Not yet confirmed by the organizer."),
    ],
)  # fmt: skip
def test_the_description_for_search_engines_keeps_its_capitals(
    client: Client, values: dict[str, str], said: str
) -> None:
    EditionFactory(**{"race__slug": "it", "end_date": values["start_date"], **values})
    text = page(client)
    assert re.search(rf'<meta name="description"\s+content="[^"]* {re.escape(said)}">', text), text


def test_the_start_is_on_a_map_that_every_browser_opens(client: Client) -> None:
    edition("2027-05-09", race__latitude=42.2297, race__longitude=-71.5184)
    text = page(client)
    map_link = (
        "https://www.openstreetmap.org/?mlat=42.2297&amp;mlon=-71.5184#map=13/42.2297/-71.5184"
    )
    assert f'href="{map_link}"' in text
    assert 'href="geo:42.2297,-71.5184"' in text
    # A link is all: nothing is fetched from there.
    assert text.count("openstreetmap.org") == 1
    Race.objects.update(latitude=None, longitude=None)
    assert "openstreetmap" not in page(client)
    assert "geo:" not in page(client)
