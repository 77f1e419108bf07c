"""Domain verbs for races, their editions and the gazetteer. Public reads start at published()."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch

from glossary.names import name_key

if TYPE_CHECKING:  # the names stand in quotes below
    from races.models import Edition, Place, Race  # noqa: F401


class RaceQuerySet(models.QuerySet["Race"]):
    def published(self) -> "RaceQuerySet":
        return self.filter(state="published")

    def for_race_page(self) -> "RaceQuerySet":
        """All that a race page shows, in a fixed number of queries."""
        from races.models import Edition

        editions = Edition.objects.prefetch_related("distances__price_tiers")
        return self.prefetch_related(Prefetch("editions", editions))


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> "EditionQuerySet":
        return self.filter(race__state="published")

    def upcoming(self) -> "EditionQuerySet":
        """Not over yet, or not surely over: “May 2027” is upcoming until May ends."""
        return self.filter(end_date__gte=date.today())

    def soonest_first(self) -> "EditionQuerySet":
        # By end: a day in May comes before “May”, which comes before the races of June.
        return self.order_by("end_date", "start_date", "race__name", "pk")

    def going_ahead(self) -> "EditionQuerySet":
        """Without those cancelled: for suggestions. Searches still show a cancelled race."""
        return self.exclude(status="cancelled")

    def between(self, first: date | None, last: date | None) -> "EditionQuerySet":
        """Whose dates touch the range. Where only the year is known, no month can be promised."""
        editions = self
        if first:
            editions = editions.filter(end_date__gte=first)
        if last:
            editions = editions.filter(start_date__lte=last)
        return editions.exclude(date_precision="year") if first or last else editions

    def with_distance(self, distance_class: str) -> "EditionQuerySet":
        from races.models import Distance

        fitting = Distance.objects.filter(edition=OuterRef("pk"), distance_class=distance_class)
        return self.filter(Exists(fitting))

    def for_cards(self) -> "EditionQuerySet":
        """What a race card shows: race, date, distances."""
        return self.select_related("race").prefetch_related("distances")


class PlaceQuerySet(models.QuerySet["Place"]):
    def named(self, city: str, country: str) -> "Place | None":
        """The most populous place of that name in the country, by any of its spellings."""
        fitting = self.filter(keys__contains=[name_key(city)], country=country)
        return fitting.order_by("-population").first()
