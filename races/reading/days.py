"""The day that race pages go by: a race is upcoming, its entry open, a price valid on a day."""

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from races.models import Race
from races.models.races import zone_named
from web.generations import Turn


def midnight() -> Turn:
    """The last one and the next of the site, or of any place that has a race: a day ends where the
    race is.
    """
    now = timezone.now()
    zones = {UTC, *filter(None, map(zone_named, Race.objects.zones()))}
    days = [(timezone.localdate(now, zone), zone) for zone in zones]
    return Turn(
        max(datetime.combine(day, time.min, zone) for day, zone in days),
        min(datetime.combine(day + timedelta(days=1), time.min, zone) for day, zone in days),
    )
