"""Loading the gazetteer from its package."""

import re
from typing import Any

from django.db import transaction

from races.countries import US_STATES
from races.files.gazetteer import cities
from races.models import Place
from text.names import name_key

LOOKED_UP = ["keys", "region", "is_shadowed"]
LATIN = re.compile(r"[A-Za-zÀ-ɏ' .-]+")


def load_places() -> int:
    """Fill the gazetteer with the cities over 15,000 people. Returns how many.

    What stands already keeps its values, but for those by which it is looked up.
    """
    places = [_place(city) for city in cities()]
    _find_shadowed(places)
    standing = Place.objects.in_bulk()
    new = [place for place in places if place.pk not in standing]
    changed = [
        place
        for place in places
        if (old := standing.get(place.pk)) and _looked_up(old) != _looked_up(place)
    ]
    with transaction.atomic():
        Place.objects.bulk_create(new, batch_size=5000, ignore_conflicts=True)
        Place.objects.bulk_update(changed, LOOKED_UP, batch_size=1000)
    return len(places)


def _looked_up(place: Place) -> list[Any]:
    return [getattr(place, name) for name in LOOKED_UP]


def _place(city: dict[str, Any]) -> Place:
    return Place(
        geoname_id=city["geonameid"],
        name=city["name"],
        keys=_spellings(city["name"], city["alternatenames"]),
        country=city["countrycode"],
        region=US_STATES.get(city["admin1code"], "") if city["countrycode"] == "US" else "",
        latitude=city["latitude"],
        longitude=city["longitude"],
        population=city["population"],
        time_zone=city["timezone"],
    )


def know_regions() -> bool:
    """Whether the gazetteer was loaded since it knows regions, or there is none."""
    return not Place.objects.filter(country="US", region="").exists()


def _find_shadowed(places: list[Place]) -> None:
    """By the same rule as PlaceQuerySet.meant(), asked 34,000 times at once."""
    first: dict[tuple[str, str], Place] = {}
    for place in sorted(places, key=lambda place: (-place.population, place.pk)):
        # “GA” is Gabon, and Georgia.
        codes = [code for code, state in US_STATES.items() if place.region == state]
        wheres = [place.country, *codes, place.region + place.country]
        for key in place.keys:
            for where in wheres:
                first.setdefault((key, where), place)
    for place in places:
        where = place.region + place.country if place.region else place.country
        place.is_shadowed = first.get((name_key(place.name), where)) is not place


def _spellings(name: str, others: list[str]) -> list[str]:
    # Race directors fill in a form in English; the other scripts would triple the table.
    latin = [name, *filter(LATIN.fullmatch, others)]
    return [key[:200] for key in dict.fromkeys(map(name_key, latin)) if key]
