"""The checks on a term in admin: errors beside what is wrong, remarks about what is weak."""

import math
from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.html import format_html

from glossary.admin import parts
from glossary.admin.parts import TEXT_FIELDS, PartFormSet
from glossary.linking.targets import page_ids
from glossary.models import Term
from glossary.parts import PARTS, Part
from glossary.quality import checks, reports
from text import markdown


def _typed_rows(data: QueryDict, part: Part) -> int:
    """How many rows will be there once this form is saved, where the page goes by that."""
    rows = (f"{part.name}-{number}-" for number in range(parts.row_count(data, part.name)))
    return sum(
        bool((data.get(f"{row}{part.needed}") or "").strip()) and not data.get(f"{row}DELETE")
        for row in rows
    )


def _typed_ids(data: QueryDict) -> set[str]:
    """The places on the page as it is typed: the parts stand in several forms of one post."""
    counts = {part.key: _typed_rows(data, part) for part in PARTS}
    numbers = parts.new_numbers(data)
    return page_ids({**counts, "sources": 0}) | {f"source-{number}" for number in numbers}


class CheckedTermForm(ModelForm[Term]):
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        data = cast("QueryDict", self.data)
        texts = [("body", self.cleaned_data.get("body") or "")]
        deleted = parts.deleted_sources(data)
        for field, message in checks.dead_anchors(texts, _typed_ids(data), deleted):
            self.add_error(field, message)
        return cleaned


class CheckedFormSet(PartFormSet):
    """A part of a term that is written in Markdown."""

    def clean(self) -> None:
        super().clean()
        field = TEXT_FIELDS[self.model]
        data = cast("QueryDict", self.data)
        texts = [
            (form, form.cleaned_data.get(field) or "")
            for form in self.forms
            if not form.cleaned_data.get("DELETE")
        ]
        deleted = parts.deleted_sources(data)
        for form, message in checks.dead_anchors(texts, _typed_ids(data), deleted):
            form.add_error(field, message)
        most, numbers = self.model._meta.get_field(field).max_length, parts.new_numbers(data)
        for form, text in texts:
            over = len(markdown.renumbered(text, numbers)) - (most or math.inf)
            if over > 0:
                message = f"With its citations numbered anew this is {over} characters too long."
                form.add_error(field, message)


class ReviewFilter(admin.SimpleListFilter):
    title = "clinical review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "Due")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> QuerySet[Term]:
        due = reports.review_due().values("pk")
        return queryset.filter(pk__in=due) if self.value() == "due" else queryset


class SourceFilter(admin.SimpleListFilter):
    title = "sources"
    parameter_name = "sources"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "None")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> QuerySet[Term]:
        return queryset.filter(sources=None) if self.value() == "none" else queryset


class CheckedTermAdmin(admin.ModelAdmin[Term]):
    """What TermAdmin inherits to have its form checked. Its own form, if any, is a CheckedTermForm.

    All is worked out while the view runs, not in the template, so that it sees what the view
    sees even when the view's transaction is undone before the page is drawn.
    """

    form = CheckedTermForm

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*super().get_list_filter(request), ReviewFilter, SourceFilter]

    def get_formsets_with_inlines(
        self, request: HttpRequest, obj: Term | None = None
    ) -> Iterator[Any]:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            if inline.model in TEXT_FIELDS:
                yield type(formset.__name__, (CheckedFormSet, formset), {}), inline
            else:
                yield formset, inline

    def checked(self, request: HttpRequest, pk: int) -> Term:
        """The term anew: the form has put onto its own what was typed, even if it was refused."""
        return checks.stored(pk)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("obj"):
            context["checks"] = checks.panel(self.checked(request, kwargs["obj"].pk))
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        count = len(checks.warnings(self.checked(request, form.instance.pk)))
        if count:
            address = reverse("admin:glossary_term_change", args=[form.instance.pk])
            things = "1 thing is" if count == 1 else f"{count} things are"
            link = format_html('<a href="{}#checks">{} worth another look</a>', address, things)
            messages.warning(request, format_html("Saved, and {}.", link))
