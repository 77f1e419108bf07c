"""The year ahead as an elevation profile: how many races each month holds."""

from dataclasses import dataclass

from django.utils import timezone

from races.search.criteria import RaceSearch
from races.search.facets import month_choices
from races.search.index import answer
from web.drawing import Point, Profile, profile_of


@dataclass
class Month:
    """`value` as a race search has it, "2027-03"; `name` as people say it, "March 2027"."""

    value: str
    name: str
    count: int

    @property
    def short(self) -> str:
        return self.name[:3]

    @property
    def query(self) -> str:
        return RaceSearch(when=(self.value,)).to_query()


@dataclass
class Year:
    months: list[Month]
    profile: Profile

    @property
    def peak(self) -> Month | None:
        """The month that holds the most races, of several the first; None where none holds any."""
        peak = max(self.months, key=lambda month: month.count)
        return peak if peak.count else None

    @property
    def marks(self) -> list[tuple[str, Point]]:
        """This month, and the peak if it is another."""
        points, peak = self.profile.points, self.peak
        marks = [("now", points[0])]
        if peak and peak is not self.months[0]:
            marks.append(("peak", points[self.months.index(peak)]))
        return marks


def year_ahead() -> Year:
    """The next twelve months. A race counts in each month that the race search would show it in."""
    counts = answer(RaceSearch()).counts["when"]
    choices = month_choices(timezone.localdate())[:12]
    months = [Month(value, name, counts[value]) for value, name in choices]
    return Year(months, profile_of([(month.short, month.count) for month in months]))
