"""An old version of a race put in the place of what stands, or a deleted race put back.

A version holds the facts, not their publication: bringing an old one back changes neither whether
readers see the race nor its address.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import CharField, DateField, F, Model, Value
from django.db.models.functions import Cast, Concat
from reversion.errors import RevertError
from reversion.models import Revision, Version

from races.history.rows import MODELS, OUTER, PARENTS, TO_RACE, Row, Rows, rows_in
from races.history.versions import lock
from races.models import Distance, Edition, Race
from web.refusals import violated

# In a version only for a race that is recovered after it was deleted.
PUBLICATION = {"state", "slug", "first_published_at", "loaded_digest"}
# The calendar repeats after so many days: every first and last of a month stays one.
FOUR_CENTURIES = timedelta(days=146_097)


class CannotBringBack(Exception):  # noqa: N818 - reads as what it is
    """This version can't stand in the tables as they are now; says why."""


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
    if found := violated(error, MODELS):
        return str(found[1].get_violation_error_message())
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
