"""What a term's page holds besides its own text: aliases, facts, tips, sources and the like."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from glossary.models.terms import Term
from glossary.models.tidy_text import TidyText, at_most, no_longer
from text.names import name_key

ANSWER_LENGTH = 2_000


class AliasQuerySet(models.QuerySet["Alias"]):
    def shown(self) -> "AliasQuerySet":
        """The names that readers see: misspellings and symptoms are there for search alone."""
        return self.filter(kind__in=Alias.SHOWN)

    def searched(self) -> "AliasQuerySet":
        """Not all: a misspelling in the index would stand in for words that are spelt right."""
        return self.exclude(kind=Alias.Kind.MISSPELLING)


class Alias(TidyText):
    """Another name of a term, or how people say what it does to them, for search.

    Never the title of another one (a trigger holds that).
    """

    class Kind(models.TextChoices):
        SYNONYM = "synonym"
        ABBREVIATION = "abbreviation"
        MISSPELLING = "misspelling"
        SYMPTOM = "symptom"

    SHOWN = (Kind.SYNONYM, Kind.ABBREVIATION)

    term = models.ForeignKey(Term, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=120, editable=False)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SYNONYM)
    never_link = models.BooleanField(
        default=False, help_text="An everyday word: other pages do not link it."
    )

    objects = AliasQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=models.Q(kind__in=["synonym", "abbreviation", "misspelling", "symptom"]),
                name="alias_kind_is_listed",
                violation_error_message="There is no such kind.",
            ),
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
