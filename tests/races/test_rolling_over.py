"""Every published race has an edition ahead, and nobody's word is lost for it."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from time_machine import TimeMachineFixture

from organizers.models import Submission, User
from organizers.submissions import workflow
from races.models import Distance, Edition, PriceTier, Race
from races.rolling_over import roll_over
from tests.backstage import CONCURRENT, load, second_person, wait_until_somebody_waits_for_us
from tests.desk import client_of
from tests.factories import (
    RACE,
    DistanceFactory,
    EditionFactory,
    RaceFactory,
    SubmissionFactory,
    UserFactory,
    submission_values,
)

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

NOW = "2027-06-01T12:00Z"


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


def edition(start: str, end: str = "", **values: Any) -> Edition:
    made: Edition = EditionFactory(start_date=start, end_date=end or start, **values)
    return made


def starts(race: Race) -> list[str]:
    return [f"{each.start_date} {each.date_precision}" for each in race.editions.all()]


def test_a_race_of_an_organizer_stays_in_the_directory(
    client: Client, time_machine: TimeMachineFixture, tmp_path: Path
) -> None:
    values = submission_values(**{"edition-start_date": "2027-09-12"})
    sent: Submission = SubmissionFactory(state="pending", submitted_at=NOW, values=values)
    sent.refresh_from_db()
    workflow.approve(sent, UserFactory())
    race = Race.objects.get()
    assert race.usual_month == 9
    time_machine.move_to("2027-09-12T12:00Z")
    assert "0 changed" in load("load_races", tmp_path)
    time_machine.move_to("2027-09-13T12:00Z")
    # A dry run says so and does not do it.
    told = load("load_races", tmp_path, "--dry-run")
    assert "  changed  costa-brava-night-run" in told
    assert starts(race) == ["2027-09-12 day"]
    assert "1 changed" in load("load_races", tmp_path)
    assert starts(race) == ["2027-09-12 day", "2028-09-01 month"]
    page = client.get(race.get_absolute_url()).content.decode()
    assert "Usually September, not yet confirmed" in page
    assert "Costa Brava Night Run" in client.get("/races/?start=2028-09").content.decode()
    assert "0 changed" in load("load_races", tmp_path)


def test_what_stays_the_same_is_taken_along_and_no_more() -> None:
    last = DistanceFactory(
        edition=edition("2027-05-09", registration_url="https://x.example/", source_url="https://s.example/"),
        start_time="09:00", cut_off_minutes=360, capacity=300, wheelchair=True, entry="ballot",
        position=4,
    )  # fmt: skip
    PriceTier.objects.create(distance=last, name="Early", amount=20, currency="EUR")
    # An edition that was added without a distance says nothing of them.
    edition("2027-05-30", race=last.edition.race)
    [race] = roll_over()
    new = race.editions.last()
    assert new
    assert (new.registration_url, new.source_url, new.confirmed_on) == ("", "", None)
    distance = new.distances.get()
    assert (distance.name, distance.metres, distance.distance_class) == (
        "Marathon",
        42195,
        "marathon",
    )
    assert (distance.cut_off_minutes, distance.capacity, distance.entry) == (360, 300, "ballot")
    assert distance.wheelchair
    assert (distance.start_time, distance.position) == (None, 4)
    assert not distance.price_tiers.exists()


AHEAD: list[tuple[dict[str, Any], list[str]]] = [
    # The race day itself, the last day of several, and a month that lasts.
    ({"start_date": "2027-06-01"}, []),
    ({"start_date": "2027-05-30", "end_date": "2027-06-01"}, []),
    ({"start_date": "2027-06-01", "end_date": "2027-06-30", "date_precision": "month"}, []),
    ({"start_date": "2027-01-01", "end_date": "2027-12-31", "date_precision": "year"}, []),
    ({"start_date": "2027-05-31"}, ["2028-05-01 month"]),
    ({"start_date": "2027-05-01", "end_date": "2027-05-31", "date_precision": "month"},
     ["2028-05-01 month"]),
    ({"start_date": "2026-01-01", "end_date": "2026-12-31", "date_precision": "year"},
     ["2027-01-01 year"]),
    ({"start_date": "2024-08-10"}, ["2027-08-01 month"]),
    # What was cancelled says so until its day, and is expected again the year after.
    ({"start_date": "2027-07-11", "status": "cancelled"}, []),
    ({"start_date": "2027-05-31", "status": "cancelled"}, ["2028-05-01 month"]),
    ({"start_date": "2027-05-31", "status": "postponed"}, ["2028-05-01 month"]),
    # December's race, moved into January, was still that year's.
    ({"start_date": "2027-01-10", "previous_start_date": "2026-12-06", "status": "rescheduled",
      "race__usual_month": 12}, ["2027-12-01 month"]),
    ({"start_date": "2027-02-10", "race__usual_month": 8}, ["2028-08-01 month"]),
    ({"start_date": "2027-05-31", "race__state": "draft"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("values", "new"), AHEAD)
def test_the_next_edition_is_added_when_none_is_ahead(
    values: dict[str, Any], new: list[str]
) -> None:
    last = EditionFactory(**{"end_date": values["start_date"], **values})
    was = Edition.objects.values().get()
    roll_over()
    roll_over()
    assert starts(last.race)[1:] == new
    assert Edition.objects.values().get(pk=last.pk) == was


def test_a_month_is_over_once_its_customary_day_is(time_machine: TimeMachineFixture) -> None:
    june = {"race__usual_month": 6, "race__usual_rule": "second Sunday of June"}
    expected = edition("2027-06-01", "2027-06-30", date_precision="month", **june)
    time_machine.move_to("2027-06-13T12:00Z")
    assert roll_over() == []
    time_machine.move_to("2027-06-14T12:00Z")
    assert roll_over() == [expected.race]
    assert starts(expected.race) == ["2027-06-01 month", "2028-06-01 month"]


def test_a_race_of_every_four_years_is_next_expected_four_years_on(
    time_machine: TimeMachineFixture,
) -> None:
    every = {"race__usual_month": 8, "race__usual_rule": "in August, every four years"}
    race = edition("2027-08-22", "2027-08-26", **every).race
    time_machine.move_to("2027-09-01T12:00Z")
    assert roll_over() == [race]
    assert starts(race) == ["2027-08-22 day", "2031-08-01 month"]


def test_a_month_without_a_customary_day_lasts_until_its_end(
    time_machine: TimeMachineFixture,
) -> None:
    race = edition("2027-06-01", "2027-06-30", date_precision="month").race
    time_machine.move_to("2027-06-30T12:00Z")
    assert roll_over() == []
    time_machine.move_to("2027-07-01T12:00Z")
    assert roll_over() == [race]


def test_a_race_of_which_nothing_is_known_waits_for_somebody() -> None:
    RaceFactory()
    usual = RaceFactory(usual_month=3)
    assert roll_over() == [usual]
    assert starts(usual) == ["2028-03-01 month"]


def test_a_new_edition_is_news_of_its_race() -> None:
    last = edition("2027-05-31")
    Race.objects.update(updated_at="2020-01-01T00:00Z", description_html="<p>x</p>")
    roll_over()
    race = Race.objects.get(pk=last.race_id)
    assert race.updated_at.date() == date(2027, 6, 1)
    assert race.description_html == "<p>x</p>"


@CONCURRENT
def test_two_runs_at_once_add_one_edition() -> None:
    race = edition("2027-05-31").race
    thread, outcome = second_person(lambda: None if roll_over() == [] else fail("twice"))
    with transaction.atomic():
        assert roll_over() == [race]
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert outcome == ["done"]
    assert starts(race) == ["2027-05-31 day", "2028-05-01 month"]


def fail(reason: str) -> None:
    raise AssertionError(reason)


@CONCURRENT
def test_an_edition_that_somebody_adds_meanwhile_is_the_next_one(moderator: User) -> None:
    race = edition("2027-05-31").race
    desk = client_of(moderator)
    values = {
        "race": str(race.pk), "start_date": "2027-10-03", "date_precision": "day",
        "status": "scheduled", "distances-TOTAL_FORMS": "0", "distances-INITIAL_FORMS": "0",
    }  # fmt: skip
    thread, outcome = second_person(lambda: None if roll_over() == [] else fail("both"))
    with transaction.atomic():
        assert desk.post("/admin/races/edition/add/", values).status_code == 302
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert outcome == ["done"]
    assert starts(race) == ["2027-05-31 day", "2027-10-03 day"]


@CONCURRENT
def test_two_loads_at_once_load_each_race_once(tmp_path: Path) -> None:
    (tmp_path / "boston-marathon.md").write_text(RACE)
    thread, outcome = second_person(
        lambda: call_command("load_races", tmp_path, stdout=io.StringIO())
    )
    with transaction.atomic():
        load("load_races", tmp_path)
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(20)
    assert outcome == ["done"]
    assert (Race.objects.count(), Edition.objects.count(), Distance.objects.count()) == (1, 1, 1)


# What a file says of a date goes through the same verbs.


@pytest.fixture
def dated(tmp_path: Path) -> Callable[[str], str]:
    def write(editions: str) -> str:
        text = RACE.replace("sources:", f"editions:\n  - {{{editions}}}\nsources:")
        (tmp_path / "boston-marathon.md").write_text(text)
        return load("load_races", tmp_path)

    return write


def test_a_file_moves_and_cancels_by_the_verbs(dated: Callable[[str], str]) -> None:
    def now() -> tuple[str, str, str, str]:
        row = Edition.objects.get()
        return tuple(  # type: ignore[return-value]
            str(value or "")
            for value in (row.start_date, row.status, row.previous_start_date, row.confirmed_on)
        )

    dated("start_date: 2028-04-17, confirmed_on: 2027-05-01")
    assert now() == ("2028-04-17", "scheduled", "", "2027-05-01")
    dated("start_date: 2028-04-24")
    assert now() == ("2028-04-24", "rescheduled", "2028-04-17", "")
    dated("start_date: 2028-04-24, confirmed_on: 2027-05-20, status: scheduled")
    assert now() == ("2028-04-24", "rescheduled", "2028-04-17", "2027-05-20")
    dated("start_date: 2028-04-24, confirmed_on: 2027-05-20, status: cancelled, status_note: Snow.")
    assert now() == ("2028-04-24", "cancelled", "2028-04-17", "")
    assert Edition.objects.get().status_note == "Snow."
    dated("start_date: 2028-04-24, confirmed_on: 2027-05-20, status: cancelled, status_note: Ice.")
    assert (now()[1], Edition.objects.get().status_note) == ("cancelled", "Ice.")
    dated("start_date: 2028-04-24, status: scheduled")
    assert now() == ("2028-04-24", "scheduled", "", "")
    dated("start_date: 2028-05-01, status: rescheduled, previous_start_date: 2028-04-20")
    assert now() == ("2028-05-01", "rescheduled", "2028-04-20", "")


def test_a_changed_file_changes_what_is_expected(tmp_path: Path) -> None:
    path = tmp_path / "boston-marathon.md"
    path.write_text(RACE)
    load("load_races", tmp_path)
    path.write_text(RACE.replace("metres: 42195", "metres: 42200"))
    load("load_races", tmp_path)
    assert Distance.objects.get().metres == 42200
