"""A customary rule, such as “second Sunday of October”, as days of a given year.

They are what one may expect, never what somebody has said. A rule that leaves more than three
weeks open, or hangs on what no calendar tells, says no more than the month.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta, weekday

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "penultimate": -2, "last": -1,
}  # fmt: skip
# A weekend is its Saturday and the day after.
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
WEEKDAYS["weekend"] = calendar.SATURDAY
# First and last day of a part of a month; from its end where they are negative.
PARTS = {
    "early": (1, 10), "mid": (11, 20), "late": (21, -1), "first half of": (1, 15),
    "second half of": (16, -1), "middle of": (11, 20), "start of": (1, 10), "end of": (-7, -1),
    "first days of": (1, 7), "last days of": (-7, -1), "first week of": (1, 7),
    "last week of": (-7, -1),
}  # fmt: skip
# Days from Easter Sunday.
EASTER = {
    "good friday": -2, "easter": 0, "easter sunday": 0, "easter monday": 1, "ascension day": 39,
    "pentecost": 49, "whit sunday": 49, "whit monday": 50, "corpus christi": 60,
}  # fmt: skip
# What people call by a name, as the rule that it follows.
NAMED = {
    "new year": "1 january", "new year's day": "1 january", "christmas": "25 december",
    "christmas day": "25 december", "boxing day": "26 december", "new year's eve": "31 december",
    "thanksgiving": "fourth thursday of november", "memorial day": "last monday of may",
    "labor day": "first monday of september", "labour day": "first monday of september",
    "midsummer": "saturday after 19 june",
    "golden week": "a day between 29 april and 5 may",
}  # fmt: skip
COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
MOST_DAYS = 21
LONGEST = 120

Run = tuple[date, date]


class _Days(NamedTuple):
    """What a rule allows: the runs of days, each its first and last, any of which it may be."""

    runs: list[Run]
    is_vague: bool = False


class Expected(NamedTuple):
    """The day or days to expect. With `is_about` they are the middle of what the rule allows, and
    `latest` is the last day that it does.
    """

    first: date
    last: date
    latest: date
    is_about: bool


def years_apart(rule: str) -> int:
    """Of two runnings: four of “in August, every four years”."""
    found = re.search(r"every (\w+) years", rule.lower())
    return COUNTS.get(found[1], 1) if found else 1


@lru_cache(maxsize=4096)
def expected(rule: str, year: int, month: int) -> Expected | None:
    """The days that a rule means in this month, or where it allows none there, in another of the
    year; None when it says no more than the month.
    """
    if not 1900 <= year <= 2200 or len(rule) > LONGEST:
        return None
    text = re.sub(r"\s*\(.*?\)", "", rule.strip().lower().replace("’", "'"))
    for part in (text, text.split(",")[0]):
        in_year = _read(_bare(part), year)
        if not in_year:
            continue
        # The days around New Year are in two years.
        near = [in_year, *filter(None, (_read(_bare(part), year + n) for n in (1, -1)))]
        here = [run for days in near for run in days.runs if _is_in(run[0], year, month)]
        if not in_year.runs:
            return None
        middle = date(year, month, 15)
        runs = here or [min(in_year.runs, key=lambda run: abs(run[0] - middle))]
        first, last = runs[(len(runs) - 1) // 2]
        return Expected(first, last, max(end for _, end in runs), in_year.is_vague)
    return None


def _is_in(day: date, year: int, month: int) -> bool:
    return (day.year, day.month) == (year, month)


def _bare(text: str) -> str:
    """Without what doubts or dates the custom: that it is only expected is said anyway."""
    text = re.sub(r",? (?:in (?:most|recent) years|since \d{4})$", "", text.strip())
    return re.sub(r"^(?:an? |the |usually )", "", text)


DAY = "|".join(WEEKDAYS)
ORDINAL = "|".join(ORDINALS)
MONTH = "|".join(MONTHS)
FROM_TO = rf"(?:{DAY}) to (?:{DAY})"


def _read(text: str, year: int) -> _Days | None:
    for form, meaning in FORMS.items():
        if match := re.fullmatch(form, text):
            return meaning(year, *match.groups())
    return None


def _named(year: int, name: str) -> _Days | None:
    if name in EASTER:
        return _one(easter(year) + timedelta(days=EASTER[name]))
    return _read(_bare(NAMED[name]), year)


def _dated(year: int, about: str | None, day: str, other: str | None, month: str) -> _Days:
    last = calendar.monthrange(year, MONTHS[month])[1]
    days = [int(number) for number in (day, other) if number]
    there = [date(year, MONTHS[month], number) for number in days if 1 <= number <= last]
    return _Days([(each, each) for each in there], is_vague=bool(about or other))


def _nth(
    year: int, ordinal: str, or_ordinal: str | None, name: str, month: str,
    then_ordinal: str | None, then_month: str | None,
) -> _Days:  # fmt: skip
    meant = [(ordinal, month), (or_ordinal, month), (then_ordinal, then_month)]
    runs = []
    for nth, of in meant:
        if nth and of:
            number = ORDINALS[nth]
            start = date(year, MONTHS[of], 1) + relativedelta(
                day=1 if number > 0 else 31, weekday=weekday(WEEKDAYS[name])(number)
            )
            if start.month == MONTHS[of]:
                runs.append(_run(start, name))
    return _Days(runs, is_vague=bool(or_ordinal or then_ordinal))


def _beside(year: int, name: str, side: str, anchor: str) -> _Days | None:
    days = _read(_bare(anchor), year)
    if days is None:
        return None
    step = -1 if side == "before" else 1
    starts = [first + timedelta(days=step) for first, _ in days.runs]
    if name != "day":
        to = weekday(WEEKDAYS[name])(step)
        starts = [start + relativedelta(weekday=to) for start in starts]
    return _Days([_run(start, name) for start in starts], days.is_vague)


def _weekend_of(year: int, is_long: str | None, anchor: str) -> _Days | None:
    days = _read(_bare(anchor), year)
    if days is None:
        return None
    until = weekday(calendar.SUNDAY)(1)
    runs = [(first, first + relativedelta(weekday=until)) for first, _ in days.runs]
    if not is_long:
        runs = [(last - timedelta(days=1), last) for _, last in runs]
    return _Days(runs, days.is_vague)


def _lasting(year: int, length: str | None, start: str) -> _Days | None:
    days = _read(_bare(start), year)
    if days is None:
        return None
    more = timedelta(days={"week": 7, **COUNTS}.get(length or "", 1) - 1)
    return _Days([(first, first + more) for first, _ in days.runs], days.is_vague)


def _in_window(year: int, what: str, window: str) -> _Days | None:
    """A weekday, a weekend or a number of days somewhere in a part of a month."""
    limits = _window(_bare(window), year)
    if limits is None or (limits[1] - limits[0]).days >= MOST_DAYS:
        return None
    return _Days(list(_within(limits, what)), is_vague=True)


def _within(limits: Run, what: str) -> Iterator[Run]:
    first, last = limits
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if what in WEEKDAYS:
            if day.weekday() == WEEKDAYS[what]:
                yield _run(day, what)
        elif " to " in what:
            start, end = (WEEKDAYS[name] for name in what.split(" to "))
            if day.weekday() == end:
                yield day - timedelta(days=(end - start) % 7), day
        else:
            end_day = day + timedelta(days=COUNTS.get(what.split()[0], 1) - 1)
            if end_day <= last:
                yield day, end_day


def _turned(year: int, window: str, what: str) -> _Days | None:
    return _in_window(year, what, window)


def _alone(year: int, window: str) -> _Days | None:
    return _in_window(year, "day", window)


def _window(text: str, year: int) -> Run | None:
    if text.startswith("around "):
        return _around(_bare(text.removeprefix("around ")), year)
    ends = [_part(_bare(each), year) for each in re.split(r" or | and ", text)]
    found = [end for end in ends if end]
    if len(found) != len(ends) or len(found) > 2 or found[0][0] > found[-1][1]:
        return None
    return found[0][0], found[-1][1]


def _around(text: str, year: int) -> Run | None:
    if text.startswith("start of "):
        part = _part(text, year)
        return part and (part[0] - timedelta(days=7), part[0] + timedelta(days=7))
    days = _read(text, year)
    if not days or len(days.runs) != 1:
        return None
    first, last = days.runs[0]
    return first - timedelta(days=3), last + timedelta(days=3)


def _part(text: str, year: int) -> Run | None:
    if match := re.fullmatch(rf"(?:({'|'.join(PARTS)})[ -])?({MONTH})", text):
        part, month = match.groups()
        length = calendar.monthrange(year, MONTHS[month])[1]
        ends = [n if n > 0 else length + 1 + n for n in PARTS.get(part, (1, -1))]
        return date(year, MONTHS[month], ends[0]), date(year, MONTHS[month], ends[1])
    is_named = text in NAMED or re.fullmatch(rf"\d+ ({MONTH})", text)
    days = _read(text, year) if is_named else None
    return (days.runs[0][0], days.runs[-1][1]) if days and days.runs else None


def _one(day: date) -> _Days:
    return _Days([(day, day)])


def _run(start: date, name: str) -> Run:
    return start, start + timedelta(days=name == "weekend")


# The forms that are understood, docs/content.md has them in words. The first that fits is meant.
FORMS: dict[str, Callable[..., _Days | None]] = {
    rf"({'|'.join([*EASTER, *NAMED])})": _named,
    rf"(about )?(\d\d?)(?: or (\d\d?))? ({MONTH})": _dated,
    rf"({ORDINAL})(?: or ({ORDINAL}))? ({DAY}) (?:of|in) ({MONTH})"
    rf"(?: or (?:the )?({ORDINAL}) of ({MONTH}))?": _nth,
    rf"(?:first )?({DAY}|day) (before|after) (.+)": _beside,
    r"(long )?weekend of (.+)": _weekend_of,
    rf"(?:(week|{'|'.join(COUNTS)})(?: days)? )?from (.+)": _lasting,
    rf"({FROM_TO}|{DAY}|(?:{'|'.join(COUNTS)}) days|day)(?: night)?(?: of [\w ]+)?,?"
    r" (?:in|at|during|between|(?=around)) ?(.+)": _in_window,
    rf"(.+?),? ({FROM_TO})": _turned,
    r"days (around .+)": _alone,
    rf"((?:{'|'.join(PARTS)})[ -](?:{MONTH}))": _alone,
}
