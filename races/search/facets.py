"""The one table of what a race search can be narrowed by, and what each option means.

Its names and values are public: they stand in addresses that people keep. Several values of a
facet mean any of them; several facets mean all. What is said of a distance must hold of one and the
same: “50 km and open entry” is no race whose 50 km is by ballot.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from django.db.models import F, Q
from django.utils import timezone

from races.choices import CourseShape, DistanceClass, Entry, Sport, Surface
from races.countries import CONTINENTS, country_names
from races.search import days

RIDES = (Sport.ROAD_CYCLING, Sport.GRAVEL_CYCLING, Sport.MOUNTAIN_BIKING)
RUNS = tuple(sport for sport in Sport if sport.is_running)
# Slower than most people walk: whoever has this long may walk all of it.
WALKING_MINUTES_A_KM = 9
REGION_LENGTH = 80


@dataclass(frozen=True)
class Option:
    """One value. Its condition is of a Distance or of an Edition, as its facet says."""

    value: str
    label: str
    condition: Q


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    # By value. What depends on the day is worked out each time.
    options: Callable[[], dict[str, Option]]
    is_of_distance: bool = False
    # Where each value is that of a field.
    field: str = ""
    # A value that is in no list, such as a region of a country.
    free: Callable[[str], Option | None] = lambda value: None

    def option(self, value: str) -> Option | None:
        return self.options().get(value) or self.free(value)

    def condition(self, values: tuple[str, ...]) -> Q:
        """Of those of the values that it knows, any. With none, nothing is asked for."""
        condition = Q()
        for value in values:
            if option := self.option(value):
                condition |= option.condition
        return condition


def _table(*rows: tuple[str, str, Q]) -> Callable[[], dict[str, Option]]:
    options = {value: Option(value, label, condition) for value, label, condition in rows}
    return lambda: options


def _by_field(
    name: str, label: str, field: str, choices: list[tuple[str, str]], *, is_of_distance: bool
) -> Facet:
    rows = ((value, said, Q(**{field: value})) for value, said in choices)
    return Facet(name, label, _table(*rows), is_of_distance, field)


def _metres(least: int, below: int, **of: object) -> Q:
    return Q(metres__gte=least, metres__lt=below, **of)


def _sport(*sports: Sport) -> dict[str, object]:
    return {"edition__race__sport__in": sports}


def _ultra(least: int, below: int) -> Q:
    return _metres(least, below, distance_class=DistanceClass.ULTRA)


NAMED = dict(DistanceClass.choices)
# A race rounds its distance, so that “100 km” is rarely 100,000 m; no two of these overlap.
DISTANCES = _table(
    *((value, NAMED[value], Q(distance_class=value)) for value in DistanceClass.values[:5]),
    ("50k", "50 km", _ultra(45_000, 57_000)),
    ("50mi", "50 miles", _ultra(77_000, 85_000)),
    ("100k", "100 km", _ultra(95_000, 112_000)),
    ("100mi", "100 miles", _ultra(155_000, 176_000)),
    *((value, NAMED[value], Q(distance_class=value)) for value in DistanceClass.values[5:-1]),
    ("ride-short", "Ride under 100 km", _metres(1, 100_000, **_sport(*RIDES))),
    ("ride-medium", "Ride of 100 to 160 km", _metres(100_000, 160_001, **_sport(*RIDES))),
    ("ride-long", "Ride over 160 km", _metres(160_001, 10**9, **_sport(*RIDES))),
    ("swim-short", "Swim under 3 km", _metres(1, 3_000, **_sport(Sport.OPEN_WATER))),
    ("swim-medium", "Swim of 3 to 5 km", _metres(3_000, 5_001, **_sport(Sport.OPEN_WATER))),
    ("swim-long", "Swim over 5 km", _metres(5_001, 10**9, **_sport(Sport.OPEN_WATER))),
    ("other", NAMED["other"], Q(distance_class=DistanceClass.OTHER)),
)


def _climb(least: int, below: int) -> Q:
    return Q(ascent_metres__gte=least, ascent_metres__lt=below)


# In metres of climb for each kilometre: from, and below.
SLOPES = (
    ("flat", "Flat: under 10 m", 0, 10),
    ("rolling", "Rolling: 10 to 25 m", 10, 25),
    ("hilly", "Hilly: 25 to 50 m", 25, 50),
    ("steep", "Steep: 50 m and more", 50, 10**5),
)


def _slope(least: int, below: int) -> Q:
    return Q(
        ascent_metres__gte=F("metres") * (least / 1000),
        ascent_metres__lt=F("metres") * (below / 1000),
    )


@cache
def _countries() -> dict[str, Option]:
    return {
        code: Option(code, name, Q(race__country=code)) for code, name in country_names().items()
    }


def _region(value: str) -> Option | None:
    fits = 0 < len(value) <= REGION_LENGTH and value.isprintable()
    return Option(value, value, Q(race__region=value)) if fits else None


def _days() -> dict[str, Option]:
    return _days_from(timezone.localdate())


@lru_cache(maxsize=2)
def _days_from(today: date) -> dict[str, Option]:
    return {
        value: Option(value, label, days.within(first, last))
        for value, label, first, last in days.spans(today)
    }


def _span(value: str) -> Option | None:
    """A month that is not offered, because it is over or far off: an address outlives it."""
    span = days.month(value)
    return Option(value, f"{span[0]:%B %Y}", days.within(*span)) if span else None


def _registration() -> dict[str, Option]:
    today = timezone.localdate()
    begun = Q(registration_opens_on=None) | Q(registration_opens_on__lte=today)
    not_ended = Q(registration_closes_on=None) | Q(registration_closes_on__gte=today)
    known = Q(registration_state="open") | Q(
        registration_state="", registration_opens_on__isnull=False
    )
    return _table(("open", "Entry is open now", known & begun & not_ended))()


FACETS = (
    _by_field("sport", "Sport", "race__sport", Sport.choices, is_of_distance=False),
    Facet("distance", "Distance", DISTANCES, is_of_distance=True),
    Facet("when", "When", _days, free=_span),
    Facet("days", "Days", _table(("weekend", "At a weekend", days.ON_A_WEEKEND))),
    Facet(
        "certainty",
        "How sure the date is",
        _table(
            ("confirmed", "Confirmed by the organizer", Q(confirmed_on__isnull=False)),
            ("provisional", "A day is named", Q(date_precision="day", confirmed_on=None)),
            ("expected", "A day is expected", Q(expected_on__isnull=False)),
            ("open", "The day is not known", ~Q(date_precision="day") & Q(expected_on=None)),
        ),
    ),
    Facet(
        "continent",
        "Continent",
        _table(
            *(
                (value, label, Q(race__country__in=codes.split()))
                for value, (label, codes) in CONTINENTS.items()
            )
        ),
    ),
    Facet("country", "Country", _countries, field="race__country"),
    Facet("region", "Region", dict, field="race__region", free=_region),
    _by_field("surface", "Surface", "surface", Surface.choices, is_of_distance=True),
    _by_field("shape", "Course", "course_shape", CourseShape.choices, is_of_distance=True),
    Facet(
        "climb",
        "Climb in all",
        _table(
            ("under-100", "Under 100 m", _climb(0, 100)),
            ("100-500", "100 to 500 m", _climb(100, 500)),
            ("500-1500", "500 to 1,500 m", _climb(500, 1500)),
            ("1500-3000", "1,500 to 3,000 m", _climb(1500, 3000)),
            ("over-3000", "3,000 m and more", _climb(3000, 10**6)),
        ),
        is_of_distance=True,
    ),
    Facet(
        "slope",
        "Climb for each kilometre",
        _table(
            *((value, label, _slope(least, below)) for value, label, least, below in SLOPES),
        ),
        is_of_distance=True,
    ),
    _by_field("entry", "How to get in", "entry", Entry.choices, is_of_distance=True),
    Facet("registration", "Entry", _registration),
    Facet(
        "cutoff",
        "Cut-off",
        _table(
            (
                "walkable",
                "Long enough to walk it",
                Q(
                    cut_off_minutes__gte=F("metres") * (WALKING_MINUTES_A_KM / 1000),
                    **_sport(*RUNS),
                ),
            ),
        ),
        is_of_distance=True,
    ),
    Facet(
        "certified",
        "Measured course",
        _table(("yes", "Certified by a federation", ~Q(certification=""))),
        is_of_distance=True,
    ),
    Facet(
        "wheelchair",
        "Wheelchair",
        _table(("yes", "With a wheelchair race", Q(wheelchair=True))),
        is_of_distance=True,
    ),
)
BY_NAME = {facet.name: facet for facet in FACETS}


def month_choices(today: date) -> list[tuple[str, str]]:
    """This month and those ahead, as ("2027-03", "March 2027")."""
    return [(value, label) for value, label, *_ in days.months(today)]
