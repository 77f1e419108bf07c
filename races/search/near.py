"""Near a place: which place is meant, and how far from it a race starts."""

import math
import re
from dataclasses import dataclass

from django.db.models import F, FloatField, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

from races.models import Place
from races.models.querysets import EditionQuerySet

EARTH_KM = 6371.0088
KM_IN = {"km": 1.0, "mi": 1.609344}
# About a kilometre: where a phone is, no closer than anyone need know.
POSITION = re.compile(r"(-?\d{1,2}(?:\.\d{1,2})?),\s?(-?\d{1,3}(?:\.\d{1,2})?)")


@dataclass(frozen=True)
class Spot:
    """Where somebody looks from. Its name is as a search has it: “Lyon, FR”, “45.8,4.8”."""

    name: str
    label: str
    latitude: float
    longitude: float

    @property
    def town(self) -> str:
        """“Lyon”; empty where it is a position."""
        return "" if POSITION.fullmatch(self.name.strip()) else self.label.partition(",")[0]

    @property
    def to_keep(self) -> str:
        """Its name as a browser may keep it: a position no closer than “near me” tells it."""
        if self.town:
            return self.name
        # Zero is added so that there is no “-0”.
        return f"{round(self.latitude, 1) + 0:g},{round(self.longitude, 1) + 0:g}"


def spot(text: str) -> Spot | None:
    """The place that is meant: of several of that name the largest; None if there is none."""
    if position := POSITION.fullmatch(text.strip()):
        latitude, longitude = float(position[1]), float(position[2])
        inside = abs(latitude) <= 90 and abs(longitude) <= 180
        return Spot(text, "where you are", latitude, longitude) if inside else None
    found = Place.objects.meant(text)[:1]
    return spot_of(found[0]) if found else None


def spot_of(place: Place) -> Spot:
    return Spot(place.address, place.label, place.latitude, place.longitude)


@dataclass(frozen=True)
class Frame:
    """Degrees; a west that is east of the east is across the date line."""

    south: float
    north: float
    west: float = -180
    east: float = 180

    def holds(self, latitude: float, longitude: float) -> bool:
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east

    @property
    def condition(self) -> Q:
        """The same, of an Edition."""
        rows = Q(race__latitude__range=(self.south, self.north))
        if self.west <= self.east:
            return rows & Q(race__longitude__range=(self.west, self.east))
        return rows & (Q(race__longitude__gte=self.west) | Q(race__longitude__lte=self.east))


def frame(here: Spot, km: float) -> Frame:
    """What an index can narrow: a frame around the circle, no smaller and hardly larger."""
    angle = km / EARTH_KM * 1.000001
    high = math.degrees(angle)
    south, north = here.latitude - high, here.latitude + high
    if south <= -90 or north >= 90:
        return Frame(south, north)
    wide = math.degrees(math.asin(min(1, math.sin(angle) / math.cos(math.radians(here.latitude)))))
    west, east = here.longitude - wide, here.longitude + wide
    return Frame(south, north, west + 360 * (west < -180), east - 360 * (east > 180))


def within(editions: EditionQuerySet, here: Spot, km: float) -> EditionQuerySet:
    """Adds `away_km`, the way along the great circle, and keeps what is at most so far."""
    near = editions.filter(frame(here, km).condition)
    return near.annotate(away_km=_away(here)).filter(away_km__lte=km)


def with_distance(editions: EditionQuerySet, here: Spot) -> EditionQuerySet:
    return editions.annotate(away_km=_away(here))


def kilometres(here: Spot, latitude: float, longitude: float) -> float:
    """The way along the great circle, by the haversine: stable where the two points are close."""
    north, east = math.radians(latitude - here.latitude), math.radians(longitude - here.longitude)
    cosines = math.cos(math.radians(latitude)) * math.cos(math.radians(here.latitude))
    chord = math.sin(north / 2) ** 2 + cosines * math.sin(east / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1, chord)))


def _away(here: Spot) -> Combinable:
    """The same, of an Edition."""
    latitude = Radians(F("race__latitude"))
    half_north = (latitude - math.radians(here.latitude)) / 2.0
    half_east = (Radians(F("race__longitude")) - math.radians(here.longitude)) / 2.0
    cosines = Cos(latitude) * math.cos(math.radians(here.latitude))
    chord = Power(Sin(half_north), 2) + cosines * Power(Sin(half_east), 2)
    one = Value(1.0, output_field=FloatField())
    return ASin(Sqrt(Least(chord, one))) * (2 * EARTH_KM)
