"""What a term page shows, read in one query and rendered to clean HTML."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    KeyFact,
    RelatedTerm,
    Source,
    Term,
    Tip,
)
from glossary.models.querysets import TermQuerySet
from text import markdown

Row = dict[str, Any]


@dataclass
class Fact:
    headline: str
    detail: SafeString
    source: int | None


@dataclass
class Question:
    question: str
    answer: SafeString


@dataclass
class Advice:
    level: str
    heading: str
    text: SafeString


@dataclass
class Relation:
    title: str
    slug: str
    definition: str
    note: str


@dataclass
class Citation:
    title: str
    publisher: str
    url: str
    year: int | None


@dataclass
class TermPage:
    """A term with all its parts, in order and ready for the template."""

    term: Term
    body: SafeString
    aliases: list[str]
    facts: list[Fact]
    tips: list[SafeString]
    questions: list[Question]
    advice: list[Advice]
    related: list[Relation]
    often_confused: list[Relation]
    sources: list[Citation]


def _part(part: Any, *names: str, **more: Any) -> ArraySubquery:
    """The rows of a part of the term, in their order, as JSON objects."""
    of_term = part.objects.filter(term=OuterRef("pk"))
    columns = {name: F(name) for name in names}
    return ArraySubquery(of_term.values(json=JSONObject(**columns, **more)))


# What a page shows of Markdown, in its order, and how it is read. Of these, a copy in which
# other terms are linked is kept (glossary.linking.relinking). Care advice is to be read without
# distraction.
LINKED_TEXTS: dict[str, Callable[[str], list[Token]]] = {
    "body": markdown.parse,
    "facts": markdown.parse_inline,
    "tips": markdown.parse_inline,
    "answers": markdown.parse,
}


def with_texts(terms: TermQuerySet) -> TermQuerySet:
    """Adds what texts_of() reads."""
    return terms.annotate(
        fact_rows=_part(KeyFact, "headline", "detail", source=F("source_id")),
        tip_rows=_part(Tip, "text"),
        faq_rows=_part(FAQ, "question", "answer"),
    )


def texts_of(term: Any) -> dict[str, list[str]]:
    """The Markdown of LINKED_TEXTS, of a term read by with_texts()."""
    return {
        "body": [term.body],
        "facts": [row["detail"] for row in term.fact_rows],
        "tips": [row["text"] for row in term.tip_rows],
        "answers": [row["answer"] for row in term.faq_rows],
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


def term_page(slug: str, terms: TermQuerySet) -> TermPage | None:
    """The page of one of these terms, or None. One query, however many parts there are."""
    term = term_with_rows(slug, terms)
    return _rendered(term) if term else None


def term_with_rows(slug: str, terms: TermQuerySet) -> Any:
    """One of these terms, or None, with its parts as dictionaries and their texts as Markdown:
    alias_rows, source_rows, fact_rows, tip_rows, faq_rows, advice_rows, relation_rows.
    """
    term: Any = (
        with_texts(terms)
        .filter(slug=slug)
        .select_related("category")
        .defer("search")
        .annotate(
            alias_rows=_part(Alias, "name", "kind"),
            source_rows=_part(Source, "pk", "title", "publisher", "url", "year"),
            advice_rows=_part(CareAdvice, "level", "text"),
            relation_rows=_relations("term", "other"),
            # Confused by another page's word: then this page tells the two apart as well.
            confused_rows=_relations("other", "term", kind=RelatedTerm.Kind.OFTEN_CONFUSED),
            linked_html=F("linked_text__html"),
        )
        .first()
    )
    if term:
        _put_in_order(term)
    return term


def page_in_memory(term: Any) -> TermPage:
    """The page of a term that the tables have otherwise: its parts are at hand, as if prefetched.

    What other pages say of it, and links in its texts if they are still the same, are read.
    """

    def rows(part: str, *names: str) -> list[Row]:
        return [{name: getattr(row, name) for name in names} for row in getattr(term, part).all()]

    term.alias_rows = rows("aliases", "name", "kind")
    term.source_rows = rows("sources", "pk", "title", "publisher", "url", "year")
    term.fact_rows = rows("key_facts", "headline", "detail", "source_id")
    for fact in term.fact_rows:
        fact["source"] = fact.pop("source_id")
    term.tip_rows = rows("tips", "text")
    term.faq_rows = rows("faqs", "question", "answer")
    term.advice_rows = rows("care_advice", "level", "text")
    term.relation_rows = [
        {
            **{name: getattr(relation, name) for name in ("kind", "note")},
            **{name: getattr(relation.other, name) for name in ("title", "slug", "definition")},
        }
        for relation in term.relations.all()
        if relation.other.is_public
    ]
    stored = Term.objects.filter(pk=term.pk).annotate(
        confused_rows=_relations("other", "term", kind=RelatedTerm.Kind.OFTEN_CONFUSED),
        linked_html=F("linked_text__html"),
    )
    term.confused_rows, term.linked_html = stored.values_list("confused_rows", "linked_html").get()
    _put_in_order(term)
    return _rendered(term)


def _put_in_order(term: Any) -> None:
    # A misspelling is there for search, not to be shown.
    term.alias_rows = [row for row in term.alias_rows if row["kind"] != Alias.Kind.MISSPELLING]
    numbers = {source["pk"]: number for number, source in enumerate(term.source_rows, 1)}
    for fact in term.fact_rows:
        fact["source"] = numbers.get(fact["source"])
    term.advice_rows.sort(key=lambda row: LEVELS.index(row["level"]))
    term.relation_rows = _without_doubles(term.relation_rows, term.confused_rows)


def _without_doubles(relations: list[Row], confused: list[Row]) -> list[Row]:
    """Relations of this page and those from other pages, each word once, pairs last."""
    own = [row for row in relations if row["kind"] == RelatedTerm.Kind.OFTEN_CONFUSED]
    pairs = {row["slug"]: row for row in own}
    for row in confused:
        pair = pairs.setdefault(row["slug"], row)
        pair["note"] = pair["note"] or row["note"]
    return [row for row in relations if row["slug"] not in pairs] + list(pairs.values())


def _rendered(term: Any) -> TermPage:
    html = _html_of(term)
    relations: dict[str, list[Relation]] = {kind: [] for kind in RelatedTerm.Kind.values}
    for row in term.relation_rows:
        relations[row["kind"]].append(
            Relation(row["title"], row["slug"], row["definition"], row["note"])
        )
    return TermPage(
        term=term,
        body=html["body"][0],
        aliases=[row["name"] for row in term.alias_rows],
        facts=[
            Fact(row["headline"], detail, row["source"])
            for row, detail in zip(term.fact_rows, html["facts"], strict=True)
        ],
        tips=html["tips"],
        questions=[
            Question(row["question"], answer)
            for row, answer in zip(term.faq_rows, html["answers"], strict=True)
        ],
        advice=[
            Advice(row["level"], CareAdvice.Level(row["level"]).label, markdown.render(row["text"]))
            for row in term.advice_rows
        ],
        related=relations[RelatedTerm.Kind.RELATED],
        often_confused=relations[RelatedTerm.Kind.OFTEN_CONFUSED],
        sources=[
            Citation(row["title"], row["publisher"], row["url"], row["year"])
            for row in term.source_rows
        ],
    )


def _html_of(term: Any) -> dict[str, list[SafeString]]:
    """The texts as HTML, with other terms linked once the worker has got round to it."""
    texts, linked = texts_of(term), term.linked_html
    if linked and linked["digest"] == digest_of(texts):
        # relinking has cleaned it as it was made.
        return {part: [mark_safe(html) for html in linked[part]] for part in texts}  # noqa: S308
    return {
        part: [markdown.to_html(LINKED_TEXTS[part](text)) for text in part_texts]
        for part, part_texts in texts.items()
    }
