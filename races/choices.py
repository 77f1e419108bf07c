"""The words a race is described with, as the forms, the files and the addresses spell them."""

from django.db import models


class Sport(models.TextChoices):
    ROAD_RUNNING = "road-running", "Road running"
    TRAIL_RUNNING = "trail-running", "Trail & mountain running"
    CROSS_COUNTRY = "cross-country", "Cross-country running"
    TRIATHLON = "triathlon", "Triathlon"
    DUATHLON = "duathlon", "Duathlon"
    AQUATHLON = "aquathlon", "Aquathlon"
    SWIMRUN = "swimrun", "Swimrun"
    OPEN_WATER = "open-water", "Open-water swimming"
    ROAD_CYCLING = "road-cycling", "Road cycling"
    GRAVEL_CYCLING = "gravel-cycling", "Gravel cycling"
    MOUNTAIN_BIKING = "mountain-biking", "Mountain biking"
    CROSS_COUNTRY_SKIING = "cross-country-skiing", "Cross-country skiing"
    OBSTACLE = "obstacle", "Obstacle racing"

    @property
    def is_running(self) -> bool:
        return self in {Sport.ROAD_RUNNING, Sport.TRAIL_RUNNING, Sport.CROSS_COUNTRY}


class DistanceClass(models.TextChoices):
    FIVE_K = "5k", "5K"
    TEN_K = "10k", "10K"
    HALF_MARATHON = "half-marathon", "Half marathon"
    MARATHON = "marathon", "Marathon"
    ULTRA = "ultra", "Ultra"
    TIMED = "timed", "Timed (6 to 48 hours and more)"
    BACKYARD = "backyard", "Backyard ultra"
    SPRINT_TRI = "sprint-tri", "Sprint triathlon"
    OLYMPIC_TRI = "olympic-tri", "Olympic triathlon"
    MIDDLE_TRI = "middle-tri", "Middle distance (70.3)"
    FULL_TRI = "full-tri", "Full distance (140.6)"
    OTHER = "other", "Other distances"


class DatePrecision(models.TextChoices):
    DAY = "day", "The day is known"
    MONTH = "month", "Only the month is known"
    YEAR = "year", "Only the year is known"


class Certainty(models.TextChoices):
    """How sure the date of an edition is. There are three looks: the second and third share one."""

    CONFIRMED = "confirmed"
    PROVISIONAL = "provisional"
    EXPECTED = "expected"
    OPEN = "open", "No day known"


class EventStatus(models.TextChoices):
    """The values of schema.org's EventStatusType."""

    SCHEDULED = "scheduled"
    POSTPONED = "postponed"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    MOVED_ONLINE = "moved-online", "Moved online"


# Nobody can go there on the day that was given.
OFF = (EventStatus.CANCELLED, EventStatus.POSTPONED)


class RegistrationState(models.TextChoices):
    UNKNOWN = "", "Unknown"
    NOT_OPEN = "not-open", "Not open yet"
    OPEN = "open", "Open"
    WAITING_LIST = "waiting-list", "Waiting list"
    SOLD_OUT = "sold-out", "Sold out"
    CLOSED = "closed", "Closed"


class Surface(models.TextChoices):
    ROAD = "road"
    TRAIL = "trail"
    MIXED = "mixed"
    GRAVEL = "gravel"
    TRACK = "track"
    MOUNTAIN = "mountain"
    WATER = "water"
    GRASS = "grass"
    SAND = "sand"


class CourseShape(models.TextChoices):
    LOOP = "loop"
    LAPS = "laps", "Laps"
    OUT_AND_BACK = "out-and-back", "Out and back"
    POINT_TO_POINT = "point-to-point", "Point to point"


class Entry(models.TextChoices):
    """How one gets a place."""

    OPEN = "open", "First come, first served"
    BALLOT = "ballot", "Ballot"
    QUALIFIER = "qualifier", "By qualification"
    INVITATION = "invitation", "By invitation"


def classify(sport: str, metres: int | None, minutes: int | None, loop_metres: int | None) -> str:
    """The distance class of what one enters. Only running is told by its length alone.

    The bounds let a race round its distance: "10 km" on a trail is rarely 10,000 m.
    """
    if loop_metres:
        return DistanceClass.BACKYARD
    if minutes:
        return DistanceClass.TIMED
    if not metres or not Sport(sport).is_running:
        return DistanceClass.OTHER
    bounds = [
        (4_800, 5_200, DistanceClass.FIVE_K),
        (9_800, 10_300, DistanceClass.TEN_K),
        (20_900, 21_400, DistanceClass.HALF_MARATHON),
        (41_900, 42_900, DistanceClass.MARATHON),
        (42_901, 10_000_000, DistanceClass.ULTRA),
    ]
    fitting = [name for least, most, name in bounds if least <= metres <= most]
    return fitting[0] if fitting else DistanceClass.OTHER
