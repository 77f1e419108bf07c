"""The form of the race search: what is typed. What is chosen of a facet comes by links."""

from collections.abc import Iterable
from functools import cache

from django import forms
from django.urls import reverse_lazy
from django.utils.safestring import SafeString

from races.search import days
from races.search.criteria import TEXT_LENGTH, UNITS, Problem, RaceSearch

TYPED = ("q", "near", "within", "unit", "start", "end", "longer", "shorter", "price", "currency")
DAY = forms.DateInput(attrs={"type": "date"})
NUMBER = {"inputmode": "decimal", "autocomplete": "off", "size": 6}


class TypedField(forms.BoundField):
    def as_field_group(self) -> SafeString:
        """An empty field is drawn once in a process: most are, and each takes three templates."""
        is_empty = not (self.value() or self.errors)
        return _empty_field(self.name) if is_empty else self.drawn()

    def drawn(self) -> SafeString:
        drawn: SafeString = super().as_field_group()
        return drawn


class RaceSearchForm(forms.Form):
    """Shows a RaceSearch. It is read by races.search.criteria.read(), which says what was wrong."""

    bound_field_class = TypedField

    q = forms.CharField(
        label="What, where, when",
        max_length=TEXT_LENGTH,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "placeholder": "10k near Lyon in spring",
                "enterkeyhint": "search",
            }
        ),
    )
    near = forms.CharField(
        label="Near a town",
        max_length=TEXT_LENGTH,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "placeholder": "Lyon, France",
                "data-suggestions": reverse_lazy("races:places"),
            }
        ),
    )
    within = forms.CharField(label="Within", widget=forms.TextInput(attrs=NUMBER))
    unit = forms.ChoiceField(label="Unit", choices=UNITS)
    start = forms.CharField(label="From", widget=DAY)
    end = forms.CharField(label="To", widget=DAY)
    longer = forms.CharField(label="At least", widget=forms.TextInput(attrs=NUMBER))
    shorter = forms.CharField(label="At most", widget=forms.TextInput(attrs=NUMBER))
    price = forms.CharField(label="Entry up to", widget=forms.TextInput(attrs=NUMBER))
    currency = forms.CharField(
        label="Currency",
        max_length=3,
        widget=forms.TextInput(attrs={"placeholder": "EUR", "size": 4, "autocomplete": "off"}),
    )

    def __init__(self, search: RaceSearch, problems: Iterable[Problem] = ()) -> None:
        said = {name: value for name, value in search.values() if name in self.base_fields}
        start, end = days.day_or_month(search.start), days.day_or_month(search.end)
        said |= {"start": start[0].isoformat()} if start else {}
        said |= {"end": end[1].isoformat()} if end else {}
        # What was typed is kept, wrong or not.
        wrong = {problem.name: problem for problem in problems if problem.name in self.base_fields}
        said |= {name: problem.value for name, problem in wrong.items()}
        super().__init__(said)
        for name, field in self.fields.items():
            field.required = False
            if name in wrong and isinstance(field.widget, forms.DateInput):
                # A box for dates shows nothing of what is no date.
                field.widget = forms.TextInput()
        self.full_clean()
        self.errors.clear()
        for name, problem in wrong.items():
            self.add_error(name, problem.message)

    @property
    def is_needed(self) -> bool:
        """Whether more than the one line must be seen: what is chosen is said above the list."""
        return bool(self.errors)


@cache
def _empty_field(name: str) -> SafeString:
    field = RaceSearchForm(RaceSearch())[name]
    assert isinstance(field, TypedField)  # noqa: S101 - as the form says
    return field.drawn()
