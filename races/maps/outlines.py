"""Coasts, lakes and borders of a view as SVG paths. `manage.py draw_outlines` makes the files."""

import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from races.maps.projection import SHAPE, View

FOLDER = Path(__file__).parent
KINDS = ["land", "lakes", "borders", "states"]
# The units of the paths.
WIDTH = 960
HEIGHT = round(WIDTH / SHAPE)
# A view wider than this, in degrees, is drawn from the coarser file.
NEAR = 90
# Shorter steps are left out, in units of the paths: half a pixel on a phone's map.
STEP = 3
# So many vertices are drawn or passed over together.
CHUNK = 32

Vertex = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Vertices that follow one another, in steps of the file's grid, and the box they lie in."""

    xs: "array[int]"
    ys: "array[int]"
    left: int
    top: int
    right: int
    bottom: int

    def sides_outside(self, left: float, top: float, right: float, bottom: float) -> int:
        """On which sides of this box all of it lies, a bit a side; 0 if it may be seen."""
        return (
            (self.right < left)
            | (self.left > right) << 1
            | (self.bottom < top) << 2
            | (self.top > bottom) << 3
        )


Line = list[Chunk]


@dataclass(frozen=True)
class Outlines:
    """What a file holds: lines of each kind, and how many degrees a step of its grid is."""

    step: float
    lines: dict[str, list[Line]]


def paths_of(view: View) -> dict[str, str]:
    """The path of each kind, in a frame of WIDTH and HEIGHT. What lies outside the view is only
    as true as needed for what lies inside."""
    outlines = read("near" if view.width <= NEAR else "world")
    return {
        kind: "".join(_drawn(lines, outlines.step, view, is_closed=kind in {"land", "lakes"}))
        for kind, lines in outlines.lines.items()
    }


@cache
def read(name: str) -> Outlines:
    held = json.loads((FOLDER / f"{name}.json").read_text())
    lines = {kind: [_chunked(steps) for steps in held[kind]] for kind in KINDS}
    return Outlines(360 / held["steps_around"], lines)


def _chunked(steps: list[int]) -> Line:
    """From the first vertex and the steps to the next ones: x, y, x, y."""
    xs, ys = array("i", accumulate(steps[::2])), array("i", accumulate(steps[1::2]))
    line = []
    # Each chunk begins with the last vertex of the one before.
    for start in range(0, max(len(xs) - 1, 1), CHUNK):
        x, y = xs[start : start + CHUNK + 1], ys[start : start + CHUNK + 1]
        line.append(Chunk(x, y, min(x), min(y), max(x), max(y)))
    return line


def _drawn(lines: list[Line], step: float, view: View, *, is_closed: bool) -> Iterator[str]:
    scale = step * WIDTH / view.width
    top = view.top / step
    # Across the date line the world begins anew; Asia ends somewhat beyond it.
    for turn in (-360, 0, 360):
        if view.left + turn > 195 or view.left + turn + view.width < -185:
            continue
        left = (view.left + turn) / step
        box = (left, top, left + WIDTH / scale, top + HEIGHT / scale)
        for line in lines:
            if vertices := _seen(line, *box, is_closed=is_closed):
                yield _path(vertices, left, top, scale, is_closed=is_closed)


def _seen(
    line: Line, left: float, top: float, right: float, bottom: float, *, is_closed: bool
) -> list[Vertex]:
    """The vertices, but of those that follow one another outside, on the sides where the first is,
    only first and last: the line between these does not meet the box either."""
    vertices: list[Vertex] = []
    common, is_met = 0, False
    for chunk in line:
        sides = chunk.sides_outside(left, top, right, bottom)
        last = (chunk.xs[-1], chunk.ys[-1])
        if sides & common:
            vertices[-1] = last
        elif sides:
            common = sides
            vertices += [(chunk.xs[0], chunk.ys[0]), last]
        else:
            common, is_met = 0, True
            vertices += zip(chunk.xs, chunk.ys, strict=True)
    # A closed line may lie all around.
    return vertices if is_met or (is_closed and len(vertices) > 2) else []


def _path(vertices: list[Vertex], left: float, top: float, scale: float, *, is_closed: bool) -> str:
    points = [(round((x - left) * scale), round((y - top) * scale)) for x, y in vertices]
    start_x, start_y = x, y = points[0]
    steps = []
    for to_x, to_y in points[1:-1]:
        if abs(to_x - x) + abs(to_y - y) >= STEP:
            steps.append(f"{to_x - x} {to_y - y}")
            x, y = to_x, to_y
    if not is_closed:
        steps.append(f"{points[-1][0] - x} {points[-1][1] - y}")
    elif len(steps) < 2:
        return ""
    end = "z" if is_closed else ""
    return f"M{start_x} {start_y}l{' '.join(steps)}{end}".replace(" -", "-")
