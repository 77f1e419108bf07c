"""A word's page as Markdown, and the list of words that /llms.txt is (see llmstxt.org)."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import Truncator

from glossary.models import CareAdvice, Category, RelatedTerm, Term
from glossary.reading.page import term_with_rows
from glossary.reading.structured_data import absolute
from glossary.reading.views import moved_or_gone
from web.keeping import public_data

# Above this many words the list would be no help to a reader with little memory.
WORDS_LISTED = 1000
SUMMARY = 120


def plain(text: str) -> str:
    """Text that is no Markdown, so that it reads the same in Markdown."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))


def link(title: str, slug: str) -> str:
    address = absolute(reverse("glossary:term_as_markdown", args=[slug]))
    return f"[{plain(title)}]({address})"


def term(term: Any) -> str:
    """The page of a term read with its rows, see pages.term_with_rows."""
    return "\n\n".join(block for block in _blocks(term) if block) + "\n"


def _blocks(term: Any) -> Iterator[str]:
    yield f"# {plain(term.title)}"
    if term.alias_rows:
        yield "Also: " + ", ".join(plain(row["name"]) for row in term.alias_rows)
    yield f"> {plain(term.definition)}"
    yield f"## Understanding {plain(term.title)}"
    yield term.body.strip()
    yield from _advice(term)
    yield from _section("Key facts", (_fact(row) for row in term.fact_rows))
    yield from _section("Pro tips", (f"- {row['text']}" for row in term.tip_rows))
    if term.faq_rows:
        yield "## Questions"
    for row in term.faq_rows:
        yield f"### {plain(row['question'])}\n\n{row['answer'].strip()}"
    kinds = RelatedTerm.Kind
    yield from _section("Often confused", _relations(term, kinds.OFTEN_CONFUSED))
    yield from _section("Related terms", _relations(term, kinds.RELATED))
    yield from _section("Sources", map(_source, term.source_rows, range(1, 100)))
    yield from _section("About this page", _about(term))


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    text = "\n".join(lines)
    if text:
        yield f"## {heading}"
        yield text


def _advice(term: Any) -> Iterator[str]:
    if term.advice_rows:
        yield "## When to get help"
    for row in term.advice_rows:
        yield f"### {CareAdvice.Level(row['level']).label}\n\n{row['text'].strip()}"


def _fact(row: dict[str, Any]) -> str:
    citation = f" [^{row['source']}]" if row["source"] else ""
    return f"- **{plain(row['headline'])}**: {row['detail']}{citation}"


def _relations(term: Any, kind: str) -> Iterator[str]:
    for row in term.relation_rows:
        if row["kind"] == kind:
            says = row["note"] or row["definition"]
            yield f"- {link(row['title'], row['slug'])}: {plain(says)}"


def _source(row: dict[str, Any], number: int) -> str:
    more = [plain(str(row[name])) for name in ("publisher", "year") if row[name]]
    return f"[^{number}]: " + ", ".join([f"[{plain(row['title'])}](<{row['url']}>)", *more])


def _about(term: Any) -> Iterator[str]:
    yield f"- Address: {absolute(term.get_absolute_url())}"
    yield f"- Subject: {plain(term.category.name)}"
    yield f"- Last changed on {date_format(term.changed_on, 'j F Y')}"
    if term.reviewed_on:
        day = date_format(term.reviewed_on, "j F Y")
        yield f"- Reviewed by {plain(term.reviewed_by)} on {day}"
    elif term.category.is_health or term.advice_rows:
        yield "- Not yet reviewed by a clinician"
    if term.category.is_health or term.advice_rows:
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
            yield from _section(plain(name), map(_word, shelf))
    yield from _section("For programs", _ways_in())


def _ways_in() -> Iterator[str]:
    yield f"- [API]({_address('api:openapi')}): every word as JSON, described by OpenAPI"
    yield f"- [Feed]({_address('glossary:feed')}): new and changed words, as Atom"
    yield f"- [Sitemap]({_address('sitemap')}): every public page"


def _shelf(category: Category) -> str:
    words = f"{_address('api:terms')}?category={category.slug}"
    return (
        f"- [{plain(category.name)}]({words}): {plain(category.description)} "
        f"{category.term_count} words, as JSON."
    )


def _word(term: Term) -> str:
    summary = Truncator(term.definition).chars(SUMMARY)
    return f"- {link(term.title, term.slug)}: {plain(summary)}"


def _address(view_name: str) -> str:
    return absolute(reverse(view_name))


@public_data
def term_as_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    found = term_with_rows(slug, Term.objects.published())
    if found is None:
        return moved_or_gone(request, slug, "glossary:term_as_markdown")
    return HttpResponse(term(found), content_type="text/markdown; charset=utf-8")
