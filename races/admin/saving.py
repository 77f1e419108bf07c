"""What two people are told who work on one race, and what is recorded of it.

The race is the unit: its form, an edition's and a distance's all show some of it, and whoever saves
one of them after somebody else has saved any is told what that was.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from reversion.models import Revision

from glossary.admin.conflicts import SeenForm, conflict_message, save_again
from races.admin.editions import EditionForm
from races.history import addresses, bringing_back
from races.history import versions as history
from races.history.contents import changed_sections
from races.history.rows import PARENTS
from races.models import Race
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
            changed_sections(opened, newest) if opened else [],
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
            bringing_back.put_back(opened.race_pk, self._shown_rows(request, pk))

    def _shown_rows(self, request: HttpRequest, pk: int) -> set[tuple[type[Model], int]]:
        """The rows whose fields this form shows."""
        shown: set[tuple[type[Model], int]] = {(self.model, pk)}
        for inline in self.inlines:
            parent: Any = inline.model._meta.get_field(PARENTS[inline.model].removesuffix("_id"))
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
