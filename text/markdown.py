"""Markdown to clean HTML: CommonMark without raw HTML, citations [^1], then nh3 over the result."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, pairwise

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

CITATION = re.compile(r"\[\^(\d{1,2})\]")
# The other way to lead to a source, and what stands for both while they are numbered anew.
TO_SOURCE = re.compile(r"(?<=\[\^)\d{1,2}(?=\])|(?<=#source-)\d{1,2}(?!\d)")
MARKED_CITATION = re.compile(r"\[\^(\d{6})\]")

ALLOWED_TAGS = {
    *("p", "ul", "ol", "li", "em", "strong", "a", "h2", "h3", "blockquote", "code", "br", "sup"),
}
_cleaner = nh3.Cleaner(
    tags=ALLOWED_TAGS,
    attributes={"a": {"href"}},
    # What Markdown has no way to write; text.linking and _citation add it.
    allowed_classes={"a": {"citation", "term-link"}},
    tag_attribute_values={"a": {"data-preview": {""}}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener",
)


def _citation(state: StateInline, silent: bool) -> bool:
    """[^2] becomes a raised link to the second source of the page."""
    match = state.env.get("citation", CITATION).match(state.src, state.pos)
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


def addresses(text: str, citation: re.Pattern[str] = CITATION) -> Iterator[str]:
    """Where a text links to. A citation is “#source-1”; what only looks like one, “[^x]”."""
    for block in _reader.parse(text, {"citation": citation}):
        for token in block.children or []:
            if token.type == "link_open":
                yield str(token.attrs["href"])
            elif token.type == "html_inline":  # only _citation makes these
                yield f"#source-{token.meta['source']}"
            elif token.type == "text":
                yield from NO_CITATION.findall(token.content)


def renumbered(text: str, numbers: Mapping[int, int]) -> str:
    """The text with its sources cited by other numbers. What only looks like a citation stays."""
    # Each place gets a number of its own, by which the parser tells which of them are citations.
    marks = count(100_000)
    marked = TO_SOURCE.sub(lambda _: str(next(marks)), text)
    cited = set(addresses(marked, MARKED_CITATION)) if marked != text else set()
    marks = count(100_000)

    def number(match: re.Match[str]) -> str:
        is_cited = f"#source-{next(marks)}" in cited
        return str(numbers.get(int(match[0]), match[0])) if is_cited else match[0]

    return TO_SOURCE.sub(number, text)


def lost_headings(text: str) -> list[str]:
    """The headings of levels that a page does not show as headings: 1, and 4 to 6."""
    tokens = _parser.parse(text)
    return [
        inline.content
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.tag not in ALLOWED_TAGS
    ]


def without_markup(markdown: str) -> str:
    """Markdown without citations, emphasis, list marks and link addresses."""
    text = re.sub(r"\[\^\d+\]", "", markdown)
    # Each repetition ends where the next could begin, or long rubbish would be read over and over.
    text = re.sub(r"\[([^\[\]]*)\]\([^)\[\]]*\)", r"\1", text)
    text = re.sub(r"^[^\S\n]*+(?:[-*]|\d++\.|#++)(?:[^\S\n]++|$)", "", text, flags=re.M)
    return re.sub(r"[*_`]", "", text)
