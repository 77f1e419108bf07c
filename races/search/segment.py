"""The upcoming editions of some races, held in memory in the order of their days.

Their places count from 0. What is said of a distance lies in layers: the first distances of all
editions, the second, and so on. So every bitmap is one of editions, and those of a distance that
fits all that is asked are the union of what each layer has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from datetime import date, datetime
from functools import cache, cached_property
from itertools import combinations
from math import inf
from typing import Any, NamedTuple

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, QuerySet, TextField, Window
from django.db.models.functions import RowNumber
from pyroaring import BitMap

from races.models import Distance, Edition, PriceTier
from races.models.querysets import (
    LISTED_ON,
    RANK_OF_A_MONTH,
    EditionQuerySet,
    is_sure,
    is_upcoming,
    ranks,
)
from races.search import bitmaps, days
from races.search.columns import Array, Column, Table, names_in
from races.search.facets import FACETS, Facet
from races.search.near import EARTH_KM, Frame, Spot, frame
from races.search.steps import Steps
from races.search.words import Words, Writer

CHUNK = 10_000
# The weights of a race's words: its name, that and where it is, all.
WEIGHTS = {"name": "{a}", "place": "{a,b}", "all": "{a,b,c,d}"}
ALWAYS = {
    "pk", "race", "status", "start_date", "end_date", "date_precision", "expected_on", "over_at",
    "doubtful_at", "race__latitude", "race__longitude", "seen_on", "listed_on", "by_name",
}  # fmt: skip
OF_EDITION = "edition__"
# A facet of a distance, and a value of it.
Option = tuple[str, str]
BITS_OF_BYTES = (np.arange(256)[:, None] >> np.arange(8)) & 1


@cache
def _marks() -> dict[Option, int]:
    """Of each option of a distance, by facet and value, the bit that says that one has it."""
    options = [
        (facet.name, value) for facet in FACETS if facet.is_of_distance for value in facet.options()
    ]
    # They must fit into one number.
    assert len(options) <= 64  # noqa: S101
    return {option: bit for bit, option in enumerate(options)}


def _fields(*, is_of_distance: bool) -> set[str]:
    """What the options of the search ask of an edition, or of a distance."""
    names = set()
    for facet in FACETS:
        if facet.is_of_distance == is_of_distance:
            names |= {facet.field} if facet.field else set()
            for option in facet.options().values():
                names |= set(names_in(option.condition))
    return names


def columns() -> str:
    """What a segment is made of, in words."""
    of_edition, of_distance = _fields(is_of_distance=False), _fields(is_of_distance=True)
    return ",".join([*sorted(of_edition | ALWAYS), "distances", *sorted(of_distance)])


class Layer(NamedTuple):
    """One distance of each edition that has so many."""

    places: Array
    table: Table
    # By metres.
    lengths: Steps
    # The price tiers of these distances, and the places of their editions.
    priced: Array
    prices: Table


class Segment:
    """Fit to be asked only as at() gives it, of some moment."""

    def __init__(
        self, editions: Table, distances: Table, prices: Table, words: dict[str, Words]
    ) -> None:
        self.editions, self.distances, self.prices = editions, distances, prices
        self.words, self.size = words, editions.size
        self.pks = editions["pk"].numbers.astype(np.int64)
        self.races = editions["race"].numbers.astype(np.int64)
        self._by_pk = np.argsort(self.pks)
        self.globe = Globe(editions["race__latitude"].numbers, editions["race__longitude"].numbers)
        self.listed = editions["listed_on"].numbers
        self.months = _months(self.listed)
        self.by_name = editions["by_name"].numbers.astype(np.uint32)
        self.layers = list(_layers(editions, distances, prices))
        # By place, the row of its first distance; the others follow.
        places = np.arange(self.size)
        self.rows = np.searchsorted(distances["place"].numbers, places)
        # By whether a span is short, what can be in one.
        self.promised: dict[bool, BitMap] = {}
        self.today = date.min

    # What follows from the moment.

    def at(self, now: datetime, today: date) -> "Segment":
        """The same, with all that depends on the time as of this moment."""
        # Others may be asking this one meanwhile.
        turned = copy(self)
        turned._turn(now, today)
        return turned

    def _turn(self, now: datetime, today: date) -> None:
        if today != self.today:
            self._fill()
        self.alive = bitmaps.of_mask(self.editions.holds(is_upcoming(now)))
        self.sure = self.alive & bitmaps.of_mask(self.editions.holds(is_sure(now)))
        rank = np.full(self.size, RANK_OF_A_MONTH, np.int64)
        for condition, number in reversed(ranks(now, today)):
            rank[self.editions.holds(condition)] = number
        order = np.argsort((self.months - self.months.min(initial=0)) * 4 + rank, kind="stable")
        # By place: how many come before it, soonest first.
        self.before = np.empty(self.size, np.uint32)
        self.before[order] = np.arange(self.size, dtype=np.uint32)
        self.today = today
        # By currency, as they are asked for.
        self.least: dict[str, Array] = {}
        self.amounts: dict[str, list[Steps]] = {}

    def _fill(self) -> None:
        """The bitmaps of the options."""
        self.by_option: dict[Option, BitMap] = {}
        self.by_layer: dict[Option, list[BitMap]] = {}
        self.marks = np.zeros(self.distances.size, np.uint64)
        for facet in FACETS:
            if facet.is_of_distance:
                layers = [
                    dict(self._options(facet, layer.table, layer.places)) for layer in self.layers
                ]
                for value in {value for layer in layers for value in layer}:
                    parts = [layer.get(value, BitMap()) for layer in layers]
                    self.by_layer[facet.name, value] = parts
                    # The editions that have such a distance.
                    self.by_option[facet.name, value] = BitMap.union(*parts)
                    self._mark(facet.name, value, parts)
            else:
                for value, places in self._options(facet, self.editions, None):
                    self.by_option[facet.name, value] = places
        self._pair()

    def _pair(self) -> None:
        """The editions that have one distance that is both, of options of two facets."""
        self.pairs: dict[frozenset[Option], BitMap] = {}
        for one, other in combinations(_marks().keys() & self.by_layer.keys(), 2):
            if one[0] != other[0]:
                layers = zip(self.by_layer[one], self.by_layer[other], strict=True)
                both = [this & that for this, that in layers if this and that]
                self.pairs[frozenset((one, other))] = BitMap().union(*both)

    def _mark(self, name: str, value: str, layers: list[BitMap]) -> None:
        if (bit := _marks().get((name, value))) is not None:
            for number, places in enumerate(layers):
                self.marks[self.rows[bitmaps.places_of(places)] + number] |= np.uint64(1 << bit)

    def _options(
        self, facet: Facet, table: Table, places: Array | None
    ) -> Iterator[tuple[str, BitMap]]:
        def bitmap(rows: Array) -> BitMap:
            return bitmaps.of_places(rows if places is None else places[rows], self.size)

        if facet.field:
            column = table[facet.field]
            order = np.argsort(column.numbers, kind="stable")
            ends = np.searchsorted(column.numbers[order], np.arange(len(column.texts or ()) + 1))
            for code, text in enumerate(column.texts or ()):
                yield text, bitmap(order[ends[code] : ends[code + 1]])
            return
        for option in facet.options().values():
            yield option.value, bitmap(np.flatnonzero(table.holds(option.condition)))

    @cached_property
    def regions(self) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        if not self.size:
            return found
        country, region = self.editions["race__country"], self.editions["race__region"]
        pairs = np.unique(np.stack([country.numbers, region.numbers]).astype(np.int64), axis=1)
        for one, other in pairs.T.tolist():
            text = (region.texts or [])[other]
            found[(country.texts or [])[one]] |= {text} if text else set()
        return found

    def month_of(self, place: int) -> date:
        """The first day of that in which the edition stands in a list."""
        return date.fromordinal(int(self.listed[place])).replace(day=1)

    # Parts of a search.

    def places(self, pks: Iterable[int]) -> BitMap:
        """Of these editions. One that is not here has none."""
        asked = np.array(list(pks), np.int64)
        at = np.searchsorted(self.pks, asked, sorter=self._by_pk)
        places = self._by_pk[np.minimum(at, self.size - 1)] if self.size else asked[:0]
        return bitmaps.of_places(places[self.pks[places] == asked], self.size)

    def of_races(self, races: list[int]) -> BitMap:
        return bitmaps.of_mask(np.isin(self.races, races))

    def that(self, condition: Q) -> BitMap:
        return bitmaps.of_mask(self.editions.holds(condition))

    def within(self, first: date | None, last: date | None) -> BitMap:
        """What touches the span: what is listed inside it, and some of what lasts longer."""
        begin = int(np.searchsorted(self.listed, first.toordinal())) if first else 0
        end = self.size
        if last:
            end = int(np.searchsorted(self.listed, last.toordinal(), side="right"))
        inside = BitMap(range(begin, max(begin, end)))
        lasting, table = self.lasting
        touching = bitmaps.of_places(lasting[table.holds(days.within(first, last))], self.size)
        return inside & self._promised(days.is_short(first, last)) | touching

    @cached_property
    def lasting(self) -> tuple[Array, Table]:
        """The places of the editions whose days are more than the one on which they are listed."""
        names = {*names_in(days.within(date.min, date.max))}
        table = Table({name: self.editions[name] for name in names}, self.size)
        first, last = table["start_date"].numbers, table["end_date"].numbers
        has_one = ~np.isnan(table["expected_on"].numbers) | (first == last)
        places = np.flatnonzero(~has_one)
        return places, table.at(places)

    def _promised(self, is_short: bool) -> BitMap:
        if is_short not in self.promised:
            self.promised[is_short] = self.that(days.promised(is_short))
        return self.promised[is_short]

    def with_both(self, option: Option, chosen: Iterable[Option]) -> BitMap:
        """The editions that have one distance that is that and any of these."""
        known = (self.pairs.get(frozenset((option, other))) for other in chosen)
        return BitMap().union(*(places for places in known if places))

    def counts_by(
        self, field: str, editions: BitMap, values: Iterable[str]
    ) -> Iterator[tuple[str, int]]:
        """How many of these have each value."""
        column = self.editions[field]
        counts = np.bincount(
            column.numbers[bitmaps.places_of(editions)], minlength=len(column.codes)
        ).tolist()
        for value in values:
            if (code := column.codes.get(value)) is not None:
                yield value, counts[code]

    def counts_of_distances(self, layers: list[BitMap]) -> dict[Option, int]:
        """Of each option of a distance, by facet and value, how many editions have one of these
        distances that has it.

        A distance is a number whose bits say what it has, an edition what its distances have
        together: unless they are very many, quicker than the bitmaps of each option and layer.
        """
        parts = [
            self.rows[bitmaps.places_of(layer).astype(np.intp)] + number
            for number, layer in enumerate(layers)
        ]
        # Each is in order: that is fast.
        rows = np.sort(np.concatenate([*parts, np.zeros(0, np.intp)]), kind="stable")
        places = self.distances["place"].numbers[rows]
        if not len(rows):
            return dict.fromkeys(_marks(), 0)
        firsts = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
        editions = np.bitwise_or.reduceat(self.marks[rows], firsts)
        columns = editions.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8).T
        counts = [np.bincount(column, minlength=256) @ BITS_OF_BYTES for column in columns]
        return dict(zip(_marks(), np.concatenate(counts).tolist(), strict=False))

    def of_lengths(self, least: float, most: float) -> list[BitMap]:
        return [layer.lengths.between(least, most) for layer in self.layers]

    def priced(self, currency: str, condition: Q, most: float) -> list[BitMap]:
        """The distances that have a price of that kind and in that currency, no higher."""
        if currency not in self.amounts:
            kept = [(layer, layer.prices.holds(condition)) for layer in self.layers]
            self.amounts[currency] = [
                Steps(layer.prices["amount"].numbers[fits], layer.priced[fits], self.size)
                for layer, fits in kept
            ]
        return [steps.between(-inf, most) for steps in self.amounts[currency]]

    def least_prices(self, currency: str, condition: Q) -> Array:
        """By place the lowest of the prices of that kind, infinite where there is none."""
        if currency and currency not in self.prices["currency"].codes:
            return np.full(self.size, np.inf)
        if currency not in self.least:
            least = np.full(self.size, np.inf)
            for layer in self.layers:
                fits = layer.prices.holds(condition)
                amounts = layer.prices["amount"].numbers[fits]
                np.minimum.at(least, layer.priced[fits], amounts)
            self.least[currency] = least
        return self.least[currency]

    def soonest(self, found: BitMap, most: int) -> Array:
        """The first so many places of these."""
        if len(found) > most > 0:
            # None of a later month can be among them.
            month = self.months[found[most - 1]]
            end = int(np.searchsorted(self.months, month, side="right"))
            found = found & BitMap(range(end))
        places = bitmaps.places_of(found)
        if len(places) > most:
            places = places[np.argpartition(self.before[places], most)[:most]]
        soonest: Array = places[np.argsort(self.before[places])]
        return soonest

    def first(self, found: BitMap, keys_of: Callable[[Array], Array], most: int) -> Array:
        """The first so many places of these by such a key; of equals the soonest."""
        # Of the kind that numpy would make of them at each use.
        places = bitmaps.places_of(found).astype(np.intp)
        keys = keys_of(places)
        if len(places) > most:
            # Of some of them no more can come before than of all.
            some = keys[:: max(1, len(keys) // (8 * most))]
            inside = keys <= np.partition(some, most)[most]
            places, keys = places[inside], keys[inside]
        first: Array = places[np.lexsort((self.before[places], keys))[:most]]
        return first


class Globe:
    """Where each edition starts, from south to north."""

    def __init__(self, latitudes: Array, longitudes: Array) -> None:
        self.size = len(latitudes)
        known = np.flatnonzero(~np.isnan(latitudes.astype(float)))
        self.places = known[np.argsort(latitudes[known])]
        self.latitudes = latitudes[self.places]
        self.longitudes = longitudes[self.places]
        self.points = _points(self.latitudes, self.longitudes)
        # By place, where it stands here.
        self.rows = np.zeros(self.size, np.int32)
        self.rows[self.places] = np.arange(len(self.places))

    def within(self, here: Spot, km: float) -> BitMap:
        rows = self._inside(frame(here, km))
        # Beyond the far side of the globe there is nothing more.
        half_way = min(km / EARTH_KM, np.pi) / 2
        near = self._chords(here, rows) <= (2 * np.sin(half_way)) ** 2
        return bitmaps.of_places(self.places[rows[near]], self.size)

    def inside(self, box: Frame) -> BitMap:
        return bitmaps.of_places(self.places[self._inside(box)], self.size)

    def _inside(self, box: Frame) -> Array:
        south = int(np.searchsorted(self.latitudes, box.south))
        north = int(np.searchsorted(self.latitudes, box.north, side="right"))
        longitudes = self.longitudes[south:north]
        east, west = longitudes <= box.east, longitudes >= box.west
        inside: Array = np.flatnonzero(east & west if box.west <= box.east else east | west)
        return inside + south

    def away(self, here: Spot, places: Array) -> Array:
        """Of each something that grows with the distance. All of them start somewhere."""
        return self._chords(here, self.rows[places])

    def _chords(self, here: Spot, rows: Array) -> Array:
        """Squared."""
        mine = _points(np.array(here.latitude), np.array(here.longitude))
        # One axis after the other is four times as fast as all of them at once.
        squares: Array = sum((axis[rows] - mine[n]) ** 2 for n, axis in enumerate(self.points))
        return squares


def _points(latitudes: Array, longitudes: Array) -> Array:
    """On a globe of the radius 1: a straight way between two is as good as the way around it."""
    north, east = np.radians(latitudes), np.radians(longitudes)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])


def _months(listed: Array) -> Array:
    days_since = listed.astype(np.int64) - date(1970, 1, 1).toordinal()
    return days_since.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _layers(editions: Table, distances: Table, prices: Table) -> Iterator[Layer]:
    """Its rows are in the order of their editions' places."""
    places = distances["place"].numbers.astype(np.int64)
    first = np.searchsorted(places, places)
    number = np.arange(len(places)) - first
    rows = prices["row"].numbers.astype(np.int64)
    for layer in range(int(number.max(initial=-1)) + 1):
        inside = np.flatnonzero(number == layer)
        there, table = places[inside], distances.at(inside)
        for name in _fields(is_of_distance=True):
            if name.startswith(OF_EDITION):
                table.columns[name] = editions[name.removeprefix(OF_EDITION)].at(there)
        priced = np.flatnonzero(number[rows] == layer)
        lengths = Steps(table["metres"].numbers, there, editions.size)
        yield Layer(there, table, lengths, places[rows[priced]], prices.at(priced))


# Reading them.


def read(races: list[int] | None = None) -> Segment:
    """Of these races, or of all."""
    editions = Edition.objects.published().upcoming()
    distances = Distance.objects.order_by()
    prices = PriceTier.objects.order_by()
    if races is not None:
        editions = editions.filter(race__in=races)
        distances = distances.filter(edition__race__in=races)
        prices = prices.filter(distance__edition__race__in=races)
    table = _editions(editions)
    lines = _distances(distances, table["pk"].numbers.astype(np.int64))
    return Segment(table, lines, _prices(prices, lines), _words(editions, table))


def _editions(editions: EditionQuerySet) -> Table:
    wanted = sorted(_fields(is_of_distance=False) | ALWAYS)
    by_name = Window(RowNumber(), order_by=["race__name", "end_date", "pk"])
    rows = editions.with_last_seen().annotate(listed_on=LISTED_ON, by_name=by_name)
    rows = rows.order_by("listed_on", "race__name", "pk")
    return Table.of(wanted, rows.values_list(*wanted).iterator(CHUNK))


def _distances(distances: "QuerySet[Distance]", pks: Array) -> Table:
    names = ["pk", "edition", "metres"]
    names += sorted(
        name
        for name in _fields(is_of_distance=True) - {"metres"}
        if not name.startswith(OF_EDITION)
    )
    table = Table.of(names, distances.values_list(*names).iterator(CHUNK))
    # Of what is over there are distances too.
    place, is_known = _found(table["edition"].numbers.astype(np.int64), pks)
    table.columns["place"] = Column(place.astype(np.uint32))
    table = table.at(np.flatnonzero(is_known))
    return table.at(np.lexsort((table["pk"].numbers, table["place"].numbers)))


def _prices(prices: "QuerySet[PriceTier]", distances: Table) -> Table:
    names = ["pk", "distance", "amount", "currency", "valid_until"]
    table = Table.of(names, prices.values_list(*names).iterator(CHUNK))
    pks = distances["pk"].numbers.astype(np.int64)
    row, is_known = _found(table["distance"].numbers.astype(np.int64), pks)
    table.columns["row"] = Column(row.astype(np.uint32))
    return table.at(np.flatnonzero(is_known))


def _found(asked: Array, pks: Array) -> tuple[Array, Array]:
    """Where each stands among these keys, and whether it does."""
    if not len(pks):
        return np.zeros(len(asked), np.int64), np.zeros(len(asked), bool)
    order = np.argsort(pks)
    at = order[np.minimum(np.searchsorted(pks, asked, sorter=order), len(pks) - 1)]
    return at, pks[at] == asked


def _words(editions: EditionQuerySet, table: Table) -> dict[str, Words]:
    place_of = {int(pk): place for place, pk in enumerate(table["pk"].numbers)}
    writers = {name: Writer() for name in WEIGHTS}
    for pk, *texts in (
        editions.order_by().values_list("pk", *map(_lexemes, WEIGHTS.values())).iterator(CHUNK)
    ):
        if (place := place_of.get(pk)) is not None:
            for writer, lexemes in zip(writers.values(), texts, strict=True):
                writer.add(place, lexemes or ())
    return {name: writer.words(table.size) for name, writer in writers.items()}


def _lexemes(weights: str) -> Func:
    return Func(
        F("race__search"),
        template=f"tsvector_to_array(ts_filter(%(expressions)s, '{weights}'))",
        output_field=ArrayField(TextField()),
    )


# Storing them.


def arrays(segment: Segment) -> dict[str, Array]:
    found = {}
    for kind in ("editions", "distances", "prices"):
        for name, column in getattr(segment, kind).columns.items():
            found[f"{kind}.{name}"] = column.numbers
            if column.texts is not None:
                found[f"{kind}.{name}.texts"] = np.frombuffer(
                    "\0".join(column.texts).encode(), np.uint8
                )
    for name, words in segment.words.items():
        found |= {f"words.{name}.{part}": array for part, array in words.arrays().items()}
    return found


def of_arrays(stored: Any) -> Segment:
    tables: dict[str, dict[str, Column]] = defaultdict(dict)
    words: dict[str, dict[str, Array]] = defaultdict(dict)
    for key in stored:
        kind, name, *part = key.split(".")
        if kind == "words":
            words[name][part[0]] = stored[key]
        elif not part:
            texts = f"{key}.texts"
            said = stored[texts].tobytes().decode().split("\0") if texts in stored else None
            tables[kind][name] = Column(stored[key], said)
    whole = {
        kind: Table(columns, len(next(iter(columns.values())).numbers))
        for kind, columns in tables.items()
    }
    size = whole["editions"].size
    return Segment(
        **whole, words={name: Words.of_arrays(each, size) for name, each in words.items()}
    )
