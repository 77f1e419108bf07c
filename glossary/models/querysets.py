"""Domain verbs for terms. Public reads start at published()."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Left, Upper
from django.utils import timezone

if TYPE_CHECKING:  # the names stand in quotes below
    from glossary.models import Category, Term  # noqa: F401

# The heading of words that begin with a digit.
DIGITS = "0–9"


class TermQuerySet(models.QuerySet["Term"]):
    def published(self) -> "TermQuerySet":
        now = timezone.now()
        is_due = Q(publish_at__isnull=True) | Q(publish_at__lte=now)
        return self.filter(is_due, state="published")

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
