"""What is new or changed in the glossary, and when anything in it last did."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from glossary.models import Term
from glossary.querysets import TermQuerySet
from web import content_version


def changes() -> TermQuerySet:
    """Published terms, the last significantly changed first."""
    return Term.objects.published().order_by("-changed_on", "title_key")


def is_new(term: Term) -> bool:
    """Whether it has not changed significantly since readers first could see it."""
    first = term.first_published_at
    # A day's grace between two clocks: an editor dates a change, the site notes a moment in UTC.
    return first is None or term.changed_on <= first.date() + timedelta(days=1)


def changed_at() -> datetime | None:
    """The last moment at which anything changed that a page of the glossary might show.

    One for all of it, since a page shows titles and definitions of other words too. None while it
    can't be told, shortly after a change.
    """
    settled = content_version.settled_at()
    appeared = Term.objects.filter(publish_at__lte=timezone.now()).aggregate(at=Max("publish_at"))
    return max(settled, appeared["at"] or settled) if settled else None
