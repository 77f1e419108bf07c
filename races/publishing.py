"""What must follow when a public fact about a race has changed, whoever changed it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from glossary.publishing.versions import User
from races.history import addresses, versions
from races.models import Edition, Race
from races.reading.descriptions import link_soon
from races.search.text import index_races

# What readers and calendars go by: its change is told to whoever keeps the race.
TOLD = ("start_date", "end_date", "date_precision", "confirmed_on", "status", "status_note")


@dataclass(frozen=True)
class DateChange:
    """An edition, and what it was before."""

    edition: Edition
    was: Edition

    @property
    def is_news(self) -> bool:
        return any(getattr(self.edition, name) != getattr(self.was, name) for name in TOLD)


# What the app above does when dates have changed, told which and by whom (None: by a file).
Follower = Callable[[Sequence[DateChange], User], None]
followers: list[Follower] = []


def changed(
    races: Collection[Race],
    *,
    why: str = "",
    by: User = None,
    texts: bool = True,
    dates: Iterable[DateChange] = (),
    old_slugs: Mapping[int, str] | None = None,
) -> None:
    """To be called, in the transaction of the change, when races and their parts were saved; before
    that, of a race that was there already, versions.record_first().

    `why` is what the history says; empty: no version. `texts` says whether a description may have
    changed, so that its words are linked anew. `old_slugs` holds, by key, the address that a race
    had before.
    """
    stored = Race.objects.filter(pk__in=[race.pk for race in races]).order_by("pk")
    stored.update(updated_at=timezone.now())
    Edition.objects.filter(race__in=stored).work_out()
    index_races(stored)
    for race in stored:
        addresses.keep_addresses(race, old_slug=(old_slugs or {}).get(race.pk, ""))
        if texts:
            link_soon(race)
        if why:
            versions.record(race, by, why)
    news = [change for change in dates if change.is_news and change.edition.race.is_public]
    if news:
        for follow in followers:
            follow(news, by)
