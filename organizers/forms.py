"""What a race director types: the profile, a race, its next edition, and its distances."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict, ErrorList
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify

from glossary.names import name_key
from organizers.models import Organizer
from races.choices import DatePrecision, RegistrationState
from races.forms import month_choices
from races.models import Distance, Edition, PriceTier, Race, bracket

MAX_DISTANCES = 12
DESCRIPTION_LENGTH = 10_000
METRES_IN_A_MILE = Decimal("1609.344")
UNITS = [
    ("km", "km"),
    ("mi", "miles"),
    ("m", "metres"),
    ("h", "hours (timed race)"),
    ("loop", "km a loop (backyard)"),
]


class DateInput(forms.DateInput):
    """The browser's own date picker, which wants ISO dates whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _say_kindly(form: forms.BaseForm) -> None:
    """Django's words for what is missing, and its row of dashes, put plainly."""
    for field in form.fields.values():
        field.error_messages["required"] = "This can’t be empty."
        if isinstance(field, forms.ChoiceField):
            choices = cast(list[tuple[str, str]], field.choices)
            field.choices = [(value, label if value else "Choose") for value, label in choices]


class OrganizerForm(forms.ModelForm[Organizer]):
    class Meta:
        model = Organizer
        fields = ["name", "website", "contact_email"]
        labels = {"name": "Name of the organizer", "contact_email": "Contact email"}
        help_texts = {"name": "The club, the company or yourself. It stands on your race pages."}

    website = forms.URLField(max_length=300, required=False, assume_scheme="https")


class RaceForm(forms.ModelForm[Race]):
    class Meta:
        model = Race
        fields = ["name", "sport", "city", "region", "country", "website", "description"]
        labels = {"name": "Name of the race", "city": "Town where it starts"}
        help_texts = {
            "name": "Without the year: the page stays, the editions come and go.",
            "city": "",
            "description": "What a runner should know: the course, its character, how to get "
            "there. A few plain sentences; Markdown is fine.",
        }

    website = forms.URLField(label="Official website", max_length=300, assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_kindly(self)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not slugify(name):
            raise ValidationError("The name needs a letter or a digit of the Latin alphabet.")
        return name

    def clean_description(self) -> str:
        text: str = self.cleaned_data["description"]
        if len(text) > DESCRIPTION_LENGTH:
            raise ValidationError(f"This is longer than {DESCRIPTION_LENGTH:,} characters.")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name, country = cleaned.get("name"), cleaned.get("country")
        if name and country:
            listed = Race.objects.published().filter(country=country).values_list("name", flat=True)
            if name_key(name) in map(name_key, listed):
                self.add_error(
                    "name",
                    "A race of this name is already listed in this country. If it is yours, "
                    f"write to {settings.CONTACT_EMAIL}.",
                )
        return cleaned


class EditionForm(forms.ModelForm[Edition]):
    class Meta:
        model = Edition
        fields = ["registration_url", "registration_state"]

    start_date = forms.DateField(
        label="Day", required=False, widget=DateInput, help_text="The first day, if it has several."
    )
    end_date = forms.DateField(
        label="Last day",
        required=False,
        widget=DateInput,
        help_text="Only if it lasts longer than a day.",
    )
    is_confirmed = forms.BooleanField(
        label="This date is final",
        required=False,
        help_text="We show “confirmed by the organizer” with the day you send this.",
    )
    month = forms.ChoiceField(
        label="Or the month, if the day is not fixed yet",
        required=False,
        help_text="We show it as “May 2027, day not yet known”.",
    )
    registration_url = forms.URLField(
        label="Registration link", max_length=300, required=False, assume_scheme="https"
    )
    registration_state = forms.ChoiceField(
        label="Registration", required=False, choices=RegistrationState.choices
    )
    field_order = ["start_date", "end_date", "is_confirmed", "month"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        month = self.fields["month"]
        assert isinstance(month, forms.ChoiceField)  # noqa: S101 - for the type checker
        month.choices = [("", "The day is known"), *month_choices(timezone.localdate())]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end, month = (cleaned.get(name) for name in ("start_date", "end_date", "month"))
        if "start_date" in self.errors or "month" in self.errors:
            return cleaned
        if not start and not month:
            self.add_error("start_date", "Give the day, or choose a month below.")
        elif start and month:
            self.add_error("month", "Give the day or the month, not both.")
        elif start and start < timezone.localdate():
            self.add_error("start_date", "This day has passed. List the next edition.")
        elif start and start.year > timezone.localdate().year + 5:
            self.add_error("start_date", "This is more than five years ahead. Is the year right?")
        elif start and end and end < start:
            self.add_error("end_date", "The last day can’t be before the first.")
        elif start and end and (end - start).days > 60:
            self.add_error("end_date", "This is more than 60 days after the start. Is it right?")
        elif not start and end:
            self.add_error("end_date", "Give the first day too.")
        elif cleaned.get("is_confirmed") and not start:
            self.add_error("is_confirmed", "Only a date known to the day can be final.")
        return cleaned

    def save(self, commit: bool = True) -> Edition:
        edition, values = self.instance, self.cleaned_data
        if values["start_date"]:
            dates = values["start_date"], values["end_date"], DatePrecision.DAY
        else:
            dates = date.fromisoformat(f"{values['month']}-01"), None, DatePrecision.MONTH
        edition.date_precision = dates[2]
        edition.start_date, edition.end_date = bracket(*dates)
        edition.save()
        return edition


class DistanceForm(forms.ModelForm[Distance]):
    class Meta:
        model = Distance
        fields = ["name", "legs", "start_time", "ascent_metres", "surface", "entry", "capacity"]
        labels = {
            "name": "Name",
            "legs": "Legs, for multisport",
            "ascent_metres": "Climb, in metres",
            "capacity": "Number of places",
        }
        help_texts = {"legs": "Such as: 1.5 km swim, 40 km bike, 10 km run."}
        widgets = {"start_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    length = forms.DecimalField(
        label="Length",
        max_digits=9,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.05")), MaxValueValidator(Decimal(100_000))],
        help_text="For multisport, all legs together.",
    )
    unit = forms.ChoiceField(choices=UNITS, initial="km")
    cut_off = forms.CharField(
        label="Cut-off, in hours",
        required=False,
        validators=[
            RegexValidator(r"^\d{1,3}(:[0-5]\d)?$", "Write hours, or hours:minutes: 7:30.")
        ],
        help_text="Such as 7:30. Empty: none, or not known.",
    )
    price = forms.DecimalField(
        label="Entry fee, from",
        required=False,
        max_digits=9,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = forms.CharField(
        required=False,
        validators=[RegexValidator("^[A-Za-z]{3}$", "Three letters, such as EUR, GBP or USD.")],
        help_text="Three letters: EUR, GBP, USD.",
    )
    field_order = ["name", "legs", "length", "unit", "start_time", "cut_off"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_kindly(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("price") is not None and not cleaned.get("currency"):
            if "currency" not in self.errors:
                self.add_error("currency", "A fee needs its currency.")
        elif (
            cleaned.get("currency") and cleaned.get("price") is None and "price" not in self.errors
        ):
            self.add_error("price", "A currency needs the fee.")
        if cleaned.get("unit") == "m" and cleaned.get("length", 1) < 1:
            self.add_error("length", "This is less than a metre.")
        return cleaned

    def save(self, commit: bool = True) -> Distance:
        distance, values = self.instance, self.cleaned_data
        length, unit = values["length"], values["unit"]
        if unit == "h":
            distance.minutes = round(length * 60)
        elif unit == "loop":
            distance.loop_metres = round(length * 1000)
        else:
            distance.metres = round(length * {"km": 1000, "m": 1, "mi": METRES_IN_A_MILE}[unit])
        if values["cut_off"]:
            hours, _, minutes = values["cut_off"].partition(":")
            distance.cut_off_minutes = int(hours) * 60 + int(minutes or 0)
        distance.save()
        if values["price"] is not None:
            PriceTier.objects.create(
                distance=distance,
                name="From",
                amount=values["price"],
                currency=values["currency"].upper(),
            )
        return distance


class BaseDistanceFormSet(BaseFormSet[DistanceForm]):
    default_error_messages = {  # noqa: RUF012
        "missing_management_form": "The form arrived incomplete. Please send it again.",
        "too_few_forms": "List at least one distance.",
        "too_many_forms": f"At most {MAX_DISTANCES} distances.",
    }

    @cached_property
    def forms(self) -> list[DistanceForm]:
        forms = super().forms
        # Any row may be cleared, the first too, as long as one is left.
        for first in forms[:1]:
            first.empty_permitted = any(form.has_changed() for form in forms)
        return forms

    def filled(self) -> list[DistanceForm]:
        """The rows somebody wrote in. A row left empty is no distance."""
        return [form for form in self.forms if form.has_changed()]

    def silence(self) -> None:
        """Have no errors of its own, as if it had been cleaned."""
        self._errors = [ErrorDict() for _ in self.forms]
        self._non_form_errors = ErrorList()

    def clean(self) -> None:
        names: set[str] = set()
        for form in self.filled():
            name = form.cleaned_data.get("name") or ""
            key = name_key(name) or name
            if key and key in names:
                form.add_error("name", "Another distance has this name.")
            names.add(key)


DistanceFormSet: type[BaseDistanceFormSet] = formset_factory(  # type: ignore[assignment]
    DistanceForm,
    formset=BaseDistanceFormSet,
    extra=0,
    min_num=1,
    validate_min=True,
    max_num=MAX_DISTANCES,
    validate_max=True,
    absolute_max=MAX_DISTANCES + 1,
)
