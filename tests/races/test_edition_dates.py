"""What staff type as the date of an edition, what is made of it, and who is told."""

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks
from time_machine import TimeMachineFixture

from organizers.models import Listing, Membership, User
from races.models import Edition, Race
from tests.desk import client_of, form_of, opened
from tests.factories import EditionFactory, MembershipFactory, RaceFactory

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T12:00Z"
APRIL = {"start_date": "2027-04-01", "end_date": "2027-04-30", "date_precision": "month"}
YEAR = {"start_date": "2027-01-01", "end_date": "2027-12-31", "date_precision": "year"}
ONE_DAY = {"start_date": "2027-04-10", "end_date": "2027-04-10", "date_precision": "day"}
THREE_DAYS = {"start_date": "2027-06-18", "end_date": "2027-06-20", "date_precision": "day"}


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


def stored(**values: Any) -> Edition:
    edition: Edition = EditionFactory(**{"race__name": "Night Run", "race__slug": "it", **values})
    edition.refresh_from_db()
    return edition


def save(desk: Client, edition: Edition, **typed: str) -> str:
    """Type that into the form as it stood, and save. Returns the page that follows."""
    response = desk.post(form_of(edition), opened(desk, form_of(edition)) | typed, follow=True)
    assert response.status_code == 200
    edition.refresh_from_db()
    return response.content.decode()


def dates(edition: Edition) -> tuple[str, str, str]:
    return str(edition.start_date), str(edition.end_date), edition.date_precision


def error_by(page: str, field: str) -> str:
    """The words beside a field of the admin form."""
    match = re.search(rf'<ul class="errorlist" id="id_{field}_error">(.*?)</ul>', page, re.DOTALL)
    return re.sub("<[^>]+>", "", match[1]) if match else ""


UNDERSTOOD = [
    # The one of the issue: the day, typed over the first of the month.
    (APRIL, {"start_date": "2027-04-20"}, ("2027-04-20", "2027-04-20", "day"), "Tue 20 April 2027"),
    (APRIL, {"start_date": "2027-04-20", "date_precision": "day"},
     ("2027-04-20", "2027-04-20", "day"), "Tue 20 April 2027"),
    (APRIL, {"start_date": "2027-04-20", "end_date": ""},
     ("2027-04-20", "2027-04-20", "day"), "Tue 20 April 2027"),
    (APRIL, {"start_date": "2027-04-20", "end_date": "2027-04-22"},
     ("2027-04-20", "2027-04-22", "day"), "20–22 April 2027"),
    (APRIL, {"end_date": "", "date_precision": "day"},
     ("2027-04-01", "2027-04-01", "day"), "Thu 1 April 2027"),
    (APRIL, {"end_date": "2027-04-03", "date_precision": "day"},
     ("2027-04-01", "2027-04-03", "day"), "1–3 April 2027"),
    # A month is typed as its first day; the end of the old month goes with it.
    (APRIL, {"start_date": "2027-05-01"}, ("2027-05-01", "2027-05-31", "month"), "May 2027"),
    (APRIL, {"start_date": "2027-03-01", "end_date": ""},
     ("2027-03-01", "2027-03-31", "month"), "March 2027"),
    (APRIL, {"start_date": "2027-05-01", "end_date": "2027-05-03"},
     ("2027-05-01", "2027-05-03", "day"), "1–3 May 2027"),
    (APRIL, {"end_date": ""}, ("2027-04-01", "2027-04-30", "month"), ""),
    (APRIL, {"date_precision": "year"}, ("2027-01-01", "2027-12-31", "year"), "2027"),
    (YEAR, {"start_date": "2027-05-09"}, ("2027-05-09", "2027-05-09", "day"), "Sun 9 May 2027"),
    (YEAR, {"start_date": "2027-05-01", "date_precision": "month"},
     ("2027-05-01", "2027-05-31", "month"), "May 2027"),
    (YEAR, {"end_date": "", "date_precision": "month"},
     ("2027-01-01", "2027-01-31", "month"), "January 2027"),
    (YEAR, {"start_date": "2028-01-01"}, ("2028-01-01", "2028-12-31", "year"), "2028"),
    (ONE_DAY, {"start_date": "2027-04-20"},
     ("2027-04-20", "2027-04-20", "day"), "Tue 20 April 2027"),
    (ONE_DAY, {"start_date": "2027-04-03"},
     ("2027-04-03", "2027-04-03", "day"), "Sat 3 April 2027"),
    (ONE_DAY, {"end_date": "2027-04-11"}, ("2027-04-10", "2027-04-11", "day"), "10–11 April 2027"),
    (ONE_DAY, {"date_precision": "month"}, ("2027-04-01", "2027-04-30", "month"), "April 2027"),
    (THREE_DAYS, {"start_date": "2027-06-19"},
     ("2027-06-19", "2027-06-20", "day"), "19–20 June 2027"),
    (THREE_DAYS, {"start_date": "2027-06-17"},
     ("2027-06-17", "2027-06-20", "day"), "17–20 June 2027"),
    (THREE_DAYS, {"end_date": ""}, ("2027-06-18", "2027-06-18", "day"), "Fri 18 June 2027"),
    (THREE_DAYS, {"start_date": "2027-06-25", "end_date": "2027-06-27"},
     ("2027-06-25", "2027-06-27", "day"), "25–27 June 2027"),
]  # fmt: skip


def test_a_date_that_is_over_is_said_to_be(desk: Client) -> None:
    """As when a digit of the year is mistyped."""
    edition = stored(**ONE_DAY)
    assert "That is in the past." in save(desk, edition, start_date="2026-04-10")
    assert "That is in the past." not in save(desk, edition, start_date="2027-04-10")


@pytest.mark.parametrize(("was", "typed", "expected", "said"), UNDERSTOOD)
def test_a_typed_date_is_what_is_kept_and_said(
    desk: Client,
    client: Client,
    was: dict[str, str],
    typed: dict[str, str],
    expected: tuple[str, str, str],
    said: str,
) -> None:
    edition = stored(**was)
    page = save(desk, edition, **typed)
    assert dates(edition) == expected, page
    if said:
        assert f"The date is {said}." in page
        assert said in client.get("/races/it/").content.decode()
    else:
        assert "The date is" not in page


ASKED = [
    (APRIL, {"date_precision": "day"}, "start_date", "Which day? 1 April 2027 only stood for"),
    (YEAR, {"date_precision": "day"}, "start_date", "Which day? 1 January 2027 only stood for"),
    (YEAR, {"date_precision": "month"}, "start_date", "Which month? 1 January 2027 only stood"),
    (YEAR, {"start_date": "2027-05-01"}, "date_precision", "Is 1 May 2027 the day, or is only"),
    (APRIL, {"end_date": "2027-04-20"}, "end_date", "Only the month is known"),
    (APRIL, {"start_date": "2027-04-20", "end_date": "2027-04-12"}, "end_date", "before the start"),
    (ONE_DAY, {"end_date": "2027-04-09"}, "end_date", "before the start"),
    (ONE_DAY, {"date_precision": "month", "end_date": "2027-05-02"}, "end_date", "not in April"),
    (ONE_DAY, {"date_precision": "year", "end_date": "2028-05-02"}, "end_date", "not in 2027"),
    (THREE_DAYS, {"start_date": "2027-06-25"}, "end_date", "when it began on 18 June 2027"),
    (THREE_DAYS, {"start_date": "2027-06-04"}, "end_date", "when it began on 18 June 2027"),
    (ONE_DAY, {"confirmed_on": "2026-11-24"}, "confirmed_on", "still to come"),
    (APRIL, {"confirmed_on": "2026-11-20"}, "confirmed_on", "Only a date known to the day"),
    (ONE_DAY, {"status": "cancelled", "start_date": "2027-04-20"}, "status", "and a new date?"),
    (ONE_DAY, {"status": "postponed", "start_date": "2027-04-20"}, "status", "and a new date?"),
    (ONE_DAY, {"status": "cancelled", "confirmed_on": "2026-11-20"}, "confirmed_on", "Cancelled"),
    (ONE_DAY, {"status": "rescheduled"}, "previous_start_date", "from which date?"),
    (ONE_DAY, {"previous_start_date": "2027-04-10"}, "previous_start_date", "date that it has"),
    (ONE_DAY, {"status_note": "The bridge is closed."}, "status_note", "another status"),
    (ONE_DAY, {"status_since": "2026-11-01"}, "status_since", "another status"),
    (ONE_DAY, {"status": "cancelled", "status_since": "2026-11-24"}, "status_since", "to come"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "typed", "field", "words"), ASKED)
def test_what_can_not_be_understood_is_asked_by_the_field(
    desk: Client, was: dict[str, str], typed: dict[str, str], field: str, words: str
) -> None:
    edition = stored(**was)
    page = save(desk, edition, **typed)
    assert words in error_by(page, field), page
    assert dates(edition) == (was["start_date"], was["end_date"], was["date_precision"])
    assert (edition.status, edition.sequence) == ("scheduled", 0)
    # What was typed still stands there.
    for name, value in typed.items():
        assert re.search(rf'name="{name}"[^>]*value="{value}"|value="{value}" selected', page)


def test_a_row_of_a_race_is_understood_alike(desk: Client) -> None:
    edition = stored(**APRIL)
    race = edition.race
    typed = {"editions-0-start_date": "2027-04-20"}
    page = desk.post(
        form_of(race), opened(desk, form_of(race)) | typed, follow=True
    ).content.decode()
    edition.refresh_from_db()
    assert dates(edition) == ("2027-04-20", "2027-04-20", "day")
    assert "The date is Tue 20 April 2027." in page
    # The row has no field for the date it was moved from, so the status says what is missing.
    wrong = opened(desk, form_of(race)) | {"editions-0-status": "rescheduled"}
    response = desk.post(form_of(race), wrong)
    assert response.status_code == 200
    assert "Rescheduled from which date?" in error_by(
        response.content.decode(), "editions-0-status"
    )
    moved = wrong | {"editions-0-status": "scheduled", "editions-0-start_date": "2027-04-24"}
    assert desk.post(form_of(race), moved).status_code == 302
    edition.refresh_from_db()
    assert (edition.status, str(edition.previous_start_date)) == ("rescheduled", "2027-04-20")


# A date that moves.


def confirmed(**values: Any) -> Edition:
    return stored(**ONE_DAY, **{"confirmed_on": "2026-11-02", **values})


def test_a_confirmed_date_that_changes_is_rescheduled_and_no_longer_confirmed(
    desk: Client, client: Client
) -> None:
    edition = confirmed()
    page = save(desk, edition, start_date="2027-05-09")
    assert (str(edition.previous_start_date), edition.status) == ("2027-04-10", "rescheduled")
    assert (edition.confirmed_on, str(edition.status_since)) == (None, "2026-11-23")
    assert edition.sequence > 0
    assert "The page says that it was moved from 10 April 2027." in page
    assert "no longer “confirmed by the organizer on 2 November 2026”" in page
    public = client.get("/races/it/").content.decode()
    assert "Moved from 10 April 2027." in public
    assert "Not yet confirmed by the organizer" in public
    assert "Confirmed by the organizer" not in public


def test_a_date_that_is_confirmed_anew_is_confirmed(desk: Client) -> None:
    edition = confirmed()
    page = save(desk, edition, start_date="2027-05-09", confirmed_on="2026-11-20")
    assert str(edition.confirmed_on) == "2026-11-20"
    assert edition.status == "rescheduled"
    assert "no longer" not in page
    # Once more, and it is the last move that is told.
    save(desk, edition, start_date="2027-05-16")
    assert str(edition.previous_start_date) == "2027-05-09"
    assert edition.confirmed_on is None


def test_only_a_longer_race_is_not_moved_but_has_to_be_confirmed_anew(desk: Client) -> None:
    edition = confirmed()
    save(desk, edition, end_date="2027-04-11")
    assert (edition.status, edition.previous_start_date) == ("scheduled", None)
    assert edition.confirmed_on is None


def test_a_month_that_becomes_a_day_or_another_month_was_not_moved(desk: Client) -> None:
    for typed in ["2027-04-20", "2027-06-13", "2027-05-01"]:
        edition = stored(**APRIL, race__name=f"Run {typed}", race__slug=f"r-{typed}")
        save(desk, edition, start_date=typed)
        assert (edition.status, edition.previous_start_date) == ("scheduled", None), typed


def test_a_day_that_becomes_a_month_is_moved_only_if_it_is_another(desk: Client) -> None:
    edition = confirmed()
    save(desk, edition, date_precision="month")
    assert (edition.status, edition.date_precision) == ("scheduled", "month")
    assert edition.confirmed_on is None
    other = stored(**ONE_DAY, race__name="Other", race__slug="other")
    save(desk, other, date_precision="month", start_date="2027-06-01")
    assert (other.status, str(other.previous_start_date)) == ("rescheduled", "2027-04-10")


def test_a_mistake_of_ours_is_not_called_a_move(desk: Client) -> None:
    edition = confirmed()
    save(desk, edition, start_date="2027-04-11", was_wrong="on")
    assert (edition.status, edition.previous_start_date) == ("scheduled", None)
    assert (str(edition.start_date), edition.confirmed_on) == ("2027-04-11", None)
    assert 'name="was_wrong"' not in desk.get("/admin/races/edition/add/").content.decode()


def test_what_is_over_is_put_right_and_not_moved(desk: Client) -> None:
    edition = stored(start_date="2026-05-09", end_date="2026-05-09")
    save(desk, edition, start_date="2026-05-10")
    assert (str(edition.start_date), edition.status) == ("2026-05-10", "scheduled")


@pytest.mark.parametrize("status", ["scheduled", "rescheduled"])
def test_what_was_postponed_and_has_a_new_date_was_moved(desk: Client, status: str) -> None:
    edition = confirmed()
    save(desk, edition, status="postponed", status_note="The river is high.")
    assert (edition.status, edition.confirmed_on) == ("postponed", None)
    assert edition.status_note == "The river is high."
    save(desk, edition, start_date="2027-09-05", status=status)
    assert (edition.status, str(edition.previous_start_date)) == ("rescheduled", "2027-04-10")


def test_what_was_cancelled_by_mistake_takes_place(desk: Client) -> None:
    edition = confirmed()
    page = save(
        desk, edition, status="cancelled", status_note="No permit.", status_since="2026-11-01"
    )
    assert (edition.status, str(edition.status_since)) == ("cancelled", "2026-11-01")
    assert "Its status is “Cancelled”." in page
    # Its date may be put right all the same, as what it would have been.
    assert "and a new date?" in save(desk, edition, start_date="2027-04-11")
    save(desk, edition, start_date="2027-04-11", was_wrong="on")
    assert (str(edition.start_date), edition.status) == ("2027-04-11", "cancelled")
    page = save(desk, edition, status="scheduled")
    assert (edition.status, edition.status_note, edition.status_since) == ("scheduled", "", None)
    assert "The note “No permit.” is gone." in page


def test_a_move_can_be_taken_back(desk: Client) -> None:
    edition = confirmed()
    save(desk, edition, start_date="2027-05-09")
    assert "If it was not moved" in save(desk, edition, previous_start_date="")
    save(desk, edition, start_date="2027-04-10", status="scheduled")
    assert (str(edition.start_date), edition.status) == ("2027-04-10", "scheduled")
    assert edition.previous_start_date is None


def test_what_moved_online_stays_online_on_its_new_date(desk: Client) -> None:
    edition = stored(**ONE_DAY)
    save(desk, edition, status="moved-online")
    save(desk, edition, start_date="2027-05-09")
    assert (edition.status, str(edition.previous_start_date)) == ("moved-online", "2027-04-10")


def test_a_new_edition_with_a_story_is_taken_as_it_is_told(desk: Client) -> None:
    race = RaceFactory(slug="it")
    values = {
        "race": str(race.pk), "start_date": "2027-05-09", "end_date": "", "date_precision": "day",
        "status": "scheduled", "previous_start_date": "2027-04-11", "confirmed_on": "2026-11-20",
        "distances-TOTAL_FORMS": "0", "distances-INITIAL_FORMS": "0",
    }  # fmt: skip
    response = desk.post("/admin/races/edition/add/", values, follow=True)
    edition = Edition.objects.get()
    assert (edition.status, str(edition.confirmed_on)) == ("rescheduled", "2026-11-20")
    assert "The page says that it was moved from 11 April 2027." in response.content.decode()


def test_another_change_leaves_the_date_and_its_number_alone(desk: Client) -> None:
    edition = confirmed()
    save(desk, edition, registration_url="https://night.example/enter")
    assert edition.registration_url == "https://night.example/enter"
    assert (str(edition.confirmed_on), edition.sequence) == ("2026-11-02", 0)


def test_each_change_has_a_higher_number_for_calendars(desk: Client) -> None:
    edition = stored(**ONE_DAY)
    numbers = [edition.sequence]
    for typed in [
        {"confirmed_on": "2026-11-20"}, {"start_date": "2027-05-09"}, {"status": "postponed"},
        {"status": "cancelled"}, {"status": "scheduled"}, {"date_precision": "month"},
    ]:  # fmt: skip
        save(desk, edition, **typed)
        numbers.append(edition.sequence)
    assert numbers == sorted(set(numbers))


# Who is told.


@pytest.fixture
def kept(membership: Membership) -> Edition:
    """An edition of a race that a race director keeps."""
    edition = confirmed()
    Listing.objects.create(organizer=membership.organizer, race=edition.race)
    return edition


def test_the_owner_is_told_of_another_date(
    desk: Client,
    kept: Edition,
    membership: Membership,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    second = MembershipFactory(organizer=membership.organizer).user
    MembershipFactory()
    gone = MembershipFactory(organizer=membership.organizer).user
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, kept, start_date="2027-05-09", status_note="")
    assert sorted(mail.to for mail in mailoutbox) == sorted(
        [[membership.user.email], [second.email]]
    )
    mail = mailoutbox[0]
    assert mail.subject == "We changed the date of your race: Night Run"
    assert (
        "It said: Sat 10 April 2027. Confirmed by the organizer on 2 November 2026.\n"
        "It says: Sun 9 May 2027. Moved from 10 April 2027. Not yet confirmed by the organizer.\n"
    ) in mail.body
    assert "https://startline.example/races/it/" in mail.body
    assert "moderator@example.com" not in mail.body


def test_the_owner_is_told_of_another_status_and_its_reason(
    desk: Client,
    kept: Edition,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, kept, status="cancelled", status_note="No permit & no road.")
    [mail] = mailoutbox
    assert "It says: Sat 10 April 2027. Cancelled: No permit & no road.\n" in mail.body


def test_nobody_is_told_what_is_no_news(
    desk: Client,
    kept: Edition,
    membership: Membership,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, kept, registration_url="https://night.example/enter")
        save(desk, kept, end_date="2027-04-01")
    assert mailoutbox == []
    Race.objects.update(state="draft")
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, kept, start_date="2027-05-09")
    assert mailoutbox == []
    # Who changed it knows.
    Race.objects.update(state="published")
    own = membership.user
    User.objects.filter(pk=own.pk).update(is_staff=True, is_superuser=True)
    with django_capture_on_commit_callbacks(execute=True):
        save(client_of(User.objects.get(pk=own.pk)), kept, start_date="2027-05-16")
    assert str(kept.start_date) == "2027-05-16"
    assert mailoutbox == []


def test_a_changed_text_is_linked_anew_and_a_changed_date_does_not_unlink_it(desk: Client) -> None:
    edition = stored(**ONE_DAY)
    Race.objects.update(description="Hills.", description_html="<p>Hills.</p>")
    save(desk, edition, start_date="2027-05-09")
    assert Race.objects.get().description_html == "<p>Hills.</p>"
    assert not DBTaskResult.objects.exists()
