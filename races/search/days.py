"""When a race is, as a search asks for it: months, spans of days, weekends."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import F, Q

MONTHS_AHEAD = 18
Span = tuple[date, date]


def month(value: str) -> Span | None:
    """The first and last day of “2027-03”; None of anything else."""
    try:
        first = date.fromisoformat(f"{value}-01") if len(value) == 7 else None
    except ValueError:
        return None
    if first is None:
        return None
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def day_or_month(value: str) -> Span | None:
    """The first and last day of “2027-03” or of “2027-03-09”."""
    try:
        day = date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None
    return (day, day) if day else month(value)


def months(today: date) -> Iterator[tuple[str, str, date, date]]:
    """This month and those ahead."""
    first = today.replace(day=1)
    for _ in range(MONTHS_AHEAD):
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        yield f"{first:%Y-%m}", f"{first:%B %Y}", first, last
        first = last + timedelta(days=1)


def spans(today: date) -> Iterator[tuple[str, str, date, date]]:
    """What is offered to choose, with its first and last day. On a Sunday it is this weekend."""
    saturday = today + timedelta(days=5 - today.weekday())
    yield "weekend", "This weekend", max(saturday, today), saturday + timedelta(days=1)
    yield "30-days", "The next 30 days", today, today + timedelta(days=30)
    yield from months(today)


def within(first: date | None, last: date | None) -> Q:
    """Of an edition: its days touch the span.

    Where a day is expected, that day counts. Where only the month is known, it may be any of its
    days; a year promises no month. In a span of less than four weeks, only what has a day is found.
    """
    if first is None and last is None:
        return Q()
    known, expected = Q(date_precision="day"), Q(expected_on__isnull=False)
    any_day = Q(date_precision="month", expected_on=None)
    if first:
        known &= Q(end_date__gte=first)
        expected &= Q(expected_on__gte=first)
        any_day &= Q(end_date__gte=first)
    if last:
        known &= Q(start_date__lte=last)
        expected &= Q(expected_on__lte=last)
        any_day &= Q(start_date__lte=last)
    return known | expected if is_short(first, last) else known | expected | any_day


def is_short(first: date | None, last: date | None) -> bool:
    return bool(first and last and (last - first).days < 27)


def promised(is_short: bool) -> Q:
    """What of the editions that are listed inside a span is within it."""
    dated = Q(date_precision="day") | Q(expected_on__isnull=False)
    return dated if is_short else dated | Q(date_precision="month")


SATURDAY_AND_SUNDAY = (6, 7)
ON_A_WEEKEND = Q(expected_on__iso_week_day__in=SATURDAY_AND_SUNDAY) | Q(date_precision="day") & (
    Q(start_date__iso_week_day__in=SATURDAY_AND_SUNDAY)
    | Q(end_date__iso_week_day__in=SATURDAY_AND_SUNDAY)
    # From a Friday to a Monday, or a week and more.
    | Q(end_date__iso_week_day__lt=F("start_date__iso_week_day"))
    | Q(end_date__gte=F("start_date") + timedelta(days=6))
)
