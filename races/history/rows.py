"""The rows of a race and its parts, as a version has them and as they stand.

Versions are read field by field, because the tables change and old versions do not: what a version
knows nothing of stays as it is, and what the tables no longer have is passed over.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import reversion
from django.db.models import Model
from reversion.models import Revision

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

# Made anew whenever a race is saved.
DERIVED = {"updated_at", "search", "description_html", "links"}

reversion.register(Race, follow=["editions"], exclude=DERIVED)
reversion.register(Edition, follow=["distances"])
reversion.register(Distance, follow=["price_tiers"])
reversion.register(PriceTier)


@dataclass(frozen=True)
class Row:
    """One row as a version has it: its values by column, without the columns it does not know."""

    pk: int
    values: dict[str, Any]


Rows = dict[type[Model], list[Row]]


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
