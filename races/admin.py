"""Races in admin: a race with its editions, an edition with its distances."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from races.models import Distance, Edition, Place, PriceTier, Race
from races.search import index_races


class EditionInline(admin.TabularInline[Edition, Race]):
    model = Edition
    extra = 0
    fields = ["start_date", "end_date", "date_precision", "confirmed_on", "status"]
    show_change_link = True


@admin.register(Race)
class RaceAdmin(admin.ModelAdmin[Race]):
    list_display = ["name", "sport", "city", "country", "state", "updated_at"]
    list_filter = ["state", "sport", "country"]
    search_fields = ["name", "city", "organizer_name"]
    autocomplete_fields = ["place"]
    prepopulated_fields = {"slug": ["name"]}  # noqa: RUF012
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012
    save_on_top = True
    inlines = [EditionInline]  # noqa: RUF012
    fieldsets = [  # noqa: RUF012
        (None, {"fields": ["name", "slug", "state", "sport", "description"]}),
        ("Who", {"fields": ["organizer_name", "website"]}),
        ("Where", {"fields": ["city", "region", "country", "place", ("latitude", "longitude")]}),
        ("When, usually", {"fields": ["usual_month", "usual_rule", "time_zone"]}),
    ]

    def view_on_site(self, race: Race) -> str | None:
        return race.get_absolute_url() if race.is_public else None

    def save_model(self, request: HttpRequest, obj: Race, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        index_races(Race.objects.filter(pk=obj.pk))


class DistanceInline(admin.StackedInline[Distance, Edition]):
    model = Distance
    extra = 0
    show_change_link = True
    fields = [
        ("position", "name", "distance_class"),
        ("metres", "minutes", "loop_metres"),
        ("legs", "start_time", "cut_off_minutes"),
        ("ascent_metres", "descent_metres", "surface", "course_shape"),
        ("entry", "qualifier", "capacity", "certification"),
    ]


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin[Edition]):
    list_display = ["race", "start_date", "date_precision", "status", "confirmed_on"]
    list_filter = ["status", "date_precision", "race__sport", "registration_state"]
    list_select_related = ["race"]
    search_fields = ["race__name"]
    autocomplete_fields = ["race"]
    date_hierarchy = "start_date"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012
    inlines = [DistanceInline]  # noqa: RUF012


class PriceTierInline(admin.TabularInline[PriceTier, Distance]):
    model = PriceTier
    extra = 0


@admin.register(Distance)
class DistanceAdmin(admin.ModelAdmin[Distance]):
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
