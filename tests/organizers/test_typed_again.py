"""A form that arrives when its sender is signed out, or signed in anew: nothing typed is lost."""

from html import unescape

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from time_machine import TimeMachineFixture

from organizers.models import Membership, Submission, User
from organizers.submissions import typed
from tests.desk import NEW, FormReader, assert_all_kept, client_of, code_in, read
from tests.factories import MembershipFactory, SubmissionFactory, submission_values

pytestmark = pytest.mark.django_db

PROFILE = "/organizers/profile/"
SIGN_IN = "/accounts/login/code/"


def lose_the_session(client: Client) -> None:
    """As when it has run out: the row is gone, the cookies are still there."""
    client.session.flush()


def sign_in(client: Client, email: str, outbox: list[EmailMessage], next: str) -> HttpResponse:
    """With a code by mail, as people do."""
    vouch_for(email)
    client.post(SIGN_IN, {"email": email, "next": next})
    code = code_in(str(outbox[-1].body))
    return client.post(f"{SIGN_IN}confirm/", {"code": code, "next": next}, follow=True)


def vouch_for(email: str) -> None:
    """The address is known to be theirs, so one code is enough."""
    user = User.objects.get(email=email)
    EmailAddress.objects.get_or_create(user=user, email=email, verified=True, primary=True)


def filled(client: Client, path: str = NEW, **changes: str) -> dict[str, str]:
    """The form as the browser holds it, with what was typed."""
    return {**read(client.get(path)).values, **submission_values(), **changes}


@pytest.mark.parametrize("button", ["", "save-draft", "add-distance"])
def test_a_race_form_comes_back_after_signing_in_again(
    button: str, director: Client, membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    text = "Line one\r\nLine two: “Ærø” & <b>富士</b>"
    values = filled(director, **{"race-description": text})
    lose_the_session(director)
    response = director.post(NEW, {**values, **({button: "1"} if button else {})}, follow=True)
    assert response.request["PATH_INFO"] == SIGN_IN
    assert "the form comes back as you typed it" in response.content.decode()
    assert not Submission.objects.exists()
    response = sign_in(director, membership.user.email, mailoutbox, NEW)
    assert response.request["PATH_INFO"] == NEW
    page = response.content.decode()
    assert "This is as you typed it." in page
    form = read(response)
    assert form.errors == {}
    assert_all_kept(form, {**submission_values(), "race-description": text})
    assert not Submission.objects.exists()
    # It is there until it is dealt with.
    assert_all_kept(read(director.get(NEW)), submission_values(**{"race-description": text}))
    assert director.post(NEW, form.values).status_code == 302
    assert Submission.objects.get().state == "pending"
    assert read(director.get(NEW)).values["race-name"] == ""


def test_the_changes_to_a_draft_come_back(
    director: Client, membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    draft = SubmissionFactory(organizer=membership.organizer, submitted_by=membership.user)
    edit = f"/organizers/submissions/{draft.pk}/edit/"
    values = filled(director, edit, **{"race-city": "Figueres"})
    lose_the_session(director)
    director.post(edit, values)
    response = sign_in(director, membership.user.email, mailoutbox, edit)
    assert read(response).values["race-city"] == "Figueres"
    draft.refresh_from_db()
    assert draft.values["race-city"] == "Girona"
    response = director.post(edit, {"start-afresh": "1"}, follow=True)
    assert read(response).values["race-city"] == "Girona"


def test_the_profile_comes_back(
    director: Client, membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    values = {**read(director.get(PROFILE)).values, "name": "New Name", "website": "not yet"}
    lose_the_session(director)
    director.post(PROFILE, values)
    response = sign_in(director, membership.user.email, mailoutbox, PROFILE)
    form = read(response)
    assert (form.values["name"], form.values["website"]) == ("New Name", "not yet")
    assert "This is as you typed it." in response.content.decode()
    membership.organizer.refresh_from_db()
    assert membership.organizer.name != "New Name"
    director.post(PROFILE, {**form.values, "website": ""})
    membership.organizer.refresh_from_db()
    assert membership.organizer.name == "New Name"


def test_two_forms_come_back_each_in_its_place(
    director: Client, membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    draft = SubmissionFactory(organizer=membership.organizer, submitted_by=membership.user)
    edit = f"/organizers/submissions/{draft.pk}/edit/"
    one, two = (
        filled(director, **{"race-city": "One"}),
        filled(director, edit, **{"race-city": "Two"}),
    )
    lose_the_session(director)
    director.post(NEW, one)
    director.post(edit, two)
    sign_in(director, membership.user.email, mailoutbox, NEW)
    assert read(director.get(NEW)).values["race-city"] == "One"
    assert read(director.get(edit)).values["race-city"] == "Two"


# What must not happen.


def test_nobody_else_gets_what_was_typed(director: Client, mailoutbox: list[EmailMessage]) -> None:
    """Not even at the same browser."""
    other = MembershipFactory()
    values = filled(director)
    lose_the_session(director)
    director.post(NEW, values)
    response = sign_in(director, other.user.email, mailoutbox, NEW)
    assert response.request["PATH_INFO"] == NEW
    assert read(response).values["race-name"] == ""
    assert "as you typed it" not in response.content.decode().replace(
        "the form comes back as you typed it", ""
    )


@pytest.mark.parametrize("note", ["", "1", "forged:1:x"])
def test_without_a_true_note_of_its_writer_nothing_is_kept(
    note: str, membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    stranger = Client()
    response = stranger.post(NEW, {**submission_values(), "written-by": note})
    assert response["Location"].startswith(SIGN_IN)
    assert typed.SESSION_KEY not in stranger.session
    response = sign_in(stranger, membership.user.email, mailoutbox, NEW)
    assert read(response).values["race-name"] == ""


def test_a_flood_is_not_kept(director: Client) -> None:
    values = filled(director, **{"race-description": "x" * typed.MOST_LETTERS})
    lose_the_session(director)
    assert director.post(NEW, values).status_code == 302
    assert typed.SESSION_KEY not in director.session
    for number in range(9):
        values = filled(director_again(director), **{"race-city": str(number)})
        director.post(f"/organizers/submissions/{number}/edit/", values)
    assert len(director.session[typed.SESSION_KEY]) == typed.MOST_FORMS


def director_again(client: Client) -> Client:
    """Somebody signed in, whose forms can be had."""
    return client_of(Membership.objects.get().user)


def test_what_is_not_come_for_within_a_day_is_forgotten(
    director: Client,
    membership: Membership,
    mailoutbox: list[EmailMessage],
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to("2026-12-01T10:00Z")
    values = filled(director)
    lose_the_session(director)
    director.post(NEW, values)
    time_machine.move_to("2026-12-02T10:01Z")
    response = sign_in(director, membership.user.email, mailoutbox, NEW)
    assert read(response).values["race-name"] == ""


# The page about a token that is too old.


def careful(membership: Membership) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


OURS = [
    {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://testserver"},
    {"Sec-Fetch-Site": "same-origin"},
]
THEIRS = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


def token(form: FormReader) -> str:
    return form.values["csrfmiddlewaretoken"]


@pytest.mark.parametrize("headers", OURS)
def test_a_form_from_before_signing_in_anew_is_handed_back(
    headers: dict[str, str], membership: Membership
) -> None:
    client = careful(membership)
    values = filled(client, **{"race-description": "One\nTwo"})
    # Signing in anew in another tab makes a new token.
    client.cookies["csrftoken"] = "x" * 32
    response = client.post(NEW, values, headers=headers)
    assert response.status_code == 403
    page = response.content.decode()
    assert "The form was too old" in page
    assert "Costa Brava Night Run" in page
    handed_back = read(response)
    assert not Submission.objects.exists()
    again = client.post(NEW, {**handed_back.values, "go-on": "1"}, headers=headers)
    assert again.status_code == 200
    assert_all_kept(read(again), submission_values(**{"race-description": "One\nTwo"}))
    assert not Submission.objects.exists()
    sent = client.post(NEW, read(again).values, headers=headers)
    assert sent.status_code == 302
    assert Submission.objects.get().state == "pending"


@pytest.mark.parametrize("headers", THEIRS)
@pytest.mark.parametrize("path", [NEW, PROFILE])
def test_a_form_from_another_site_is_not_shown_again(
    path: str, headers: dict[str, str], membership: Membership
) -> None:
    values = {**submission_values(), "name": "Forged"}
    values["written-by"] = typed.writer_note(membership.user)
    client = careful(membership)
    response = client.post(path, values, headers=headers)
    assert response.status_code == 403
    assert "Forged" not in response.content.decode()
    assert "Costa Brava" not in response.content.decode()
    assert typed.SESSION_KEY not in client.session
    assert "as you typed it" not in client.get(path).content.decode()


def test_without_any_cookie_the_form_still_comes_back(
    membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    values = filled(careful(membership))
    headers = OURS[0]
    browser = Client(enforce_csrf_checks=True)
    vouch_for(membership.user.email)
    handed_back = read(browser.post(NEW, values, headers=headers))
    response = browser.post(NEW, {**handed_back.values, "go-on": "1"}, headers=headers, follow=True)
    assert response.request["PATH_INFO"] == SIGN_IN
    data = {"email": membership.user.email, "next": NEW}
    data["csrfmiddlewaretoken"] = token(read(response))
    response = browser.post(SIGN_IN, data, headers=headers, follow=True)
    data = {"code": code_in(str(mailoutbox[-1].body)), "next": NEW}
    data["csrfmiddlewaretoken"] = token(read(response))
    response = browser.post(f"{SIGN_IN}confirm/", data, headers=headers, follow=True)
    assert_all_kept(read(response), submission_values())


def test_no_other_form_is_shown_again() -> None:
    """A password has no place on a page."""
    client = Client(enforce_csrf_checks=True)
    values = {"login": "a@example.com", "password": "a-secret-word"}
    response = client.post("/accounts/login/", values, headers=OURS[0])
    assert response.status_code == 403
    assert "a-secret-word" not in unescape(response.content.decode())


def test_who_is_signed_out_as_they_withdraw_comes_back_to_the_button(
    director: Client, membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    draft = SubmissionFactory(organizer=membership.organizer, submitted_by=membership.user)
    page, withdraw = draft.get_absolute_url(), f"{draft.get_absolute_url()}withdraw/"
    lose_the_session(director)
    response = director.post(withdraw, follow=True)
    assert response.request["PATH_INFO"] == SIGN_IN
    assert "You were signed out, so nothing was done." in response.content.decode()
    [(address, _)] = response.redirect_chain
    assert address == f"{SIGN_IN}?next={page}"
    response = sign_in(director, membership.user.email, mailoutbox, page)
    assert response.request["PATH_INFO"] == page
    assert f'action="{withdraw}"' in response.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("page", "button"),
    [("/organizers/submissions/1/", "withdraw/"), ("/organizers/account/second-factor/", "later/")],
)
def test_no_sign_in_leads_to_an_address_that_only_takes_posts(
    page: str, button: str, method: str, client: Client
) -> None:
    response = getattr(client, method)(f"{page}{button}")
    assert response["Location"] == f"{SIGN_IN}?next={page}"
