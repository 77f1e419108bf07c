"""Domain verbs for submissions."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:  # the names stand in quotes below
    from organizers.models import Submission, User  # noqa: F401


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def of(self, user: "User") -> "SubmissionQuerySet":
        """Those of the organizers this user belongs to."""
        return self.filter(organizer__memberships__user=user)

    def for_dashboard(self) -> "SubmissionQuerySet":
        return self.select_related("organizer", "race").prefetch_related("decisions__by")
