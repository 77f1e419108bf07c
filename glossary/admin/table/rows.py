"""A row as it is read: the term that it would make, and what is wrong with its cells."""

from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils import timezone

from glossary.admin.table.columns import ABSENT, COLUMNS, SHAPES, read_cell
from glossary.files import dumping, standard
from glossary.files.term_files import TERM
from glossary.models import Term
from text import markdown
from text.content_files import ContentFile, Problem, shape_problems
from web import deadline

# In one list of a row, and of the reasons against one row that are worth listing.
MOST_PARTS = 100
MOST_REASONS = 20


def check_headers(headers: list[Any] | None) -> None:
    unknown = [str(name)[:60] for name in headers or [] if name not in COLUMNS]
    if unknown:
        raise ValueError(
            f"Unknown column {', '.join(f'“{name}”' for name in unknown[:5])}. "
            f"The columns are {', '.join(COLUMNS)}."
        )
    if "slug" not in (headers or []):
        raise ValueError("The column “slug” is missing: it says which term a row is.")
    if len(set(headers or [])) < len(headers or []):
        raise ValueError("A column is there twice.")


def contents_of(terms: dict[str, Term]) -> dict[str, ContentFile]:
    pks = [term.pk for term in terms.values() if term.pk]
    return {file.slug: file for file in dumping.contents_of(Term.objects.filter(pk__in=pks))}


def _basis(present: ContentFile | None) -> dict[str, Any]:
    """What holds where a row is silent."""
    data: dict[str, Any] = {name: [] for name, shape in SHAPES.items() if isinstance(shape, list)}
    if present:
        return {**data, **present.data}
    return {**data, "state": "draft", "changed_on": timezone.localdate()}


def says_nothing(row: dict[str, Any]) -> bool:
    return all(cell in ("", None) for cell in row.values())


def slug_of(row: dict[str, Any]) -> str:
    cell = row["slug"]
    return "" if cell is ABSENT else str(read_cell("slug", cell))


def file_of_row(
    slug: str, row: dict[str, Any], present: ContentFile | None
) -> tuple[ContentFile, list[Problem]]:
    """The term as it would be with this row, and what is wrong with the row's cells."""
    file = ContentFile(Path(f"{slug}.md"), _basis(present), present.body if present else "", 1, {})
    if says_nothing(row):
        return file, []
    problems = []
    deadline.check()
    for column, cell in row.items():
        try:
            if cell is not ABSENT:
                file.data[column] = read_cell(column, cell)
        except ValueError as error:
            problems.append(file.problem(str(error), column))
    file.data.pop("slug", None)
    file.body = file.data.pop("body", file.body)
    if file.slug != slug:
        problems.append(file.problem("A slug has only letters, digits and hyphens.", "slug"))
    if file.data.get("state") == "":
        problems.append(file.problem("Say draft or published.", "state"))
    said = {problem.where[:1] for problem in problems}
    for column, value in file.data.items():
        if isinstance(value, list) and len(value) > MOST_PARTS:
            problems.append(file.problem(f"More than {MOST_PARTS} in one list.", column))
    wrong = list(islice(shape_problems(file, file.data, TERM), MOST_REASONS))
    problems += [problem for problem in wrong if problem.where[:1] not in said]
    if present and not wrong:
        problems += _moved_citations(file, present, {c for c in row if row[c] is not ABSENT})
        # Addresses are only ever added.
        old = present.data.get("formerly", [])
        file.data["formerly"] = sorted({*old, *file.data["formerly"]})
    return file, problems


def _moved_citations(
    file: ContentFile, present: ContentFile, given: Collection[str]
) -> Iterator[Problem]:
    """Citations go by the source's place: a text that is not in the row would cite another one."""
    old = [source["url"] for source in present.data.get("sources", [])]
    new = [source["url"] for source in file.data["sources"]]
    cited = {
        address
        for text, where in [(present.body, ("body",)), *standard.markdown_texts(present)]
        if where[0] not in given
        for address in markdown.addresses(text)
    }
    if "key_facts" not in given:
        facts = present.data.get("key_facts", [])
        cited |= {f"#source-{fact['source']}" for fact in facts if fact.get("source")}
    for number, url in enumerate(old, 1):
        if f"#source-{number}" in cited and new[number - 1 : number] != [url]:
            reason = f"Source {number} moves or goes, and a text cites it that is not in the file"
            yield file.problem(f"{reason}: leave it in its place, or give the text too.", "sources")


def is_same(file: ContentFile, present: ContentFile | None) -> bool:
    if present is None or any(shape_problems(file, file.data, TERM)):
        return False
    return (dumping.canonical(file.data), file.body) == (present.data, present.body)
