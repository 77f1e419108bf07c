"""A version of a term's page as text, by the names that editors see, to be read beside another."""

from collections import defaultdict
from typing import Any

from django.db.models import Model
from reversion.models import Revision

from glossary.models import Category, RelatedTerm, Source, Term
from glossary.parts import PARTS

# In versions, though no editor types it: the stamp, for reversion can't bring a row back without
# one, the public dates, what its file said and which links were taken back, for a term that is
# recovered after it was deleted.
RECOVERED = {
    *("updated_at", "first_published_at", "changed_on"),
    *("loaded_digest", "previews_stopped"),
}
# What editors do not type.
DERIVED = {*RECOVERED, "title_key", "key", "id", "term_id"}


def changed_sections(before: Revision, after: Revision) -> list[str]:
    """The parts of the page in which two versions differ, by the names editors see."""
    return [name for name, old, new in side_by_side(before, after) if old != new]


def side_by_side(before: Revision, after: Revision) -> list[tuple[str, list[str], list[str]]]:
    """Each part of the page with its lines in the one version and in the other."""
    old, new = contents(before), contents(after)
    return [(name, old.get(name, []), new.get(name, [])) for name in {**old, **new}]


def contents(revision: Revision) -> dict[str, list[str]]:
    """A version of the page as text: its parts by the names editors see, a line for each row."""
    found: dict[str, list[str]] = {}
    rows: dict[type[Model], list[dict[str, Any]]] = defaultdict(list)
    for version in revision.version_set.select_related("content_type").order_by("pk"):
        rows[version._model].append(version.field_dict)
    for fields in rows.pop(Term, []):
        category = Category.objects.filter(pk=fields["category_id"]).first()
        for field in Term._meta.concrete_fields:
            if field.attname in fields and field.attname not in DERIVED:
                value = category if field.name == "category" else fields[field.attname]
                found[str(field.verbose_name)] = _lines(value)
    sources = {row["id"]: row["title"] for row in rows[Source]}
    others = {row["other_id"] for row in rows[RelatedTerm]}
    titles = dict(Term.objects.filter(pk__in=others).values_list("pk", "title"))
    for part in PARTS:
        ordered = sorted(rows[part.model], key=lambda row: (row.get("position", 0), row["id"]))
        found[str(part.model._meta.verbose_name_plural)] = [
            _row_as_text(row, sources, titles) for row in ordered
        ]
    return found


def _lines(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value).splitlines() if value not in (None, "") else []


def _row_as_text(row: dict[str, Any], sources: dict[int, str], titles: dict[int, str]) -> str:
    named = {
        **{name: row[name] for name in row if name not in DERIVED | {"position"}},
        **({"source_id": sources.get(row["source_id"])} if "source_id" in row else {}),
        **(
            {"other_id": titles.get(row["other_id"], "a term that is gone")}
            if "other_id" in row
            else {}
        ),
        **(
            {"never_link": "never linked" if row["never_link"] else ""}
            if "never_link" in row
            else {}
        ),
    }
    return " · ".join(str(value) for value in named.values() if value not in (None, ""))
