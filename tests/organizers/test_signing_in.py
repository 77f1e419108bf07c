"""Signing up and in: an email address, a code sent to it, and nothing a stranger can learn."""

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMail

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings
from time_machine import TimeMachineFixture

from organizers.models import Membership, User
from tests.backstage import run_worker
from tests.desk import client_of, code_in, is_signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

CODE_PAGE = "/accounts/login/code/confirm/"


def main_part(page: bytes) -> str:
    found = re.search("<main.*</main>", page.decode(), re.DOTALL)
    assert found
    return re.sub('name="csrfmiddlewaretoken" value="[^"]*"', "", found[0])


@pytest.fixture
def known(db: None) -> User:
    """Somebody who signed up before, with a code and without a password."""
    user: User = UserFactory(email="known@example.com")
    user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_a_newcomer_signs_up_with_a_code_and_gets_to_the_dashboard(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    response = client.get("/organizers/")
    assert response["Location"] == "/accounts/login/code/?next=/organizers/"
    sign_in = client.get(response["Location"]).content.decode()
    assert "/accounts/signup/?next=%2Forganizers%2F" in sign_in

    form = client.get("/accounts/signup/?next=/organizers/").content.decode()
    assert 'name="next" value="/organizers/"' in form
    assert "password" not in form
    answer = {"email": "New@Example.com", "next": "/organizers/"}
    response = client.post("/accounts/signup/", answer)
    assert response["Location"] == "/accounts/confirm-email/"
    assert not is_signed_in(client)
    assert [mail.to for mail in mailoutbox] == [["new@example.com"]]

    code = code_in(mailoutbox[0].body)
    response = client.post("/accounts/confirm-email/", {"code": code}, follow=True)
    assert response.request["PATH_INFO"] == "/organizers/"
    assert "Make your profile" in response.content.decode()

    client.post("/organizers/profile/", {"name": "Night Runners"})
    dashboard = client.get("/organizers/").content.decode()
    assert "<h1>Night Runners</h1>" in dashboard
    assert "Starter plan, free" in dashboard
    user = User.objects.get(email="new@example.com")
    assert not user.has_usable_password()
    assert not user.is_staff
    assert Membership.objects.get(user=user).role == "owner"


def test_signing_up_needs_an_email_address(client: Client, mailoutbox: list[EmailMessage]) -> None:
    for typed in ["", "not an address", "a@b\r\nBcc: c@example.com", "nul\x00@example.com"]:
        response = client.post("/accounts/signup/", {"email": typed})
        assert response.status_code == 200, typed
        assert "id_email_error" in response.content.decode(), typed
    assert mailoutbox == []
    assert not User.objects.exists()


def test_a_known_person_signs_in_with_a_code_and_goes_on(
    known: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    answer = {"email": "KNOWN@example.com", "next": "/organizers/profile/"}
    response = client.post("/accounts/login/code/", answer)
    assert "next=%2Forganizers%2Fprofile%2F" in response["Location"]
    code = code_in(mailoutbox[0].body)
    response = client.post(response["Location"], {"code": code})
    assert response["Location"] == "/organizers/profile/"
    assert is_signed_in(client)


def test_a_wrong_code_signs_nobody_in_and_the_right_one_still_does(
    known: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/login/code/", {"email": known.email})
    response = client.post(CODE_PAGE, {"code": "WRNG-CODE"})
    assert response.status_code == 200
    assert "Incorrect code" in response.content.decode()
    assert not is_signed_in(client)
    client.post(CODE_PAGE, {"code": code_in(mailoutbox[0].body)})
    assert is_signed_in(client)


def test_guessing_uses_the_code_up(
    known: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/login/code/", {"email": known.email})
    for _ in range(3):
        client.post(CODE_PAGE, {"code": "WRNG-CODE"})
    client.post(CODE_PAGE, {"code": code_in(mailoutbox[0].body)})
    assert not is_signed_in(client)


@pytest.mark.parametrize(("used_at", "works"), [("10:14:59", True), ("10:15:01", False)])
def test_a_code_is_good_for_fifteen_minutes(
    used_at: str,
    works: bool,
    known: User,
    client: Client,
    mailoutbox: list[EmailMessage],
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    client.post("/accounts/login/code/", {"email": known.email})
    code = code_in(mailoutbox[0].body)
    time_machine.move_to(f"2027-01-10T{used_at}Z", tick=False)
    client.post(CODE_PAGE, {"code": code})
    assert is_signed_in(client) == works


def test_a_code_works_only_in_the_browser_that_asked_for_it(
    known: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/login/code/", {"email": known.email})
    thief = Client()
    thief.post(CODE_PAGE, {"code": code_in(mailoutbox[0].body)})
    assert not is_signed_in(thief)


@pytest.mark.parametrize("form", ["/accounts/login/code/", "/accounts/signup/"])
def test_an_unknown_address_looks_just_like_a_known_one(
    form: str, known: User, mailoutbox: list[EmailMessage]
) -> None:
    """On screen. What is true is told by mail, to whoever owns the address."""
    seen = []
    for email in [known.email, "never@example.com"]:
        client = Client()
        response = client.post(form, {"email": email})
        page = client.get(response["Location"])
        shown = main_part(page.content).replace(email, "ADDRESS")
        wrong = main_part(client.post(response["Location"], {"code": "WRNG-CODE"}).content)
        seen.append(
            (response.status_code, response["Location"], page.status_code, shown,
             wrong.replace(email, "ADDRESS"), sorted(client.cookies))
        )  # fmt: skip
    assert seen[0] == seen[1]
    assert [mail.to for mail in mailoutbox] == [[known.email], ["never@example.com"]]
    assert mailoutbox[0].subject != mailoutbox[1].subject


def test_signing_up_twice_makes_no_second_account(
    known: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.post("/accounts/signup/", {"email": "Known@Example.com"})
    assert User.objects.count() == 1
    assert "already exists" in mailoutbox[0].body
    assert not re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[0].body, re.MULTILINE)


@pytest.mark.parametrize(
    ("form", "email", "subject", "words"),
    [
        ("signup", "new@example.com", "Confirm your email address for Startline",
         "Type it into the page where you asked for it."),
        ("login/code", "o'neil@example.com", "Your code to sign in to Startline",
         "Type it into the page where you asked for it."),
        ("signup", "o'neil@example.com", "You already have a Startline account",
         "o'neil@example.com. This account already exists, so there is nothing to make.\n\n"
         "Sign in here; we send you a code:\n\nhttps://startline.example/accounts/login/code/\n"),
        ("login/code", "o'nobody@example.com", "No Startline account for this address",
         "as o'nobody@example.com. There is no open account for this address."),
    ],
)  # fmt: skip
def test_mails_are_in_our_own_plain_words(
    form: str, email: str, subject: str, words: str, known: User, client: Client,
    mailoutbox: list[EmailMessage],
) -> None:  # fmt: skip
    EmailAddress.objects.update(email="o'neil@example.com")
    User.objects.update(email="o'neil@example.com")
    client.post(f"/accounts/{form}/", {"email": email})
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([email], subject)
    assert words in mail.body
    assert mail.body.startswith("Hello,\n\n")
    assert mail.body.endswith("\n\nStartline\nhttps://startline.example/")
    for foreign in ["password", "testserver", "thank you for using", "&#"]:
        assert foreign not in mail.body.lower(), foreign


def test_a_closed_account_gets_no_code(
    known: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    known.is_active = False
    known.save()
    client.post("/accounts/login/code/", {"email": known.email})
    assert [mail.subject for mail in mailoutbox] == ["No Startline account for this address"]


def test_too_many_tries_get_our_own_page_for_a_minute(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)

    def answer(**headers: str) -> int:
        return client.post("/accounts/signup/", {"email": "wrong"}, **headers).status_code

    tries = 0
    while answer() == 200 and tries < 50:
        tries += 1
    assert 5 <= tries < 50
    response = client.post("/accounts/signup/", {"email": "wrong"})
    assert response.status_code == 429
    page = response.content.decode()
    assert "<h1>Too many tries</h1>" in page
    assert 'href="/glossary/a-to-z/"' in page
    assert answer(REMOTE_ADDR="198.51.100.7") == 200
    assert answer(HTTP_X_FORWARDED_FOR="198.51.100.8") == 429
    time_machine.shift(61)
    assert answer() == 200


def test_one_mailbox_is_not_flooded(known: User, mailoutbox: list[EmailMessage]) -> None:
    for _ in range(6):
        response = Client().post("/accounts/login/code/", {"email": known.email})
    assert len(mailoutbox) == 3
    assert "Try again later" in response.content.decode()


def test_who_has_set_a_password_can_sign_in_with_it(
    known: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client = client_of(known)
    twice = {"password1": "a long enough secret", "password2": "a long enough secret"}
    client.post("/accounts/password/set/", twice)
    client.post("/accounts/logout/")
    mailoutbox.clear()

    assert 'type="password"' in client.get("/accounts/login/").content.decode()
    for wrong in ["", "a long enough guess"]:
        client.post("/accounts/login/", {"login": known.email, "password": wrong})
        assert not is_signed_in(client)
    answer = {"login": known.email, "password": "a long enough secret", "next": "/organizers/"}
    assert client.post("/accounts/login/", answer)["Location"] == "/organizers/"
    assert is_signed_in(client)
    assert mailoutbox == []


def test_guessing_a_password_is_stopped_even_for_the_right_one(known: User, client: Client) -> None:
    known.set_password("a long enough secret")
    known.save()
    for _ in range(5):
        client.post("/accounts/login/", {"login": known.email, "password": "guess"})
    answer = {"login": known.email, "password": "a long enough secret"}
    response = client.post("/accounts/login/", answer)
    assert "Too many failed login attempts" in response.content.decode()
    assert not is_signed_in(client)


def test_the_admin_has_no_login_form_of_its_own(client: Client) -> None:
    """So that its passwords are under the same rate limits."""
    user = UserFactory(email="root@example.com", is_staff=True, is_superuser=True)
    user.set_password("a long enough secret")
    user.save()
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    answer = {"username": user.email, "password": "a long enough secret"}
    assert client.post("/admin/login/", answer).status_code == 302
    assert client.get("/admin/").status_code == 302


def test_a_mailed_code_alone_opens_the_admin_to_nobody(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.create_superuser("root@example.com")
    response = client.post(
        "/accounts/login/code/", {"email": "root@example.com", "next": "/admin/"}
    )
    response = client.post(response["Location"], {"code": code_in(mailoutbox[0].body)})
    if response["Location"].startswith("/accounts/confirm-email/"):
        # Nobody confirmed the address of an account made by hand yet: once, that takes a code too.
        response = client.post(response["Location"], {"code": code_in(mailoutbox[1].body)})
    assert is_signed_in(client)
    page = client.get("/admin/", follow=True)
    assert page.request["PATH_INFO"] == "/organizers/account/second-factor/"


def test_signing_out_is_a_post(membership: Membership, client: Client) -> None:
    client.force_login(membership.user)
    assert "Sign out" in client.get("/accounts/logout/").content.decode()
    assert is_signed_in(client)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(membership.user)
    assert careful.post("/accounts/logout/").status_code == 403
    assert is_signed_in(careful)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/signup/", "/accounts/login/"])
def test_entrance_pages_are_kept_from_caches_and_search_engines(path: str, client: Client) -> None:
    response = client.get(path)
    assert 'name="robots" content="noindex"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]


class Mailbox:
    """Takes mail as a server would, and keeps it."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], ParsedMail]] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 kept"


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[Mailbox]:
    """A mail server on this machine, and the site set to use it as EMAIL_URL would."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield mailbox
    controller.stop()


def test_the_code_really_goes_out_over_smtp(mail_server: Mailbox, client: Client) -> None:
    client.post("/accounts/signup/", {"email": "runner@example.com"})
    run_worker()
    [(recipients, mail)] = mail_server.mails
    assert recipients == ["runner@example.com"]
    assert mail["From"] == "Startline <hello@startline.example>"
    assert mail["To"] == "runner@example.com"
    assert mail["Subject"] == "Confirm your email address for Startline"
    body = mail.get_body(("plain",))
    assert body
    code = code_in(body.get_content().replace("\r\n", "\n"))
    client.post("/accounts/confirm-email/", {"code": code})
    assert is_signed_in(client)
