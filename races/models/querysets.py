"""Domain verbs for races, their editions and the gazetteer. Public reads start at published()."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection, models
from django.db.models import (
    Case,
    Count,
    Func,
    Max,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Greatest, TruncMonth
from django.utils import timezone

from races.choices import OFF
from races.countries import country_codes, country_names, us_state
from text.names import fold, name_key

if TYPE_CHECKING:  # the names stand in quotes below
    from races.models import Edition, Place, Race  # noqa: F401


# The fields of an edition that follow from others; see Edition.work_out().
WORKED_OUT = ("expected_on", "over_at", "doubtful_at")
# What nobody has looked up for so long is told, and comes after the rest of its month.
UNSEEN_AFTER = relativedelta(years=1)


# The day by which an edition stands in a list.
LISTED_ON = Case(
    When(date_precision="day", then="start_date"), default=Coalesce("expected_on", "end_date")
)
RANK_OF_A_MONTH = 1


def is_upcoming(now: datetime) -> Q:
    return Q(over_at__gt=now)


def is_sure(now: datetime) -> Q:
    """Of what is upcoming."""
    return ~Q(doubtful_at__lte=now) & ~Q(status__in=OFF)


def ranks(now: datetime, today: date) -> list[tuple[Q, int]]:
    """How an edition stands within its month, the first that is true; see soonest_first()."""
    return [
        (Q(doubtful_at__lte=now), 3),
        (Q(seen_on__lt=today - UNSEEN_AFTER), 2),
        (Q(date_precision="day") | Q(expected_on__isnull=False), 0),
    ]


def last_seen(editions: "EditionQuerySet") -> Subquery:
    """When any of these editions of one race was last seen."""
    seen = Max(Greatest("last_verified_on", "confirmed_on"))
    return Subquery(editions.order_by().values("race").annotate(seen=seen).values("seen"))


class RaceQuerySet(models.QuerySet["Race"]):
    def published(self) -> "RaceQuerySet":
        return self.filter(state="published")

    def zones(self) -> list[str]:
        """The time zones in which there are published races."""
        # From one to the next by the index: DISTINCT would go through all races.
        with connection.cursor() as cursor:
            cursor.execute("""
                WITH RECURSIVE zone (name) AS (
                    SELECT min(time_zone) FROM races_race WHERE state = 'published'
                    UNION ALL
                    SELECT (SELECT min(time_zone) FROM races_race
                        WHERE state = 'published' AND time_zone > zone.name)
                    FROM zone WHERE name IS NOT NULL
                ) SELECT name FROM zone WHERE name IS NOT NULL
                """)
            return [name for (name,) in cursor.fetchall()]

    def with_total(self) -> "RaceQuerySet":
        """Adds `total`, how many there are in all, to each of however few are taken."""
        return self.annotate(total=Window(Count("pk")))

    def with_next_dates(self) -> "RaceQuerySet":
        """For next_edition(), with `seen_on` and, to sort by, `next_over_at`."""
        from races.models import Edition

        own = Edition.objects.filter(race=OuterRef("pk"))
        following = own.upcoming().order_by("over_at").values("over_at")[:1]
        dated = self.annotate(seen_on=last_seen(own), next_over_at=Subquery(following))
        return dated.prefetch_related("editions")

    def for_race_page(self) -> "RaceQuerySet":
        """All that a race page shows, in a fixed number of queries."""
        from races.models import Distance, Edition

        # Not the files of the courses, which are long.
        courses = Distance.objects.select_related("course")
        distances = courses.defer("course__upload", "course__file")
        editions = Edition.objects.with_last_seen().prefetch_related(
            Prefetch("distances", distances), "distances__price_tiers"
        )
        return self.select_related("place").prefetch_related(Prefetch("editions", editions))


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> "EditionQuerySet":
        return self.filter(race__state="published")

    def upcoming(self) -> "EditionQuerySet":
        """Until its last day is over, where it is; “May 2027” until May ends."""
        return self.filter(is_upcoming(timezone.now()))

    def surely_ahead(self) -> "EditionQuerySet":
        """Fit to be suggested: takes place, and is not over already, as “November” may be in
        November. Searches show the others too, and say so.
        """
        return self.upcoming().filter(is_sure(timezone.now()))

    def with_last_seen(self) -> "EditionQuerySet":
        """Adds `seen_on`, when the date of this race was last seen, of whichever edition: looked
        up by us, or confirmed by its organizer.
        """
        from races.models import Edition

        return self.annotate(seen_on=last_seen(Edition.objects.filter(race=OuterRef("race"))))

    def of_certainty(self, certainty: str) -> "EditionQuerySet":
        """As Edition.certainty has it; or “over”, what may be over."""
        is_day = Q(date_precision="day")
        return self.filter(
            {
                "confirmed": Q(confirmed_on__isnull=False),
                "provisional": is_day & Q(confirmed_on=None),
                "expected": Q(expected_on__isnull=False),
                "open": ~is_day & Q(expected_on=None),
                "over": Q(doubtful_at__lte=timezone.now(), over_at__gt=timezone.now()),
            }[certainty]
        )

    def soonest_first(self, *before: Any) -> "EditionQuerySet":
        """By the day that is known or expected. Within a month there follow those of which it is
        the month alone, then what nobody has looked up for long, and last what may be over.
        """
        marked = ranks(timezone.now(), timezone.localdate())
        rank = Case(*(When(q, then=number) for q, number in marked), default=RANK_OF_A_MONTH)
        seen = self.with_last_seen().alias(listed_on=LISTED_ON)
        month = TruncMonth("listed_on")
        return seen.order_by(*before, month, rank, "listed_on", "race__name", "pk")

    def work_out(self) -> None:
        """Have what follows from their races' rules and zones be as it is today."""
        unused = ("race__search", "race__description", "race__description_html")
        for edition in self.select_related("race").defer(*unused).iterator():
            was = {name: getattr(edition, name) for name in WORKED_OUT}
            edition.work_out()
            now = {name: getattr(edition, name) for name in WORKED_OUT}
            if now != was:
                is_another_day = now["expected_on"] != was["expected_on"]
                number = edition.sequence + is_another_day
                self.model.objects.filter(pk=edition.pk).update(**now, sequence=number)


# GeoNames' own number, at the end of the address of a place that a larger one shadows.
NUMBERED = re.compile(r"\(([0-9]{1,9})\)\s*$")


def in_region(text: str) -> Q | None:
    """Of a place: where it is, by a country or a state of the United States. None if neither."""
    known = Q(country__in=country_codes(text)) if country_codes(text) else None
    if state := us_state(text):
        of_state = Q(country="US", region=state)
        # “CA” and “Georgia” are both.
        return known | of_state if known else of_state
    return known


# So that an index finds the beginning of any of them.
SPELLINGS = Func(
    Cast("keys", ArrayField(models.TextField())),
    function="array_to_tsvector",
    output_field=SearchVectorField(),
)


def _begins(name: str, text: str) -> bool:
    return fold(name).startswith(fold(text))


class PlaceQuerySet(models.QuerySet["Place"]):
    def meant(self, text: str) -> "PlaceQuerySet":
        """Towns that answer to “Lyon”, “Lyon, France”, “Portland, ME” or to an address of a place
        (see Place.address), the largest first.
        """
        if numbered := NUMBERED.search(text):
            return self.filter(geoname_id=int(numbered[1]))
        name, *where = [part.strip() for part in text.split(",")]
        key, qualified = name_key(text), Q()
        conditions = [in_region(part) for part in where]
        # A name may hold a comma itself, and the last part alone be where it is.
        while conditions and conditions[-1] is not None:
            qualified &= conditions.pop() or Q()
        if len(conditions) < len(where):
            key = name_key(name + "".join(where[: len(conditions)]))
        return self.filter(qualified, keys__contains=[key]).order_by("-population", "pk")

    def beginning(self, text: str) -> "PlaceQuerySet":
        """Towns for “zur” or “portland, ma”: those whose own name begins so, then those that begin
        so in another language, the largest first.
        """
        name, *where = text.split(",")
        key = name_key(name)
        if not key:
            return self.none()
        begins = SearchQuery(f"{key}:*", config="simple", search_type="raw")
        found = self.alias(spellings=SPELLINGS).filter(spellings=begins)
        for part in where:
            codes = [code for code, said in country_names().items() if _begins(said, part)]
            is_there = Q(country__in=codes + country_codes(part))
            found = found.filter(is_there | Q(region__istartswith=part.strip()))
        if not re.search(r"[0-9]", name):
            # “Lyon 03” and the “Kreise” of Zürich are parts of towns.
            found = found.exclude(name__regex=r"[0-9]")
        is_its_name = Q(keys__0__startswith=key) | Q(keys__contains=[key])
        return found.order_by(Case(When(is_its_name, then=0), default=1), "-population", "pk")

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
