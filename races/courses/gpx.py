"""The line of a course and what stands along it, out of a GPX file (topografix.com, 1.0 and 1.1)
and into a clean one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from races.courses.measuring import distances
from races.courses.parsing import Reader, Refused, Waypoint, parsed, refuse_at_sight

FARTHEST_JUMP = 2000
# So many in a hundred points may lack a height, which then is that of the line between others.
GAPS_IN_HEIGHTS = 10

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """`segments`: each an array of a row (latitude, longitude, metres above the sea) a point.
    Between two of them nothing is known.
    """

    segments: list[Points]
    waypoints: list[Waypoint] = field(default_factory=list)


def read(data: bytes) -> Course:
    """Raises Refused."""
    refuse_at_sight(data)
    found = parsed(data)
    lines = [np.array(line) for line in found.tracks or found.routes if len(line) > 1]
    if not lines:
        raise Refused(_without_line(found))
    segments = _with_heights(lines)
    for number, segment in enumerate(segments, 1):
        _check_jumps(segment, f" of part {number}" if len(segments) > 1 else "")
    return Course(segments, found.waypoints)


def _without_line(found: Reader) -> str:
    if found.places:
        return "There are only single places in this file, no track and no route."
    return "There is no track and no route in this file."


def _with_heights(lines: list[Points]) -> list[Points]:
    heights = np.concatenate([line[:, 2] for line in lines])
    is_known = np.isfinite(heights)
    known = heights[is_known]
    # Programs that know no heights write 0 for each.
    if not known.size or not known.any():
        raise Refused("There is no elevation in this file. Export it with elevation.")
    missing = heights.size - known.size
    if missing * 100 > heights.size * GAPS_IN_HEIGHTS:
        said = f"{missing:,} of {heights.size:,} points have no elevation"
        raise Refused(f"{said}. Export it with elevation.")
    order = np.arange(heights.size)
    heights = np.interp(order, order[is_known], known)
    ends = np.cumsum([len(line) for line in lines])[:-1]
    parts = np.split(heights, ends)
    return [np.column_stack([line[:, :2], part]) for line, part in zip(lines, parts, strict=True)]


def _check_jumps(segment: Points, where: str) -> None:
    steps = distances(segment)
    longest = int(np.argmax(steps))
    if steps[longest] > FARTHEST_JUMP:
        latitude, longitude, _ = segment[longest]
        raise Refused(
            f"The line jumps by {steps[longest] / 1000:,.1f} km after point {longest + 1:,}{where},"
            f" at {latitude:.4f}, {longitude:.4f}. Mend it there."
        )


HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="Startline" xmlns="http://www.topografix.com/GPX/1/1">\n'
)


def written(course: Course) -> bytes:
    """The file that is offered: where the course goes and what stands along it, and nothing of
    whoever recorded it, with what, and when.
    """
    return "".join(_written(course)).encode()


def _written(course: Course) -> Iterator[str]:
    yield HEAD
    for point in course.waypoints:
        where = f'lat="{point.latitude:.6f}" lon="{point.longitude:.6f}"'
        yield f"<wpt {where}><name>{escape(point.name)}</name></wpt>\n"
    yield "<trk>"
    for segment in course.segments:
        yield "<trkseg>\n"
        for latitude, longitude, height in segment.tolist():
            where = f'lat="{latitude:.6f}" lon="{longitude:.6f}"'
            yield f"<trkpt {where}><ele>{height:.1f}</ele></trkpt>\n"
        yield "</trkseg>"
    yield "</trk></gpx>\n"
