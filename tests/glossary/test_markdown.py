"""Markdown comes out clean, whatever goes in."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.markdown import parse_inline, render, to_html


def test_paragraphs_lists_and_citations() -> None:
    html = render("One.[^2]\n\n- a\n- *b*")
    assert (
        '<p>One.<sup><a class="citation" href="#source-2" rel="noopener">[2]</a></sup></p>' in html
    )
    assert "<li><em>b</em></li>" in html
    assert to_html(parse_inline("*a* b")) == "<em>a</em> b"


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "<iframe src='https://evil.example'></iframe>",
        '<a href="https://x.example" onclick="alert(1)">a</a>',
        "![a](https://evil.example/pixel.png)",
        "<style>body{display:none}</style>",
        "[a](vbscript:x)",
        '[a](https://x.example "onmouseover=alert(1)")',
    ],
)
def test_nothing_active_survives(bad: str) -> None:
    for html in (render(bad), to_html(parse_inline(bad))):
        for tag, attributes in elements(html):
            assert tag in {"p", "a"}
            assert {name for name, _ in attributes} <= {"href", "rel", "title"}
            assert dict(attributes).get("href", "https:").startswith("https:")


def elements(html: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found: list[tuple[str, list[tuple[str, str]]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, attrs))
    parser.feed(html)
    return found


@given(st.text(alphabet="[]()<>*_`^#:/\\\"'&;! ajvscriptonerror=\n0123456789", max_size=120))
def test_only_known_tags_come_out(text: str) -> None:
    allowed = {"p", "ul", "ol", "li", "em", "strong", "a", "h2", "h3", "blockquote", "code", "br",
               "sup"}  # fmt: skip
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", render(text))) <= allowed
