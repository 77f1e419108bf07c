"""How sure dates are, in the lists of races and editions: columns to read, filters to work off."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from races.choices import Certainty, EventStatus
from races.models import Edition
from races.models.querysets import UNSEEN_AFTER

Asked = list[tuple[str, str]]


class EditionsFilter(admin.SimpleListFilter):
    """Asks of an edition; in the list of races, of any edition that is ahead."""

    def editions(self, asked: str) -> QuerySet[Edition]:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value()
        if asked not in dict(self.lookup_choices):
            return queryset
        found = self.editions(str(asked))
        if queryset.model is Edition:
            return queryset.filter(pk__in=found.values("pk"))
        ahead = Edition.objects.upcoming().filter(race=OuterRef("pk"))
        return queryset.filter(Exists(ahead.filter(pk__in=found.values("pk"))))


class CertaintyFilter(EditionsFilter):
    title = "certainty"
    parameter_name = "certainty"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Asked:
        return [*Certainty.choices, ("over", "May be over")]

    def editions(self, asked: str) -> QuerySet[Edition]:
        return Edition.objects.of_certainty(asked)


class StatusFilter(EditionsFilter):
    title = "status"
    parameter_name = "next_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Asked:
        return EventStatus.choices

    def editions(self, asked: str) -> QuerySet[Edition]:
        return Edition.objects.filter(status=asked)


class SeenFilter(EditionsFilter):
    title = "verified"
    parameter_name = "seen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Asked:
        return [("year", "In the last year"), ("long", "Longer ago"), ("never", "Never")]

    def editions(self, asked: str) -> QuerySet[Edition]:
        seen: QuerySet[Any] = Edition.objects.with_last_seen()
        long_ago = timezone.localdate() - UNSEEN_AFTER
        if asked == "never":
            return seen.filter(seen_on=None)
        return seen.filter(**{f"seen_on__{'gte' if asked == 'year' else 'lt'}": long_ago})


class DatesAdmin(admin.ModelAdmin[Any]):
    """The columns. Each is said of the edition that a row stands for."""

    def edition_of(self, row: Any) -> Edition | None:
        raise NotImplementedError

    @admin.display(description="certainty")
    def certainty(self, row: Model) -> str:
        edition = self.edition_of(row)
        if edition is None or edition.is_off:
            return "-"
        doubt = ", may be over" if edition.may_be_over and not edition.is_over else ""
        return f"{edition.certainty.label}{doubt}"

    @admin.display(
        description="not verified since",
        ordering=F("seen_on").asc(nulls_last=True),
        empty_value="never",
    )
    def not_verified_since(self, row: Any) -> Any:
        return row.seen_on
