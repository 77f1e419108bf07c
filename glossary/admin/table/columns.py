"""The columns of a table of terms, the same in every format, and what a cell of each means."""

import datetime
import json
from pathlib import Path
from typing import Any

from glossary.files import dumping
from glossary.files.term_files import TERM
from glossary.parts import PARTS
from text.content_files import ContentFile
from text.tidy import tidy

COLUMNS = [
    "slug", "title", "category", "state", "publish_at", "definition", "body", "race_query",
    "link_title", "unlinked_words", "reviewed_by", "reviewed_on", "changed_on", "change_note",
    *(part.key for part in PARTS),
    "no_urgent_level", "formerly", "first_published_at",
]  # fmt: skip
SHAPES: dict[str, Any] = {"slug": str, "body": str}
SHAPES |= {key.rstrip("?"): shape for key, shape in TERM.items()}
# The cell of a row that says nothing of this column, unlike an empty one.
ABSENT = object()


def row_of(file: ContentFile) -> list[Any]:
    """A term's file as the cells of a row. Nested parts stay lists; each format writes them."""
    values = {**file.data, "slug": file.slug, "body": file.body}
    return [values.get(column, empty(column)) for column in COLUMNS]


def file_of(row: dict[str, Any]) -> ContentFile:
    """The other way round, for a row that has every column."""
    data = {column: value for column, value in row.items() if column not in ("slug", "body")}
    return ContentFile(Path(f"{row['slug']}.md"), data, row["body"], 1, {})


def empty(column: str) -> Any:
    if isinstance(SHAPES[column], list):
        return []
    return dumping.DEFAULTS.get(column, "" if SHAPES[column] is str else None)


def read_cell(column: str, cell: Any) -> Any:
    """The value that a cell means, whatever format it comes from. Raises ValueError in words."""
    shape = SHAPES[column]
    cell = _tidied(cell)
    if cell in ("", None):
        return "" if shape is str else empty(column)
    if isinstance(shape, list):
        return _tidied(_nested(cell)) if isinstance(cell, str) else cell
    if isinstance(cell, list | dict):
        return cell  # of a wrong shape, which is said elsewhere
    if shape is bool:
        return _boolean(cell)
    if shape is datetime.date:
        return _date(cell)
    if shape is datetime.datetime:
        return _time(cell)
    # A spreadsheet makes a number of “5”, and of a whole one at times a decimal.
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)


def _tidied(value: Any) -> Any:
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if isinstance(value, dict):
        return {key: _tidied(item) for key, item in value.items()}
    return tidy(value) if isinstance(value, str) else value


def _nested(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, character {error.colno}"
        raise ValueError(f"This is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise ValueError("This is not JSON of a term: it is nested too deep.") from None
    except ValueError:
        raise ValueError("This is not JSON of a term: a number in it is too long.") from None


def _boolean(cell: Any) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if (value := known.get(str(cell).lower())) is None:
        raise ValueError("Say true or false.")
    return value


def _date(cell: Any) -> datetime.date:
    if isinstance(cell, datetime.datetime):
        return cell.date()
    try:
        return datetime.date.fromisoformat(str(cell))
    except ValueError:
        raise ValueError(f"“{cell}” is not a date such as 2027-04-19.") from None


def _time(cell: Any) -> datetime.datetime:
    try:
        time = datetime.datetime.fromisoformat(str(cell))
    except ValueError:
        reason = f"“{cell}” is not a time such as 2027-04-19T09:00:00+00:00."
        raise ValueError(reason) from None
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
