"""The glossary in admin: a term with all its parts on one page."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count, QuerySet
from django.forms import Textarea
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from glossary.admin import reports as reports
from glossary.admin.bulk import BulkAdmin
from glossary.admin.checks import CheckedTermAdmin
from glossary.admin.drafts import DraftingAdmin
from glossary.admin.editing import opened_or_saved
from glossary.admin.imports import TermImportExport
from glossary.admin.parts import (
    AliasFormSet,
    KeyFactForm,
    KeyFactFormSet,
    PartForm,
    PartFormSet,
    RowForm,
    SourceForm,
    SourceFormSet,
)
from glossary.admin.publishing import PublishingAdmin, fresh_address
from glossary.admin.term_form import TermForm
from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    Category,
    FormerAddress,
    KeyFact,
    RelatedTerm,
    Source,
    Term,
    Tip,
)


class AliasInline(admin.TabularInline[Alias, Term]):
    model = Alias
    form = RowForm
    formset = AliasFormSet
    extra = 0


class KeyFactInline(admin.TabularInline[KeyFact, Term]):
    model = KeyFact
    form = KeyFactForm
    formset = KeyFactFormSet
    extra = 0
    fields = ["position", "headline", "detail", "cites"]

    def get_formset(self, request: HttpRequest, obj: Term | None = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, widgets={"detail": Textarea}, **kwargs)


class TipInline(admin.TabularInline[Tip, Term]):
    model = Tip
    form = PartForm
    formset = PartFormSet
    extra = 0
    fields = ["position", "text"]
    # One line is too little to write a tip in.
    formfield_overrides = {models.CharField: {"widget": Textarea}}  # noqa: RUF012


class FAQInline(admin.StackedInline[FAQ, Term]):
    model = FAQ
    form = PartForm
    formset = PartFormSet
    extra = 0
    fields = ["position", "question", "answer"]


class RelatedTermInline(admin.TabularInline[RelatedTerm, Term]):
    model = RelatedTerm
    form = PartForm
    formset = PartFormSet
    fk_name = "term"
    extra = 0
    fields = ["position", "other", "kind", "note"]
    autocomplete_fields = ["other"]


class SourceInline(admin.TabularInline[Source, Term]):
    model = Source
    form = SourceForm
    formset = SourceFormSet
    extra = 0
    fields = ["position", "number", "title", "publisher", "url", "year"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012


class CareAdviceInline(admin.StackedInline[CareAdvice, Term]):
    model = CareAdvice
    form = PartForm
    formset = PartFormSet
    extra = 0
    fields = ["position", "level", "text"]


@admin.register(Term)
class TermAdmin(TermImportExport, CheckedTermAdmin, BulkAdmin, PublishingAdmin, DraftingAdmin):
    form = TermForm
    change_list_template = "admin/glossary/term/change_list.html"
    list_display = ["title", "category", "standing", "source_count", "changed_on", "preview_link"]
    list_filter = ["state", "category", "category__is_health", "changed_on"]
    list_select_related = ["category"]
    search_fields = ["title", "aliases__name", "definition"]
    # Counting in get_queryset() would otherwise drop the model's own order.
    ordering = ["title_key"]
    autocomplete_fields = ["category"]
    prepopulated_fields = {"slug": ["title"]}  # noqa: RUF012
    date_hierarchy = "changed_on"
    save_on_top = True

    fieldsets = [  # noqa: RUF012
        (None, {"fields": ["title", "slug", "category", "definition", "body"]}),
        ("Links and races", {"fields": ["race_query", "link_title", "unlinked_words"]}),
        ("Health", {"fields": ["no_urgent_level", "reviewed_by", "reviewed_on"]}),
        ("Publishing", {"fields": ["significance", "change_note", "publish_at"]}),
    ]
    inlines = [  # noqa: RUF012
        AliasInline,
        KeyFactInline,
        TipInline,
        FAQInline,
        RelatedTermInline,
        SourceInline,
        CareAdviceInline,
    ]

    def checked(self, request: HttpRequest, pk: int) -> Term:
        return opened_or_saved(request) or super().checked(request, pk)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        # An address holds text, and the field wants a time.
        given.pop("publish_at", None)
        return given

    def get_queryset(self, request: HttpRequest) -> QuerySet[Term]:
        return super().get_queryset(request).annotate(sources_=Count("sources"))

    @admin.display(description="sources", ordering="sources_")
    def source_count(self, term: Any) -> int:
        count: int = term.sources_
        return count

    @admin.display(description="state", ordering="state")
    def standing(self, term: Term) -> str:
        if not term.is_public:
            return "to come" if term.is_to_come else "draft"
        return "public, with a draft" if term.draft_id else "public"

    @admin.display(description="preview")
    def preview_link(self, term: Term) -> str:
        address = reverse("admin:glossary_term_preview", args=[term.pk])
        return format_html('<a href="{}" aria-label="Preview {}">Preview</a>', address, term.title)

    def view_on_site(self, term: Term) -> str:
        # Only what is public has a page on the site; the rest has its preview.
        if term.is_public:
            return fresh_address(term)
        return reverse("admin:glossary_term_preview", args=[term.pk])


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin[Category]):
    list_display = ["name", "position", "is_health", "term_count"]
    list_editable = ["position"]
    ordering = ["position", "name"]
    search_fields = ["name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> list[str]:
        return ["slug"] if obj else []  # an address never dies

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Category | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ["name"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).annotate(terms_=Count("terms"))

    @admin.display(description="terms", ordering="terms_")
    def term_count(self, category: Any) -> int:
        count: int = category.terms_
        return count


@admin.register(FormerAddress)
class FormerAddressAdmin(admin.ModelAdmin[FormerAddress]):
    """Where an old address leads, an editor may say; that it answers, nobody may take away."""

    list_display = ["slug", "leads_to", "created_at"]
    list_select_related = ["term"]
    search_fields = ["slug", "term__title"]
    fields = ["slug", "term"]
    autocomplete_fields = ["term"]

    @admin.display(description="leads to", ordering="term__title", empty_value="gone (410)")
    def leads_to(self, address: FormerAddress) -> Term | None:
        return address.term

    def get_readonly_fields(
        self, request: HttpRequest, obj: FormerAddress | None = None
    ) -> list[str]:
        return ["slug"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: FormerAddress | None = None) -> bool:
        return False
