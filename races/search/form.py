"""The form of the race search: it fills in a RaceSearch, and says what it could not."""

from typing import Any

from django import forms
from django.utils import timezone

from races.choices import DistanceClass, Sport
from races.countries import country_names
from races.search.criteria import SORTS, TEXT_LENGTH, RaceSearch, month_choices


class RaceSearchForm(forms.Form):
    """Its fields are those of RaceSearch. Anything unknown is an error by its field."""

    q = forms.CharField(
        label="Name, town or word", max_length=TEXT_LENGTH, required=False, strip=True,
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
        if RaceSearch(**cleaned).ends_before_it_begins:
            self.add_error("month_to", "This is before the first month.")
        return cleaned

    def search(self) -> RaceSearch:
        """What was asked for. A field with an error counts as empty."""
        self.is_valid()
        return RaceSearch(**self.cleaned_data)
