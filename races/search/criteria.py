"""A race search as a value: the page, the form, a term's races and links to a search speak it.

Its query string is public: it stands in addresses people keep.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Case, When
from django.http import QueryDict
from django.utils import timezone

from races.choices import DistanceClass, Sport
from races.countries import country_names
from races.models import Edition, bracket
from races.models.querysets import EditionQuerySet
from races.search.text import text_query

MONTHS_AHEAD = 18
TEXT_LENGTH = 100
SORTS = [("", "Soonest first"), ("name", "By name")]
SAVED = {"sport", "distance", "country"}


def month_choices(today: date) -> list[tuple[str, str]]:
    """This month and those ahead, as ("2027-03", "March 2027")."""
    months = []
    first = today.replace(day=1)
    for _ in range(MONTHS_AHEAD):
        months.append((f"{first:%Y-%m}", f"{first:%B %Y}"))
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return months


def _is_month(value: str) -> bool:
    return value in dict(month_choices(timezone.localdate()))


@dataclass(frozen=True)
class RaceSearch:
    """What is empty is not asked for. A month is “2027-03”."""

    q: str = ""
    sport: str = ""
    distance: str = ""
    country: str = ""
    month_from: str = ""
    month_to: str = ""
    sort: str = ""

    @classmethod
    def from_query(cls, query: QueryDict | str) -> "RaceSearch":
        """What is unknown or wrong counts as not asked for; the form says so beside its field."""
        said = QueryDict(query) if isinstance(query, str) else query
        values = {field.name: said.get(field.name, "") for field in fields(cls)}
        values["q"] = values["q"].strip()
        known = {name: value for name, value in values.items() if value and KNOWN[name](value)}
        search = cls(**known)
        return replace(search, month_to="") if search.ends_before_it_begins else search

    def to_query(self) -> str:
        return urlencode({name: value for name, value in asdict(self).items() if value})

    @property
    def ends_before_it_begins(self) -> bool:
        return bool(self.month_from and self.month_to) and self.month_from > self.month_to

    @property
    def is_filtered(self) -> bool:
        return replace(self, sort="") != RaceSearch()

    def editions(self) -> EditionQuerySet:
        """The upcoming editions that fit, in its order."""
        editions = Edition.objects.published().upcoming()
        if query := text_query(self.q):
            editions = editions.filter(race__search=query)
        if self.sport:
            editions = editions.filter(race__sport=self.sport)
        if self.country:
            editions = editions.filter(race__country=self.country)
        if self.distance:
            editions = editions.with_distance(self.distance)
        editions = editions.between(_first_day(self.month_from), _last_day(self.month_to))
        if self.sort == "name":
            return editions.order_by("race__name", "end_date", "pk")
        if in_name := text_query(self.q, in_name=True):
            # Whoever types a race's name wants that race before others that mention its words.
            named_so = Case(When(race__search=in_name, then=0), default=1)
            return editions.soonest_first(named_so)
        return editions.soonest_first()


KNOWN: dict[str, Callable[[str], bool]] = {
    "q": lambda text: len(text) <= TEXT_LENGTH and "\x00" not in text,
    "sport": lambda sport: sport in Sport.values,
    "distance": lambda distance: distance in DistanceClass.values,
    "country": lambda country: country in country_names(),
    "month_from": _is_month,
    "month_to": _is_month,
    "sort": lambda sort: sort in dict(SORTS),
}


def _first_day(month: str) -> date | None:
    return date.fromisoformat(f"{month}-01") if month else None


def _last_day(month: str) -> date | None:
    return bracket(date.fromisoformat(f"{month}-01"), None, "month")[1] if month else None


def validate_race_query(query: str) -> None:
    """A saved race search must be one that the search understands, today and in ten years."""
    said = QueryDict(query)
    unknown = set(said) - SAVED
    if unknown:
        raise ValidationError(f"The race search has no “{sorted(unknown)[0]}” to save.")
    search = RaceSearch.from_query(said)
    for name, value in said.items():
        if value != getattr(search, name):
            raise ValidationError(f"The race search does not know this {name}.")
