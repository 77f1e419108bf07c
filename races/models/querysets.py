"""Domain verbs for races, their editions and the gazetteer. Public reads start at published()."""

import math
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, When, Window
from django.db.models.functions import Abs, Least
from django.utils import timezone

from races.choices import OFF
from races.countries import country_codes
from text.names import name_key

if TYPE_CHECKING:  # the names stand in quotes below
    from races.models import Edition, Place, Race  # noqa: F401


# By end: a day in May comes before “May”, which comes before the races of June.
SOONEST = ("end_date", "start_date", "race__name", "pk")


class RaceQuerySet(models.QuerySet["Race"]):
    def published(self) -> "RaceQuerySet":
        return self.filter(state="published")

    def with_total(self) -> "RaceQuerySet":
        """Adds `total`, how many there are in all, to each of however few are taken."""
        return self.annotate(total=Window(Count("pk")))

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
        return self.filter(end_date__gte=timezone.localdate())

    def surely_ahead(self) -> "EditionQuerySet":
        """Fit to be suggested: takes place, and is not over already, as “November” may be in
        November. Searches show the others too, and say so.
        """
        has_not_begun = Q(date_precision="day") | Q(start_date__gt=timezone.localdate())
        return self.upcoming().filter(has_not_begun).exclude(status__in=OFF)

    def nearest_to(self, race: "Race") -> "EditionQuerySet":
        """By distance from a race's start, those without coordinates last, then soonest.

        Degrees on a flattened globe: right enough to put a neighbour before another continent.
        """
        if race.latitude is None or race.longitude is None:
            in_country = Case(When(race__country=race.country, then=0), default=1)
            return self.order_by(in_country, "end_date", "start_date", "pk")
        north = F("race__latitude") - race.latitude
        east = Abs(F("race__longitude") - race.longitude)
        # The short way round, across the date line too.
        short_east = Least(east, 360 - east) * math.cos(math.radians(race.latitude))
        away = north * north + short_east * short_east
        return self.order_by(away.asc(nulls_last=True), "end_date", "pk")

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
    def meant(self, text: str) -> "PlaceQuerySet":
        """Towns that answer to “Lyon”, “Lyon, France” or “lyon, fr”, the largest first."""
        name, comma, country = [part.strip() for part in text.rpartition(",")]
        codes = country_codes(country) if comma else []
        key = name_key(name if codes else text)
        found = self.filter(keys__contains=[key]).order_by("-population", "pk")
        return found.filter(country__in=codes) if codes else found

    def named(self, city: str, country: str) -> "Place | None":
        """The place of that name in the country, or None when there is none, or more than one.

        Of two Portlands, guessing the larger would put half their races on the wrong coast. A place
        that both bears the name itself and is the largest that answers to it is no guess.
        """
        key = name_key(city)
        places = list(self.filter(keys__contains=[key], country=country).order_by("-population"))
        by_name = [place for place in places if place.keys[0] == key]
        if len(places) == 1 or (len(by_name) == 1 and by_name[0] == places[0]):
            return places[0]
        return None
