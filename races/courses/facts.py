"""What is said of a course, worked out of its points once."""

from typing import Any

import numpy as np

from races.courses.gpx import Course
from races.courses.measuring import (
    Line,
    Profile,
    climbed,
    joined,
    nearest,
    profile_of,
    simplified,
    steepest_kilometre,
)
from races.courses.parsing import Refused, Waypoint

SHORTEST = 100
# What a page shows, and no more: it is read on phones.
LINE_POINTS, PROFILE_SAMPLES = 400, 200
# A place farther off is not on the course.
OFF_COURSE = 500


def facts_of(course: Course) -> dict[str, Any]:
    """The fields of races.models.Course. Raises Refused of what is no course."""
    line = joined(course.segments)
    length = float(line.along[-1])
    if length < SHORTEST:
        raise Refused(f"The line in this file is only {length:.0f} m long.")
    profile = profile_of(line)
    ascent, descent = climbed(profile.climbed)
    steepest = steepest_kilometre(profile)
    return {
        "metres": round(length),
        "ascent_metres": round(ascent),
        "descent_metres": round(descent),
        "highest_metres": round(float(profile.heights.max())),
        "lowest_metres": round(float(profile.heights.min())),
        "steepest_from": round(steepest.start) if steepest else None,
        "steepest_rise": round(steepest.rise) if steepest else None,
        "line": [line.points[part, :2].round(5).tolist() for part in simplified(line, LINE_POINTS)],
        "profile": _samples(profile),
        "waypoints": _along(line, course.waypoints),
    }


def _samples(profile: Profile) -> list[float]:
    """Heights in metres, equally far apart from the start to the end."""
    order = np.arange(len(profile.heights))
    count = min(len(order), PROFILE_SAMPLES)
    at = np.linspace(0, len(order) - 1, count)
    return [round(height, 1) for height in np.interp(at, order, profile.heights).tolist()]


def _along(line: Line, waypoints: list[Waypoint]) -> list[dict[str, Any]]:
    """By the metres from the start where the course first comes nearest."""
    found = []
    for point in waypoints:
        metres, off = nearest(line, point.latitude, point.longitude)
        if off <= OFF_COURSE:
            where = [round(point.latitude, 5), round(point.longitude, 5)]
            found.append({"name": point.name, "metres": round(metres), "at": where})
    return sorted(found, key=lambda each: each["metres"])
