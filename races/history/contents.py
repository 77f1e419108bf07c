"""A version of a race as text, by the names that staff see, to be read beside another."""

from datetime import date
from typing import Any

from django.db.models import Model
from reversion.models import Revision

from races.history.rows import PARENTS, Row, Rows, rows_in
from races.models import Distance, Edition, PriceTier, Race

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
