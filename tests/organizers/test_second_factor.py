"""Staff pass a second factor to enter the admin; who changes an account is asked again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from pytest_django import Settings
from time_machine import TimeMachineFixture

from organizers.models import Membership, User
from tests.desk import app_code, client_of, code_in, is_signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough secret"
SET_UP = "/organizers/account/second-factor/"
ACTIVATE = "/accounts/2fa/totp/activate/"
CODES = "/accounts/2fa/recovery-codes/"
ASK_CODE = "/accounts/2fa/reauthenticate/"
ASK_PASSWORD = "/accounts/reauthenticate/"
AGAIN = "/organizers/account/again/"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.com", PASSWORD)


def sign_in(client: Client, email: str = "root@example.com") -> str:
    if not EmailAddress.objects.filter(email=email).exists():
        user = User.objects.get(email=email)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    answer = {"login": email, "password": PASSWORD, "next": "/admin/"}
    return client.post("/accounts/login/", answer)["Location"]


def set_up(client: Client) -> str:
    """Return the secret that the page shows."""
    page = client.get(ACTIVATE)
    assert page.status_code == 200, page["Location"]
    secret: str = page.context["form"].secret
    response = client.post(ACTIVATE, {"code": app_code(secret)})
    assert response["Location"] == CODES
    return secret


def recovery_codes(client: Client, secret: str) -> list[str]:
    """As their page shows them, which asks for the app's code first."""
    response = client.post(ASK_CODE, {"code": app_code(secret), "next": CODES})
    assert response["Location"] == CODES
    page = client.get(CODES)
    codes = re.findall("<code>(.+?)</code>", page.content.decode())
    assert len(codes) == 10
    return codes


def wait_for_the_next_code(clock: TimeMachineFixture) -> None:
    clock.shift(31)


# The gate.


def admin_addresses() -> Iterator[str]:
    """Every address of the admin, with something in the place of each variable part."""

    def walk(patterns: list[Any], before: str) -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                yield route

    for route in walk(admin.site.get_urls(), "/admin/"):
        if "(?P" in route:  # the apps, and whatever is no page
            yield "/admin/glossary/"
            yield "/admin/no/such/page/"
        else:
            parts = ["1" if part.startswith("<") else part for part in route.split("/")]
            yield "/".join(parts)


def test_no_address_of_the_admin_opens_without_the_factor(
    root: User, editor: User, moderator: User
) -> None:
    addresses = [a for a in admin_addresses() if a not in {"/admin/login/", "/admin/logout/"}]
    assert len(addresses) > 80
    assert {"/admin/autocomplete/", "/admin/jsi18n/", "/admin/"} <= set(addresses)
    for user in [root, editor, moderator]:
        client = Client()
        client.force_login(user)
        for address in addresses:
            for method in [client.get, client.post]:
                response = method(address)
                assert response.status_code == 302, (user, address)
                assert response["Location"].startswith("/admin/login/?next="), (user, address)
        abroad = client.get("/admin/login/?next=https://elsewhere.example/", follow=True)
        assert abroad.request["PATH_INFO"] == SET_UP
        assert client.session["after-second-factor"] == "/admin/"
        led = client.get("/admin/login/?next=/admin/glossary/term/")
        assert led["Location"] == f"{SET_UP}?next=%2Fadmin%2Fglossary%2Fterm%2F"


def test_a_new_administrator_sets_the_factor_up_and_gets_in(root: User, client: Client) -> None:
    response = client.get(sign_in(client), follow=True)
    assert response.request["PATH_INFO"] == SET_UP
    assert "Not now" not in response.content.decode()
    secret = set_up(client)
    # The app is tried once before its codes are shown.
    assert client.get("/admin/").status_code == 302
    assert client.get(CODES)["Location"].startswith(ASK_CODE)
    recovery_codes(client, secret)
    assert SET_UP in client.get(CODES).content.decode()
    assert client.get(SET_UP)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_a_code_counts_a_step_late_and_no_longer(
    root: User, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    sign_in(client)
    page = client.get(ACTIVATE)
    assert "otpauth://totp/" in page.content.decode()
    code = app_code(page.context["form"].secret)
    time_machine.shift(60)
    assert client.post(ACTIVATE, {"code": code}).status_code == 200
    time_machine.shift(-30)
    assert client.post(ACTIVATE, {"code": code}).status_code == 302


def test_a_wrong_code_sets_nothing_up(root: User, client: Client) -> None:
    sign_in(client)
    secret = client.get(ACTIVATE).context["form"].secret
    wrong = str((int(app_code(secret)) + 1) % 1_000_000).zfill(6)
    for typed in ["", wrong, "abc", "\x00", "9" * 10_000]:
        response = client.post(ACTIVATE, {"code": typed})
        assert response.status_code == 200, typed
        assert "id_code_error" in response.content.decode(), typed
        assert response.context["form"].secret == secret
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("way", ["password", "mailed code"])
def test_signing_in_stops_at_the_factor(
    way: str,
    root: User,
    mailoutbox: list[EmailMessage],
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    first = Client()
    sign_in(first)
    secret = set_up(first)
    wait_for_the_next_code(time_machine)
    client = Client()
    mailoutbox.clear()
    if way == "password":
        there = sign_in(client)
    else:
        response = client.post("/accounts/login/code/", {"email": root.email, "next": "/admin/"})
        there = client.post(response["Location"], {"code": code_in(mailoutbox[0].body)})["Location"]
    assert there.startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(client)
    client.post(there, {"code": "000000"})
    assert not is_signed_in(client)
    before = client.session.session_key
    client.post(there, {"code": app_code(secret)})
    assert client.session.session_key != before
    assert client.get("/admin/").status_code == 200


def test_a_code_and_a_recovery_code_each_work_once(
    root: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    first = Client()
    sign_in(first)
    secret = set_up(first)
    spare = recovery_codes(first, secret)[0]
    wait_for_the_next_code(time_machine)
    for code in [app_code(secret), spare]:
        for expected in [True, False]:
            client = Client()
            client.post(sign_in(client), {"code": code})
            assert (client.get("/admin/").status_code == 200) == expected, code


def test_guessing_codes_is_stopped_even_for_the_right_one(
    root: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    first = Client()
    sign_in(first)
    secret = set_up(first)
    wait_for_the_next_code(time_machine)
    client = Client()
    there = sign_in(client)
    for guess in range(10):
        client.post(there, {"code": f"00000{guess}"})
    response = client.post(there, {"code": app_code(secret)})
    assert "Too many failed login attempts" in response.content.decode()
    assert not is_signed_in(client)


def test_a_factor_taken_away_closes_the_admin_at_once_and_a_new_one_opens_no_old_session(
    root: User,
) -> None:
    client = client_of(root)
    assert client.get("/admin/").status_code == 200
    call_command("forget_second_factor", "root@example.com", verbosity=0)
    assert client.get("/admin/").status_code == 302
    client_of(root)  # somewhere else, with a new factor
    assert client.get("/admin/").status_code == 302
    with pytest.raises(CommandError, match="no account"):
        call_command("forget_second_factor", "nobody@example.com")


def test_an_administrator_takes_a_factor_away_but_reads_no_secret(root: User, editor: User) -> None:
    desk = client_of(root)
    client_of(editor)
    factor = Authenticator.objects.get(user=editor)
    page = desk.get(f"/admin/mfa/authenticator/{factor.pk}/change/")
    assert page.status_code == 200
    assert factor.data["secret"] not in page.content.decode()
    assert desk.get("/admin/mfa/authenticator/add/").status_code == 403
    desk.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.filter(user=editor).exists()


def test_recovery_codes_that_are_not_there_are_not_offered(editor: User) -> None:
    page = client_of(editor).get("/accounts/2fa/").content.decode()
    assert "Make new recovery codes" in page
    assert "See your recovery codes" not in page


# Put off, on a machine of one's own.


def test_it_can_wait_only_where_make_run_says_so(
    root: User, client: Client, settings: Settings
) -> None:
    client.get(sign_in(client), follow=True)
    later = f"{SET_UP}later/"
    assert client.post(later).status_code == 404
    assert client.get("/admin/").status_code == 302
    settings.SECOND_FACTOR_CAN_WAIT = True
    assert client.get("/admin/").status_code == 302
    assert "Not now" in client.get(SET_UP).content.decode()
    assert client.post(later)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    # Until the next sign-in, until there is one, and nowhere else.
    assert Client().get("/admin/").status_code == 302
    client.post("/accounts/logout/")
    client.get(sign_in(client))
    assert client.get("/admin/").status_code == 302
    client.post(later)
    settings.SECOND_FACTOR_CAN_WAIT = False
    assert client.get("/admin/").status_code == 302


def test_it_can_wait_no_longer_once_there_is_one(
    root: User, client: Client, settings: Settings
) -> None:
    settings.SECOND_FACTOR_CAN_WAIT = True
    sign_in(client)
    client.post(f"{SET_UP}later/")
    set_up(client)
    assert client.get("/admin/").status_code == 302
    assert client.post(f"{SET_UP}later/").status_code == 404


# Short sessions.


@pytest.mark.parametrize("remember", ["", "on"])
def test_a_session_of_staff_ends_after_twelve_hours(
    remember: str, root: User, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T08:00Z", tick=False)
    EmailAddress.objects.create(user=root, email=root.email, verified=True, primary=True)
    before = client.get("/accounts/login/") and set(client.cookies)
    client.post(
        "/accounts/login/", {"login": root.email, "password": PASSWORD, "remember": remember}
    )
    assert "sessionid" not in before
    time_machine.move_to("2027-01-10T19:59Z", tick=False)
    client.get(f"{SET_UP}?next=/admin/")  # which writes into the session, and does not lengthen it
    assert is_signed_in(client)
    time_machine.move_to("2027-01-10T20:01Z", tick=False)
    assert not is_signed_in(client)
    assert Session.objects.get().expire_date.isoformat() == "2027-01-10T20:00:00+00:00"


def test_a_session_of_staff_by_mailed_code_ends_too_and_a_members_does_not(
    root: User, membership: Membership, mailoutbox: list[EmailMessage],
    time_machine: TimeMachineFixture,
) -> None:  # fmt: skip
    time_machine.move_to("2027-01-10T08:00Z", tick=False)
    clients = {}
    for user in [root, membership.user]:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        clients[user] = Client()
        response = clients[user].post("/accounts/login/code/", {"email": user.email})
        clients[user].post(response["Location"], {"code": code_in(mailoutbox[-1].body)})
        assert is_signed_in(clients[user])
    time_machine.move_to("2027-01-10T20:01Z", tick=False)
    assert [is_signed_in(client) for client in clients.values()] == [False, True]


def test_the_factor_is_asked_again_after_twelve_hours_whatever_the_session(
    editor: User, time_machine: TimeMachineFixture
) -> None:
    """Such as that of someone who has become staff meanwhile."""
    time_machine.move_to("2027-01-10T08:00Z", tick=False)
    client = client_of(editor)
    time_machine.move_to("2027-01-10T20:01Z", tick=False)
    assert is_signed_in(client)
    response = client.get("/admin/", follow=True)
    assert response.request["PATH_INFO"] == ASK_CODE


# Asked again.

SENSITIVE = {
    "address": "/accounts/email/",
    "password": "/accounts/password/change/",
    "factor": ACTIVATE,
    "leaving": "/organizers/account/delete/",
}


@pytest.mark.parametrize("what", SENSITIVE)
def test_a_live_session_is_asked_for_the_password_again(
    what: str, root: User, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T08:00Z", tick=False)
    thief = Client()
    for browser in [client, thief]:
        sign_in(browser)
        assert browser.get(SENSITIVE[what]).status_code == 200
    time_machine.shift(301)
    answer = {
        "address": {"email": "thief@example.com", "action_add": ""},
        "password": {"oldpassword": PASSWORD, "password1": "x" * 12, "password2": "x" * 12},
        "factor": {"code": "123456"},
        "leaving": {"sure": "yes"},
    }[what]
    for response in [thief.post(SENSITIVE[what], answer), client.get(SENSITIVE[what])]:
        assert response["Location"] == f"{ASK_PASSWORD}?next={SENSITIVE[what].replace('/', '%2F')}"
    asked = client.post(response["Location"], {"password": "wrong"})
    assert asked.status_code == 200
    assert client.get(SENSITIVE[what]).status_code == 302
    response = client.post(ASK_PASSWORD, {"password": PASSWORD, "next": SENSITIVE[what]})
    assert response["Location"] == SENSITIVE[what]
    assert client.get(SENSITIVE[what]).status_code == 200
    assert User.objects.get() == root
    assert not EmailAddress.objects.exclude(email=root.email).exists()


def test_who_has_a_factor_is_asked_for_that_and_no_longer_for_the_password(
    root: User, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T08:00Z", tick=False)
    sign_in(client)
    secret = set_up(client)
    time_machine.shift(301)
    paths = ["/accounts/email/", "/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/",
             "/accounts/2fa/recovery-codes/generate/",
             "/accounts/2fa/recovery-codes/download/"]  # fmt: skip
    for path in paths:
        for method in [client.get, client.post]:
            if (path, method) != ("/accounts/2fa/recovery-codes/", client.post):
                assert method(path)["Location"].startswith(ASK_CODE), path
    response = client.post(ASK_PASSWORD, {"password": PASSWORD})
    assert response["Location"].startswith(ASK_CODE)
    assert client.get("/accounts/email/").status_code == 302
    client.post(ASK_CODE, {"code": app_code(secret)})
    assert client.get("/accounts/email/").status_code == 200
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_who_has_no_password_proves_it_by_signing_in_once_more(
    membership: Membership, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T08:00Z", tick=False)
    user = membership.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = client_of(user)
    assert client.get("/accounts/email/").status_code == 200
    time_machine.shift(301)
    for path in ["/accounts/email/", "/accounts/password/set/", ACTIVATE,
                 "/organizers/account/delete/"]:  # fmt: skip
        for response in [client.get(path), client.post(path, {"sure": "yes"})]:
            assert response["Location"].startswith(AGAIN), path
    assert user.email in client.get(AGAIN).content.decode()
    response = client.post(AGAIN, {"next": "/accounts/email/"})
    assert [mail.to for mail in mailoutbox] == [[user.email]]
    client.post(response["Location"], {"code": "WRNG-CODE"})
    assert not is_signed_in(client)
    response = client.post(response["Location"], {"code": code_in(mailoutbox[0].body)})
    assert response["Location"] == "/accounts/email/"
    assert client.get("/accounts/email/").status_code == 200


def test_the_address_changes_once_the_code_sent_to_the_new_one_is_typed(
    membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    user, old = membership.user, membership.user.email
    EmailAddress.objects.create(user=user, email=old, verified=True, primary=True)
    client = client_of(user)
    response = client.post("/accounts/email/", {"email": "new@example.com", "action_add": ""})
    assert User.objects.get().email == old
    client.post(response["Location"], {"code": code_in(mailoutbox[0].body)})
    assert User.objects.get().email == "new@example.com"
    assert [address.email for address in EmailAddress.objects.all()] == ["new@example.com"]
    told = mailoutbox[-1]
    assert told.to == [old]
    assert "If it was not you, write to hello@startline.example" in told.body


# A mailbox alone.


def test_a_mailbox_alone_sets_up_no_factor(
    root: User, client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    EmailAddress.objects.create(user=root, email=root.email, verified=True, primary=True)
    response = client.post("/accounts/login/code/", {"email": root.email})
    client.post(response["Location"], {"code": code_in(mailoutbox[0].body)})
    assert is_signed_in(client)
    assert client.get(ACTIVATE)["Location"].startswith(ASK_PASSWORD)
    mailoutbox.clear()
    client.post("/accounts/password/reset/", {"email": root.email})
    assert not [mail for mail in mailoutbox if "/password/reset/key/" in mail.body]


def test_staff_without_a_password_are_told_whom_to_ask(
    editor: User, mailoutbox: list[EmailMessage]
) -> None:
    client = client_of(editor)
    Authenticator.objects.all().delete()
    for path in [ACTIVATE, "/accounts/password/set/", "/accounts/email/"]:
        response = client.get(path, follow=True)
        assert response.request["PATH_INFO"] == AGAIN
        assert "Ask an administrator to give you a password" in response.content.decode()
    client.post(AGAIN)
    assert mailoutbox == []


def test_a_new_password_by_mail_does_not_pass_the_factor(
    root: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    sign_in(client)
    set_up(client)
    mailoutbox.clear()
    thief = Client()
    thief.post("/accounts/password/reset/", {"email": root.email})
    address = next(
        line for line in mailoutbox[0].body.split() if "/password/reset/key/" in line
    ).partition("testserver")[2]
    there = thief.get(address)["Location"]
    new = "another long secret"
    thief.post(there, {"password1": new, "password2": new})
    assert User.objects.get().check_password(new)
    assert not is_signed_in(thief)
    answer = {"login": root.email, "password": new}
    response = thief.post("/accounts/login/", answer)
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(thief)


def test_a_member_may_have_one_too(membership: Membership) -> None:
    user = UserFactory()
    client = client_of(user)
    set_up(client)
    assert "on" in client.get("/organizers/account/").content.decode()
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(SET_UP).status_code == 403
    assert reverse("organizers:second_factor") == SET_UP
