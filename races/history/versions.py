"""The history of a race's whole page: every version of it, its editions, distances and prices.

Kept by django-reversion, recorded by name: whoever changes a race calls record_first() before and
races.publishing.changed() after, in one transaction. A version holds the facts, not their
publication: bringing an old one back changes neither whether readers see the race nor its address.

Versions are read field by field, because the tables change and old versions do not: what a version
knows nothing of stays as it is, and what the tables no longer have is passed over.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import reversion
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, models, transaction
from django.db.models import CharField, DateField, F, Model, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from reversion.errors import RevertError
from reversion.models import Revision, Version

from glossary.publishing.history import DELETED
from races.models import Distance, Edition, PriceTier, Race

# Each part, outer ones first: what it is part of, the column that says so, and the way to the race.
OUTER: dict[type[Model], type[Model]] = {Edition: Race, Distance: Edition, PriceTier: Distance}
PARENTS: dict[type[Model], str] = {
    Edition: "race_id",
    Distance: "edition_id",
    PriceTier: "distance_id",
}
TO_RACE: dict[type[Model], str] = {
    Edition: "race",
    Distance: "edition__race",
    PriceTier: "distance__edition__race",
}
MODELS: list[type[Model]] = [Race, *PARENTS]

# In a version only for a race that is recovered after it was deleted.
PUBLICATION = {"state", "slug", "first_published_at", "loaded_digest"}
# Made anew whenever a race is saved.
DERIVED = {"updated_at", "search", "description_html", "links"}
# The calendar repeats after so many days: every first and last of a month stays one.
FOUR_CENTURIES = timedelta(days=146_097)

reversion.register(Race, follow=["editions"], exclude=DERIVED)
reversion.register(Edition, follow=["distances"])
reversion.register(Distance, follow=["price_tiers"])
reversion.register(PriceTier)

User = AbstractBaseUser | None


@dataclass(frozen=True)
class Row:
    """One row as a version has it: its values by column, without the columns it does not know."""

    pk: int
    values: dict[str, Any]


Rows = dict[type[Model], list[Row]]


@dataclass(frozen=True)
class Follower:
    """What an app above hangs on a race: the rows to keep with a race that is deleted, and what to
    do with them when it is recovered. OrganizersConfig adds one.
    """

    rows: Callable[[Race], Iterable[Model]]
    recover: Callable[[Race, Rows], None]


followers: list[Follower] = []


class CannotBringBack(Exception):  # noqa: N818 - reads as what it is
    """This version can't stand in the tables as they are now; says why."""


# Recording.


def lock(pk: int | None) -> Race | None:
    """Hold the race until the transaction ends: who changes any part of it takes this first.

    A stronger lock would keep others from adding an edition or a listing at all.
    """
    return Race.objects.select_for_update(no_key=True).filter(pk=pk or 0).first()


def record(
    race: Race, user: User = None, comment: str = "", also: Iterable[Model] = ()
) -> Revision:
    """Keep the race as it stands now as its newest version, with other rows if there are any."""
    # What was prefetched on this instance may be older than what is stored.
    fresh = Race.objects.select_for_update(no_key=True).get(pk=race.pk)
    with reversion.create_revision(manage_manually=True):
        for row in [fresh, *also]:
            reversion.add_to_revision(row)
        reversion.set_user(user)
        reversion.set_comment(comment)
        reversion.set_date_created(timezone.now())
    newest = latest(race.pk)
    assert newest is not None  # noqa: S101 - for the type checker
    return newest


def record_first(race: Race) -> None:
    """Before a change: hold the race, and keep how it stands if no version has it so."""
    if not lock(race.pk):
        return
    newest = latest(race.pk)
    if newest is None:
        record(race, comment="As it stood before its first change here")
    elif contents(rows_in(newest)) != contents(rows_now(race.pk)):
        record(race, comment="As it stood before the next change")


def record_deletion(race: Race, user: User = None) -> Revision:
    """Keep all that goes when the race is deleted, so that it can be recovered whole."""
    record_first(race)
    theirs = [row for follower in followers for row in follower.rows(race)]
    return record(race, user, DELETED, also=theirs)


# Reading.


def versions_of(pk: int) -> QuerySet[Version]:
    """The versions of a race, the newest first."""
    versions: QuerySet[Version] = Version.objects.get_for_object_reference(Race, pk)
    return versions.select_related("revision__user")


def latest(pk: int | None) -> Revision | None:
    version = versions_of(pk).first() if pk else None
    return version.revision if version else None


def first(pk: int | None) -> Revision | None:
    version = versions_of(pk).last() if pk else None
    return version.revision if version else None


def race_pk_of(model: type[Model], pk: int) -> int | None:
    """The race that a row belongs to, or belonged to before it was deleted."""
    if model is Race:
        return pk
    there = model._default_manager.filter(pk=pk).values_list(TO_RACE[model], flat=True).first()
    if there:
        return int(there)
    version = Version.objects.get_for_object_reference(model, pk).first()
    races = rows_in(version.revision)[Race] if version else []
    return races[0].pk if races else None


def rows_in(revision: Revision) -> Rows:
    """All rows of a version, by their model."""
    rows: Rows = defaultdict(list)
    for version in revision.version_set.select_related("content_type").order_by("pk"):
        model = version.content_type.model_class()
        if model is None or not reversion.is_registered(model):
            continue
        known = json.loads(version.serialized_data)[0]["fields"]
        fields = [field for field in model._meta.concrete_fields if field.name in known]
        stored = version.field_dict
        values = {field.attname: stored[field.attname] for field in fields}
        rows[model].append(Row(int(version.object_id), values))
    return rows


def rows_now(pk: int) -> Rows:
    """All rows of a race as they stand."""
    rows: Rows = defaultdict(list)
    for model in MODELS:
        for row in model._default_manager.filter(**{TO_RACE.get(model, "pk"): pk}):
            fields = row._meta.concrete_fields
            values = {field.attname: getattr(row, field.attname) for field in fields}
            rows[model].append(Row(row.pk, values))
    return rows


def race_in(revision: Revision) -> Race | None:
    """The race alone as in this version, not to be saved."""
    return next((Race(pk=row.pk, **row.values) for row in rows_in(revision)[Race]), None)


Sections = dict[str, list[str]]


def contents(rows: Rows) -> Sections:
    """A version as text: its parts by the names that staff see, a line for each row."""
    found: Sections = {}
    for row in rows[Race]:
        for name, value in _typed(Race, row).items():
            found[name] = value.splitlines()
    editions = {row.pk: row for row in rows[Edition]}
    distances = {row.pk: row for row in rows[Distance]}

    def year(edition_pk: int) -> str:
        edition = editions.get(edition_pk)
        return str(edition.values["start_date"].year) if edition else ""

    def of_distance(row: Row) -> str:
        return f"{year(row.values['edition_id'])} {row.values['name']}"

    in_order = sorted(rows[Edition], key=lambda row: (row.values["start_date"], row.pk))
    found["editions"] = [_line(Edition, row) for row in in_order]
    in_order = sorted(
        rows[Distance],
        key=lambda row: (year(row.values["edition_id"]), row.values.get("position", 0), row.pk),
    )
    found["distances"] = [
        f"{year(row.values['edition_id'])} {_line(Distance, row)}" for row in in_order
    ]
    found["prices"] = [
        f"{of_distance(distances[row.values['distance_id']])}: {_line(PriceTier, row)}"
        for row in sorted(rows[PriceTier], key=lambda row: row.pk)
        if row.values["distance_id"] in distances
    ]
    return found


def _typed(model: type[Model], row: Row) -> dict[str, str]:
    """What staff typed into a row, by the names that they see, in words."""
    found = {}
    for field in model._meta.concrete_fields:
        is_order = field.name == "position" or field.attname == PARENTS.get(model)
        if field.attname in row.values and field.editable and not field.primary_key | is_order:
            found[str(field.verbose_name)] = _in_words(field, row.values[field.attname])
    return found


def _in_words(field: Any, value: Any) -> str:
    if value is None:
        return ""
    if field.is_relation:
        related = field.related_model._base_manager.filter(pk=value).first()
        return str(related or "one that is gone")
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    return str(dict(field.flatchoices).get(value, value))


def _line(model: type[Model], row: Row) -> str:
    typed = [(name, value) for name, value in _typed(model, row).items() if value]
    # The first says what it is: the day of an edition, the name of a distance or price.
    first, *rest = typed
    return " · ".join([first[1], *(f"{name}: {value}" for name, value in rest)])


def side_by_side(before: Rows, after: Rows) -> list[tuple[str, list[str], list[str]]]:
    """Each part that both know, with its lines in the one and in the other."""
    old, new = contents(before), contents(after)
    return [(name, old[name], new[name]) for name in new if name in old]


def changed_sections(before: Revision, after: Revision) -> list[str]:
    """The parts in which two versions differ, by the names staff see."""
    parts = side_by_side(rows_in(before), rows_in(after))
    return [name for name, old, new in parts if old != new]


# Bringing back.


def bring_back(revision: Revision, pk: int) -> Race:
    """Put a version's facts in place of those in the tables; a race that was deleted comes back
    under its old key, as public as it was.

    Raises CannotBringBack, and then nothing has changed.
    """
    rows = rows_in(revision)
    try:
        with transaction.atomic():
            race = _bring_back_race(rows, pk)
            _bring_back_parts(rows, pk)
            return race
    except IntegrityError as error:
        raise CannotBringBack(_in_plain_words(error)) from error
    except RevertError as error:
        raise CannotBringBack(str(error)) from error


def _bring_back_race(rows: Rows, pk: int) -> Race:
    [row] = [row for row in rows[Race] if row.pk == pk]
    race = lock(pk)
    values = row.values
    if race:
        values = {name: value for name, value in values.items() if name not in PUBLICATION}
    elif taken := Race.objects.filter(slug=values["slug"]).first():
        raise CannotBringBack(
            f"“{taken}” has the address “{taken.slug}” by now. Give that race another address "
            "first; then this one can come back."
        )
    race = race or Race(pk=pk)
    _set(race, values)
    race.save()
    return race


def _bring_back_parts(rows: Rows, pk: int) -> None:
    there = {
        model: {part.pk: part for part in model._default_manager.filter(**{lookup: pk})}
        for model, lookup in TO_RACE.items()
    }
    wanted = {model: {row.pk for row in rows[model]} for model in PARENTS}
    for model, parts in there.items():
        model._default_manager.filter(pk__in=parts.keys() - wanted[model]).delete()
    _step_aside(pk)
    for model in PARENTS:
        for row in rows[model]:
            is_there = row.pk in there[model]
            part = there[model][row.pk] if is_there else model(pk=row.pk)
            sequence = getattr(part, "sequence", 0)
            _set(part, row.values)
            if isinstance(part, Edition) and is_there:
                # For calendars it is one more change, not one taken back.
                part.sequence = sequence + 1
            part.save(force_insert=not is_there)


def _step_aside(pk: int) -> None:
    """Out of each other's way: two editions may have swapped their days, two distances names."""
    dates = [field.name for field in Edition._meta.concrete_fields if type(field) is DateField]
    Edition.objects.filter(race=pk).update(**{name: F(name) + FOUR_CENTURIES for name in dates})
    Distance.objects.filter(edition__race=pk).update(
        name=Concat(Value(" "), Cast("pk", CharField()))
    )


def _set(row: Model, values: dict[str, Any]) -> None:
    for field in row._meta.concrete_fields:
        if field.attname not in values:
            continue
        value = values[field.attname]
        if isinstance(field, models.ForeignKey) and field.null and value is not None:
            is_there = field.related_model._base_manager.filter(pk=value).exists()
            value = value if is_there else None
        setattr(row, field.attname, value)


def _in_plain_words(error: IntegrityError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    for model in MODELS:
        for constraint in model._meta.constraints:
            if diagnosis and constraint.name == diagnosis.constraint_name:
                return str(constraint.get_violation_error_message())
    return str(error).splitlines()[0]


def put_back(race_pk: int | None, asked: Collection[tuple[type[Model], int]]) -> None:
    """Make again those of the race's rows that are asked for and gone, as they last were, with what
    they hung on and what hung on them: for a form that still shows them.
    """
    for model, pk in sorted(asked, key=lambda key: MODELS.index(key[0])):
        if model._default_manager.filter(pk=pk).exists():
            continue
        version = Version.objects.get_for_object_reference(model, pk).first()
        rows = rows_in(version.revision) if version else {}
        if any(race.pk == race_pk for race in rows.get(Race, [])):
            _put_back(rows, {(model, pk)})


def _put_back(rows: Rows, wanted: set[tuple[type[Model], int]]) -> None:
    for model in reversed(PARENTS):
        owners = [(OUTER[model], row.values[PARENTS[model]], row.pk) for row in rows[model]]
        wanted |= {(outer, pk) for outer, pk, part in owners if (model, part) in wanted}
    standing, made = set[tuple[type[Model], int]](), set[tuple[type[Model], int]]()
    for model in MODELS:
        keys = [row.pk for row in rows[model]]
        there = model._default_manager.filter(pk__in=keys).values_list("pk", flat=True)
        standing |= {(model, pk) for pk in there}
        for row in rows[model]:
            key = (model, row.pk)
            outer = (OUTER[model], row.values[PARENTS[model]]) if model in PARENTS else None
            if key in standing or (key not in wanted and outer not in made):
                continue
            if outer and outer not in standing | made:
                continue
            if _made_again(model, row):
                made.add(key)


def _made_again(model: type[Model], row: Row) -> bool:
    part = model(pk=row.pk)
    _set(part, row.values)
    try:
        with transaction.atomic():
            part.save(force_insert=True)
    except IntegrityError:
        # Another edition has its day by now, or another race its address.
        return False
    return True
