"""What is done to a term without its form: shown to somebody, taken off the site, deleted."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from glossary.models import Term
from glossary.publishing import publish
from glossary.publishing.previews import preview_address, stop_sharing
from web.signed_in import user_of


def fresh_address(term: Term) -> str:
    """The public page, past what the editor's browser may have kept of it a minute ago."""
    return f"{term.get_absolute_url()}?changed={term.updated_at:%s}"


class PublishingAdmin(admin.ModelAdmin[Term]):
    """What TermAdmin inherits for it."""

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

    def delete_model(self, request: HttpRequest, obj: Term) -> None:
        publish.before_deletion(obj, user_of(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        with transaction.atomic():
            for term in queryset:
                publish.before_deletion(term, user_of(request))
            super().delete_queryset(request, queryset)
