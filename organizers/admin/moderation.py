"""The moderators' queue."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from organizers.models import Decision, Submission, User
from organizers.submissions import workflow
from organizers.submissions.submission_forms import SubmissionForms, is_free


class DecisionForm(forms.Form):
    """A moderator's decision. Against the organizer's wish it needs a note, which they read."""

    step = forms.ChoiceField(
        label="Decision",
        choices=[
            (name, step.label)
            for name, step in workflow.STEPS.items()
            if step.who == workflow.Who.MODERATOR
        ],
        widget=forms.RadioSelect,
    )
    slug = forms.SlugField(
        label="Its address, if you approve",
        required=False,
        max_length=120,
        validators=[RegexValidator("[A-Za-z]", "An address needs a letter.")],
        help_text="Behind /races/. Once the race is public it stays so for ever.",
    )
    note = forms.CharField(
        label="Note to the organizer",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text="They get it by mail. Required unless you approve.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        step = cleaned.get("step")
        if step and workflow.STEPS[step].needs_note and not cleaned.get("note"):
            self.add_error("note", "Say why: the organizer reads it.")
        slug = cleaned.get("slug")
        if slug and step == "approve" and not is_free(slug):
            self.add_error("slug", workflow.ADDRESS_TAKEN)
        return cleaned

    def carry_out(self, submission: Submission, by: User) -> None:
        """May raise WrongState or NotApprovable."""
        step, note = self.cleaned_data["step"], self.cleaned_data["note"]
        if step == "approve":
            workflow.approve(submission, by, note, self.cleaned_data["slug"])
        elif step == "reject":
            workflow.reject(submission, by, note)
        else:
            workflow.request_changes(submission, by, note)


def _must_be_as_read(submission: Submission, read: str) -> None:
    """`read` is the time the version on the moderator's screen was sent, as the page says it."""
    if read and submission.submitted_at and read != submission.submitted_at.isoformat():
        raise workflow.WrongState(workflow.SENT_AGAIN)


class WaitingFilter(admin.SimpleListFilter):
    """The queue: what waits for review, unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        sent = [choice for choice in Submission.State.choices if choice[0] != "draft"]
        return [("all", "All"), *sent]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            chosen = value == (self.value() or Submission.State.PENDING)
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": chosen, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value() or Submission.State.PENDING
        return queryset if state == "all" else queryset.filter(state=state)


@admin.register(Submission)
class SubmissionAdmin(admin.ModelAdmin[Submission]):
    """The queue. Nothing is edited here: a moderator reads, then decides."""

    list_display = ["race_name", "organizer", "submitted_by", "state", "submitted_at"]
    empty_value_display = "someone who has left"
    list_filter = [WaitingFilter]
    list_select_related = ["organizer", "submitted_by"]
    search_fields = ["organizer__name", "submitted_by__email", "values"]
    ordering = ["submitted_at"]
    change_form_template = "admin/organizers/submission/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        # What was never sent is only the organizer's to read: their page says so.
        return super().get_queryset(request).exclude(submitted_at=None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return cast(User, request.user).has_perm("organizers.decide_submission")

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(self.decide)
        own = [path("<int:pk>/decide/", decide, name="organizers_submission_decide")]
        return own + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
        decision_form: DecisionForm | None = None,
    ) -> HttpResponse:
        submission = self.get_object(request, object_id)
        if submission is None:
            return super().change_view(request, object_id, form_url, extra_context)
        proposal = SubmissionForms(submission.values, asks=False)
        context = {
            "submission": submission,
            "forms": proposal,
            "decisions": Decision.objects.filter(submission=submission).select_related("by"),
            "decision_form": decision_form
            or DecisionForm(initial={"slug": proposal.proposed_slug()}),
            "can_decide": self.has_decide_permission(request)
            and workflow.open_to(workflow.Who.MODERATOR, submission),
            "errors": decision_form.errors if decision_form else None,
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        submission = self.get_queryset(request).filter(pk=pk).first()
        if submission is None:
            raise Http404("No such submission.")
        back = reverse("admin:organizers_submission_change", args=[pk])
        if request.method != "POST":
            return redirect(back)
        form = DecisionForm(request.POST)
        if not form.is_valid():
            # Shown through the change view, which only answers GET as it should for a reader.
            request.method = "GET"
            return self.change_view(request, str(pk), decision_form=form)
        try:
            _must_be_as_read(submission, request.POST.get("read", ""))
            form.carry_out(submission, cast(User, request.user))
        except (workflow.WrongState, workflow.NotApprovable) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(back)
        messages.success(request, f"{submission}: the decision is recorded.")
        return redirect("admin:organizers_submission_changelist")
