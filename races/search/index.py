"""The race search answered from memory: what fits, how many each option would leave, in what order.

Each process holds the upcoming editions in segments (races.search.segment): one that the worker
made and stored, and over it, read from the tables, whatever races have changed since then. Where
there are few races the worker stores none: then all of them have changed. RaceSearch.editions()
asks the same of the tables, and a test compares the two.
"""

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, reduce
from itertools import chain
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone
from pyroaring import BitMap

from races.models import Edition, Race
from races.search import base, bitmaps
from races.search.by_day import DaysOf
from races.search.cards import cards
from races.search.columns import Array, Table
from races.search.criteria import RaceSearch
from races.search.facets import FACETS, Facet
from races.search.segment import Segment
from races.search.text import beginnings, name_query, text_query
from web import generations

Counts = dict[str, dict[str, int]]
# Parts of searches, by what found them and what of.
Pieces = dict[tuple[Hashable, ...], Any]
# Where more than one of so many editions is found, bitmaps count faster than arrays.
MANY = 16
# What to sort by, of these places.
Keys = Callable[[Array], Array]


class RaceIndex:
    """What is upcoming now: segments, each without the races that a later one has anew."""

    def __init__(self, segments: list[tuple[Segment, BitMap]]) -> None:
        self.segments = segments

    @cached_property
    def regions(self) -> dict[str, set[str]]:
        """Of each country, those that have races."""
        found: dict[str, set[str]] = {}
        for segment, _ in self.segments:
            for country, regions in segment.regions.items():
                found[country] = found.get(country, set()) | regions
        return found

    def has_named(self, text: str, weights: str) -> bool:
        """Whether a race has all the words, and whole, in its name, or in that and its place."""
        lexemes = beginnings(text)
        if lexemes is None:
            query = name_query(text, {"name": "A", "place": "AB"}[weights])
            return Race.objects.published().filter(search=query).exists()
        for segment, kept in self.segments:
            having = (segment.words[weights].being(lexeme) for lexeme in lexemes)
            if len(reduce(BitMap.__and__, having, kept)):
                return bool(lexemes)
        return False


class Answer(Sequence[Edition]):
    """What the index knows of one search: its list, counts, and what they are worth."""

    def __init__(
        self, held: RaceIndex, search: RaceSearch, pieces: Sequence[Pieces] | None = None
    ) -> None:
        self.held, self.search = held, search
        # What searches at the same moment have in common is found once for all of them.
        self.pieces = pieces or [{} for _ in held.segments]
        self.parts = [
            _Part(segment, kept, search, found)
            for (segment, kept), found in zip(held.segments, self.pieces, strict=True)
        ]

    def of(self, search: RaceSearch) -> "Answer":
        """Of another search at the same moment."""
        if search.near == self.search.near:
            # It need not be looked up again.
            search.__dict__["here"] = self.search.here
        return Answer(self.held, search, self.pieces)

    def __len__(self) -> int:
        return self.total

    @cached_property
    def total(self) -> int:
        return sum(len(part.found) for part in self.parts)

    @property
    def sure(self) -> int:
        """How many of them are fit to be suggested."""
        return sum(part.found.intersection_cardinality(part.segment.sure) for part in self.parts)

    @cached_property
    def counts(self) -> Counts:
        """Of each option, how many races there would be with it alone of its facet.

        What is chosen of other facets stays.
        """
        return {facet.name: self._counts_of(facet) for facet in FACETS}

    def _counts_of(self, facet: Facet) -> dict[str, int]:
        values: Iterable[str] = facet.options()
        if facet.name == "region":
            regions = (self.held.regions.get(code, ()) for code in self.search.country)
            values = list(chain.from_iterable(regions))
        counts = dict.fromkeys(values, 0)
        for part in self.parts:
            for value, count in part.counts_of(facet, counts):
                counts[value] += count
        return counts

    def __getitem__(self, wanted: Any) -> Any:
        """A slice of the list, as cards show it."""
        return self.cards(wanted.start or 0, wanted.stop)

    def cards(self, start: int, stop: int, *, is_sure: bool = False) -> list[Edition]:
        """Those places of the list; with `is_sure` of what is fit to be suggested."""
        return cards(self.keys(start, stop, is_sure=is_sure), self.search.here)

    def keys(self, start: int, stop: int, *, is_sure: bool = False) -> list[int]:
        """The same, of each its key alone."""
        firsts = [part.first(stop, is_sure=is_sure).tolist() for part in self.parts]
        if len(firsts) == 1 or not all(firsts):
            return list(chain(*firsts))[start:stop]
        # The tables know what comes before what in two segments.
        both = Edition.objects.published().filter(pk__in=chain(*firsts))
        return list(self.search.in_order(both).values_list("pk", flat=True)[start:stop])

    def first_month(self, begin: date | None = None) -> date | None:
        """That in which the first of them stands whose month is known; of those from a day on."""
        months = [part.first_month(begin) for part in self.parts]
        return min((month for month in months if month), default=None)

    def by_day(self, first: date, last: date, begin: date, finish: date) -> list[DaysOf]:
        """Those that may be in that month, on its days from `begin` to `finish`, in parts."""
        return [DaysOf(part.within(first, last), begin, finish) for part in self.parts]

    def longest(self) -> list[int]:
        """The key of the longest distance of these editions, if any is told by its length."""
        best = max((part.longest() for part in self.parts), default=(-1.0, 0))
        return [-best[1]] if best[0] >= 0 else []

    def cheapest(self) -> list[int]:
        """The key of the lowest price, in the currency in which most are."""
        tiers = [part.payable() for part in self.parts]
        used: Counter[str] = Counter()
        for _, counts in tiers:
            used.update(counts)
        if not used:
            return []
        currency = min(used, key=lambda code: (-used[code], code))
        best = [
            part.least(currency, rows) for part, (rows, _) in zip(self.parts, tiers, strict=True)
        ]
        return [min(best)[1]]


class _Part:
    """The answer of one segment."""

    def __init__(self, segment: Segment, kept: BitMap, search: RaceSearch, pieces: Pieces) -> None:
        self.segment, self.search, self.pieces = segment, search, pieces
        self.by_facet = {
            facet.name: self._piece(self._any_of, facet, values)
            for facet in FACETS
            if not facet.is_of_distance and (values := getattr(search, facet.name))
        }
        self.by_facet_of_distance = {
            facet.name: self._piece(self._any_distance_of, facet, values)
            for facet in FACETS
            if facet.is_of_distance and (values := getattr(search, facet.name))
        }
        self.rest = reduce(BitMap.__and__, self._rest(), segment.alive & kept)
        self.rest_of_distance = list(self._rest_of_distance())
        self.layers: dict[str, list[BitMap]] = {}
        self.found = self._without("")

    def _piece(self, find: Callable[..., Any], *asked: Hashable) -> Any:
        key = (find.__qualname__, *asked)
        if key not in self.pieces:
            self.pieces[key] = find(*asked)
        return self.pieces[key]

    def _any_of(self, facet: Facet, values: tuple[str, ...]) -> BitMap:
        known = self.segment.by_option
        parts = []
        for value in values:
            if facet.field or (facet.name, value) in known:
                parts.append(known.get((facet.name, value), BitMap()))
            elif option := facet.option(value):
                parts.append(self.segment.that(option.condition))
        return BitMap.union(*parts) if parts else BitMap()

    def _any_distance_of(self, facet: Facet, values: tuple[str, ...]) -> list[BitMap]:
        none = [BitMap() for _ in self.segment.layers]
        options = [self.segment.by_layer.get((facet.name, value), none) for value in values]
        return [BitMap.union(*layer) for layer in zip(*options, strict=True)]

    def _rest(self) -> Iterable[BitMap]:
        """What no facet asks of an edition."""
        search, segment = self.search, self.segment
        if here := search.here:
            yield self._piece(segment.globe.within, here, search.radius_km)
        if search.frame:
            yield self._piece(segment.globe.inside, search.frame)
        if any(search.span):
            yield self._piece(segment.within, *search.span)
        if text_query(search.q):
            yield self._piece(self._worded, search.q, "all")

    def _worded(self, text: str, weights: str) -> BitMap:
        """What has all the words, each at least as a beginning."""
        lexemes = beginnings(text)
        if lexemes is None:
            query = text_query(text, in_name=weights == "name")
            found = Edition.objects.published().upcoming().filter(race__search=query)
            return self.segment.places(found.order_by().values_list("pk", flat=True))
        words = self.segment.words[weights]
        parts = [words.beginning_with(lexeme) for lexeme in lexemes]
        return reduce(BitMap.__and__, parts) if parts else BitMap()

    def _rest_of_distance(self) -> Iterable[list[BitMap]]:
        search = self.search
        if lengths := search.lengths():
            yield self._piece(self.segment.of_lengths, *lengths)
        if search.price:
            yield self.segment.priced(search.currency, search.prices(), float(search.price))

    @cached_property
    def editions(self) -> BitMap:
        """What fits of an edition, whatever its distances."""
        return reduce(BitMap.__and__, self.by_facet.values(), self.rest)

    def _editions_without(self, name: str) -> BitMap:
        """The same, but for one facet."""
        if name not in self.by_facet:
            return self.editions
        parts = (part for facet, part in self.by_facet.items() if facet != name)
        return reduce(BitMap.__and__, parts, self.rest)

    def _distances_without(self, name: str) -> list[list[BitMap]]:
        """What is asked of a distance, but for one facet."""
        parts = [part for facet, part in self.by_facet_of_distance.items() if facet != name]
        return parts + self.rest_of_distance

    @cached_property
    def _fitting(self) -> BitMap | None:
        """The editions with a distance that is all that is asked; None where nothing is."""
        asked = self._distances_without("")
        if not asked:
            return None
        layers = (reduce(BitMap.__and__, layer) for layer in zip(*asked, strict=True))
        return BitMap().union(*layers)

    def _without(self, name: str) -> BitMap:
        editions = self._editions_without(name)
        return editions if self._fitting is None else editions & self._fitting

    def counts_of(self, facet: Facet, values: Iterable[str]) -> Iterable[tuple[str, int]]:
        """Of each value, how many fit that have it, whatever of this facet is chosen."""
        name, segment = facet.name, self.segment
        if facet.is_of_distance:
            return self._counts_of_distance(name, values)
        editions = self._without(name) if name in self.by_facet else self.found
        if facet.field and len(editions) < segment.size // MANY:
            return segment.counts_by(facet.field, editions, values)
        having = {value: segment.by_option.get((name, value)) for value in values}
        return _counted(editions, having)

    def _counts_of_distance(self, name: str, values: Iterable[str]) -> Iterable[tuple[str, int]]:
        segment = self.segment
        asked = [facet for facet in self.by_facet_of_distance if facet != name]
        if self.rest_of_distance or len(asked) > 1:
            return self._counts_in_layers(name, values)
        having = {value: segment.by_option.get((name, value)) for value in values}
        if asked:
            chosen = [(asked[0], value) for value in getattr(self.search, asked[0])]
            having = {value: segment.with_both((name, value), chosen) for value in values}
        return _counted(self.editions, having)

    def _counts_in_layers(self, name: str, values: Iterable[str]) -> Iterable[tuple[str, int]]:
        layers = self._layers_without(name)
        if name not in self.by_facet_of_distance and len(self.found) < self.segment.size // MANY:
            yield from ((value, self._by_distance[name, value]) for value in values)
            return
        for value in values:
            if having := self.segment.by_layer.get((name, value)):
                pairs = zip(layers, having, strict=True)
                both = [one & other for one, other in pairs if one and other]
                yield value, len(both[0]) if len(both) == 1 else len(BitMap().union(*both))

    @cached_property
    def _by_distance(self) -> dict[tuple[str, str], int]:
        return self.segment.counts_of_distances(self._layers_without(""))

    def _layers_without(self, name: str) -> list[BitMap]:
        """The editions that have a distance that fits, by layer, but for one facet."""
        name = name if name in self.by_facet_of_distance else ""
        if name not in self.layers:
            asked = zip(*self._distances_without(name), strict=True)
            self.layers[name] = [reduce(BitMap.__and__, layer, self.editions) for layer in asked]
        return self.layers[name]

    def first(self, most: int, *, is_sure: bool = False) -> Array:
        """The keys of the first so many of what was found."""
        segment, places = self.segment, np.zeros(0, np.int64)
        found = self.found & segment.sure if is_sure else self.found
        for group, keys_of in self._groups(found):
            left = most - len(places)
            if left > 0 and group:
                if keys_of:
                    first = segment.first(group, keys_of, left)
                else:
                    first = segment.soonest(group, left)
                places = np.concatenate([places, first])
        return segment.pks[places]

    def _groups(self, found: BitMap) -> Iterable[tuple[BitMap, Keys | None]]:
        """What is listed first, with what it is sorted by before the day, then what follows."""
        search, segment = self.search, self.segment
        if search.sort == "name":
            yield found, lambda places: segment.by_name[places]
        elif search.sort == "near" and (here := search.here):
            yield found, lambda places: segment.globe.away(here, places)
        elif search.sort == "price":
            least = segment.least_prices(search.currency, search.prices())
            priced = bitmaps.of_mask(np.isfinite(least))
            yield found & priced, lambda places: least[places]
            yield found - priced, None
        elif search.q:
            named = self._piece(self._worded, search.q, "name")
            yield found & named, None
            yield found - named, None
        else:
            yield found, None

    def first_month(self, begin: date | None) -> date | None:
        dated = self.found & self.segment.that(~Q(date_precision="year"))
        found = dated & self.segment.within(begin, None) if begin else dated
        return self.segment.month_of(found.min()) if found else None

    def within(self, first: date, last: date) -> Table:
        found = self.found & self.segment.within(first, last)
        return self.segment.editions.at(bitmaps.places_of(found))

    def longest(self) -> tuple[float, int]:
        """How long the longest distance is, and its key, negative: of equals it is the lowest."""
        distances = self.segment.distances
        inside = self._mask()[distances["place"].numbers]
        metres = np.where(inside, distances["metres"].numbers, np.nan)
        if not np.isfinite(metres).any():
            return -1.0, 0
        longest = np.nanmax(metres)
        return float(longest), -int(distances["pk"].numbers[metres == longest].min())

    def payable(self) -> tuple[Array, dict[str, int]]:
        """The rows of the prices that can be had, and of each currency how many there are."""
        prices, distances = self.segment.prices, self.segment.distances
        place = distances["place"].numbers[prices["row"].numbers.astype(np.int64)]
        rows = np.flatnonzero(
            prices.holds(self.search.prices()) & self._mask()[place.astype(np.int64)]
        )
        codes, counts = np.unique(prices["currency"].numbers[rows], return_counts=True)
        texts = prices["currency"].texts or []
        return rows, {
            texts[int(code)]: int(count) for code, count in zip(codes, counts, strict=True)
        }

    def least(self, currency: str, rows: Array) -> tuple[float, int]:
        """The lowest of these prices in that currency, and its key."""
        prices = self.segment.prices.at(rows)
        prices = prices.at(np.flatnonzero(prices.holds(Q(currency=currency))))
        if not prices.size:
            return np.inf, 0
        amounts, keys = prices["amount"].numbers, prices["pk"].numbers
        best = np.lexsort((keys, amounts))[0]
        return float(amounts[best]), int(keys[best])

    def _mask(self) -> Array:
        mask = np.zeros(self.segment.size, bool)
        mask[bitmaps.places_of(self.found)] = True
        return mask


def _counted(editions: BitMap, having: Mapping[str, BitMap | None]) -> Iterator[tuple[str, int]]:
    """Of each value, how many of these are among those that have it."""
    for value, places in having.items():
        if places:
            yield value, editions.intersection_cardinality(places)


def answer(search: RaceSearch) -> Answer:
    return Answer(present(), search)


def present() -> RaceIndex:
    """The index of what is committed now. The first who asks after a change makes it."""
    return _held.present()


class _Held:
    """What this process holds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self.generation: generations.Generation | None = None
        self.base: Segment | None = None
        self.state: base.State | None = None

    def present(self) -> RaceIndex:
        generation = generations.watch.look()
        # The others wait: what they held before is not true any more.
        with self.lock:
            if generation != self.generation:
                self._renew(generation)
            return self.index

    def _renew(self, generation: generations.Generation) -> None:
        state, before = base.state(), self.state
        is_turn = self.generation is None or generation.until != self.generation.until
        if state.number is None:
            one = base.read(None).at(*_now())
            self.index = RaceIndex([(one, one.alive)])
        elif is_turn or state != before:
            if self.base is None or before is None or state.number != before.number:
                # Not both at once.
                self.base = None
                self.base = base.load(state.number).at(*_now())
            elif is_turn:
                self.base = self.base.at(*_now())
            kept = self.base.alive - self.base.of_races(state.changed)
            segments = [(self.base, kept)]
            if state.changed:
                changed = base.read(state.changed).at(*_now())
                segments.append((changed, changed.alive))
            self.index = RaceIndex(segments)
        self.state, self.generation = state, generation


def _now() -> tuple[datetime, date]:
    return timezone.now(), timezone.localdate()


_held = _Held()
