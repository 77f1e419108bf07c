"""How many races each option of the search would leave, from bitmaps that the process holds.

A bitmap (roaring) for each option, over the editions that are not over, in their usual order, or
over their distances. They are filled by SQL from the conditions of races.search.facets, so that a
rule stands once; RaceSearch.editions() asks the same of the tables, and a test compares the two.
What no facet asks (text, nearness, spans of days, lengths, prices) is asked of the tables each time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache, reduce
from itertools import chain
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import OperationalError
from django.db.models import Model, Q, QuerySet
from pyroaring import BitMap

from races.models import Distance, Edition
from races.models.querysets import SOONEST
from races.search.criteria import RaceSearch
from races.search.facets import BY_NAME, FACETS, Facet
from web import keeping

Counts = dict[str, dict[str, int]]


class RaceIndex:
    """Of what is upcoming now. Its numbers are places in the usual order, from 0."""

    def __init__(self) -> None:
        editions = Edition.objects.published().upcoming()
        rows = editions.order_by(*SOONEST).values_list("pk", "race__country", "race__region")
        self.pks: list[int] = []
        self.regions: dict[str, dict[str, BitMap]] = defaultdict(lambda: defaultdict(BitMap))
        for place, (pk, country, region) in enumerate(rows):
            self.pks.append(pk)
            if region:
                self.regions[country][region].add(place)
        self.places = {pk: place for place, pk in enumerate(self.pks)}
        self.all = BitMap(range(len(self.pks)))
        distances = Distance.objects.filter(edition__in=editions).order_by()
        pairs = sorted(
            (self.places[edition], pk)
            for pk, edition in distances.values_list("pk", "edition")
            if edition in self.places
        )
        # A distance's place, and by its place the place of its edition.
        self.rows = {pk: row for row, (_, pk) in enumerate(pairs)}
        self.edition_of = [place for place, _ in pairs]
        self.by_option: dict[tuple[str, str], BitMap] = {}
        self._fill(editions, [facet for facet in FACETS if not facet.is_of_distance])
        self._fill(distances, [facet for facet in FACETS if facet.is_of_distance])
        # Of a distance's option, the editions that have such a distance.
        self.having = {
            (facet.name, value): self.editions_of(self.by_option[facet.name, value])
            for facet in FACETS
            if facet.is_of_distance
            for value in facet.options()
        }

    def _fill(self, things: "QuerySet[Any]", facets: list[Facet]) -> None:
        keys = [(facet.name, value) for facet in facets for value in facet.options()]
        asked = {
            f"option_{number}": ArrayAgg(
                "pk", filter=BY_NAME[name].options()[value].condition, default=[]
            )
            for number, (name, value) in enumerate(keys)
        }
        found = things.order_by().aggregate(**asked)
        for number, key in enumerate(keys):
            self.by_option[key] = self._bitmap(things.model, found[f"option_{number}"])

    def _bitmap(self, model: type[Model], pks: Iterable[int]) -> BitMap:
        """What was added since the index was made has no place in it yet."""
        places: Mapping[int, int] = self.places if model is Edition else self.rows
        return BitMap(places[pk] for pk in pks if pk in places)

    def editions_of(self, rows: BitMap) -> BitMap:
        """The editions of these distances."""
        return BitMap([self.edition_of[row] for row in rows])

    def _option(self, facet: Facet, value: str) -> BitMap:
        if (facet.name, value) in self.by_option:
            return self.by_option[facet.name, value]
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

    def counts(self) -> Counts:
        """Of each option, how many races there would be with it and without the others of its facet.

        What is chosen of other facets stays.
        """
        return {facet.name: self._counts_of(facet) for facet in FACETS}

    def _counts_of(self, facet: Facet) -> dict[str, int]:
        keys = {value: (facet.name, value) for value in facet.options()}
        if facet.is_of_distance:
            editions, rows = self._editions_without(""), self._rows_without(facet.name)
            if rows is not None:
                return {
                    value: self.index.editions_of(
                        rows & self.index.by_option[key]
                    ).intersection_cardinality(editions)
                    for value, key in keys.items()
                }
            options = {value: self.index.having[key] for value, key in keys.items()}
        else:
            editions = self._without(facet.name)
            options = {value: self.index.by_option[key] for value, key in keys.items()}
            if facet.name == "region":
                of_countries = (self.index.regions[code] for code in self.search.country)
                options = dict(chain.from_iterable(found.items() for found in of_countries))
        return {
            value: editions.intersection_cardinality(option) for value, option in options.items()
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
    generation = keeping.watch.look_if_there()
    if generation is None:
        raise OperationalError("The database does not answer.")
    return _index(generation)


@lru_cache(maxsize=1)
def _index(generation: keeping.Generation) -> RaceIndex:
    return RaceIndex()

