"""The site's own drawing: counts along a line, drawn like the elevation profile of a race."""

from collections.abc import Sequence
from dataclasses import dataclass

STEP = 40
HEIGHT = 100
TOP = 12


@dataclass
class Point:
    """One mark on the line. x and y are in the units of the view box; y grows downward."""

    label: str
    count: int
    x: int
    y: int


@dataclass
class Profile:
    """An elevation profile of counts: an SVG path, its closed area, and the marks to label."""

    points: list[Point]
    width: int
    height: int
    line: str
    area: str


def profile_of(counts: Sequence[tuple[str, int]]) -> Profile:
    """Draw (label, count) pairs from left to right; the highest count touches the top."""
    highest = max((count for _, count in counts), default=0) or 1
    points = [
        Point(label, count, STEP // 2 + STEP * index, _y(count, highest))
        for index, (label, count) in enumerate(counts)
    ]
    width = STEP * len(points)
    line = f"M0 {points[0].y if points else HEIGHT}"
    before = Point("", 0, 0, points[0].y if points else HEIGHT)
    for point in [*points, Point("", 0, width, points[-1].y if points else HEIGHT)]:
        # Level handles at both ends of each stretch: a smooth line that never overshoots a count.
        middle = (before.x + point.x) // 2
        line += f"C{middle} {before.y} {middle} {point.y} {point.x} {point.y}"
        before = point
    return Profile(points, width, HEIGHT, line, f"{line}V{HEIGHT}H0Z")


def _y(count: int, highest: int) -> int:
    return round(HEIGHT - 4 - (HEIGHT - 4 - TOP) * count / highest)
