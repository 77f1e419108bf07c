"""The runnings of a race, and what one enters."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format

from races.choices import (
    OFF,
    Certainty,
    CourseShape,
    DatePrecision,
    DistanceClass,
    Entry,
    EventStatus,
    RegistrationState,
    Surface,
    classify,
)
from races.models.querysets import UNSEEN_AFTER, WORKED_OUT, EditionQuerySet
from races.models.races import Race
from races.usual_date import Expected, expected


class Edition(models.Model):
    """One running of a race.

    The two dates bracket what is known: with the precision "month" they are the first and last
    day of that month, so that ranges sort and filter without a made-up day.

    Who changes a date, a confirmation or a status calls a verb and then saves: so they agree.

    What follows from the dates, the race's customary rule and its time zone is worked out whenever
    an edition is saved, and by races.publishing.changed() when the race was.
    """

    race = models.ForeignKey(Race, models.CASCADE, related_name="editions")
    start_date = models.DateField()
    end_date = models.DateField(
        blank=True, help_text="Empty: one day, or the end of the month or year."
    )
    date_precision = models.CharField(
        max_length=5, choices=DatePrecision, default=DatePrecision.DAY
    )
    confirmed_on = models.DateField(
        null=True,
        blank=True,
        help_text="When the organizer confirmed the date. Empty: provisional.",
    )
    status = models.CharField(max_length=12, choices=EventStatus, default=EventStatus.SCHEDULED)
    previous_start_date = models.DateField(
        null=True, blank=True, help_text="The date it was moved from."
    )
    status_note = models.CharField(
        max_length=200, blank=True, help_text="Why, in a sentence that readers see."
    )
    status_since = models.DateField(
        null=True, blank=True, help_text="Since when that is known. Empty: today."
    )
    # For calendars, which take in a change only under a higher number.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    registration_url = models.URLField("registration link", max_length=300, blank=True)
    registration_state = models.CharField(max_length=12, choices=RegistrationState, blank=True)
    registration_opens_on = models.DateField(null=True, blank=True)
    registration_closes_on = models.DateField(null=True, blank=True)
    source_url = models.URLField(
        "source", max_length=300, blank=True, help_text="Where the date was seen."
    )
    last_verified_on = models.DateField(null=True, blank=True)
    # Where the day is not fixed: the first day that the race's customary rule lets one expect.
    expected_on = models.DateField(null=True, blank=True, editable=False)
    # Moments, since a day ends where the race is: when the last day is over, and from when it may
    # be, because nobody has told us the day.
    over_at = models.DateTimeField(blank=True, editable=False)
    doubtful_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["start_date", "end_date"]
        indexes = [
            models.Index(fields=["end_date", "start_date"], name="edition_by_date"),
            models.Index(fields=["over_at"], name="edition_by_its_end"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["race", "start_date"],
                name="edition_once_per_date",
                violation_error_message="The race already has an edition on this date.",
            ),
            models.CheckConstraint(
                condition=Q(end_date__gte=F("start_date")),
                name="edition_ends_after_it_starts",
                violation_error_message="The end can't be before the start.",
            ),
            models.CheckConstraint(
                condition=Q(date_precision=DatePrecision.DAY)
                | Q(
                    date_precision=DatePrecision.MONTH,
                    start_date__day=1,
                    end_date__year=F("start_date__year"),
                    end_date__month=F("start_date__month"),
                    end_date__day__gte=28,
                )
                | Q(
                    date_precision=DatePrecision.YEAR,
                    start_date__day=1,
                    start_date__month=1,
                    end_date__year=F("start_date__year"),
                    end_date__month=12,
                    end_date__day=31,
                ),
                name="edition_dates_fit_their_precision",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_on=None) | Q(date_precision=DatePrecision.DAY),
                name="edition_confirmed_means_a_day",
                violation_error_message="Only a date known to the day can be confirmed.",
            ),
            models.CheckConstraint(
                condition=Q(registration_closes_on=None)
                | Q(registration_opens_on=None)
                | Q(registration_closes_on__gte=F("registration_opens_on")),
                name="edition_registration_window_in_order",
                violation_error_message="Registration can't close before it opens.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=EventStatus.values), name="edition_status_is_listed"
            ),
            models.CheckConstraint(
                condition=~Q(status=EventStatus.SCHEDULED)
                | Q(previous_start_date=None, status_since=None, status_note=""),
                name="edition_scheduled_has_no_story",
                violation_error_message="A note, a day since when and an earlier date belong to "
                "another status than “Scheduled”.",
            ),
            models.CheckConstraint(
                # isnull is said, because a check that comes out NULL passes.
                condition=~Q(status=EventStatus.RESCHEDULED)
                | Q(previous_start_date__isnull=False) & ~Q(previous_start_date=F("start_date")),
                name="edition_moved_from_another_date",
                violation_error_message="Rescheduled from which other date?",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=OFF) | Q(confirmed_on=None),
                name="edition_that_is_off_is_not_confirmed",
                violation_error_message="What is cancelled or postponed has no confirmed date.",
            ),
            models.CheckConstraint(
                condition=Q(registration_state__in=RegistrationState.values),
                name="edition_registration_state_is_listed",
            ),
            models.CheckConstraint(
                condition=Q(expected_on=None)
                | ~Q(date_precision=DatePrecision.DAY)
                & Q(expected_on__gte=F("start_date"), expected_on__lte=F("end_date")),
                name="edition_expected_within_what_is_known",
            ),
            models.CheckConstraint(
                condition=Q(date_precision=DatePrecision.DAY, doubtful_at=None)
                | ~Q(date_precision=DatePrecision.DAY) & Q(doubtful_at__isnull=False),
                name="edition_doubtful_unless_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.race} {self.start_date.year}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.work_out()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *WORKED_OUT}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if self.start_date:
            self.start_date, self.end_date = bracket(
                self.start_date, self.end_date, self.date_precision
            )
            if hasattr(self, "race"):
                self.work_out()

    def work_out(self) -> None:
        """Set what follows from the dates, the race's rule and its zone."""
        for name in ("start_date", "end_date"):
            setattr(self, name, models.DateField().to_python(getattr(self, name)))
        zone, day = self.race.zone, timedelta(days=1)
        self.over_at = _midnight(self.end_date, zone, day)
        self.expected_on = self.doubtful_at = None
        if found := self.expectation:
            self.expected_on = found.first
            self.doubtful_at = _midnight(found.last, zone, day)
        elif self.date_precision != DatePrecision.DAY:
            self.doubtful_at = _midnight(self.start_date, zone)

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_on is not None

    @property
    def is_cancelled(self) -> bool:
        return self.status == EventStatus.CANCELLED

    @property
    def is_off(self) -> bool:
        return self.status in OFF

    @property
    def is_over(self) -> bool:
        """Whether its last day is over where it is; of a month, the month."""
        return self.over_at <= timezone.now()

    @property
    def may_be_over(self) -> bool:
        """Nobody has told us the day, and it may have been already."""
        return self.doubtful_at is not None and self.doubtful_at <= timezone.now()

    @property
    def certainty(self) -> Certainty:
        if self.confirmed_on:
            return Certainty.CONFIRMED
        if self.date_precision == DatePrecision.DAY:
            return Certainty.PROVISIONAL
        return Certainty.EXPECTED if self.expected_on else Certainty.OPEN

    @property
    def last_seen_on(self) -> date | None:
        """When the date of this very edition was last seen."""
        days = [day for day in (self.last_verified_on, self.confirmed_on) if day]
        return max(days, default=None)

    @property
    def unseen_since(self) -> date | None:
        """Since when nobody has looked the date up, once that is long ago; of rows that were read
        with_last_seen().
        """
        seen_on: date | None = getattr(self, "seen_on", None)
        is_long_ago = seen_on and seen_on < timezone.localdate() - UNSEEN_AFTER
        return seen_on if is_long_ago else None

    @property
    def expectation(self) -> Expected | None:
        """What the customary rule lets one expect of an edition whose day is not fixed."""
        if self.date_precision == DatePrecision.DAY or self.is_off:
            return None
        is_month = self.date_precision == DatePrecision.MONTH
        month = self.start_date.month if is_month else self.race.usual_month
        found = expected(self.race.usual_rule, self.start_date.year, month) if month else None
        return found if found and self.start_date <= found.first <= self.end_date else None

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last on which a calendar has it: those that are known, of what is off
        those that were; or those that are expected.
        """
        if self.date_precision == DatePrecision.DAY:
            return self.start_date, self.end_date
        return (found.first, found.last) if (found := self.expectation) else None

    @property
    def dates(self) -> tuple[date, date, str]:
        return self.start_date, self.end_date, self.date_precision

    @property
    def date_in_words(self) -> str:
        """What is known: “Mon 19 April 2027”, “18–20 June 2027”, “April 2027”, “2027”."""
        if self.date_precision == DatePrecision.YEAR:
            return f"{self.start_date:%Y}"
        if self.date_precision == DatePrecision.MONTH:
            return date_format(self.start_date, "F Y")
        return days_in_words(self.start_date, self.end_date)

    def correct_date(
        self, start: date, end: date | None, precision: str, *, confirmed_on: date | None = None
    ) -> None:
        """Put right what we had wrong. What was confirmed was the old date, so confirm anew."""
        self.start_date, self.end_date = bracket(start, end, precision)
        self.date_precision = precision
        self.confirmed_on = confirmed_on
        self.sequence += 1

    def reschedule(
        self, start: date, end: date | None, precision: str, *, confirmed_on: date | None = None
    ) -> None:
        """Give it another date, and say from which day it was moved.

        Only a day that is still to come, before or after, can have been moved. A month in which we
        expected it promised nobody a day, and what is over is merely put right.
        """
        was, was_day = self.start_date, self.date_precision == DatePrecision.DAY
        over = self.end_date
        self.correct_date(start, end, precision, confirmed_on=confirmed_on)
        if max(over, self.end_date) < timezone.localdate():
            return
        is_day = precision == DatePrecision.DAY
        is_same = was == self.start_date if is_day else self.start_date <= was <= self.end_date
        if was_day and not is_same:
            self.moved_from(was)
        elif self.is_off:
            self.resume()

    def moved_from(self, was: date) -> None:
        self.previous_start_date = was
        # What has moved online stays there, on its new date.
        if self.status != EventStatus.MOVED_ONLINE:
            self._become(EventStatus.RESCHEDULED)

    def cancel(self) -> None:
        self.confirmed_on = None
        self._become(EventStatus.CANCELLED)

    def postpone(self) -> None:
        """It is put off, and no new date is known: the old one stays, as what was planned."""
        self.confirmed_on = None
        self._become(EventStatus.POSTPONED)

    def move_online(self) -> None:
        self._become(EventStatus.MOVED_ONLINE)

    def resume(self) -> None:
        """It takes place as planned; nothing remains of what was said meanwhile."""
        self.previous_start_date = None
        self._become(EventStatus.SCHEDULED)
        self.status_since = None

    def confirm(self, on: date | None) -> None:
        """The organizer says that the date is final, or no longer (None)."""
        self.confirmed_on = on
        self.sequence += 1

    def _become(self, status: EventStatus) -> None:
        self.status = status
        self.status_note = ""
        self.status_since = timezone.localdate()
        self.sequence += 1


def _midnight(day: date, zone: tzinfo, after: timedelta = timedelta(0)) -> datetime:
    """The moment at which a day begins in a zone, whatever its clocks do that night."""
    # The ends of the calendar have no moment in every zone.
    day = min(max(day, date(2, 1, 1)), date(9990, 1, 1)) + after
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def days_in_words(start: date, end: date, month: str = "F") -> str:
    """`month` is the format of its name: “F” for October, “M” for Oct."""
    if start == end:
        return date_format(start, f"D j {month} Y")
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{date_format(end, f'j {month} Y')}"
    if start.year == end.year:
        return f"{date_format(start, f'j {month}')} – {date_format(end, f'j {month} Y')}"
    return f"{date_format(start, f'j {month} Y')} – {date_format(end, f'j {month} Y')}"


def bracket(start: date, end: date | None, precision: str) -> tuple[date, date]:
    """The first and last day of what is known: the day or days, the whole month, or the year."""
    if precision == DatePrecision.YEAR:
        return date(start.year, 1, 1), date(start.year, 12, 31)
    if precision == DatePrecision.MONTH:
        first = start.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return start, end or start


class Distance(models.Model):
    """What one enters: a length, a duration (24 h), or loops until one is left (backyard)."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="distances")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=80, help_text="As the race calls it: “Half marathon”.")
    metres = models.PositiveIntegerField(
        null=True, blank=True, help_text="The length in metres; for multisport, all legs together."
    )
    minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="For a timed race: 24 hours are 1440."
    )
    loop_metres = models.PositiveIntegerField(
        null=True, blank=True, help_text="For a backyard ultra: the loop, usually 6706."
    )
    distance_class = models.CharField(
        max_length=14,
        choices=DistanceClass,
        blank=True,
        help_text="Empty: worked out from the length, for running.",
    )
    legs = models.CharField(
        max_length=120, blank=True, help_text="“1.5 km swim, 40 km bike, 10 km run”."
    )
    start_time = models.TimeField("gun time", null=True, blank=True, help_text="Local time.")
    cut_off_minutes = models.PositiveIntegerField("cut-off in minutes", null=True, blank=True)
    ascent_metres = models.PositiveIntegerField("climb in metres", null=True, blank=True)
    descent_metres = models.PositiveIntegerField("descent in metres", null=True, blank=True)
    surface = models.CharField(max_length=10, choices=Surface, blank=True)
    course_shape = models.CharField(max_length=15, choices=CourseShape, blank=True)
    entry = models.CharField("how to get in", max_length=10, choices=Entry, blank=True)
    qualifier = models.CharField(max_length=200, blank=True)
    capacity = models.PositiveIntegerField("places", null=True, blank=True)
    certification = models.CharField(max_length=120, blank=True)
    wheelchair = models.BooleanField(
        "wheelchair race",
        null=True,
        blank=True,
        help_text="Whether there is a race or a division in wheelchairs, as its page says.",
    )

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["distance_class", "edition"], name="distance_by_class")]
        constraints = [
            models.CheckConstraint(
                # isnull is said, because a check that comes out NULL passes.
                condition=Q(metres__isnull=False, metres__gt=0, minutes=None, loop_metres=None)
                | Q(minutes__isnull=False, minutes__gt=0, metres=None, loop_metres=None)
                | Q(loop_metres__isnull=False, loop_metres__gt=0, metres=None, minutes=None),
                name="distance_has_one_measure",
                violation_error_message="Give one of: metres, minutes, loop.",
            ),
            models.CheckConstraint(
                condition=Q(distance_class__in=DistanceClass.values),
                name="distance_class_is_listed",
            ),
            models.UniqueConstraint(
                fields=["edition", "name"],
                name="distance_name_once_per_edition",
                violation_error_message="Two distances of one edition can't share a name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.distance_class:
            self.distance_class = classify(
                self.edition.race.sport, self.metres, self.minutes, self.loop_metres
            )
        super().save(*args, **kwargs)


class PriceTier(models.Model):
    """One step of the ladder of entry fees."""

    distance = models.ForeignKey(Distance, models.CASCADE, related_name="price_tiers")
    name = models.CharField(max_length=60, help_text="“Early bird”.")
    amount = models.DecimalField(
        max_digits=9, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(
        max_length=3,
        help_text="ISO 4217: EUR, GBP, USD.",
        validators=[RegexValidator("^[A-Z]{3}$", "Three capital letters, such as EUR.")],
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["valid_from", "amount"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_is_not_negative"),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="price_currency_is_a_code"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None)
                | Q(valid_from=None)
                | Q(valid_until__gte=F("valid_from")),
                name="price_window_in_order",
                violation_error_message="A price can't end before it starts.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.amount} {self.currency}"
