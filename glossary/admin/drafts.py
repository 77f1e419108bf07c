"""What comes of a term's form: the page as readers see it is changed, or a draft is kept."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from reversion.models import Version

from glossary.admin.editing import EditingAdmin, editing
from glossary.admin.publishing import fresh_address
from glossary.admin.term_form import MAJOR
from glossary.models import Term
from glossary.publishing import history, publish
from glossary.publishing.after import changed
from web.signed_in import user_of


class DraftingAdmin(EditingAdmin):
    """ModelAdmin of terms whose saved form changes what readers see, or does not yet."""

    def save_model(self, request: HttpRequest, obj: Term, form: Any, change: bool) -> None:
        edit = editing(request)
        live, at = edit.live, form.cleaned_data.get("publish_at")
        wants_publishing = "_publish" in request.POST
        is_later = at is not None and at > timezone.now()
        is_planned = wants_publishing or bool(live and live.draft_publish_at)
        edit.is_major = form.cleaned_data.get("significance") == MAJOR
        edit.until = at if is_later and is_planned else None
        edit.draft_only = bool(live and live.is_public) and (not wants_publishing or is_later)
        if live and live.state == Term.State.PUBLISHED:
            obj.publish_at = live.publish_at
            if not edit.is_major and not edit.draft_only:
                obj.change_note = live.change_note
        if not edit.draft_only:
            if wants_publishing:
                publish.set_public(obj, at=at, is_major=edit.is_major)
            if live:
                history.record_first(live)
            obj.draft, obj.draft_publish_at, obj.draft_is_major = None, None, False
        edit.has_unused_time = is_later and not edit.until
        history.defer_names()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        edit, term = editing(request), form.instance
        what = "Published" if "_publish" in request.POST else "Draft"
        if edit.until:
            what = f"To be published on {edit.until:%-d %B %Y at %H:%M} UTC"
        if not edit.draft_only:
            changed([term], old_slugs={term.pk: edit.old_slug})
        edit.version = history.record(term, user_of(request), what)
        # Before anybody is told that it was saved.
        history.check_now()
        if edit.has_unused_time:
            messages.warning(request, "The time was not used: “Publish” plans the publication.")

    def keep_draft(self, request: HttpRequest, pk: int, versions: list[Version]) -> None:
        edit = editing(request)
        with transaction.atomic():
            live = Term.objects.get(pk=pk)
            history.record_first(live)
            assert edit.version is not None  # noqa: S101 - for the type checker
            draft = history.keep(edit.version, versions)
            publish.keep_draft(live, draft, at=edit.until, is_major=edit.is_major)
            self.log_change(request, live, "Draft saved.")

    def response_add(
        self, request: HttpRequest, obj: Term, post_url_continue: str | None = None
    ) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: Term) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, term: Term) -> HttpResponse:
        edit = editing(request)
        at = edit.until or (term.publish_at if term.is_to_come else None)
        if edit.draft_only and not at:
            said = "The draft of “{}” is saved. Readers still see the page as it was."
        elif at:
            said = f"“{{}}” will be published on {at:%-d %B %Y at %H:%M} UTC."
        elif term.is_public:
            said = f'“{{}}” is published: <a href="{fresh_address(term)}">see the page</a>.'
        else:
            said = "“{}” is saved. Nobody sees it before you publish it."
        messages.success(request, format_html(said, term.title))
        return redirect("admin:glossary_term_change", term.pk)
