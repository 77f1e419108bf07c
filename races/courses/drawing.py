"""A course as a page draws it: the track seen from above, north up, and its profile.

Both are SVG paths in units of a view box WIDTH wide, about the pixels of a small phone.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from races.courses.measuring import Numbers, flat, joined

WIDTH = 320
# Of the track: what is left around it, and how high it may become.
MARGIN, TALLEST = 14, 300
# Of the profile: where its plot lies.
LEFT, RIGHT, TOP, BOTTOM = 50, 312, 22, 104
# What is flatter is drawn flat.
LEAST_RANGE = 100
NICE = (1, 2, 5)

Spot = tuple[float, float]
Lines = Sequence[Sequence[Sequence[float]]]
Stretch = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """A place along the course by its number."""

    number: int
    x: float
    y: float


@dataclass(frozen=True)
class Track:
    height: float
    path: str
    steepest: str
    start: Mark
    finish: Mark
    marks: list[Mark]
    # The scale bar: so many metres are so many units.
    bar_metres: int
    bar: float


@dataclass(frozen=True)
class Profile:
    line: str
    area: str
    steepest: str
    # Of the axes: where a line is, and the metres it stands for.
    levels: list[tuple[float, int]]
    lengths: list[tuple[float, int]]
    marks: list[Mark]


def track_of(
    lines: Lines, places: Sequence[Sequence[float]], metres: int, steepest: Stretch | None
) -> Track:
    """`lines` and `places` are of (latitude, longitude), `steepest` of metres from the start."""
    segments = [np.array([[*at, 0.0] for at in line]) for line in lines]
    line = joined(segments)
    spots = flat(np.concatenate([line.points[:, :2], np.array(places).reshape(-1, 2)]))
    course = spots[: len(line.points)]
    (west, south), (east, north) = course.min(axis=0), course.max(axis=0)
    inner = WIDTH - 2 * MARGIN
    scale = min(inner / max(east - west, 1.0), (TALLEST - 2 * MARGIN) / max(north - south, 1.0))
    height = (north - south) * scale + 2 * MARGIN
    left = (WIDTH - (east - west) * scale) / 2
    drawn = np.column_stack(
        [left + (spots[:, 0] - west) * scale, MARGIN + (north - spots[:, 1]) * scale]
    )
    on, off = drawn[: len(line.points)], drawn[len(line.points) :]
    ends = [*line.begins[1:], len(on)]
    paths = [path(on[a:b].tolist()) for a, b in zip(line.begins, ends, strict=True)]
    # What was left out for the drawing made the line a little shorter.
    along = line.along * (metres / line.along[-1])
    bar = nice_below(inner / 3 / scale)
    return Track(
        height=round(height, 1),
        path="".join(paths),
        steepest=path(_between(along, on, *steepest)) if steepest else "",
        start=Mark(0, *_rounded(on[0])),
        finish=Mark(0, *_rounded(on[-1])),
        marks=[Mark(number, *_rounded(spot)) for number, spot in enumerate(off, 1)],
        bar_metres=bar,
        bar=round(bar * scale, 1),
    )


def profile_of(
    heights: Sequence[float], places: Iterable[float], metres: int, steepest: Stretch | None
) -> Profile:
    """`heights` are equally far apart, `places` and `steepest` in metres from the start."""
    low, high = math.floor(min(heights)), math.ceil(max(heights))
    spare = max(LEAST_RANGE - (high - low), 0)
    low, high = low - spare // 2, high + spare - spare // 2
    along = np.linspace(0, metres, len(heights))
    spots = np.column_stack([_x(along, metres), _y(np.array(heights), low, high)])
    line = path(spots.tolist())
    stretch = _between(along, spots, *steepest) if steepest else []
    marks = [
        Mark(number, *_rounded((float(_x(at, metres)), float(np.interp(at, along, spots[:, 1])))))
        for number, at in enumerate(places, 1)
    ]
    return Profile(
        line=line,
        area=f"{line}V{BOTTOM}H{LEFT}z",
        steepest=f"{path(stretch)}V{BOTTOM}H{stretch[0][0]:.1f}z" if stretch else "",
        levels=[(round(float(_y(at, low, high)), 1), at) for at in ticks(low, high, 4)],
        lengths=[(round(float(_x(at, metres)), 1), at) for at in ticks(0, metres, 6)],
        marks=marks,
    )


def _x(metres: float | Numbers, whole: int) -> Numbers:
    return np.asarray(LEFT + (RIGHT - LEFT) * metres / whole)


def _y(height: float | Numbers, low: int, high: int) -> Numbers:
    return np.asarray(BOTTOM - (BOTTOM - TOP) * (height - low) / (high - low))


def _rounded(spot: Iterable[float]) -> Spot:
    x, y = spot
    return round(float(x), 1), round(float(y), 1)


def _between(along: Numbers, spots: Numbers, first: float, last: float) -> list[Spot]:
    """The part of a line from one length to another."""
    inside = (along > first) & (along < last)
    at = np.concatenate([[first], along[inside], [last]])
    return list(
        zip(
            np.interp(at, along, spots[:, 0]).tolist(),
            np.interp(at, along, spots[:, 1]).tolist(),
            strict=True,
        )
    )


def path(spots: Sequence[Sequence[float]]) -> str:
    """Relative steps of tenths: half the bytes of absolute ones."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in spots]
    said = f"M{_tenth(tenths[0][0])} {_tenth(tenths[0][1])}l"
    steps = ((b[0] - a[0], b[1] - a[1]) for a, b in zip(tenths, tenths[1:], strict=False) if a != b)
    return said + " ".join(f"{_tenth(x)} {_tenth(y)}" for x, y in steps)


def _tenth(number: int) -> str:
    return f"{number / 10:g}"


def nice_below(number: float) -> int:
    """1, 2 or 5 and zeros: the greatest such that is not above; at least 1."""
    power = 10 ** max(int(math.floor(math.log10(max(number, 1)))), 0)
    return max([each * power for each in NICE if each * power <= number], default=1)


def ticks(low: float, high: float, most: int) -> list[int]:
    """Round numbers from low to high, at most so many."""
    power = 1
    while True:
        for each in NICE:
            step = each * power
            found = range(math.ceil(low / step) * step, math.floor(high) + 1, step)
            if len(found) <= most:
                return list(found)
        power *= 10
