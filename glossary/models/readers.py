"""What readers say and seek. Nothing here tells who they are."""

from django.db import models

from glossary.models.terms import Term
from glossary.models.tidy_text import at_most

FEEDBACK_LENGTH = 1_000


class MissedSearch(models.Model):
    """Something people searched for in vain: a word to write. Holds nothing about who asked."""

    query = models.CharField(max_length=100, unique=True)
    count = models.PositiveIntegerField(default=1)
    first_asked_at = models.DateTimeField(auto_now_add=True)
    last_asked_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-count", "-last_asked_at"]
        verbose_name_plural = "searches that found nothing"

    def __str__(self) -> str:
        return self.query


class Feedback(models.Model):
    """A reader's word on a page. Holds nothing about who sent it."""

    class Answer(models.TextChoices):
        YES = "yes", "It helped"
        NO = "no", "It did not help"
        WRONG = "wrong", "Something is wrong"

    term = models.ForeignKey(Term, models.CASCADE, related_name="feedback")
    answer = models.CharField(max_length=5, choices=Answer)
    text = models.TextField(blank=True, max_length=FEEDBACK_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)
    is_done = models.BooleanField("dealt with", default=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "feedback"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer__in=["yes", "no", "wrong"]),
                name="feedback_answer_is_listed",
            ),
            at_most(FEEDBACK_LENGTH, "text", "feedback_has_an_end"),
        ]

    def __str__(self) -> str:
        return f"{self.term}: {self.get_answer_display()}"
