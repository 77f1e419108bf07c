"""Loading the race catalogue from its files."""

from copy import copy
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q

from glossary.files.addresses import left_behind, pages_of, removed_addresses, save_addresses
from glossary.files.loading import Changes, DryRun
from glossary.files.rows import filled, invalid
from glossary.files.saving import saving
from glossary.linking.relinking import current_names
from races.choices import DatePrecision, EventStatus
from races.files import race_files
from races.history import versions
from races.models import Distance, Edition, FormerAddress, Place, Race, bracket
from races.models.naming import lock_names
from races.publishing import DateChange, changed
from races.reading.descriptions import link_descriptions
from races.rolling_over import next_expected, roll_over
from text import content_files
from text.content_files import ContentError, ContentFile, Problem


def load_races(folder: Path = race_files.CONTENT, *, dry_run: bool = False) -> Changes:
    """Load the races, then see that every one has an edition ahead. Raises ContentError, and then
    has loaded nothing.

    Only a file that differs from what was last loaded is loaded again, and then it wins over what
    was changed in admin. What was deleted or merged there stays so. Any race without an upcoming
    edition, from a file or not, gets a provisional one in its usual month, so this may run daily.
    """
    files = content_files.read_folder(folder, race_files.RACE)
    changes = Changes()
    try:
        with transaction.atomic():
            _one_run_at_a_time()
            _load_removed(folder / "removed.yaml")
            _load(files, changes)
            _note(changes, [race.slug for race in roll_over()])
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    return changes


def _one_run_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('races.loading'))")


def _note(changes: Changes, rolled: list[str]) -> None:
    known = {*changes.created, *changes.updated}
    changes.updated += [slug for slug in rolled if slug not in known]
    changes.unchanged = [slug for slug in changes.unchanged if slug not in rolled]


def _load_removed(path: Path) -> None:
    """Keep the addresses of deleted races answering “gone”, unless a race has one of them."""
    taken = set(Race.objects.values_list("slug", flat=True))
    addresses = [row for row in removed_addresses(path, FormerAddress) if row.slug not in taken]
    FormerAddress.objects.bulk_create(addresses, ignore_conflicts=True)


def _races_of(files: list[ContentFile]) -> dict[str, Race]:
    """The race of each file that has one: by its slug, or by an address that it once had."""
    races = {race.slug: race for race in Race.objects.all()}
    for address in FormerAddress.objects.exclude(race=None).select_related("race"):
        if address.race:
            races.setdefault(address.slug, races[address.race.slug])
    return pages_of(files, races)


def _load(files: list[ContentFile], changes: Changes) -> None:
    lock_names()
    races = _races_of(files)
    gone = FormerAddress.objects.filter(Q(race=None) | Q(was_merged=True))
    removed = set(gone.values_list("slug", flat=True)) - {
        slug for slug, race in races.items() if race.slug == slug
    }
    changes.unchanged += [file.slug for file in files if file.slug in removed]
    files = [file for file in files if file.slug not in removed]
    problems = list(left_behind(files, races))
    dates: list[DateChange] = []
    old_slugs = {race.pk: race.slug for race in races.values()}
    for file in files:
        race = races.get(file.slug)
        if race is not None and race.loaded_digest == file.digest:
            changes.unchanged.append(file.slug)
            if not race.sources:
                # It was loaded when they were not kept.
                Race.objects.filter(pk=race.pk).update(sources=file.data["sources"])
            continue
        (changes.updated if race else changes.created).append(file.slug)
        problems += saving(file, partial(_save, file, races, dates))
    if problems:
        raise ContentError(problems)
    created = [races[slug] for slug in changes.created]
    updated = [races[slug] for slug in changes.updated]
    changed(created, texts=False)
    changed(updated, why="Loaded from its file", texts=False, dates=dates, old_slugs=old_slugs)
    if loaded := [race.pk for race in created + updated]:
        # Linked here and now, so that a first load needs no worker.
        link_descriptions(Race.objects.filter(pk__in=loaded), current_names())


def _save(file: ContentFile, races: dict[str, Race], dates: list[DateChange]) -> list[Problem]:
    """Save the file's race and put it into `races`."""
    is_new = file.slug not in races
    race = races.setdefault(file.slug, Race(slug=file.slug, state=Race.State.PUBLISHED))
    if not is_new:
        versions.record_first(race)
        # An editor may have been faster, before it was held.
        race.refresh_from_db()
    formerly = file.data.get("formerly") or []
    if race.slug in formerly:
        race.slug = file.slug
    for name, value in _race_values(file).items():
        setattr(race, name, value)
    race.place = Place.objects.named(race.city, race.country)
    problems = invalid(file, race, ()) or _misnamed(file, race)
    if problems:
        return problems
    race.save()
    problems += save_addresses(file, race, formerly, FormerAddress, race=race, version=None)
    named = _named(file)
    starts = [values["start_date"] for values in named]
    for index, values in enumerate(named):
        edition = _edition_meant(race, values["start_date"], starts)
        was = copy(edition)
        edition = edition or Edition(race=race)
        _set(edition, values)
        problems += invalid(file, edition, ("editions", index))
        if problems:
            return problems
        edition.save()
        if was:
            dates.append(DateChange(edition, was))
        problems += _save_distances(file, edition)
    return problems + _save_expected(file, race, starts)


def _set(edition: Edition, values: dict[str, Any]) -> None:
    """Set what the file says of an edition, its dates and its status by their verbs."""
    values = values.copy()
    start, end, precision = (values.pop(k) for k in ("start_date", "end_date", "date_precision"))
    confirmed_on, status = values.pop("confirmed_on", None), values.pop("status", None)
    if edition._state.adding:
        edition.start_date, edition.end_date, edition.date_precision = start, end, precision
    # A file that names the date it was moved from has not heard of the move.
    is_behind = edition.previous_start_date == start
    earlier = values.pop("previous_start_date", None)
    story = {name: values.pop(name, None) for name in ("status_note", "status_since")}
    if not is_behind:
        if edition.dates != (start, end, precision):
            edition.reschedule(start, end, precision)
        _set_status(edition, status, earlier)
        if confirmed_on and confirmed_on != edition.confirmed_on and not edition.is_off:
            edition.confirm(confirmed_on)
        values |= filled(story)
    for name, value in values.items():
        setattr(edition, name, value)


def _set_status(edition: Edition, status: str | None, earlier: date | None) -> None:
    if status == EventStatus.RESCHEDULED and earlier not in (None, edition.previous_start_date):
        edition.moved_from(earlier)
    elif status == EventStatus.SCHEDULED and edition.status == EventStatus.RESCHEDULED:
        pass  # both say that it takes place on this date
    elif status in (None, edition.status):
        pass
    elif status == EventStatus.SCHEDULED:
        edition.resume()
    elif status == EventStatus.CANCELLED:
        edition.cancel()
    elif status == EventStatus.POSTPONED:
        edition.postpone()
    elif status == EventStatus.MOVED_ONLINE:
        edition.move_online()
    else:
        # Unknown, or moved from no date that is named: the field or the database says so.
        edition.status = status


def _misnamed(file: ContentFile, race: Race) -> list[Problem]:
    try:
        race.clean()
    except ValidationError as error:
        return [
            file.problem(message, field)
            for field, messages in error.message_dict.items()
            for message in messages
        ]
    return []


def _edition_meant(race: Race, start: date, starts: list[date]) -> Edition | None:
    """The edition that a file means by `start`; `starts` are all those it names.

    One that was moved within its year is still the same, unless the file names it too.
    """
    same_year = race.editions.filter(start_date__year=start.year)
    moved = same_year.exclude(start_date__in=starts)
    return same_year.filter(start_date=start).first() or moved.first()


def _save_expected(file: ContentFile, race: Race, starts: list[date]) -> list[Problem]:
    """The distances of the edition that is expected; it is made here while the race has none."""
    if race.is_public and not race.editions.exists():
        following = next_expected(race, [])
        assert following  # noqa: S101 - a file has a usual month
        start, end, precision = following
        Edition(race=race, start_date=start, end_date=end, date_precision=precision).save()
    ahead = race.editions.upcoming()
    problems: list[Problem] = []
    for edition in ahead.exclude(date_precision=DatePrecision.DAY).exclude(start_date__in=starts):
        problems += _save_distances(file, edition)
    return problems


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
        "latin_name": data.get("latin_name") or "",
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
        "sources": data["sources"],
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
