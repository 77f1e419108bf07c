"""Editors take words out into a spreadsheet and bring them back: through HTTP, with real files."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from reversion.models import Revision
from tablib import Dataset

from glossary.admin.formats import CSV, LARGEST_UPLOAD
from glossary.admin.table import resource
from glossary.files import term_files
from glossary.models import Alias, Category, FormerAddress, Term
from tests.desk import IMPORT, NUMBERS, bring_in, confirm, new, preview, sheet
from tests.factories import TermFactory, awkward, everything, load_content

pytestmark = pytest.mark.django_db

EXPORT = "/admin/glossary/term/export/"


def export(desk: Client, name: str, **values: Any) -> bytes:
    response = desk.post(EXPORT, {"format": NUMBERS[name], "resource": "0", **values})
    assert "attachment" in response["Content-Disposition"]
    return response.content


def read_rows(data: bytes, name: str) -> list[dict[str, Any]]:
    """A file as another program reads it."""
    if name == "csv":
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    if name == "json":
        rows: list[dict[str, Any]] = json.loads(data)
        return rows
    cells = [
        [cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data)).active
    ]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def change_definition(data: bytes, name: str, old: str, text: str) -> bytes:
    """Type into the cell, and save."""
    if name in ("csv", "json"):
        return data.replace(old.encode(), text.encode())
    out = io.BytesIO()
    if name == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        for row in book.active:
            for cell in row:
                if cell.value == old:
                    cell.value = text
        book.save(out)
        return out.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            target.writestr(info, source.read(info).replace(old.encode(), text.encode()))
    return out.getvalue()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_cell_is_changed_and_stands_on_the_site(desk: Client, name: str) -> None:
    TermFactory(slug="fartlek", title="Fartlek", definition="Old words.")
    TermFactory(slug="strides", title="Strides", definition="Short and quick.")
    data = change_definition(export(desk, name), name, "Old words.", "New words.")
    page = preview(desk, data, name)
    assert "0 new, 1 changed, 1 as before" in page
    assert "<del>Old </del><ins>New </ins><span>words.</span>" in page
    assert "Strides" not in page.split('name="confirm"')[1]
    assert b"New words." not in Client().get("/glossary/fartlek/").content
    assert "Imported: 0 new, 1 changed, 1 as before." in confirm(desk, page)
    assert b"New words." in Client().get("/glossary/fartlek/").content
    assert b"Fartlek" in Client().get("/search/?q=new+words").content


def test_that_something_is_wrong_is_said_above_the_form(desk: Client) -> None:
    page = preview(desk, sheet({"slug": "x", "title": "X", "definition": "No category."}), "csv")
    assert "“category” is missing" in page
    assert page.index('href="#problems"') < page.index('name="import_file"')
    assert 'id="problems"' in page


@pytest.mark.parametrize("name", NUMBERS)
def test_everything_survives_every_format(desk: Client, name: str) -> None:
    awkward()
    TermFactory(slug="formula", title="=1+1", definition="'=2", body="- a\n- b", state="draft")
    Term.objects.update(first_published_at="2026-11-01T00:00Z")
    before = everything()
    data = export(desk, name)
    assert "0 new, 0 changed, 3 as before" in preview(desk, data, name)
    Term.objects.all().delete()
    FormerAddress.objects.exclude(term=None).delete()
    assert "Imported: 3 new" in bring_in(desk, data, name)
    assert everything() == before


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "'=", "''@"])
def test_no_cell_of_a_csv_is_a_formula(desk: Client, first: str) -> None:
    """Spreadsheets carry out what begins with one of these, whoever wrote it."""
    term = TermFactory(slug="word", title="Word", definition=f"{first}SUM(A1)")
    data = export(desk, "csv")
    [row] = read_rows(data, "csv")
    assert row["definition"] == f"'{first}SUM(A1)"
    assert "0 new, 0 changed, 1 as before" in preview(desk, data, "csv")
    term.definition = "Another."
    term.save()
    bring_in(desk, data, "csv")
    term.refresh_from_db()
    assert term.definition == f"{first}SUM(A1)"


@pytest.mark.parametrize("cell", ["\t=1+1", "\r=1+1", "\n=1+1", "'\t1"])
def test_space_that_hides_a_formula_is_told_too(cell: str) -> None:
    """Spreadsheets drop it. No text of ours begins so by now, but a cell that does stays text."""
    data = CSV().export_data(Dataset([cell], headers=["definition"]))
    assert read_rows(data, "csv") == [{"definition": f"'{cell}"}]
    assert CSV().create_dataset(data)["definition"] == [cell]


@pytest.mark.parametrize("how", ["drafts", "at-once"])
def test_an_import_that_takes_too_long_is_undone_and_says_so(
    desk: Client, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    TermFactory(slug="taper", definition="Old words.")
    before, versions = everything(), Revision.objects.count()
    rows = [{"slug": "taper", "definition": "New words."}, new("fartlek")]
    data = json.dumps(rows).encode()
    page = preview(desk, data, "json", how)
    assert "1 new, 1 changed" in page
    monkeypatch.setattr(resource, "MOST_SECONDS", 0)
    assert resource.TOO_LONG in confirm(desk, page)
    refused = preview(desk, data, "json", how)
    assert resource.TOO_LONG in refused
    assert 'name="confirm"' not in refused
    assert (everything(), Revision.objects.count()) == (before, versions)


def test_the_real_words_survive_every_format(desk: Client, real_words: None) -> None:
    before, count = everything(), Term.objects.count()
    for name in NUMBERS:
        data = export(desk, name)
        with CaptureQueriesContext(connection) as queries:
            assert f"0 new, 0 changed, {count} as before" in preview(desk, data, name)
        asked = [query for query in queries if "SAVEPOINT" not in query["sql"]]
        assert len(asked) < 40
    Term.objects.all().delete()
    bring_in(desk, data, "zip")
    assert everything() == before


@pytest.fixture
def real_words(db: None, tmp_path: Path) -> None:
    """One in ten: what all of them hold is held to their files in test_dumping."""
    slugs = sorted(path.stem for path in term_files.CONTENT.glob("*.md"))[::10]
    load_content(tmp_path, slugs, [])


def test_other_programs_read_what_is_exported(desk: Client) -> None:
    term = TermFactory(slug="fartlek", title="=Fartlek", body="+ one\nsecond line")
    term.sources.create(title="A “study”", url="https://a.example/")
    Alias.objects.create(term=term, name="Speed play")
    for name in ("csv", "xlsx", "json"):
        (row,) = read_rows(export(desk, name), name)
        # A spreadsheet must not reckon with what someone wrote.
        assert row["title"] == ("'=Fartlek" if name == "csv" else "=Fartlek")
        assert row["body"].endswith("+ one\nsecond line")
        assert row["changed_on"] == "2026-11-01"
        sources = row["sources"] if name == "json" else json.loads(row["sources"])
        assert sources[0]["title"] == "A “study”"
    book = openpyxl.load_workbook(io.BytesIO(export(desk, "xlsx")))
    assert book.active["B2"].data_type == "s"
    assert b"name: Speed play" in zipfile.ZipFile(io.BytesIO(export(desk, "zip"))).read(
        "fartlek.md"
    )


def test_a_spreadsheet_as_europe_saves_it(desk: Client) -> None:
    term = TermFactory(slug="fartlek", title="Fartlek", definition="Old.")
    term.tips.create(text="A tip.")
    text = (
        "slug;definition;changed_on;;\r\n"
        'fartlek;"Läufe; mit ‘Spiel’.\r\nUnd.";2026-11-20;;\r\n;;;;\r\n'
    )
    assert "1 changed, 1 as before" in bring_in(desk, b"\xef\xbb\xbf" + text.encode(), "csv")
    term.refresh_from_db()
    assert term.definition == "Läufe; mit ‘Spiel’.\nUnd."
    assert str(term.changed_on) == "2026-11-20"
    # What has no column is left alone.
    assert (term.title, term.tips.count()) == ("Fartlek", 1)


def test_a_spreadsheet_that_made_dates_and_numbers_of_texts(desk: Client) -> None:
    TermFactory(slug="70", title="Seventy")
    book = openpyxl.Workbook()
    book.active.append(["slug", "title", "changed_on", "publish_at", "link_title"])
    book.active.append([70, 5, datetime(2026, 11, 2), datetime(2026, 11, 3, 9), False])
    book.active.append([None] * 5)
    out = io.BytesIO()
    book.save(out)
    bring_in(desk, out.getvalue(), "xlsx")
    term = Term.objects.get()
    assert (term.slug, term.title, str(term.changed_on)) == ("70", "5", "2026-11-02")
    assert str(term.publish_at) == "2026-11-03 09:00:00+00:00"
    assert not term.link_title


def test_an_empty_cell_empties_and_a_new_term_is_a_draft(desk: Client) -> None:
    term = TermFactory(slug="fartlek", change_note="Better.")
    term.tips.create(text="A tip.")
    Alias.objects.create(term=term, name="Speed play")
    bring_in(desk, sheet({"slug": "fartlek", "change_note": "", "tips": ""}), "csv")
    term.refresh_from_db()
    assert (term.change_note, term.tips.count(), term.aliases.count()) == ("", 0, 1)
    bring_in(desk, sheet(new("a")), "csv")
    assert Term.objects.get(slug="a").state == "draft"
    assert Term.objects.get(slug="a").first_published_at is None
    bring_in(desk, sheet(new("b", state="published")), "csv")
    assert Term.objects.get(slug="b").first_published_at
    assert Client().get("/glossary/b/").status_code == 200


def test_rows_lean_on_each_other_in_any_order(desk: Client) -> None:
    a, b = TermFactory(slug="a", title="Ay"), TermFactory(slug="b", title="Bee")
    Alias.objects.create(term=a, name="One")
    Alias.objects.create(term=b, name="Two")
    alias = '[{{"name": "{}", "kind": "synonym"}}]'
    rows = [
        {"slug": "a", "title": "Bee", "aliases": alias.format("Two"), "related": '[{"term": "c"}]'},
        {"slug": "b", "title": "Ay", "aliases": alias.format("One"), "related": ""},
    ]
    bring_in(desk, sheet(*[{**new(row["slug"]), **row} for row in rows], {**new("c"), "aliases": "",
                           "related": ""}), "csv")  # fmt: skip
    assert [str(alias) for alias in b.aliases.all()] == ["One"]
    assert a.relations.get().other.slug == "c"
    assert Term.objects.get(slug="a").title == "Bee"


SOURCE = '[{"title": "S", "url": "https://a.example", %s}]'
BAD_CELLS = [
    ({"title": ""}, "title", "blank"),
    ({"title": "?!"}, "title", "letters or digits"),
    ({"title": "Taken"}, "title", "already a name of “Taken”"),
    ({"definition": "x" * 301}, "definition", "At most 300"),
    ({"body": "x" * 10_001}, "body", "At most 10,000 characters; this has 10001"),
    ({"faqs": '[{"question": "Q", "answer": "%s"}]' % ("x" * 2_001)}, "faqs",
     "1 answer: answer: At most 2,000"),
    ({"care_advice": '[{"level": "self-care", "text": "%s"}]' % ("x" * 2_001)}, "care_advice",
     "1 text: text: At most 2,000"),
    ({"body": " "}, "body", "blank"),
    ({"category": "nope"}, "category", "no category “nope”"),
    ({"state": "maybe"}, "state", "not a valid choice"),
    ({"state": ""}, "state", "draft or published"),
    ({"race_query": "sport=curling"}, "race_query", "race search"),
    ({"changed_on": "01/11/2026"}, "changed_on", "not a date such as"),
    ({"changed_on": ""}, "changed_on", "must be a date"),
    ({"publish_at": "tomorrow"}, "publish_at", "not a time such as"),
    ({"link_title": "perhaps"}, "link_title", "true or false"),
    ({"reviewed_by": "Dr. No"}, "reviewed_by", "both a reviewer and a date"),
    ({"tips": "Do it"}, "tips", "not JSON"),
    ({"tips": "[" * 100_000}, "tips", "nested too deep"),
    ({"tips": '{"a": 1}'}, "tips", "must be a list"),
    ({"tips": "[1]"}, "tips", "must be text"),
    ({"aliases": '[{"name": "Also taken", "kind": "synonym"}]'}, "aliases", "already a name"),
    ({"aliases": '[{"name": "X", "kind": "nickname"}]'}, "aliases", "not a valid choice"),
    ({"aliases": '[{"name": "?", "kind": "synonym"}]'}, "aliases", "alias_has_a_key"),
    ({"related": '[{"term": "nowhere"}]'}, "related", "no term “nowhere”"),
    ({"related": '[{"term": "fartlek"}]'}, "related", "not related to itself"),
    ({"sources": '[{"title": "S", "url": "here"}]'}, "sources", "1 url: url: Enter a valid URL"),
    ({"sources": SOURCE % '"link": "x"'}, "sources", "unknown key “link”"),
    ({"sources": SOURCE % '"year": 5'}, "sources", "four digits"),
    ({"key_facts": '[{"headline": "Cut", "detail": "Cut off."}]'}, "key_facts", "cut off"),
    ({"key_facts": '[{"headline": "H", "detail": "D", "source": 9}]'}, "key_facts", "no source 9"),
    ({"formerly": '["taken"]'}, "formerly", "address of a term"),
    ({"formerly": '["no slug"]'}, "formerly", "valid “slug”"),
    ({"slug": "search", "title": "Other"}, "slug", "reserved for the site"),
    ({"slug": "../etc/passwd", "title": "Other"}, "slug", "only letters, digits and hyphens"),
    ({"slug": "no slug", "title": "Other"}, "slug", "valid “slug”"),
    ({"slug": "", "title": "Other"}, "slug", "only letters, digits and hyphens"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "column", "reason"), BAD_CELLS)
def test_a_bad_cell_is_named_by_row_and_column_and_nothing_is_written(
    desk: Client, cells: dict[str, str], column: str, reason: str
) -> None:
    taken = TermFactory(slug="taken", title="Taken")
    Alias.objects.create(term=taken, name="Also taken")
    term = TermFactory(slug="fartlek", title="Fartlek")
    before = everything()
    good = dict.fromkeys(cells, "") | {**new("good"), "tips": "[]", "changed_on": "2026-11-01"}
    row = {**new("fartlek"), **cells}
    good = {name: good.get(name, "") for name in {**good, **row}} | {"state": "draft"}
    row = {"tips": "", "changed_on": "2026-11-01", "state": "draft", **row}
    page = preview(desk, sheet(good, row), "csv")
    rows = re.findall(
        r"<tr><td>(\d+)</td><td>(.*?)</td><td><code>(\w+)</code></td><td>(.*?)</td></tr>", page
    )
    slug = cells.get("slug", "fartlek")
    assert [found[:3] for found in rows] == [("3", slug, column)], rows
    assert reason in rows[0][3].replace("&quot;", '"')
    assert 'name="confirm"' not in page
    assert everything() == before
    assert Term.objects.get(slug="fartlek").pk == term.pk


BAD_FILES: list[tuple[str, bytes, str]] = [
    ("csv", b"", "The submitted file is empty"),
    ("csv", b"\n\n", "first row must name the columns"),
    ("csv", b"slug,title\n", "No valid data"),
    ("csv", b"slug,heading\na,b\n", "Unknown column “heading”"),
    ("csv", b"title\na\n", "The column “slug” is missing"),
    ("csv", b"slug,slug\na,b\n", "A column is there twice"),
    ("csv", b"slug,title\na,b,c\n", "Row 2 has more cells"),
    ("csv", "slug,title\na,Läufe\n".encode("cp1252"), "not UTF-8 text. In Excel"),
    ("csv", b'slug,title\na,"b\n', "This is not CSV"),
    ("csv", b"slug\na\na\n", "It is there twice"),
    ("json", b"{", "This is not JSON"),
    ("json", b"[" * 100_000, "This is not JSON"),
    ("json", b'{"slug": "a"}', "must be a list of objects"),
    ("json", b"[]", "first row must name the columns"),
    ("json", b'[{"slug": ["a"], "title": {"b": "\\ud800"}}]', "imported, so none is"),
    ("json", b'[{"title": "a", "slug": "a\\u0000"}, {"title": "b"}]', "imported, so none is"),
    ("xlsx", b"PK\x03\x04 no", "This is not an Excel workbook"),
    ("xlsx", b"slug,title\na,b\n", "This is not an Excel workbook"),
    ("zip", b"slug,title\na,b\n", "This is not a ZIP archive"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "reason"), BAD_FILES)
def test_a_bad_file_is_refused_in_words(desk: Client, name: str, data: bytes, reason: str) -> None:
    page = preview(desk, data, name)
    assert reason in page
    assert 'name="confirm"' not in page
    assert not Term.objects.exists()
    # What can't be confirmed is not kept.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache WHERE cache_key LIKE '%django-import-export%'")
        assert cursor.fetchone() == (0,)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


BAD_ARCHIVES: list[tuple[dict[str, bytes], str]] = [
    ({}, "No valid data"),
    ({"categories.yaml": b"- x", "__MACOSX/._a.md": b"\x00\x05"}, "No valid data"),
    ({"a.md": b"\xff\xfe"}, "a.md:1: the file is not UTF-8 text"),
    ({"a.md": b"no header"}, "a.md:1: the file must begin with"),
    ({"a.md": b"---\ntitle: [\n---\n"}, "a.md:3: the YAML can&#x27;t be read"),
    ({"a.md": b"---\na: &a [x]\nb: *a\n---\n"}, "a.md:2: the YAML can&#x27;t be read: “&amp;” and"),
    ({"a.md": b"x" * 1_100_000}, "too large for a term"),
    ({"a.md": bytes(201 * 1024 * 1024)}, "unpacks to too much"),
    ({f"{n}.md": b"" for n in range(30_001)}, "unpacks to too much"),
]


@pytest.mark.parametrize(("files", "reason"), BAD_ARCHIVES)
def test_a_bad_archive_is_refused_in_words(
    desk: Client, files: dict[str, bytes], reason: str
) -> None:
    assert reason in preview(desk, packed(files), "zip")


def test_every_bad_row_is_told_at_once(desk: Client) -> None:
    TermFactory(slug="fartlek")
    page = preview(
        desk,
        sheet(
            {**new("a"), "tips": "", "related": '[{"term": "b"}]'},
            {**new("b"), "tips": "no JSON", "related": ""},
            {**new("c"), "tips": "", "related": "", "category": "nope"},
        ),
        "csv",
    )
    rows = re.findall(r"<tr><td>(\d+)</td><td>(.*?)</td><td><code>(\w+)</code></td>", page)
    assert rows == [("3", "b", "tips"), ("4", "c", "category")]
    assert Term.objects.count() == 1


def test_a_pending_draft_is_left_alone(desk: Client) -> None:
    draft = Revision.objects.create(date_created=now())
    term = TermFactory(slug="fartlek", draft=draft)
    page = preview(desk, sheet({"slug": "fartlek", "definition": "New."}), "csv")
    assert "Its unpublished draft stays as it is." in page
    confirm(desk, page)
    term.refresh_from_db()
    assert (term.definition, term.draft_id) == ("New.", draft.pk)


def test_a_path_in_an_archive_leads_nowhere(desk: Client) -> None:
    TermFactory(slug="fartlek", title="Fartlek")
    data = export(desk, "zip")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("fartlek.md")
    outside = packed({"../../../etc/fartlek.md": text.replace(b"Fartlek", b"Speed Play")})
    bring_in(desk, outside, "zip")
    assert Term.objects.get().title == "Speed Play"


def test_an_archive_or_workbook_that_lies_or_is_broken_is_refused(desk: Client) -> None:
    whole = packed({"a.md": b"x" * 500})
    page = preview(desk, whole[:34] + b"\xff\xff" + whole[36:], "zip")
    assert "can&#x27;t be unpacked" in page, re.findall("<li>.*", page)
    assert "can&#x27;t be read" in preview(desk, packed({"xl/workbook.xml": b"<a"}), "xlsx")
    assert "unpacks to too much" in preview(desk, packed({"a": bytes(201 * 1024 * 1024)}), "xlsx")
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = "far away"
    book.active["A1"] = "slug"
    out = io.BytesIO()
    book.save(out)
    assert "More than 2000 rows" in preview(desk, out.getvalue(), "xlsx")


def test_a_huge_upload_is_refused(desk: Client) -> None:
    assert "over 20 MB" in preview(desk, b"x" * (LARGEST_UPLOAD + 1), "csv")


def test_what_changed_since_the_preview_stops_the_import(desk: Client) -> None:
    page = preview(desk, sheet(new("a")), "csv")
    Category.objects.all().delete()
    assert "Nothing was written" in confirm(desk, page)
    assert not Term.objects.exists()


def test_a_preview_is_confirmed_once_and_not_for_ever(desk: Client) -> None:
    page = preview(desk, sheet(new("a")), "csv")
    confirm(desk, page)
    assert "no longer here" in confirm(desk, page)
    page = preview(desk, sheet(new("b")), "csv")
    cache.clear()
    assert "no longer here" in confirm(desk, page)
    assert "no longer here" in confirm(
        desk, page.replace('name="format" value="0"', 'name="format" value="x"')
    )
    # Whoever has to sign in first is led here without the file.
    response = desk.get("/admin/glossary/term/process_import/", follow=True)
    assert response.request["PATH_INFO"] == "/admin/glossary/term/import/"
    assert "Nothing was imported." in response.content.decode()
    page = preview(desk, sheet(new("b")), "csv")
    page = re.sub('name="format" value="0"', f'name="format" value="{NUMBERS["xlsx"]}"', page)
    assert "This is not an Excel workbook" in confirm(desk, page)


def test_only_the_chosen_words_are_exported(desk: Client) -> None:
    chosen, _ = TermFactory(slug="a"), TermFactory(slug="b")
    values = {"action": "export_admin_action", "_selected_action": [chosen.pk]}
    page = desk.post("/admin/glossary/term/", values).content.decode()
    assert "1 chosen term" in page
    items = re.findall(r'name="export_items" value="(\d+)"', page)
    rows = read_rows(export(desk, "json", export_items=items), "json")
    assert [row["slug"] for row in rows] == ["a"]
    found = desk.post(f"{EXPORT}?q=word", {"format": NUMBERS["json"], "resource": "0"})
    assert len(json.loads(found.content)) == 2
    page = desk.post(EXPORT, {"format": "", "resource": "0"}).content.decode()
    assert "This field is required" in page


def test_a_text_too_long_for_a_spreadsheet_is_said(desk: Client) -> None:
    term = TermFactory(slug="long")
    for number in range(17):
        term.faqs.create(question=f"Why {number}?", answer="x" * 2_000)
    page = desk.post(EXPORT, {"format": NUMBERS["xlsx"], "resource": "0"}, follow=True)
    assert "too long for Excel" in page.content.decode()


def test_who_may_not_change_words_may_not_import_them(
    personas: dict[str, Callable[[], Client]],
) -> None:
    TermFactory(slug="fartlek")
    for name, make in personas.items():
        client = make()
        is_editor = name == "editor"
        for address in (IMPORT, EXPORT):
            assert (client.get(address).status_code == 200) == is_editor, (name, address)
        response = client.post(EXPORT, {"format": "0", "resource": "0"})
        assert ("Content-Disposition" in response) == is_editor
        response = client.post("/admin/glossary/term/process_import/", {"import_file_name": "x"})
        assert response.status_code == 302 or not is_editor
