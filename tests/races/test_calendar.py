"""A month of a race search: each race on its days, whatever the clock says where."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from races.models import Edition
from races.reading.search_calendar import Month, search_month
from races.search import days
from races.search.criteria import RaceSearch
from races.search.index import answer
from tests.clock import TODAY
from tests.desk import as_read
from tests.factories import EditionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

NEXT = (TODAY.replace(day=1) + timedelta(days=45)).replace(day=1)
LAST = days.month(f"{NEXT:%Y-%m}")[1]  # type: ignore[index]


def edition(start: date, end: date | None = None, **more: object) -> Edition:
    made: Edition = EditionFactory(start_date=start, end_date=end or start, **more)
    return made


def in_the_month(**more: object) -> Edition:
    return edition(NEXT, LAST, date_precision="month", **more)


def placed(month: Month) -> dict[date, list[str]]:
    return {
        day.date: [entry.edition.race.name for entry in day.entries]
        for week in month.weeks
        for day in week
        if day.count
    }


def each(start: date, end: date) -> Iterator[date]:
    for number in range((end - start).days + 1):
        yield start + timedelta(days=number)


def page(client: Client, query: str = "") -> str:
    shown = f"view=calendar&month={NEXT:%Y-%m}"
    return as_read(client.get(f"/races/?{query}{query and '&'}{shown}").content.decode())


ZONES = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris", "America/New_York", ""]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.integers(2, 90), length=st.integers(1, 9),
    zone=st.sampled_from(ZONES), here=st.sampled_from(ZONES[:-1]),
    is_confirmed=st.booleans(),
)  # fmt: skip
def test_a_race_stands_on_each_of_its_days_in_every_zone(
    first: int, length: int, zone: str, here: str, is_confirmed: bool
) -> None:
    start = TODAY + timedelta(days=first)
    end = start + timedelta(days=length - 1)
    confirmed_on = TODAY if is_confirmed else None
    with transaction.atomic(), timezone.override(here):
        made = edition(start, end, race__name="It", race__time_zone=zone, confirmed_on=confirmed_on)
        found: list[date] = []
        months = {day.replace(day=1) for day in each(start, end)}
        for month in sorted(months):
            shown = search_month(answer(RaceSearch()), month)
            found += placed(shown)
            assert shown.count == 1
        made.race.delete()
    assert found == list(each(start, end))


def test_an_expected_day_is_one_and_a_month_is_none() -> None:
    in_the_month(race__name="By custom", race__usual_rule=f"second Sunday of {NEXT:%B}",
                 race__usual_month=NEXT.month)  # fmt: skip
    in_the_month(race__name="Some day")
    month = search_month(answer(RaceSearch()), NEXT)
    (day,) = placed(month)
    assert (day.weekday(), 8 <= day.day <= 14) == (6, True)
    assert (month.count, month.unplaced) == (1, 1)


def test_weeks_go_from_monday_to_sunday_and_hold_the_whole_month() -> None:
    month = search_month(answer(RaceSearch()), NEXT)
    assert {tuple(day.date.weekday() for day in week) for week in month.weeks} == {(*range(7),)}
    held = [day.date for week in month.weeks for day in week if day.is_of_month]
    assert held == list(each(NEXT, LAST))


def test_a_crowded_day_names_the_surest_and_leads_to_the_rest(client: Client) -> None:
    for number in range(7):
        edition(NEXT, race__name=f"Run {number}")
    edition(NEXT, race__name="Sure", confirmed_on=TODAY)
    edition(NEXT - timedelta(days=1), NEXT + timedelta(days=1), race__name="A long one")
    month = search_month(answer(RaceSearch()), NEXT)
    assert placed(month)[NEXT] == ["Sure", "A long one", "Run 0", "Run 1"]
    (link,) = re.findall(r'href="([^"]+)">5 more<', page(client))
    assert link == f"/races/?start={NEXT}&amp;end={NEXT}"
    listed = as_read(client.get(link.replace("&amp;", "&")).content.decode())
    assert "9 races</h2>" in listed
    assert "day 2 of 3" in page(client)


def test_the_day_not_known_leads_to_just_those(client: Client) -> None:
    for _ in range(3):
        in_the_month()
    edition(NEXT)
    (link, said) = re.findall(r'href="([^"]+)">(\d+ more in \w+, day not known)<', page(client))[0]
    assert said == f"3 more in {NEXT:%B}, day not known"
    assert "3 races</h2>" in as_read(client.get(link.replace("&amp;", "&")).content.decode())


def test_it_counts_what_the_lists_hold(client: Client) -> None:
    """Of a search with days of its own, no day beside them is shown."""
    edition(NEXT - timedelta(days=3), NEXT + timedelta(days=5), race__name="Stages")
    edition(NEXT + timedelta(days=2), race__name="Day")
    search = RaceSearch(start=str(NEXT + timedelta(days=2)), end=str(NEXT + timedelta(days=4)))
    month = search_month(answer(search), NEXT)
    assert list(placed(month)) == list(each(*map(date.fromisoformat, (search.start, search.end))))
    for week in month.weeks:
        for day in week:
            if day.count:
                assert day.search.editions().count() == day.count


def test_months_before_and_after_keep_all_that_is_asked(client: Client) -> None:
    edition(NEXT, race__sport="triathlon", race__latitude=1, race__longitude=1)
    shown = page(client, "sport=triathlon&near=45.8,4.8&within=20000")
    turns = re.findall(r'id="month-(?:before|after)"[^>]*href="([^"]+)"', shown)
    kept = "/races/?sport=triathlon&amp;near=45.8,4.8&amp;within=20000&amp;view=calendar&amp;month="
    after = LAST + timedelta(days=1)
    assert turns == [f"{kept}{NEXT - timedelta(days=1):%Y-%m}", f"{kept}{after:%Y-%m}"]


def test_a_search_for_months_turns_to_others() -> None:
    edition(NEXT)
    month = search_month(answer(RaceSearch(when=(f"{NEXT:%Y-%m}",))), None)
    assert month.first == NEXT
    assert month.after
    assert month.after.search == RaceSearch()
    # Within days of one's own there is nothing else to turn to.
    month = search_month(answer(RaceSearch(start=str(NEXT), end=str(NEXT))), None)
    assert (month.before, month.after) == (None, None)


def test_this_month_is_the_first_of_all() -> None:
    edition(TODAY)
    month = search_month(answer(RaceSearch()), None)
    assert (month.first, month.before) == (TODAY.replace(day=1), None)


def test_an_empty_month_says_where_there_is_one(client: Client) -> None:
    later = (LAST + timedelta(days=80)).replace(day=5)
    edition(later)
    shown = page(client)
    assert f"No race in {NEXT:%B %Y}" in shown
    assert f'view=calendar&amp;month={later:%Y-%m}">{later:%B %Y}</a>' in shown


@pytest.mark.parametrize("month", ["2027-13", "x", "9999-01", "0001-01", "2027-5", "\x00"])
def test_what_is_no_month_is_named_and_the_first_one_shown(client: Client, month: str) -> None:
    edition(NEXT + timedelta(days=7))
    answer = client.get("/races/", {"view": "calendar", "month": month})
    shown = as_read(answer.content.decode())
    assert "it is no month that we know" in shown
    assert f"{NEXT:%B %Y}: 1 race with a day" in shown


def test_narrowing_and_the_form_stay_on_the_calendar(client: Client) -> None:
    edition(NEXT)
    edition(NEXT, race__sport="triathlon")
    shown = page(client)
    assert re.search(
        rf'href="/races/\?sport=triathlon&amp;view=calendar&amp;month={NEXT:%Y-%m}"', shown
    )
    assert '<input type="hidden" name="view" value="calendar">' in shown
    sent = client.get("/races/?q=&sport=triathlon&view=calendar&month=")
    assert sent["Location"] == "/races/?sport=triathlon&view=calendar"


def test_a_year_alone_is_in_no_month(client: Client) -> None:
    year = TODAY.year + 1
    edition(date(year, 1, 1), date(year, 12, 31), date_precision="year")
    assert "Of what fits, the year alone is known" in page(client)


def test_what_takes_weeks_is_shown_within_the_days_that_are_asked_for(client: Client) -> None:
    begun, asked = TODAY.replace(day=1) - timedelta(days=20), NEXT + timedelta(days=70)
    edition(begun, asked + timedelta(days=5))
    shown = client.get(f"/races/?start={asked}&view=calendar").content.decode()
    assert f"{asked:%B %Y}: 1 race with a day" in as_read(shown)
    # Of days that are over, none is in a month that is shown.
    over = begun + timedelta(days=5)
    shown = client.get(f"/races/?end={over}&view=calendar").content.decode()
    assert f"No race in {TODAY:%B %Y}" in as_read(shown)


def test_what_is_off_or_may_be_over_says_so(client: Client) -> None:
    cancelled = edition(NEXT, race__name="Off")
    cancelled.cancel()
    cancelled.save()
    assert re.search(r'when--off"> ?Off<span[^>]*>, cancelled<', page(client))
