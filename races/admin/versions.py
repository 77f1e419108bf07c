"""The versions of a race in admin: listed, read, brought back; and deleted races recovered."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from reversion.models import Revision, Version

from glossary.admin.versions import PageHistoryAdmin, Parts, differences
from races.admin.saving import VersionedAdmin
from races.history import addresses, bringing_back
from races.history import versions as history
from races.history.contents import side_by_side
from races.history.rows import rows_in, rows_now
from races.models import Race
from races.models.naming import lock_names
from races.publishing import changed
from web.keys import as_key
from web.signed_in import user_of


class RaceHistoryAdmin(VersionedAdmin, PageHistoryAdmin):
    compare_template = "admin/races/race/compare.html"
    object_history_template = "admin/races/race/history.html"

    def side_by_side(self, older: Revision, newer: Revision) -> Parts:
        return side_by_side(rows_in(older), rows_in(newer))

    def race_of(self, obj: Race) -> Race:
        return obj

    def revision_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        pk = as_key(object_id)
        version = get_object_or_404(history.versions_of(pk), pk=as_key(version_id))
        if request.method == "POST":
            return self._bring_back(request, pk, version)
        return self._version_page(request, pk, version)

    def recover_view(
        self, request: HttpRequest, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        versions = Version.objects.get_for_model(Race)
        version = get_object_or_404(versions, pk=as_key(version_id))
        return redirect("admin:races_race_revision", version.object_id, version.pk)

    def _version_page(self, request: HttpRequest, pk: int, version: Version) -> HttpResponse:
        """What a version says, beside what stands there now."""
        is_there = Race.objects.filter(pk=pk).exists()
        then, now = rows_in(version.revision), rows_now(pk)
        parts = side_by_side(then, now if is_there else then)
        newest = history.latest(pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": version.object_repr,
            "object_id": pk,
            "title": f"“{version.object_repr}” as it was",
            "version": version,
            "is_there": is_there,
            "is_public": then[Race][0].values.get("state") == Race.State.PUBLISHED,
            "seen": newest.pk if newest else "",
            "may_bring_back": self._may_bring_back(request, pk),
            "different": differences(parts),
            "same": [(name.capitalize(), old) for name, old, new in parts if old == new and old],
        }
        return render(request, "admin/races/race/version.html", context)

    def _may_bring_back(self, request: HttpRequest, pk: int) -> bool:
        is_there = Race.objects.filter(pk=pk).exists()
        return self.has_change_permission(request) and (is_there or self._may_recover(request))

    @transaction.atomic
    def _bring_back(self, request: HttpRequest, pk: int, version: Version) -> HttpResponse:
        if not self._may_bring_back(request, pk):
            raise PermissionDenied
        lock_names()
        race = history.lock(pk)
        newest = history.latest(pk)
        if newest and request.POST.get("seen") != str(newest.pk):
            said = (
                f"This race was changed by {newest.user or 'the site'} after you opened this page. "
                "Look again before you go on."
            )
            messages.error(request, said)
            return redirect(request.path)
        if race:
            history.record_first(race)
        try:
            back = bringing_back.bring_back(version.revision, pk)
        except bringing_back.CannotBringBack as reason:
            messages.error(request, f"This version can’t be brought back. {reason}")
            return redirect(request.path)
        if race is None:
            addresses.after_recovery(back)
        when = f"{timezone.localtime(version.revision.date_created):%-d %B %Y, %H:%M}"
        what = f"Brought back as it was on {when}" if race else "Recovered"
        changed([back], why=what, by=user_of(request))
        super(VersionedAdmin, self).log_change(request, back, f"{what}.")
        messages.success(request, f"“{back}” is back as it was on {when}.")
        return redirect("admin:races_race_change", pk)

    def delete_model(self, request: HttpRequest, obj: Race) -> None:
        with transaction.atomic():
            addresses.before_deletion(obj, user_of(request))
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Race]) -> None:
        with transaction.atomic():
            for race in queryset:
                addresses.before_deletion(race, user_of(request))
            super().delete_queryset(request, queryset)
