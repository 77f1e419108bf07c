"""Markdown to clean HTML: CommonMark without raw HTML, citations [^1], then nh3 over the result."""

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

CITATION = re.compile(r"\[\^(\d{1,2})\]")

ALLOWED_TAGS = {
    *("p", "ul", "ol", "li", "em", "strong", "a", "h2", "h3", "blockquote", "code", "br", "sup"),
}
ALLOWED_ATTRIBUTES = {"a": {"href", "class"}}


def _citation(state: StateInline, silent: bool) -> bool:
    """[^2] becomes a raised link to the second source of the page."""
    match = CITATION.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("html_inline", "", 0)
        number = int(match[1])
        # In brackets, or “3 of 10” with its source would read as a power of ten.
        token.content = f'<sup><a class="citation" href="#source-{number}">[{number}]</a></sup>'
    state.pos = match.end()
    return True


_parser = MarkdownIt("commonmark", {"html": False})
_parser.inline.ruler.before("link", "citation", _citation)


def _clean(html: str) -> SafeString:
    clean = nh3.clean(
        html,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return mark_safe(clean)  # noqa: S308 - nh3 has just cleaned it


def render(text: str) -> SafeString:
    """Block Markdown: paragraphs, lists, headings."""
    return _clean(_parser.render(text))


def render_inline(text: str) -> SafeString:
    """One line of Markdown, without a paragraph around it."""
    return _clean(_parser.renderInline(text))


def plain(markdown: str) -> str:
    """Markdown without citations, emphasis, list marks and link addresses."""
    text = re.sub(r"\[\^\d+\]", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^\s*(?:[-*]|\d+\.|#+)\s+", "", text, flags=re.M)
    return re.sub(r"[*_`]", "", text)
