"""The versions of a page in admin, a term's or a race's: listed, and two of them side by side."""

from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from reversion.models import Revision

from glossary.publishing.versions import versions_of
from text import diff
from web.keys import as_key

# Each part of a page with its lines in the one version and in the other.
Parts = Iterable[tuple[str, list[str], list[str]]]


def differences(parts: Parts) -> list[tuple[str, SafeString, SafeString]]:
    """Of each part that differs its name, the one and the other as HTML."""
    return [(name.capitalize(), *diff.marked(old, new)) for name, old, new in parts if old != new]


if TYPE_CHECKING:  # the library is not typed
    BaseAdmin = admin.ModelAdmin[Any]
else:
    from reversion.admin import VersionAdmin as BaseAdmin


class PageHistoryAdmin(BaseAdmin):
    """What is the same whatever the page is of. Versions are recorded by name, once it is whole."""

    history_latest_first = True
    compare_template = "admin/versions/compare.html"
    object_history_template = "admin/versions/history.html"
    recover_list_template = "admin/versions/recover_list.html"

    def side_by_side(self, older: Revision, newer: Revision) -> Parts:
        raise NotImplementedError

    def reversion_register(self, model: Any, **kwargs: Any) -> None:
        """The history of each kind of page has said what is kept."""

    def create_revision(self, request: HttpRequest) -> Any:
        return nullcontext()

    def get_urls(self) -> list[URLPattern]:
        compare: Any = self.admin_site.admin_view(self.compare_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_compare"
        return [path("<int:pk>/history/compare/", compare, name=name), *super().get_urls()]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two versions of the page, side by side."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        pks = {as_key(request.GET.get(name, "")) for name in ("older", "newer")}
        pair = versions_of(self.model, pk).filter(revision__in=pks)
        if len(pair) != 2:
            messages.error(request, "Choose two different versions to compare.")
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", pk)
        newer, older = pair
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": newer.object_repr,
            "object_id": pk,
            "title": f"Two versions of “{newer.object_repr}”",
            "older": older,
            "newer": newer,
            "sections": differences(self.side_by_side(older.revision, newer.revision)),
        }
        return render(request, self.compare_template, context)
