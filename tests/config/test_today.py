"""What turns on the day, asked on the suite's today, whichever it is."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.publishing import publish
from glossary.quality import reports
from races.choices import DatePrecision
from races.models import Edition, Race, bracket
from races.reading.timeline import year_ahead
from races.rolling_over import roll_over
from races.search.criteria import RaceSearch
from races.search.facets import month_choices
from races.templatetags.race_tags import registration
from tests.clock import NEXT_MONTH, NOW, TODAY
from tests.factories import EditionFactory, RaceFactory, TermFactory

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

DAY = timedelta(days=1)


def edition(day: date, **values: object) -> Edition:
    made: Edition = EditionFactory(start_date=day, **values)
    return made


def test_the_clock_stands_at_the_suites_today_and_goes_on() -> None:
    assert timezone.localdate() == TODAY
    first = timezone.now()
    assert NOW <= first < NOW + timedelta(minutes=5)
    assert timezone.now() > first


def test_a_race_is_listed_until_its_day_is_over(client: Client) -> None:
    names = {"Yesterday Run": -1, "Today Run": 0, "Tomorrow Run": 1}
    for name, days in names.items():
        edition(TODAY + days * DAY, race__name=name)
    page = client.get("/races/").content.decode()
    assert [name for name in names if name in page] == ["Today Run", "Tomorrow Run"]


def test_registration_is_open_on_its_last_day() -> None:
    closing = (Edition(race=Race(), registration_closes_on=TODAY + days * DAY) for days in (-1, 0))
    said = list(map(registration, closing))
    assert [words.split()[0] for words in said] == ["closed", "until"]


def test_a_race_rolls_over_once_its_day_is_over() -> None:
    over, today = RaceFactory(usual_month=TODAY.month), RaceFactory(usual_month=TODAY.month)
    edition(TODAY - DAY, race=over)
    edition(TODAY, race=today)
    assert roll_over() == [over]
    expected = over.editions.latest("start_date")
    assert (expected.start_date.day, expected.start_date.month) == (1, TODAY.month)
    # On 1 January the month that has just begun may still hold it.
    assert expected.end_date > TODAY
    assert roll_over() == []


def test_the_year_ahead_begins_with_this_month_and_each_follows_the_last() -> None:
    edition(TODAY)
    months = year_ahead().months
    assert [month.count for month in months] == [1, *[0] * 11]
    assert months[0].value == f"{TODAY:%Y-%m}"
    assert months[1].value == NEXT_MONTH
    assert len({month.value for month in months}) == 12
    assert [value for value, _ in month_choices(TODAY)[:12]] == [month.value for month in months]


def test_a_term_published_now_says_today_in_every_place(client: Client) -> None:
    term = TermFactory(state="draft", slug="taper", changed_on=date(2020, 1, 1))
    publish.publish(term)
    term.refresh_from_db()
    assert (term.changed_on, timezone.localdate(term.first_published_at)) == (TODAY, TODAY)
    assert f'datetime="{TODAY.isoformat()}"' in client.get("/glossary/taper/").content.decode()
    assert TODAY.isoformat() in client.get("/sitemap.xml").content.decode()


def test_a_year_from_today_is_a_day_that_there_is() -> None:
    for years in range(-8, 9):
        there = reports.years_after(TODAY, years)
        assert (there.year, there.month) == (TODAY.year + years, TODAY.month)


ANY_RACE = st.tuples(
    st.integers(-40, 80),
    st.sampled_from(DatePrecision.values),
    st.sampled_from(["", "{0.day} {0:%B}", "second Sunday of {0:%B}"]),
    st.none() | st.integers(0, 800),
    st.sampled_from(["", "Pacific/Auckland", "Pacific/Honolulu"]),
)


@settings(max_examples=40)
@given(st.lists(ANY_RACE, min_size=1, max_size=6))
def test_the_soonest_come_first_as_plain_python_has_it(
    races: list[tuple[int, str, str, int | None, str]],
) -> None:
    def place(each: Edition) -> tuple[object, ...]:
        has_a_day = each.date_precision == "day"
        day = each.start_date if has_a_day else each.expected_on or each.end_date
        if each.may_be_over:
            rank = 3
        elif each.unseen_since:
            rank = 2
        else:
            rank = 0 if has_a_day or each.expected_on else 1
        return day.year, day.month, rank, day, each.race.name

    with transaction.atomic():
        today = timezone.localdate()
        for number, (days, precision, rule, seen, zone) in enumerate(races):
            day = today + timedelta(days=days)
            first, last = bracket(day, None, precision)
            EditionFactory(
                race__name=f"Race {number}", race__slug=f"race-{number}",
                race__usual_rule=rule.format(day), race__usual_month=day.month,
                race__time_zone=zone, start_date=first, end_date=last, date_precision=precision,
                last_verified_on=None if seen is None else today - timedelta(days=seen),
            )  # fmt: skip
        ahead = [each for each in Edition.objects.with_last_seen() if not each.is_over]
        assert list(RaceSearch().editions()) == sorted(ahead, key=place)
        sure = {each for each in ahead if not each.may_be_over}
        assert set(Edition.objects.surely_ahead()) == sure
        transaction.set_rollback(True)
