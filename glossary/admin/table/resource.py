"""A whole table of terms, out of the database and into it."""

from typing import Any

from django.db.models import QuerySet
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import Result, RowResult
from reversion.errors import RevertError
from tablib import Dataset

from glossary.admin.table.columns import COLUMNS, row_of
from glossary.admin.table.drafts import laid_over_draft, save_beside, without_what_is_at_once
from glossary.admin.table.outcomes import outcome_of, share
from glossary.admin.table.rows import (
    check_headers,
    contents_of,
    file_of_row,
    is_same,
    says_nothing,
    slug_of,
)
from glossary.files import dumping
from glossary.files.refusals import refusals
from glossary.files.saving import save_terms
from glossary.models import Term
from web import deadline
from web.deadline import TookTooLong

# So much is shown of what an import would change.
MOST_SHOWN = 100
# What a request may take. Proxies and people wait no longer than a minute.
MOST_SECONDS = 20
TOO_LONG = (
    f"It takes over {MOST_SECONDS} seconds, and nothing was written. Import it in parts, "
    "of about a hundred changed terms each."
)


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
        check_headers(dataset.headers)
        rows = [dict(zip(dataset.headers, row, strict=True)) for row in dataset]
        slugs = [slug_of(row) for row in rows]
        terms = {term.slug: term for term in Term.objects.filter(slug__in=slugs)}
        before = contents_of(terms)
        files = [
            file_of_row(slug, row, before.get(slug)) for slug, row in zip(slugs, rows, strict=True)
        ]
        problems = [found for _, found in files]
        seen: set[str] = set()
        for number, slug in enumerate(slugs):
            if slug in seen and not says_nothing(rows[number]):
                problems[number].append(files[number][0].problem("It is there twice.", "slug"))
            seen.add(slug)
        left_out = {}
        if self.as_drafts:
            for number, (file, _) in enumerate(files):
                left_out[number] = without_what_is_at_once(file, before.get(file.slug))
        changed = {
            number: file
            for number, (file, _) in enumerate(files)
            if not says_nothing(rows[number]) and not is_same(file, before.get(slugs[number]))
        }
        live = {slug: term for slug, term in terms.items() if self.as_drafts and term.is_public}
        drafts = {}
        for number, file in list(changed.items()):
            if (term := live.get(file.slug)) and term.draft and not problems[number]:
                try:
                    drafts[number] = laid_over_draft(file, before[file.slug], term)
                except RevertError as error:
                    reason = f"Its draft can't be opened: {error}"
                    problems[number].append(file.problem(reason, "slug"))
                    continue
                before[file.slug] = drafts[number]
                if is_same(file, drafts[number]):
                    del changed[number]
        good = {number: file for number, file in changed.items() if not problems[number]}
        at_once = [file for file in good.values() if file.slug not in live]
        found = save_terms(at_once, terms, "Imported", user, is_tried=self.is_preview)
        if not found:
            found = [*refusals(at_once)]
        after = contents_of({file.slug: terms[file.slug] for file in at_once if file.slug in terms})
        if not found:
            beside = [file for file in good.values() if file.slug in live]
            refused, contents = save_beside(beside, terms, user, is_tried=self.is_preview)
            found += refused
            after |= contents
        if len(good) < len(changed):
            # A term that is missing may be one of the bad rows.
            found = [problem for problem in found if problem.where[:1] != ("related",)]
        share(found, good, problems)
        shown = set(list(changed)[:MOST_SHOWN]) if self.is_preview else set()
        outcomes = []
        for number, slug in enumerate(slugs):
            deadline.check()
            is_changed = number in changed
            outcome = outcome_of(
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
            return outcome_of([], None, None, None)
        return self.outcomes[kwargs["row_number"] - 1]

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        """Ids are left alone: one of a deleted term must not be given again."""
