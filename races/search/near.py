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


def within(editions: EditionQuerySet, here: Spot, km: float) -> EditionQuerySet:
    """Adds `away_km`, the way along the great circle, and keeps what is at most so far."""
    return editions.filter(_box(here, km)).annotate(away_km=_away(here)).filter(away_km__lte=km)


def _box(here: Spot, km: float) -> Q:
    """What an index could narrow: a frame around the circle, in two parts across the date line."""
    north = math.degrees(km / EARTH_KM)
    south_edge, north_edge = here.latitude - north, here.latitude + north
    rows = Q(race__latitude__range=(south_edge, north_edge))
    if south_edge <= -90 or north_edge >= 90:
        return rows
    east = math.degrees(math.asin(min(1, math.sin(km / EARTH_KM) / _cos(here.latitude))))
    west_edge, east_edge = here.longitude - east, here.longitude + east
    if km / EARTH_KM >= math.pi / 2 or east >= 90:
        return rows
    if west_edge < -180:
        return rows & (Q(race__longitude__lte=east_edge) | Q(race__longitude__gte=west_edge + 360))
    if east_edge > 180:
        return rows & (Q(race__longitude__gte=west_edge) | Q(race__longitude__lte=east_edge - 360))
    return rows & Q(race__longitude__range=(west_edge, east_edge))


def _cos(degrees: float) -> float:
    return max(math.cos(math.radians(degrees)), 1e-9)


def _away(here: Spot) -> Combinable:
    """Haversine, in km: stable where the two points are close."""
    latitude = Radians(F("race__latitude"))
    half_north = (latitude - math.radians(here.latitude)) / 2.0
    half_east = (Radians(F("race__longitude")) - math.radians(here.longitude)) / 2.0
    cosines = Cos(latitude) * math.cos(math.radians(here.latitude))
    chord = Power(Sin(half_north), 2) + cosines * Power(Sin(half_east), 2)
    one = Value(1.0, output_field=FloatField())
    return ASin(Sqrt(Least(chord, one))) * (2 * EARTH_KM)
