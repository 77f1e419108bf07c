"""A word's page as Markdown, and the list of words that /llms.txt is (see llmstxt.org)."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import Truncator

from glossary.models import CareAdvice, Category, Term
from glossary.parts import (
    IN_MARKDOWN,
    AdviceRow,
    FactRow,
    Part,
    RelationRow,
    Row,
    SourceRow,
    TermRows,
)
from glossary.reading.page import term_with_rows
from glossary.reading.views import moved_or_gone
from text import markdown
from web.addresses import absolute
from web.public_pages import public_data

# Above this many words the list would be no help to a reader with little memory.
WORDS_LISTED = 1000
SUMMARY = 120


def escaped(text: str) -> str:
    """Text that is no Markdown, so that it reads the same in Markdown."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))


def link(title: str, slug: str) -> str:
    address = absolute(reverse("glossary:term_as_markdown", args=[slug]))
    return f"[{escaped(title)}]({address})"


def term(rows: TermRows) -> str:
    """A term's page."""
    return "\n\n".join(block for block in _blocks(rows) if block) + "\n"


def _blocks(rows: TermRows) -> Iterator[str]:
    term = rows.term
    yield f"# {escaped(term.title)}"
    if rows.aliases:
        yield "Also: " + ", ".join(map(escaped, rows.other_names))
    yield f"> {escaped(term.definition)}"
    # As on the page, care advice comes first.
    for part in IN_MARKDOWN:
        if part.model is CareAdvice:
            yield from _part(part, getattr(rows, part.name))
    yield f"## Understanding {escaped(term.title)}"
    yield term.body.strip()
    for part in IN_MARKDOWN:
        if part.model is not CareAdvice:
            yield from _part(part, getattr(rows, part.name))
    yield from _section("Often confused", map(_relation, rows.often_confused))
    yield from _section("Related terms", map(_relation, rows.related))
    yield from _section("Sources", map(_source, rows.sources, range(1, 100)))
    yield from _section("About this page", _about(rows))


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    text = "\n".join(lines)
    if text:
        yield f"## {heading}"
        yield text


def _part(part: Part, rows: list[Row]) -> Iterator[str]:
    """A list of what is one line each; else each text below a heading of its own."""
    if part.parse is markdown.parse_inline:
        yield from _section(part.heading, (_item(part, row) for row in rows))
    elif rows:
        yield f"## {part.heading}"
        for row in rows:
            yield f"### {escaped(_heading(part, row))}\n\n{getattr(row, part.text).strip()}"


def _item(part: Part, row: Row) -> str:
    text = getattr(row, part.text)
    if not isinstance(row, FactRow):
        return f"- {text}"
    citation = f" [^{row.source}]" if row.source else ""
    return f"- **{escaped(row.headline)}**: {text}{citation}"


def _heading(part: Part, row: Row) -> str:
    return str(row.heading if isinstance(row, AdviceRow) else getattr(row, part.columns[0]))


def _relation(row: RelationRow) -> str:
    return f"- {link(row.title, row.slug)}: {escaped(row.note or row.definition)}"


def _source(row: SourceRow, number: int) -> str:
    more = [escaped(str(value)) for value in (row.publisher, row.year) if value]
    return f"[^{number}]: " + ", ".join([f"[{escaped(row.title)}](<{row.url}>)", *more])


def _about(rows: TermRows) -> Iterator[str]:
    term = rows.term
    yield f"- Address: {absolute(term.get_absolute_url())}"
    yield f"- Subject: {escaped(term.category.name)}"
    yield f"- Last changed on {date_format(term.changed_on, 'j F Y')}"
    if term.reviewed_on:
        day = date_format(term.reviewed_on, "j F Y")
        yield f"- Reviewed by {escaped(term.reviewed_by)} on {day}"
    elif term.category.is_health or rows.care_advice:
        yield "- Not yet reviewed by a clinician"
    if term.category.is_health or rows.care_advice:
        yield "- This page explains; it does not diagnose"


def llms_txt(categories: list[Category]) -> str:
    """The whole glossary as a list of links, or by subject where it has too many words."""
    return "\n\n".join(_llms_blocks(categories)) + "\n"


def _llms_blocks(categories: list[Category]) -> Iterator[str]:
    yield "# Startline"
    yield (
        "> A glossary of endurance sport in plain language, each word with its sources, "
        "and a directory of real races."
    )
    yield (
        "Health pages explain and do not diagnose. Each says whether a clinician has reviewed it. "
        "Any word's page is Markdown with .md in place of the last slash of its address."
    )
    if sum(category.term_count for category in categories) > WORDS_LISTED:
        yield from _section("Subjects", map(_shelf, categories))
    else:
        terms = Term.objects.published().select_related("category").order_by(
            "category__position", "category__name", "title_key"
        )  # fmt: skip
        terms = terms.only("title", "slug", "definition", "category__name")
        for name, shelf in groupby(terms, lambda term: term.category.name):
            yield from _section(escaped(name), map(_word, shelf))
    yield from _section("For programs", _ways_in())


def _ways_in() -> Iterator[str]:
    yield f"- [API]({_address('api:openapi')}): every word as JSON, described by OpenAPI"
    yield f"- [Feed]({_address('glossary:feed')}): new and changed words, as Atom"
    yield f"- [Sitemap]({_address('sitemap')}): every public page"


def _shelf(category: Category) -> str:
    words = f"{_address('api:terms')}?category={category.slug}"
    return (
        f"- [{escaped(category.name)}]({words}): {escaped(category.description)} "
        f"{category.term_count} words, as JSON."
    )


def _word(term: Term) -> str:
    summary = Truncator(term.definition).chars(SUMMARY)
    return f"- {link(term.title, term.slug)}: {escaped(summary)}"


def _address(view_name: str) -> str:
    return absolute(reverse(view_name))


@public_data
def term_as_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    found = term_with_rows(slug)
    if found is None:
        return moved_or_gone(request, slug, "glossary:term_as_markdown")
    return HttpResponse(term(found), content_type="text/markdown; charset=utf-8")
