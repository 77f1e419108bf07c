"""A proposed race as one: the forms of the race, its edition and its distances bound together.

They are bound from one flat {field name: text}, which is how a submission keeps them, so a draft,
a review and an approval all go through the very same forms.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, cast

from django import forms
from django.forms.utils import ErrorDict
from django.utils.text import slugify

from organizers.models import Organizer
from organizers.submissions.forms import MAX_DISTANCES, DistanceFormSet, EditionForm, RaceForm
from organizers.submissions.typed_fields import Question
from races.models import DESCRIPTION_LENGTH, RESERVED_SLUGS, FormerAddress, Place, Race

# Of the fields that are said with another one, which that is.
SAID_BY = {"unit": "length", "currency": "price"}


class Said(NamedTuple):
    """A field for reading. `typed` is empty when what was typed says the same."""

    label: str
    value: str
    typed: str
    question: Question | None


class SubmissionForms:
    """A race, its next edition and its distances, bound together from flat values or unbound."""

    PREFIXES = ("race-", "edition-", "distance-")
    # Longer than any field allows, so that what is too long is refused and not cut in silence.
    VALUE_LENGTH = 2 * DESCRIPTION_LENGTH

    def __init__(self, values: dict[str, str] | None = None, *, asks: bool = True) -> None:
        """Without `asks`, a question that nobody has answered is no error."""
        self.race = RaceForm(values, prefix="race")
        self.edition = EditionForm(values, prefix="edition")
        about = {"sport": (values or {}).get("race-sport", ""), "asks": asks}
        self.distances = DistanceFormSet(values, prefix="distance", form_kwargs=about)

    @classmethod
    def values_from(cls, posted: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Of what was posted, that which belongs to these forms, as it was typed."""
        return {
            # PostgreSQL keeps no NUL in text; nothing a person types holds one.
            name: value[: cls.VALUE_LENGTH].replace("\x00", "")
            for name, value in posted
            if name.startswith(cls.PREFIXES) and len(name) < 60 and "\x00" not in name
        }

    @staticmethod
    def with_another_distance(values: dict[str, str]) -> dict[str, str]:
        try:
            count = int(values["distance-TOTAL_FORMS"])
        except (KeyError, ValueError):
            count = 1
        return {**values, "distance-TOTAL_FORMS": str(min(max(count, 0) + 1, MAX_DISTANCES))}

    def without_complaints(self) -> "SubmissionForms":
        """For a draft or a page that is still being filled in: what was typed and how it was
        understood, and no errors.
        """
        for form in self.all_forms():
            form.is_valid()
        self.distances.silence()
        # An empty set of errors is what a form has after cleaning, so it does not clean again.
        for form in self.all_forms():
            form._errors = ErrorDict()  # type: ignore[attr-defined]
        return self

    def all_forms(self) -> list[forms.BaseForm]:
        return [self.race, self.edition, *self.distances.forms]

    def said(self) -> list[tuple[str, list[Said]]]:
        """What was typed and how it was understood, by headings; empty fields left out."""
        sections = [("The race", _said(self.race)), ("The next edition", _said(self.edition))]
        for number, form in enumerate(self.distances.forms, 1):
            sections.append((f"Distance {number}", _said(form)))
        return [(heading, rows) for heading, rows in sections if rows]

    def is_valid(self) -> bool:
        # All three, so that every error shows at once.
        return all([self.race.is_valid(), self.edition.is_valid(), self.distances.is_valid()])

    def wrong(self) -> list[tuple[str, str, str]]:
        """What has an error, from top to bottom: (HTML id of the field, its label, the error)."""
        rows = []
        # The race and the edition come before distance 1.
        for number, form in enumerate(self.all_forms(), -1):
            for field in form:
                label = f"Distance {number}, {field.label}" if number > 0 else str(field.label)
                rows += [(field.id_for_label, label, str(error)) for error in field.errors]
        return rows + [
            ("distances", "Distances", str(error)) for error in self.distances.non_form_errors()
        ]

    def proposed_slug(self) -> str:
        """The address that the race would get, as far as it is filled in."""
        self.race.is_valid()
        return free_slug(self.race.instance)

    def save(self, organizer: Organizer, said_on: date, slug: str = "") -> Race:
        """Save the race, public, with all its parts. Call in a transaction, once valid, and then
        races.publishing.changed().

        `said_on` is the day the organizer sent it: a date they call final is confirmed by that.
        """
        race = self.race.save(commit=False)
        race.slug = slug or free_slug(race)
        race.organizer_name = organizer.name
        race.state = Race.State.PUBLISHED
        race.place = Place.objects.named(race.city, race.country)
        if race.place:
            # Its middle is not the start, so the coordinates stay unknown.
            race.time_zone = race.place.time_zone
        race.save()
        self.edition.instance.race = race
        if self.edition.cleaned_data["is_confirmed"]:
            self.edition.instance.confirm(said_on)
        edition = self.edition.save()
        # Else it would have no next edition to roll over to.
        race.usual_month = edition.start_date.month
        race.save(update_fields=["usual_month"])
        for position, form in enumerate(self.distances.filled()):
            form.instance.edition = edition
            form.instance.position = position
            form.save()
        return race


def _said(form: forms.BaseForm) -> list[Said]:
    form.is_valid()
    understood = getattr(form, "understood", {})
    questions = getattr(form, "questions", {})
    rows = []
    for field in form:
        value = field.value()
        if value and isinstance(field.field, forms.ChoiceField):
            value = dict(cast(list[tuple[str, str]], field.field.choices)).get(value, value)
        if isinstance(value, bool):
            value = "Yes" if value else ""
        # What was understood of a number says its unit.
        says_itself = SAID_BY.get(field.name) in understood
        if value not in (None, "") and not says_itself:
            said = understood.get(field.name, str(value))
            says_the_same = said == str(value) or said.startswith(f"{value} ")
            typed = "" if says_the_same else str(value)
            rows.append(Said(str(field.label), said, typed, questions.get(field.name)))
    return rows


def free_slug(race: Race) -> str:
    """An address for a new race: its name in Latin letters, then with its town, then numbered."""
    base = slugify(race.latin_name or race.name)
    if not re.search("[a-z]", base):
        # Bare digits name nothing. The sport has letters, whatever script the town is in.
        base = slugify(f"{race.city} {race.sport}")
    base = base[:100].strip("-")
    candidates = [base, slugify(f"{base}-{race.city}")[:115]]
    candidates += [f"{base}-{number}" for number in range(2, 1000)]
    return next(slug for slug in candidates if is_free(slug))


def is_free(slug: str) -> bool:
    """Nor is it one that leads to another race, or says that one is gone."""
    taken = (model.objects.filter(slug=slug).exists() for model in (Race, FormerAddress))
    return slug not in RESERVED_SLUGS and not any(taken)
