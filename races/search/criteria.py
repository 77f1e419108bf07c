"""A race search as a value: the page, the form, a term's races and links to a search speak it.

Its query string is public: it stands in addresses people keep.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import inf
from typing import Any
from urllib.parse import quote_plus

from django.core.exceptions import ValidationError
from django.db.models import Case, Exists, F, Min, OuterRef, Q, Subquery, When
from django.http import QueryDict
from django.utils import timezone

from races.models import Distance, Edition, PriceTier
from races.models.querysets import EditionQuerySet
from races.search import days, near
from races.search.facets import BY_NAME, FACETS
from races.search.near import KM_IN, Frame, Spot
from races.search.text import text_query

TEXT_LENGTH = 100
SORTS = [
    ("", "Soonest first"),
    ("near", "Nearest first"),
    ("name", "By name"),
    ("price", "Cheapest first"),
]
UNITS = [("", "km"), ("mi", "miles")]
# What a word's page may save. The rest would age, or is somebody's own.
SAVED = {"sport", "distance", "country"}
USUAL_RADIUS = 100
# Half the way around the world.
LONGEST = 20_000
SEVERAL = {facet.name for facet in FACETS}
# How addresses had it before.
FORMER = {"month_from": "start", "month_to": "end"}


@dataclass(frozen=True)
class RaceSearch:
    """What is empty is not asked for. A tuple holds values of a facet, any of which will do.

    `start` and `end` are a month “2027-03” or a day; `near` is a place as races.search.near reads
    it; `within`, `longer` and `shorter` are in `unit`; `price` is an amount in `currency`; `box` is
    west, south, east and north in degrees.
    """

    q: str = ""
    sport: tuple[str, ...] = ()
    distance: tuple[str, ...] = ()
    longer: str = ""
    shorter: str = ""
    when: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    days: tuple[str, ...] = ()
    near: str = ""
    within: str = ""
    unit: str = ""
    continent: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    box: str = ""
    surface: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    climb: tuple[str, ...] = ()
    slope: tuple[str, ...] = ()
    entry: tuple[str, ...] = ()
    registration: tuple[str, ...] = ()
    price: str = ""
    currency: str = ""
    cutoff: tuple[str, ...] = ()
    certified: tuple[str, ...] = ()
    wheelchair: tuple[str, ...] = ()
    certainty: tuple[str, ...] = ()
    sort: str = ""

    @classmethod
    def from_query(cls, query: QueryDict | str) -> "RaceSearch":
        """What is unknown or wrong counts as not asked for; read() says what that was."""
        return read(query)[0]

    def to_query(self) -> str:
        """Only what is set, several values with commas between, always in one order."""
        return "&".join(_said(name, value) for name, value in self.values())

    def queries_toggled(self, name: str) -> Callable[[str], str]:
        """Gives the query of toggled(), of one value of a facet after the other: the rest of the
        query is put together once.
        """
        names = [field.name for field in fields(self)]
        place = names.index(name)
        said = [(names.index(other), _said(other, value)) for other, value in self.values()]
        before = [text for number, text in said if number < place]
        after = [text for number, text in said if number > place]

        def query(value: str) -> str:
            chosen = self._toggled(name, value)
            return "&".join([*before, *([_said(name, chosen)] if chosen else []), *after])

        return query

    def values(self) -> Iterator[tuple[str, str | tuple[str, ...]]]:
        """What is asked for, by its name."""
        for field in fields(self):
            if value := getattr(self, field.name):
                yield field.name, value

    @property
    def is_filtered(self) -> bool:
        return replace(self, sort="", unit="") != RaceSearch()

    @cached_property
    def here(self) -> Spot | None:
        return near.spot(self.near) if self.near else None

    @property
    def radius(self) -> int:
        """In its unit."""
        return int(self.within or USUAL_RADIUS)

    @property
    def radius_km(self) -> float:
        return self.radius * self.km

    @property
    def km(self) -> float:
        """How many of them one of its unit is."""
        return KM_IN[self.unit or "km"]

    def has(self, name: str, value: str) -> bool:
        return value in getattr(self, name)

    def toggled(self, name: str, value: str) -> "RaceSearch":
        """With that value of a facet, or without it if it has it."""
        changed: dict[str, Any] = {name: self._toggled(name, value)}
        return replace(self, **changed)

    def _toggled(self, name: str, value: str) -> tuple[str, ...]:
        chosen: tuple[str, ...] = getattr(self, name)
        others = tuple(other for other in chosen if other != value)
        return _in_order(name, others if value in chosen else (*chosen, value))

    def without(self, *names: str) -> "RaceSearch":
        empty: dict[str, Any] = {name: getattr(RaceSearch(), name) for name in names}
        return replace(self, **empty)

    def editions(self) -> EditionQuerySet:
        """The upcoming editions that fit, in its order, asked of the tables.

        Pages ask races.search.index, which gives the same and can bear many.
        """
        editions = Edition.objects.published().upcoming()
        if query := text_query(self.q):
            editions = editions.filter(race__search=query)
        for facet in FACETS:
            if not facet.is_of_distance:
                editions = editions.filter(facet.condition(getattr(self, facet.name)))
        editions = editions.filter(days.within(*self.span))
        if self.frame:
            editions = editions.filter(self.frame.condition)
        fitting = Q()
        if lengths := self.lengths():
            least, most = lengths
            fitting = Q(metres__gte=least) if most == inf else Q(metres__range=lengths)
        for facet in FACETS:
            if facet.is_of_distance:
                fitting &= facet.condition(getattr(self, facet.name))
        if self.price:
            cheap = PriceTier.objects.filter(self.payable(), distance=OuterRef("pk"))
            fitting &= Q(Exists(cheap))
        if fitting:
            distances = Distance.objects.filter(fitting, edition=OuterRef("pk"))
            editions = editions.filter(Exists(distances))
        if here := self.here:
            editions = near.within(editions, here, self.radius_km)
        return self.in_order(editions)

    @property
    def span(self) -> tuple[date | None, date | None]:
        """The first and last day that are asked for."""
        first, last = days.day_or_month(self.start), days.day_or_month(self.end)
        return first[0] if first else None, last[1] if last else None

    @property
    def frame(self) -> Frame | None:
        if not self.box:
            return None
        west, south, east, north = map(float, self.box.split(","))
        return Frame(south, north, west, east)

    def lengths(self) -> tuple[float, float] | None:
        """The least and the most metres of a Distance, if it asks for any."""
        if not (self.longer or self.shorter):
            return None
        least, most = float(self.longer or 0), float(self.shorter or inf)
        return least * self.km * 1000, most * self.km * 1000

    def prices(self) -> Q:
        """Of a PriceTier: it can still be had, in its currency if it names one."""
        today = timezone.localdate()
        condition = Q(valid_until=None) | Q(valid_until__gte=today)
        return condition & Q(currency=self.currency) if self.currency else condition

    def payable(self) -> Q:
        """Of a PriceTier: one of prices(), and low enough."""
        return self.prices() & Q(amount__lte=Decimal(self.price))

    def in_order(self, editions: EditionQuerySet) -> EditionQuerySet:
        """Editions as it sorts them, with `away_km` where it looks near a place."""
        if self.here:
            editions = near.with_distance(editions, self.here)
        if self.sort == "name":
            return editions.order_by("race__name", "end_date", "pk")
        if self.sort == "near" and self.here:
            return editions.soonest_first("away_km")
        if self.sort == "price":
            tiers = PriceTier.objects.filter(self.prices(), distance__edition=OuterRef("pk"))
            least = tiers.order_by().values("distance__edition").annotate(least=Min("amount"))
            cheapest = F("cheapest").asc(nulls_last=True)
            priced = editions.annotate(cheapest=Subquery(least.values("least")))
            return priced.soonest_first(cheapest)
        if in_name := text_query(self.q, in_name=True):
            # Whoever types a race's name wants that race before others that mention its words.
            named_so = Case(When(race__search=in_name, then=0), default=1)
            return editions.soonest_first(named_so)
        return editions.soonest_first()


def _said(name: str, value: str | tuple[str, ...]) -> str:
    text = ",".join(value) if isinstance(value, tuple) else value
    return f"{name}={quote_plus(text, safe=',:')}"


NUMBER = re.compile(r"\d{1,5}(\.\d{1,3})?")
BOX = re.compile(r"-?\d{1,3}(\.\d{1,2})?(,-?\d{1,3}(\.\d{1,2})?){3}")


def _is_box(text: str) -> bool:
    if not BOX.fullmatch(text):
        return False
    west, south, east, north = map(float, text.split(","))
    return -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90


def _is_length(text: str) -> bool:
    return bool(NUMBER.fullmatch(text)) and 0 < float(text) <= LONGEST


def _is_price(text: str) -> bool:
    return bool(NUMBER.fullmatch(text))


# What a value must be, and what is said where it is not.
CHECKS: dict[str, tuple[Callable[[str], object], str]] = {
    "q": (lambda text: len(text) <= TEXT_LENGTH and "\x00" not in text, "This is too long."),
    "longer": (_is_length, "This is not a length."),
    "shorter": (_is_length, "This is not a length."),
    "start": (lambda text: days.day_or_month(text) is not None, "This is not a day or a month."),
    "end": (lambda text: days.day_or_month(text) is not None, "This is not a day or a month."),
    "near": (lambda text: near.spot(text) is not None, "We know no town of this name."),
    "within": (
        lambda text: text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= LONGEST,
        "This is not a whole number.",
    ),
    "unit": (lambda text: text in dict(UNITS), "This is not a unit."),
    "box": (_is_box, "This is not a part of the map."),
    "price": (_is_price, "This is not an amount."),
    "currency": (lambda text: re.fullmatch("[A-Z]{3}", text), "This is not a currency."),
    "sort": (lambda text: text in dict(SORTS), "This is not an order."),
}


@dataclass(frozen=True)
class Problem:
    """What of an address was left out, and why."""

    name: str
    value: str
    message: str


def read(query: QueryDict | str) -> tuple[RaceSearch, list[Problem]]:
    """The search of an address, and what of it could not be read and was left out."""
    said = QueryDict(query) if isinstance(query, str) else query
    values: dict[str, str | tuple[str, ...]] = {}
    problems = []
    for field in fields(RaceSearch):
        name = field.name
        former = [old for old, new in FORMER.items() if new == name]
        given = [text for key in (name, *former) for text in said.getlist(key)]
        if name in SEVERAL:
            chosen = [text for many in given for text in many.split(",") if text]
            known = [text for text in dict.fromkeys(chosen) if BY_NAME[name].option(text)]
            values[name] = _in_order(name, tuple(known))
            problems += [
                Problem(name, text, "This is not in the list; it was left out.")
                for text in dict.fromkeys(chosen)
                if text not in known
            ]
        elif text := given[-1].strip() if given else "":
            is_good, message = CHECKS[name]
            if is_good(text):
                values[name] = text
            else:
                problems.append(Problem(name, text, message))
    search = RaceSearch(**values)  # type: ignore[arg-type]
    return _without_contradictions(search, problems), problems


def _without_contradictions(search: RaceSearch, problems: list[Problem]) -> RaceSearch:
    start, end = days.day_or_month(search.start), days.day_or_month(search.end)
    if start and end and start[0] > end[1]:
        problems.append(Problem("end", search.end, "This is before the first day."))
        search = replace(search, end="")
    if search.longer and search.shorter and float(search.longer) > float(search.shorter):
        problems.append(Problem("shorter", search.shorter, "This is less than the least."))
        search = replace(search, shorter="")
    return search


def _in_order(name: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """As the facet has them, what it has not by name: one search has one address."""
    if len(chosen) < 2:
        return chosen
    order = {value: place for place, value in enumerate(BY_NAME[name].options())}
    return tuple(sorted(chosen, key=lambda value: (order.get(value, len(order)), value)))


def validate_race_query(query: str) -> None:
    """A saved race search must be one that the search understands, today and in ten years."""
    said = QueryDict(query)
    unknown = set(said) - SAVED
    if unknown:
        raise ValidationError(f"The race search has no “{sorted(unknown)[0]}” to save.")
    if problems := read(said)[1]:
        raise ValidationError(f"The race search does not know this {problems[0].name}.")
