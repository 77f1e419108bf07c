"""Fields that take numbers as people write them, and say back what was understood.

A browser's own number field drops the comma of “160,9” and sends 1609; these are text.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from organizers.submissions.numbers import LONGEST, read_hours, read_number, split_unit

FEET = {"ft", "foot", "feet"}
METRES = {"m", "metre", "metres", "meter", "meters"}
FEET_IN_A_METRE = Decimal("3.28084")


@dataclass(frozen=True)
class Question:
    """What may be a slip, and the tick that says it is none."""

    # Of the box, whose value is what it is ticked for: another value is asked about anew.
    name: str
    text: str
    about: str
    is_answered: bool


class AskingForm(forms.BaseForm):
    """A form that says back what it understood, and asks about what it can hardly believe.

    Both hold once the form is cleaned: `understood` and `questions`, by the field's name.
    With `asks` off, an open question is no error.
    """

    asks = True

    def full_clean(self) -> None:
        self.understood: dict[str, str] = {}
        self.questions: dict[str, Question] = {}
        super().full_clean()

    def ask(self, field: str, text: str, about: str) -> None:
        """Ask `text` by the field, unless it is empty or something is wrong there already."""
        if not text or field in self.errors or field in self.questions:
            return
        name = self.add_prefix(f"{field}_sure")
        is_answered = self.data.get(name) == about
        self.questions[field] = Question(name, text, about, is_answered)
        if self.asks and not is_answered:
            self.add_error(field, f"{text} Is it right?")


class SaidBack(forms.BoundField):
    @property
    def understood(self) -> str:
        said: dict[str, str] = getattr(self.form, "understood", {})
        return said.get(self.name, "")

    @property
    def question(self) -> Question | None:
        asked: dict[str, Question] = getattr(self.form, "questions", {})
        return asked.get(self.name)

    @property
    def aria_describedby(self) -> str | None:
        ids = super().aria_describedby or ""
        return f"{ids} {self.auto_id}_understood".strip() if self.understood else ids


def by_keyboard(kind: str) -> forms.TextInput:
    """A text field for which a phone shows the keys of a number; `kind` is decimal or numeric."""
    return forms.TextInput(attrs={"inputmode": kind, "autocomplete": "off"})


class LengthField(forms.CharField):
    """As it was typed; what it means hangs on the unit, which the form knows."""

    bound_field_class = SaidBack

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST, widget=by_keyboard("decimal"), **kwargs)


class MoneyField(forms.DecimalField):
    bound_field_class = SaidBack

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=by_keyboard("decimal"), **kwargs)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        read = read_number(str(value))
        # Money has no thousandths: three digits behind a mark are a group.
        amount = read.as_decimal if read.as_thousands is None else read.as_thousands
        if amount is None:
            raise ValidationError("Write the amount alone, such as 18.50.")
        return amount


class WholeNumberField(forms.IntegerField):
    """With `in_metres`, of metres, or of feet when they are typed behind it."""

    bound_field_class = SaidBack

    def __init__(self, *, in_metres: bool = False, **kwargs: Any) -> None:
        self.in_metres = in_metres
        super().__init__(widget=by_keyboard("numeric"), max_value=2_147_483_647, **kwargs)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        text, unit = split_unit(str(value)) if self.in_metres else (str(value), "")
        read = read_number(text)
        number = read.as_decimal if read.as_thousands is None else read.as_thousands
        known: Collection[str] = FEET | METRES | {""}
        if number is None or number % 1 or unit not in known:
            raise ValidationError("Write a whole number, such as 1200.")
        return round(number / FEET_IN_A_METRE) if unit in FEET else int(number)


class HoursField(forms.CharField):
    """Cleaned to minutes, None when empty. Its text has a colon, which no number pad has."""

    bound_field_class = SaidBack

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        minutes = read_hours(text)
        if not minutes:
            raise ValidationError("Write hours, or hours:minutes: 7:30.")
        return minutes
