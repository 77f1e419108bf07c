"""The formats of import and export. Each holds all that a term is, and refuses bad files."""

import csv
import datetime
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import openpyxl
from import_export.formats import base_formats
from openpyxl.cell import WriteOnlyCell
from tablib import Dataset

from glossary.admin.table.columns import ABSENT, COLUMNS, file_of, row_of
from glossary.files import dumping
from glossary.files.term_files import TERM
from text import content_files
from text.cells import quoted, unquoted
from text.content_files import ContentError

MEGABYTE = 1024 * 1024
LARGEST_UPLOAD = 20 * MEGABYTE
LARGEST_UNPACKED = 40 * MEGABYTE
LARGEST_FILE = MEGABYTE // 4
LONGEST_TEXT = 200_000
MOST_ROWS = 2_000
MOST_COLUMNS = 100
# Of a workbook: "<" in a sheet and in its texts, where a cell has some eight in all, and in each
# other part; of JSON: braces, brackets and commas. Each may become an object in memory.
MOST_TAGS = 600_000
MOST_TAGS_ELSEWHERE = 20_000
MOST_MARKS = 1_000_000
PROBLEMS_SHOWN = 20
EXCEL_CELL = 32_767

MOST_READ = MOST_ROWS + 2
TOO_MUCH = f"It holds too much: at most {MOST_ROWS} rows and {MOST_COLUMNS} columns at once."

csv.field_size_limit(LARGEST_UPLOAD)


class Unreadable(ValueError):
    """Why a file can't be read, in words for whoever chose it."""


class Format(base_formats.Format):  # type: ignore[misc]
    """What the four have in common."""

    title = extension = content_type = ""

    def __init__(self, encoding: str | None = None) -> None:
        super().__init__()

    def get_title(self) -> str:
        return self.title

    def get_extension(self) -> str:
        return self.extension

    def get_content_type(self) -> str:
        return self.content_type

    def create_dataset(self, in_stream: bytes) -> Dataset:
        try:
            return _dataset(self.rows(in_stream))
        except Unreadable:
            raise
        except Exception as error:  # a hostile file can make a parser raise anything
            reason = "It can't be read in this format. Is it the one that the file is in?"
            raise Unreadable(reason) from error

    def rows(self, data: bytes) -> list[list[Any]]:
        """What the file holds: the names of the columns, then a row for each term."""
        raise NotImplementedError

    def can_import(self) -> bool:
        return True

    def can_export(self) -> bool:
        return True


class CSV(Format):
    title = extension = "csv"
    content_type = "text/csv"

    def rows(self, data: bytes) -> list[list[Any]]:
        text = _text(data, "In Excel, save it as “CSV UTF-8”.")
        first = text.partition("\n")[0]
        # Excel separates by semicolon where the comma is the decimal mark.
        delimiter = max(",;\t", key=first.count)
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            # Stops behind the last row that can be imported, of which the next is refused.
            return [[unquoted(cell) for cell in row] for row in islice(_narrow(reader), MOST_READ)]
        except csv.Error as error:
            raise Unreadable(f"This is not CSV: {error}.") from None

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        out = io.StringIO(newline="")
        rows = [dataset.headers, *dataset]
        csv.writer(out).writerows([[quoted(_flat(cell)) for cell in row] for row in rows])
        # With the mark at its start Excel reads it as UTF-8.
        return out.getvalue().encode("utf-8-sig")


class XLSX(Format):
    title = extension = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def rows(self, data: bytes) -> list[list[Any]]:
        archive = _archive(data, "an Excel workbook (.xlsx)")
        _check_archive(archive)
        for info in archive.infolist():
            _check_xml(info.filename, _unpacked(archive, info, LARGEST_UNPACKED))
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        # A sheet may claim a million rows; only this many are looked at.
        rows = book.worksheets[0].iter_rows(
            values_only=True, max_row=MOST_READ, max_col=MOST_COLUMNS + 1
        )
        return [list(row) for row in rows]

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        rows = [[_flat(cell) for cell in row] for row in [dataset.headers, *dataset]]
        for row in rows:
            if any(len(text) > EXCEL_CELL for text in row):
                reason = f"“{row[0]}” has a text too long for Excel. Choose another format."
                raise Unreadable(reason)
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Words")
        sheet.freeze_panes = "B2"
        for row in rows:
            sheet.append([_text_cell(sheet, text) for text in row])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


class JSON(Format):
    title = extension = "json"
    content_type = "application/json"

    def rows(self, data: bytes) -> list[list[Any]]:
        text = _text(data)
        if sum(map(text.count, "[{,")) > MOST_MARKS:
            raise Unreadable(TOO_MUCH)
        try:
            items = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise Unreadable(f"This is not JSON: {error}.") from None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Unreadable("The JSON must be a list of objects, one a term.")
        headers = list(dict.fromkeys(name for item in items for name in item))
        if len(items) > MOST_ROWS or len(headers) > MOST_COLUMNS:
            raise Unreadable(TOO_MUCH)
        return [headers, *([item.get(name, ABSENT) for name in headers] for item in items)]

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        items = [dict(zip(dataset.headers, row, strict=True)) for row in dataset]
        text = json.dumps(items, ensure_ascii=False, indent=1, default=_iso)
        return text.encode()


class Markdown(Format):
    """The files of glossary/content, packed: what dump_glossary writes."""

    title = extension = "zip"
    content_type = "application/zip"

    def rows(self, data: bytes) -> list[list[Any]]:
        archive = _archive(data, "a ZIP archive of Markdown files")
        _check_archive(archive)
        rows, problems = [], []
        for info in archive.infolist():
            path = PurePosixPath(info.filename)
            # The Mac packs a shadow of each file.
            if info.is_dir() or path.suffix != ".md" or path.name.startswith("._"):
                continue
            try:
                raw = _unpacked(archive, info)
                file = content_files.parse(Path(path.name), raw, TERM)
            except ContentError as error:
                problems += error.problems
            else:
                rows.append(row_of(file))
        if problems:
            shown = [str(problem) for problem in problems[:PROBLEMS_SHOWN]]
            raise Unreadable("; ".join(shown))
        return [COLUMNS, *rows]

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_entry("categories.yaml"), dumping.categories_text())
            archive.writestr(_entry("removed.yaml"), dumping.removed_text())
            for row in dataset:
                file = file_of(dict(zip(dataset.headers, row, strict=True)))
                archive.writestr(_entry(file.path.name), dumping.text_of(file))
        return out.getvalue()


FORMATS = [CSV, XLSX, JSON, Markdown]


def _dataset(rows: list[list[Any]]) -> Dataset:
    """The first row heads the columns; empty cells at the end of a row may be missing."""
    if len(rows) > MOST_ROWS + 1:
        raise Unreadable(f"More than {MOST_ROWS} rows: import them in parts.")
    headers = _without_end(rows[0]) if rows else []
    if not headers:
        raise Unreadable("The file is empty: its first row must name the columns.")
    dataset = Dataset(headers=headers)
    for number, row in enumerate(rows[1:], 2):
        cells = _without_end(row)
        if len(cells) > len(headers):
            raise Unreadable(f"Row {number} has more cells than there are columns.")
        if any(isinstance(cell, str) and len(cell) > LONGEST_TEXT for cell in cells):
            raise Unreadable(f"Row {number} has a text of over {LONGEST_TEXT} characters.")
        dataset.append([*cells, *[""] * (len(headers) - len(cells))])
    return dataset


def _narrow(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if len(row) > MOST_COLUMNS:
            raise Unreadable(TOO_MUCH)
        yield row


def _without_end(row: list[Any]) -> list[Any]:
    cells = list(row)
    while cells and cells[-1] in ("", None):
        cells.pop()
    return cells


def _text(data: bytes, advice: str = "") -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"The file is not UTF-8 text. {advice}".strip()) from None


def _flat(cell: Any) -> str:
    """A cell as text; a nested part as JSON, an item on each line."""
    if isinstance(cell, list):
        items = [json.dumps(item, ensure_ascii=False) for item in cell]
        return "[" + ",\n ".join(items) + "]" if items else ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _iso(value: datetime.date) -> str:
    return value.isoformat()


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    # Never a formula, and never made a date or a number when someone edits it.
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _archive(data: bytes, what: str) -> zipfile.ZipFile:
    # Each entry of its directory would become an object before any could be counted.
    if data.count(b"PK\x01\x02") > MOST_ROWS + MOST_COLUMNS:
        raise Unreadable("The archive unpacks to too much.")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        raise Unreadable(f"This is not {what}.") from None


def _check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to far more than it is; zipfile reads no more than is declared."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > LARGEST_UNPACKED:
        raise Unreadable("The archive unpacks to too much.")
    for info in infos:
        # The others may ask for gigabytes before the first byte.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(f"{info.filename[:100]} can't be unpacked.")


def _check_xml(name: str, part: bytes) -> None:
    """Refuse what would make far more of a workbook than its bytes."""
    is_cells = name.startswith(("xl/worksheets/", "xl/sharedStrings"))
    if part.count(b"<") > (MOST_TAGS if is_cells else MOST_TAGS_ELSEWHERE):
        raise Unreadable(TOO_MUCH)
    # Entities that stand for others; and the encodings that would hide them.
    if name.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in part or 0 in part):
        raise Unreadable(f"{name[:100]} can't be read.")


def _unpacked(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, largest: int = LARGEST_FILE
) -> bytes:
    if info.file_size > largest:
        raise Unreadable(f"{info.filename[:100]} is too large for a term.")
    try:
        return archive.read(info)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise Unreadable(f"{info.filename[:100]} can't be unpacked.") from None


def _entry(name: str) -> zipfile.ZipInfo:
    """With a fixed date, so that the same words make the same archive."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
