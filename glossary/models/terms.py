"""The words: a category holds terms, a term its facts, tips, questions, relations, sources."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone

from glossary.models.querysets import TermQuerySet
from text.names import name_key
from text.tidy import tidy

# For definition__length and the like below.
models.TextField.register_lookup(Length)

DEFINITION_LENGTH = 300
# Of Markdown, several times what the standard asks for; reading 10,000 characters takes half a
# second when they are made to.
BODY_LENGTH = 10_000
ANSWER_LENGTH = 2_000
FEEDBACK_LENGTH = 1_000

# Slugs that are, or may one day be, addresses of the glossary itself.
RESERVED_SLUGS = ["a-to-z", "category", "feed", "new", "preview", "search"]


def no_longer(length: int) -> MaxLengthValidator:
    """Says it beside the field. Not max_length, by which browsers cut off what is pasted."""
    return MaxLengthValidator(length, f"At most {length:,} characters; this has %(show_value)d.")


def at_most(length: int, field: str, name: str) -> models.CheckConstraint:
    """The same, by the database."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__length__lte": length}),
        name=name,
        violation_error_message=f"At most {length:,} characters.",
    )


class TidyText(models.Model):
    """Its texts are tidied when they are cleaned, so that its file holds exactly what it holds."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Any = None) -> None:
        for field in self._meta.concrete_fields:
            value = getattr(self, field.attname)
            if isinstance(value, str):
                setattr(self, field.attname, tidy(value))
        super().clean_fields(exclude)


class Category(TidyText):
    """A shelf of the glossary. Health categories show care advice and the state of review."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    is_health = models.BooleanField("about health", default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("glossary:category", args=[self.slug])


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
    previews_stopped = models.PositiveIntegerField(default=0, editable=False)
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
                condition=~models.Q(slug__in=RESERVED_SLUGS),
                name="term_slug_not_reserved",
                violation_error_message="This address is reserved for the site itself.",
            ),
            at_most(DEFINITION_LENGTH, "definition", "term_definition_is_short"),
            at_most(BODY_LENGTH, "body", "term_body_has_an_end"),
            models.CheckConstraint(
                condition=models.Q(reviewed_by="", reviewed_on=None)
                | (~models.Q(reviewed_by="") & models.Q(reviewed_on__isnull=False)),
                name="term_review_is_whole",
                violation_error_message="A review needs both a reviewer and a date.",
            ),
        ]

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
        taken = Alias.objects.filter(key=self.title_key).exclude(term=self.pk).first()
        if taken:
            raise ValidationError({"title": f"“{taken.term}” has this name as an alias."})

    @property
    def is_public(self) -> bool:
        return self.state == self.State.PUBLISHED and (
            self.publish_at is None or self.publish_at <= timezone.now()
        )

    @property
    def has_been_public(self) -> bool:
        """Whether readers ever could see it: then its address must live for ever."""
        return self.first_published_at is not None and self.first_published_at <= timezone.now()


class LinkedText(models.Model):
    """A term's texts as HTML in which other terms are linked; see glossary.linking.relinking.

    Made in the background. While it is missing, the page shows its texts without such links.
    """

    term = models.OneToOneField(Term, models.CASCADE, primary_key=True, related_name="linked_text")
    # The HTML of each text, by part: {"body": "...", "facts": [...], "tips": [...], ...}.
    html = models.JSONField()
    # The ids of the terms it links to. No foreign keys: a deleted term's pages must be found.
    links = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [GinIndex(fields=["links"], name="linked_text_links")]

    def __str__(self) -> str:
        return f"Links of {self.term}"


class MissedSearch(models.Model):
    """Something people searched for in vain: a word to write. Holds nothing about who asked."""

    query = models.CharField(max_length=100, unique=True)
    count = models.PositiveIntegerField(default=1)
    first_asked_at = models.DateTimeField(auto_now_add=True)
    last_asked_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-count", "-last_asked_at"]
        verbose_name_plural = "searches that found nothing"

    def __str__(self) -> str:
        return self.query


class Feedback(models.Model):
    """A reader's word on a page. Holds nothing about who sent it."""

    class Answer(models.TextChoices):
        YES = "yes", "It helped"
        NO = "no", "It did not help"
        WRONG = "wrong", "Something is wrong"

    term = models.ForeignKey(Term, models.CASCADE, related_name="feedback")
    answer = models.CharField(max_length=5, choices=Answer)
    text = models.TextField(blank=True, max_length=FEEDBACK_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)
    is_done = models.BooleanField("dealt with", default=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "feedback"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer__in=["yes", "no", "wrong"]),
                name="feedback_answer_is_listed",
            ),
            at_most(FEEDBACK_LENGTH, "text", "feedback_has_an_end"),
        ]

    def __str__(self) -> str:
        return f"{self.term}: {self.get_answer_display()}"


class FormerAddress(models.Model):
    """A slug that a term once had. It redirects; without a term it answers 410 Gone."""

    slug = models.SlugField("address", max_length=80, unique=True)
    term = models.ForeignKey(
        Term,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="former_addresses",
        help_text="Where it leads. Without one, it says that the page is gone.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "former addresses"

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        # One that readers could see before still has the address, on the site or off it.
        here = Term.objects.filter(slug=self.slug).first()
        if here and here.has_been_public:
            raise ValidationError(f"“{here}” has this address now: it can't lead elsewhere.")


class Deletion(models.Model):
    """What hung on a deleted term without being part of its page: it comes back with the term."""

    # No foreign key: there is no such term meanwhile.
    term_id = models.BigIntegerField(primary_key=True)
    # Rows of several tables as Django serializes them; see glossary.publishing.recovery.
    rows = models.JSONField()

    def __str__(self) -> str:
        return f"What hung on term {self.term_id}"


class Alias(TidyText):
    """Another name of a term, for search. Never the title of another one (a trigger holds that)."""

    class Kind(models.TextChoices):
        SYNONYM = "synonym"
        ABBREVIATION = "abbreviation"
        MISSPELLING = "misspelling"

    term = models.ForeignKey(Term, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=120, editable=False)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SYNONYM)
    never_link = models.BooleanField(
        default=False, help_text="An everyday word: other pages do not link it."
    )

    class Meta:
        # Synonyms before abbreviations.
        ordering = ["-kind", "name"]
        verbose_name_plural = "aliases"
        indexes = [
            models.Index(fields=["key"], opclasses=["varchar_pattern_ops"], name="alias_begins"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                name="alias_once",
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="Another alias has this name.",
            ),
            models.CheckConstraint(condition=~models.Q(key=""), name="alias_has_a_key"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = name_key(self.name)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        self.key = name_key(self.name)
        if not self.key:
            raise ValidationError({"name": "A name needs letters or digits."})
        other = Term.objects.filter(title_key=self.key).exclude(pk=self.term_id).first()
        if other:
            raise ValidationError({"name": f"This is the title of “{other}”."})
        # Those of its own term change with it: its form compares them.
        taken = Alias.objects.filter(key=self.key).exclude(term=self.term_id).first()
        if taken:
            raise ValidationError({"name": f"“{taken.term}” already has this alias."})


class TermPart(TidyText):
    """Something a term holds in an order that its editor chose."""

    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]


class Source(TermPart):
    """Where a term's claims were seen. Cited in the text by its place in the list: [^1]."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="sources")
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=120, blank=True)
    url = models.URLField("address", max_length=500)
    year = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(TermPart.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["term", "url"],
                name="source_once_per_term",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                condition=models.Q(year=None) | models.Q(year__range=(1800, 2100)),
                name="source_year_is_sane",
                violation_error_message="A year has four digits.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class KeyFact(TermPart):
    """A headline that stands alone, and the detail with its number."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="key_facts")
    headline = models.CharField(max_length=60)
    detail = models.CharField(max_length=400)
    source = models.ForeignKey(Source, models.SET_NULL, null=True, blank=True)

    class Meta(TermPart.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(detail__istartswith=models.F("headline")),
                name="key_fact_headline_is_its_own",
                violation_error_message="The headline must not be the detail cut off.",
            ),
        ]

    def __str__(self) -> str:
        return self.headline


class Tip(TermPart):
    """An action that someone can take this week."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="tips")
    text = models.CharField(max_length=400)

    class Meta(TermPart.Meta):
        pass

    def __str__(self) -> str:
        return self.text[:60]


class FAQ(TermPart):
    """A question as people ask it."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="faqs")
    question = models.CharField(max_length=200)
    answer = models.TextField(
        validators=[no_longer(ANSWER_LENGTH)],
        help_text="Markdown. May cite a source as [^1].",
    )

    class Meta(TermPart.Meta):
        verbose_name = "question"
        constraints = [at_most(ANSWER_LENGTH, "answer", "faq_answer_has_an_end")]

    def __str__(self) -> str:
        return self.question


class RelatedTerm(TermPart):
    """A term to read next, by an editor's choice."""

    class Kind(models.TextChoices):
        RELATED = "related"
        OFTEN_CONFUSED = "often-confused", "often confused"

    term = models.ForeignKey(Term, models.CASCADE, related_name="relations")
    other = models.ForeignKey(Term, models.CASCADE, related_name="related_from")
    kind = models.CharField(max_length=15, choices=Kind, default=Kind.RELATED)
    note = models.CharField(
        max_length=250, blank=True, help_text="What sets the two apart, in one line."
    )

    class Meta(TermPart.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["term", "other"],
                name="related_term_once",
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="This term is already in the list.",
            ),
            models.CheckConstraint(
                condition=~models.Q(term=models.F("other")),
                name="related_term_is_another",
                violation_error_message="A term is not related to itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term} → {self.other}"


class CareAdvice(TermPart):
    """What to do about an injury or illness, at most one text for each level."""

    class Level(models.TextChoices):
        SELF_CARE = "self-care", "What to do now"
        LEAVE_OUT = "leave-out", "What to leave out"
        SEE_SOMEONE = "see-someone", "See someone about it"
        SAME_DAY = "same-day", "Be seen the same day"
        EMERGENCY = "emergency", "Emergency: get help at once"

    URGENT_LEVELS = (Level.SAME_DAY, Level.EMERGENCY)

    term = models.ForeignKey(Term, models.CASCADE, related_name="care_advice")
    level = models.CharField(
        max_length=12,
        choices=Level,
        error_messages={
            "invalid_choice": "“%(value)s” is no level: write one of " + ", ".join(Level.values)
        },
    )
    text = models.TextField(validators=[no_longer(ANSWER_LENGTH)])

    class Meta(TermPart.Meta):
        verbose_name_plural = "care advice"
        constraints = [
            at_most(ANSWER_LENGTH, "text", "care_advice_has_an_end"),
            models.UniqueConstraint(
                fields=["term", "level"],
                name="care_advice_once_per_level",
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message="This level already has its text.",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    level__in=["self-care", "leave-out", "see-someone", "same-day", "emergency"]
                ),
                name="care_advice_level_is_listed",
                violation_error_message="There is no such level.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_level_display()
