"""Terms as rows, for import and export in admin: one row a term, the same columns everywhere."""

import datetime
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import Result, RowResult
from reversion.errors import RevertError
from reversion.models import Revision, Version
from tablib import Dataset

from glossary.files import dumping, standard
from glossary.files.refusals import refusals
from glossary.files.saving import save_terms
from glossary.files.term_files import TERM
from glossary.models import Term
from glossary.parts import PARTS
from glossary.publishing import history, publish
from text import diff, markdown
from text.content_files import ContentError, ContentFile, Problem, shape_problems
from text.tidy import tidy
from web import deadline
from web.deadline import TookTooLong

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
SHOWN_AROUND = 60
SHOWN_NEW = 400


def row_of(file: ContentFile) -> list[Any]:
    """A term's file as the cells of a row. Nested parts stay lists; each format writes them."""
    values = {**file.data, "slug": file.slug, "body": file.body}
    return [values.get(column, _empty(column)) for column in COLUMNS]


def file_of(row: dict[str, Any]) -> ContentFile:
    """The other way round, for a row that has every column."""
    data = {column: value for column, value in row.items() if column not in ("slug", "body")}
    return ContentFile(Path(f"{row['slug']}.md"), data, row["body"], 1, {})


def _empty(column: str) -> Any:
    if isinstance(SHAPES[column], list):
        return []
    return dumping.DEFAULTS.get(column, "" if SHAPES[column] is str else None)


def read_cell(column: str, cell: Any) -> Any:
    """The value that a cell means, whatever format it comes from. Raises ValueError in words."""
    shape = SHAPES[column]
    cell = _tidied(cell)
    if cell in ("", None):
        return "" if shape is str else _empty(column)
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


# Of a list in a row, and of the reasons against one row that are worth listing.
MOST_PARTS = 100
# So much is shown of what an import would change.
MOST_SHOWN = 100
# What a request may take. Proxies and people wait no longer than a minute.
MOST_SECONDS = 20
TOO_LONG = (
    f"It takes over {MOST_SECONDS} seconds, and nothing was written. Import it in parts, "
    "of about a hundred changed terms each."
)
MOST_REASONS = 20
# What readers see at once or not at all: a draft holds none of it.
AT_ONCE = ("state", "publish_at", "changed_on", "first_published_at", "formerly")


class TermResource(ModelResource):  # type: ignore[misc]
    """Writes as the files' loader does, all rows or none; the preview is a load undone.

    A column that is left out leaves that part of each term alone, an empty cell empties it. As
    drafts, public pages stay as they are and get a draft beside them, and new terms are drafts.
    Otherwise all is live at once, and a new term is a draft unless its row says otherwise.
    """

    class Meta:
        model = Term
        fields = ["slug"]
        import_id_fields = ["slug"]

    def __init__(self, *, as_drafts: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.as_drafts = as_drafts
        self.fields = {name: Field(column_name=name) for name in COLUMNS}
        self.outcomes: list[RowResult] = []
        self.is_preview = False

    # Export.

    def filter_export(self, queryset: QuerySet[Term], **kwargs: Any) -> QuerySet[Term]:
        return Term.objects.filter(pk__in=queryset.values("pk")).order_by("slug")

    def iter_queryset(self, queryset: Any) -> Any:
        return dumping.contents_of(queryset)

    def export_resource(self, instance: Any, selected_fields: Any = None, **kwargs: Any) -> Any:
        return row_of(instance)

    # Import.

    def import_data(self, dataset: Dataset, *args: Any, **kwargs: Any) -> Result:
        self.is_preview = bool(kwargs.get("dry_run"))
        always = {"use_transactions": True, "rollback_on_validation_errors": True}
        return super().import_data(dataset, *args, **{**kwargs, **always})

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        try:
            with deadline.within(MOST_SECONDS):
                self._write(dataset, kwargs.get("user"))
        except TookTooLong:
            raise ValueError(TOO_LONG) from None

    def _write(self, dataset: Dataset, user: Any) -> None:
        """Write all rows; what became of each waits for import_row."""
        _check_headers(dataset.headers)
        rows = [dict(zip(dataset.headers, row, strict=True)) for row in dataset]
        slugs = [_slug(row) for row in rows]
        terms = {term.slug: term for term in Term.objects.filter(slug__in=slugs)}
        before = _contents(terms)
        files = [_file(slug, row, before.get(slug)) for slug, row in zip(slugs, rows, strict=True)]
        problems = [found for _, found in files]
        seen: set[str] = set()
        for number, slug in enumerate(slugs):
            if slug in seen and not _says_nothing(rows[number]):
                problems[number].append(files[number][0].problem("It is there twice.", "slug"))
            seen.add(slug)
        left_out = {}
        if self.as_drafts:
            for number, (file, _) in enumerate(files):
                left_out[number] = _without_what_is_at_once(file, before.get(file.slug))
        changed = {
            number: file
            for number, (file, _) in enumerate(files)
            if not _says_nothing(rows[number]) and not _is_same(file, before.get(slugs[number]))
        }
        live = {slug: term for slug, term in terms.items() if self.as_drafts and term.is_public}
        drafts = {}
        for number, file in list(changed.items()):
            if (term := live.get(file.slug)) and term.draft and not problems[number]:
                try:
                    drafts[number] = _laid_over_draft(file, before[file.slug], term)
                except RevertError as error:
                    reason = f"Its draft can't be opened: {error}"
                    problems[number].append(file.problem(reason, "slug"))
                    continue
                before[file.slug] = drafts[number]
                if _is_same(file, drafts[number]):
                    del changed[number]
        good = {number: file for number, file in changed.items() if not problems[number]}
        at_once = [file for file in good.values() if file.slug not in live]
        found = save_terms(at_once, terms, "Imported", user, is_tried=self.is_preview)
        if not found:
            found = [*refusals(at_once)]
        after = _contents({file.slug: terms[file.slug] for file in at_once if file.slug in terms})
        if not found:
            beside = [file for file in good.values() if file.slug in live]
            refused, contents = _save_beside(beside, terms, user, is_tried=self.is_preview)
            found += refused
            after |= contents
        if len(good) < len(changed):
            # A term that is missing may be one of the bad rows.
            found = [problem for problem in found if problem.where[:1] != ("related",)]
        _share(found, good, problems)
        shown = set(list(changed)[:MOST_SHOWN]) if self.is_preview else set()
        outcomes = []
        for number, slug in enumerate(slugs):
            deadline.check()
            is_changed = number in changed
            outcome = _outcome(
                problems[number],
                before.get(slug) if is_changed else None,
                after.get(slug) if is_changed else None,
                terms.get(slug) if is_changed else None,
                is_shown=number in shown,
            )
            outcomes.append(outcome)
        for number, outcome in enumerate(outcomes):
            outcome.goes_beside = slugs[number] in live
            outcome.goes_into_draft = number in drafts
            outcome.left_out = left_out.get(number, [])
        self.outcomes = outcomes

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> RowResult:
        if not self.outcomes:  # the file as a whole was refused
            return _outcome([], None, None, None)
        return self.outcomes[kwargs["row_number"] - 1]

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        """Ids are left alone: one of a deleted term must not be given again."""


def _check_headers(headers: list[Any] | None) -> None:
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


def _contents(terms: dict[str, Term]) -> dict[str, ContentFile]:
    pks = [term.pk for term in terms.values() if term.pk]
    return {file.slug: file for file in dumping.contents_of(Term.objects.filter(pk__in=pks))}


def _basis(present: ContentFile | None) -> dict[str, Any]:
    """What holds where a row is silent."""
    data: dict[str, Any] = {name: [] for name, shape in SHAPES.items() if isinstance(shape, list)}
    if present:
        return {**data, **present.data}
    return {**data, "state": "draft", "changed_on": timezone.localdate()}


def _says_nothing(row: dict[str, Any]) -> bool:
    return all(cell in ("", None) for cell in row.values())


def _slug(row: dict[str, Any]) -> str:
    cell = row["slug"]
    return "" if cell is ABSENT else str(read_cell("slug", cell))


def _file(
    slug: str, row: dict[str, Any], present: ContentFile | None
) -> tuple[ContentFile, list[Problem]]:
    """The term as it would be with this row, and what is wrong with the row's cells."""
    file = ContentFile(Path(f"{slug}.md"), _basis(present), present.body if present else "", 1, {})
    if _says_nothing(row):
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


def _without_what_is_at_once(file: ContentFile, present: ContentFile | None) -> list[str]:
    """Take from a row what a draft can't hold. The columns that said something of it."""
    stays = present.data if present else {"state": "draft", "changed_on": timezone.localdate()}
    said = []
    for column in AT_ONCE:
        value = file.data.pop(column, None)
        if value not in (None, "", []) and value != stays.get(column):
            said.append(column)
        if column in stays:
            file.data[column] = stays[column]
    file.data.setdefault("formerly", [])
    return said


def _laid_over_draft(file: ContentFile, live: ContentFile, term: Term) -> ContentFile:
    """Give the row what the term's pending draft changed and the row did not. The draft's content.

    Raises RevertError when the draft can't be opened.
    """
    assert term.draft is not None  # noqa: S101 - for the type checker
    draft = dumping.content_in(history.term_in(term.draft, term))
    draft.path = file.path
    data = dumping.canonical(file.data)
    for column in SHAPES:
        if column not in AT_ONCE and data.get(column) == live.data.get(column):
            file.data[column] = draft.data.get(column, _empty(column))
    for column in ("slug", "body"):
        file.data.pop(column, None)
    if file.body == live.body:
        file.body = draft.body
    return draft


class _NotLive(Exception):  # noqa: N818 - not an error: it undoes what readers must not see yet
    pass


def _save_beside(
    files: list[ContentFile],
    terms: dict[str, Term],
    user: Any,
    *,
    is_tried: bool,
) -> tuple[list[Problem], dict[str, ContentFile]]:
    """Keep a draft of each of these terms, whose live pages stay as they are.

    As the form does it: saved with every rule, read out as a version, and undone.
    """
    found: list[Problem] = []
    after: dict[str, ContentFile] = {}
    aside: dict[int, tuple[Revision, list[Version]]] = {}
    plans = {terms[file.slug].pk: terms[file.slug] for file in files}
    live = {pk: (term.draft_publish_at, term.draft_is_major) for pk, term in plans.items()}
    for term in plans.values() if not is_tried else ():
        history.record_first(term)
    try:
        with transaction.atomic():
            renamed = _slugs_of_drafts(plans.values())
            Term.objects.bulk_update(renamed, ["slug"])
            for term in renamed:
                plans[term.pk].slug = term.slug
            found = save_terms(files, terms, "Imported as a draft", user, is_tried=is_tried)
            if not found:
                found = [*refusals(files)]
            for file in files if not found else []:
                pk = terms[file.slug].pk
                after[file.slug] = dumping.content_of(terms[file.slug])
                if is_tried:
                    continue
                revision = history.latest(pk)
                assert revision is not None  # noqa: S101 - for the type checker
                aside[pk] = revision, history.set_aside(revision)
            raise _NotLive
    except _NotLive:
        pass
    for pk, (revision, versions) in aside.items():
        term = Term.objects.get(pk=pk)
        at, is_major = live[pk]
        at = at if at and at > timezone.now() else None
        publish.keep_draft(term, history.keep(revision, versions), at=at, is_major=is_major)
    return found, after


def _slugs_of_drafts(terms: Iterable[Term]) -> list[Term]:
    """Terms that a pending draft gives another address, with that address."""
    drafts = {term.draft_id: term.pk for term in terms if term.draft_id}
    versions = Version.objects.get_for_model(Term).filter(revision__in=drafts)
    renamed = []
    for version in versions:
        term = Term.objects.get(pk=drafts[version.revision_id])
        if term.slug != version.field_dict["slug"]:
            term.slug = version.field_dict["slug"]
            renamed.append(term)
    return renamed


def _is_same(file: ContentFile, present: ContentFile | None) -> bool:
    if present is None or any(shape_problems(file, file.data, TERM)):
        return False
    return (dumping.canonical(file.data), file.body) == (present.data, present.body)


def _share(
    found: list[Problem], changed: dict[int, ContentFile], problems: list[list[Problem]]
) -> None:
    """Give each problem to its row; what belongs to none is raised."""
    numbers = {file.path.name: number for number, file in changed.items()}
    for problem in found:
        if problem.file not in numbers:
            raise ContentError(found)
        problems[numbers[problem.file]].append(problem)


def _outcome(
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
