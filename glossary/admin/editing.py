"""The term's form, on the version that its editor opened.

That version is put into the tables first, what was typed is saved over it, and when readers must
not see it yet, all of that is undone and only the new version is kept, as the draft. So one form,
with Django's own validation and the database's, serves live pages, drafts, old versions and deleted
terms.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from psycopg.errors import DeadlockDetected
from reversion.errors import RevertError
from reversion.models import Revision, Version

from glossary.admin.parts import PartsAdmin, say_what_is_wrong
from glossary.admin.term_form import TermForm
from glossary.admin.versions import PageHistoryAdmin, Parts
from glossary.models import Alias, Term
from glossary.publishing import history, recovery
from glossary.publishing.contents import side_by_side
from glossary.publishing.previews import preview_address
from web.addresses import absolute
from web.keys import as_key


@dataclass
class Editing:
    """What one request does to a term: the versions it concerns, and what is to become of it."""

    live: Term | None = None
    newest: Revision | None = None
    base: Revision | None = None
    # Where readers have it, or had it until it was deleted.
    old_slug: str = ""
    is_major: bool = False
    # The live page stays as it is; only a new draft comes of this, until a time if one was said.
    draft_only: bool = False
    until: datetime | None = None
    version: Revision | None = None
    # The page as it was opened, where that is not the live one.
    opened: Term | None = None
    has_unused_time: bool = False


def editing(request: HttpRequest) -> Editing:
    found: Editing = request.__dict__.setdefault("editing", Editing())
    return found


def opened_or_saved(request: HttpRequest) -> Term | None:
    """The page as this request has it, read from its version; None where the tables tell it."""
    edit = editing(request)
    return history.term_in(edit.version) if edit.version else edit.opened


class Undo(Exception):  # noqa: N818 - not an error: it undoes what was done to the tables
    def __init__(self, response: HttpResponse) -> None:
        self.response = response


class EditingAdmin(PartsAdmin, PageHistoryAdmin):
    """ModelAdmin of terms whose form opens any version of the page."""

    form = TermForm
    change_form_template = "admin/glossary/term/change_form.html"
    compare_template = "admin/glossary/term/compare.html"
    object_history_template = "admin/glossary/term/history.html"

    def side_by_side(self, older: Revision, newer: Revision) -> Parts:
        return side_by_side(older, newer)

    def keep_draft(self, request: HttpRequest, pk: int, versions: list[Version]) -> None:
        """Store what was saved over the opened version and undone."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        for tries_left in (2, 1, 0):
            try:
                return self._form(request, object_id, form_url, extra_context)
            except (IntegrityError, OperationalError) as error:
                # Somebody else was quicker by a moment, with the same name. Theirs is there now, so
                # that the form itself says so, beside the field.
                is_race = isinstance(error, IntegrityError) or isinstance(
                    error.__cause__, DeadlockDetected
                )
                if request.method != "POST" or not is_race or not tries_left:
                    raise
                request.__dict__.pop("editing", None)
        raise AssertionError

    def _form(
        self,
        request: HttpRequest,
        object_id: str | None,
        form_url: str,
        extra_context: dict[str, Any] | None,
    ) -> HttpResponse:
        pk = as_key(object_id or "")
        if object_id is None or not pk:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with transaction.atomic():
                # Held until a draft is kept, so that nobody publishes or deletes in between. With a
                # stronger lock, nobody could relate another term to this one meanwhile.
                live = Term.objects.select_for_update(no_key=True).filter(pk=pk).first()
                return self._on_version(request, pk, live, form_url, extra_context)
        except RevertError:
            messages.error(
                request,
                "This version can't be opened: its category is gone. Its text can still be read in "
                "the history.",
            )
            return redirect("admin:glossary_term_history", pk)

    def _on_version(
        self,
        request: HttpRequest,
        pk: int,
        live: Term | None,
        form_url: str,
        extra_context: dict[str, Any] | None,
    ) -> HttpResponse:
        edit, aside = editing(request), list[Version]()
        try:
            with transaction.atomic():
                self._open_version(request, pk, live)
                response = super().changeform_view(request, str(pk), form_url, extra_context)
                if isinstance(response, TemplateResponse):
                    response.render()
                if edit.version and not edit.draft_only:
                    return response
                if edit.version:
                    aside = history.set_aside(edit.version)
                raise Undo(response)
        except Undo as undone:
            if aside:
                self.keep_draft(request, pk, aside)
            return undone.response

    def _open_version(self, request: HttpRequest, pk: int, live: Term | None) -> None:
        """Note how the live page stands, then put the wanted version into the tables."""
        newest = history.latest(pk)
        draft = live.draft if live else None
        wanted = request.POST.get("base") or request.GET.get("revision") or ""
        base = draft or newest
        if history.belongs(as_key(wanted), pk):
            base = Revision.objects.get(pk=as_key(wanted))
        elif request.method == "POST" and wanted:
            raise Http404("No such version of this term.")
        elif request.method == "POST":
            # It was opened before anything was recorded: what was recorded first, it showed.
            base = history.first(pk)
        if live is None and (base is None or not self.has_add_permission(request)):
            raise Http404("No such term.")
        opened, old_slug = None, live.slug if live else ""
        if newest and live is None:
            opened = recovery.bring_back(newest, pk)
            old_slug = opened.slug
        if base and (base != newest or draft):
            opened = history.bring_back(base, pk)
        edit = editing(request)
        edit.opened = opened
        edit.live, edit.newest, edit.base, edit.old_slug = live, newest, base, old_slug

    def get_form(
        self, request: HttpRequest, obj: Term | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        base, newest = editing(request).base, editing(request).newest
        if obj:
            form.shown, form.newest, form.is_major = base, newest, obj.draft_is_major
            if "publish_at" in form.base_fields and request.method == "GET":
                obj.publish_at = obj.draft_publish_at or (None if obj.is_public else obj.publish_at)
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        edit = editing(request)
        live, base = edit.live, edit.base
        draft = live.draft if live else None
        is_wrong = False
        if edit.opened and request.method == "GET":
            rows = [context["adminform"].form]
            if history.taken_names(edit.opened):
                formsets = [row.formset for row in context["inline_admin_formsets"]]
                rows += [form for forms in formsets if forms.model is Alias for form in forms]
            # All of them, not only up to the first that is wrong.
            is_wrong = True in [say_what_is_wrong(form) for form in rows]
        context |= {
            "is_wrong": is_wrong,
            "live": live,
            "draft": draft,
            "is_old_version": base and (live is None or base != (draft or edit.newest)),
            "base": base,
            "changed_since": edit.newest if draft and edit.newest != draft else None,
            "preview_link": absolute(preview_address(live)) if live else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # An old version opens in the form, and saving it brings it back.

    def revision_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version = get_object_or_404(Version, pk=as_key(version_id), object_id=object_id)
        return self._to_version(version)

    def recover_view(
        self, request: HttpRequest, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._to_version(get_object_or_404(Version, pk=as_key(version_id)))

    def _to_version(self, version: Version) -> HttpResponse:
        address = reverse("admin:glossary_term_change", args=[version.object_id])
        return redirect(f"{address}?{urlencode({'revision': version.revision_id})}")
