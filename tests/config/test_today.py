"""What turns on the day, asked on the suite's today, whichever it is."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from glossary.publishing import publish
from glossary.quality import reports
from races.models import Edition, Race
from races.reading.timeline import year_ahead
from races.rolling_over import roll_over
from races.search.criteria import month_choices
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
