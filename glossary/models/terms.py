"""The words: a category holds terms. Public reads start at published()."""

from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import Left, Upper
from django.urls import reverse
from django.utils import timezone

from glossary.models.tidy_text import TidyText, at_most, no_longer
from text.names import name_key

DEFINITION_LENGTH = 300
# Of Markdown, several times what the standard asks for; reading 10,000 characters takes half a
# second when they are made to.
BODY_LENGTH = 10_000
# Slugs that are, or may one day be, addresses of the glossary itself.
RESERVED_SLUGS = ["a-to-z", "category", "feed", "new", "preview", "search"]
# The heading of words that begin with a digit.
DIGITS = "0–9"


class CategoryQuerySet(models.QuerySet["Category"]):
    def shelves(self) -> "CategoryQuerySet":
        """The categories that hold a published term, each with its term_count."""
        every: Any = self
        counted = every.annotate(
            term_count=Count("terms", filter=Q(terms__in=Term.objects.published()))
        )
        # Said again, because an aggregate drops the model's own order.
        shelves: CategoryQuerySet = counted.filter(term_count__gt=0).order_by("position", "name")
        return shelves


class Category(TidyText):
    """A shelf of the glossary. Health categories show care advice and the state of review."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    is_health = models.BooleanField("about health", default=False)
    updated_at = models.DateTimeField(auto_now=True)

    # Of what readers see; set by shelves().
    term_count: int

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("glossary:category", args=[self.slug])


# A clinician should read a page again after so many years.
REVIEW_YEARS = 3


def years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


# What published() says, for SQL written out; `now` is to be given.
PUBLISHED = "state = 'published' AND (publish_at IS NULL OR publish_at <= %(now)s)"


class TermQuerySet(models.QuerySet["Term"]):
    def published(self) -> "TermQuerySet":
        """Those that readers see; Term.is_public of one that was read."""
        is_due = Q(publish_at__isnull=True) | Q(publish_at__lte=timezone.now())
        return self.filter(is_due, state=Term.State.PUBLISHED)

    def to_come(self) -> "TermQuerySet":
        """Those that readers will see at a later time; Term.is_to_come."""
        return self.filter(state=Term.State.PUBLISHED, publish_at__gt=timezone.now())

    def published_or_to_come(self) -> "TermQuerySet":
        return self.filter(state=Term.State.PUBLISHED)

    def in_category(self, category: "Category") -> "TermQuerySet":
        return self.filter(category=category)

    def for_cards(self) -> "TermQuerySet":
        """What a card shows: title, definition, category."""
        return self.select_related("category").defer("body", "search")

    def with_letter(self) -> "TermQuerySet":
        """Adds `letter`, the heading a term stands under in A to Z."""
        is_digit = When(title_key__regex=r"^\d", then=Value(DIGITS))
        return self.annotate(letter=Case(is_digit, default=Upper(Left("title_key", 1))))

    def beginning_with(self, letter: str) -> "TermQuerySet":
        """Those under one heading of A to Z; all of them where none is named."""
        return self.with_letter().filter(Q(("letter", letter))) if letter else self


class Term(TidyText):
    """One word of the glossary and its page."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    title = models.CharField(max_length=80)
    # Written by save(): the form in which two names are the same name, see text.names.
    title_key = models.CharField(max_length=120, editable=False)
    slug = models.SlugField(max_length=80, db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="terms")
    definition = models.TextField(
        validators=[no_longer(DEFINITION_LENGTH)],
        help_text=f"One or two plain sentences that stand alone, at most {DEFINITION_LENGTH} "
        "characters. Search results and link previews show them too.",
    )
    body = models.TextField(
        validators=[no_longer(BODY_LENGTH)],
        help_text="Markdown, 120 to 350 words. Cite a source as [^1]. The heading is made for you.",
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    publish_at = models.DateTimeField(
        null=True, blank=True, help_text="A published term stays hidden until then."
    )
    # Read by races.search.criteria, which says what may stand here: the races below the page, the
    # link of the API, and the check of the files (races.files.standard) hang on it.
    race_query = models.CharField(
        "race search",
        max_length=200,
        blank=True,
        help_text="The races to offer, as the race search has it in its address, "
        "such as sport=trail-running&distance=ultra. Empty: the soonest races.",
    )
    no_urgent_level = models.BooleanField(
        "no urgent level applies",
        default=False,
        help_text="For an injury or illness that never has to be seen the same day. Readers see "
        "nothing of it.",
    )
    link_title = models.BooleanField(
        "link this title",
        default=True,
        help_text="Other pages link the first mention of this title. Off for everyday words, "
        "such as “pace”.",
    )
    unlinked_words = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="Names of other terms that stay plain text on this page, separated by commas.",
    )
    reviewed_by = models.CharField(
        max_length=120, blank=True, help_text="The clinician's name and qualification."
    )
    reviewed_on = models.DateField(null=True, blank=True)
    changed_on = models.DateField(
        "last significant change", default=timezone.localdate, help_text="Readers see this date."
    )
    change_note = models.CharField(
        "what changed",
        max_length=200,
        blank=True,
        help_text="One line about the last significant change. The feed and the page of what is "
        "new show it.",
    )
    # When readers first could see it; only then must its address live for ever.
    first_published_at = models.DateTimeField(null=True, editable=False)
    # The page as its editors want it next, while readers see the rows of this table.
    draft = models.OneToOneField(
        "reversion.Revision",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="draft_of",
    )
    draft_publish_at = models.DateTimeField(null=True, editable=False)
    draft_is_major = models.BooleanField(default=False, editable=False)
    # How often the links to its preview were taken back; each link names the count it was made at.
    previews_stopped = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # What its file held when it was last loaded; see glossary.files.loading.
    loaded_digest = models.CharField(max_length=64, blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)
    # Written by index_terms (glossary.search.finding): aliases and answers live in other tables.
    search = SearchVectorField(null=True, editable=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["title_key"]
        indexes = [
            GinIndex(fields=["search"], name="term_search"),
            models.Index(fields=["category", "title_key"], name="term_by_category"),
            # Search asks which titles begin with what was typed.
            models.Index(
                fields=["title_key"], opclasses=["varchar_pattern_ops"], name="term_title_begins"
            ),
        ]
        constraints = [
            # These may be deferred: names move between rows, and a draft is looked at in the tables
            # when another term has its name by now. See glossary.publishing.history.
            models.UniqueConstraint(
                fields=["title_key"],
                name="term_title_once",
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="Another term has this title.",
            ),
            models.UniqueConstraint(
                fields=["slug"], name="term_slug_once", deferrable=models.Deferrable.IMMEDIATE
            ),
            models.CheckConstraint(
                condition=~Q(slug__in=RESERVED_SLUGS),
                name="term_slug_not_reserved",
                violation_error_message="This address is reserved for the site itself.",
            ),
            at_most(DEFINITION_LENGTH, "definition", "term_definition_is_short"),
            at_most(BODY_LENGTH, "body", "term_body_has_an_end"),
            models.CheckConstraint(
                condition=Q(reviewed_by="", reviewed_on=None)
                | (~Q(reviewed_by="") & Q(reviewed_on__isnull=False)),
                name="term_review_is_whole",
                violation_error_message="A review needs both a reviewer and a date.",
            ),
        ]

    @property
    def next_review_on(self) -> date | None:
        return self.reviewed_on and years_after(self.reviewed_on, REVIEW_YEARS)

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.title_key = name_key(self.title)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("glossary:term", args=[self.slug])

    def clean(self) -> None:
        self.title_key = name_key(self.title)
        if not self.title_key:
            raise ValidationError({"title": "A title needs letters or digits."})
        if Term.objects.filter(title_key=self.title_key).exclude(pk=self.pk).exists():
            raise ValidationError({"title": "Another term has this title."})
        owner = Term.objects.filter(aliases__key=self.title_key).exclude(pk=self.pk).first()
        if owner:
            raise ValidationError({"title": f"“{owner}” has this name as an alias."})

    @property
    def is_public(self) -> bool:
        is_due = self.publish_at is None or self.publish_at <= timezone.now()
        return self.state == self.State.PUBLISHED and is_due

    @property
    def is_to_come(self) -> bool:
        """Whether readers will see it at a later time."""
        return self.state == self.State.PUBLISHED and not self.is_public

    @property
    def has_been_public(self) -> bool:
        """Whether readers ever could see it: then its address must live for ever."""
        return self.first_published_at is not None and self.first_published_at <= timezone.now()


class Deletion(models.Model):
    """What hung on a deleted term without being part of its page: it comes back with the term."""

    # No foreign key: there is no such term meanwhile.
    term_id = models.BigIntegerField(primary_key=True)
    # Rows of several tables as Django serializes them; see glossary.publishing.recovery.
    rows = models.JSONField()

    def __str__(self) -> str:
        return f"What hung on term {self.term_id}"
