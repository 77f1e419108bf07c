"""An edition as staff edit it: what was typed is understood and said back, or asked about.

Of an edition whose month alone is known the form shows the first and last day of that month. They
are no days that anybody said, so a date that is typed beside one of them does not stand with it.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import date, timedelta
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from races.choices import OFF, DatePrecision, EventStatus
from races.models import Edition, bracket
from races.publishing import DateChange

DAY, MONTH, YEAR = DatePrecision.DAY, DatePrecision.MONTH, DatePrecision.YEAR
# What the verbs of an edition set.
BY_VERBS = (
    "start_date", "end_date", "date_precision", "confirmed_on", "status", "status_note",
    "status_since", "previous_start_date", "sequence",
)  # fmt: skip


class Dates(NamedTuple):
    start: date
    end: date
    precision: str


def dates_meant(old: Dates | None, start: date, end: date | None, precision: str) -> Dates:
    """What the three fields mean, in which `old` was shown (None: a new edition).

    Raises ValidationError, by field, when it can't be told.
    """
    if old is None:
        return _dates(start, end, precision)
    if precision == DAY:
        return _days_meant(old, start, end)
    if precision != old.precision:
        if (old.precision, precision) == (YEAR, MONTH) and (start, end) == (old.start, old.end):
            raise _which("month", old, "January")
        return _dates(start, None if end == old.end else end, precision)
    if start == old.start:
        if end and end != old.end:
            known = f"Only the {precision} is known, so it has no last day."
            raise _wrong("end_date", f"{known} Give the first day too.")
        return old
    first, last = bracket(start, None, precision)
    if start == first and end in (None, old.end, last):
        return _dates(start, None, precision)
    if precision == YEAR and start.day == 1:
        doubt = f"Is {_said(start)} the day, or is only {start:%B %Y} known?"
        raise _wrong("date_precision", f"{doubt} Choose one.")
    return _days_meant(old, start, end)


def _days_meant(old: Dates, start: date, end: date | None) -> Dates:
    is_untouched = end == old.end
    if old.precision != DAY:
        if is_untouched and start == old.start:
            raise _which("day", old, _said(start))
        return _dates(start, None if is_untouched else end, DAY)
    if start == old.start or not is_untouched:
        return _dates(start, end, DAY)
    if old.start == old.end:
        return _dates(start, None, DAY)
    # A few days more or fewer at the front leave the last day as it is. Further away is a move.
    if not old.start - timedelta(days=6) <= start <= old.end:
        was = f"This was the last day when it began on {_said(old.start)}."
        raise _wrong("end_date", f"{was} Give the new one, or empty this for one day.")
    return _dates(start, end, DAY)


def _which(unit: str, old: Dates, first: str) -> ValidationError:
    stood = f"{_said(old.start)} only stood for the {old.precision}."
    last = f"Type the {unit}; if it is {first} indeed, empty the end date."
    return _wrong("start_date", f"Which {unit}? {stood} {last}")


def _dates(start: date, end: date | None, precision: str) -> Dates:
    first, last = bracket(start, end, precision)
    if precision == DAY and last < first:
        raise _wrong("end_date", "The end can't be before the start.")
    if end and not first <= end <= last:
        known = f"{start:%Y}" if precision == YEAR else f"{start:%B %Y}"
        unless = f"Where only the {precision} is known, leave it empty."
        raise _wrong("end_date", f"This is not in {known}. {unless}")
    return Dates(first, last, precision)


def _said(day: date) -> str:
    return date_format(day, "j F Y")


def _wrong(field: str, reason: str) -> ValidationError:
    return ValidationError({field: reason})


class Verb(NamedTuple):
    """A button of the edition's form: it saves the form as if that had been chosen in it."""

    label: str
    chosen: Callable[[], dict[str, Any]]
    fits: Callable[[Edition], bool]


def _status(status: EventStatus) -> Callable[[], dict[str, Any]]:
    return lambda: {"status": status, **({"confirmed_on": None} if status in OFF else {})}


VERBS = {
    "seen": Verb(
        "Seen at the source today",
        lambda: {"last_verified_on": timezone.localdate()},
        lambda edition: not edition.is_over,
    ),
    "confirm": Verb(
        "Confirmed by the organizer today",
        lambda: {"confirmed_on": timezone.localdate()},
        lambda edition: edition.date_precision == DAY and not edition.is_off,
    ),
    "postpone": Verb(
        "Postponed",
        _status(EventStatus.POSTPONED),
        lambda edition: edition.status != EventStatus.POSTPONED,
    ),
    "cancel": Verb(
        "Cancelled", _status(EventStatus.CANCELLED), lambda edition: not edition.is_cancelled
    ),
    "move-online": Verb(
        "Moved online",
        _status(EventStatus.MOVED_ONLINE),
        lambda edition: edition.status != EventStatus.MOVED_ONLINE,
    ),
    "resume": Verb(
        "Takes place as planned",
        _status(EventStatus.SCHEDULED),
        lambda edition: edition.status != EventStatus.SCHEDULED,
    ),
}


class EditionForm(forms.ModelForm[Edition]):
    """Sets dates and status by the verbs of Edition alone. A row of a race has fewer fields."""

    was_wrong = forms.BooleanField(
        label="The old date was a mistake of ours",
        required=False,
        help_text="Then the page does not say that it was moved.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was = None if self.instance._state.adding else copy(self.instance)
        # What was made of that which was typed, to be shown once it is saved.
        self.understood: list[str] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # A row of a race has none of the buttons.
        verb = None if self.prefix else VERBS.get(self.data.get("_verb", ""))
        if verb:
            chosen = {name: value for name, value in verb.chosen().items() if name in self.fields}
            self.changed_data += [name for name in chosen if self._is_other(name, chosen[name])]
            cleaned |= chosen
        if set(BY_VERBS) & set(self.errors):
            return cleaned
        edition = copy(self.instance)
        try:
            self._set_dates(edition)
            self._set_status(edition)
            self._set_story(edition)
        except ValidationError as error:
            # A row of a race has no field for some of it.
            for field, reasons in error.message_dict.items():
                self.add_error(field if field in self.fields else "status", reasons)
            return cleaned
        for name in BY_VERBS:
            if name in self.fields:
                cleaned[name] = getattr(edition, name)
            else:
                setattr(self.instance, name, getattr(edition, name))
        self.understood = list(self._understood(edition))
        return cleaned

    def _typed(self, name: str) -> Any:
        """What stands in a field, or in the database where the form lacks it."""
        return self.cleaned_data[name] if name in self.fields else getattr(self.instance, name)

    def _is_other(self, name: str, value: Any) -> bool:
        return name not in self.changed_data and bool(value != getattr(self.instance, name))

    def _is_new(self, name: str) -> bool:
        return bool(self._typed(name) != getattr(self.instance, name))

    def _set_dates(self, edition: Edition) -> None:
        typed = [self._typed(name) for name in ("start_date", "end_date", "date_precision")]
        confirmed_on = self._typed("confirmed_on")
        if confirmed_on and confirmed_on > timezone.localdate():
            raise _wrong("confirmed_on", "This day is still to come.")
        dates = dates_meant(Dates(*self.was.dates) if self.was else None, *typed)
        if confirmed_on and dates.precision != DAY and self._is_new("confirmed_on"):
            raise _wrong("confirmed_on", "Only a date known to the day can be confirmed.")
        if self.was is None:
            edition.start_date, edition.end_date, edition.date_precision = dates
        if self.was is None or dates == self.was.dates:
            if self._is_new("confirmed_on"):
                edition.confirm(confirmed_on)
            return
        self._must_be_to_have_a_date()
        # Only what is confirmed anew is confirmed.
        confirmed_on = confirmed_on if self._is_new("confirmed_on") else None
        is_wrong = self.cleaned_data.get("was_wrong") or self._says_it_was_never_moved()
        change = edition.correct_date if is_wrong else edition.reschedule
        change(*dates, confirmed_on=confirmed_on)

    def _must_be_to_have_a_date(self) -> None:
        """Of a new date and a status that allows none, one is a mistake."""
        status = self._typed("status")
        stays_cancelled = status == EventStatus.CANCELLED and not self.cleaned_data.get("was_wrong")
        if stays_cancelled or (status in OFF and self._is_new("status")):
            both = f"{EventStatus(status).label}, and a new date?"
            how = "If it takes place then, choose “Rescheduled”; if not, leave the date as it was."
            raise _wrong("status", f"{both} {how}")

    def _says_it_was_never_moved(self) -> bool:
        was_moved = self.instance.status == EventStatus.RESCHEDULED
        return was_moved and bool(self._typed("status") == EventStatus.SCHEDULED)

    def _set_status(self, edition: Edition) -> None:
        status, earlier = self._typed("status"), self._typed("previous_start_date")
        takes_place = {EventStatus.SCHEDULED, EventStatus.RESCHEDULED}
        # Whoever gives what was off a new date may call that scheduled: it is, and it was moved.
        is_said = edition.status != self.instance.status and {status, edition.status} == takes_place
        if self._is_new("status") and status != edition.status and not is_said:
            if status == EventStatus.RESCHEDULED:
                if not earlier:
                    how = "Give it here, or give the new date above."
                    raise _wrong("previous_start_date", f"Rescheduled from which date? {how}")
                edition.moved_from(earlier)
            else:
                verbs = {
                    EventStatus.SCHEDULED: edition.resume,
                    EventStatus.POSTPONED: edition.postpone,
                    EventStatus.CANCELLED: edition.cancel,
                    EventStatus.MOVED_ONLINE: edition.move_online,
                }
                verbs[EventStatus(status)]()
        if edition.is_off and self._typed("confirmed_on") and self._is_new("confirmed_on"):
            off = edition.get_status_display()
            raise _wrong("confirmed_on", f"{off}, so no date can be confirmed.")

    def _set_story(self, edition: Edition) -> None:
        """From which date it was moved, why, and since when that is known."""
        if self._is_new("previous_start_date"):
            earlier = self._typed("previous_start_date")
            if earlier is None and edition.status == EventStatus.RESCHEDULED:
                how = "If it was not moved, choose “Scheduled”."
                raise _wrong("previous_start_date", f"Rescheduled from which date? {how}")
            if earlier and edition.status == EventStatus.SCHEDULED:
                edition.moved_from(earlier)
            edition.previous_start_date = earlier
        if edition.previous_start_date == edition.start_date:
            raise _wrong("previous_start_date", "This is the date that it has.")
        is_plain = edition.status == EventStatus.SCHEDULED
        for name in {"status_note", "status_since"} & set(self.fields):
            if self._is_new(name) and self._typed(name):
                if is_plain:
                    which = "This belongs to another status than “Scheduled”."
                    raise _wrong(name, f"{which} Choose it above.")
                setattr(edition, name, self._typed(name))
        if "status_note" in self.fields and not is_plain:
            edition.status_note = self._typed("status_note")
        if edition.status_since and edition.status_since > timezone.localdate():
            raise _wrong("status_since", "This day is still to come.")

    def _understood(self, edition: Edition) -> Iterator[str]:
        """Sentences for whoever saves it, about what came of what they typed."""
        was = self.was or Edition()
        if self.was is None or edition.dates != was.dates:
            yield f"The date is {edition.date_in_words}."
            if edition.date_precision != DAY:
                yield f"Only the {edition.date_precision} is shown, no day."
            if edition.end_date < timezone.localdate():
                yield "That is in the past."
        if edition.previous_start_date and edition.previous_start_date != was.previous_start_date:
            yield f"The page says that it was moved from {_said(edition.previous_start_date)}."
        elif edition.status != was.status:
            yield f"Its status is “{edition.get_status_display()}”."
        if was.status_note and not edition.status_note:
            yield f"The note “{was.status_note}” is gone."
        if was.confirmed_on and not edition.confirmed_on:
            yield f"It is no longer “confirmed by the organizer on {_said(was.confirmed_on)}”."
            if edition.dates != was.dates and edition.date_precision == DAY:
                yield "If they have confirmed this date, give the day on which they did."

    def date_change(self) -> DateChange | None:
        """Of an edition that was there before: what it was and what it is."""
        return DateChange(self.instance, self.was) if self.was else None
