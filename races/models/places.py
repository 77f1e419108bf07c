"""The gazetteer."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from races.countries import country_names
from races.models.querysets import SPELLINGS, PlaceQuerySet


class Place(models.Model):
    """A town of the gazetteer: the cities over 15,000 people that GeoNames knows."""

    geoname_id = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=200)
    # The name and its spellings in other languages, as text.names.name_key folds them.
    keys = ArrayField(models.CharField(max_length=200))
    country = models.CharField(max_length=2)
    # The state, of a town of the United States; of others the gazetteer has numbers only.
    region = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    population = models.PositiveIntegerField()
    time_zone = models.CharField(max_length=40)
    # Its address, “Springfield, Illinois, US”, means a larger one.
    is_shadowed = models.BooleanField(default=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["-population"]
        # Written once and then only read: nothing is left pending for each reader to go through.
        indexes = [
            GinIndex(fields=["keys"], name="place_by_name", fastupdate=False),
            GinIndex(SPELLINGS, name="place_by_beginning", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.country}"

    @property
    def address(self) -> str:
        """What means this place and no other: “Lyon, FR”, or with its number, “Salem, US (123)”."""
        parts = ", ".join(part for part in (self.name, self.region, self.country) if part)
        return f"{parts} ({self.geoname_id})" if self.is_shadowed else parts

    @property
    def where(self) -> str:
        country = country_names().get(self.country, self.country)
        return f"{self.region}, {country}" if self.region else country

    @property
    def label(self) -> str:
        return f"{self.name}, {self.where}"
