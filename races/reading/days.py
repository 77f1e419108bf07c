"""The day that race pages go by: a race is upcoming, its entry open, a price valid on a day."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from web.generations import Turn


def midnight() -> Turn:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return Turn(None, timezone.make_aware(datetime.combine(tomorrow, time.min)))
