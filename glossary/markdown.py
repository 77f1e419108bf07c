"""Markdown to clean HTML: CommonMark without raw HTML, citations [^1], then nh3 over the result."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

CITATION = re.compile(r"\[\^(\d{1,2})\]")

ALLOWED_TAGS = {
    *("p", "ul", "ol", "li", "em", "strong", "a", "h2", "h3", "blockquote", "code", "br", "sup"),
}
_cleaner = nh3.Cleaner(
    tags=ALLOWED_TAGS,
    attributes={"a": {"href"}},
    # What Markdown has no way to write; glossary.autolink and _citation add it.
    allowed_classes={"a": {"citation", "term-link"}},
    tag_attribute_values={"a": {"data-preview": {""}}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener",
)


def _citation(state: StateInline, silent: bool) -> bool:
    """[^2] becomes a raised link to the second source of the page."""
    match = CITATION.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("html_inline", "", 0)
        number = int(match[1])
        token.meta = {"source": number}
        # In brackets, or “3 of 10” with its source would read as a power of ten.
        token.content = f'<sup><a class="citation" href="#source-{number}">[{number}]</a></sup>'
    state.pos = match.end()
    return True


_parser = MarkdownIt("commonmark", {"html": False})
_parser.inline.ruler.before("link", "citation", _citation)


def parse(text: str) -> list[Token]:
    """Block Markdown: paragraphs, lists, headings."""
    return _parser.parse(text)


def parse_inline(text: str) -> list[Token]:
    """One line of Markdown, without a paragraph around it."""
    return _parser.parseInline(text)


def to_html(tokens: Sequence[Token]) -> SafeString:
    html = _parser.renderer.render(tokens, _parser.options, {})
    return mark_safe(_cleaner.clean(html))  # noqa: S308 - nh3 has just cleaned it


def render(text: str) -> SafeString:
    return to_html(parse(text))


class _EveryLink(MarkdownIt):
    """Sees the links that rendering refuses too, such as javascript: ones."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True


_reader = _EveryLink("commonmark", {"html": False})
_reader.inline.ruler.before("link", "citation", _citation)

# Meant as a citation, but not one.
NO_CITATION = re.compile(r"\[\^(?!\d{1,2}\])[^\[\]\s]*\]")


def addresses(text: str) -> Iterator[str]:
    """Where a text links to. A citation is “#source-1”; what only looks like one, “[^x]”."""
    for block in _reader.parse(text):
        for token in block.children or []:
            if token.type == "link_open":
                yield str(token.attrs["href"])
            elif token.type == "html_inline":  # only _citation makes these
                yield f"#source-{token.meta['source']}"
            elif token.type == "text":
                yield from NO_CITATION.findall(token.content)


def lost_headings(text: str) -> list[str]:
    """The headings of levels that a page does not show as headings: 1, and 4 to 6."""
    tokens = _parser.parse(text)
    return [
        inline.content
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.tag not in ALLOWED_TAGS
    ]


def plain(markdown: str) -> str:
    """Markdown without citations, emphasis, list marks and link addresses."""
    text = re.sub(r"\[\^\d+\]", "", markdown)
    # Each repetition ends where the next could begin, or long rubbish would be read over and over.
    text = re.sub(r"\[([^\[\]]*)\]\([^)\[\]]*\)", r"\1", text)
    text = re.sub(r"^[^\S\n]*+(?:[-*]|\d++\.|#++)(?:[^\S\n]++|$)", "", text, flags=re.M)
    return re.sub(r"[*_`]", "", text)
