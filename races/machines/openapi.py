"""The race search for programs, described as OpenAPI 3.1. Tests hold the real answers to it."""

from django.conf import settings

from races.choices import (
    Certainty,
    CourseShape,
    DatePrecision,
    DistanceClass,
    Entry,
    EventStatus,
    RegistrationState,
    Sport,
    Surface,
)
from races.search.criteria import CHECKS, SORTS, UNITS
from races.search.facets import FACETS
from web.openapi import (
    ADDRESS,
    DAY,
    ERROR,
    TEXT,
    UNCHANGED,
    Schema,
    answer,
    many,
    named,
    or_null,
    parameter,
    whole,
)

MOMENT: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
UNKNOWN = "Null where nobody has said so: unknown is not no."


def one_of(values: list[str], *, may_be_unknown: bool = False) -> Schema:
    known = [value for value in values if value]
    return {"enum": [*known, None] if may_be_unknown else known}


SCHEMAS: Schema = {
    "Price": whole(
        {
            "name": TEXT,
            "amount": {"type": "string", "pattern": r"^\d+\.\d\d$"},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "valid_from": or_null(DAY),
            "valid_until": or_null(DAY),
        }
    ),
    "Distance": whole(
        {
            "name": TEXT,
            "metres": or_null(WHOLE),
            "minutes": or_null(WHOLE),
            "loop_metres": or_null(WHOLE),
            "distance_class": one_of(DistanceClass.values),
            "legs": or_null(TEXT),
            "start_time": or_null({"type": "string", "description": "Local time."}),
            "cut_off_minutes": or_null(WHOLE),
            "ascent_metres": or_null(WHOLE),
            "descent_metres": or_null(WHOLE),
            "surface": one_of(Surface.values, may_be_unknown=True),
            "course_shape": one_of(CourseShape.values, may_be_unknown=True),
            "entry": one_of(Entry.values, may_be_unknown=True),
            "qualifier": or_null(TEXT),
            "capacity": or_null(WHOLE),
            "certification": or_null(TEXT),
            "wheelchair": {"type": ["boolean", "null"]},
            "prices": many(named("Price")),
        },
        description=f"One of `metres`, `minutes` and `loop_metres` is set. {UNKNOWN}",
    ),
    "Expected": whole(
        {"start": DAY, "end": DAY, "rule": TEXT},
        description="What the race's usual rule lets one expect. Nobody has announced it.",
    ),
    "Date": whole(
        {
            "start": DAY,
            "end": DAY,
            "precision": {
                **one_of(DatePrecision.values),
                "description": "Of a month or a year, `start` and `end` are its first and last "
                "day: the race is somewhere between.",
            },
            "certainty": one_of(Certainty.values),
            "expected": {"anyOf": [named("Expected"), {"type": "null"}]},
            "confirmed_on": or_null(DAY),
            "seen_on": {**or_null(DAY), "description": "When the date was last seen at `source`."},
            "source": or_null(ADDRESS),
        }
    ),
    "Race": whole(
        {
            "id": {**WHOLE, "description": "Of this edition; it stays."},
            "name": TEXT,
            "latin_name": or_null(TEXT),
            "url": ADDRESS,
            "calendar_url": or_null(ADDRESS),
            "sport": one_of(Sport.values),
            "place": whole(
                {
                    "city": TEXT,
                    "region": or_null(TEXT),
                    "country": {"type": "string", "description": "ISO 3166-1 alpha-2."},
                    "latitude": or_null(NUMBER),
                    "longitude": or_null(NUMBER),
                    "time_zone": or_null(TEXT),
                }
            ),
            "away_km": {**or_null(NUMBER), "description": "From `near`, along the great circle."},
            "date": named("Date"),
            "status": whole(
                {
                    "status": one_of(EventStatus.values),
                    "note": or_null(TEXT),
                    "since": or_null(DAY),
                    "moved_from": or_null(DAY),
                }
            ),
            "registration": whole(
                {
                    "url": or_null(ADDRESS),
                    "state": one_of(RegistrationState.values, may_be_unknown=True),
                    "opens_on": or_null(DAY),
                    "closes_on": or_null(DAY),
                }
            ),
            "distances": many(named("Distance")),
            "website": or_null(ADDRESS),
            "organizer": or_null(TEXT),
            "sources": many(
                whole({"title": TEXT, "url": ADDRESS}), description="Where its facts were seen."
            ),
            "licence": {
                **or_null(ADDRESS),
                "description": "Of these facts; null where an organizer lists the race.",
            },
            "updated_at": MOMENT,
        }
    ),
    "RaceList": whole(
        {
            "title": {**TEXT, "description": "The search in words."},
            "url": {**ADDRESS, "description": "The page of the same search."},
            "count": WHOLE,
            "next": or_null(ADDRESS),
            "previous": or_null(ADDRESS),
            "results": many(named("Race")),
        }
    ),
    "Error": ERROR,
}

OF_TEXT = {
    "q": ("Words, or a sentence: “10k near Lyon in spring”.", "10k near Lyon in spring"),
    "near": ("A town, or a position as latitude and longitude.", "Lyon, FR"),
    "within": ("How far from there, in `unit`. Without it 100.", "50"),
    "longer": ("At least so long, in `unit`.", "10"),
    "shorter": ("At most so long, in `unit`.", "21.1"),
    "start": ("From this day or month on.", "2027-05"),
    "end": ("Until this day or month.", "2027-06-15"),
    "box": ("West, south, east and north in degrees.", "4,45,7,47"),
    "price": ("An entry fee that can still be had, no higher, in `currency`.", "60"),
    "currency": ("ISO 4217.", "EUR"),
}
OF_CHOICES = {"unit": UNITS, "sort": SORTS}


def filters() -> list[Schema]:
    """All that a search can be asked, as races.search.criteria reads it."""
    found = []
    for name in CHECKS:
        if name in OF_CHOICES:
            known = {"enum": [value for value, _ in OF_CHOICES[name] if value]}
            labels = " or ".join(label for _, label in OF_CHOICES[name])
            found.append(parameter(name, f"{labels}.", known, known["enum"][0]))
        else:
            found.append(parameter(name, OF_TEXT[name][0], TEXT, OF_TEXT[name][1]))
    for facet in FACETS:
        values = list(facet.options())
        listed = f" Known are {', '.join(values)}." if 0 < len(values) < 40 else ""
        said = f"{facet.label}; several with commas between.{listed}"
        found.append(parameter(facet.name, said, TEXT, values[0] if values else "Colorado"))
    return found


def document() -> Schema:
    """The whole description, with the address of this site."""
    page = parameter("page", "Which page of 100 races.", {"type": "integer", "minimum": 1}, 2)
    since = parameter(
        "updated_since",
        "Only races of which something changed on this day or later, or since this moment.",
        TEXT,
        "2026-11-01",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Startline races",
            "version": "1",
            "description": "Races that are still to come, by any search of the site. Read only, "
            "without a key. At most the first 10,000 of a search. Answers carry ETag and "
            "Last-Modified; ask again with If-None-Match.",
            "contact": {"email": settings.CONTACT_EMAIL},
        },
        "servers": [{"url": settings.SITE_URL}],
        "paths": {
            "/races/search.json": {
                "get": {
                    "operationId": "searchRaces",
                    "summary": "The races of a search, in its order",
                    "parameters": [*filters(), page, since],
                    "responses": {
                        "200": answer("A page of races.", "RaceList"),
                        "304": UNCHANGED,
                        "400": answer("A parameter is unknown or wrong.", "Error"),
                        "404": answer("There is no such page.", "Error"),
                    },
                }
            }
        },
        "components": {"schemas": SCHEMAS},
    }
