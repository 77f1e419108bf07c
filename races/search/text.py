"""Finding races: the index, and the text part of a race search."""

import re
from collections.abc import Callable
from functools import lru_cache

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F

from glossary.search.finding import QUERY_LENGTH, SEARCH_CONFIG, weighted
from races.countries import country_names
from races.models import Race
from races.models.querysets import RaceQuerySet
from text.names import fold
from web import content_version


def index_races(races: RaceQuerySet) -> None:
    """Bring the search index of these races up to date. To be called when a race has changed."""
    for race in races:
        where = [race.city, race.region, race.get_country_display(), race.organizer_name]
        Race.objects.filter(pk=race.pk).update(
            search=weighted(f"{race.name} {race.latin_name}", "A")
            + weighted(f"{' '.join(where)} {race.get_sport_display()}", "B")
            + weighted(race.description, "C")
        )


def text_query(text: str, *, in_name: bool = False) -> SearchQuery | None:
    """Every word must occur, each at least as a beginning; None when there is no word in it.

    With `in_name` they must all occur in the race's name, which the index gives the weight A.
    """
    return _query(text, ":*A" if in_name else ":*")


def name_query(text: str, weights: str) -> SearchQuery | None:
    """Every word must occur, and whole, where the index gives one of these weights."""
    return _query(text, f":{weights}")


def _query(text: str, after_each: str) -> SearchQuery | None:
    raw = _raw(text, after_each)
    return SearchQuery(raw, config=SEARCH_CONFIG, search_type="raw") if raw else None


def _raw(text: str, after_each: str) -> str:
    # fold() leaves letters, digits and spaces, so nothing here can be an operator.
    return " & ".join(f"{word}{after_each}" for word in fold(text[:QUERY_LENGTH]).split())


WHOLE = re.compile(r"(?:'[^'\\]+':\*(?: & |$))+")


# By word; what PostgreSQL makes of one never changes.
_lexemes: dict[str, tuple[str, ...] | None] = {}
MOST_LEXEMES = 10_000


def beginnings(text: str) -> tuple[str, ...] | None:
    """What text_query() has a race's words begin with; none where no word says anything, and then
    it finds nothing. None where it is not so simple, as in writing without spaces.
    """
    found: list[str] = []
    for lexemes in _lexemes_of(fold(text[:QUERY_LENGTH]).split()):
        if lexemes is None:
            return None
        found += lexemes
    return tuple(found)


def _lexemes_of(words: list[str]) -> list[tuple[str, ...] | None]:
    known = dict(_lexemes)
    new = [word for word in dict.fromkeys(words) if word not in known]
    if new:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word, to_tsquery(%s::regconfig, word || ':*')::text"
                " FROM unnest(%s::text[]) word",
                [SEARCH_CONFIG, new],
            )
            for word, raw in cursor.fetchall():
                is_simple = not raw or WHOLE.fullmatch(raw)
                known[word] = tuple(re.findall(r"'([^']+)'", raw)) if is_simple else None
        if len(_lexemes) > MOST_LEXEMES:
            _lexemes.clear()
        _lexemes.update({word: known[word] for word in new})
    return [known[word] for word in words]


def find_races(text: str) -> RaceQuerySet:
    """Published races that match, best first, whether or not an edition is upcoming."""
    query = text_query(text)
    if query is None:
        return Race.objects.none()
    races = Race.objects.published().filter(search=query)
    return races.annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "name")


def suggest_races(text: str, most: int) -> list[Race]:
    """Published races whose name, town or country the text may be the beginning of, best first."""
    words = fold(text[:QUERY_LENGTH]).split()
    query = _query(text, ":*AB")
    if query is None:
        return []
    races = Race.objects.published().filter(search=query)
    ranked = races.annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "name")
    # The index has their sport and their organizer beside the town, and leaves out "it" and "the".
    near = ranked[: 10 * most]
    return [race for race in near if all(map(_begins_a_word_of(race), words))][:most]


def _begins_a_word_of(race: Race) -> Callable[[str], bool]:
    where = f"{race.city} {race.region} {race.get_country_display()}"
    known = fold(f"{race.name} {race.latin_name} {where}").split()
    return lambda word: any(other.startswith(word) for other in known)


def words_of_races(version: content_version.Version | None = None) -> frozenset[str]:
    """The words of the races' names, towns and countries, as fold() has them."""
    return _words_of(version or content_version.current())


@lru_cache(maxsize=1)
def _words_of(version: content_version.Version) -> frozenset[str]:
    # Kept in the process as glossary.search.spelling keeps the names, and for the same reason.
    races = Race.objects.published().order_by().values_list("name", "latin_name", "city", "country")
    countries = country_names()
    return frozenset(
        word
        for name, latin_name, city, country in races
        for word in fold(f"{name} {latin_name} {city} {countries.get(country, '')}").split()
    )
