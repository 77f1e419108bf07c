"""The gazetteer."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from races.models.querysets import PlaceQuerySet


class Place(models.Model):
    """A town of the gazetteer: the cities over 15,000 people that GeoNames knows."""

    geoname_id = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=200)
    # The name and its spellings in other languages, as text.names.name_key folds them.
    keys = ArrayField(models.CharField(max_length=200))
    country = models.CharField(max_length=2)
    latitude = models.FloatField()
    longitude = models.FloatField()
    population = models.PositiveIntegerField()
    time_zone = models.CharField(max_length=40)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["-population"]
        indexes = [GinIndex(fields=["keys"], name="place_by_name")]

    def __str__(self) -> str:
        return f"{self.name}, {self.country}"
