"""The year ahead as an elevation profile: how many races each month holds."""

from dataclasses import dataclass

from django.db.models import Count
from django.db.models.functions import ExtractMonth, ExtractYear
from django.utils import timezone

from races.models import Edition
from races.search.criteria import RaceSearch
from races.search.facets import month_choices
from web.drawing import Profile, profile_of


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


def year_ahead() -> Year:
    """The next twelve months. A race counts in each month that the race search would show it in."""
    choices = month_choices(timezone.localdate())[:12]
    rows = (
        Edition.objects.published()
        .upcoming()
        .exclude(date_precision="year")
        .values(
            from_year=ExtractYear("start_date"),
            from_month=ExtractMonth("start_date"),
            to_year=ExtractYear("end_date"),
            to_month=ExtractMonth("end_date"),
        )
        .annotate(count=Count("pk"))
    )
    months = [Month(value, name, 0) for value, name in choices]
    for row in rows:
        first = f"{row['from_year']}-{row['from_month']:02}"
        last = f"{row['to_year']}-{row['to_month']:02}"
        for month in months:
            if first <= month.value <= last:
                month.count += row["count"]
    return Year(months, profile_of([(month.short, month.count) for month in months]))
