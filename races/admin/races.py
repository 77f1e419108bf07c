"""Races in admin: a race with its editions, an edition with its distances."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.db.models import F
from django.forms import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from races.admin.courses import CourseForm
from races.admin.dates import CertaintyFilter, DatesAdmin, SeenFilter, StatusFilter
from races.admin.editions import VERBS, EditionForm
from races.admin.merging import MergingAdmin
from races.admin.parts import RacePartAdmin
from races.admin.saving import RaceSeenForm, opened_by
from races.admin.versions import RaceHistoryAdmin
from races.models import Distance, Edition, Place, PriceTier, Race
from races.models.naming import lock_names
from races.models.querysets import EditionQuerySet, RaceQuerySet
from races.reading.race_page import race_context
from races.templatetags import race_tags

LIST_OF_RACES = "races_race_changelist"


def date_in_list(edition: Edition) -> str:
    # The first of a month is no day that anybody gave.
    return str(race_tags.date_in_words(edition))


class EditionFormSet(BaseInlineFormSet[Edition, Race, Any]):
    def clean(self) -> None:
        """Compare the starts as Edition.clean bracketed them; Django compares what was typed."""
        starts: set[date] = set()
        for form in self.forms:
            start = form.instance.start_date
            if form.errors or form.cleaned_data.get("DELETE") or not start:
                continue
            if start in starts:
                form.add_error("start_date", "The race already has an edition on this date.")
            starts.add(start)
        super().clean()


class EditionInline(admin.TabularInline[Edition, Race]):
    model = Edition
    form = EditionForm
    formset = EditionFormSet
    extra = 0
    fields = ["start_date", "end_date", "date_precision", "confirmed_on", "status"]
    show_change_link = True


class RaceForm(RaceSeenForm):
    class Meta:
        help_texts = {  # noqa: RUF012
            "slug": "The race’s address. Once public, the old address leads to the new one.",
        }


@admin.register(Race)
class RaceAdmin(MergingAdmin, DatesAdmin, RaceHistoryAdmin):
    form = RaceForm
    list_display = [
        "name", "next_date", "status", "certainty", "not_verified_since", "sport", "city",
        "country", "state", "preview_link",
    ]  # fmt: skip
    list_filter = ["state", CertaintyFilter, StatusFilter, SeenFilter, "sport", "country"]
    search_fields = ["name", "latin_name", "city", "organizer_name"]
    autocomplete_fields = ["place"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012
    save_on_top = True
    inlines = [EditionInline]  # noqa: RUF012
    fieldsets = [  # noqa: RUF012
        (None, {"fields": ["name", "latin_name", "slug", "state", "sport"]}),
        (None, {"fields": ["description", "unlinked_words"]}),
        ("Who", {"fields": ["organizer_name", "website"]}),
        ("Where", {"fields": ["city", "region", "country", "place", ("latitude", "longitude")]}),
        ("When, usually", {"fields": ["usual_month", "usual_rule", "time_zone"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Race | None = None) -> list[str]:
        # An address never dies; who may make races may move one, and the old one redirects.
        is_fixed = obj and obj.has_been_public and not self.has_add_permission(request)
        return ["slug"] if is_fixed else []

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Race | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ["name"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        races = cast(RaceQuerySet, super().get_queryset(request))
        is_list = request.resolver_match and request.resolver_match.url_name == LIST_OF_RACES
        return races.with_next_dates() if is_list else races

    def edition_of(self, row: Race) -> Edition | None:
        return row.next_edition()

    @admin.display(description="next date", ordering=F("next_over_at").asc(nulls_last=True))
    def next_date(self, race: Race) -> str:
        edition = race.next_edition()
        return date_in_list(edition) if edition else "-"

    @admin.display(description="status")
    def status(self, race: Race) -> str:
        edition = race.next_edition()
        return edition.get_status_display() if edition else "-"

    @admin.display(description="preview")
    def preview_link(self, race: Race) -> str:
        address = reverse("admin:races_race_preview", args=[race.pk])
        return format_html('<a href="{}" aria-label="Preview {}">Preview</a>', address, race.name)

    def view_on_site(self, race: Race) -> str:
        # Only what is public has a page on the site; the rest has its preview.
        if race.is_public:
            return race.get_absolute_url()
        return reverse("admin:races_race_preview", args=[race.pk])

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", preview, name="races_race_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The race's page as readers would see it, published or not."""
        race = Race.objects.for_race_page().filter(pk=pk).first()
        if race is None or not self.has_view_permission(request, race):
            raise Http404("No such race.")
        return render(request, "races/race.html", {**race_context(race), "is_preview": True})

    def _open(self, request: HttpRequest, pk: int) -> None:
        if request.method == "POST":
            # Before the race itself, as everywhere: two would wait for each other.
            lock_names()
        super()._open(request, pk)

    def save_model(self, request: HttpRequest, obj: Race, form: Any, change: bool) -> None:
        opened = opened_by(request)
        opened.old_slugs = dict(Race.objects.filter(pk=obj.pk).values_list("pk", "slug"))
        opened.is_new_text = not change or bool(
            {"description", "unlinked_words"} & set(form.changed_data)
        )
        super().save_model(request, obj, form, change)


class SeenEditionForm(RaceSeenForm, EditionForm):
    pass


class DistanceInline(admin.StackedInline[Distance, Edition]):
    model = Distance
    form = CourseForm
    extra = 0
    show_change_link = True
    fields = [
        ("position", "name", "distance_class"),
        ("metres", "minutes", "loop_metres"),
        ("legs", "start_time", "cut_off_minutes"),
        ("ascent_metres", "descent_metres", "surface", "course_shape"),
        ("entry", "qualifier", "capacity", "certification", "wheelchair"),
        ("course_file", "remove_course"),
    ]


@admin.register(Edition)
class EditionAdmin(DatesAdmin, RacePartAdmin):
    change_form_template = "admin/races/edition/change_form.html"
    list_display = ["race", "when", "status", "certainty", "confirmed_on", "not_verified_since"]
    list_filter = ["status", CertaintyFilter, SeenFilter, "race__sport", "registration_state"]
    list_select_related = ["race"]
    search_fields = ["race__name", "race__latin_name"]
    autocomplete_fields = ["race"]
    date_hierarchy = "start_date"
    form = SeenEditionForm
    fieldsets = [  # noqa: RUF012
        (
            "When",
            {
                "fields": [
                    "race",
                    ("start_date", "end_date", "date_precision"),
                    "confirmed_on",
                ]
            },
        ),
        (
            "What became of it",
            {"fields": ["status", "previous_start_date", "status_since", "status_note"]},
        ),
        (
            "Registration",
            {
                "fields": [
                    "registration_url",
                    "registration_state",
                    ("registration_opens_on", "registration_closes_on"),
                ]
            },
        ),
        ("Where the date was seen", {"fields": ["source_url", "last_verified_on"]}),
    ]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012
    inlines = [DistanceInline]  # noqa: RUF012

    @admin.display(description="date", ordering="start_date")
    def when(self, edition: Edition) -> str:
        return date_in_list(edition)

    def get_queryset(self, request: HttpRequest) -> Any:
        return cast(EditionQuerySet, super().get_queryset(request)).with_last_seen()

    def edition_of(self, row: Edition) -> Edition:
        return row

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        edition = kwargs.get("obj")
        if edition and self.has_change_permission(request, edition):
            fitting = [(name, verb) for name, verb in VERBS.items() if verb.fits(edition)]
            context["verbs"] = [(name, verb.label) for name, verb in fitting]
        return super().render_change_form(request, context, *args, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None) -> Any:
        (title, when), *others = super().get_fieldsets(request, obj)
        if obj is None:
            return [(title, when), *others]
        # What is new has no old date.
        return [(title, {**when, "fields": [*when["fields"], "was_wrong"]}), *others]


class PriceTierInline(admin.TabularInline[PriceTier, Distance]):
    model = PriceTier
    extra = 0


class SeenDistanceForm(RaceSeenForm, CourseForm):
    pass


@admin.register(Distance)
class DistanceAdmin(RacePartAdmin):
    form = SeenDistanceForm
    list_display = ["name", "edition", "distance_class"]
    list_filter = ["distance_class"]
    list_select_related = ["edition__race"]
    search_fields = ["name", "edition__race__name"]
    autocomplete_fields = ["edition"]
    inlines = [PriceTierInline]  # noqa: RUF012


@admin.register(Place)
class PlaceAdmin(admin.ModelAdmin[Place]):
    """Here so that a race's place can be looked up; the gazetteer itself comes from its package."""

    list_display = ["name", "country", "population", "time_zone"]
    search_fields = ["name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Place | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Place | None = None) -> bool:
        return False
