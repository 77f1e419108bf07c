"""The one table of what a term holds besides its own text.

Pages, files, search, links, checks, history, import, API and Markdown go by it: whoever adds a part
adds a line here, its model, its inline in admin and its place in templates/glossary/term.html.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Model, QuerySet
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
from text import markdown


@dataclass
class Row:
    """What readers are told of one row of a part."""


@dataclass
class AliasRow(Row):
    name: str


@dataclass
class FactRow(Row):
    headline: str
    detail: str
    # The place of its source among those of the page, from 1.
    source: int | None


@dataclass
class TipRow(Row):
    text: str


@dataclass
class QuestionRow(Row):
    question: str
    answer: str


@dataclass
class RelationRow(Row):
    title: str
    slug: str
    definition: str
    kind: str
    note: str


@dataclass
class SourceRow(Row):
    title: str
    publisher: str
    url: str
    year: int | None


@dataclass
class AdviceRow(Row):
    level: str
    text: str

    @property
    def heading(self) -> str:
        return CareAdvice.Level(self.level).label


@dataclass
class TermRows:
    """A term as readers see it, with the rows of each part by its name."""

    term: Term
    aliases: list[AliasRow]
    key_facts: list[FactRow]
    tips: list[TipRow]
    faqs: list[QuestionRow]
    relations: list[RelationRow]
    sources: list[SourceRow]
    care_advice: list[AdviceRow]

    @property
    def other_names(self) -> list[str]:
        return [alias.name for alias in self.aliases]

    @property
    def related(self) -> list[RelationRow]:
        return self._of_kind(RelatedTerm.Kind.RELATED)

    @property
    def often_confused(self) -> list[RelationRow]:
        return self._of_kind(RelatedTerm.Kind.OFTEN_CONFUSED)

    def _of_kind(self, kind: RelatedTerm.Kind) -> list[RelationRow]:
        return [relation for relation in self.relations if relation.kind == kind]


@dataclass(frozen=True)
class Part:
    """A kind of row that a term holds many of."""

    model: type[Model]
    # Its name on Term and on TermRows, which its form and versions go by, and in files and the API.
    name: str
    key: str
    # And what a file says of a row, see text.content_files.
    row: type[Row]
    shape: Any
    # As editors call it, and one row of it; as the page calls it, and the id of that heading.
    label: str
    row_label: str
    heading: str = ""
    page_id: str = ""
    # The page has its heading even when there is no row.
    is_always_on_page: bool = False
    # A file may leave it out.
    is_optional: bool = False
    # The field in Markdown, how it is read, and whether words in it become links.
    text: str = ""
    parse: Callable[[str], list[Token]] = markdown.parse
    is_linked: bool = False
    # What its reading age is taken of.
    prose: tuple[str, ...] = ()
    # What search finds, with what stands between, and how much it weighs: A to D.
    indexed: tuple[str, ...] = ()
    joint: str = " "
    weight: str = "C"
    # A row of a form that has this brings the heading onto the page.
    needed: str = ""

    def shown(self) -> QuerySet[Any]:
        """The rows that readers see."""
        return Alias.objects.shown() if self.model is Alias else self.model._default_manager.all()

    def searched(self) -> QuerySet[Any]:
        """The rows that search looks into."""
        return Alias.objects.searched() if self.model is Alias else self.shown()

    @property
    def columns(self) -> list[str]:
        return [field.name for field in fields(self.row)]


# In the order of the form and of files.
PARTS = (
    Part(
        Alias,
        "aliases",
        "aliases",
        AliasRow,
        {"name": str, "kind": str, "never_link?": bool},
        label="Aliases",
        row_label="Alias",
        is_optional=True,
        indexed=("name",),
        weight="A",
    ),
    Part(
        KeyFact,
        "key_facts",
        "key_facts",
        FactRow,
        {"headline": str, "detail": str, "source?": int},
        label="Key facts",
        row_label="Key fact",
        heading="Key facts",
        page_id="key-facts",
        text="detail",
        parse=markdown.parse_inline,
        is_linked=True,
        prose=("detail",),
        indexed=("headline", "detail"),
        joint=": ",
        needed="headline",
    ),
    Part(
        Tip,
        "tips",
        "tips",
        TipRow,
        str,
        label="Tips",
        row_label="Tip",
        heading="Pro tips",
        page_id="pro-tips",
        text="text",
        parse=markdown.parse_inline,
        is_linked=True,
        prose=("text",),
        indexed=("text",),
        needed="text",
    ),
    Part(
        FAQ,
        "faqs",
        "faqs",
        QuestionRow,
        {"question": str, "answer": str},
        label="Questions",
        row_label="Question",
        heading="Questions",
        page_id="questions",
        text="answer",
        is_linked=True,
        prose=("question", "answer"),
        indexed=("question", "answer"),
        needed="question",
    ),
    Part(
        RelatedTerm,
        "relations",
        "related",
        RelationRow,
        {"term": str, "kind?": str, "note?": str},
        label="Related terms",
        row_label="Related term",
        heading="Related terms",
        page_id="related",
        is_always_on_page=True,
        indexed=("note",),
        weight="D",
    ),
    Part(
        Source,
        "sources",
        "sources",
        SourceRow,
        {"title": str, "publisher?": str, "url": str, "year?": int},
        label="Sources",
        row_label="Source",
        heading="Sources",
        page_id="sources",
        is_always_on_page=True,
    ),
    # To be read without distraction, hence without links.
    Part(
        CareAdvice,
        "care_advice",
        "care_advice",
        AdviceRow,
        {"level": str, "text": str},
        label="Care advice",
        row_label="Care advice",
        heading="What to do",
        page_id="care",
        is_optional=True,
        text="text",
        prose=("text",),
        indexed=("text",),
        needed="text",
    ),
)
IN_MARKDOWN = tuple(part for part in PARTS if part.text)
# A fact can name its source once that is stored.
SOURCES_FIRST = tuple(sorted(PARTS, key=lambda part: part.model is not Source))
