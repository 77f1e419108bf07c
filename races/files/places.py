"""Loading the gazetteer from its package."""

import re

from django.db import transaction

from races.files.gazetteer import cities
from races.models import Place
from text.names import name_key

PLACE_SPELLINGS = 12
LATIN = re.compile(r"[A-Za-zÀ-ɏ' .-]+")


def load_places() -> int:
    """Fill the gazetteer with the cities over 15,000 people. Returns how many."""
    places = [
        Place(
            geoname_id=city["geonameid"],
            name=city["name"],
            keys=_spellings(city["name"], city["alternatenames"]),
            country=city["countrycode"],
            latitude=city["latitude"],
            longitude=city["longitude"],
            population=city["population"],
            time_zone=city["timezone"],
        )
        for city in cities()
    ]
    with transaction.atomic():
        Place.objects.bulk_create(places, batch_size=5000, ignore_conflicts=True)
    return len(places)


def _spellings(name: str, others: list[str]) -> list[str]:
    # Race directors fill in a form in English; the other scripts would triple the table.
    latin = [name, *filter(LATIN.fullmatch, others)][:PLACE_SPELLINGS]
    return [key[:200] for key in dict.fromkeys(map(name_key, latin)) if key]
