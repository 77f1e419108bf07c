"""The reports for editors, and what readers send: feedback and searches that found nothing."""

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from glossary.models import Feedback, MissedSearch
from glossary.quality.reports import REPORTS, count_all

ROWS = 50


def urls(site: AdminSite) -> list[URLPattern]:
    """The addresses of the reports, to stand before the site's own."""

    def index(request: HttpRequest) -> HttpResponse:
        _require_reader(request)
        context = {**site.each_context(request), "title": "Reports", "reports": count_all()}
        return TemplateResponse(request, "admin/glossary/reports.html", context)

    def one(request: HttpRequest, key: str) -> HttpResponse:
        _require_reader(request)
        report = REPORTS.get(key)
        if report is None:
            raise Http404("No such report.")
        page = Paginator(report.find(), ROWS).get_page(request.GET.get("page"))
        context = {
            **site.each_context(request),
            "title": report.name,
            "report": report,
            "page": page,
            "rows": [report.cells(item) for item in page],
            "pages": page.paginator.get_elided_page_range(page.number),
        }
        return TemplateResponse(request, "admin/glossary/report.html", context)

    return [
        path("glossary/reports/", site.admin_view(index), name="glossary_reports"),
        path("glossary/reports/<slug:key>/", site.admin_view(one), name="glossary_report"),
    ]


def _require_reader(request: HttpRequest) -> None:
    if not request.user.has_perm("glossary.view_term"):
        raise PermissionDenied


@admin.action(description="Mark the chosen feedback as dealt with", permissions=["change"])
def mark_done(admin_: "FeedbackAdmin", request: HttpRequest, feedback: QuerySet[Feedback]) -> None:
    count = feedback.update(is_done=True)
    admin_.message_user(request, f"{count} marked as dealt with.")


@admin.register(Feedback)
class FeedbackAdmin(admin.ModelAdmin[Feedback]):
    list_display = ["created_at", "term", "answer", "text", "is_done"]
    list_editable = ["is_done"]
    list_filter = ["is_done", "answer", "term__category"]
    list_select_related = ["term"]
    search_fields = ["text", "term__title"]
    fields = ["term", "answer", "text", "created_at", "is_done"]
    readonly_fields = ["term", "answer", "text", "created_at"]
    actions = [mark_done]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # readers write it


@admin.register(MissedSearch)
class MissedSearchAdmin(admin.ModelAdmin[MissedSearch]):
    list_display = ["query", "count", "first_asked_at", "last_asked_at"]
    search_fields = ["query"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the search writes it

    def has_change_permission(self, request: HttpRequest, obj: MissedSearch | None = None) -> bool:
        return False
