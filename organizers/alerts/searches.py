"""A search as an alert has it: in words, whether it can be kept, and what it finds now."""

from dataclasses import replace
from datetime import date

from django.utils import timezone

from organizers.models.alerts import QUERY_LENGTH
from races.models import Edition
from races.reading.search_page import Step, parts
from races.search import days
from races.search.criteria import RaceSearch, read
from races.search.index import answer
from races.search.understanding import understand

# With more, what is new in a week would fill a booklet.
MOST_FOUND = 1_000
# It may grow while the alert lasts.
MOST_COMPARED = 5 * MOST_FOUND

# An edition as it was told: its start date, how exactly that is known, and what becomes of it.
Told = list[str]


class NotKept(Exception):  # noqa: N818 - reads as what it is
    """An alert for this search makes no sense, or none any more; its text says why."""


def canonical(search: RaceSearch) -> RaceSearch:
    """The order of a list is no part of what is looked for."""
    return replace(search, sort="")


def in_words(search: RaceSearch) -> str:
    """“Road running, 10K, within 100 km of Lyon, France”; empty if it narrows nothing."""
    asked = understand(search).search
    return ", ".join(_said(part, asked) for part in parts(asked))


def _said(part: Step, asked: RaceSearch) -> str:
    """Of a climb the number alone says too little, where no list stands around it."""
    if part.search.climb == asked.climb:
        return part.label
    return f"climb in all {part.label[0].lower()}{part.label[1:]}"


def must_be_kept(search: RaceSearch) -> None:
    """Raises NotKept."""
    asked = understand(search).search
    if not any(parts(asked)):
        raise NotKept("This search finds every race. Say first what you look for.")
    if len(search.to_query()) > QUERY_LENGTH:
        raise NotKept("This search asks for too much at once. Leave something out.")
    if is_behind(asked):
        raise NotKept("The days that this search asks for are over.")
    found = answer(asked).total
    if found > MOST_FOUND:
        raise NotKept(
            f"This search finds {found:,} races, too many for a mail a week. Narrow it a little."
        )


def must_still_be_kept(query: str) -> RaceSearch:
    """The search of a stored query. Raises NotKept."""
    search, problems = read(query)
    if problems:
        raise NotKept(f"We do not know “{problems[0].value}” any more, which it asks for.")
    if is_behind(understand(search).search):
        raise NotKept("The days that it asks for are over.")
    return search


def is_behind(asked: RaceSearch) -> bool:
    """Whether all days that are asked for, in words too, have been."""
    today = timezone.localdate()
    months = [days.month(value) for value in asked.when]
    ends = [month[1] if month else today for month in months]
    last_of_span = asked.span[1]
    return bool(ends and max(ends) < today) or bool(last_of_span and last_of_span < today)


def found_by(search: RaceSearch) -> list[int]:
    """The keys of the editions ahead that it finds. Raises NotKept where they are too many."""
    found = answer(understand(search).search)
    if found.total > MOST_COMPARED:
        raise NotKept(f"It finds {found.total:,} races by now, too many for a mail a week.")
    return found.keys(0, MOST_COMPARED)


def as_told(keys: list[int]) -> dict[str, Told]:
    """What there is to tell of those that are public and ahead, by key, the soonest first."""
    ahead = Edition.objects.published().upcoming().filter(pk__in=keys)
    rows = ahead.order_by("start_date", "race__name", "pk").values_list(
        "pk", "start_date", "date_precision", "status"
    )
    return {
        str(pk): [start.isoformat(), precision, status] for pk, start, precision, status in rows
    }


def date_in_words(told: Told) -> str:
    """“Sun 9 May 2027”, “May 2027”."""
    start = date.fromisoformat(told[0])
    return Edition(start_date=start, end_date=start, date_precision=told[1]).date_in_words
