"""Two races that are one, merged on a page of their own."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from races.history.merging import FACTS, differences, merge
from races.models import Race
from races.models.naming import lock_names
from races.models.querysets import RaceQuerySet
from races.publishing import DateChange, changed
from web.keys import as_key
from web.signed_in import user_of


class MergingAdmin(admin.ModelAdmin[Race]):
    actions = ["merge_two"]  # noqa: RUF012

    def get_urls(self) -> list[URLPattern]:
        merging = self.admin_site.admin_view(self.merging)
        return [
            path("<int:kept>/merge/<int:other>/", merging, name="races_race_merge"),
            *super().get_urls(),
        ]

    @admin.action(description="Merge two races that are one", permissions=["change"])
    def merge_two(self, request: HttpRequest, races: RaceQuerySet) -> HttpResponse | None:
        keys = list(races.order_by("first_published_at", "pk").values_list("pk", flat=True)[:3])
        if len(keys) != 2:
            messages.warning(request, "Choose two races to merge.")
            return None
        return redirect("admin:races_race_merge", *keys)

    def merging(self, request: HttpRequest, kept: int, other: int) -> HttpResponse:
        # Both addresses stay and lead on: it takes no right to delete.
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, *_races(kept, other))
        with transaction.atomic():
            # Names before races, and races by their keys, as everywhere.
            lock_names()
            list(Race.objects.select_for_update().filter(pk__in=[kept, other]).order_by("pk"))
            stays, goes = _races(kept, other)
            if request.POST.get("seen") != _seen(stays, goes):
                return self._page(request, stays, goes, "One of them has changed meanwhile.")
            try:
                with transaction.atomic():
                    self._merge(request, stays, goes)
            except ValidationError as error:
                return self._page(request, *_races(kept, other), " ".join(error.messages))
        messages.success(request, f"“{goes}” is part of “{stays}” now; its address leads there.")
        return redirect("admin:races_race_change", kept)

    def _merge(self, request: HttpRequest, kept: Race, other: Race) -> None:
        take = [name for name in FACTS if name in request.POST.getlist("take")]
        why, by = f"Merged with {other} ({other.slug})", user_of(request)
        moved = merge(kept, other, take, by)
        dates = [DateChange(edition, was) for edition, was in moved]
        changed([kept], why=why, by=by, dates=dates)

    def _page(
        self, request: HttpRequest, kept: Race, other: Race, problem: str = ""
    ) -> HttpResponse:
        taken = request.POST.getlist("take")
        # What the one says nothing of is taken from the other, unless somebody says no.
        rows = [
            (name, mine, theirs, name in taken if request.POST else not mine)
            for name, mine, theirs in differences(kept, other)
        ]
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": "Merge two races",
            "kept": kept,
            "other": other,
            "rows": rows,
            "problem": problem,
            "seen": _seen(kept, other),
            "turned": reverse("admin:races_race_merge", args=[other.pk, kept.pk]),
        }
        return render(request, "admin/races/race/merge.html", context)


def _races(kept: int, other: int) -> tuple[Race, Race]:
    races = Race.objects.prefetch_related("editions__distances").in_bulk([kept, other])
    if kept == other or len(races) != 2:
        raise Http404("No such races.")
    return races[as_key(str(kept))], races[as_key(str(other))]


def _seen(*races: Race) -> str:
    return " ".join(race.updated_at.isoformat() for race in races)
