"""The race search as a form. Its field names are public: they stand in addresses people keep."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, When
from django.http import QueryDict
from django.utils import timezone

from races.choices import DistanceClass, Sport
from races.countries import country_names
from races.models import Edition, bracket
from races.models.querysets import SOONEST, EditionQuerySet
from races.search.text import text_query

MONTHS_AHEAD = 18
SORTS = [("", "Soonest first"), ("name", "By name")]


def month_choices(today: date) -> list[tuple[str, str]]:
    """This month and those ahead, as ("2027-03", "March 2027")."""
    months = []
    first = today.replace(day=1)
    for _ in range(MONTHS_AHEAD):
        months.append((f"{first:%Y-%m}", f"{first:%B %Y}"))
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return months


class RaceSearchForm(forms.Form):
    """Text, sport, distance, country, months, order. Anything unknown is an error by its field."""

    q = forms.CharField(
        label="Name, town or word", max_length=100, required=False, strip=True,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )  # fmt: skip
    sport = forms.ChoiceField(required=False)
    distance = forms.ChoiceField(required=False)
    country = forms.ChoiceField(required=False)
    month_from = forms.ChoiceField(label="From", required=False)
    month_to = forms.ChoiceField(label="To", required=False)
    sort = forms.ChoiceField(label="Order", required=False, choices=SORTS)

    def __init__(self, *args: Any, countries: list[str] | None = None, **kwargs: Any) -> None:
        """`countries` limits the list to those with a race; None offers them all."""
        super().__init__(*args, **kwargs)
        names = country_names()
        offered = {code: names[code] for code in names if countries is None or code in countries}
        months = month_choices(timezone.localdate())
        self._offer("sport", "Any sport", Sport.choices)
        self._offer("distance", "Any distance", DistanceClass.choices)
        self._offer("country", "Anywhere", list(offered.items()))
        self._offer("month_from", "Any time", months)
        self._offer("month_to", "Any time", months)

    def _offer(self, name: str, none: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", none), *choices]
        field.error_messages["invalid_choice"] = "This is not in the list; it was left out."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("month_from"), cleaned.get("month_to")
        if first and last and first > last:
            self.add_error("month_to", "This is before the first month.")
        return cleaned

    def editions(self) -> EditionQuerySet:
        """Upcoming editions that fit. A field with an error counts as empty."""
        self.is_valid()
        get = self.cleaned_data.get
        editions = Edition.objects.published().upcoming()
        text = get("q") or ""
        if query := text_query(text):
            editions = editions.filter(race__search=query)
        if sport := get("sport"):
            editions = editions.filter(race__sport=sport)
        if country := get("country"):
            editions = editions.filter(race__country=country)
        if distance := get("distance"):
            editions = editions.with_distance(distance)
        editions = editions.between(_first_day(get("month_from")), _last_day(get("month_to")))
        if get("sort") == "name":
            return editions.order_by("race__name", "end_date", "pk")
        if in_name := text_query(text, in_name=True):
            # Whoever types a race's name wants that race before others that mention its words.
            named_so = Case(When(race__search=in_name, then=0), default=1)
            return editions.order_by(named_so, *SOONEST)
        return editions.order_by(*SOONEST)


def _first_day(month: str | None) -> date | None:
    return date.fromisoformat(f"{month}-01") if month else None


def _last_day(month: str | None) -> date | None:
    return bracket(date.fromisoformat(f"{month}-01"), None, "month")[1] if month else None


SAVED_SEARCH_FIELDS = {"sport", "distance", "country"}


def validate_race_query(query: str) -> None:
    """A saved race search must be one that the search understands, today and in ten years."""
    data = QueryDict(query)
    unknown = set(data) - SAVED_SEARCH_FIELDS
    if unknown:
        raise ValidationError(f"The race search has no “{sorted(unknown)[0]}” to save.")
    form = RaceSearchForm(data)
    for field in form.errors:
        raise ValidationError(f"The race search does not know this {field}.")


def editions_for(race_query: str) -> EditionQuerySet:
    """Upcoming editions that fit a saved search and are going ahead, soonest first."""
    return RaceSearchForm(QueryDict(race_query)).editions().surely_ahead()
