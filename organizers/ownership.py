"""Which races are an organizer's; what one that is deleted takes along of theirs, and gets back
when recovered; and whose they are once two races are one.
"""

from collections.abc import Collection, Iterable

import reversion
from django.core.exceptions import ValidationError
from django.db.models import Model

from organizers.models import Listing, Organizer, Report, Submission
from races.history.rows import Rows
from races.history.versions import Follower
from races.models import Race

reversion.register(Listing)
# Whose proposal it was, and nothing of what they wrote.
reversion.register(Submission, fields=["race"])


def listed(races: Collection[int]) -> set[int]:
    """Those of these races, by their keys, that an organizer has listed."""
    found = Listing.objects.filter(race__in=races)
    return set(found.order_by().values_list("race_id", flat=True))


def _rows(race: Race) -> Iterable[Model]:
    yield from Listing.objects.filter(race=race)
    yield from Submission.objects.filter(race=race)


def _recover(race: Race, rows: Rows) -> None:
    for row in rows[Listing]:
        organizer = Organizer.objects.filter(pk=row.values["organizer_id"]).first()
        if organizer and not Listing.objects.filter(race=race).exists():
            Listing.objects.create(organizer=organizer, race=race)
            Listing.objects.filter(race=race).update(since=row.values["since"])
    pks = [row.pk for row in rows[Submission]]
    Submission.objects.filter(pk__in=pks, race=None).update(race=race)


def _merge(kept: Race, other: Race) -> None:
    # Before their listings, as an organizer that leaves has them.
    Submission.objects.filter(race=other).update(race=kept)
    mine = Listing.objects.filter(race=kept).first()
    theirs = Listing.objects.filter(race=other).first()
    if mine and theirs and mine.organizer_id != theirs.organizer_id:
        raise ValidationError(
            f"{mine.organizer} lists the one and {theirs.organizer} the other: settle with them"
            " whose it is, and delete one listing first."
        )
    if mine and theirs:
        theirs.delete()
    for model in (Listing, Report):
        model._default_manager.filter(race=other).update(race=kept)


follower = Follower(rows=_rows, recover=_recover, merge=_merge)
