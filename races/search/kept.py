"""The races of somebody's list: as an address names them, by the numbers that stay when a name or
an address changes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from races.models import Edition, Race
from races.search.cards import cards

MOST = 100
# Of an address. No number of a row is longer.
KEY = re.compile(r"[1-9][0-9]{0,17}")


def keys_in(text: str) -> list[int]:
    """The numbers of “12,3,12”, once each, at most MOST, in order; rubbish is left out."""
    keys = dict.fromkeys(int(part) for part in text.split(",") if KEY.fullmatch(part.strip()))
    return sorted(list(keys)[:MOST])


@dataclass(frozen=True)
class Kept:
    """`editions` are the next ones, the soonest first; `over` are races of which none is known;
    `gone` are the numbers of what is not on the site.
    """

    keys: list[int]
    editions: list[Edition] = field(default_factory=list)
    over: list[Race] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    @property
    def shown(self) -> list[int]:
        return sorted(edition.race_id for edition in self.editions)

    @property
    def left(self) -> list[int]:
        """What has left the list."""
        return sorted([race.pk for race in self.over] + self.gone)


def kept(keys: Iterable[int]) -> Kept:
    """The public ones among these races, in a fixed number of queries."""
    keys = list(keys)
    races = Race.objects.published().filter(pk__in=keys).prefetch_related("editions")
    by_key = {race.pk: race for race in races}
    ahead = {race.pk: race.next_edition() for race in by_key.values()}
    editions = cards([edition.pk for edition in ahead.values() if edition])
    return Kept(
        keys,
        sorted(editions, key=_day),
        [race for race in by_key.values() if not ahead[race.pk]],
        [key for key in keys if key not in by_key],
    )


def _day(edition: Edition) -> tuple[object, str]:
    """As a race search sorts: by the day that is known or expected, of a month its end."""
    return (edition.days[0] if edition.days else edition.end_date, edition.race.name)
