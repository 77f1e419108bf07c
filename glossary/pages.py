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

from glossary import markdown
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
from glossary.querysets import TermQuerySet


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
    category: str
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


# What a page shows of Markdown, in its order, and how it is read. Of these, glossary.relinking
# keeps a copy in which other terms are linked. Care advice is to be read without distraction.
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


def term_page(slug: str, terms: TermQuerySet) -> TermPage | None:
    """The page of one of these terms, or None. One query, however many parts there are."""
    public = RelatedTerm.objects.filter(term=OuterRef("pk")).filter(
        other__in=Term.objects.published()
    )
    related = public.values(
        json=JSONObject(
            kind=F("kind"),
            note=F("note"),
            title=F("other__title"),
            slug=F("other__slug"),
            definition=F("other__definition"),
            category=F("other__category__name"),
        )
    )
    term = (
        with_texts(terms)
        .filter(slug=slug)
        .select_related("category")
        .defer("search")
        .annotate(
            alias_rows=_part(Alias, "name", "kind"),
            source_rows=_part(Source, "pk", "title", "publisher", "url", "year"),
            advice_rows=_part(CareAdvice, "level", "text"),
            related_rows=ArraySubquery(related),
            linked_html=F("linked_text__html"),
        )
        .first()
    )
    return _rendered(term) if term else None


def _rendered(term: Any) -> TermPage:
    numbers = {source["pk"]: number for number, source in enumerate(term.source_rows, 1)}
    html = _html_of(term)
    relations: dict[str, list[Relation]] = {kind: [] for kind in RelatedTerm.Kind.values}
    for row in term.related_rows:
        relations[row.pop("kind")].append(Relation(**row))
    return TermPage(
        term=term,
        body=html["body"][0],
        # A misspelling is there for search, not to be shown.
        aliases=[row["name"] for row in term.alias_rows if row["kind"] != Alias.Kind.MISSPELLING],
        facts=[
            Fact(row["headline"], detail, numbers.get(row["source"]))
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
