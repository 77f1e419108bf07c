"""The races of a search on a calendar, month by month."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from races.models import Edition
from races.models.querysets import EditionQuerySet
from races.search import days
from races.search.criteria import RaceSearch

# So many races of a day are named; the rest stand in that day's list.
NAMED = 4
# Races are announced no further ahead.
YEARS_AHEAD = 5
# What all races of a row of the calendar share.
DATES = ("date_precision", "start_date", "end_date", "expected_on")
# Not read with a race that is only named.
UNUSED = ("race__search", "race__description", "race__description_html", "race__sources")


@dataclass(frozen=True)
class Entry:
    edition: Edition
    day: date

    @property
    def look(self) -> str:
        """That of its date everywhere."""
        return "open" if self.edition.may_be_over else self.edition.certainty

    @property
    def certainty(self) -> str:
        if self.edition.is_off:
            return self.edition.get_status_display().lower()
        return "may be over" if self.edition.may_be_over else self.edition.certainty

    @property
    def part(self) -> str:
        """“day 2 of 5”, of what takes several."""
        start, end = self.edition.start_date, self.edition.end_date
        if self.edition.date_precision != "day" or start == end:
            return ""
        return f"day {(self.day - start).days + 1} of {(end - start).days + 1}"


@dataclass
class Day:
    date: date
    search: RaceSearch
    is_of_month: bool = True
    is_today: bool = False
    count: int = 0
    entries: list[Entry] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.entries)

    @property
    def is_over(self) -> bool:
        return self.date < timezone.localdate()


@dataclass
class Month:
    first: date
    weeks: list[list[Day]]
    # How many races have a day in it, and of how many it is the month alone.
    count: int
    unplaced: int
    unplaced_search: RaceSearch
    before: "Turn | None"
    after: "Turn | None"
    # Where this one is empty: the nearest that is not.
    nearest: "Turn | None"


@dataclass(frozen=True)
class Turn:
    """A way to another month of the same search."""

    first: date
    search: RaceSearch

    @property
    def shown(self) -> str:
        return shown(self.first)


def shown(first: date | None) -> str:
    """As an address has it."""
    return f"view=calendar&month={first:%Y-%m}" if first else "view=calendar"


def month_asked(value: str) -> date | None:
    """The first day of “2027-05”; None of what is no month, or too far away to have races."""
    span = days.month(value)
    today = timezone.localdate()
    return span[0] if span and abs(span[0].year - today.year) <= YEARS_AHEAD else None


def search_month(search: RaceSearch, asked: date | None) -> Month:
    """That month, if the search leaves it, else the first that holds one of its races."""
    editions = search.editions()
    first = asked if asked and _fits(search, asked) else _first_month(editions)
    last = days.month(f"{first:%Y-%m}")[1]  # type: ignore[index]
    weeks = _weeks(search, first, last)
    of_month = editions.filter(days.within(first, last)).order_by()
    groups = of_month.values_list(*DATES).annotate(count=Count("pk"))
    by_date = {day.date: day for week in weeks for day in week if day.is_of_month}
    held = _held(search, first, last)
    placed = unplaced = 0
    for *dates, count in groups:
        known = _dates(*dates)
        here = [day for day in known if day in held]
        placed += count if here else 0
        unplaced += 0 if known else count
        for day in here:
            by_date[day].count += count
    for edition in sorted(_named(of_month), key=_as_sure) if placed else []:
        for day in _dates(*(getattr(edition, name) for name in DATES)):
            if day in held and len(by_date[day].entries) < NAMED:
                by_date[day].entries.append(Entry(edition, day))
    is_empty = not (placed or unplaced)
    return Month(
        first=first,
        weeks=weeks,
        count=placed,
        unplaced=unplaced,
        unplaced_search=replace(search, when=(f"{first:%Y-%m}",), certainty=("open",)),
        before=_turn(search, first - timedelta(days=1)),
        after=_turn(search, last + timedelta(days=1)),
        nearest=_nearest(search, editions, first) if is_empty else None,
    )


def _dates(
    date_precision: str, start_date: date, end_date: date, expected_on: date | None
) -> list[date]:
    """The days on which it stands: each of those it takes; the one that is expected; or none."""
    if date_precision == "day":
        span = (end_date - start_date).days + 1
        return [start_date + timedelta(days=number) for number in range(min(span, 400))]
    return [expected_on] if expected_on else []


def _named(editions: EditionQuerySet) -> EditionQuerySet:
    """Of those that share their dates the first, as many as a day names."""
    place = Window(
        RowNumber(),
        partition_by=[F(name) for name in DATES],
        order_by=[F("confirmed_on").asc(nulls_last=True), "race__name", "pk"],
    )
    first = editions.annotate(place=place).filter(place__lte=NAMED)
    return first.select_related("race").defer(*UNUSED)


def _as_sure(edition: Edition) -> tuple[bool, date, str, int]:
    """The surest first, as among those that share their dates."""
    confirmed = edition.confirmed_on or date.max
    is_expected = edition.expected_on is not None
    return is_expected, confirmed, edition.race.name, edition.pk


def _held(search: RaceSearch, first: date, last: date) -> set[date]:
    """The days of the month that the search leaves: a race of five may have begun before them."""
    start, end = days.day_or_month(search.start), days.day_or_month(search.end)
    begin = max(first, start[0]) if start else first
    finish = min(last, end[1]) if end else last
    return {begin + timedelta(days=number) for number in range((finish - begin).days + 1)}


def _weeks(search: RaceSearch, first: date, last: date) -> list[list[Day]]:
    """From Monday to Sunday, with the days beside the month that fill them."""
    today = timezone.localdate()
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday <= last:
        dates = [monday + timedelta(days=number) for number in range(7)]
        weeks.append(
            [
                Day(
                    day,
                    replace(search, start=day.isoformat(), end=day.isoformat()),
                    is_of_month=first <= day <= last,
                    is_today=day == today,
                )
                for day in dates
            ]
        )
        monday += timedelta(days=7)
    return weeks


def _months(search: RaceSearch) -> set[str]:
    return {value for value in search.when if days.month(value)}


def _fits(search: RaceSearch, first: date) -> bool:
    """Whether the search leaves that month."""
    if _months(search) == set(search.when) != set() and f"{first:%Y-%m}" not in search.when:
        return False
    start, end = days.day_or_month(search.start), days.day_or_month(search.end)
    last = days.month(f"{first:%Y-%m}")[1]  # type: ignore[index]
    return (not start or start[0] <= last) and (not end or first <= end[1])


def _turn(search: RaceSearch, day: date) -> Turn | None:
    """To the month of that day: of a search for other months to this one instead."""
    first, today = day.replace(day=1), timezone.localdate()
    if f"{first:%Y-%m}" not in search.when and _months(search) == set(search.when):
        search = replace(search, when=())
    is_ahead = today.replace(day=1) <= first and month_asked(f"{first:%Y-%m}")
    return Turn(first, search) if is_ahead and _fits(search, first) else None


def _first_month(editions: EditionQuerySet) -> date:
    """That of the soonest; with none, this one."""
    today = timezone.localdate()
    soonest = _of_a_month(editions).first()
    return _month_of(soonest, today) if soonest else today.replace(day=1)


def _of_a_month(editions: EditionQuerySet) -> EditionQuerySet:
    return editions.exclude(date_precision="year").soonest_first()


def _month_of(edition: Edition, not_before: date) -> date:
    day = edition.expected_on or edition.start_date
    return max(day, not_before.replace(day=1)).replace(day=1)


def _nearest(search: RaceSearch, editions: EditionQuerySet, first: date) -> Turn | None:
    """The next month that holds one of them, or else the first of all."""
    later = _of_a_month(editions.filter(days.within(first, None)))
    found = later.first() or _of_a_month(editions).first()
    return Turn(_month_of(found, timezone.localdate()), search) if found else None


def weekdays() -> Iterator[tuple[str, str]]:
    """From Monday: “Mon”, “Monday”."""
    monday = date(2024, 1, 1)
    for number in range(7):
        day = monday + timedelta(days=number)
        yield f"{day:%a}", f"{day:%A}"
