"""The races of a search on a map."""

from dataclasses import replace
from typing import Any

from django.urls import reverse

from races.countries import country_names
from races.maps.drawing import Box, Circle, RaceMap, Spot, draw
from races.models import Edition
from races.search.criteria import RaceSearch
from races.search.index import Answer
from races.templatetags.race_tags import address

# More would take longer to draw than a page may take; nobody tells so many apart.
MOST = 5_000
COLUMNS = (
    "race__latitude",
    "race__longitude",
    "race__name",
    "race__slug",
    "race__city",
    "race__country",
    "confirmed_on",
)


def search_map(found: Answer) -> RaceMap:
    search = found.search
    keys = found.keys(0, MOST)
    rows = Edition.objects.published().filter(pk__in=keys).values_list("pk", *COLUMNS)
    by_key: dict[int, list[Any]] = {key: row for key, *row in rows}
    names = country_names()
    spots, unplaced = [], 0
    for row in filter(None, map(by_key.get, keys)):
        latitude, longitude, name, slug, city, country, confirmed_on = row
        if latitude is None or longitude is None:
            unplaced += 1
            continue
        place = f"{city}, {names.get(country, country)}"
        page = reverse("races:race", args=[slug])
        spots.append(Spot(latitude, longitude, name, page, place, confirmed_on is not None))
    return draw(
        spots,
        map_of=lambda box: _address(search, box, "view=map"),
        list_of=lambda box: _address(search, box, ""),
        unplaced=unplaced,
        near=_circle(search),
        box=Box(*map(float, search.box.split(","))) if search.box else None,
    )


def _circle(search: RaceSearch) -> Circle | None:
    if not (here := search.here):
        return None
    words = f"{search.radius} {search.unit or 'km'} around {here.label}"
    return Circle(here.latitude, here.longitude, search.radius_km, words)


def _address(search: RaceSearch, box: Box, shown: str) -> str:
    return address(replace(search, box=str(box)), shown)
