"""A race's history in admin, and what two people are told who work on one race.

The race is the unit: its form, an edition's and a distance's all show some of it, and whoever saves
one of them after somebody else has saved any is told what that was.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from reversion.models import Revision, Version

from glossary.admin.conflicts import SeenForm, conflict_message, save_again
from glossary.admin.versions import PageHistoryAdmin, Parts, differences
from races.admin.editions import EditionForm
from races.history import addresses
from races.history import versions as history
from races.models import Race
from races.models.naming import lock_names
from races.publishing import changed
from web.keys import as_key
from web.signed_in import user_of


class RaceSeenForm(SeenForm):
    # Set by the admin, on a class that it makes for each request.
    race_pk: int | None = None
    may_recover = True

    def check_seen(self, newest: Revision, seen: int | None) -> None:
        if not self.may_recover:
            what_now = "It can be saved once somebody who may add races has recovered the race."
            raise ValidationError(conflict_message("race", newest, [], what_now))
        super().check_seen(newest, seen)

    def conflict(self, newest: Revision, opened: Revision | None) -> SafeString:
        # It was opened before anything was recorded: what was recorded first, it showed.
        opened = opened or history.first(self.race_pk)
        address = reverse("admin:races_race_compare", args=[self.race_pk])
        query = urlencode({"older": opened.pk if opened else "", "newer": newest.pk})
        return conflict_message(
            "race",
            newest,
            history.changed_sections(opened, newest) if opened else [],
            save_again("See what changed", f"{address}?{query}"),
        )


@dataclass
class Opened:
    """What one request for a form is about."""

    race_pk: int | None = None
    newest: Revision | None = None
    is_gone: bool = False
    is_saved: bool = False
    # What was saved, for all that hangs on it.
    forms: list[Any] = field(default_factory=list)
    old_slugs: dict[int, str] = field(default_factory=dict)
    is_new_text: bool = False


def opened_by(request: HttpRequest) -> Opened:
    found: Opened = request.__dict__.setdefault("opened", Opened())
    return found


class VersionedAdmin(admin.ModelAdmin[Any]):
    """A form of a race or a part of it: its changes are recorded, and nobody's are overwritten
    unseen.
    """

    form = RaceSeenForm

    def race_of(self, obj: Any) -> Race:
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with transaction.atomic():
            self._open(request, as_key(object_id or ""))
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if request.method == "POST" and not opened_by(request).is_saved:
                if isinstance(response, TemplateResponse):
                    response.render()
                # What was put back for the form to show.
                transaction.set_rollback(True)
            return response

    def _open(self, request: HttpRequest, pk: int) -> None:
        """Note the newest version before the form is read: what is saved in between is told."""
        if not pk:
            return
        opened = opened_by(request)
        opened.race_pk = history.race_pk_of(self.model, pk)
        if request.method != "POST":
            opened.newest = history.latest(opened.race_pk)
            return
        opened.is_gone = history.lock(opened.race_pk) is None
        opened.newest = history.latest(opened.race_pk)
        if self.has_change_permission(request):
            # Else there would be nothing left to save what was typed into.
            history.put_back(opened.race_pk, self._shown_rows(request, pk))

    def _shown_rows(self, request: HttpRequest, pk: int) -> set[tuple[type[Model], int]]:
        """The rows whose fields this form shows."""
        shown: set[tuple[type[Model], int]] = {(self.model, pk)}
        for inline in self.inlines:
            parent: Any = inline.model._meta.get_field(
                history.PARENTS[inline.model].removesuffix("_id")
            )
            related = parent.remote_field.related_name
            for name, value in request.POST.items():
                if re.fullmatch(rf"{related}-\d+-id", name):
                    shown.add((inline.model, as_key(str(value))))
        return shown

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        opened = opened_by(request)
        if obj:
            form.race_pk, form.newest = opened.race_pk, opened.newest
            form.may_recover = not opened.is_gone or self._may_recover(request)
        return form

    def _may_recover(self, request: HttpRequest) -> bool:
        return bool(cast(Any, request.user).has_perm("races.add_race"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # The template has it, above the rest.
        return [name for name in super().get_fields(request, obj) if name != "seen"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        race = self.race_of(obj)
        if race.pk:
            history.record_first(race)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rows = [row for formset in formsets for row in formset.forms if row.has_changed()]
        kept = [row for row in rows if not row.cleaned_data.get("DELETE")]
        opened_by(request).forms = [form, *kept]

    def _have_changed(self, request: HttpRequest, race: Race, why: str) -> None:
        """Have all that hangs on the race follow, and say what was understood of its editions."""
        opened = opened_by(request)
        editions = [form for form in opened.forms if isinstance(form, EditionForm)]
        changed(
            [race],
            why=why,
            by=user_of(request),
            texts=opened.is_new_text,
            dates=[change for form in editions if (change := form.date_change())],
            old_slugs=opened.old_slugs,
        )
        for form in editions:
            if form.understood:
                messages.info(request, f"{form.instance}: {' '.join(form.understood)}")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._is_saved(request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._is_saved(request, obj, message)
        return super().log_change(request, obj, message)

    def _is_saved(self, request: HttpRequest, obj: Any, message: Any) -> None:
        opened, race = opened_by(request), self.race_of(obj)
        opened.is_saved = True
        if opened.is_gone:
            addresses.after_recovery(race)
        # A form that was saved as it stood is no new version.
        is_news = message or opened.is_gone
        self._have_changed(request, race, self._what(obj, message) if is_news else "")

    def _what(self, obj: Any, message: list[dict[str, dict[str, Any]]]) -> str:
        """Django's own account of a change, which it puts into words where it is shown."""
        if isinstance(obj, Race):
            return json.dumps(message)
        about = {"name": str(obj._meta.verbose_name), "object": str(obj)}
        return json.dumps(
            [{did: {**about, **parts} for did, parts in step.items()} for step in message]
        )


class RaceHistoryAdmin(VersionedAdmin, PageHistoryAdmin):
    """The versions of a race: listed, read, compared, brought back; and deleted races recovered."""

    compare_template = "admin/races/race/compare.html"
    object_history_template = "admin/races/race/history.html"

    def side_by_side(self, older: Revision, newer: Revision) -> Parts:
        return history.side_by_side(history.rows_in(older), history.rows_in(newer))

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
        then, now = history.rows_in(version.revision), history.rows_now(pk)
        parts = history.side_by_side(then, now if is_there else then)
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
            back = history.bring_back(version.revision, pk)
        except history.CannotBringBack as reason:
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


class RacePartAdmin(VersionedAdmin):
    """What is shown on the race's page: its change is the race's, as the sitemap tells it."""

    def race_of(self, obj: Any) -> Race:
        race: Race = obj.race if hasattr(obj, "race") else obj.edition.race
        return race

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # A part stays where it is: the versions of two races would both claim it.
        return [history.PARENTS[self.model].removesuffix("_id")] if obj else []

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None:
            return super().history_view(request, object_id, extra_context)
        return redirect("admin:races_race_history", self.race_of(obj).pk)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            race, what = self.race_of(obj), self._deleted(obj)
            history.record_first(race)
            super().delete_model(request, obj)
            self._have_changed(request, race, what)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            parts = [(self.race_of(part), self._deleted(part)) for part in queryset]
            races = {race.pk: race for race, _ in sorted(parts, key=lambda part: part[0].pk)}
            for race in races.values():
                history.record_first(race)
            super().delete_queryset(request, queryset)
            for race in races.values():
                what = " ".join(said for owner, said in parts if owner.pk == race.pk)
                self._have_changed(request, race, what)

    def _deleted(self, obj: Any) -> str:
        return f"Deleted {obj._meta.verbose_name} “{obj}”."
