"""Alerts by mail: looked up and taken away when somebody asks us to, and nothing else."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from organizers.alerts import signing_up
from organizers.alerts.searches import in_words
from organizers.models import Alert


@admin.register(Alert)
class AlertAdmin(admin.ModelAdmin[Alert]):
    """Its key is nobody's to read: see Alert."""

    list_display = ["email", "words", "confirmed_at", "quiet_until"]
    search_fields = ["email"]
    # Nobody may change one: the rest is only looked at.
    fields = ["email", "words", "query", "asked_at", "confirmed_at", "quiet_until"]
    readonly_fields = ["words"]

    @admin.display(description="search")
    def words(self, alert: Alert) -> str:
        return in_words(alert.search) or alert.query

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Alert) -> None:
        signing_up.end(obj.key)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for alert in queryset:
            signing_up.end(alert.key)
