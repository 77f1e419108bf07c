"""The races of a search on a calendar, month by month."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.utils import timezone

from races.models import Edition
from races.search import days
from races.search.by_day import DaysOf
from races.search.cards import cards
from races.search.criteria import RaceSearch
from races.search.index import Answer

# So many races of a day are named; the rest stand in that day's list.
NAMED = 4
# Races are announced no further ahead.
YEARS_AHEAD = 5


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


def search_month(found: Answer, asked: date | None) -> Month:
    """That month, if the search leaves it, else the first that holds one of its races."""
    search, today = found.search, timezone.localdate()
    first = asked if asked and _fits(search, asked) else _first_month(found, today)
    last = days.month(f"{first:%Y-%m}")[1]  # type: ignore[index]
    weeks = _weeks(search, first, last)
    by_date = {day.date: day for week in weeks for day in week if day.is_of_month}
    begin, finish = _held(search, first, last)
    parts = found.by_day(first, last, begin, finish)
    _fill(by_date, parts, begin)
    placed = sum(part.placed for part in parts)
    unplaced = sum(part.unplaced for part in parts)
    is_empty = not (placed or unplaced)
    return Month(
        first=first,
        weeks=weeks,
        count=placed,
        unplaced=unplaced,
        unplaced_search=replace(search, when=(f"{first:%Y-%m}",), certainty=("open",)),
        before=_turn(search, first - timedelta(days=1)),
        after=_turn(search, last + timedelta(days=1)),
        nearest=_nearest(found, first, today) if is_empty else None,
    )


def _fill(by_date: dict[date, Day], parts: list[DaysOf], begin: date) -> None:
    """With how many races there are on each day, and those that it names."""
    named: list[tuple[date, int]] = []
    for part in parts:
        keys = part.editions["pk"].numbers
        for number, (count, rows) in enumerate(zip(part.counts(), part.named(NAMED), strict=True)):
            day = begin + timedelta(days=number)
            by_date[day].count += int(count)
            named += [(day, int(key)) for key in keys[rows]]
    editions = {
        edition.pk: edition
        for edition in cards(list({key for _, key in named}), by_name_alone=True)
    }
    for day, key in named:
        if edition := editions.get(key):
            by_date[day].entries.append(Entry(edition, day))
    if len(parts) > 1:
        for each in by_date.values():
            each.entries = sorted(each.entries, key=_as_sure)[:NAMED]


def _as_sure(entry: Entry) -> tuple[bool, date, str, int]:
    """As races.search.by_day has them within a part."""
    edition = entry.edition
    confirmed = edition.confirmed_on or date.max
    return edition.expected_on is not None, confirmed, edition.race.name, edition.pk


def _held(search: RaceSearch, first: date, last: date) -> tuple[date, date]:
    """The days of the month that the search leaves: a race of five may have begun before them."""
    start, end = days.day_or_month(search.start), days.day_or_month(search.end)
    begin = max(first, start[0]) if start else first
    return begin, min(last, end[1]) if end else last


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


def _first_month(found: Answer, today: date) -> date:
    """That of the soonest; with none, this one."""
    return _begun(found.search, found.first_month() or today, today)


def _nearest(found: Answer, first: date, today: date) -> Turn | None:
    """To the next month that holds one of them, or else the first of all."""
    month = found.first_month(first) or found.first_month()
    return Turn(_begun(found.search, month, today), found.search) if month else None


def _begun(search: RaceSearch, month: date, today: date) -> date:
    """That month, or the first that is shown: what takes weeks may have begun before it."""
    return max(month, today, search.span[0] or today).replace(day=1)


def weekdays() -> Iterator[tuple[str, str]]:
    """From Monday: “Mon”, “Monday”."""
    monday = date(2024, 1, 1)
    for number in range(7):
        day = monday + timedelta(days=number)
        yield f"{day:%a}", f"{day:%A}"
