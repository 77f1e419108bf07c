"""How many races each option of the search would leave, from bitmaps that the process holds.

A bitmap (roaring) for each option, over the editions that are not over, in their usual order, or
over their distances. They are filled by SQL from the conditions of races.search.facets, so that a
rule stands once; RaceSearch.editions() asks the same of the tables, and a test compares the two.
What no facet asks (text, nearness, spans of days, lengths, prices) the tables are asked each time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache, reduce
from itertools import chain
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Model, Q, QuerySet
from pyroaring import BitMap

from races.models import Distance, Edition
from races.search.criteria import RaceSearch
from races.search.facets import BY_NAME, FACETS, Facet
from web import generations

Counts = dict[str, dict[str, int]]


class RaceIndex:
    """Of what is upcoming now. Its numbers are places in the usual order, from 0."""

    def __init__(self) -> None:
        editions = Edition.objects.published().upcoming()
        rows = editions.soonest_first().values_list("pk", "race__country", "race__region")
        self.pks: list[int] = []
        self.regions: dict[str, set[str]] = defaultdict(set)
        for pk, country, region in rows:
            self.pks.append(pk)
            if region:
                self.regions[country].add(region)
        self.places = {pk: place for place, pk in enumerate(self.pks)}
        self.all = BitMap(range(len(self.pks)))
        # Of what is over too, which has no place: cheaper than to ask for each whether it is.
        distances = Distance.objects.all()
        pairs = sorted(
            (self.places[edition], pk)
            for pk, edition in distances.order_by().values_list("pk", "edition")
            if edition in self.places
        )
        # A distance's place, and by its place the place of its edition.
        self.rows = {pk: row for row, (_, pk) in enumerate(pairs)}
        self.edition_of = [place for place, _ in pairs]
        self.by_option: dict[tuple[str, str], BitMap] = defaultdict(BitMap)
        for things, is_of_distance in ((editions, False), (distances, True)):
            facets = [facet for facet in FACETS if facet.is_of_distance == is_of_distance]
            self._fill_by_field(things, [facet for facet in facets if facet.field])
            self._fill(things, [facet for facet in facets if not facet.field])
        # Of a distance's option, the editions that have such a distance.
        self.having = {
            (name, value): self.editions_of(rows)
            for (name, value), rows in self.by_option.items()
            if BY_NAME[name].is_of_distance
        }

    def _fill_by_field(self, things: "QuerySet[Any]", facets: list[Facet]) -> None:
        places = self.places if things.model is Edition else self.rows
        fields = [facet.field for facet in facets]
        for pk, *values in things.order_by().values_list("pk", *fields):
            if pk in places:
                for facet, value in zip(facets, values, strict=True):
                    self.by_option[facet.name, value].add(places[pk])

    def _fill(self, things: "QuerySet[Any]", facets: list[Facet]) -> None:
        options = [(facet.name, option) for facet in facets for option in facet.options().values()]
        asked = {
            f"option_{number}": ArrayAgg("pk", filter=option.condition, default=[])
            for number, (_, option) in enumerate(options)
        }
        found = things.order_by().aggregate(**asked)
        for number, (name, option) in enumerate(options):
            pks = found[f"option_{number}"]
            self.by_option[name, option.value] = self._bitmap(things.model, pks)

    def _bitmap(self, model: type[Model], pks: Iterable[int]) -> BitMap:
        """What was added since the index was made has no place in it yet."""
        places: Mapping[int, int] = self.places if model is Edition else self.rows
        return BitMap(places[pk] for pk in pks if pk in places)

    def editions_of(self, rows: BitMap) -> BitMap:
        """The editions of these distances."""
        return BitMap([self.edition_of[row] for row in rows])

    def _option(self, facet: Facet, value: str) -> BitMap:
        if facet.field or (facet.name, value) in self.by_option:
            return self.by_option.get((facet.name, value), BitMap())
        option = facet.option(value)
        return self._asked(Edition, option.condition if option else Q(pk__in=[]))

    def _asked(self, model: type[Model], condition: Q) -> BitMap:
        things = model._default_manager.filter(condition).order_by()
        return self._bitmap(model, things.values_list("pk", flat=True))


class Answer:
    """What the index knows of one search."""

    def __init__(self, index: RaceIndex, search: RaceSearch) -> None:
        self.index, self.search = index, search
        self.parts: dict[str, BitMap] = {}
        for facet in FACETS:
            if values := getattr(search, facet.name):
                options = [index._option(facet, value) for value in values]
                self.parts[facet.name] = BitMap.union(*options)
        # What the tables are asked for.
        self.by_tables = _by_tables(index, search)
        self.rows_by_tables = _rows_by_tables(index, search)
        self.found = self._without("")

    @property
    def total(self) -> int:
        return len(self.found)

    def _editions_without(self, name: str) -> BitMap:
        """What fits of an edition, but for one facet."""
        parts = [
            part
            for facet, part in self.parts.items()
            if facet != name and not BY_NAME[facet].is_of_distance
        ]
        return reduce(BitMap.__and__, parts, self.by_tables)

    def _rows_without(self, name: str) -> BitMap | None:
        """The distances that fit, but for one facet; None where nothing is asked of a distance."""
        parts = [
            part
            for facet, part in self.parts.items()
            if facet != name and BY_NAME[facet].is_of_distance
        ]
        if self.rows_by_tables is not None:
            parts.append(self.rows_by_tables)
        return reduce(BitMap.__and__, parts) if parts else None

    def _without(self, name: str) -> BitMap:
        rows = self._rows_without(name)
        editions = self._editions_without(name)
        return editions if rows is None else editions & self.index.editions_of(rows)

    @cached_property
    def counts(self) -> Counts:
        """Of each option, how many races there would be with it alone of its facet.

        What is chosen of other facets stays.
        """
        return {facet.name: self._counts_of(facet) for facet in FACETS}

    def _counts_of(self, facet: Facet) -> dict[str, int]:
        values: Iterable[str] = facet.options()
        if facet.name == "region":
            values = chain.from_iterable(self.index.regions[code] for code in self.search.country)
        if not facet.is_of_distance:
            editions, options = self._without(facet.name), self.index.by_option
        else:
            editions, rows = self._editions_without(""), self._rows_without(facet.name)
            options = self.index.having
            if rows is not None:
                options = {
                    key: self.index.editions_of(rows & option)
                    for key, option in self.index.by_option.items()
                    if key[0] == facet.name
                }
        return {
            value: editions.intersection_cardinality(options.get((facet.name, value), BitMap()))
            for value in values
        }


FACET_NAMES = tuple(facet.name for facet in FACETS)
OF_A_DISTANCE = ("longer", "shorter", "price")


def _by_tables(index: RaceIndex, search: RaceSearch) -> BitMap:
    rest = search.without(*FACET_NAMES, *OF_A_DISTANCE, "sort")
    if not rest.is_filtered:
        return index.all
    found = rest.editions().order_by().values_list("pk", flat=True)
    return index._bitmap(Edition, found)


def _rows_by_tables(index: RaceIndex, search: RaceSearch) -> BitMap | None:
    rest = search.without(*(name for name in FACET_NAMES if BY_NAME[name].is_of_distance))
    condition = rest.of_distance()
    return index._asked(Distance, condition) if condition else None


def answer(search: RaceSearch) -> Answer:
    return Answer(present(), search)


def present() -> RaceIndex:
    """The index of what is committed now. The first who asks after a change makes it."""
    return _index(generations.watch.look())


@lru_cache(maxsize=1)
def _index(generation: generations.Generation) -> RaceIndex:
    return RaceIndex()
