"""What public pages stand on, of no content itself."""

import uuid

from django.db import models


class ContentVersion(models.Model):
    """The one row that sums up the changes of the past; see web.content_version."""

    # A restored database may count up to a number a second time, and to other content.
    epoch = models.UUIDField(default=uuid.uuid4)
    folded = models.BigIntegerField(default=0)
    folded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="content_version_is_one_row"),
        ]

    def __str__(self) -> str:
        return f"{self.epoch}.{self.folded}"


class ContentChange(models.Model):
    """A transaction that changed public rows. Written by a trigger alone."""

    transaction = models.BigIntegerField()
    # With it no second transaction can be the same one, not even after a restore, where the
    # server's own numbers begin anew.
    began_at = models.DateTimeField()
    statements = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "began_at"], name="content_change_once_a_transaction"
            ),
        ]

    def __str__(self) -> str:
        return str(self.transaction)


class DaySalt(models.Model):
    """What the day's keys are hashed with. Once it is gone, nobody can tell whose they were."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField()

    def __str__(self) -> str:
        return self.day.isoformat()


class RateLimit(models.Model):
    """How often somebody did something in the time that ends at `ends_at`; see web.limits."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
