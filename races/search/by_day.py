"""What a search found in a month, day by day: how many on each, which of them are named first."""

from collections.abc import Iterator
from datetime import date

import numpy as np
from django.db.models import Q

from races.search.columns import Array, Table


class DaysOf:
    """Of some editions, on which of the days from `begin` to `finish` each stands.

    A race of five days stands on five; one that is expected on a day on that; one of which the
    month alone is known on none.
    """

    def __init__(self, editions: Table, begin: date, finish: date) -> None:
        self.editions, self.begin, self.finish = editions, begin.toordinal(), finish.toordinal()
        is_day = editions.holds(Q(date_precision="day"))
        expected = editions["expected_on"].numbers
        self.is_expected = ~is_day
        self.first = np.where(is_day, editions["start_date"].numbers, expected)
        self.last = np.where(is_day, editions["end_date"].numbers, expected)
        # Of what has no day, both are NaN: it is never so.
        self.is_here = (self.first <= self.finish) & (self.last >= self.begin) & (self._size > 0)

    @property
    def placed(self) -> int:
        return int(np.count_nonzero(self.is_here))

    @property
    def unplaced(self) -> int:
        return int(np.count_nonzero(np.isnan(self.first)))

    def counts(self) -> Array:
        """Of each day, how many."""
        first, last = self._within(np.flatnonzero(self.is_here))
        begun = np.bincount(first, minlength=self._size + 1)
        ended = np.bincount(last + 1, minlength=self._size + 1)
        counts: Array = (np.cumsum(begun) - np.cumsum(ended))[: self._size]
        return counts

    def named(self, most: int) -> Iterator[Array]:
        """Of each day, the places in `editions` of the surest so many, the surest first."""
        here = np.flatnonzero(self.is_here)
        first, last = self._within(here)
        takes_more = first != last
        single, several = here[~takes_more], here[takes_more]
        by_day = np.argsort(first[~takes_more], kind="stable")
        single, begins = single[by_day], first[~takes_more][by_day]
        ends = np.searchsorted(begins, np.arange(self._size + 1))
        rank = self._rank()
        for day in range(self._size):
            runs = (first[takes_more] <= day) & (day <= last[takes_more])
            rows = np.concatenate([single[ends[day] : ends[day + 1]], several[runs]])
            if len(rows) > most:
                rows = rows[np.argpartition(rank[rows], most)[:most]]
            yield rows[np.argsort(rank[rows])]

    @property
    def _size(self) -> int:
        return max(self.finish - self.begin + 1, 0)

    def _within(self, rows: Array) -> tuple[Array, Array]:
        """The first and the last of its days that are here, counted from `begin`."""
        first = np.maximum(self.first[rows], self.begin) - self.begin
        last = np.minimum(self.last[rows], self.finish) - self.begin
        return first.astype(np.int64), last.astype(np.int64)

    def _rank(self) -> Array:
        """What is confirmed longest comes first, what is expected last; of equals by name."""
        confirmed = self.editions["confirmed_on"].numbers
        days = np.where(np.isnan(confirmed), date.max.toordinal(), confirmed).astype(np.int64)
        sure = days + self.is_expected * (date.max.toordinal() + 1)
        rank: Array = (sure << 32) + self.editions["by_name"].numbers.astype(np.int64)
        return rank
