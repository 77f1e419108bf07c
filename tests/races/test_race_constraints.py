"""Each rule that the database keeps of a race, and one row that it refuses for it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from reversion.models import Revision

from races.models import Course, Edition, FormerAddress, PriceTier, Race
from races.models.search_base import ChangedRace, SearchBase, SearchBasePart
from tests.factories import DistanceFactory, EditionFactory, RaceFactory

pytestmark = pytest.mark.django_db

DAY = {"start_date": "2027-04-10", "end_date": "2027-04-10"}
MONTH = {"start_date": "2027-04-01", "end_date": "2027-04-30", "date_precision": "month"}
YEAR = {"start_date": "2027-01-01", "end_date": "2027-12-31", "date_precision": "year"}


def race(**values: Any) -> None:
    RaceFactory(**values)


def former_address(slug: str, *, is_both: bool = False) -> None:
    revision = Revision.objects.create(date_created=timezone.now()) if is_both else None
    FormerAddress.objects.create(slug=slug, race=RaceFactory(), version=revision)


def former_address_twice(slug: str) -> None:
    former_address(slug)
    former_address(slug)


def edition(**values: Any) -> None:
    EditionFactory(**{**DAY, **values})


def worked_out(dates: dict[str, Any], **values: Any) -> None:
    """An edition of which that was worked out, past the model that does so."""
    Edition.objects.filter(pk=EditionFactory(**dates).pk).update(**values)


def distance(**values: Any) -> None:
    DistanceFactory(**values)


def price(**values: Any) -> None:
    row = {"distance": DistanceFactory(), "name": "x", "amount": 1, "currency": "EUR"}
    PriceTier.objects.create(**{**row, **values})


def course(**values: Any) -> None:
    Course.objects.create(**{"distance": DistanceFactory(), **values})


def twin_course() -> None:
    distance = DistanceFactory()
    for _ in range(2):
        course(distance=distance, refused="x")


READ = {
    "file": b"x", "metres": 1, "ascent_metres": 0, "descent_metres": 0, "highest_metres": 5,
    "lowest_metres": -5,
}  # fmt: skip


def noted_twice() -> None:
    for _ in range(2):
        ChangedRace.objects.create(transaction=1, race=1)


def twin_part() -> None:
    base = SearchBase.objects.create(epoch=uuid4(), columns="", snapshot="1:1:")
    for _ in range(2):
        SearchBasePart.objects.create(base=base, number=1, data=b"")


def twin_edition() -> None:
    EditionFactory(race=EditionFactory(**DAY).race, **DAY)


def twin_distance() -> None:
    DistanceFactory(edition=DistanceFactory().edition)


REFUSED: list[tuple[str, Any, dict[str, Any]]] = [
    ("changed_race_once_a_transaction", noted_twice, {}),
    ("search_base_part_once", twin_part, {}),
    ("former_address_leads_one_way", former_address, {"slug": "old", "is_both": True}),
    ("races_formeraddress_slug_key", former_address_twice, {"slug": "old"}),
    ("races_race_slug_key", lambda: [race(name=name, slug="same") for name in "ab"], {}),
    ("race_name_once_in_its_country",
     lambda: [race(name=name, country="ES") for name in ["Night Run", "NIGHT-RUN"]], {}),
    ("race_public_since_a_time",
     lambda: Race.objects.filter(pk=RaceFactory().pk).update(first_published_at=None), {}),
    ("race_description_has_an_end", race, {"description": "x" * 10_001}),
    ("race_slug_not_reserved", race, {"slug": "calendar"}),
    ("race_coordinates_are_a_pair", race, {"latitude": 1.0}),
    ("race_coordinates_are_a_pair", race, {"longitude": 1.0}),
    ("race_coordinates_are_a_pair", race, {"latitude": 91.0, "longitude": 1.0}),
    ("race_coordinates_are_a_pair", race, {"latitude": 1.0, "longitude": 181.0}),
    ("race_usual_month_is_a_month", race, {"usual_month": 13}),
    ("race_usual_month_is_a_month", race, {"usual_month": 0}),
    ("race_country_is_a_code", race, {"country": "es"}),
    ("race_sport_is_listed", race, {"sport": "curling"}),
    ("edition_once_per_date", twin_edition, {}),
    ("edition_ends_after_it_starts", edition, {"end_date": "2027-04-09"}),
    ("edition_dates_fit_their_precision", edition, {"date_precision": "week"}),
    ("edition_dates_fit_their_precision", edition, {**MONTH, "start_date": "2027-04-02"}),
    ("edition_dates_fit_their_precision", edition, {**MONTH, "end_date": "2027-04-27"}),
    ("edition_dates_fit_their_precision", edition, {**MONTH, "end_date": "2027-05-31"}),
    ("edition_dates_fit_their_precision", edition, {**MONTH, "end_date": "2028-04-30"}),
    ("edition_dates_fit_their_precision", edition, {**YEAR, "start_date": "2027-02-01"}),
    ("edition_dates_fit_their_precision", edition, {**YEAR, "start_date": "2027-01-02"}),
    ("edition_dates_fit_their_precision", edition, {**YEAR, "end_date": "2027-12-30"}),
    ("edition_dates_fit_their_precision", edition, {**YEAR, "end_date": "2027-11-30"}),
    ("edition_dates_fit_their_precision", edition, {**YEAR, "end_date": "2028-12-31"}),
    ("edition_confirmed_means_a_day", edition, {**MONTH, "confirmed_on": "2027-01-01"}),
    ("edition_registration_window_in_order", edition,
     {"registration_opens_on": "2027-02-02", "registration_closes_on": "2027-02-01"}),
    ("edition_status_is_listed", edition, {"status": "doubtful"}),
    ("edition_scheduled_has_no_story", edition, {"previous_start_date": "2027-04-09"}),
    ("edition_scheduled_has_no_story", edition, {"status_note": "Snow."}),
    ("edition_scheduled_has_no_story", edition, {"status_since": "2027-01-01"}),
    ("edition_moved_from_another_date", edition, {"status": "rescheduled"}),
    ("edition_moved_from_another_date", edition,
     {"status": "rescheduled", "previous_start_date": "2027-04-10"}),
    ("edition_that_is_off_is_not_confirmed", edition,
     {"status": "cancelled", "confirmed_on": "2027-01-01"}),
    ("edition_that_is_off_is_not_confirmed", edition,
     {"status": "postponed", "confirmed_on": "2027-01-01"}),
    ("edition_registration_state_is_listed", edition, {"registration_state": "perhaps"}),
    ("edition_expected_within_what_is_known", worked_out,
     {"dates": MONTH, "expected_on": "2027-05-01"}),
    ("edition_expected_within_what_is_known", worked_out,
     {"dates": YEAR, "expected_on": "2026-12-31"}),
    ("edition_expected_within_what_is_known", worked_out,
     {"dates": DAY, "expected_on": "2027-04-10"}),
    ("edition_doubtful_unless_a_day", worked_out, {"dates": MONTH, "doubtful_at": None}),
    ("edition_doubtful_unless_a_day", worked_out,
     {"dates": DAY, "doubtful_at": "2027-04-11T00:00Z"}),
    ("distance_has_one_measure", distance, {"metres": None}),
    ("distance_has_one_measure", distance, {"metres": 0}),
    ("distance_has_one_measure", distance, {"minutes": 60}),
    ("distance_has_one_measure", distance, {"metres": None, "minutes": 60, "loop_metres": 6706}),
    ("distance_class_is_listed", distance, {"distance_class": "11k"}),
    ("distance_name_once_per_edition", twin_distance, {}),
    ("races_course_distance_id_key", twin_course, {}),
    ("course_waits_or_is_read_or_refused", course, {}),
    ("course_waits_or_is_read_or_refused", course, {"upload": b"x", "refused": "x"}),
    ("course_is_read_whole", course, {"refused": "x", "metres": 1}),
    ("course_is_read_whole", course, {"file": b"x"}),
    ("course_is_read_whole", course, {**READ, "metres": 0}),
    ("course_is_read_whole", course, {**READ, "ascent_metres": None}),
    ("course_is_read_whole", course, {**READ, "lowest_metres": 6}),
    ("price_is_not_negative", price, {"amount": "-0.01"}),
    ("price_currency_is_a_code", price, {"currency": "eur"}),
    ("price_currency_is_a_code", price, {"currency": "EU"}),
    ("price_window_in_order", price, {"valid_from": "2027-02-02", "valid_until": "2027-02-01"}),
]  # fmt: skip


@pytest.mark.parametrize(("constraint", "make", "values"), REFUSED)
def test_the_database_refuses(constraint: str, make: Any, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        make(**values)
    assert refusal.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


TAKEN: list[tuple[Any, dict[str, Any]]] = [
    (race, {"latitude": -90.0, "longitude": 180.0, "usual_month": 12}),
    (race, {"description": "é" * 10_000}),
    (edition, {"end_date": "2027-04-11"}),
    (edition, MONTH),
    (edition, {**MONTH, "start_date": "2028-02-01", "end_date": "2028-02-29"}),
    (edition, YEAR),
    (edition, {"confirmed_on": "2027-01-01", "registration_opens_on": "2027-02-01",
               "registration_closes_on": "2027-02-01"}),
    (edition, {"status": "cancelled", "previous_start_date": "2027-04-09", "status_note": "x"}),
    (edition, {"status": "rescheduled", "previous_start_date": "2027-04-09",
               "status_since": "2027-01-01", "confirmed_on": "2027-01-02"}),
    (worked_out, {"dates": MONTH, "expected_on": "2027-04-30"}),
    (worked_out, {"dates": YEAR, "expected_on": "2027-01-01"}),
    (distance, {"metres": None, "minutes": 60}),
    (distance, {"metres": None, "loop_metres": 6706}),
    (course, {"upload": b"x"}),
    (course, {"refused": "x"}),
    (course, READ),
    (course, {**READ, "upload": b"x"}),
    (course, {**READ, "refused": "x"}),
    (price, {"amount": 0, "valid_from": "2027-02-01", "valid_until": "2027-02-01"}),
]  # fmt: skip


@pytest.mark.parametrize(("make", "values"), TAKEN)
def test_the_database_takes_what_is_right(make: Any, values: dict[str, Any]) -> None:
    make(**values)


def test_no_constraint_is_forgotten(constraints_of: Callable[[str], set[str]]) -> None:
    assert constraints_of("races") == {name for name, _, _ in REFUSED}
