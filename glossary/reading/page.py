"""What a term page shows, read in one query and rendered to clean HTML."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from glossary.models import (
    Alias,
    CareAdvice,
    Category,
    KeyFact,
    RelatedTerm,
    Source,
    Term,
    TermQuerySet,
)
from glossary.parts import IN_MARKDOWN, PARTS, Part, Row, TermRows
from text import markdown

# A row of a part as the database hands it over.
Json = dict[str, Any]


@dataclass
class TermPage(TermRows):
    """The same with its Markdown as HTML, ready for the template."""

    body: SafeString


# What a page shows of Markdown, in its order, and how it is read. Of these, a copy in which
# other terms are linked is kept (glossary.linking.relinking).
LINKED_TEXTS: dict[str, Callable[[str], list[Token]]] = {
    "body": markdown.parse,
    **{part.name: part.parse for part in PARTS if part.is_linked},
}


def _part(part: Part) -> ArraySubquery:
    """The rows of a part of the term, in their order, as JSON objects."""
    if part.model is RelatedTerm:
        return _relations("term", "other")
    # By its id a fact names its source.
    names = [*part.columns, "pk"] if part.model is Source else part.columns
    of_term = part.shown().filter(term=OuterRef("pk"))
    return ArraySubquery(of_term.values(json=JSONObject(**{name: F(name) for name in names})))


def _rows(term: Term, name: str) -> list[Json]:
    rows: list[Json] = vars(term)[f"{name}_rows"]
    return rows


def with_texts(terms: TermQuerySet) -> TermQuerySet:
    """Adds what texts_of() reads."""
    return terms.annotate(**{f"{part.name}_rows": _part(part) for part in PARTS if part.is_linked})


def texts_of(term: Term) -> dict[str, list[str]]:
    """The Markdown of LINKED_TEXTS, of a term read by with_texts()."""
    return {
        "body": [term.body],
        **{
            part.name: [row[part.text] for row in _rows(term, part.name)]
            for part in PARTS
            if part.is_linked
        },
    }


def digest_of(texts: dict[str, list[str]]) -> str:
    """Tells whether a LinkedText was made from these texts, or from older ones."""
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def _relations(near: str, far: str, **which: Any) -> ArraySubquery:
    """Relations of the term, which is their `near` end, to published terms at their `far` end."""
    public = RelatedTerm.objects.filter(
        **{near: OuterRef("pk"), f"{far}__in": Term.objects.published()}, **which
    )
    columns = {name: F(f"{far}__{name}") for name in ("title", "slug", "definition")}
    return ArraySubquery(public.values(json=JSONObject(kind=F("kind"), note=F("note"), **columns)))


# The most pressing first: whoever is hurt reads, or hears, no further than it concerns them.
LEVELS = [
    CareAdvice.Level.EMERGENCY,
    CareAdvice.Level.SAME_DAY,
    CareAdvice.Level.SEE_SOMEONE,
    CareAdvice.Level.SELF_CARE,
    CareAdvice.Level.LEAVE_OUT,
]


def term_page(slug: str, *, is_public: bool = True) -> TermPage | None:
    """The page of a word that readers see, or of any. One query, however many parts there are."""
    term = _read(slug, is_public)
    return _rendered(term) if term else None


def _rendered(term: Term) -> TermPage:
    html, rows = _html_of(term), _rows_by_part(term)
    for part in IN_MARKDOWN:
        there = rows[part.name]
        texts = html.get(part.name) or [_as_html(part, row) for row in there]
        rows[part.name] = [
            replace(row, **{part.text: text}) for row, text in zip(there, texts, strict=True)
        ]
    return TermPage(term=term, body=html["body"][0], **rows)


def _as_html(part: Part, row: Row) -> SafeString:
    return markdown.to_html(part.parse(getattr(row, part.text)))


def term_with_rows(slug: str) -> TermRows | None:
    """A word that readers see, or None, its texts as Markdown."""
    term = _read(slug, is_public=True)
    return TermRows(term=term, **_rows_by_part(term)) if term else None


def _read(slug: str, is_public: bool) -> Term | None:
    sql, parameters = _statement(is_public)
    now = timezone.now()
    given = [
        slug if value == SLUG else now if isinstance(value, datetime) else value
        for value in parameters
    ]
    for term in Term.objects.raw(sql, given):
        found = vars(term)
        for name in ("linked_html", "shelf"):
            found[name] = json.loads(found[name] or "null")
        for name in ROWS:
            found[name] = [json.loads(row) for row in found[name]]
        term.category = Category(**found.pop("shelf"))
        return term
    return None


ROWS = [f"{name}_rows" for name in (*(part.name for part in PARTS), "confused")]
# Stands for the slug that is asked for, as the present moment does for that of asking.
SLUG = "\x00"


@cache
def _statement(is_public: bool) -> tuple[str, tuple[Any, ...]]:
    """The one query of a page, put together once in a process.

    Django takes several times as long to do so as PostgreSQL to answer.
    """
    terms = Term.objects.published() if is_public else Term.objects.all()
    columns = {field.attname: F(f"category__{field.attname}") for field in Category._meta.fields}
    read = (
        terms.filter(slug=SLUG)
        .defer("search")
        .annotate(
            **{f"{part.name}_rows": _part(part) for part in PARTS},
            # Confused by another page's word: then this page tells the two apart as well.
            confused_rows=_relations("other", "term", kind=RelatedTerm.Kind.OFTEN_CONFUSED),
            linked_html=F("linked_text__html"),
            shelf=JSONObject(**columns),
        )
    )
    return read.query.sql_with_params()


def page_in_memory(term: Term) -> TermPage:
    """The page of a term that the tables have otherwise: its parts are at hand, as if prefetched.

    What other pages say of it, and links in its texts if they are still the same, are read.
    """
    rows = {f"{part.name}_rows": _rows_at_hand(part, term) for part in PARTS}
    stored = Term.objects.filter(pk=term.pk).annotate(
        confused_rows=_relations("other", "term", kind=RelatedTerm.Kind.OFTEN_CONFUSED),
        linked_html=F("linked_text__html"),
    )
    vars(term).update(rows, **stored.values("confused_rows", "linked_html").get())
    return _rendered(term)


def _rows_at_hand(part: Part, term: Term) -> list[Json]:
    rows = getattr(term, part.name).all()
    if part.model is RelatedTerm:
        return [
            {
                **{name: getattr(relation, name) for name in ("kind", "note")},
                **{name: getattr(relation.other, name) for name in ("title", "slug", "definition")},
            }
            for relation in rows
            if relation.other.is_public
        ]
    if part.model is Alias:
        rows = [alias for alias in rows if alias.kind in Alias.SHOWN]
    names = {name: name for name in part.columns}
    names |= {"pk": "pk"} if part.model is Source else {}
    names |= {"source": "source_id"} if part.model is KeyFact else {}
    return [{name: getattr(row, field) for name, field in names.items()} for row in rows]


def _rows_by_part(term: Term) -> dict[str, list[Any]]:
    """The rows of each part, by its name, in the order of the page."""
    rows = {part.name: _rows(term, part.name) for part in PARTS}
    numbers = {source.pop("pk"): number for number, source in enumerate(rows["sources"], 1)}
    for fact in rows["key_facts"]:
        fact["source"] = numbers.get(fact["source"])
    rows["care_advice"].sort(key=lambda row: LEVELS.index(row["level"]))
    rows["relations"] = _without_doubles(rows["relations"], _rows(term, "confused"))
    return {part.name: [part.row(**row) for row in rows[part.name]] for part in PARTS}


def _without_doubles(relations: list[Json], confused: list[Json]) -> list[Json]:
    """Relations of this page and those from other pages, each word once, pairs last."""
    own = [row for row in relations if row["kind"] == RelatedTerm.Kind.OFTEN_CONFUSED]
    pairs = {row["slug"]: row for row in own}
    for row in confused:
        pair = pairs.setdefault(row["slug"], row)
        pair["note"] = pair["note"] or row["note"]
    return [row for row in relations if row["slug"] not in pairs] + list(pairs.values())


def _html_of(term: Term) -> dict[str, list[SafeString]]:
    """The texts as HTML, with other terms linked once the worker has got round to it."""
    texts, linked = texts_of(term), vars(term)["linked_html"]
    if linked and linked["digest"] == digest_of(texts):
        # relinking has cleaned it as it was made.
        return {part: [mark_safe(html) for html in linked[part]] for part in texts}  # noqa: S308
    return {
        part: [markdown.to_html(LINKED_TEXTS[part](text)) for text in part_texts]
        for part, part_texts in texts.items()
    }
