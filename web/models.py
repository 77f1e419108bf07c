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
