"""What organizers propose, what became of it, and which races are theirs."""

from django.db import models
from django.urls import reverse

from organizers.models.people import Organizer, User
from organizers.models.querysets import SubmissionQuerySet
from races.models import Race


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
