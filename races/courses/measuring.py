"""How long a course is and how much it climbs, of arrays of its points."""

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

EARTH_METRES = 6_371_008.8
# The method, in metres. Heights are taken every STEP along the course, and each is made the mean of
# WINDOW around it; a climb counts once it is HYSTERESIS high. Receivers err by a few metres from
# point to point, and added up that is a mountain.
STEP = 10
WINDOW = 100
HYSTERESIS = 5
KILOMETRE = 1000
# What is less off the line is not seen in a drawing.
FINEST = 1
# A course of so many samples is 10,000 km long; a longer one has them farther apart.
MOST_SAMPLES = 1_000_000


def distances(points: Numbers) -> Numbers:
    """Metres from each point to the next, along great circles (haversine, on a sphere)."""
    latitudes, longitudes = np.radians(points[:, 0]), np.radians(points[:, 1])
    across = np.sin(np.diff(longitudes) / 2) ** 2
    across *= np.cos(latitudes[:-1]) * np.cos(latitudes[1:])
    half = np.sin(np.diff(latitudes) / 2) ** 2 + across
    return np.asarray(2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


class Line(NamedTuple):
    """The segments of a course one after the other; where one ends and the next begins, nothing
    has been run and nothing climbed.
    """

    points: Numbers
    # Metres from the start, by point.
    along: Numbers
    # The first point of each segment.
    begins: list[int]


def joined(segments: Sequence[Numbers]) -> Line:
    points = np.concatenate(segments)
    begins = np.cumsum([0, *(len(segment) for segment in segments[:-1])])
    steps = distances(points)
    steps[begins[1:] - 1] = 0
    return Line(points, np.concatenate([[0], np.cumsum(steps)]), begins.tolist())


class Profile(NamedTuple):
    """Heights along a course, smoothed, `step` metres apart."""

    step: float
    # As they are, and with the steps between segments taken out, for what is climbed.
    heights: Numbers
    climbed: Numbers

    @property
    def length(self) -> float:
        return self.step * (len(self.heights) - 1)


def profile_of(line: Line) -> Profile:
    length = line.along[-1]
    samples = int(min(max(round(length / STEP), 1), MOST_SAMPLES)) + 1
    at = np.linspace(0, length, samples)
    rises = np.diff(line.points[:, 2])
    rises[np.array(line.begins[1:], dtype=int) - 1] = 0
    climbed = np.concatenate([[0], np.cumsum(rises)]) + line.points[0, 2]
    step = length / (samples - 1)
    half = round(WINDOW / 2 / step) if step else 0
    heights, climbed = (
        _smooth(np.interp(at, line.along, values), half) for values in (line.points[:, 2], climbed)
    )
    return Profile(step, heights, climbed)


def _smooth(heights: Numbers, half: int) -> Numbers:
    """The mean of `half` samples on each side; near an end of as many as are there on both, so that
    a slope stays one.
    """
    sums = np.concatenate([[0], np.cumsum(heights)])
    order = np.arange(len(heights))
    reach = np.minimum(half, np.minimum(order, order[::-1]))
    return np.asarray((sums[order + reach + 1] - sums[order - reach]) / (2 * reach + 1))


def climbed(heights: Numbers) -> tuple[float, float]:
    """Metres up and down between the turns of the course: a turn is one once it is HYSTERESIS deep,
    and then the whole way to it counts.
    """
    up = down = 0.0
    low = high = turn = float(heights[0])
    direction = 0
    for height in heights.tolist():
        low, high = min(low, height), max(high, height)
        if direction >= 0 and high - height >= HYSTERESIS:
            up += high - turn if direction else 0
            direction, turn, low = -1, high, height
        elif direction <= 0 and height - low >= HYSTERESIS:
            down += turn - low if direction else 0
            direction, turn, high = 1, low, height
    if direction > 0:
        up += high - turn
    elif direction < 0:
        down += turn - low
    return up, down


class Steepest(NamedTuple):
    start: float
    # Metres up within that kilometre.
    rise: float


def steepest_kilometre(profile: Profile) -> Steepest | None:
    """The one that goes up most, wherever it begins; None on a shorter course or one that falls."""
    if not profile.step or profile.length < KILOMETRE:
        return None
    span = min(round(KILOMETRE / profile.step), len(profile.climbed) - 1)
    rises = profile.climbed[span:] - profile.climbed[:-span]
    first = int(np.argmax(rises))
    rise = float(rises[first]) * KILOMETRE / (span * profile.step)
    return Steepest(first * profile.step, rise) if rise > 0 else None


def nearest(line: Line, latitude: float, longitude: float) -> tuple[float, float]:
    """Metres from the start to the point nearest to a place, and from the place to that point."""
    here = np.array([[latitude, longitude]])
    pairs = np.stack([np.broadcast_to(here, (len(line.points), 2)), line.points[:, :2]], axis=1)
    away = distances(pairs.reshape(-1, 2))[::2]
    at = int(np.argmin(away))
    return float(line.along[at]), float(away[at])


def flat(points: Numbers) -> Numbers:
    """Rows (metres east, metres north) of the middle of a course, true there; across the date line
    too.
    """
    latitudes = np.radians(points[:, 0])
    longitudes = np.unwrap(np.radians(points[:, 1]))
    middle = (latitudes.min() + latitudes.max()) / 2
    east = (longitudes - longitudes[0]) * np.cos(middle)
    return EARTH_METRES * np.column_stack([east, latitudes - latitudes[0]])


def simplified(line: Line, most: int) -> list[list[int]]:
    """The points, by segment, that tell most of the line (Ramer, Douglas and Peucker: that which is
    farthest off comes first), at most so many.
    """
    places = flat(line.points)
    # Where there are too many gaps to be drawn, none is.
    begins = line.begins if len(line.begins) * 4 <= most else [0]
    ends = [begin - 1 for begin in begins[1:]] + [len(places) - 1]
    chosen = {*begins, *ends}
    waiting = [_farthest(places, *span) for span in zip(begins, ends, strict=True)]
    heapq.heapify(waiting)
    while waiting and len(chosen) < most:
        off, at, first, last = heapq.heappop(waiting)
        if -off < FINEST**2:
            break
        chosen.add(at)
        for span in ((first, at), (at, last)):
            heapq.heappush(waiting, _farthest(places, *span))
    return [
        [at for at in sorted(chosen) if begin <= at <= end]
        for begin, end in zip(begins, ends, strict=True)
    ]


def _farthest(places: Numbers, first: int, last: int) -> tuple[float, int, int, int]:
    """Minus the square of how far off the line between two others one is, and which that is."""
    if last - first < 2:
        return 0.0, first, first, last
    between = places[first + 1 : last] - places[first]
    way = places[last] - places[first]
    length = float(way @ way)
    share = np.clip(between @ way / length, 0, 1) if length else np.zeros(len(between))
    off = ((between - share[:, None] * way) ** 2).sum(axis=1)
    at = int(np.argmax(off))
    return -float(off[at]), first + 1 + at, first, last
