"""Domain verbs for terms. Public reads start at published()."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Left, Upper
from django.utils import timezone

if TYPE_CHECKING:  # the names stand in quotes below
    from glossary.models import Category, Term  # noqa: F401


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
        """Adds `letter`, the heading a term stands under in A to Z: a letter, or a digit."""
        return self.annotate(letter=Upper(Left("title_key", 1)))
