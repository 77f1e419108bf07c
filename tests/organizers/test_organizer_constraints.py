"""Each constraint of the organizers' tables refuses one row, whoever asks the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from organizers.models import Alert, Decision, Listing, Mail, Plan, Report, Submission
from organizers.submissions import workflow
from organizers.submissions.workflow import SENT_AGAIN, WrongState
from tests.backstage import rows_that_go_again
from tests.factories import (
    MembershipFactory,
    OrganizerFactory,
    RaceFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def an_email_twice() -> None:
    UserFactory(email="ann@example.com")
    UserFactory(email="ann@example.com")


def an_email_in_other_letters() -> None:
    UserFactory(email="ann@example.com")
    UserFactory(email="Ann@Example.com")


def a_name_for_readers_that_is_an_address() -> None:
    UserFactory(public_name="ann@example.com")


def a_plan_that_costs() -> None:
    Plan.objects.filter(slug="starter").update(monthly_price="0.01")


def a_plan_of_the_same_name() -> None:
    Plan.objects.create(slug="other", name=Plan.objects.get(slug="starter").name)


def a_plan_of_the_same_slug() -> None:
    Plan.objects.create(slug="starter", name="Other")


def a_member_twice() -> None:
    first = MembershipFactory()
    MembershipFactory(organizer=first.organizer, user=first.user)


def a_race_of_two_organizers() -> None:
    race = RaceFactory()
    for _ in range(2):
        Listing.objects.create(organizer=OrganizerFactory(), race=race)


def a_decision_without_a_reason() -> None:
    Decision.objects.create(submission=SubmissionFactory(), state="rejected", by=UserFactory())


def a_submission_sent_at_no_time() -> None:
    SubmissionFactory(state="pending", submitted_at=None)


def a_submission_in_no_known_state() -> None:
    SubmissionFactory(state="published", submitted_at="2026-11-01T09:00Z")


def a_submission_under_way_of_nobody() -> None:
    SubmissionFactory(organizer=None)


def a_mail_tried_less_than_never() -> None:
    Mail.objects.create(attempts=-1)


def alert(**values: Any) -> Alert:
    values = {"email": "ann@example.com", "query": "country=ES", **values}
    return Alert.objects.create(asked_at=timezone.now(), **values)


def an_alert_twice() -> None:
    alert()
    alert()


def two_alerts_of_one_key() -> None:
    alert(email="bob@example.com", key=alert().key)


def an_alert_in_other_letters() -> None:
    alert(email="Ann@example.com")


def an_alert_that_looks_before_it_is_confirmed() -> None:
    alert(quiet_until=timezone.now())


def report(**values: Any) -> Report:
    values = {"about": "date", "text": "It is on 9 May.", **values}
    return Report.objects.create(race=RaceFactory(), **values)


def a_report_about_no_fact() -> None:
    report(about="weather")


def a_report_that_is_decided_at_no_time() -> None:
    report(state="done")


def a_report_declined_without_a_reason() -> None:
    report(state="declined", decided_at=timezone.now())


def a_report_that_says_nothing() -> None:
    report(text="")


def a_report_with_a_script_for_evidence() -> None:
    report(evidence="javascript:alert(1)")


def a_report_without_end() -> None:
    report(text="x" * 1001)


def a_report_of_a_page_without_end() -> None:
    report(said="x" * 2001)


def a_report_with_a_note_without_end() -> None:
    report(state="done", decided_at=timezone.now(), note="x" * 1001)


REFUSED: dict[str, Callable[[], None]] = {
    "organizers_user_email_key": an_email_twice,
    "user_email_once": an_email_in_other_letters,
    "user_public_name_is_no_address": a_name_for_readers_that_is_an_address,
    "starter_plan_is_free": a_plan_that_costs,
    "organizers_plan_name_key": a_plan_of_the_same_name,
    "organizers_plan_slug_key": a_plan_of_the_same_slug,
    "membership_once": a_member_twice,
    "organizers_listing_race_id_key": a_race_of_two_organizers,
    "decision_against_needs_a_note": a_decision_without_a_reason,
    "submission_has_a_time": a_submission_sent_at_no_time,
    "submission_state_is_known": a_submission_in_no_known_state,
    "submission_under_way_has_an_organizer": a_submission_under_way_of_nobody,
    "organizers_mail_attempts_check": a_mail_tried_less_than_never,
    "report_about_is_listed": a_report_about_no_fact,
    "report_is_open_or_decided": a_report_that_is_decided_at_no_time,
    "report_declined_needs_a_note": a_report_declined_without_a_reason,
    "report_says_something": a_report_that_says_nothing,
    "report_evidence_is_a_web_address": a_report_with_a_script_for_evidence,
    "report_text_has_an_end": a_report_without_end,
    "report_said_has_an_end": a_report_of_a_page_without_end,
    "report_note_has_an_end": a_report_with_a_note_without_end,
    "alert_once": an_alert_twice,
    "alert_key_once": two_alerts_of_one_key,
    "alert_address_in_lower_case": an_alert_in_other_letters,
    "alert_looks_once_confirmed": an_alert_that_looks_before_it_is_confirmed,
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_the_database_refuses(constraint: str) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        REFUSED[constraint]()
    cause = refusal.value.__cause__
    assert cause is not None
    assert cause.diag.constraint_name == constraint  # type: ignore[attr-defined]


def test_no_constraint_is_forgotten(constraints_of: Callable[[str], set[str]]) -> None:
    by_django = {"organizers_mail_attempts_check"}
    assert constraints_of("organizers") | by_django == set(REFUSED)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_the_browser_tests_leave_behind_gives_no_key_twice() -> None:
    with rows_that_go_again():
        OrganizerFactory()
    assert Plan.objects.create(slug="other", name="Other").pk > Plan.objects.get(slug="starter").pk


# The version that a moderator has read.


@pytest.mark.parametrize(
    ("step", "state"),
    [("approve", "approved"), ("reject", "rejected"), ("request_changes", "changes-requested")],
)
def test_a_decision_about_what_was_sent_again_meanwhile_is_not_taken(step: str, state: str) -> None:
    read = SubmissionFactory(state="pending", submitted_at="2026-11-01T09:00Z")
    read.refresh_from_db()
    Submission.objects.update(submitted_at="2026-11-02T09:00Z")
    with pytest.raises(WrongState, match=SENT_AGAIN):
        getattr(workflow, step)(read, UserFactory(), "Because.")
    now = Submission.objects.get()
    assert now.state == "pending"
    assert not Decision.objects.exists()
    getattr(workflow, step)(now, UserFactory(), "Because.")
    assert Submission.objects.get().state == state
