"""The states of a submission: who may change them, what is recorded, told and published."""

import socket
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from time_machine import TimeMachineFixture

from organizers.models import Decision, Listing, Membership, Plan, Submission, User
from organizers.submissions import workflow
from organizers.submissions.submission_forms import SubmissionForms
from organizers.submissions.workflow import NotApprovable, WrongState
from races.models import Distance, Edition, Place, PriceTier, Race
from tests.backstage import CONCURRENT, second_person, wait_until_somebody_waits_for_us
from tests.clock import TODAY, day
from tests.desk import client_of
from tests.factories import (
    MembershipFactory,
    OrganizerFactory,
    RaceFactory,
    SubmissionFactory,
    UserFactory,
    pending,
    submission_in,
    submission_values,
)

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

State = Submission.State


# Which step may be taken from which state.

STEPS: dict[str, tuple[Callable[[Submission, User], None], str, set[str]]] = {
    "submit": (workflow.submit, "pending", {"draft", "changes-requested"}),
    "withdraw": (workflow.withdraw, "withdrawn", {"draft", "pending", "changes-requested"}),
    "request changes": (
        lambda item, by: workflow.request_changes(item, by, "Which town?"),
        "changes-requested", {"pending"},
    ),
    "reject": (
        lambda item, by: workflow.reject(item, by, "Not a race."), "rejected", {"pending"},
    ),
    "approve": (workflow.approve, "approved", {"pending"}),
}  # fmt: skip
ALLOWED = [(step, state) for step in STEPS for state in State.values if state in STEPS[step][2]]
EVERY = [(step, state) for step in STEPS for state in State.values]
FORBIDDEN = [pair for pair in EVERY if pair not in ALLOWED]


@pytest.mark.parametrize(("step", "state"), ALLOWED)
def test_an_allowed_step_is_taken_and_recorded(step: str, state: str) -> None:
    take, reached, _ = STEPS[step]
    submission, somebody = submission_in(state), UserFactory()
    take(submission, somebody)
    submission.refresh_from_db()
    assert submission.state == reached
    decision = submission.decisions.get()
    assert (decision.state, decision.by) == (reached, somebody)
    assert Race.objects.exists() == (step == "approve")


@pytest.mark.parametrize(("step", "state"), FORBIDDEN)
def test_a_forbidden_step_changes_nothing(
    step: str,
    state: str,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    submission = submission_in(state)
    was = Submission.objects.values().get()
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(WrongState, match="already"),
    ):
        STEPS[step][0](submission, UserFactory())
    assert Submission.objects.values().get() == was
    assert not Decision.objects.exists()
    assert not Race.objects.exists()
    assert mailoutbox == []


def test_every_state_and_step_is_in_the_matrix() -> None:
    assert len(ALLOWED) == 8
    assert len(FORBIDDEN) == 22
    reached = {step[1] for step in STEPS.values()}
    assert reached == set(State.values) - {"draft"}
    table = {name: (step.after, step.before) for name, step in workflow.STEPS.items()}
    assert {step: rest for step, (_, *rest) in STEPS.items()} == {
        name.replace("-", " "): list(row) for name, row in table.items()
    }


def test_a_stale_copy_does_not_overwrite_what_changed_meanwhile() -> None:
    submission = pending()
    stale = Submission.objects.get(pk=submission.pk)
    Submission.objects.update(values={"race-name": "Newer"})
    workflow.request_changes(stale, UserFactory(), "Which town?")
    submission.refresh_from_db()
    assert submission.values == {"race-name": "Newer"}


# What is recorded.


def test_a_decision_says_who_what_when_and_why(time_machine: TimeMachineFixture) -> None:
    submission, moderator = pending(), UserFactory()
    time_machine.move_to("2026-12-01T10:00Z", tick=False)
    workflow.request_changes(submission, moderator, "  Which town?\nSay so.  ")
    time_machine.move_to("2026-12-02T11:00Z", tick=False)
    workflow.submit(submission, submission.submitted_by)
    time_machine.move_to("2026-12-03T12:00Z", tick=False)
    workflow.reject(submission, moderator, "Still not.")
    told = [
        (d.by, d.state, d.at.isoformat()[:16], d.note) for d in submission.decisions.order_by("at")
    ]
    assert told == [
        (moderator, "changes-requested", "2026-12-01T10:00", "Which town?\nSay so."),
        (submission.submitted_by, "pending", "2026-12-02T11:00", ""),
        (moderator, "rejected", "2026-12-03T12:00", "Still not."),
    ]
    submission.refresh_from_db()
    assert submission.submitted_at
    assert submission.submitted_at.isoformat()[:16] == "2026-12-02T11:00"


@pytest.mark.parametrize("note", ["", "   ", "\n\t"])
@pytest.mark.parametrize("step", [workflow.reject, workflow.request_changes])
def test_nobody_is_refused_without_a_reason(step: Callable[..., None], note: str) -> None:
    submission = pending()
    with pytest.raises(IntegrityError, match="decision_against_needs_a_note"), transaction.atomic():
        step(submission, UserFactory(), note)
    submission.refresh_from_db()
    assert submission.state == "pending"


# What is told, and when.


@pytest.mark.parametrize(
    ("step", "subject", "said"),
    [
        ("submit", "We have your race: Costa Brava Night Run", "/organizers/submissions/{pk}/"),
        ("approve", "Your race is on Startline: Costa Brava Night Run", "/races/costa-brava-"),
        ("request changes", "Please change something: Costa Brava Night Run", "Which town?"),
        ("reject", "We did not list: Costa Brava Night Run", "Not a race."),
    ],
)
def test_the_submitter_is_told_once_it_is_committed(
    step: str,
    subject: str,
    said: str,
    mailoutbox: list[EmailMessage],
) -> None:
    submission = submission_in("draft" if step == "submit" else "pending")
    STEPS[step][0](submission, UserFactory(email="moderator@example.com"))
    [mail] = mailoutbox
    assert mail.subject == subject
    assert mail.to == [submission.submitted_by.email]
    assert mail.cc == mail.bcc == []
    assert mail.from_email == "Startline <hello@startline.example>"
    assert said.format(pk=submission.pk) in mail.body
    assert "https://startline.example/" in mail.body
    assert "moderator@example.com" not in mail.body


def test_a_withdrawal_needs_no_mail(
    mailoutbox: list[EmailMessage],
) -> None:
    workflow.withdraw(pending(), UserFactory())
    assert mailoutbox == []


def test_the_words_of_a_mail_stand_as_they_were_written(
    mailoutbox: list[EmailMessage],
) -> None:
    submission = pending(**{"race-name": "Tom & Jerry’s <10K>"})
    workflow.reject(submission, UserFactory(), 'It isn\'t "ours" & <never> was.')
    assert 'It isn\'t "ours" & <never> was.' in mailoutbox[0].body
    assert "Tom & Jerry’s <10K>" in mailoutbox[0].subject


@pytest.mark.parametrize(
    "name",
    ["Night\nBcc: everyone@example.com", "Night\r\nRun", "Night\u2028Run", "Night {race} %s", "\n"],
)
def test_a_name_cannot_break_the_mails_header(
    name: str,
    mailoutbox: list[EmailMessage],
) -> None:
    workflow.reject(pending(**{"race-name": name}), UserFactory(), "No.")
    [mail] = mailoutbox
    message = mail.message()
    assert message["Bcc"] is None
    assert len(mail.subject.splitlines()) == 1
    assert mail.recipients() == mail.to


@CONCURRENT
def test_nothing_is_told_about_what_was_rolled_back(mailoutbox: list[EmailMessage]) -> None:
    submission, moderator = pending(), UserFactory()
    with transaction.atomic():
        workflow.approve(submission, moderator)
        transaction.set_rollback(True)
    submission.refresh_from_db()
    assert submission.state == "pending"
    assert not Decision.objects.exists()
    assert not Race.objects.exists()
    assert mailoutbox == []
    workflow.approve(submission, moderator)
    assert len(mailoutbox) == 1


@CONCURRENT
def test_a_mail_server_that_is_down_does_not_undo_the_decision(
    settings: Settings, moderator: User
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.EMAIL_PORT = closed.getsockname()[1]
    settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    submission = pending()
    response = client_of(moderator).post(
        f"/admin/organizers/submission/{submission.pk}/decide/",
        {"step": "reject", "note": "Not a race."},
    )
    assert response.status_code == 302
    submission.refresh_from_db()
    assert submission.state == "rejected"
    assert Decision.objects.get().note == "Not a race."


# Two at once.


@CONCURRENT
@pytest.mark.parametrize("first", ["approve", "reject", "withdraw"])
@pytest.mark.parametrize("second", ["approve", "reject", "withdraw"])
def test_of_two_who_decide_at_once_one_wins(
    first: str, second: str, mailoutbox: list[EmailMessage]
) -> None:
    submission, ann, ben = pending(), UserFactory(), UserFactory()
    thread, outcome = second_person(lambda: STEPS[second][0](submission, ben))
    with transaction.atomic():
        STEPS[first][0](Submission.objects.get(pk=submission.pk), ann)
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    [error] = outcome
    assert isinstance(error, WrongState)
    submission.refresh_from_db()
    assert submission.state == STEPS[first][1]
    assert [decision.by for decision in submission.decisions.all()] == [ann]
    assert Race.objects.count() == Listing.objects.count() == (first == "approve")
    assert len(mailoutbox) == (first != "withdraw")


@CONCURRENT
def test_what_has_just_been_sent_is_not_rewritten_by_a_second_window(
    membership: Membership,
) -> None:
    submission = submission_in("changes-requested", organizer=membership.organizer)
    edit = f"/organizers/submissions/{submission.pk}/edit/"
    director = client_of(membership.user)
    changed = submission_values(**{"race-city": "Elsewhere"})
    thread, outcome = second_person(lambda: director.post(edit, changed))
    with transaction.atomic():
        locked = Submission.objects.select_for_update().get()
        thread.start()
        wait_until_somebody_waits_for_us()
        workflow.submit(locked, membership.user)
    thread.join(10)
    assert outcome == ["done"]
    submission.refresh_from_db()
    assert submission.state == "pending"
    assert submission.values["race-city"] == "Girona"


@CONCURRENT
def test_one_race_proposed_by_two_is_published_once() -> None:
    ours, theirs, moderator = pending(), pending(), UserFactory()
    thread, outcome = second_person(lambda: workflow.approve(theirs, moderator))
    with transaction.atomic():
        workflow.approve(ours, moderator)
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert isinstance(outcome[0], NotApprovable), outcome
    assert Race.objects.count() == 1
    theirs.refresh_from_db()
    assert theirs.state == "pending"


# What approval makes.


def place(name: str, country: str, population: int, latitude: float) -> Place:
    return Place.objects.create(
        geoname_id=population, name=name, keys=[name.lower()], country=country,
        latitude=latitude, longitude=2.82, population=population, time_zone="Europe/Madrid",
    )  # fmt: skip


def test_approval_puts_the_race_on_the_site_in_the_organizers_hands() -> None:
    girona = place("Girona", "ES", 103_000, 41.98)
    place("Girona", "MX", 900_000, 19.0)
    second = {
        "distance-TOTAL_FORMS": "3", "distance-1-name": "", "distance-1-unit": "km",
        "distance-2-name": "Backyard", "distance-2-length": "6.706", "distance-2-unit": "loop",
    }  # fmt: skip
    submission = pending(**second)
    workflow.approve(submission, UserFactory(), "Welcome!")

    submission.refresh_from_db()
    race = Race.objects.get()
    assert submission.race == race
    assert (race.name, race.slug) == ("Costa Brava Night Run", "costa-brava-night-run")
    assert (race.state, race.sport, race.city, race.region, race.country) == (
        "published", "road-running", "Girona", "Catalonia", "ES",
    )  # fmt: skip
    assert race.website == "https://night.example/"
    assert race.description == "Ten kilometres through the old town."
    assert race.organizer_name == submission.organizer.name
    # The middle of a town is not where its race starts.
    assert (race.place, race.latitude, race.longitude) == (girona, None, None)
    assert race.time_zone == "Europe/Madrid"
    assert race.search is not None

    edition = Edition.objects.get()
    start = TODAY + timedelta(days=90)
    assert (edition.race, edition.start_date, edition.end_date) == (race, start, start)
    assert (edition.date_precision, edition.status) == ("day", "scheduled")
    # The day it was sent, not the day that somebody found time to read it.
    assert edition.confirmed_on == date(2026, 11, 1)
    assert edition.last_verified_on is None
    assert edition.registration_url == "https://night.example/enter"
    assert edition.registration_state == "open"
    assert edition.source_url == ""

    first, backyard = Distance.objects.order_by("position")
    assert (first.edition, first.name, first.metres) == (edition, "10K", 10_000)
    assert (first.minutes, first.loop_metres, first.distance_class) == (None, None, "10k")
    assert (first.start_time, first.cut_off_minutes) == (time(21, 30), 90)
    assert (backyard.name, backyard.metres, backyard.loop_metres) == ("Backyard", None, 6706)
    tier = PriceTier.objects.get()
    assert (tier.distance, tier.amount, tier.currency) == (first, Decimal("18.50"), "EUR")

    listing = Listing.objects.get()
    assert (listing.organizer, listing.race) == (submission.organizer, race)


def test_an_approved_race_is_found_by_everyone(client: Any) -> None:
    workflow.approve(pending(), UserFactory())
    race = Race.objects.get(slug="costa-brava-night-run")
    # Its words are linked by the worker, once there is time.
    task = DBTaskResult.objects.get(queue_name="default")
    assert (task.task_path, task.args_kwargs["args"]) == (
        "races.tasks.link_descriptions",
        [[race.pk]],
    )
    page = client.get("/races/costa-brava-night-run/")
    assert page.status_code == 200
    assert "Ten kilometres through the old town." in page.content.decode()
    assert "/races/costa-brava-night-run/" in client.get("/races/?q=brava").content.decode()


@pytest.mark.parametrize(
    ("length", "unit", "measures"),
    [
        ("42.195", "km", (42195, None, None)),
        ("26.219", "mi", (42195, None, None)),
        ("400", "m", (400, None, None)),
        ("24", "h", (None, 1440, None)),
        ("6.706", "loop", (None, None, 6706)),
        ("0.05", "km", (50, None, None)),
        ("1", "m", (1, None, None)),
    ],
)
def test_a_length_is_kept_in_its_measure(
    length: str, unit: str, measures: tuple[int | None, ...]
) -> None:
    form = {"distance-0-length": length, "distance-0-unit": unit}
    workflow.approve(pending(**form), UserFactory())
    distance = Distance.objects.get()
    assert (distance.metres, distance.minutes, distance.loop_metres) == measures


@pytest.mark.parametrize(("typed", "minutes"), [("7:30", 450), ("6", 360), ("", None)])
def test_a_cut_off_is_kept_in_minutes(typed: str, minutes: int | None) -> None:
    workflow.approve(pending(**{"distance-0-cut_off": typed}), UserFactory())
    assert Distance.objects.get().cut_off_minutes == minutes


def test_a_month_stays_a_month() -> None:
    first = (TODAY.replace(day=1) + timedelta(days=32)).replace(day=1)
    values = submission_values(**{"edition-start_date": "", "edition-month": f"{first:%Y-%m}"})
    del values["edition-is_confirmed"]
    workflow.approve(submission_in("pending", values=values), UserFactory())
    edition = Edition.objects.get()
    assert (edition.start_date, edition.date_precision) == (first, "month")
    assert edition.end_date + timedelta(days=1) == (first + timedelta(days=32)).replace(day=1)
    assert edition.confirmed_on is None


def test_a_town_the_gazetteer_does_not_know_has_no_made_up_place() -> None:
    place("Girona", "ES", 103_000, 41.98)
    workflow.approve(pending(**{"race-city": "Sant Pau de Segúries"}), UserFactory())
    race = Race.objects.get()
    assert (race.place, race.latitude, race.longitude, race.time_zone) == (None, None, None, "")


def test_every_race_gets_an_address_of_its_own() -> None:
    RaceFactory(slug="costa-brava-night-run", country="PT", name="Another")
    RaceFactory(slug="costa-brava-night-run-girona", country="PT", name="One more")
    workflow.approve(pending(), UserFactory())
    workflow.approve(pending(**{"race-name": "Calendar"}), UserFactory())
    slugs = Race.objects.filter(country="ES").order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["costa-brava-night-run-2", "calendar-girona"]


def test_the_longest_name_fits(client: Any) -> None:
    longest = {"race-name": "Ab " * 39 + "Run", "race-city": "X" * 80}
    workflow.approve(pending(**longest), UserFactory())
    assert client.get(Race.objects.get().get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"edition-start_date": day(-1)}, "This day has passed"),
        ({"race-name": ""}, "This can’t be empty"),
        ({"race-website": "javascript:alert(1)"}, "valid URL"),
        ({"distance-0-length": "-1"}, "greater than"),
        ({"distance-TOTAL_FORMS": "x"}, "List at least one distance"),
        ({"distance-0-name": "", "distance-0-length": ""}, "This can’t be empty"),
    ],
)
def test_what_no_longer_holds_is_not_approved(changes: dict[str, str], complaint: str) -> None:
    submission = pending(**changes)
    with pytest.raises(NotApprovable, match=complaint):
        workflow.approve(submission, UserFactory())
    submission.refresh_from_db()
    assert (submission.state, submission.race) == ("pending", None)
    for model in (Decision, Race, Edition, Distance, Listing):
        assert not model.objects.exists(), model


def test_a_proposal_runs_out_when_its_day_has_passed(time_machine: TimeMachineFixture) -> None:
    submission = pending(**{"edition-start_date": "2027-05-01"})
    time_machine.move_to("2027-05-01T12:00Z")
    assert SubmissionForms(submission.values).is_valid()
    time_machine.move_to("2027-05-02T12:00Z")
    with pytest.raises(NotApprovable, match="This day has passed"):
        workflow.approve(submission, UserFactory())
    assert not Race.objects.exists()
    workflow.request_changes(submission, UserFactory(), "Its day has passed.")
    submission.refresh_from_db()
    assert submission.state == "changes-requested"


def test_the_second_proposal_of_a_race_is_not_approved() -> None:
    workflow.approve(pending(), UserFactory())
    with pytest.raises(NotApprovable, match="already have a race"):
        workflow.approve(pending(), UserFactory())
    assert Race.objects.count() == 1


# What the database itself refuses, whoever asks.


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize("state", ["changes-requested", "rejected"])
def test_the_database_refuses_a_decision_against_without_a_note(state: str) -> None:
    submission = pending()
    with refused("decision_against_needs_a_note"):
        Decision.objects.create(submission=submission, state=state, by=UserFactory())


def test_the_database_refuses_an_unknown_state() -> None:
    with refused("submission_state_is_known"):
        submission_in("published")


@pytest.mark.parametrize("state", ["pending", "changes-requested", "approved", "rejected"])
def test_the_database_refuses_what_was_sent_without_a_time(state: str) -> None:
    with refused("submission_has_a_time"):
        SubmissionFactory(state=state, submitted_at=None)


def test_the_database_keeps_the_starter_plan_free() -> None:
    with refused("starter_plan_is_free"):
        Plan.objects.filter(slug="starter").update(monthly_price="0.01")


def test_the_database_refuses_a_second_owner_of_a_race() -> None:
    race = RaceFactory()
    Listing.objects.create(organizer=OrganizerFactory(), race=race)
    with refused("race_id"):
        Listing.objects.create(organizer=OrganizerFactory(), race=race)


def test_the_database_refuses_the_same_member_twice() -> None:
    membership = MembershipFactory()
    with refused("membership_once"):
        MembershipFactory(organizer=membership.organizer, user=membership.user)


def test_the_database_refuses_an_email_in_other_letters() -> None:
    UserFactory(email="ann@example.com")
    with refused("user_email_once"):
        UserFactory(email="Ann@Example.com")
