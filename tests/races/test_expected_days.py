"""When a race is over, what day is expected of it, and how that is said, sorted and suggested."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.core.management import CommandError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from organizers.models import Listing, Membership, User
from races import tasks
from races.choices import DatePrecision
from races.models import Edition, Race, bracket
from races.rolling_over import roll_over
from races.search.criteria import RaceSearch
from tests.backstage import load, run_worker
from tests.desk import as_read, client_of, save
from tests.factories import RACE, DistanceFactory, EditionFactory, RaceFactory

NOW = "2026-11-23T12:00Z"
SOURCED = "/races/boston-marathon/"
ZONES = sorted(available_timezones())
MONTH: dict[str, Any] = {"date_precision": "month"}


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


def edition(start: str, end: str = "", **values: Any) -> Edition:
    made: Edition = EditionFactory(
        **{"race__slug": "it", "start_date": start, "end_date": end or start, **values}
    )
    return made


def month(year_and_month: str, **values: Any) -> Edition:
    first, last = bracket(date.fromisoformat(f"{year_and_month}-01"), None, "month")
    return edition(first.isoformat(), last.isoformat(), date_precision="month", **values)


def names(query: str = "") -> list[str]:
    return [found.race.name for found in RaceSearch.from_query(query).editions()]


def page(client: Client, address: str = "/races/it/") -> str:
    """As a browser reads it, which takes a line's end for a space."""
    text = re.sub(r"\s+", " ", client.get(address).content.decode())
    return re.sub("(?<=>) | (?=<)", " ", text)


def tag(text: str) -> str:
    """The first date on a page with its look, without markup: “expected: Sun 10 Oct ...”."""
    match = re.search(r'<span class="when when--(\w+)">(.*?)</span>', text)
    return f"{match[1]}: {re.sub('<[^>]+>', '', match[2])}" if match else ""


# A day ends where the race is.


@given(
    st.sampled_from(ZONES),
    st.dates(date(2025, 1, 1), date(2040, 12, 31)),
    st.sampled_from(DatePrecision.values),
    st.integers(0, 5),
)
def test_a_race_is_over_when_its_last_day_is_in_every_zone(
    zone: str, day: date, precision: str, more: int
) -> None:
    first, last = bracket(day, day + timedelta(days=more), precision)
    made = Edition(race=Race(time_zone=zone), start_date=first, end_date=last)
    made.date_precision = precision
    made.work_out()
    there = ZoneInfo(zone)
    assert made.over_at.astimezone(there).date() == last + timedelta(days=1)
    assert (made.over_at - timedelta(seconds=1)).astimezone(there).date() == last
    # Nothing that is known moved, and a day leaves no doubt.
    assert made.dates == (first, last, precision)
    if precision == "day":
        assert (made.expected_on, made.doubtful_at) == (None, None)
    else:
        assert made.doubtful_at
        assert made.doubtful_at.astimezone(there).date() == first
        assert (made.doubtful_at - timedelta(seconds=1)).astimezone(there).date() < first


@given(st.sampled_from(ZONES), st.integers(2025, 2040), st.integers(1, 12))
def test_what_is_expected_may_be_over_only_after_its_day_there(
    zone: str, year: int, number: int
) -> None:
    race = Race(time_zone=zone, usual_rule=f"second weekend of {date(2000, number, 1):%B}")
    first, last = bracket(date(year, number, 1), None, "month")
    made = Edition(race=race, start_date=first, end_date=last, date_precision="month")
    made.work_out()
    assert made.expected_on
    assert made.doubtful_at
    assert made.expected_on.strftime("%a") == "Sat"
    sunday = made.expected_on + timedelta(days=1)
    assert (made.doubtful_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() == sunday
    assert first <= made.expected_on <= last


@pytest.mark.parametrize("ends", [date.min, date.max])
def test_the_ends_of_the_calendar_are_moments_too(ends: date) -> None:
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"]:
        made = Edition(race=Race(time_zone=zone), start_date=ends, end_date=ends)
        made.work_out()
        assert made.over_at


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "dates", "over_at"),
    [
        ("Pacific/Honolulu", ("2026-12-13", ""), "2026-12-14T10:00Z"),
        ("Pacific/Kiritimati", ("2026-12-13", ""), "2026-12-13T10:00Z"),
        # The nights in which clocks change, at half past two and at midnight.
        ("Europe/Madrid", ("2027-03-28", ""), "2027-03-28T22:00Z"),
        ("Europe/Madrid", ("2027-03-27", ""), "2027-03-27T23:00Z"),
        ("America/New_York", ("2027-11-06", ""), "2027-11-07T04:00Z"),
        ("America/New_York", ("2027-11-07", ""), "2027-11-08T05:00Z"),
        ("America/Santiago", ("2027-04-03", ""), "2027-04-04T04:00Z"),
        ("America/Santiago", ("2027-09-04", ""), "2027-09-05T04:00Z"),
        # Past midnight, and five days.
        ("Europe/Paris", ("2027-06-26", "2027-06-27"), "2027-06-27T22:00Z"),
        ("America/Denver", ("2027-08-18", "2027-08-22"), "2027-08-23T06:00Z"),
        ("", ("2027-05-09", ""), "2027-05-10T00:00Z"),
        ("Moon/Crater", ("2027-05-09", ""), "2027-05-10T00:00Z"),
    ],
)
def test_it_is_listed_until_its_last_day_is_over_there(
    client: Client, time_machine: TimeMachineFixture, zone: str, dates: tuple[str, str],
    over_at: str,
) -> None:  # fmt: skip
    made = edition(*dates, race__name="Dusk Run", race__time_zone=zone)
    DistanceFactory(edition=made, start_time="02:30")
    over = datetime.fromisoformat(over_at)
    said = page(client)
    date_said = re.search("<time.*?</time>", said)
    for moment, is_there in [(over - timedelta(seconds=1), True), (over, False)]:
        # From what is kept, too: a page ends where the day does.
        time_machine.move_to(moment, tick=False)
        for address in ["/races/", "/"]:
            assert ("Dusk Run" in page(client, address)) == is_there, address
        there = page(client)
        assert ("Next edition" in there) == is_there
        assert ("Last known edition" in there) != is_there
        # And the day and the hour stay what they are, whatever the clocks do.
        assert re.search("<time.*?</time>", there)[0] == date_said[0]  # type: ignore[index]
        assert "02:30 local time" in there


@pytest.mark.django_db
def test_entry_closes_when_the_day_is_over_where_the_race_is(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    edition("2027-05-09", race__time_zone="Pacific/Auckland", registration_state="open",
            registration_closes_on="2027-02-10")  # fmt: skip
    time_machine.move_to("2027-02-10T10:59:59Z", tick=False)
    assert "Registration: open, until 10 February 2027." in page(client)
    time_machine.move_to("2027-02-10T11:00:00Z", tick=False)
    assert "Registration: closed on 10 February 2027." in page(client)


# What is said.

LOOKS: list[tuple[dict[str, Any], str, str]] = [
    ({"start_date": "2027-10-10", "confirmed_on": "2026-11-02"},
     "confirmed: Sun 10 October 2027", "Confirmed by the organizer on 2 November 2026"),
    ({"start_date": "2027-10-10"},
     "provisional: Sun 10 October 2027, provisional", "Not yet confirmed by the organizer"),
    ({"start_date": "2027-10-01", "end_date": "2027-10-31", **MONTH,
      "race__usual_rule": "second Sunday of October"},
     "expected: Sun 10 Oct 2027, expected", "Not yet confirmed by the organizer"),
    ({"start_date": "2027-10-01", "end_date": "2027-10-31", **MONTH,
      "race__usual_rule": "third weekend of October"},
     "expected: 16–17 Oct 2027, expected", "Not yet confirmed by the organizer"),
    ({"start_date": "2027-05-01", "end_date": "2027-05-31", **MONTH,
      "race__usual_rule": "a Saturday in the second half of May"},
     "expected: about Sat 22 May 2027, expected", "this is the middle of it"),
    ({"start_date": "2027-01-01", "end_date": "2027-12-31", "date_precision": "year",
      "race__usual_month": 10, "race__usual_rule": "second Sunday of October"},
     "expected: Sun 10 Oct 2027, expected", "Not yet confirmed by the organizer"),
    ({"start_date": "2027-10-01", "end_date": "2027-10-31", **MONTH,
      "race__usual_rule": "a Sunday in October"},
     "open: October 2027, day not known yet", "Usually a Sunday in October, not yet confirmed"),
    # It was moved to another month than the rule's.
    ({"start_date": "2027-05-01", "end_date": "2027-05-31", **MONTH,
      "race__usual_rule": "second Sunday of October"},
     "open: May 2027, day not known yet", "Usually second Sunday of October, not yet confirmed"),
    ({"start_date": "2027-01-01", "end_date": "2027-12-31", "date_precision": "year"},
     "open: 2027, month not known yet", "Not yet confirmed"),
    ({"start_date": "2026-11-01", "end_date": "2026-11-30", **MONTH,
      "race__usual_rule": "fourth Sunday of November"},
     "open: Sun 22 Nov 2026, may be over", "it may be over"),
    ({"start_date": "2026-11-01", "end_date": "2026-11-30", **MONTH,
      "race__usual_rule": "fourth Monday of November"},
     "expected: Mon 23 Nov 2026, expected", "Not yet confirmed by the organizer"),
    ({"start_date": "2026-11-01", "end_date": "2026-11-30", **MONTH},
     "open: November 2026, may be over", "it may be over"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("values", "said", "certainty"), LOOKS)
def test_a_date_has_the_look_of_how_sure_it_is_everywhere(
    client: Client,
    membership: Membership,
    time_machine: TimeMachineFixture,
    values: dict[str, Any],
    said: str,
    certainty: str,
) -> None:
    made = EditionFactory(**{"race__slug": "it", "end_date": values["start_date"], **values})
    Listing.objects.create(organizer=membership.organizer, race=made.race)
    text = page(client)
    assert tag(text) == said
    assert certainty in text
    # In lists the day is a block, with the same three frames.
    frame, _, words = said.partition(": ")
    assert f'class="day day--{frame}"' in page(client, "/races/")
    assert tag(page(client_of(membership.user), "/organizers/")) == said
    if "may be over" not in said:
        home = as_read(page(client, "/"))
        assert f'class="day day--{frame}"' in home
        doubt = words.partition(", ")[2] or "confirmed"
        assert f'<p class="race-row__certainty">{doubt.capitalize()}' in home


@pytest.mark.django_db
def test_the_page_names_the_rule_beside_the_day(client: Client) -> None:
    month("2027-10", race__usual_rule="second Sunday of October")
    text = re.sub("<[^>]+>", "", page(client))
    assert "Sun 10 Oct 2027, expected (second Sunday of October)" in text


@pytest.mark.django_db
def test_a_day_that_is_only_expected_is_told_to_no_machine(client: Client) -> None:
    def events() -> list[dict[str, Any]]:
        graph = json.loads(re.search(r'ld\+json">(.*?)</script>', page(client), re.S)[1])  # type: ignore[index]
        return [node for node in graph["@graph"] if node["@type"] == "SportsEvent"]

    made = month("2027-10", race__usual_rule="second Sunday of October")
    assert events() == []
    assert '<time datetime="2027-10">Sun 10 Oct 2027</time>' in page(client)
    assert "2027-10-10" not in page(client)
    made.correct_date(date(2027, 10, 10), None, "day")
    made.save()
    assert events() == []
    made.confirm(date(2026, 11, 20))
    made.save()
    assert [event["startDate"] for event in events()] == ["2027-10-10"]
    made.postpone()
    made.save()
    assert [event["eventStatus"] for event in events()] == ["https://schema.org/EventPostponed"]


@pytest.mark.django_db
def test_what_is_off_is_expected_no_more() -> None:
    made = month("2027-10", race__usual_rule="second Sunday of October")
    assert made.expected_on == date(2027, 10, 10)
    made.cancel()
    made.save()
    assert made.expected_on is None
    made.resume()
    made.save()
    assert made.expected_on == date(2027, 10, 10)


# In what order.


@pytest.mark.django_db
def test_the_soonest_first_by_what_is_known_or_expected() -> None:
    def named(name: str) -> dict[str, str]:
        return {"race__name": name, "race__slug": name.lower().replace(" ", "-")}

    # In the order in which they are to come.
    edition("2026-11-20", "2026-11-24", **named("Running Now"))
    edition("2026-11-29", **named("On The Last Sunday"))
    month("2026-11", race__usual_rule="last Monday of November", **named("Expected Tomorrow Week"))
    edition("2026-11-30", last_verified_on="2025-11-01", **named("Unseen For Long"))
    month("2026-11", race__usual_rule="third Sunday of November", **named("Has Been By Custom"))
    month("2026-11", **named("Aaa Some Day In November"))
    edition("2026-12-06", **named("Second Advent"))
    month("2026-12", race__usual_rule="the days around New Year", **named("Across The Years"))
    edition("2026-12-31", **named("Silvester"))
    month("2026-12", **named("A Day In December"))
    edition("2027-01-01", "2027-12-31", date_precision="year", **named("Some Time"))
    assert names() == [
        "Running Now", "On The Last Sunday", "Expected Tomorrow Week", "Unseen For Long",
        "Has Been By Custom", "Aaa Some Day In November", "Second Advent", "Across The Years",
        "Silvester", "A Day In December", "Some Time",
    ]  # fmt: skip
    # What may be over is found, and not suggested.
    assert [each.race.name for each in Edition.objects.surely_ahead().soonest_first()][2:5] == [
        "Expected Tomorrow Week", "Unseen For Long", "Second Advent",
    ]  # fmt: skip


# Whoever changes a rule, a zone or a date, what follows is worked out anew.


@pytest.mark.django_db
def test_another_rule_or_zone_is_another_day_to_expect(editor: User) -> None:
    made = month("2027-10", race__usual_month="10", race__usual_rule="second Sunday of October")
    desk = client_of(editor)
    assert save(desk, made.race, usual_rule="third Sunday of October").status_code == 302
    made.refresh_from_db()
    assert made.expected_on == date(2027, 10, 17)
    assert made.over_at == datetime(2027, 11, 1, tzinfo=UTC)
    assert save(desk, made.race, time_zone="Pacific/Honolulu").status_code == 302
    made.refresh_from_db()
    assert made.over_at == datetime(2027, 11, 1, 10, tzinfo=UTC)
    assert save(desk, made, start_date="2027-10-24").status_code == 302
    made.refresh_from_db()
    assert (made.expected_on, made.doubtful_at) == (None, None)


@pytest.mark.django_db
def test_the_worker_brings_up_to_date_what_nobody_told_of() -> None:
    made = month("2027-10")
    Race.objects.update(usual_rule="second Sunday of October", time_zone="Asia/Tokyo")
    tasks.roll_over.enqueue()
    run_worker()
    made.refresh_from_db()
    assert made.expected_on == date(2027, 10, 10)
    assert made.over_at == datetime(2027, 10, 31, 15, tzinfo=UTC)


ROLLED = [
    # The rule leads out of its month in some years.
    ("Saturday after Memorial Day, in late May or early June", 6, "2027-05-01T12:00Z", "2027-06"),
    ("Saturday after Memorial Day, in late May or early June", 6, "2026-05-01T12:00Z", "2026-05"),
    ("Saturday after Memorial Day, in late May or early June", 6, "2026-05-31T12:00Z", "2027-06"),
    ("Saturday before the first Sunday of November", 11, "2026-10-31T12:00Z", "2026-10"),
    ("Saturday before the first Sunday of November", 11, "2026-11-01T12:00Z", "2027-11"),
    # Of several days, the last that the rule allows decides.
    ("a Saturday in the second half of May", 5, "2027-05-29T12:00Z", "2027-05"),
    ("a Saturday in the second half of May", 5, "2027-05-30T12:00Z", "2028-05"),
    ("third weekend of October", 10, "2026-10-18T12:00Z", "2026-10"),
    ("third weekend of October", 10, "2026-10-19T12:00Z", "2027-10"),
    ("the days around New Year", 12, "2026-12-31T12:00Z", "2026-12"),
    ("Easter Monday", 4, "2027-03-01T12:00Z", "2027-03"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "usual_month", "moment", "expected_month"), ROLLED)
def test_the_next_edition_is_in_the_month_of_the_rule(
    time_machine: TimeMachineFixture, rule: str, usual_month: int, moment: str, expected_month: str
) -> None:
    time_machine.move_to(moment)
    race = RaceFactory(usual_month=usual_month, usual_rule=rule)
    assert roll_over() == [race]
    made = race.editions.get()
    assert f"{made.start_date:%Y-%m} {made.date_precision}" == f"{expected_month} month"
    assert made.expected_on
    assert roll_over() == []


@pytest.mark.django_db
def test_a_race_rolls_over_once_its_day_is_over_there(time_machine: TimeMachineFixture) -> None:
    made = edition("2026-12-13", race__time_zone="Pacific/Honolulu", race__usual_month=12)
    time_machine.move_to("2026-12-14T09:59Z")
    assert roll_over() == []
    time_machine.move_to("2026-12-14T10:00Z")
    assert roll_over() == [made.race]


# When it was last seen, and where.


@pytest.mark.django_db
def test_a_page_says_when_and_where_a_date_was_last_seen(client: Client) -> None:
    made = month("2027-10", race__usual_month=10)
    assert "Nobody has looked the date up at a source yet; it is what is usual." in page(client)
    before = edition("2026-10-11", race=made.race, last_verified_on="2026-03-05",
                     source_url="https://www.race.example/dates")  # fmt: skip
    text = " ".join(page(client).split())
    assert "A date, that of 2026, was last seen on 5 March 2026 at" in text
    assert '<a href="https://www.race.example/dates" rel="noopener">race.example</a>.' in text
    assert "Not checked since" not in text
    before.last_verified_on, before.confirmed_on = None, date(2026, 5, 1)
    before.save()
    assert "was last seen on 1 May 2026, when the organizer confirmed it." in page(client)
    made.last_verified_on = date(2026, 11, 1)
    made.save()
    assert "The date was last seen on 1 November 2026." in page(client)


@pytest.mark.django_db
def test_what_nobody_has_looked_up_for_a_year_says_so(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    made = edition("2028-05-14", race__name="Long Ago", last_verified_on="2026-03-31")
    EditionFactory(race__name="Later In May", start_date="2028-05-28")
    time_machine.move_to("2027-03-31T12:00Z")
    assert "Not checked since" not in page(client) + page(client, "/races/")
    assert names() == ["Long Ago", "Later In May"]
    time_machine.move_to("2027-04-01T00:00Z", tick=False)
    for address in ["/races/it/", "/races/", "/"]:
        assert "Not checked since March 2026" in page(client, address), address
    assert names() == ["Later In May", "Long Ago"]
    # Once anything of the race was looked up, that is told of its other editions too.
    edition("2026-05-10", race=made.race, last_verified_on="2027-03-01")
    assert names() == ["Long Ago", "Later In May"]
    assert "Not checked since" not in page(client)


@pytest.mark.django_db
def test_a_page_names_the_sources_of_the_races_file(client: Client, tmp_path: Path) -> None:
    (tmp_path / "boston-marathon.md").write_text(RACE)
    load("load_races", tmp_path)
    said = re.search("<dt>Where we saw this</dt> <dd>(.*?)</dd>", page(client, SOURCED))
    assert said
    [(url, title)] = re.findall('<a href="([^"]+)" rel="noopener">([^<]+)</a>', said[1])
    assert f"title: {title}" in RACE
    assert url in RACE
    # One that was loaded before they were kept gets them, and stays as an editor has it.
    Race.objects.update(sources=[], city="Elsewhere")
    assert "1 as before" in load("load_races", tmp_path)
    race = Race.objects.get()
    assert ([source["url"] for source in race.sources], race.city) == ([url], "Elsewhere")
    (tmp_path / "boston-marathon.md").write_text(RACE.replace(url, "javascript:alert(1)"))
    with pytest.raises(CommandError, match="is no web address"):
        load("load_races", tmp_path)
