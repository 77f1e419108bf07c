"""The courses of an edition's distances, drawn and said."""

from dataclasses import dataclass

from django import template

from races.courses.drawing import Profile, Track, profile_of, track_of
from races.courses.measuring import KILOMETRE
from races.models import Course, Distance, Edition
from races.templatetags.race_tags import METRES_IN_A_MILE, short

register = template.Library()


@dataclass(frozen=True)
class Drawn:
    distance: Distance
    course: Course
    track: Track
    profile: Profile


@register.simple_tag
def courses_of(edition: Edition | None) -> list[Drawn]:
    """Of an edition that was read with its courses, as for_race_page() does."""
    distances = edition.distances.all() if edition else []
    return [
        _drawn(distance, distance.course)
        for distance in distances
        # One that is not read yet has no length.
        if hasattr(distance, "course") and distance.course.metres
    ]


def _drawn(distance: Distance, course: Course) -> Drawn:
    metres, first = course.metres or 1, course.steepest_from
    steepest = None if first is None else (first, min(first + KILOMETRE, metres))
    places = [point["at"] for point in course.waypoints]
    along = [point["metres"] for point in course.waypoints]
    return Drawn(
        distance,
        course,
        track_of(course.line, places, metres, steepest),
        profile_of(course.profile, along, metres, steepest),
    )


@register.filter
def km(metres: float) -> str:
    """“11.1”"""
    return short(metres / KILOMETRE)


@register.filter
def km_and_miles(metres: float) -> str:
    """“11.1 km (6.9 mi)”, from the first metre on: “0.2 km (0.1 mi)”."""
    return f"{km(metres)} km ({short(metres / METRES_IN_A_MILE)} mi)"


@register.filter
def kilometre_from(metres: int) -> str:
    """“km 3.3 to 4.3”"""
    return f"km {short(metres / KILOMETRE)} to {short(metres / KILOMETRE + 1)}"


@register.filter
def in_a_hundred(rise: int) -> str:
    """“9.1 %”, of what a kilometre rises by."""
    return f"{rise / KILOMETRE * 100:.1f} %"
