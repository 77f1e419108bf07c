"""The addresses that races once had."""

from django.db import models
from django.db.models import Q

from races.models.races import Race


class FormerAddress(models.Model):
    """A slug that a race once had. It redirects; without a race it answers 410 Gone."""

    slug = models.SlugField(max_length=120, unique=True)
    race = models.ForeignKey(
        Race, models.SET_NULL, null=True, blank=True, related_name="former_addresses"
    )
    # The last version of a race that was deleted: what was there, and how to bring it back.
    version = models.ForeignKey(
        "reversion.Revision", models.SET_NULL, null=True, editable=False, related_name="+"
    )
    # It was another race's, which has become part of this one: its file is no file of this one.
    was_merged = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "former addresses"
        constraints = [
            models.CheckConstraint(
                condition=Q(race=None) | Q(version=None),
                name="former_address_leads_one_way",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
