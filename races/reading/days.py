"""The day that race pages go by: a race is upcoming, its entry open, a price valid on a day."""

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from races.models import Race
from races.models.races import zone_named
from web.generations import Turn


def midnight() -> Turn:
    """The next one of the site, or of any place that has a race: a day ends where the race is."""
    now = timezone.now()
    zones = {UTC, *filter(None, map(zone_named, Race.objects.zones()))}
    days = [(timezone.localdate(now, zone) + timedelta(days=1), zone) for zone in zones]
    return Turn(None, min(datetime.combine(day, time.min, zone) for day, zone in days))
