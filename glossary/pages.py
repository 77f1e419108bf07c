"""What a term page shows, read in one query and rendered to clean HTML."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils.safestring import SafeString

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
        terms.filter(slug=slug)
        .select_related("category")
        .defer("search")
        .annotate(
            alias_rows=_part(Alias, "name", "kind"),
            source_rows=_part(Source, "pk", "title", "publisher", "url", "year"),
            fact_rows=_part(KeyFact, "headline", "detail", source=F("source_id")),
            tip_rows=_part(Tip, "text"),
            faq_rows=_part(FAQ, "question", "answer"),
            advice_rows=_part(CareAdvice, "level", "text"),
            related_rows=ArraySubquery(related),
        )
        .first()
    )
    return _rendered(term) if term else None


def _rendered(term: Any) -> TermPage:
    numbers = {source["pk"]: number for number, source in enumerate(term.source_rows, 1)}
    relations: dict[str, list[Relation]] = {kind: [] for kind in RelatedTerm.Kind.values}
    for row in term.related_rows:
        relations[row.pop("kind")].append(Relation(**row))
    return TermPage(
        term=term,
        body=markdown.render(term.body),
        # A misspelling is there for search, not to be shown.
        aliases=[row["name"] for row in term.alias_rows if row["kind"] != Alias.Kind.MISSPELLING],
        facts=[
            Fact(row["headline"], markdown.render_inline(row["detail"]), numbers.get(row["source"]))
            for row in term.fact_rows
        ],
        tips=[markdown.render_inline(row["text"]) for row in term.tip_rows],
        questions=[
            Question(row["question"], markdown.render(row["answer"])) for row in term.faq_rows
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
