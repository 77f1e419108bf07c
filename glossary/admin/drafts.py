"""Drafts, publishing and history in the term's admin form.

The form always edits the version that its editor opened: that version is put into the tables first,
what was typed is saved over it, and when readers must not see it yet, all of that is undone and
only the new version is kept, as the draft. So one form, with Django's own validation and the
database's, serves live pages, drafts, old versions and deleted terms.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from psycopg.errors import DeadlockDetected
from reversion.errors import RevertError
from reversion.models import Revision, Version

from glossary.admin import bulk
from glossary.admin.checks import CheckedTermForm
from glossary.admin.conflicts import SeenForm, conflict_message, save_again
from glossary.admin.parts import PartsAdmin, say_what_is_wrong
from glossary.admin.versions import PageHistoryAdmin, Parts
from glossary.models import Alias, Term
from glossary.publishing import history, publish, recovery
from glossary.publishing.after import changed
from glossary.publishing.previews import preview_address, stop_sharing
from web.keys import as_key
from web.signed_in import user_of

MINOR, MAJOR = "minor", "major"


class TermForm(SeenForm, CheckedTermForm):
    """A term as its editors type it, with what they say about publishing it."""

    # The version that the form shows.
    base = forms.IntegerField(widget=forms.HiddenInput, required=False)
    significance = forms.ChoiceField(
        label="This change is",
        choices=[
            (MINOR, "minor: a slip, a link, a clearer word"),
            (MAJOR, "major: readers should know (moves the public date and enters the feed)"),
        ],
        initial=MINOR,
        widget=forms.RadioSelect,
        required=False,
    )

    class Meta:
        model = Term
        fields = [  # noqa: RUF012
            *("title", "slug", "category", "definition", "body"),
            *("race_query", "link_title", "unlinked_words", "no_urgent_level"),
            *("reviewed_by", "reviewed_on", "change_note", "publish_at"),
        ]
        help_texts = {  # noqa: RUF012
            "publish_at": "Empty: as soon as you press Publish. Times are UTC.",
        }

    # Set by the admin, on a class that it makes for each request.
    shown: Revision | None = None
    is_major = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].initial = self.shown.pk if self.shown else None
        self.fields["significance"].initial = MAJOR if self.is_major else MINOR

    def conflict(self, newest: Revision, opened: Revision | None) -> SafeString:
        address = reverse("admin:glossary_term_change", args=[self.instance.pk])
        return conflict_message(
            "page",
            newest,
            history.changed_sections(opened, newest) if opened else [],
            save_again("See their version", f"{address}?revision={newest.pk}"),
        )


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


def fresh_address(term: Term) -> str:
    """The public page, past what the editor's browser may have kept of it a minute ago."""
    return f"{term.get_absolute_url()}?changed={term.updated_at:%s}"


class Undo(Exception):  # noqa: N818 - not an error: it undoes what was done to the tables
    def __init__(self, response: HttpResponse) -> None:
        self.response = response


class DraftingAdmin(PartsAdmin, PageHistoryAdmin):
    """ModelAdmin of terms with drafts, publishing and history of the whole page."""

    form = TermForm
    change_list_template = "admin/glossary/term/change_list.html"
    change_form_template = "admin/glossary/term/change_form.html"
    compare_template = "admin/glossary/term/compare.html"
    object_history_template = "admin/glossary/term/history.html"
    actions = ["publish_chosen", "unpublish_chosen"]  # noqa: RUF012

    def side_by_side(self, older: Revision, newer: Revision) -> Parts:
        return history.side_by_side(older, newer)

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> URLPattern:
            page: Any = self.admin_site.admin_view(view)
            pattern: URLPattern = path(f"<int:pk>/{route}/", page, name=f"glossary_term_{name}")
            return pattern

        return [
            own("preview", self.preview, "preview"),
            own("stop-sharing", self.stop_sharing_view, "stop_sharing"),
            own("unpublish", self.unpublish_view, "unpublish"),
            own("discard-draft", self.discard_draft_view, "discard_draft"),
            *super().get_urls(),
        ]

    # The form, on the version that was opened.

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
                self._keep_draft(request, pk, aside)
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
            "preview_link": f"{settings.SITE_URL}{preview_address(live)}" if live else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # Saving.

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

    def _keep_draft(self, request: HttpRequest, pk: int, versions: list[Version]) -> None:
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

    # History: an old version opens in the form, and saving it brings it back.

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

    # Preview, and what takes back.

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """To a link of limited life, which the editor may hand on."""
        term = self.get_object(request, str(pk))
        if term is None or not self.has_view_permission(request, term):
            raise Http404("No such term.")
        return redirect(preview_address(term))

    def stop_sharing_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        term = self._own(request, pk)
        if request.method == "POST":
            stop_sharing(term)
            self.log_change(request, term, "Preview links taken back.")
            messages.success(request, "The links shared so far no longer open. Below is a new one.")
        return redirect("admin:glossary_term_change", pk)

    def unpublish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        term = self._own(request, pk)
        if request.method != "POST":
            return self._confirm(
                request,
                term,
                f"Take “{term}” off the site?",
                "Its address will say that the page is gone. The text stays here.",
                "Take it off the site",
            )
        publish.unpublish(term, user_of(request))
        messages.success(request, f"“{term}” is off the site.")
        return redirect("admin:glossary_term_change", pk)

    def discard_draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        term = self._own(request, pk)
        if request.method != "POST":
            return self._confirm(
                request,
                term,
                f"Discard the draft of “{term}”?",
                "The form then shows the page as readers see it. The draft stays in the history.",
                "Discard the draft",
            )
        publish.discard_draft(term, user_of(request))
        messages.success(request, "The draft is discarded; the history still has it.")
        return redirect("admin:glossary_term_change", pk)

    def _own(self, request: HttpRequest, pk: int) -> Term:
        term = get_object_or_404(Term, pk=pk)
        if not self.has_change_permission(request, term):
            raise PermissionDenied
        return term

    def _confirm(
        self, request: HttpRequest, term: Term, title: str, text: str, button: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": term,
            "title": title,
            "text": text,
            "button": button,
        }
        return render(request, "admin/glossary/term/confirm.html", context)

    # What is done to many terms at once is shown first, and asked.

    @admin.action(description="Publish the chosen terms", permissions=["change"])
    def publish_chosen(self, request: HttpRequest, terms: QuerySet[Term]) -> HttpResponse | None:
        return self._do_to_chosen(request, bulk.PUBLISH, terms)

    @admin.action(description="Take the chosen terms off the site", permissions=["change"])
    def unpublish_chosen(self, request: HttpRequest, terms: QuerySet[Term]) -> HttpResponse | None:
        return self._do_to_chosen(request, bulk.UNPUBLISH, terms)

    def _do_to_chosen(
        self, request: HttpRequest, act: bulk.Act, terms: QuerySet[Term]
    ) -> HttpResponse | None:
        plan = bulk.Plan(act, terms)
        if not plan.touched:
            self.message_user(request, act.nothing, "WARNING")
            return None
        confirmed = request.POST.get("confirmed")
        if confirmed != plan.digest:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": act.question(len(plan.touched)),
                "plan": plan,
                "has_changed": confirmed is not None,
                # Not each one's id: a form has a thousand fields at most.
                "action": request.POST.get("action", ""),
                "is_across": request.POST.get("select_across") == "1",
                "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            }
            return TemplateResponse(request, "admin/glossary/term/confirm_chosen.html", context)
        done = 0
        for term in plan.touched:
            try:
                act.do(term, user_of(request))
                done += 1
            except RevertError:
                self.message_user(request, f"The draft of “{term}” can't be published.", "ERROR")
        self.message_user(request, act.said(done))
        return None

    def delete_model(self, request: HttpRequest, obj: Term) -> None:
        publish.before_deletion(obj, user_of(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        with transaction.atomic():
            for term in queryset:
                publish.before_deletion(term, user_of(request))
            super().delete_queryset(request, queryset)
