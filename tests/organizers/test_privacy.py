"""Each sentence of /privacy/, read in the database after the thing was done.

What ends by itself ends in a task of settings.PERIODIC_TASKS, named beside its test.
"""

import logging
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from time_machine import TimeMachineFixture

from glossary.models import Feedback, MissedSearch
from organizers import mail
from organizers.models import Alert, Mail, Membership, Report, Submission, User
from organizers.privacy.keeping import forget_what_is_over
from tests.backstage import run_worker
from tests.desk import client_of, code_in
from tests.factories import (
    EditionFactory,
    MembershipFactory,
    RaceFactory,
    SubmissionFactory,
    TermFactory,
    UserFactory,
    submission_values,
)
from web import queue

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

ADDRESS = "198.51.100.77"


def all_that_is_kept(besides: set[str] | None = None) -> str:
    """Every row of every table, as text."""
    found = []
    for table in set(connection.introspection.table_names()) - (besides or set()):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            found += [f"{table}: {row[0]}" for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_page_is_public_and_every_page_leads_to_it(client: Client) -> None:
    page = client.get("/privacy/")
    assert page.status_code == 200
    assert page["Cache-Control"].startswith("public")
    for path in ["/", "/about/", "/accounts/signup/", "/no-such-page/"]:
        assert 'href="/privacy/"' in client.get(path).content.decode(), path
    assert "/privacy/</loc>" in client.get("/sitemap.xml").content.decode()


def test_reading_leaves_no_cookie_no_row_and_no_line_in_a_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    race = EditionFactory(race=RaceFactory()).race
    paths = ["/", "/privacy/", "/races/?sport=road-running", race.get_absolute_url(),
             "/near/?near=1,1", f"/my-list/races/?races={race.pk}", f"/my-list/?races={race.pk}",
             "/embed/races/", f"/embed{race.get_absolute_url()}", TermFactory().get_absolute_url(),
             "/search/?q=word"]  # fmt: skip
    before = all_that_is_kept()
    with caplog.at_level(logging.INFO):
        for path in paths:
            response = client.get(path, REMOTE_ADDR=ADDRESS, HTTP_USER_AGENT="Her own browser")
            assert response.status_code == 200, path
            assert not response.cookies, path
    assert set(all_that_is_kept().splitlines()) == set(before.splitlines())
    assert [r for r in caplog.records if ADDRESS in r.getMessage()] == []


def test_what_readers_say_is_kept_without_who_they_are(client: Client) -> None:
    term = TermFactory()
    who: dict[str, Any] = {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": "Her own browser"}
    client.get("/search/?q=nosuchwordatall", **who)
    answer = {"answer": "wrong", "text": "It is 42.2"}
    client.post(f"{term.get_absolute_url()}feedback/", answer, **who)
    assert MissedSearch.objects.get().query == "nosuchwordatall"
    assert Feedback.objects.get().text == "It is 42.2"
    kept = all_that_is_kept()
    assert "nosuchwordatall" in kept
    for trace in [ADDRESS, "Her own browser"]:
        assert trace not in kept


def test_an_alert_keeps_an_address_and_a_search_until_it_is_ended(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    edition = EditionFactory(race=RaceFactory())
    who: dict[str, Any] = {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": "Her own browser"}
    address = "/races/search/alert/?country=ES"
    client.post(address, {"email": "her@away.example"}, **who)
    link = re.search(r"https?://[^/\s]+(/\S+/confirm/\S+)", str(mailoutbox[0].body))
    assert link
    client.post(link[1], **who)
    alert = Alert.objects.get()
    assert (alert.email, alert.query) == ("her@away.example", "country=ES")
    assert list(alert.told) == [str(edition.pk)]
    for trace in [ADDRESS, "Her own browser"]:
        assert trace not in all_that_is_kept()
    assert "her@away.example" in all_that_is_kept()
    client.post(f"/races/search/alert/end/{alert.key}/", **who)
    assert "her@away.example" not in all_that_is_kept()


# organizers.tasks.forget_unconfirmed_alerts
def test_an_alert_that_is_not_confirmed_goes_after_two_days(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    queue.plan_periodic()
    client.post("/races/search/alert/?country=ES", {"email": "her@away.example"})
    assert mailoutbox[0].to == ["her@away.example"]
    for hours, is_left in [(47, True), (49, False)]:
        time_machine.move_to(datetime(2027, 1, 10, 10, tzinfo=UTC) + timedelta(hours=hours))
        run_worker()
        assert ("her@away.example" in all_that_is_kept()) == is_left


# organizers.tasks.forget_what_is_over
def test_what_is_called_wrong_is_kept_without_who_says_it_until_a_year_after_its_decision(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    race = EditionFactory(race=RaceFactory()).race
    who: dict[str, Any] = {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": "Her own browser"}
    client.post(f"{race.get_absolute_url()}wrong/?about=place", {"text": "In Lloret."}, **who)
    kept = Report.objects.get()
    assert (kept.text, kept.said, kept.evidence) == ("In Lloret.", "Girona, Spain", "")
    for trace in [ADDRESS, "Her own browser"]:
        assert trace not in all_that_is_kept()
    Report.objects.update(state="done", decided_at=timezone.now())
    for days, is_left in [(364, True), (2, False)]:
        time_machine.shift(timedelta(days=days))
        forget_what_is_over()
        assert Report.objects.exists() == is_left


# web.tasks.forget_counts
def test_counts_of_tries_say_of_nobody_and_go_within_an_hour_of_their_end(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T22:20Z", tick=False)
    cache.clear()
    queue.plan_periodic()
    run_worker()
    page = f"{TermFactory().get_absolute_url()}feedback/"
    for _ in range(3):
        client.post("/accounts/signup/", {"email": "wrong"}, REMOTE_ADDR=ADDRESS)
        client.post(page, {"answer": "yes"}, REMOTE_ADDR=ADDRESS)
    assert ADDRESS not in all_that_is_kept()
    counts = {"cache", "web_ratelimit"}
    assert all(rows_of(table) > 0 for table in counts)
    run_worker()
    assert all(rows_of(table) > 0 for table in counts)
    time_machine.move_to("2027-01-10T23:59Z", tick=False)
    run_worker()
    assert not any(rows_of(table) for table in counts)
    # What they were scrambled with, too, once the day is over.
    assert rows_of("web_daysalt") == 1
    time_machine.move_to("2027-01-11T00:59Z", tick=False)
    run_worker()
    assert rows_of("web_daysalt") == 0


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
        return int(cursor.fetchone()[0])


def test_an_account_holds_an_address_and_no_more_than_was_given(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    response = client.post("/accounts/signup/", {"email": "new@example.com"}, REMOTE_ADDR=ADDRESS)
    client.post(response["Location"], {"code": code_in(mailoutbox[0].body)})
    user = User.objects.get()
    assert (user.email, user.name, user.has_usable_password()) == ("new@example.com", "", False)
    assert user.last_login
    user.set_password("a long enough secret")
    user.save()
    kept = all_that_is_kept()
    assert "a long enough secret" not in kept
    assert ADDRESS not in kept


def test_mail_is_kept_until_it_is_sent(client: Client, mailoutbox: list[EmailMessage]) -> None:
    client.post("/accounts/signup/", {"email": "new@example.com"})
    assert rows_of("organizers_mail") == 1
    code = code_in(mailoutbox[0].body)
    assert rows_of("organizers_mail") == 0
    assert "Message-ID" not in all_that_is_kept()
    assert code


# organizers.tasks.forget_failed_mail
def test_mail_that_could_not_be_sent_goes_after_30_days_and_the_text_of_a_code_with_the_code(
    client: Client, no_mail_server: None, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    queue.plan_periodic()
    run_worker()
    client.post("/accounts/signup/", {"email": "new@example.com"})
    code = code_in(Mail.objects.get().message["body"])
    run_worker()
    assert code in all_that_is_kept()
    time_machine.move_to("2027-01-10T10:16Z", tick=False)
    run_worker()
    assert code not in all_that_is_kept()
    assert Mail.objects.get().to == "new@example.com"
    for days, is_left in [(29, True), (31, False)]:
        time_machine.move_to(datetime(2027, 1, 10, 11, tzinfo=UTC) + timedelta(days), tick=False)
        run_worker()
        assert Mail.objects.exists() == is_left


@pytest.fixture
def no_mail_server(settings: Settings) -> Iterator[None]:
    """Nobody listens at the port, and nobody else can take it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield


def test_nothing_of_a_person_is_left_when_their_account_is_deleted(membership: Membership) -> None:
    user = membership.user
    User.objects.filter(pk=user.pk).update(email="gone@away.example", name="Ana Unmistakable")
    user.refresh_from_db()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    membership.organizer.contact_email = "contact@away.example"
    membership.organizer.save()
    SubmissionFactory(organizer=membership.organizer, submitted_by=user)
    mail.send("Hello", "Text", "gone@away.example")
    Alert.objects.create(email="gone@away.example", query="country=ES", asked_at=timezone.now())
    client = client_of(user)
    assert "gone@away.example" in all_that_is_kept()
    client.post("/organizers/account/delete/", {"sure": "yes"})
    for trace in ["away.example", "Unmistakable"]:
        assert trace not in all_that_is_kept()


# organizers.tasks.forget_what_is_over
@pytest.mark.parametrize(("days", "is_left"), [(6, True), (8, False)])
def test_an_account_whose_address_was_never_confirmed_goes_after_a_week(
    days: int, is_left: bool, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    client.post("/accounts/signup/", {"email": "never@example.com"})
    confirmed = UserFactory()
    EmailAddress.objects.create(user=confirmed, email=confirmed.email, verified=True)
    by_hand, staff = UserFactory(), UserFactory(is_staff=True)
    EmailAddress.objects.create(user=staff, email=staff.email)
    time_machine.shift(timedelta(days=days))
    forget_what_is_over()
    left = {confirmed, by_hand, staff}
    assert set(User.objects.exclude(email="never@example.com")) == left
    assert User.objects.filter(email="never@example.com").exists() == is_left
    assert EmailAddress.objects.filter(email="never@example.com").exists() == is_left


# organizers.tasks.forget_what_is_over
def test_a_session_lasts_two_weeks_at_most_and_its_row_goes(
    membership: Membership, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    client = client_of(membership.user)
    client.get("/organizers/profile/")
    assert set(client.cookies) == {"sessionid", "csrftoken"}
    assert str(membership.user) not in client.cookies["csrftoken"].value
    assert Session.objects.get().expire_date <= timezone.now() + timedelta(days=14)
    forget_what_is_over()
    assert Session.objects.count() == 1
    time_machine.shift(timedelta(days=15))
    assert client.get("/organizers/").status_code == 302
    forget_what_is_over()
    assert Session.objects.count() == 0
    other = client_of(membership.user)
    other.post("/accounts/logout/")
    assert membership.user.email not in all_that_is_kept(besides={"organizers_user"})


def test_the_contact_address_of_a_profile_is_only_for_moderators(moderator: User) -> None:
    membership = MembershipFactory(organizer__contact_email="contact@away.example")
    submission = SubmissionFactory(
        organizer=membership.organizer, submitted_by=membership.user,
        state="pending", submitted_at=timezone.now(),
    )  # fmt: skip
    desk = client_of(moderator)
    desk.post(f"/admin/organizers/submission/{submission.pk}/decide/", {"step": "approve"})
    race = Submission.objects.get().race
    assert race
    stranger = client_of(MembershipFactory().user)
    for path in [race.get_absolute_url(), "/races/", "/organizers/"]:
        assert "away.example" not in stranger.get(path).content.decode(), path


def proposal(membership: Membership, age: int, **values: Any) -> Submission:
    submission: Submission = SubmissionFactory(
        organizer=membership.organizer, submitted_by=membership.user, **values
    )
    then = timezone.now() - timedelta(days=age)
    Submission.objects.filter(pk=submission.pk).update(updated_at=then)
    return submission


# organizers.tasks.forget_what_is_over
def test_a_draft_goes_after_a_year_without_a_change(membership: Membership) -> None:
    young, old = proposal(membership, 364), proposal(membership, 366)
    forget_what_is_over()
    assert [s.pk for s in Submission.objects.all()] == [young.pk]
    assert old.pk


# organizers.tasks.forget_what_is_over
def test_of_a_race_not_listed_the_name_and_the_decision_stay_after_a_year(
    membership: Membership, moderator: User
) -> None:
    sent = {"submitted_at": datetime(2025, 1, 1, tzinfo=UTC)}
    old = [proposal(membership, 366, state=s, **sent) for s in ["rejected", "withdrawn"]]
    kept = [proposal(membership, 364, state=s, **sent) for s in ["rejected", "withdrawn"]]
    kept += [proposal(membership, 366, state=s, **sent)
             for s in ["pending", "changes-requested", "approved"]]  # fmt: skip
    old[0].decisions.create(state="rejected", by=moderator, note="Why.")
    for _ in range(2):  # as often as one likes
        forget_what_is_over()
        for submission in old:
            submission.refresh_from_db()
            assert submission.values == {"race-name": "Costa Brava Night Run"}
        for submission in kept:
            submission.refresh_from_db()
            assert submission.values == submission_values()
    assert old[0].decisions.get().note == "Why."
    assert client_of(membership.user).get(old[0].get_absolute_url()).status_code == 200


def test_the_command_says_what_went(membership: Membership, capsys: Any) -> None:
    proposal(membership, 366)
    proposal(membership, 366, state="rejected", submitted_at=timezone.now())
    call_command("forget_what_is_over")
    said = capsys.readouterr().out
    assert "drafts: 1 gone" in said
    assert "refused proposals: 1 gone" in said
    call_command("forget_what_is_over")
    again = capsys.readouterr().out
    assert "drafts: 0 gone" in again
    assert "refused proposals: 0 gone" in again
