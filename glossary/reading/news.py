"""What is new or changed in the glossary."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from glossary.models import Term, TermQuerySet


def new_and_changed() -> TermQuerySet:
    """Published terms, the last significantly changed first."""
    return Term.objects.published().order_by("-changed_on", "title_key")


def is_new(term: Term) -> bool:
    """Whether it has not changed significantly since readers first could see it."""
    first = term.first_published_at
    # A day's grace between two clocks: an editor dates a change, the site notes a moment in UTC.
    return first is None or term.changed_on <= first.date() + timedelta(days=1)


def last_appeared() -> datetime | None:
    """When a planned term last became public, for which no row need have changed."""
    planned = Term.objects.filter(publish_at__lte=timezone.now())
    at: datetime | None = planned.aggregate(at=Max("publish_at"))["at"]
    return at
