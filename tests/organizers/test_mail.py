"""Mail goes through the queue: no request waits for its server, nothing is lost, and staff see."""

import smtplib
import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings
from time_machine import TimeMachineFixture

from organizers import mail
from organizers.models import Mail, User
from tests.backstage import MailServer, run_worker
from tests.backstage import use_mail_server as use
from tests.desk import as_read, client_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/organizers/mail/"


@pytest.fixture
def hung_server(settings: Settings) -> Iterator[None]:
    """Takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        use(settings, listener.getsockname()[1])
        yield


@pytest.fixture
def known() -> User:
    user: User = UserFactory(email="known@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def later(time_machine: TimeMachineFixture, **more: int) -> None:
    time_machine.move_to(timezone.now() + timedelta(**more), tick=False)


def test_signing_in_does_not_wait_for_a_hung_mail_server(
    known: User, client: Client, hung_server: None, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 6
    began = time.monotonic()
    assert client.post("/accounts/login/code/", {"email": known.email}).status_code == 302
    assert time.monotonic() - began < 4
    run_worker()
    row = Mail.objects.get()
    assert row.attempts == 1
    assert "timed out" in row.reason


def test_a_mail_is_tried_again_until_it_is_taken_and_then_nothing_is_kept(
    mail_server: MailServer, time_machine: TimeMachineFixture
) -> None:
    mail_server.answer = "451 later, please"
    mail.send("Hello", "Text", "ana@example.com")
    run_worker()
    run_worker()
    assert len(mail_server.mails) == 1  # not before its time
    later(time_machine, minutes=1)
    run_worker()
    mail_server.answer = "250 kept"
    later(time_machine, minutes=5)
    run_worker()
    assert len(mail_server.mails) == 3
    assert len({message["Message-ID"] for message in mail_server.mails}) == 1
    assert mail_server.mails[-1]["Auto-Submitted"] == "auto-generated"
    assert not Mail.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_a_dropped_connection_is_no_end(
    mail_server: MailServer, time_machine: TimeMachineFixture
) -> None:
    mail_server.answer = "drop"
    mail.send("Hello", "Text", "ana@example.com")
    run_worker()
    assert Mail.objects.get().failed_at is None
    mail_server.answer = "250 kept"
    later(time_machine, minutes=1)
    run_worker()
    assert not Mail.objects.exists()


def test_a_refused_recipient_is_given_up_and_told_to_the_staff(
    mail_server: MailServer, moderator: User, editor: User
) -> None:
    mail_server.answer = "550 no such box"
    mail.send("Hello", "The text", "nobody@example.com")
    run_worker()
    row = Mail.objects.get()
    assert row.failed_at
    assert not DBTaskResult.objects.exists()
    page = client_of(moderator).get(LIST).content.decode()
    assert "nobody@example.com" in page
    assert "The mail server refused it: 550 no such box" in page
    assert "The text" not in page + client_of(moderator).get(f"{LIST}{row.pk}/").content.decode()
    assert client_of(editor).get(LIST).status_code == 403

    mail_server.answer = "250 kept"
    action = {"action": "send_again", "_selected_action": [str(row.pk)]}
    client_of(moderator).get(LIST, action)
    run_worker()
    assert mail_server.mails == []
    page = client_of(moderator).post(LIST, action, follow=True).content.decode()
    assert "On its way again: 1." in page
    run_worker()
    assert len(mail_server.mails) == 1
    assert not Mail.objects.exists()


def test_in_the_end_a_mail_is_given_up_and_later_forgotten(
    hung_server: None, settings: Settings, time_machine: TimeMachineFixture
) -> None:
    settings.EMAIL_TIMEOUT = 0.05
    mail.send("Hello", "Text", "ana@example.com")
    for delay in [timedelta(), *mail.DELAYS]:
        later(time_machine, seconds=int(delay.total_seconds()))
        assert Mail.objects.get().failed_at is None
        run_worker()
    assert Mail.objects.get().failed_at
    mail.forget_failed()
    assert Mail.objects.exists()
    later(time_machine, days=31)
    mail.forget_failed()
    assert not Mail.objects.exists()


def test_a_code_is_not_sent_when_it_is_no_longer_taken(
    known: User,
    client: Client,
    hung_server: None,
    moderator: User,
    mailoutbox: list[EmailMessage],
    settings: Settings,
    time_machine: TimeMachineFixture,
) -> None:
    client.post("/accounts/login/code/", {"email": known.email})
    later(time_machine, minutes=15)
    settings.MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mailoutbox == []
    row = Mail.objects.get()
    assert (row.reason, row.message) == ("No worker sent it in time.", {})
    assert "They can ask for a new one." in client_of(moderator).get(LIST).content.decode()
    assert not mail.send_again(row)


def test_what_was_rolled_back_is_not_mailed(mailoutbox: list[EmailMessage]) -> None:
    with transaction.atomic():
        mail.send("Hello", "Text", "ana@example.com")
        transaction.set_rollback(True)
    assert mailoutbox == []


def test_a_wrong_password_at_the_mail_server_can_be_mended() -> None:
    assert not mail._is_final(smtplib.SMTPAuthenticationError(535, b"who are you"))


def test_the_admin_index_says_so_to_those_who_may_look(moderator: User, editor: User) -> None:
    staff = client_of(moderator)
    Mail.objects.create(to="new@example.com", subject="About to be sent")
    assert LIST not in main_of(staff.get("/admin/").content.decode())
    for address in ["ana@example.com", "ben@example.com"]:
        Mail.objects.create(to=address, subject="Given up", attempts=7, failed_at=timezone.now())
    Mail.objects.create(to="cat@example.com", subject="Tried", attempts=2)
    page = as_read(main_of(staff.get("/admin/").content.decode()))
    assert f'<a href="{LIST}">Mail not sent</a>: 2 given up in the last 30 days, 1 still' in page
    assert "still tried" not in client_of(editor).get("/admin/").content.decode()


def main_of(page: str) -> str:
    """What stands above the list of everything."""
    return page.partition('<div id="content"')[2].partition('<div class="app-')[0]


def test_a_server_that_is_away_is_named_in_words() -> None:
    refused = ConnectionRefusedError(111, "Connection refused")
    assert mail._reason(refused) == "The mail server could not be reached: Connection refused."
