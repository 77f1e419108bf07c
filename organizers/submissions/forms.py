"""What a race director types: a race, its next edition, and its distances."""

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

from organizers.submissions.numbers import LONGEST, plain, read_number, split_unit
from organizers.submissions.plausible import (
    climb_question,
    cut_off_question,
    fee_question,
    length_question,
    loop_question,
    places_question,
    timed_question,
)
from organizers.submissions.typed_fields import (
    AskingForm,
    HoursField,
    LengthField,
    MoneyField,
    WholeNumberField,
)
from races.choices import DatePrecision, RegistrationState
from races.models import Distance, Edition, PriceTier, Race, bracket
from races.search.facets import month_choices
from races.templatetags.race_tags import climb, duration, short
from text.names import name_key

MAX_DISTANCES = 12
# In metres, the hour in minutes.
SIZES = {"km": Decimal(1000), "mi": Decimal("1609.344"), "m": Decimal(1), "h": Decimal(60)}
UNITS = [
    ("km", "km"),
    ("mi", "miles"),
    ("m", "metres"),
    ("h", "hours (timed race)"),
    ("loop", "km a loop (backyard)"),
]
UNIT_WORDS = {
    word: unit
    for unit, words in {
        "km": "km kms k kilometre kilometres kilometer kilometers",
        "mi": "mi mile miles",
        "m": "m metre metres meter meters",
        "h": "h hr hrs hour hours",
    }.items()
    for word in words.split()
}
# What a number that can be read in two ways is rather read as.
BELIEVED = {"metres": (100, 9_999_000), "loop_metres": (100, 100_000), "minutes": (10, 60_000)}
LENGTH_VALIDATORS = [MinValueValidator(Decimal("0.05")), MaxValueValidator(Decimal(100_000))]


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


class RaceForm(forms.ModelForm[Race]):
    class Meta:
        model = Race
        fields = [
            "name",
            "latin_name",
            "sport",
            "city",
            "region",
            "country",
            "website",
            "description",
        ]
        labels = {
            "name": "Name of the race",
            "latin_name": "The name in Latin letters",
            "city": "Town where it starts",
        }
        help_texts = {
            "name": "In its own script, and without the year: the page stays, the editions come "
            "and go.",
            "latin_name": "Only if the name above is in another script. Both are shown and found.",
            "city": "",
            "description": "What a runner should know: the course, its character, how to get "
            "there. A few plain sentences; Markdown is fine.",
        }

    website = forms.URLField(label="Official website", max_length=300, assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_kindly(self)
        self.fields["name"].error_messages["taken"] = (
            "We already have a race of this name in this country. If it is yours, "
            f"write to {settings.CONTACT_EMAIL}."
        )


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
        help_text="We show it as “May 2027, day not known yet”.",
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


class DistanceForm(AskingForm, forms.ModelForm[Distance]):
    class Meta:
        model = Distance
        fields = [
            "name", "legs", "start_time", "ascent_metres", "surface", "entry", "capacity",
            "wheelchair",
        ]  # fmt: skip
        labels = {"name": "Name", "legs": "Legs, for multisport"}
        help_texts = {"legs": "Such as: 1.5 km swim, 40 km bike, 10 km run."}
        widgets = {"start_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    length = LengthField(label="Length", help_text="For multisport, all legs together.")
    unit = forms.ChoiceField(choices=UNITS, initial="km")
    cut_off = HoursField(
        label="Cut-off, in hours",
        required=False,
        max_length=LONGEST,
        help_text="Such as 7:30. Empty: none, or not known.",
    )
    ascent_metres = WholeNumberField(
        label="Climb, in metres", required=False, min_value=0, in_metres=True
    )
    capacity = WholeNumberField(label="Number of places", required=False, min_value=0)
    price = MoneyField(
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
    field_order = [
        "name", "legs", "length", "unit", "start_time", "cut_off", "ascent_metres", "surface",
        "entry", "capacity", "wheelchair", "price", "currency",
    ]  # fmt: skip

    def __init__(self, *args: Any, sport: str = "", asks: bool = True, **kwargs: Any) -> None:
        """`sport` is the race's, as far as it is known: what can be believed depends on it."""
        super().__init__(*args, **kwargs)
        self.sport, self.asks = sport, asks
        _say_kindly(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("length") and cleaned.get("unit"):
            self._read_length(cleaned["length"], cleaned["unit"])
        if cleaned.get("price") is not None and not cleaned.get("currency"):
            if "currency" not in self.errors:
                self.add_error("currency", "A fee needs its currency.")
        elif (
            cleaned.get("currency") and cleaned.get("price") is None and "price" not in self.errors
        ):
            self.add_error("price", "A currency needs the fee.")
        self._say_back_and_ask()
        return cleaned

    def _read_length(self, typed: str, chosen: str) -> None:
        """Put the measure into the distance, or say by the length what is wrong with it."""
        text, word = split_unit(typed)
        unit = UNIT_WORDS.get(word, "") if word else "km" if chosen == "loop" else chosen
        meanings = read_number(text).all
        if not unit or not meanings:
            self.add_error("length", "Write a number, such as 42.195, and choose its unit.")
            return
        # Kilometres may be just what nobody has changed.
        if unit != chosen and not (chosen == "km" or (chosen == "loop" and unit != "h")):
            wrote, chose = dict(UNITS)[unit], dict(UNITS)[chosen]
            self.add_error("length", f"You wrote {wrote} and chose {chose}. Which is it?")
            return
        measure = "loop_metres" if chosen == "loop" else "minutes" if unit == "h" else "metres"
        least, most = BELIEVED[measure]
        believed = [number for number in meanings if least <= number * SIZES[unit] <= most]
        number = believed[0] if len(believed) == 1 else meanings[0]
        try:
            for validate in LENGTH_VALIDATORS:
                validate(number)
        except ValidationError as error:
            self.add_error("length", error)
            return
        if unit == "m" and number < 1:
            self.add_error("length", "This is less than a metre.")
            return
        setattr(self.instance, measure, round(number * SIZES[unit]))
        self.understood["length"] = said = _said_length(number, unit, measure)
        if len(meanings) == 2 and len(believed) != 1:
            other = plain(meanings[1])
            text = f"This can be read as {plain(number)} or as {other}. We read it as {said}."
            self.ask("length", f"{text} If that is wrong, write {other}.", said)

    def _say_back_and_ask(self) -> None:
        """What was understood of each number, and what is hard to believe about it."""
        get, distance, said = self.cleaned_data.get, self.instance, self.understood
        length = said.get("length", "")
        if distance.metres and length:
            self.ask("length", length_question(self.sport, distance.metres), length)
        elif distance.loop_metres and length:
            self.ask("length", loop_question(distance.loop_metres), length)
        elif distance.minutes and length:
            self.ask("length", timed_question(distance.minutes), length)
        if minutes := get("cut_off"):
            said["cut_off"] = duration(minutes)
            question = cut_off_question(self.sport, distance.metres, distance.minutes, minutes)
            self.ask("cut_off", question, f"{said['cut_off']} for {length}")
        if (metres := get("ascent_metres")) is not None:
            said["ascent_metres"] = climb(metres)
            question = climb_question(self.sport, distance.metres, metres)
            self.ask("ascent_metres", question, f"{said['ascent_metres']} over {length}")
        if (places := get("capacity")) is not None:
            said["capacity"] = f"{places:,} place{'' if places == 1 else 's'}"
            self.ask("capacity", places_question(places), said["capacity"])
        if (price := get("price")) is not None and (currency := get("currency")):
            said["price"] = f"{price:,.{2 if price % 1 else 0}f} {currency.upper()}"
            self.ask("price", fee_question(price, currency.upper()), said["price"])

    def save(self, commit: bool = True) -> Distance:
        distance, values = self.instance, self.cleaned_data
        distance.cut_off_minutes = values["cut_off"]
        distance.save()
        if values["price"] is not None:
            PriceTier.objects.create(
                distance=distance,
                name="From",
                amount=values["price"],
                currency=values["currency"].upper(),
            )
        return distance


def _said_length(number: Decimal, unit: str, measure: str) -> str:
    """“160.9 km (100 mi)”, the unit that was typed first."""
    if unit == "h":
        return duration(round(number * SIZES[unit]))
    other = "km" if unit == "mi" else "mi"
    converted = short(float(number * SIZES[unit] / SIZES[other]))
    said = f"{plain(number)} {unit} ({converted} {other})"
    return f"loops of {said}" if measure == "loop_metres" else said


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
