"""People and workflow: who a race director is, which races are theirs, and what they proposed."""

from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from organizers.models.querysets import SubmissionQuerySet
from races.models import Race


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **values: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **values: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **values)


class User(AbstractUser):
    """Someone who signs in: a race director, an editor or a moderator. The email is the login."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=120, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []  # noqa: RUF012

    objects = UserManager()  # type: ignore[assignment, misc]

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message="There is already an account with this email address.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.email


class Plan(models.Model):
    """What an organizer pays, in euros a month. Starter is free and stays free."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=40, unique=True)
    monthly_price = models.DecimalField(max_digits=7, decimal_places=2, default=0)

    class Meta:
        ordering = ["monthly_price"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(slug="starter") | models.Q(monthly_price=0),
                name="starter_plan_is_free",
                violation_error_message="The Starter plan stays free.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Organizer(models.Model):
    """The profile of whoever puts races on: a club, a company, one person."""

    name = models.CharField(max_length=120)
    website = models.URLField(max_length=300, blank=True)
    contact_email = models.EmailField(
        blank=True, help_text="Only our moderators see it. Empty: the address you sign in with."
    )
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="organizers")
    members = models.ManyToManyField(User, through="Membership", related_name="organizers")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's place with an organizer. An owner may also change the profile."""

    class Role(models.TextChoices):
        OWNER = "owner"
        EDITOR = "editor"

    organizer = models.ForeignKey(Organizer, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.OWNER)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organizer", "user"],
                name="membership_once",
                violation_error_message="This person is already a member.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display().lower()} at {self.organizer}"


class Listing(models.Model):
    """An organizer's ownership of a race. A race has at most one."""

    organizer = models.ForeignKey(Organizer, models.CASCADE, related_name="listings")
    race = models.OneToOneField(Race, models.CASCADE, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["race__name"]

    def __str__(self) -> str:
        return f"{self.race} by {self.organizer}"


class Submission(models.Model):
    """A race that an organizer proposes. Only organizers.submissions.workflow changes its state.

    `values` holds the submission forms as they were typed, {field name: text}: so nothing typed
    is lost, an unfinished draft can be kept, and approval runs through the very same forms.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        PENDING = "pending", "Waiting for review"
        CHANGES_REQUESTED = "changes-requested", "Changes requested"
        APPROVED = "approved"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    # Empty once they have left (organizers.privacy.leaving).
    organizer = models.ForeignKey(Organizer, models.SET_NULL, null=True, related_name="submissions")
    submitted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="submissions")
    # Set on approval.
    race = models.ForeignKey(
        Race, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    values = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        permissions = [("decide_submission", "Can approve, send back or reject submissions")]
        indexes = [models.Index(fields=["state", "submitted_at"], name="submission_queue")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"])
                | models.Q(submitted_at__isnull=False),
                name="submission_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["draft", "pending", "changes-requested", "approved", "rejected",
                               "withdrawn"]
                ),
                name="submission_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["approved", "rejected", "withdrawn"])
                | models.Q(organizer__isnull=False),
                name="submission_under_way_has_an_organizer",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.race_name

    def get_absolute_url(self) -> str:
        return reverse("organizers:submission", args=[self.pk])

    @property
    def race_name(self) -> str:
        return self.values.get("race-name") or "A race without a name yet"

    @property
    def is_editable(self) -> bool:
        return self.state in {self.State.DRAFT, self.State.CHANGES_REQUESTED}

    @property
    def is_withdrawable(self) -> bool:
        return self.state in {self.State.DRAFT, self.State.CHANGES_REQUESTED, self.State.PENDING}


class Decision(models.Model):
    """One step of a submission: who did what, when, and the note that was sent. Never changed."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="decisions")
    state = models.CharField("new state", max_length=20, choices=Submission.State)
    # Empty once they have left.
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state__in=["changes-requested", "rejected"])
                | ~models.Q(note=""),
                name="decision_against_needs_a_note",
                violation_error_message="Say why: the organizer reads it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}: {self.get_state_display()}"


class Mail(models.Model):
    """A mail on its way: deleted once the mail server has taken it, kept a while if it never did.

    Nobody reads its text here: it may be a code that lets one in.
    """

    to = models.TextField()
    subject = models.TextField()
    message = models.JSONField(default=dict)
    created_at = models.DateTimeField("since", auto_now_add=True)
    expires_at = models.DateTimeField("useless after", null=True)
    attempts = models.PositiveSmallIntegerField("tries", default=0)
    next_try_at = models.DateTimeField("next try", null=True)
    failed_at = models.DateTimeField("given up", null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "mail not sent"
        verbose_name_plural = "mail not sent"
        permissions = [("send_again_mail", "Can have a mail that was given up sent again")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.to})"

    @property
    def may_be_sent_again(self) -> bool:
        return self.failed_at is not None and self.expires_at is None
