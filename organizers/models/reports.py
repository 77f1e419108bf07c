"""What readers say is wrong on the page of a race. Nothing here tells who they are."""

from django.db import models
from django.db.models import Q

from glossary.models import at_most
from organizers.models.people import User
from races.models import Race

TEXT_LENGTH = 1_000
SAID_LENGTH = 2_000
EVIDENCE_LENGTH = 500


class Report(models.Model):
    """A fact that somebody finds wrong. It goes with its race; undecided it stays for good."""

    class About(models.TextChoices):
        DATE = "date", "The date"
        PLACE = "place", "The place"
        DISTANCES = "distances", "The distances"
        PRICE = "price", "The price"
        REGISTRATION = "registration", "Registration"
        ENTRY = "entry", "How to get in"
        WEBSITE = "website", "The website"
        DESCRIPTION = "description", "The description"
        OTHER = "other", "Something else"

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done", "Put right"
        DECLINED = "declined"

    race = models.ForeignKey(Race, models.CASCADE, related_name="+")
    about = models.CharField(max_length=12, choices=About)
    said = models.TextField("the page said", blank=True)
    text = models.TextField("what is right")
    evidence = models.URLField("where to see it", max_length=EVIDENCE_LENGTH, blank=True)
    created_at = models.DateTimeField("since", auto_now_add=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    # Empty once they have left.
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["created_at"]
        verbose_name = "report of something wrong"
        verbose_name_plural = "reports of something wrong"
        permissions = [("decide_report", "Can say what became of a report")]
        indexes = [models.Index(fields=["state", "created_at"], name="report_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    about__in=["date", "place", "distances", "price", "registration", "entry",
                               "website", "description", "other"]
                ),
                name="report_about_is_listed",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None, note="")
                | Q(state__in=["done", "declined"], decided_at__isnull=False),
                name="report_is_open_or_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(note=""),
                name="report_declined_needs_a_note",
                violation_error_message="Say why: your colleagues read it.",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="report_says_something"),
            models.CheckConstraint(
                condition=Q(evidence="") | Q(evidence__iregex="^https?://"),
                name="report_evidence_is_a_web_address",
            ),
            at_most(TEXT_LENGTH, "text", "report_text_has_an_end"),
            at_most(SAID_LENGTH, "said", "report_said_has_an_end"),
            at_most(TEXT_LENGTH, "note", "report_note_has_an_end"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.race}: {self.get_about_display().lower()}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
