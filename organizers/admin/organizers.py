"""Organizers, who speaks for them, and their plans."""

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from organizers.models import Listing, Membership, Organizer, Plan
from organizers.privacy import leaving


class MembershipInline(admin.TabularInline[Membership, Organizer]):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


class ListingInline(admin.TabularInline[Listing, Organizer]):
    model = Listing
    extra = 0
    autocomplete_fields = ["race"]


@admin.register(Organizer)
class OrganizerAdmin(admin.ModelAdmin[Organizer]):
    list_display = ["name", "plan", "website", "created_at"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    search_fields = ["name", "memberships__user__email"]
    inlines = [MembershipInline, ListingInline]  # noqa: RUF012
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Memberships and ownerships go with it, whatever rights there are on them alone."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Organizer) -> None:
        leaving.delete_organizer(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Organizer]) -> None:
        with transaction.atomic():
            for organizer in queryset:
                leaving.delete_organizer(organizer)


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin[Plan]):
    list_display = ["name", "monthly_price"]
