"""The shape of a race's file."""

import datetime
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent.parent / "content"

DISTANCE: dict[str, Any] = {
    "name": str,
    "metres?": int,
    "minutes?": int,
    "loop_metres?": int,
    "distance_class?": str,
    "legs?": str,
    "cut_off_minutes?": int,
    "ascent_metres?": int,
    "descent_metres?": int,
    "surface?": str,
    "course_shape?": str,
    "entry?": str,
    "qualifier?": str,
    "capacity?": int,
    "certification?": str,
    "wheelchair?": bool,
}

EDITION: dict[str, Any] = {
    "start_date": datetime.date,
    "end_date?": datetime.date,
    "date_precision?": str,
    "confirmed_on?": datetime.date,
    "status?": str,
    "status_note?": str,
    "status_since?": datetime.date,
    "previous_start_date?": datetime.date,
    "registration_url?": str,
    "source_url?": str,
    "last_verified_on?": datetime.date,
}

RACE: dict[str, Any] = {
    "name": str,
    "latin_name?": str,
    "sport": str,
    "city": str,
    "region?": str,
    "country": str,
    "latitude?": float,
    "longitude?": float,
    "time_zone?": str,
    "website?": str,
    "organizer?": str,
    "usual_month": int,
    "usual_rule?": str,
    "unlinked_words?": [str],
    "formerly?": [str],
    "distances": [DISTANCE],
    "editions?": [EDITION],
    "sources": [{"title": str, "url": str}],
}
