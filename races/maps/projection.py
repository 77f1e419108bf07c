"""Mercator, as web maps have it, in degrees: x is the longitude, y grows from the equator south."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import asinh, atan, degrees, radians, sinh, tan

# Nearer to a pole the projection has no end; what lies there is drawn at this edge.
LAST_LATITUDE = 85.0
# How much wider than high a map is.
SHAPE = 3 / 2

# Longitude and latitude.
Position = tuple[float, float]


def y_of(latitude: float) -> float:
    within = max(-LAST_LATITUDE, min(LAST_LATITUDE, latitude))
    return -degrees(asinh(tan(radians(within))))


def latitude_of(y: float) -> float:
    return -degrees(atan(sinh(radians(y))))


LAST_Y = y_of(-LAST_LATITUDE)


@dataclass(frozen=True)
class View:
    """The part of the world that a map shows. Across the date line its right lies beyond 180."""

    left: float
    top: float
    width: float

    @property
    def height(self) -> float:
        return self.width / SHAPE

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """West, south, east, north, in degrees; the east may lie beyond 180."""
        south, north = latitude_of(self.top + self.height), latitude_of(self.top)
        return self.left, south, self.left + self.width, north

    def from_far_side(self, longitude: float) -> float:
        """Degrees from the meridian that lies opposite to the middle of the view."""
        return (longitude - self.left - self.width / 2 + 180) % 360

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Where it is drawn, from the left and from the top, both in widths of the view."""
        x = (self.from_far_side(longitude) - 180) / self.width + 0.5
        return x, (y_of(latitude) - self.top) / self.width


# Cut in the Bering Strait; from 72° S to 78° N.
WORLD = View(-169, -129, 360)
# Where more than this is to be seen, the whole world is, as everybody knows it.
MOST_OF_THE_WORLD = 270


def view_of(positions: Sequence[Position], *, margin: float, least: float) -> View:
    """What shows them all and more, as `margin` says (1.2: a fifth more), `least` degrees or more.

    As wide as the world it is cut off toward the poles.
    """
    if not positions:
        return WORLD
    # Cut in the middle of the widest stretch of longitudes where there is nothing.
    taken = sorted({int(longitude) % 360 for longitude, _ in positions})
    before, after = max(pairwise([*taken, taken[0] + 360]), key=lambda gap: gap[1] - gap[0])
    cut = (before + 1 + after) / 2
    xs = [(longitude - cut) % 360 for longitude, _ in positions]
    latitudes = [latitude for _, latitude in positions]
    left, right = cut + min(xs), cut + max(xs)
    top, bottom = y_of(max(latitudes)), y_of(min(latitudes))
    width = max((right - left) * margin, (bottom - top) * margin * SHAPE, least)
    left = ((left + right - width) / 2 + 180) % 360 - 180
    if width > MOST_OF_THE_WORLD:
        left, width = WORLD.left, WORLD.width
    height = width / SHAPE
    return View(left, max(-LAST_Y, min(LAST_Y - height, (top + bottom - height) / 2)), width)
