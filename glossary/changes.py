"""What is new or changed in the glossary, and when anything in it last did."""

from datetime import datetime, timedelta

from django.db.models import Max, Q, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone

from glossary.models import Category, FormerAddress, Term
from glossary.querysets import TermQuerySet


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

    One stamp for all of it, since a page shows titles and definitions of other words too. It counts
    hidden words as well: one that was just hidden has changed the pages that named it.
    """
    removed = FormerAddress.objects.order_by("-created_at").values("created_at")[:1]
    shelved = Category.objects.order_by("-updated_at").values("updated_at")[:1]
    appeared = Max("publish_at", filter=Q(publish_at__lte=timezone.now()))
    latest = Greatest(Max("updated_at"), appeared, Subquery(removed), Subquery(shelved))
    changed: datetime | None = Term.objects.aggregate(latest=latest)["latest"]
    return changed
