"""What readers saw of a word, one version after the other."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class PublicVersionQuerySet(models.QuerySet["PublicVersion"]):
    def changes(self, term_id: int) -> "PublicVersionQuerySet":
        """What changed for readers of a word by now, the latest first."""
        return self.filter(term_id=term_id, since__lte=timezone.now(), changed__len__gt=0).order_by(
            "-since", "-pk"
        )


class PublicVersion(models.Model):
    """A version of a word's page that readers see, or will at a planned time. A draft has none."""

    revision = models.OneToOneField(
        "reversion.Revision", models.CASCADE, primary_key=True, related_name="public_version"
    )
    # No foreign key: a deleted word may come back.
    term_id = models.BigIntegerField()
    since = models.DateTimeField()
    # What of the page had changed since the public version before, in readers' words.
    changed = ArrayField(models.CharField(max_length=40), default=list)

    objects = PublicVersionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["term_id", "since"], name="public_version_of_term")]

    def __str__(self) -> str:
        return f"Term {self.term_id} since {self.since}"
