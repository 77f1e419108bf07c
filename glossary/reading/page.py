"""What a term page shows, read in one query and rendered to clean HTML."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.html import format_html
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
from glossary.parts import IN_MARKDOWN, PARTS, AdviceRow, Part, Row, SourceRow, TermRows
from text import markdown
from text.names import name_key
from text.sentences import itemised, sentences

# A row of a part as the database hands it over.
Json = dict[str, Any]


@dataclass
class Outlook:
    """A question that whoever is hurt asks first, and how its answer begins."""

    question: str
    answer: str
    # Among the questions of the page, from 1.
    number: int


@dataclass
class TermPage(TermRows):
    """The same with its Markdown as HTML, ready for the template."""

    body: SafeString
    # What it comes to, in three lines: a few words, and what they head.
    in_short: list[tuple[str, str]]
    # Of a page with care advice: may I go on, and how long will it take?
    outlook: list[Outlook]
    # For each source, the ids of the places that cite it.
    cited: list[list[str]]
    # In its category, by the alphabet: titles and slugs.
    before: Json | None
    after: Json | None

    @property
    def sources_with_places(self) -> list[tuple[SourceRow, list[str]]]:
        return list(zip(self.sources, self.cited, strict=True))

    @property
    def is_injury(self) -> bool:
        """Whether it keeps one from racing: it says how long, or its editor named no race."""
        keeps_away = any(HOW_LONG.match(item.question) for item in self.outlook)
        return bool(self.care_advice) and (keeps_away or not self.term.race_query)

    @property
    def stops(self) -> list[tuple[str, str]]:
        """The sections of the page in its order, each with its id."""
        shown = {part.page_id: part.heading for part in PARTS if part.page_id}
        shown |= {"understanding": "Understanding", "confused": "Often confused"}
        there = {part.page_id: getattr(self, part.name) for part in PARTS if part.page_id}
        there |= {"understanding": True, "related": True, "sources": True}
        there["confused"] = self.often_confused
        return [*((id_, shown[id_]) for id_ in STOPS if there[id_]), ("next-event", NEXT_EVENT)]


STOPS = (
    "care",
    "understanding",
    "key-facts",
    "pro-tips",
    "questions",
    "confused",
    "related",
    "sources",
)
NEXT_EVENT = "Your next event"


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


# An emergency before all else. Then what most who are hurt came for, and when it is not enough.
LEVELS = [
    CareAdvice.Level.EMERGENCY,
    CareAdvice.Level.SELF_CARE,
    CareAdvice.Level.LEAVE_OUT,
    CareAdvice.Level.SEE_SOMEONE,
    CareAdvice.Level.SAME_DAY,
]
# What one does oneself, step by step.
AS_LIST = (CareAdvice.Level.SELF_CARE, CareAdvice.Level.LEAVE_OUT)
FACTS_IN_SHORT, TIPS_IN_SHORT = 2, 1
MAY_I = re.compile(
    r"(?:can|may|should) i (?:still |keep |carry on )?(?:run|train|ride|swim|race)", re.I
)
HOW_LONG = re.compile(r"how long (?!should)|when (?:can|may|will) ", re.I)
# An answer's first sentence is one that says something.
SAYS_LITTLE = 40
CITATION = re.compile(r'<a class="citation" href="#source-(\d+)"')


def term_page(slug: str, *, is_public: bool = True) -> TermPage | None:
    """The page of a word that readers see, or of any. One query, however many parts there are."""
    term = _read(slug, is_public)
    return _rendered(term) if term else None


def _rendered(term: Term) -> TermPage:
    html, rows = _html_of(term), _rows_by_part(term)
    in_short = [] if rows["care_advice"] else _in_short(rows)
    outlook = _outlook(rows) if rows["care_advice"] else []
    citations = Citations()
    # In the order of the page, so that a source leads back to its first place.
    advice = [part for part in IN_MARKDOWN if part.model is CareAdvice]
    for part in advice:
        _put_html(rows, part, [_as_html(part, row) for row in rows[part.name]], citations)
    body = citations.marked(html["body"][0])
    for part in IN_MARKDOWN:
        if part not in advice:
            texts = html.get(part.name) or [_as_html(part, row) for row in rows[part.name]]
            _put_html(rows, part, texts, citations)
    found = vars(term)
    return TermPage(
        term=term,
        body=body,
        in_short=in_short,
        outlook=outlook,
        cited=[citations.places[number] for number in range(1, len(rows["sources"]) + 1)],
        before=found["before"],
        after=found["after"],
        **rows,
    )


class Citations:
    """The places of a page that cite a source, as they are marked one after the other."""

    def __init__(self) -> None:
        # The ids, by the source's number.
        self.places: defaultdict[int, list[str]] = defaultdict(list)

    def marked(self, html: SafeString) -> SafeString:
        """The text with an id at each citation, and a name: “[1]” alone says nothing aloud."""
        return mark_safe(CITATION.sub(self._mark, html))  # noqa: S308 - digits are added to clean HTML

    def _mark(self, link: re.Match[str]) -> str:
        number = int(link[1])
        places = self.places[number]
        places.append(f"cited-{number}-{len(places) + 1}")
        return f'{link[0]} id="{places[-1]}" aria-label="source {number}"'


def _put_html(
    rows: dict[str, list[Any]], part: Part, texts: list[SafeString], citations: Citations
) -> None:
    if part.model is KeyFact:
        texts = [
            text + _cited(row.source) for row, text in zip(rows[part.name], texts, strict=True)
        ]
    rows[part.name] = [
        replace(row, **{part.text: citations.marked(text)})
        for row, text in zip(rows[part.name], texts, strict=True)
    ]


def _cited(source: int | None) -> SafeString:
    """As text.markdown writes a citation."""
    if source is None:
        return SafeString()
    return format_html('<sup><a class="citation" href="#source-{0}">[{0}]</a></sup>', source)


def _as_html(part: Part, row: Row) -> SafeString:
    text = getattr(row, part.text)
    if isinstance(row, AdviceRow) and row.level in AS_LIST:
        text = itemised(text)
    return markdown.to_html(part.parse(text))


def _in_short(rows: dict[str, list[Any]]) -> list[tuple[str, str]]:
    facts = [
        (fact.headline, markdown.without_markup(fact.detail))
        for fact in rows["key_facts"][:FACTS_IN_SHORT]
    ]
    tips = [("Try this", markdown.without_markup(tip.text)) for tip in rows["tips"][:TIPS_IN_SHORT]]
    return facts + tips


def _outlook(rows: dict[str, list[Any]]) -> list[Outlook]:
    questions = list(enumerate(rows["faqs"], 1))
    found = []
    for asked in (MAY_I, HOW_LONG):
        for number, row in questions:
            if asked.match(row.question):
                first, *others = sentences(row.answer) or [""]
                answer = f"{first} {others[0]}" if others and len(first) < SAYS_LITTLE else first
                found.append(Outlook(row.question, answer, number))
                break
    return found


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
        for name in ("linked_html", "shelf", "before", "after"):
            found[name] = json.loads(found[name] or "null")
        for name in ROWS:
            found[name] = [json.loads(row) for row in found[name]]
        term.category = Category(**found.pop("shelf"))
        return term
    return None


def _shelf_neighbours(category: Any, key: Any, **but: Any) -> dict[str, Subquery]:
    """The titles and slugs of the words before and after a key in a category."""
    on_the_shelf = Term.objects.published().filter(category=category).exclude(**but)
    sides = {"before": ("lt", "-title_key"), "after": ("gt", "title_key")}
    return {
        name: Subquery(
            on_the_shelf.filter(**{f"title_key__{side}": key})
            .order_by(order)
            .values(json=JSONObject(title=F("title"), slug=F("slug")))[:1]
        )
        for name, (side, order) in sides.items()
    }


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
            **_shelf_neighbours(OuterRef("category"), OuterRef("title_key")),
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
        **_shelf_neighbours(term.category_id, name_key(term.title), pk=term.pk),
    )
    also = ("confused_rows", "linked_html", "before", "after")
    vars(term).update(rows, **stored.values(*also).get())
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
