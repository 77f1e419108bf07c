"""The races of a search as a table, for spreadsheets: one line an edition."""

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse

from races.machines.asked import Asked, of_a_search
from races.models import Edition
from races.templatetags.race_tags import date_in_words
from text.cells import quoted
from web.addresses import absolute

# The first of a list. Whoever wants all of a long one asks for JSON, which has pages.
MOST = 1_000
COLUMNS = (
    "name", "latin_name", "sport", "city", "region", "country", "latitude", "longitude", "date",
    "start", "end", "certainty", "status", "distances", "website", "date_seen_on", "date_source",
    "page",
)  # fmt: skip


@of_a_search()
def search(request: HttpRequest, asked: Asked) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="races.csv"'
    response["X-Robots-Tag"] = "noindex"
    # By this sign Excel knows the encoding.
    response.write("\ufeff")
    lines = csv.writer(response)
    lines.writerow(COLUMNS)
    lines.writerows(map(_line, asked.found.cards(0, MOST)))
    return response


def _line(edition: Edition) -> list[Any]:
    race = edition.race
    first, last = edition.days or ("", "")
    seen_on = getattr(edition, "seen_on", None)
    texts = [
        race.name, race.latin_name, race.get_sport_display(), race.city, race.region,
        race.country_name,
    ]  # fmt: skip
    more = [
        edition.certainty.value,
        edition.get_status_display(),
        "; ".join(distance.name for distance in edition.distances.all()),
        race.website,
    ]
    return [
        *map(quoted, texts), race.latitude, race.longitude, date_in_words(edition), first, last,
        *map(quoted, more), seen_on, quoted(edition.source_url), absolute(race.get_absolute_url()),
    ]  # fmt: skip
