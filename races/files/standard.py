"""The standard a race is written to (docs/content.md), as far as a program can tell."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from django.utils import timezone

from glossary.files.standard import long_sentences, own_sentences
from races.choices import DistanceClass, Sport, classify
from races.files.gazetteer import cities
from races.search.columns import Table
from races.search.criteria import RaceSearch
from races.search.facets import BY_NAME
from races.usual_date import MONTHS
from text.content_files import ContentFile, Problem
from text.names import name_key
from text.sentences import words

DESCRIPTION_WORDS = (40, 120)
# A start may lie outside the city that a race is named after, but not in another valley.
KM_FROM_CITY = 60
CITY_POPULATION = 100_000
# Somewhere within this there is a town of the named country.
KM_FROM_COUNTRY = 250
# Further ahead than any race announces its date.
YEARS_AHEAD = 5
MULTISPORT = {Sport.TRIATHLON, Sport.DUATHLON, Sport.AQUATHLON, Sport.SWIMRUN}
# What running races call these lengths, and the metres that they may mean.
NAMED_LENGTHS = {
    "5k": (4_900, 5_100),
    "10k": (9_900, 10_100),
    "halfmarathon": (21_000, 21_200),
    "marathon": (42_000, 43_000),
}


def race_problems(race: ContentFile) -> Iterator[Problem]:
    """What one race's file lacks of the standard."""
    data = race.data
    if not data["sources"]:
        yield race.problem("no source", "sources")
    count = len(words(race.body))
    least, most = DESCRIPTION_WORDS
    if not least <= count <= most:
        yield race.body_problem(f"{count} words; the standard is {least} to {most}")
    yield from map(race.body_problem, long_sentences(race.body))
    if "!" in race.body:
        yield race.body_problem("an exclamation mark")
    yield from _month_problems(race)
    if "latitude" in data and "longitude" in data:
        yield from _coordinate_problems(race)
    for index, edition in enumerate(data.get("editions") or []):
        for reason in _edition_reasons(edition):
            yield race.problem(reason, "editions", index)
    if not data["distances"]:
        yield race.problem("no distance", "distances")
    for index, distance in enumerate(data["distances"]):
        for reason in _distance_reasons(data["sport"], distance):
            yield race.problem(reason, "distances", index)


def _month_problems(race: ContentFile) -> Iterator[Problem]:
    month, rule = race.data["usual_month"], (race.data.get("usual_rule") or "").lower()
    if not 1 <= month <= 12:
        yield race.problem(f"there is no month {month}", "usual_month")
        return
    named = {number for name, number in MONTHS.items() if re.search(rf"\b{name}\b", rule)}
    # “Between February and April” may well be March.
    if named and not min(named) <= month <= max(named):
        yield race.problem(f"the rule names another month than {month}", "usual_rule")


def _edition_reasons(edition: dict[str, Any]) -> Iterator[str]:
    today = timezone.localdate()
    start, end = edition["start_date"], edition.get("end_date") or edition["start_date"]
    if not today.year - 50 <= start.year <= today.year + YEARS_AHEAD:
        yield f"an edition in {start.year}"
    if not start <= end <= start + timedelta(days=366):
        yield f"an edition from {start} to {end}"
    for name in ("confirmed_on", "last_verified_on"):
        if edition.get(name) and edition[name] > today:
            yield f"“{name}” is in the future"


def _coordinate_problems(race: ContentFile) -> Iterator[Problem]:
    data = race.data
    here = data["latitude"], data["longitude"]
    towns = _towns().get(data["country"])
    if not towns:
        return
    same_name = [town for town in towns if name_key(data["city"]) in town.keys]
    # Small towns share their names with smaller ones that the gazetteer leaves out.
    if len(same_name) == 1 and same_name[0].population >= CITY_POPULATION:
        away = _kilometres(here, same_name[0].place)
        if away > KM_FROM_CITY:
            yield race.problem(f"{away:.0f} km from {data['city']}", "latitude")
    away = min(_kilometres(here, town.place) for town in towns)
    if away > KM_FROM_COUNTRY:
        yield race.problem(f"{away:.0f} km from any town of {data['country']}", "latitude")


class Town(NamedTuple):
    keys: set[str]
    place: tuple[float, float]
    population: int


@cache
def _towns() -> dict[str, list[Town]]:
    """The towns of the gazetteer by country, from its package: no database is needed."""
    towns = defaultdict(list)
    for city in cities():
        keys = {name_key(name) for name in [city["name"], *city["alternatenames"]]}
        town = Town(keys, (city["latitude"], city["longitude"]), city["population"])
        towns[city["countrycode"]].append(town)
    return towns


def _kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """The great-circle distance between two (latitude, longitude) pairs in degrees."""
    (lat1, lon1), (lat2, lon2) = (map(math.radians, place) for place in (here, there))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def _distance_reasons(sport: str, distance: dict[str, Any]) -> Iterator[str]:
    metres, minutes = distance.get("metres"), distance.get("minutes")
    if sport in MULTISPORT and not distance.get("legs"):
        yield "multisport needs its legs"
    bounds = NAMED_LENGTHS.get(name_key(distance["name"]))
    if bounds and sport == Sport.ROAD_RUNNING and metres and not bounds[0] <= metres <= bounds[1]:
        yield f"“{distance['name']}” of {metres} m"
    if metres is not None and not 100 <= metres <= 6_000_000:
        yield f"a distance of {metres} m"
    if minutes is not None and not 60 <= minutes <= 15_000:
        yield f"a duration of {minutes} minutes"
    cut_off = distance.get("cut_off_minutes")
    if cut_off is not None and metres and not 1 <= metres * 60 / cut_off / 1000 <= 45:
        yield f"{metres} m in {cut_off} minutes is no sane cut-off"


def catalogue_problems(races: Iterable[ContentFile]) -> Iterator[Problem]:
    """What the races get wrong together: a race twice, or sentences that repeat."""
    names: dict[tuple[str, str], ContentFile] = {}
    seen: dict[str, ContentFile] = {}
    for race in races:
        first = names.setdefault((name_key(race.data["name"]), race.data["country"]), race)
        if first is not race:
            yield race.problem(f"the same race as {first.slug}", "name")
        for key in own_sentences(race.body):
            if seen.setdefault(key, race) is not race:
                yield race.body_problem(f"a sentence stands in {seen[key].slug} too: “{key[:60]}”")


def fitting(race_query: str, races: Iterable[ContentFile]) -> list[ContentFile]:
    """The races of the catalogue that a term's saved search would show, once their days come."""
    races, search = list(races), RaceSearch.from_query(race_query)
    places = ((race.data["sport"], race.data["country"]) for race in races)
    lengths = (
        (number, race.data["sport"], distance.get("metres"), _class_of(race, distance))
        for number, race in enumerate(races)
        for distance in race.data["distances"]
    )
    table = Table.of(["race__sport", "race__country"], places)
    distances = Table.of(["race", "edition__race__sport", "metres", "distance_class"], lengths)
    asked = BY_NAME["sport"].condition(search.sport) & BY_NAME["country"].condition(search.country)
    fits = table.holds(asked)
    if search.distance:
        having = distances.holds(BY_NAME["distance"].condition(search.distance))
        fits &= np.isin(np.arange(len(races)), distances["race"].numbers[having])
    return [race for race, is_fitting in zip(races, fits, strict=True) if is_fitting]


def _class_of(race: ContentFile, distance: dict[str, Any]) -> str:
    measures = (distance.get(name) for name in ("metres", "minutes", "loop_metres"))
    return distance.get("distance_class") or classify(race.data["sport"], *measures)


def distance_classes(race: ContentFile) -> set[str]:
    found = {_class_of(race, distance) for distance in race.data["distances"]}
    return found & set(DistanceClass.values)
