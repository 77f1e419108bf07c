"""What readers find wrong on the pages of races."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator

from organizers.models import Report, User
from organizers.models.reports import TEXT_LENGTH
from organizers.reports.deciding import AlreadyDecided, decide, soonest_race_first


class ReportDecisionForm(forms.Form):
    state = forms.ChoiceField(
        label="Decision",
        choices=[
            (Report.State.DONE, "Done: the page is right now"),
            (Report.State.DECLINED, "Declined: the page was right, or nobody can tell"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    note = forms.CharField(
        required=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        help_text="For your colleagues: what you looked at. Required to decline.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_declined = cleaned.get("state") == Report.State.DECLINED
        if is_declined and "note" in cleaned and not cleaned["note"]:
            self.add_error("note", "Say why: your colleagues read it.")
        return cleaned


class OpenFilter(admin.SimpleListFilter):
    """What is undecided, unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), *Report.State.choices]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            chosen = value == (self.value() or Report.State.OPEN)
            yield {"selected": chosen, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value() or Report.State.OPEN
        return queryset if state == "all" else queryset.filter(state=state)


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin[Report]):
    """Nothing is edited here: a moderator looks, puts the race right, then says so."""

    list_display = ["race", "about", "in_short", "race_on", "created_at", "state"]
    list_filter = [OpenFilter, "about"]
    list_select_related = ["race"]
    search_fields = ["race__name", "text"]
    # The page says them in its own way.
    fields = ["race", "about"]
    change_form_template = "admin/organizers/report/change_form.html"

    @admin.display(description="what is right")
    def in_short(self, report: Report) -> str:
        return Truncator(report.text).chars(100)

    @admin.display(description="race on", ordering="race_on", empty_value="no date ahead")
    def race_on(self, report: Any) -> Any:
        return report.race_on

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return soonest_race_first()

    def get_ordering(self, request: HttpRequest) -> Any:
        return [F("race_on").asc(nulls_last=True), "created_at", "pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return cast(User, request.user).has_perm("organizers.decide_report")

    def get_urls(self) -> list[URLPattern]:
        view: Any = self.admin_site.admin_view(self.decide)
        own = [path("<int:pk>/decide/", view, name="organizers_report_decide")]
        return own + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
        decision_form: ReportDecisionForm | None = None,
    ) -> HttpResponse:
        report = self.get_object(request, object_id)
        context: dict[str, Any] = {"report": report}
        if report:
            context |= {
                "decision_form": decision_form or ReportDecisionForm(),
                "can_decide": self.has_decide_permission(request) and report.is_open,
                "errors": decision_form.errors if decision_form else None,
            }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        report = Report.objects.filter(pk=pk).first()
        if report is None:
            raise Http404("No such report.")
        back = reverse("admin:organizers_report_change", args=[pk])
        if request.method != "POST":
            return redirect(back)
        form = ReportDecisionForm(request.POST)
        if not form.is_valid():
            # Shown through the change view, which only answers GET as it should for a reader.
            request.method = "GET"
            return self.change_view(request, str(pk), decision_form=form)
        try:
            decide(report, by=cast(User, request.user), **form.cleaned_data)
        except AlreadyDecided as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(back)
        messages.success(request, f"{report}: the decision is recorded.")
        return redirect("admin:organizers_report_changelist")
