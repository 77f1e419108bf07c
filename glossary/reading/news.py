"""What is new or changed in the glossary."""

from datetime import timedelta

from django.db.models import Max, Min, Q
from django.utils import timezone

from glossary.models import Term, TermQuerySet
from web.generations import Turn


def new_and_changed() -> TermQuerySet:
    """Published terms, the last significantly changed first."""
    return Term.objects.published().order_by("-changed_on", "title_key")


def is_new(term: Term) -> bool:
    """Whether it has not changed significantly since readers first could see it."""
    first = term.first_published_at
    # A day's grace between two clocks: an editor dates a change, the site notes a moment in UTC.
    return first is None or term.changed_on <= first.date() + timedelta(days=1)


def appearances() -> Turn:
    """When a planned term became public last and does next, for which no row need change."""
    now = timezone.now()
    planned = Term.objects.aggregate(
        last=Max("publish_at", filter=Q(publish_at__lte=now)),
        next=Min("publish_at", filter=Q(publish_at__gt=now)),
    )
    return Turn(**planned)
