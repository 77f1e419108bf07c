"""The races that a word's page offers: which of those that its saved search finds, if any."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from zlib import crc32

from django.utils import timezone

from races.models import Edition
from races.search.criteria import RaceSearch
from races.search.index import answer
from web import generations
from web.generations import Generation

OFFERED = 3
# So many fit equally well; a word chooses among them, so that not all words show the same.
CANDIDATES = 12
# Whoever is hurt looks for a race that leaves time to get well, and to train again.
WEEKS_TO_GET_WELL = 12


@dataclass(frozen=True)
class Offer:
    """Races in the order of their days. `query`: the search they came from, empty when it found
    none and these are the next of all.
    """

    editions: list[Edition]
    query: str
    is_after_injury: bool = False


def races_for(race_query: str, word: str, *, is_injury: bool) -> Offer:
    """Up to three upcoming races that fit a word's saved search, else of the soonest of all.

    An injury offers none sooner than in twelve weeks, and none at all where its editor named none.
    """
    if is_injury and not race_query:
        return Offer([], "", is_after_injury=True)
    editions, query = _candidates(race_query, is_injury, generations.watch.look())
    return Offer(_chosen(editions, word), query, is_injury)


def _chosen(editions: list[Edition], word: str) -> list[Edition]:
    """Three of them, evenly spread from a place that is the word's own, in their order."""
    if len(editions) <= OFFERED:
        return editions
    first, step = crc32(word.encode()), len(editions) // OFFERED
    places = {(first + step * number) % len(editions) for number in range(OFFERED)}
    return [editions[place] for place in sorted(places)]


# Many words share a search. Found once for all of them, it is half the work of a word's page.
@lru_cache(maxsize=64)
def _candidates(
    race_query: str, is_injury: bool, generation: Generation
) -> tuple[list[Edition], str]:
    search = RaceSearch.from_query(race_query)
    if is_injury:
        well = timezone.localdate() + timedelta(weeks=WEEKS_TO_GET_WELL)
        return _found(replace(search, start=well.isoformat())), search.to_query()
    found = _found(search)
    if not found and search.is_filtered:
        search = RaceSearch()
        found = _found(search)
    return found, search.to_query()


def _found(search: RaceSearch) -> list[Edition]:
    return answer(search).cards(0, CANDIDATES, is_sure=True)
