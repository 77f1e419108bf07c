"""What becomes of a report: one moderator's word, once."""

from django.db import transaction
from django.db.models import Min, OuterRef, QuerySet, Subquery
from django.utils import timezone

from organizers.models import Report, User
from races.models import Edition


class AlreadyDecided(Exception):  # noqa: N818 - reads as what it is
    """Another moderator was quicker; the text says who, and what they said."""


def soonest_race_first() -> QuerySet[Report]:
    """Each with `race_on`, the day of the race's next edition; of one race the oldest first."""
    ahead = Edition.objects.upcoming().filter(race=OuterRef("race")).order_by()
    days = ahead.values("race").annotate(day=Min("start_date")).values("day")
    return Report.objects.annotate(race_on=Subquery(days))


@transaction.atomic
def decide(report: Report, state: str, note: str, by: User) -> None:
    """Raises AlreadyDecided."""
    locked = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if not locked.is_open:
        who = locked.decided_by or "someone who has left"
        raise AlreadyDecided(
            f"Already decided: “{locked.get_state_display()}”, by {who}. Nothing was changed."
        )
    locked.state, locked.note, locked.decided_by = state, note.strip(), by
    locked.decided_at = timezone.now()
    locked.save()
