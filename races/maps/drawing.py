"""A map of races as a page shows it. It knows no search: who asks says where its links lead."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import product
from math import asin, atan2, cos, degrees, dist, radians, sin
from typing import NamedTuple

from races.maps.outlines import HEIGHT, WIDTH, paths_of
from races.maps.projection import LAST_LATITUDE, SHAPE, Position, View, view_of, y_of

EARTH_KILOMETRES = 6371.0
# Races are clustered for two widths of the map, in CSS pixels: the narrowest phone's, and the one
# from which the sheet shows the other pins (.race-map__pins--roomy).
NARROW, ROOMY = 280, 640
# No two pins stand nearer to each other, and none nearer to the edge than half of it: a map that is
# at least so wide has room for targets of 24 pixels.
APART = 28
# What falls into one cell is one from the start; so many of them make the map's width.
COLUMNS = 64
# How many degrees a map shows at least: with fewer, no coast or border tells the place.
LEAST = 2.0
# Around a place the radius decides, within a box the box, down to this.
LEAST_NEAR = 0.1

Address = Callable[["Box"], str]


class Spot(NamedTuple):
    """A race on the map. `place` as people say it: “Annecy, France”."""

    latitude: float
    longitude: float
    name: str
    url: str
    place: str
    is_confirmed: bool


@dataclass(frozen=True)
class Circle:
    """What a search is near to. `words` say it: “150 km around Lyon”."""

    latitude: float
    longitude: float
    kilometres: float
    words: str


@dataclass(frozen=True)
class Box:
    """In degrees. Across the date line west is greater than east."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        """As an address has it: “5.98,45.75,6.3,46”."""
        return f"{self.west:g},{self.south:g},{self.east:g},{self.north:g}"


@dataclass(frozen=True)
class Pin:
    """A link to a race, or to several. `x` and `y` in per cent; `number` is empty for one alone."""

    x: str
    y: str
    radius: int
    count: int
    number: str
    name: str
    url: str
    is_confirmed: bool


@dataclass(frozen=True)
class RaceMap:
    """`paths` and `circle` in a frame of width and height; `here` in per cent."""

    width: int
    height: int
    paths: dict[str, str]
    near: Circle | None
    circle: str
    here: tuple[str, str] | None
    narrow: list[Pin]
    roomy: list[Pin]
    count: int
    unplaced: int
    # West, south, east, north of the frame.
    edges: str


@dataclass
class Group:
    """Races that stand together at x and y, which are in widths of the map, as all of one map."""

    x: float
    y: float
    # View.from_far_side, and the longitude itself.
    west: tuple[float, float]
    east: tuple[float, float]
    south: float
    north: float
    places: Counter[str]
    confirmed: int
    first: Spot

    @property
    def count(self) -> int:
        return self.places.total()

    @property
    def box(self) -> Box:
        """Rounded outward, so that no race falls out of it."""
        west, south = (_hundredths(edge, ROUND_FLOOR) for edge in (self.west[1], self.south))
        east, north = (_hundredths(edge, ROUND_CEILING) for edge in (self.east[1], self.north))
        return Box(west, south, east, north)

    @property
    def reach(self) -> float:
        """In degrees of the map, the longer side of what holds them all."""
        return max(self.east[0] - self.west[0], y_of(self.south) - y_of(self.north))

    def add(self, other: "Group") -> None:
        self.west, self.east = min(self.west, other.west), max(self.east, other.east)
        self.south, self.north = min(self.south, other.south), max(self.north, other.north)
        self.places.update(other.places)
        self.confirmed += other.confirmed


def draw(
    spots: Sequence[Spot],
    *,
    map_of: Address,
    list_of: Address,
    unplaced: int = 0,
    near: Circle | None = None,
    box: Box | None = None,
) -> RaceMap:
    """The map of these races and of the circle they are near to; narrowed to a box, of all of it.

    Races that stand together lead to `map_of` the box that holds them, or, where that map could not
    part them either, to `list_of` it.
    """
    ring = _ring(near) if near else []
    positions = [(spot.longitude, spot.latitude) for spot in spots]
    if box:
        view = view_of([*positions, *_around(box)], margin=1.2, least=LEAST_NEAR)
    elif near:
        positions += ring or [(near.longitude, near.latitude)]
        view = view_of(positions, margin=1.5, least=LEAST_NEAR)
    else:
        view = view_of(positions, margin=1.2, least=LEAST)
    roomy = _clustered(_grouped(spots, view), ROOMY)
    narrow = _clustered(roomy, NARROW)
    line = [view.place(*position) for position in ring]
    here = view.place(near.longitude, near.latitude) if near else None
    return RaceMap(
        width=WIDTH,
        height=HEIGHT,
        paths=paths_of(view),
        near=near,
        circle=f"M{'L'.join(f'{x * WIDTH:.0f} {y * WIDTH:.0f}' for x, y in line)}z" if line else "",
        here=_per_cent(*here) if here else None,
        narrow=_pins(narrow, NARROW, map_of, list_of),
        roomy=_pins(roomy, ROOMY, map_of, list_of),
        count=len(spots),
        unplaced=unplaced,
        edges=",".join(f"{edge:.4f}" for edge in view.edges),
    )


def _ring(circle: Circle) -> list[Position]:
    """Longitudes and latitudes of the circle; none if it holds a pole."""
    angle = circle.kilometres / EARTH_KILOMETRES
    if abs(circle.latitude) + degrees(angle) >= LAST_LATITUDE:
        return []
    ring = []
    latitude = radians(circle.latitude)
    for bearing in map(radians, range(0, 360, 5)):
        there = asin(sin(latitude) * cos(angle) + cos(latitude) * sin(angle) * cos(bearing))
        turn = atan2(
            sin(bearing) * sin(angle) * cos(latitude), cos(angle) - sin(latitude) * sin(there)
        )
        ring.append((circle.longitude + degrees(turn), degrees(there)))
    return ring


def _around(box: Box) -> list[Position]:
    """Its edges in steps, so that no stretch of it passes for one where there is nothing."""
    width = (box.east - box.west) % 360 or 360 * (box.west != box.east)
    steps = int(width // 10) + 1
    longitudes = [box.west + width * step / steps for step in range(steps + 1)]
    return [(longitude, edge) for longitude in longitudes for edge in (box.south, box.north)]


def _grouped(spots: Sequence[Spot], view: View) -> list[Group]:
    """By cells, in the order in which they came."""
    in_cells = COLUMNS / view.width
    cells: defaultdict[tuple[float, float], list[Spot]] = defaultdict(list)
    for spot in spots:
        column = view.from_far_side(spot.longitude) * in_cells // 1
        cells[column, y_of(spot.latitude) * in_cells // 1].append(spot)
    groups = []
    for members in cells.values():
        first = members[0]
        x, y = view.place(first.longitude, first.latitude)
        longitudes = [(view.from_far_side(spot.longitude), spot.longitude) for spot in members]
        latitudes = [spot.latitude for spot in members]
        groups.append(
            Group(
                x=x,
                y=y,
                west=min(longitudes),
                east=max(longitudes),
                south=min(latitudes),
                north=max(latitudes),
                places=Counter([spot.place for spot in members]),
                confirmed=sum([spot.is_confirmed for spot in members]),
                first=first,
            )
        )
    return groups


def _pins(clusters: list[Group], width: int, map_of: Address, list_of: Address) -> list[Pin]:
    """In reading order."""
    # On the next map they stand at least so far apart that not all can be one.
    parted = LEAST * 4 * APART / width
    pins = []
    for cluster in sorted(clusters, key=lambda each: (each.y * width // APART, each.x)):
        is_confirmed = cluster.confirmed == cluster.count
        place = cluster.places.most_common(1)[0][0]
        if cluster.count == 1:
            name, url = f"{cluster.first.name}, {place}", cluster.first.url
        else:
            where = "in" if len(cluster.places) == 1 else "near"
            name = f"{cluster.count:,} races {where} {place}"
            url = (map_of if cluster.reach > parted else list_of)(cluster.box)
        if is_confirmed:
            name += ", date confirmed" if cluster.count == 1 else ", dates confirmed"
        x, y = _per_cent(cluster.x, cluster.y)
        pins.append(
            Pin(
                x=x,
                y=y,
                radius=7 if cluster.count == 1 else 12 if cluster.count < 100 else 14,
                count=cluster.count,
                number=_number(cluster.count),
                name=name,
                url=url,
                is_confirmed=is_confirmed,
            )
        )
    return pins


def _clustered(groups: list[Group], width: int) -> list[Group]:
    """Each group joins the nearest that stands closer than APART, or stands for itself."""
    margin = APART / 2 / width
    apart = APART / width
    standing: defaultdict[tuple[int, int], list[Group]] = defaultdict(list)
    for group in groups:
        x = max(margin, min(1 - margin, group.x))
        y = max(margin, min(1 / SHAPE - margin, group.y))
        column, row = int(x / apart), int(y / apart)
        around = [
            other
            for to in product((column - 1, column, column + 1), (row - 1, row, row + 1))
            for other in standing.get(to, ())
        ]
        nearest = min(around, key=lambda other: dist((x, y), (other.x, other.y)), default=None)
        if nearest and dist((x, y), (nearest.x, nearest.y)) < apart:
            nearest.add(group)
        else:
            standing[column, row].append(replace(group, x=x, y=y, places=group.places.copy()))
    return [group for cell in standing.values() for group in cell]


def _number(count: int) -> str:
    if count == 1:
        return ""
    return str(count) if count < 1000 else f"{count // 1000}k+"


def _per_cent(x: float, y: float) -> tuple[str, str]:
    return f"{100 * x:.2f}%", f"{100 * y * SHAPE:.2f}%"


def _hundredths(degrees: float, rounding: str) -> float:
    # Plus nothing, or an address would say "-0".
    return float(Decimal(repr(degrees)).quantize(Decimal("0.01"), rounding)) + 0.0
