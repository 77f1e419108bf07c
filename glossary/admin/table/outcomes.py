"""What became of each row, as the preview shows it: refused and why, or how the term changes."""

from collections import defaultdict
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from import_export.results import RowResult

from glossary.admin.table.columns import COLUMNS, row_of
from glossary.files import dumping
from glossary.models import Term
from text import diff
from text.content_files import ContentError, ContentFile, Problem

SHOWN_AROUND = 60
SHOWN_NEW = 400


def share(
    found: list[Problem], changed: dict[int, ContentFile], problems: list[list[Problem]]
) -> None:
    """Give each problem to its row; what belongs to none is raised."""
    numbers = {file.path.name: number for number, file in changed.items()}
    for problem in found:
        if problem.file not in numbers:
            raise ContentError(found)
        problems[numbers[problem.file]].append(problem)


def outcome_of(
    problems: list[Problem],
    before: ContentFile | None,
    after: ContentFile | None,
    term: Term | None,
    *,
    is_shown: bool = False,
) -> RowResult:
    result = RowResult()
    if problems:
        result.import_type = RowResult.IMPORT_TYPE_INVALID
        reasons = defaultdict(list)
        for problem in problems:
            reasons[str(problem.where[0]) if problem.where else "slug"].append(_reason(problem))
        result.validation_error = ValidationError(dict(reasons))
    elif after is None or term is None:
        result.import_type = RowResult.IMPORT_TYPE_SKIP
    else:
        result.import_type = RowResult.IMPORT_TYPE_UPDATE if before else RowResult.IMPORT_TYPE_NEW
        result.add_instance_info(term)
        result.instance = term
        result.diff = _differences(before, after) if is_shown else []
    return result


def _reason(problem: Problem) -> str:
    """With the number of the item, as people count, and its own field."""
    inner = " ".join(str(step + 1 if isinstance(step, int) else step) for step in problem.where[1:])
    return f"{inner}: {problem.reason}" if inner else problem.reason


def _differences(before: ContentFile | None, after: ContentFile) -> list[tuple[str, SafeString]]:
    """The columns that change, each with its change marked."""
    new = zip(COLUMNS, row_of(after), strict=True)
    old = row_of(before) if before else [""] * len(COLUMNS)
    return [
        (column, _marked(_readable(column, was), _readable(column, value)))
        for (column, value), was in zip(new, old, strict=True)
        if value != was and (before or value not in ([], None))
    ]


def _readable(column: str, value: Any) -> str:
    if isinstance(value, list):
        return dumping.readable(column, value) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _marked(old: str, new: str) -> SafeString:
    if not old:
        shown = new if len(new) <= SHOWN_NEW else f"{new[:SHOWN_NEW]} …"
        return format_html("<ins>{}</ins>", shown)
    pieces = [
        ("span", _shortened(words)) if name == "same" else (name, words)
        for name, words in diff.changes(old, new)
    ]
    return format_html_join("", "<{0}>{1}</{0}>", pieces)


def _shortened(text: str) -> str:
    if len(text) <= 3 * SHOWN_AROUND:
        return text
    return f"{text[:SHOWN_AROUND]} … {text[-SHOWN_AROUND:]}"
