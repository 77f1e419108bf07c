"""Files and texts made to take the machine: refused with a word, or read in linear time."""

import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import pytest
from markdown_it.token import Token

from glossary.admin.formats import CSV, JSON, LARGEST_UPLOAD, XLSX, Markdown, Unreadable
from glossary.files import standard
from glossary.files.term_files import TERM
from glossary.models import BODY_LENGTH
from text import content_files, diff, linking, markdown
from text.content_files import ContentError, ContentFile, Problem
from text.sentences import sentences, words

MEGABYTE = 1024 * 1024


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MEGABYTE
    finally:
        tracemalloc.stop()


def archive(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return out.getvalue()


def book(**parts: bytes) -> bytes:
    """A small workbook, with some of its parts exchanged."""
    import openpyxl  # noqa: PLC0415

    plain, out = io.BytesIO(), {}
    small = openpyxl.Workbook()
    small.active.append(["slug"])
    small.save(plain)
    with zipfile.ZipFile(plain) as packed:
        out = {name: packed.read(name) for name in packed.namelist()}
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml",
             "styles": "xl/styles.xml"}  # fmt: skip
    return archive(out | {names[name]: part for name, part in parts.items()})


def sheet(rows: bytes) -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    lie = b'<dimension ref="A1:XFD1048576"/>'
    return b'<worksheet xmlns="%s">%s<sheetData>%s</sheetData></worksheet>' % (space, lie, rows)


LAUGHS = b"---\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9) if n else b"x")
    for n in range(9)
) + b"---\n"  # fmt: skip
ENTITY = b'<!DOCTYPE a [<!ENTITY b "c">]>'
BOMBS: dict[str, tuple[type, Callable[[], bytes], str]] = {
    "aliases": (Markdown, lambda: archive({"a.md": LAUGHS}), "name and repeat a value"),
    "deep yaml": (Markdown, lambda: archive({"a.md": b"---\na: " + b"[" * 90_000 + b"\n---\n"}),
                  "nested too deep"),
    "wide yaml": (Markdown, lambda: archive({"a.md": b"---\na: [" + b"x," * 90_000 + b"]\n---\n"}),
                  "holds too much"),
    "many members": (Markdown, lambda: archive({f"{n}": b"" for n in range(3_000)}), "too much"),
    "great ratio": (Markdown, lambda: archive({"a": bytes(50 * MEGABYTE)}), "too much"),
    "hungry packing": (Markdown, lambda: archive({"a.md": b"x"}, zipfile.ZIP_LZMA), "unpacked"),
    "nested archive": (Markdown, lambda: archive({"a.md": archive({"b": bytes(MEGABYTE)})}),
                       "a.md:1"),
    "empty cells": (XLSX, lambda: book(sheet=sheet(b"<row>" + b"<c/>" * 2_000_000 + b"</row>")),
                    "too much"),
    "empty rows": (XLSX, lambda: book(sheet=sheet(b"<row/>" * 2_000_000)), "too much"),
    "far row": (XLSX, lambda: book(sheet=sheet(b'<row r="1"><c t="str"><v>slug</v></c></row>'
                b'<row r="1048576"><c t="str"><v>a</v></c></row>')), "More than 2000 rows"),
    "shared texts": (XLSX, lambda: book(strings=b"<sst>" + b"<si/>" * 4_000_000 + b"</sst>"),
                     "too much"),
    "styles": (XLSX, lambda: book(styles=b"<a>" + b"<xf/>" * 900_000 + b"</a>"), "too much"),
    "entities": (XLSX, lambda: book(strings=ENTITY + b"<sst/>"), "can't be read"),
    "hidden entities": (XLSX, lambda: book(strings=(ENTITY + b"<sst/>").decode().encode("utf-16")),
                        "can't be read"),
    "unpacked": (XLSX, lambda: book(sheet=bytes(50 * MEGABYTE)), "too much"),
    "csv cells": (CSV, lambda: b"slug\n" + b"," * (LARGEST_UPLOAD // 2), "too much"),
    "csv rows": (CSV, lambda: b"slug\n" + b"\n" * (LARGEST_UPLOAD // 2), "More than 2000"),
    "csv text": (CSV, lambda: b"slug\n" + b"a" * 200_001, "over 200000 characters"),
    "json items": (JSON, lambda: b"[" + b"{}," * 3_000_000 + b"{}]", "too much"),
    "json columns": (JSON, lambda: b"[%s]" % b",".join(b'{"%d":0}' % n for n in range(1_900)),
                     "too much"),
    "deep json": (JSON, lambda: b"[" * 900_000, "not JSON"),
    "json number": (JSON, lambda: b'[{"slug": 1%s}]' % (b"0" * 5_000), "can't be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_words_with_little_memory(name: str) -> None:
    kind, make, reason = BOMBS[name]
    data = make()
    assert len(data) <= LARGEST_UPLOAD
    with at_most(160), pytest.raises(Unreadable, match=re.escape(reason)):
        kind().create_dataset(data)


def test_the_files_of_terms_may_hold_no_alias() -> None:
    with pytest.raises(ContentError, match="a.md:2: the YAML can't be read"):
        content_files.parse(Path("a.md"), LAUGHS, TERM)


# Texts. What is worse than linear takes some sixteen times as long for four times the length.

NAMES = linking.LinkableNames({1: "/a/"}, [(1, "aaaa", "a a a a", False)])
LISTS = ["key_facts", "tips", "faqs", "related", "sources", "aliases"]
WORD = {"title": "A", "category": "c", "definition": "A.", **{name: [] for name in LISTS}}


def linked(text: str) -> object:
    inline = Token("inline", "", 0, children=[Token("text", "", 0, content=text)])
    return linking.link([[inline]], NAMES)


def remarked(text: str) -> list[Problem]:
    return list(standard.term_problems(ContentFile(Path("a.md"), WORD, text, 1, {})))


# Those that ask markdown-it stay within what a text may hold: it is slower than linear by itself.
OURS, PARSED = 200_000, BODY_LENGTH
HELPERS: dict[str, tuple[int, Callable[[str], object]]] = {
    "render": (PARSED, markdown.render),
    "addresses": (PARSED, lambda text: list(markdown.addresses(text))),
    "lost_headings": (PARSED, markdown.lost_headings),
    "plain": (OURS, markdown.without_markup),
    "sentences": (OURS, sentences),
    "words": (OURS, words),
    "link": (OURS, linked),
    "remarks": (OURS, remarked),
}
UNITS = ["[", "[^", "](", "![", "*", "`", "a ", "> ", "- ", "\n", " \n", "-", "a**b", "a\n\n", "1.",
         "a@b.c ", "[^1", "<", "&", "|"]  # fmt: skip


def seconds(do: Callable[[], object]) -> float:
    start = time.process_time()
    do()
    return time.process_time() - start


@pytest.mark.parametrize("helper", HELPERS)
@pytest.mark.parametrize("unit", UNITS)
def test_a_long_text_takes_as_much_longer_as_it_is_longer(helper: str, unit: str) -> None:
    most, do = HELPERS[helper]
    few, many = ("".join(islice(cycle(unit), length)) for length in (most // 4, most))
    assert seconds(lambda: do(many)) < 0.2 + 9 * seconds(lambda: do(few))


def test_one_address_makes_no_run_without_end_slow() -> None:
    few, many = ("a@b.c " + "-" * length for length in (50_000, 200_000))
    assert seconds(lambda: linked(many)) < 0.2 + 9 * seconds(lambda: linked(few))


def test_a_citation_of_thousands_of_digits_is_told_as_any_other() -> None:
    told = [problem.reason for problem in remarked(f"So.[^{'1' * 5_000}]")]
    assert any(reason.startswith("there is no source 111") for reason in told)


def test_two_long_texts_are_compared_by_lines_or_whole() -> None:
    assert list(diff.changes("old words", "new words")) == [
        ("del", "old "), ("ins", "new "), ("same", "words")]  # fmt: skip
    one, other = "a x " * 25_000, "a y " * 25_000
    assert [kind for kind, _ in diff.changes(one, other)] == ["del", "ins"]
    lines = "".join(f"Line {n}.\n" for n in range(2_000))
    changed = list(diff.changes(lines, lines.replace("Line 7.", "Line seven.")))
    assert ("ins", "Line seven.\n") in changed
    assert {kind for kind, _ in changed} == {"same", "del", "ins"}
