"""What somebody typed into the search box, read as a RaceSearch.

“10k near lyon in spring” asks for a length, a place and three months. Two rules keep it from being
clever where it should not be: what stands in the name of a race stays text, and so does whatever
stands between quotation marks.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import combinations
from typing import Any

from races.countries import (
    CONTINENTS,
    OTHER_NAMES,
    US_STATES,
    country_codes,
    country_names,
    in_country,
    us_state,
)
from races.models import Place
from races.search import days, phrases
from races.search.criteria import SEVERAL, TEXT_LENGTH, RaceSearch
from races.search.index import present
from races.search.phrases import Said
from races.search.text import beginnings
from text.names import name_key
from web import content_version

MOST_WORDS_OF_A_PLACE = 5
# A town that is so much smaller than its namesake is rarely meant.
LIKELY = 10
MOST_OTHERS = 3
# Of a town that bears the name of a region.
WELL_KNOWN = 100_000
# Of so many words a name may take some and leave others; of more, all or one.
FEW = 4


@dataclass(frozen=True)
class Reading:
    """One value of a field of RaceSearch, as it is said."""

    field: str
    value: str
    label: str


@dataclass(frozen=True)
class Part:
    """Some of what was typed, and what it was read as.

    One part may set several fields, such as `longer` and `shorter`. `others` is what else the words
    could mean. “near me” has an empty `near`: only the browser knows.
    """

    words: str
    values: tuple[tuple[str, str], ...]
    label: str
    others: tuple[Reading, ...] = ()

    @property
    def field(self) -> str:
        return self.values[0][0]


@dataclass(frozen=True)
class Understood:
    search: RaceSearch
    parts: tuple[Part, ...] = ()


def understand(search: RaceSearch) -> Understood:
    """At most five queries; none without words."""
    words = _split(search.q)
    if not any(word.is_open for word in words):
        return Understood(search)
    return _Sentence(words, search).understood()


@dataclass
class _Word:
    typed: str
    # As the patterns have it.
    spelt: str
    is_quoted: bool = False

    @property
    def is_open(self) -> bool:
        return not self.is_quoted and self.spelt != NOTHING


# A word of marks alone, or a quoted one.
NOTHING = "_"
QUOTED = re.compile(r"[\"“„”][^\"“„”]*[\"“”]")
DASHES = "-–—−‐‑"  # noqa: RUF001
# At the ends of a word these say nothing.
MARKS = '.,;:!?()[]{}"“”„«»…/\\-*#&'


def _split(text: str) -> list[_Word]:
    quoted = [match.span() for match in QUOTED.finditer(text)]
    words = []
    for match in re.finditer(r"\S+", text):
        is_quoted = any(first < match.end() and match.start() < last for first, last in quoted)
        words.append(_Word(match[0], NOTHING if is_quoted else _spelt(match[0]), is_quoted))
    return words


def _spelt(word: str) -> str:
    """Lower case, without accents, apostrophes and the marks around it."""
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    bare = "".join(c for c in decomposed if not unicodedata.combining(c) and not c.isspace())
    bare = re.sub(r"['’‘`´|_\x00]", "", re.sub(f"[{DASHES}]", "-", bare)).strip(MARKS)
    return bare or ("-" if word in DASHES else NOTHING)


@dataclass
class _Mark:
    """Words that something was made of: from `first` to before `last`."""

    first: int
    last: int
    said: Said
    others: tuple[Reading, ...] = ()
    # After “near” or “in”: then it is no part of a name.
    is_surely_place: bool = False
    is_place: bool = False
    # “race”, “run”: it says nothing, but may belong to a name.
    is_filler: bool = False

    @property
    def span(self) -> range:
        return range(self.first, self.last)


@dataclass
class _Town:
    """Words that are the name of a town."""

    first: int
    last: int
    place: "_Row"
    others: tuple[Reading, ...]
    # Where it was said to be.
    where: tuple[int, ...] = ()


class _Row:
    """A place as it was read."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.keys = set(place.keys)
        self.own_key = place.keys[0] if place.keys else ""

    def answers_to(self, key: str) -> bool:
        # Three letters are an airport, unless they are the town's own name.
        return key in self.keys and (len(key) > 3 or key == self.own_key)

    def is_in(self, where: str) -> bool:
        state = us_state(where)
        return self.place.country in country_codes(where) or bool(
            state and (self.place.country, self.place.region) == ("US", state)
        )


NEAR = {"near", "around", "outside"}
IN = {"in", "at"}
ARTICLES = {"the"}
JOINING = {
    *NEAR, *IN, *ARTICLES, "-", "on", "for", "a", "an", "during", "of", "and", "or", "with", "from",
    "by", "to",
}  # fmt: skip
FILLERS = {
    "race", "races", "event", "events", "run", "runs", "upcoming", "first", "best", "find", "any",
}  # fmt: skip
# Codes of countries that are words.
WORDS = {"AM", "AS", "AT", "BE", "BY", "DO", "IN", "IS", "IT", "ME", "MY", "NO", "SO", "TO"}
# How people call a town, and whether only in capitals.
NICKNAMES = {
    "nyc": "New York City", "philly": "Philadelphia", "vegas": "Las Vegas", "nola": "New Orleans",
    "cdmx": "Mexico City", "joburg": "Johannesburg", "frisco": "San Francisco",
}  # fmt: skip
NICKNAMES_IN_CAPITALS = {
    "LA": "Los Angeles", "SF": "San Francisco", "DC": "Washington", "KL": "Kuala Lumpur",
    "SLC": "Salt Lake City",
}  # fmt: skip
# South of the equator, or mostly.
SOUTHERN = {
    "AO", "AR", "AU", "BO", "BR", "BW", "CL", "FJ", "FK", "LS", "MG", "MU", "MW", "MZ", "NA",
    "NC", "NZ", "PE", "PF", "PG", "PY", "RE", "SZ", "UY", "VU", "WS", "ZA", "ZM", "ZW",
}  # fmt: skip
SOUTHERN_CONTINENTS = {"oceania", "south-america"}


class _Sentence:
    def __init__(self, words: list[_Word], search: RaceSearch) -> None:
        self.words, self.search = words, search
        self.version = content_version.current()
        self.marks: list[_Mark] = []
        self.town: _Town | None = None
        # Nicknames of towns that stay text: where, and the name.
        self.meant: dict[int, str] = {}

    def understood(self) -> Understood:
        # All its words at once: each of them will be asked for.
        beginnings(" ".join(word.spelt for word in self.words))
        corrected = self._corrected()
        self.rows = self._places(corrected)
        # No typing error is what is a town or stands with a race.
        for index, word in corrected.items():
            if not any(row.answers_to(name_key(self.words[index].spelt)) for row in self.rows):
                self.words[index].spelt = word
        self._read_phrases()
        self._read_places()
        self._keep_names()
        self._settle()
        return self._merged()

    # Words.

    def _corrected(self) -> dict[int, str]:
        found = {
            index: meant
            for index, word in enumerate(self.words)
            if word.is_open and (meant := phrases.respelt(word.spelt))
        }
        if not found:
            return found
        held = present()
        return {i: m for i, m in found.items() if not held.has_named(self.words[i].spelt, "name")}

    def _taken(self) -> set[int]:
        return {index for mark in self.marks for index in mark.span}

    def _free(self, first: int, last: int) -> bool:
        taken = self._taken()
        return all(i not in taken and self.words[i].is_open for i in range(first, last))

    def _key(self, first: int, last: int) -> str:
        return name_key(" ".join(word.spelt for word in self.words[first:last]))

    def _spans(self, first: int) -> Iterator[int]:
        """Where a name of several words that begins here may end, the longest first."""
        last = first
        while last < len(self.words) and last - first < MOST_WORDS_OF_A_PLACE:
            if not self.words[last].is_open:
                break
            last += 1
        yield from range(last, first, -1)

    # Phrases.

    def _read_phrases(self) -> None:
        starts, line = [], ""
        for word in self.words:
            starts.append(len(line))
            line += f"{word.spelt} "
        for begin, end, said in phrases.find(line.rstrip()):
            first = starts.index(begin)
            last = next((i for i, at in enumerate(starts) if at >= end), len(starts))
            self.marks.append(_Mark(first, last, said))
        for index, word in enumerate(self.words):
            if word.spelt in FILLERS and self._free(index, index + 1):
                self.marks.append(_Mark(index, index + 1, Said(), is_filler=True))

    # Places.

    def _places(self, corrected: Iterable[int]) -> list[_Row]:
        """What of the gazetteer the words could name, the largest first. One query."""
        keys = {
            self._key(first, last)
            for first in range(len(self.words))
            for last in self._spans(first)
        }
        keys |= {name_key(name) for name in self._nicknames().values()}
        places = Place.objects.filter(keys__overlap=[key for key in keys if len(key) > 1])
        return [_Row(place) for place in places.order_by("-population", "pk")[:500]]

    def _nicknames(self) -> dict[int, str]:
        found = {}
        for index, word in enumerate(self.words):
            name = NICKNAMES.get(word.spelt) or NICKNAMES_IN_CAPITALS.get(word.typed.strip(MARKS))
            if name and word.is_open:
                found[index] = name
        return found

    def _read_places(self) -> None:
        for first in self._after_near():
            self._read_near(first)
        radius = next((mark for mark in self.marks if "within" in mark.said.values), None)
        if radius and not self.search.near and not self._has("near"):
            self.marks.remove(radius)
        for index in range(len(self.words)):
            self._read_geography(index)
        self._read_bare_town()

    def _has(self, name: str) -> bool:
        return any(name in mark.said.values for mark in self.marks)

    def _after_near(self) -> list[int]:
        """Where the name of a place may begin."""
        radius = [mark.last for mark in self.marks if "within" in mark.said.values]
        words = [i + 1 for i, word in enumerate(self.words) if word.spelt in NEAR | IN]
        close = [
            i + 2
            for i, word in enumerate(self.words[:-1])
            if (word.spelt, self.words[i + 1].spelt) == ("close", "to")
        ]
        starts = sorted({*radius, *words, *close})
        return [
            start + (self.words[start].spelt in ARTICLES)
            for start in starts
            if start < len(self.words)
        ]

    def _read_near(self, first: int) -> None:
        if first >= len(self.words):
            return
        before = first - 1 - (self.words[first - 1].spelt in ARTICLES)
        is_near = self.words[before].spelt not in IN
        town = self._town_at(first)
        known = self._geography_at(first)
        if town and not self._has("near"):
            end = town.where[0] if town.where else town.last
            if not known or end > known[0] or (is_near and end == known[0]):
                self._take_town(town, before, known[1][1:] if known else [])
                return
        if known:
            self._take_geography(first, known[0], known[1], before, town)

    def _take_town(self, town: _Town, first: int, others: Sequence[Reading] = ()) -> None:
        span = {*range(min(first, town.first), town.last), *town.where}
        begin, end = min(span), max(span) + 1
        # “near Half Moon Bay”: the words are the town's.
        self.marks = [
            mark
            for mark in self.marks
            if "within" in mark.said.values or not set(mark.span) & set(range(begin, end))
        ]
        radius = next((m for m in self.marks if set(m.span) & set(range(begin, end))), None)
        if radius:
            begin = radius.last
        place = town.place.place
        said = Said({"near": (place.address,)}, f"near {place.label}")
        mark = _Mark(begin, end, said, (*town.others, *others), is_surely_place=True, is_place=True)
        self.marks.append(mark)

    def _town_at(self, first: int, *, is_bare: bool = False) -> _Town | None:
        if first in (nicknames := self._nicknames()) and not is_bare:
            return self._town(first, first + 1, name_key(nicknames[first]))
        for last in self._spans(first):
            # One word that says something else is no town: “in may”, “near trail”.
            if (is_bare or last == first + 1) and not self._free(first, last):
                continue
            if town := self._town(first, last, self._key(first, last)):
                return town
        return None

    def _town(self, first: int, last: int, key: str) -> _Town | None:
        """The largest of those that are where they were said to be, if any of them is there."""
        rows = [row for row in self.rows if row.answers_to(key)]
        if not rows:
            return None
        where: tuple[int, ...] = ()
        end = last
        while narrower := self._where(end, rows):
            end, rows = narrower
            where = tuple(range(last, end))
        chosen = rows[0]
        namesakes = [row.place for row in rows[1:] if row.own_key == chosen.own_key]
        others = [
            Reading("near", place.address, f"near {place.label}")
            for place in namesakes
            if place.population * LIKELY > chosen.place.population
        ]
        return _Town(first, last, chosen, tuple(others[:MOST_OTHERS]), where)

    def _where(self, first: int, rows: list[_Row]) -> tuple[int, list[_Row]] | None:
        """The country or state that follows the name of a town, and the towns that are there."""
        for last in self._spans(first):
            text = " ".join(word.spelt for word in self.words[first:last])
            typed = self.words[first].typed
            # “me” is Maine after a comma, or in capitals.
            is_said = typed[:2].isupper() or self.words[first - 1].typed.endswith(",")
            if len(text) == 2 and text not in OTHER_NAMES and not is_said:
                continue
            if there := [row for row in rows if row.is_in(text)]:
                return last, there
        return None

    def _read_geography(self, first: int) -> None:
        known = self._geography_at(first) if self._free(first, first + 1) else None
        if not known or not self._free(first, known[0]):
            return
        # Mexico City is more than Mexico.
        town = self._town_at(first, is_bare=True)
        if town and town.last > known[0]:
            return
        self._take_geography(first, known[0], known[1], first, town)

    def _geography_at(self, first: int) -> tuple[int, list[Reading]] | None:
        """The longest name of a country, a continent or a region that begins here."""
        for last in self._spans(first):
            if found := _whereabouts(self.version).get(self._key(first, last)):
                return last, found
        typed = self.words[first].typed.strip(MARKS)
        has_small = any(word.typed.lower() == word.typed for word in self.words if word.is_open)
        is_alone = len(self.words) == 1
        name = country_names().get(typed)
        if name and ((has_small and typed not in WORDS) or is_alone):
            return first + 1, [Reading("country", typed, in_country(typed))]
        return None

    def _take_geography(
        self, first: int, last: int, found: list[Reading], before: int, town: _Town | None
    ) -> None:
        if not self._free(first, last):
            return
        others = list(found[1:])
        if town and (town.first, town.last) == (first, last) and found[0].field == "region":
            place, key = town.place.place, self._key(first, last)
            is_named_so = town.place.own_key in {key, f"{key}city"}
            if is_named_so and place.population >= WELL_KNOWN:
                others.append(Reading("near", place.address, f"near {place.label}"))
        said = Said({found[0].field: (found[0].value,)}, found[0].label)
        is_sure = before != first
        begin = before if is_sure and self._free(before, first) else first
        mark = _Mark(begin, last, said, tuple(others), is_surely_place=is_sure, is_place=True)
        self.marks.append(mark)

    def _read_bare_town(self) -> None:
        """A name of a town with nothing else beside it that is not understood."""
        nicknames = self._nicknames()
        taken = self._taken()
        for index, name in nicknames.items():
            if index not in taken:
                self.meant[index] = name
        rest = [i for i in self._text() if self.words[i].spelt not in JOINING]
        if not rest or self._has("near") or rest != list(range(rest[0], rest[-1] + 1)):
            return
        if len(rest) == 1 and rest[0] in self.meant:
            self.town = self._town(rest[0], rest[0] + 1, name_key(self.meant[rest[0]]))
        elif len(key := self._key(rest[0], rest[-1] + 1)) > 2:
            self.town = self._town(rest[0], rest[-1] + 1, key)

    def _text(self) -> list[int]:
        """The words that nothing was made of."""
        taken = self._taken()
        return [i for i, word in enumerate(self.words) if i not in taken and word.is_open]

    # Names of races.

    def _keep_names(self) -> None:
        """Give back to the text what belongs to the name of a race; make a town of a bare name that
        no race has.
        """
        rest = [i for i in self._text() if self.words[i].spelt not in JOINING]
        loose = [mark for mark in self.marks if not mark.is_surely_place]
        choices = list(_choices(rest, loose, len(self.marks)))
        asked = [(self._folded(rest, marks), "name") for marks in choices]
        asked += [(self._folded(rest, ()), "place")] if self.town else []
        held = present()
        named = (number for number, each in enumerate(asked) if held.has_named(*each))
        found = next(named, None)
        if found is not None and found < len(choices):
            given_back = choices[found]
            self.marks = [mark for mark in self.marks if not any(mark is m for m in given_back)]
            return
        if self.town and found is None:
            self._take_town(self.town, self.town.first)
            self.meant = {}
            where = set(self.town.where)
            self.marks = [m for m in self.marks if m is self.marks[-1] or not where & set(m.span)]

    def _folded(self, rest: Iterable[int], marks: Iterable[_Mark]) -> str:
        indices = {*rest, *(i for mark in marks for i in mark.span)}
        return " ".join(
            self.meant.get(i, self.words[i].typed)
            for i in sorted(indices)
            if self.words[i].spelt not in JOINING
        )

    # What is made of it.

    def _settle(self) -> None:
        """Lengths by the sport, seasons by the place."""
        sports = {*self.search.sport}
        for mark in self.marks:
            sports |= set(mark.said.values.get("sport", ()))
        is_southern = self._is_southern()
        lengths: set[str] = set()
        for mark in self.marks:
            if mark.said.length:
                mark.said = phrases.length_asked(mark.said, sports)
            elif mark.said.season:
                mark.said = phrases.season_asked(mark.said, is_southern=is_southern)
            lengths |= set(mark.said.values.get("distance", ()))
        # “Ultra of 100 km” is one thing, and not either of the two.
        for mark in self.marks:
            if mark.said.values.get("distance") == ("ultra",) and lengths & phrases.ULTRAS:
                mark.said, mark.is_filler = Said(), True

    def _is_southern(self) -> bool:
        for mark in self.marks:
            for name, (value, *_) in mark.said.values.items():
                if mark.is_place:
                    return self._lies_south(name, value)
        if here := self.search.here:
            return here.latitude < 0
        chosen = [
            (name, values[0])
            for name in ("region", "country", "continent")
            if (values := getattr(self.search, name))
        ]
        return self._lies_south(*chosen[0]) if chosen else False

    def _lies_south(self, name: str, value: str) -> bool:
        if name == "near":
            rows = [row.place for row in self.rows if row.place.address == value]
            return bool(rows) and rows[0].latitude < 0
        if name == "region":
            return _country_of_region(self.version, value) in SOUTHERN
        return value in SOUTHERN | SOUTHERN_CONTINENTS

    def _merged(self) -> Understood:
        marks = sorted(self.marks, key=lambda mark: mark.first)
        sure = [mark for mark in marks if mark.said.values]
        if not sure and not self.meant:
            return Understood(self.search)
        owners = self._owners(marks, sure)
        parts = [self._part(mark, [i for i, of in owners.items() if of is mark]) for mark in sure]
        search = self.search
        # The unit of the radius is that of all lengths.
        for mark in sorted(sure, key=lambda mark: "within" not in mark.said.values):
            search = _with(search, mark.said)
        text = []
        for index, word in enumerate(self.words):
            if index in owners:
                continue
            name = self.meant.get(index, word.typed)
            if name != word.typed:
                part = Part(word.typed, (("q", name),), f"“{name}”")
                parts.append(part)
            text.append(name)
        q = " ".join(text)
        if len(q) > TEXT_LENGTH:
            # Only what was typed fits for sure.
            return Understood(self.search)
        return Understood(replace(search, q=q), tuple(parts))

    def _owners(self, marks: list[_Mark], sure: list[_Mark]) -> dict[int, _Mark]:
        """The mark that each word belongs to. Joining words and fillers go with a neighbour."""
        owners = {index: mark for mark in sure for index in mark.span}
        fillers = {i for mark in marks if mark.is_filler for i in mark.span}
        loose = [
            i
            for i, word in enumerate(self.words)
            if i not in owners
            and (i in fillers or word.spelt in JOINING or word.spelt == NOTHING)
            and not word.is_quoted
        ]
        # “on 12 June”, “24 hour race”, “races this weekend”.
        joining = [i for i in loose if self.words[i].spelt in JOINING]
        for indices, step in ((joining[::-1], 1), (loose, -1), (loose[::-1], 1)):
            for i in indices:
                neighbour = owners.get(i + step)
                if neighbour and i not in owners:
                    owners[i] = neighbour
        # “great marathon run”: it stands apart from all that was understood, yet says nothing.
        for i in loose:
            if i not in owners and i in fillers and sure:
                owners[i] = min(sure, key=lambda mark: abs(mark.first - i))
        return owners

    def _part(self, mark: _Mark, indices: list[int]) -> Part:
        words = " ".join(self.words[i].typed for i in sorted(indices))
        values = tuple((name, value) for name, some in mark.said.values.items() for value in some)
        return Part(words, values, mark.said.label, mark.others)


def _choices(rest: list[int], loose: list[_Mark], count: int) -> Iterator[tuple[_Mark, ...]]:
    """What of the marks may belong to a name together with the rest, the most first."""
    if not rest:
        # “Singapore Marathon”, “New York”. Words that are no place are of no one race, and whoever
        # types a country alone wants all of it.
        places = [mark for mark in loose if mark.is_place]
        is_mixed = 0 < len(places) < len(loose)
        if len(loose) == count and (is_mixed or any("region" in m.said.values for m in places)):
            yield tuple(loose)
        return
    for size in range(len(loose), 0, -1):
        if len(loose) <= FEW or size in {1, len(loose)}:
            yield from combinations(loose, size)


def _with(search: RaceSearch, said: Said) -> RaceSearch:
    """What was said, merged into what was chosen."""
    if said.unit:
        search = _in_unit(search, said.unit, is_radius="within" in said.values)
    for name, values in said.values.items():
        if name in SEVERAL:
            for value in values:
                search = search if search.has(name, value) else search.toggled(name, value)
        elif name in {"longer", "shorter"}:
            amount = phrases.in_other_unit(float(values[0]), said.unit, search.unit or "km")
            changed: dict[str, Any] = {name: phrases.plain(amount)}
            search = replace(search, **changed)
        elif values[0] or name != "near":
            changed = {name: values[0]}
            search = replace(search, **changed)
    return _without_contradictions(search, said)


def _in_unit(search: RaceSearch, unit: str, *, is_radius: bool) -> RaceSearch:
    """One unit holds for the radius and the lengths: the radius has the say, if one was typed."""
    old = search.unit or "km"
    if old == unit or (search.within and not is_radius):
        return search
    convert = partial(phrases.in_other_unit, unit=old, other=unit)
    changed: dict[str, Any] = {
        name: phrases.plain(convert(float(getattr(search, name))))
        for name in ("longer", "shorter")
        if getattr(search, name)
    }
    return replace(search, unit="" if unit == "km" else unit, **changed)


def _without_contradictions(search: RaceSearch, said: Said) -> RaceSearch:
    """What was said wins over what was chosen before."""
    start, end = days.day_or_month(search.start), days.day_or_month(search.end)
    if start and end and start[0] > end[1]:
        search = search.without("end" if "start" in said.values else "start")
    if search.longer and search.shorter and float(search.longer) > float(search.shorter):
        search = search.without("shorter" if "longer" in said.values else "longer")
    return search


@lru_cache(maxsize=1)
def _whereabouts(version: content_version.Version) -> dict[str, list[Reading]]:
    """Countries, continents and the regions that races have, by name; the likeliest first."""
    found: dict[str, list[Reading]] = {}

    def add(name: str, reading: Reading) -> None:
        readings = found.setdefault(name_key(name), [])
        if reading not in readings:
            readings.append(reading)

    pairs = _regions(version)
    names = country_names()
    # “Georgia” is the one of the two that has races; “New York” is the state.
    for code, region in pairs:
        if region and names.get(code) != region:
            add(region, Reading("region", region, f"in {region}, {names.get(code, code)}"))
    for code, name in names.items():
        add(name, Reading("country", code, in_country(code)))
    for name, code in OTHER_NAMES.items():
        add(name, Reading("country", code, in_country(code)))
    for state in US_STATES.values():
        add(state, Reading("region", state, f"in {state}, {names['US']}"))
    for value, (label, _) in CONTINENTS.items():
        add(label, Reading("continent", value, f"in {label}"))
    with_races = {code for code, _ in pairs}
    for readings in found.values():
        readings.sort(
            key=lambda reading: reading.field == "country" and reading.value not in with_races
        )
    return found


@lru_cache(maxsize=1)
def _regions(version: content_version.Version) -> list[tuple[str, str]]:
    found = present().regions
    return [(code, region) for code in sorted(found) for region in sorted(found[code]) or [""]]


def _country_of_region(version: content_version.Version, region: str) -> str:
    return next((code for code, name in _regions(version) if name == region), "US")
