"""The races that home and a word's page offer, those near a place first if there is one."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from zlib import crc32

from django.utils import timezone

from races.models import Edition
from races.search.criteria import RaceSearch
from races.search.index import answer
from races.search.near import Spot
from web import generations
from web.generations import Generation

OFFERED = 3
# So many fit equally well; a word chooses among them, so that not all words show the same.
CANDIDATES = 12
# Whoever is hurt looks for a race that leaves time to get well, and to train again.
WEEKS_TO_GET_WELL = 12
# How far is near, in km, where the 100 of a search do not hold enough.
WIDER = (150, 200, 300, 400, 600, 800)


@dataclass(frozen=True)
class Offer:
    """Races in the order of their days, those near `here` before the others. `query`: the search
    they came from, empty when it found none and these are the next of all.
    """

    editions: list[Edition]
    query: str
    is_after_injury: bool = False
    here: Spot | None = None
    # The first so many are near `here`.
    near: int = 0


def races_for(race_query: str, word: str, *, is_injury: bool, near: str = "") -> Offer:
    """Up to three upcoming races that fit a word's saved search, else of the soonest of all.

    An injury offers none sooner than in twelve weeks, and none at all where its editor named none.
    What is near a place comes first; a place that nobody knows changes nothing.
    """
    if is_injury and not race_query:
        return Offer([], "", is_after_injury=True)
    editions, search, query = _candidates(race_query, is_injury, generations.watch.look())
    here, close = _near(search, near)
    close = _chosen(close, word)
    others = _chosen(_without(close, editions), word)[: OFFERED - len(close)]
    return Offer([*close, *others], query, is_injury, here, len(close))


def next_races(near: str = "") -> Offer:
    """The three that are next, of all or near a place; of all again where too few are near."""
    here, close = _near(RaceSearch(), near)
    close = close[:OFFERED]
    others = _without(close, _found(RaceSearch(), OFFERED)) if len(close) < OFFERED else []
    return Offer([*close, *others][:OFFERED], "", here=here, near=len(close))


def _chosen(editions: list[Edition], word: str) -> list[Edition]:
    """Three of them, evenly spread from a place that is the word's own, in their order."""
    if len(editions) <= OFFERED:
        return editions
    first, step = crc32(word.encode()), len(editions) // OFFERED
    places = {(first + step * number) % len(editions) for number in range(OFFERED)}
    return [editions[place] for place in sorted(places)]


def _without(some: list[Edition], editions: list[Edition]) -> list[Edition]:
    return [edition for edition in editions if edition not in some]


# Many words share a search. Found once for all of them, it is half the work of a word's page.
@lru_cache(maxsize=64)
def _candidates(
    race_query: str, is_injury: bool, generation: Generation
) -> tuple[list[Edition], RaceSearch, str]:
    """With the search that found them, and what of it an address may say."""
    search = RaceSearch.from_query(race_query)
    if is_injury:
        well = timezone.localdate() + timedelta(weeks=WEEKS_TO_GET_WELL)
        late = replace(search, start=well.isoformat())
        return _found(late), late, search.to_query()
    found = _found(search)
    if not found and search.is_filtered:
        search = RaceSearch()
        found = _found(search)
    return found, search, search.to_query()


def _found(search: RaceSearch, most: int = CANDIDATES) -> list[Edition]:
    return answer(search).cards(0, most, is_sure=True)


def _near(search: RaceSearch, place: str) -> tuple[Spot | None, list[Edition]]:
    """The place that is meant, and what of the search is near it, the soonest first."""
    if not place:
        return None, []
    found = answer(replace(search, near=place))
    here = found.search.here
    if here is None:
        return None, []
    for km in WIDER:
        if found.sure >= OFFERED:
            break
        found = found.of(replace(found.search, within=str(km)))
    return here, found.cards(0, CANDIDATES, is_sure=True)
