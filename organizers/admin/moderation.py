"""People in admin, and the moderators' queue."""

from datetime import datetime
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as DjangoUserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from organizers import mail
from organizers.models import (
    Decision,
    Listing,
    Mail,
    Membership,
    Organizer,
    Plan,
    Submission,
    User,
)
from organizers.privacy import leaving
from organizers.submissions import workflow
from organizers.submissions.submission_forms import SubmissionForms, is_free


class FreeAddress:
    """For a form of a user: the address is nobody else's, not even as a second one."""

    def clean_email(self: Any) -> str:
        email: str = self.cleaned_data["email"].lower()
        theirs = EmailAddress.objects.filter(email=email, verified=True)
        if theirs.exclude(user_id=self.instance.pk).exists():
            raise ValidationError("There is already an account with this email address.")
        return email


class UserCreationForm(FreeAddress, AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email"]


class UserChangeForm(FreeAddress, DjangoUserChangeForm[User]):
    pass


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        (
            "Rights",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with a person is theirs, whatever rights there are on it alone."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        leaving.delete_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            for user in queryset:
                leaving.delete_account(user)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except leaving.LastAdministrator as error:
            messages.error(request, error.message)
            return redirect("admin:organizers_user_changelist")

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().response_action(request, *args, **kwargs)
        except leaving.LastAdministrator as error:
            messages.error(request, error.message)
            return redirect("admin:organizers_user_changelist")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            # Staff vouch for it, so that signing in takes one code, sent to this address alone.
            EmailAddress.objects.filter(user=obj, primary=True).delete()
            EmailAddress.objects.update_or_create(
                user=obj, email=obj.email, defaults={"verified": True, "primary": True}
            )


class MembershipInline(admin.TabularInline[Membership, Organizer]):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


class ListingInline(admin.TabularInline[Listing, Organizer]):
    model = Listing
    extra = 0
    autocomplete_fields = ["race"]


@admin.register(Organizer)
class OrganizerAdmin(admin.ModelAdmin[Organizer]):
    list_display = ["name", "plan", "website", "created_at"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    search_fields = ["name", "memberships__user__email"]
    inlines = [MembershipInline, ListingInline]  # noqa: RUF012
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Memberships and ownerships go with it, whatever rights there are on them alone."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Organizer) -> None:
        leaving.delete_organizer(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Organizer]) -> None:
        with transaction.atomic():
            for organizer in queryset:
                leaving.delete_organizer(organizer)


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(admin.ModelAdmin[Authenticator]):
    """Taken away when somebody has lost their phone. The secret itself is nobody's to read."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin[Plan]):
    list_display = ["name", "monthly_price"]


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


def _minute(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%-d %b, %H:%M}"


class MailFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", "Given up"), ("waiting", "Still tried")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        if self.value() == "failed":
            return queryset.filter(failed_at__isnull=False)
        return queryset.filter(failed_at=None) if self.value() == "waiting" else queryset


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin[Mail]):
    """What the mail server has not taken, and why. The text is nobody's to read: see Mail."""

    list_display = ["to", "subject", "reason", "what_follows", "since"]
    list_display_links = ["subject"]
    list_filter = [MailFilter]
    search_fields = ["to", "subject"]
    exclude = ["message"]
    actions = ["send_again"]

    @admin.display(description="what follows")
    def what_follows(self, row: Mail) -> str:
        if row.may_be_sent_again:
            return "Given up. It can be sent again."
        if row.failed_at:
            return "Given up: its code is over. They can ask for a new one."
        if row.next_try_at is None:
            return "About to be sent"
        tries = f"{row.attempts} tries" if row.attempts > 1 else "1 try"
        return f"{tries} so far, the next on {_minute(row.next_try_at)}"

    @admin.display(description="since", ordering="created_at")
    def since(self, row: Mail) -> str:
        return _minute(row.created_at)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Mail not sent", **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return cast(User, request.user).has_perm("organizers.send_again_mail")

    @admin.action(description="Send again what was given up", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        sent = [mail.send_again(row) for row in queryset]
        if any(sent):
            messages.success(request, f"On its way again: {sent.count(True)}.")
        if not all(sent):
            messages.warning(
                request,
                f"Left alone: {sent.count(False)}. What is still tried goes by itself, and a code "
                "that is no longer taken is of no use.",
            )
