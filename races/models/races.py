"""The perennial race. It names its organizer in plain fields and knows no user; who may edit it is
told one level up.
"""

from datetime import UTC, date, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    URLValidator,
)
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from glossary.models import at_most, no_longer
from races.choices import Sport
from races.countries import country_choices, country_names
from races.models.naming import KEY_LENGTH, is_latin, race_key
from races.models.places import Place
from races.models.querysets import RaceQuerySet

if TYPE_CHECKING:  # the name stands in quotes below
    from races.models.editions import Edition

DESCRIPTION_LENGTH = 10_000
NAME_TAKEN = "There is a race of this name in this country already."
RESERVED_SLUGS = ["calendar", "feed", "in", "map", "new", "places", "search"]
MONTHS = [(number, date(2000, number, 1).strftime("%B")) for number in range(1, 13)]


@cache
def zone_named(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return None


def validate_time_zone(name: str) -> None:
    if zone_named(name) is None:
        raise ValidationError("This is not an IANA time zone such as Europe/Madrid.")


def validate_sources(sources: list[dict[str, str]]) -> None:
    for source in sources:
        try:
            URLValidator(schemes=["http", "https"])(source["url"])
        except ValidationError:
            raise ValidationError(f"“{source['url']}” is no web address.", code="url") from None


class Race(models.Model):
    """A perennial race. Its slug carries no year; each running of it is an Edition."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    name = models.CharField(max_length=120, help_text="As the race writes it, in any script.")
    latin_name = models.CharField(
        "name in Latin letters",
        max_length=120,
        blank=True,
        help_text="Needed if the name is in another script: “Mt Fuji 100” for 富士 100.",
    )
    # Written by save(): the form in which two names are the same name.
    name_key = models.CharField(max_length=KEY_LENGTH, editable=False)
    slug = models.SlugField(
        max_length=120,
        unique=True,
        validators=[RegexValidator("[A-Za-z]", "An address needs a letter.")],
    )
    sport = models.CharField(max_length=20, choices=Sport)
    description = models.TextField(
        blank=True,
        validators=[no_longer(DESCRIPTION_LENGTH)],
        help_text="Markdown, 40 to 120 words.",
    )
    website = models.URLField("official website", max_length=300, blank=True)
    organizer_name = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=80, help_text="Where it starts.")
    region = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, choices=country_choices)
    place = models.ForeignKey(Place, models.SET_NULL, null=True, blank=True)
    latitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    time_zone = models.CharField(max_length=40, blank=True, validators=[validate_time_zone])
    usual_month = models.PositiveSmallIntegerField(null=True, blank=True, choices=MONTHS)
    usual_rule = models.CharField(
        max_length=120, blank=True, help_text="The customary date, such as “third Monday of April”."
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # When readers first could see it; only then must its address live for ever.
    first_published_at = models.DateTimeField(null=True, editable=False)
    # Where its file says that all this was seen: a title and a url each.
    sources = models.JSONField(
        default=list, blank=True, editable=False, validators=[validate_sources]
    )
    # What its file held when it was last loaded; see glossary.files.loading.
    loaded_digest = models.CharField(max_length=64, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    search = SearchVectorField(null=True, editable=False)
    unlinked_words = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="Names of terms that stay plain text in the description, separated by commas.",
    )
    # The description with terms linked, and their ids; see races.reading.descriptions.
    description_html = models.TextField(null=True, editable=False)
    links = ArrayField(models.BigIntegerField(), default=list, editable=False)

    objects = RaceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [
            GinIndex(fields=["search"], name="race_search"),
            GinIndex(fields=["links"], name="race_links"),
            models.Index(fields=["time_zone"], condition=Q(state="published"), name="race_zones"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "name_key"],
                name="race_name_once_in_its_country",
                violation_error_message=NAME_TAKEN,
            ),
            models.CheckConstraint(
                condition=~Q(slug__in=RESERVED_SLUGS),
                name="race_slug_not_reserved",
                violation_error_message="This address is reserved for the site itself.",
            ),
            models.CheckConstraint(
                # isnull is said, because a check that comes out NULL passes.
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="race_coordinates_are_a_pair",
                violation_error_message="Give both latitude and longitude, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(usual_month=None) | Q(usual_month__range=(1, 12)),
                name="race_usual_month_is_a_month",
            ),
            models.CheckConstraint(
                condition=Q(country__regex="^[A-Z]{2}$"), name="race_country_is_a_code"
            ),
            models.CheckConstraint(
                condition=Q(sport__in=Sport.values), name="race_sport_is_listed"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(first_published_at__isnull=False),
                name="race_public_since_a_time",
            ),
            at_most(DESCRIPTION_LENGTH, "description", "race_description_has_an_end"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = race_key(self.name)
        if self.is_public and not self.first_published_at:
            self.first_published_at = timezone.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "first_published_at"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("races:race", args=[self.slug])

    def clean(self) -> None:
        self.name_key = race_key(self.name)
        same = Race.objects.filter(country=self.country, name_key=self.name_key)
        if self.name and same.exclude(pk=self.pk).exists():
            raise ValidationError({"name": ValidationError(NAME_TAKEN, code="taken")})
        if self.name and not is_latin(self.latin_name or self.name):
            raise ValidationError({"latin_name": "Give the name in Latin letters too."})

    @property
    def full_name(self) -> str:
        """In its own script and in Latin letters: “富士 100 (Mt Fuji 100)”."""
        return f"{self.name} ({self.latin_name})" if self.latin_name else self.name

    @property
    def is_public(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def has_been_public(self) -> bool:
        """Whether readers ever could see it: then its address must live for ever."""
        return self.first_published_at is not None

    @property
    def zone(self) -> tzinfo:
        """That of the start; where it is not known, days are those of UTC."""
        return zone_named(self.time_zone) or UTC

    @property
    def today(self) -> date:
        """The day that it is where the race is."""
        return timezone.localdate(timezone=self.zone)

    def next_edition(self) -> "Edition | None":
        """The one ahead that readers are shown: one that goes ahead before one that does not."""
        ahead = [edition for edition in self.editions.all() if not edition.is_over]
        return min(ahead, key=lambda edition: (edition.is_off, edition.start_date), default=None)

    @property
    def country_name(self) -> str:
        # Not get_country_display(), which goes through all countries each time.
        return country_names().get(self.country, self.country)

    @property
    def location(self) -> str:
        """City, region and country in words, as far as they are known."""
        parts = [self.city, self.region, self.country_name]
        return ", ".join(part for i, part in enumerate(parts) if part and part not in parts[:i])
