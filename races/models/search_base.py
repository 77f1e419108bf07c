"""What the race search is held from; see races.search.base."""

from django.db import models


class ChangedRace(models.Model):
    """A race that a transaction has changed. Written by triggers alone."""

    transaction = models.BigIntegerField()
    # No foreign key: it may be gone.
    race = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "race"], name="changed_race_once_a_transaction"
            ),
        ]

    def __str__(self) -> str:
        return str(self.race)


class SearchBase(models.Model):
    """All upcoming editions as of a moment, as the race search holds them in memory."""

    made_at = models.DateTimeField(auto_now_add=True)
    # Of the content version: what was restored from a backup is another one.
    epoch = models.UUIDField()
    # The names of its columns: a release that asks for others has no use for it.
    columns = models.TextField()
    # Which transactions it has for certain: pg_current_snapshot().
    snapshot = models.TextField()

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M:%S}"


class SearchBasePart(models.Model):
    """So many of its bytes; one value of all would be too large."""

    base = models.ForeignKey(SearchBase, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["base", "number"], name="search_base_part_once"),
        ]

    def __str__(self) -> str:
        return str(self.number)
