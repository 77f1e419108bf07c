"""Every door that is not for everyone, tried by everyone."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, resolve, reverse
from django.utils import timezone

from organizers import urls as organizer_urls
from organizers.models import Alert, Membership, Organizer, Report, Submission, User
from races.models import Race
from tests.clock import day
from tests.desk import client_of
from tests.factories import (
    RaceFactory,
    SubmissionFactory,
    TermFactory,
    UserFactory,
    submission_values,
)

pytestmark = pytest.mark.django_db

Personas = dict[str, Callable[[], Client]]
PERSONAS = ["stranger", "organizer", "another organizer", "editor", "moderator"]

# What a door answers: a status, or where it sends the visitor.
SIGN_IN = "sign in"
Outcome = int | str


def outcome(response: HttpResponse) -> Outcome:
    if response.status_code != 302:
        return response.status_code
    target = response["Location"]
    if target.startswith("/accounts/login/"):
        return SIGN_IN
    return re.sub(r"\d+|(?<=/preview/)[^/]+", "N", target.split("?")[0])


def knock(personas: Personas, visit: Callable[[Client], HttpResponse]) -> dict[str, Outcome]:
    """What each persona gets, each finding everything as it was before the others came."""
    found = {}
    for name in PERSONAS:
        client = personas[name]()
        with transaction.atomic():
            found[name] = outcome(visit(client))
            transaction.set_rollback(True)
    return found


def expected(row: tuple[Outcome, ...]) -> dict[str, Outcome]:
    return dict(zip(PERSONAS, row, strict=True))


@pytest.fixture
def doors(membership: Membership, moderator: User) -> dict[str, Any]:
    """What the addresses of the tables name: all of it belongs to "organizer"."""
    values = {"organizer": membership.organizer, "submitted_by": membership.user}
    sent = {**values, "submitted_at": "2026-11-01T09:00Z"}
    return {
        "draft": SubmissionFactory(**values).pk,
        "pending": SubmissionFactory(state="pending", **sent).pk,
        "term": TermFactory(state="draft").pk,
        "race": RaceFactory().pk,
        "report": Report.objects.create(race=RaceFactory(), about="date", text="No.").pk,
        "alert": Alert.objects.create(
            email="ann@example.com", query="country=ES", asked_at=timezone.now()
        ).pk,
        "user": moderator.pk,
    }


def address(pattern: str, doors: dict[str, Any]) -> str:
    return pattern.format(**doors)


# The pages of race directors.
# stranger, organizer, another organizer, editor, moderator

MINE = "/organizers/submissions/"
HOME = "/organizers/"
PROFILE = "/organizers/profile/"
ACCOUNT = "/organizers/account/"
ADMIN = "/admin/"

ORGANIZER_DOORS: dict[tuple[str, str], tuple[Outcome, ...]] = {
    ("GET", "/organizers/"): (SIGN_IN, 200, 200, 200, 200),
    ("POST", "/organizers/"): (SIGN_IN, 405, 405, 405, 405),
    ("GET", "/organizers/profile/"): (SIGN_IN, 200, 200, 200, 200),
    ("POST", "/organizers/profile/"): (SIGN_IN, HOME, HOME, HOME, HOME),
    ("GET", "/organizers/account/"): (SIGN_IN, 200, 200, 200, 200),
    ("POST", "/organizers/account/"): (SIGN_IN, 405, 405, 405, 405),
    ("GET", "/organizers/account/again/"): (SIGN_IN, 200, 200, ACCOUNT, ACCOUNT),
    ("POST", "/organizers/account/again/"): (SIGN_IN, SIGN_IN, SIGN_IN, ACCOUNT, ACCOUNT),
    ("GET", "/organizers/account/delete/"): (SIGN_IN, 200, 200, 200, 200),
    ("POST", "/organizers/account/delete/"): (SIGN_IN,) + ("/organizers/account/deleted/",) * 4,
    ("GET", "/organizers/account/deleted/"): (200, 200, 200, 200, 200),
    ("POST", "/organizers/account/deleted/"): (405, 405, 405, 405, 405),
    ("GET", "/organizers/account/second-factor/"): (SIGN_IN, 403, 403, ADMIN, ADMIN),
    ("POST", "/organizers/account/second-factor/"): (SIGN_IN, 405, 405, 405, 405),
    ("GET", "/organizers/account/second-factor/later/"): (SIGN_IN, 405, 405, 405, 405),
    ("POST", "/organizers/account/second-factor/later/"): (SIGN_IN, 404, 404, 404, 404),
    ("GET", MINE + "new/"): (SIGN_IN, 200, 200, PROFILE, PROFILE),
    ("POST", MINE + "new/"): (SIGN_IN, MINE + "N/", MINE + "N/", PROFILE, PROFILE),
    ("GET", MINE + "{draft}/"): (SIGN_IN, 200, 404, 404, 404),
    ("POST", MINE + "{draft}/"): (SIGN_IN, 405, 405, 405, 405),
    ("GET", MINE + "{pending}/"): (SIGN_IN, 200, 404, 404, 404),
    ("GET", MINE + "{draft}/edit/"): (SIGN_IN, 200, 404, 404, 404),
    ("POST", MINE + "{draft}/edit/"): (SIGN_IN, MINE + "N/", 404, 404, 404),
    ("GET", MINE + "{pending}/edit/"): (SIGN_IN, MINE + "N/", 404, 404, 404),
    ("POST", MINE + "{pending}/edit/"): (SIGN_IN, MINE + "N/", 404, 404, 404),
    ("GET", MINE + "{pending}/withdraw/"): (SIGN_IN, 405, 405, 405, 405),
    ("POST", MINE + "{pending}/withdraw/"): (SIGN_IN, HOME, 404, 404, 404),
    ("POST", MINE + "{draft}/withdraw/"): (SIGN_IN, HOME, 404, 404, 404),
    ("GET", MINE + "999999/"): (SIGN_IN, 404, 404, 404, 404),
    ("POST", MINE + "999999/withdraw/"): (SIGN_IN, 404, 404, 404, 404),
}

# allauth's pages for those who have an account, and the way in for those who have none.
# They came by code and have no password: so they "set" one and have none to "change".

AGAIN = "/organizers/account/again/"
FACTOR = "/accounts/Nfa/reauthenticate/"
REMOVE = "/accounts/Nfa/totp/deactivate/"
CODES = "/accounts/Nfa/recovery-codes/"

ACCOUNT_DOORS: dict[tuple[str, str], tuple[Outcome, ...]] = {
    ("GET", "/accounts/email/"): (SIGN_IN, 200, 200, 200, 200),
    ("POST", "/accounts/email/"): (SIGN_IN,) + ("/accounts/confirm-email/",) * 4,
    ("GET", "/accounts/password/change/"): (SIGN_IN,) + ("/accounts/password/set/",) * 4,
    ("POST", "/accounts/password/change/"): (SIGN_IN,) + ("/accounts/password/set/",) * 4,
    ("GET", "/accounts/password/set/"): (SIGN_IN, 200, 200, 200, 200),
    ("POST", "/accounts/password/set/"): (SIGN_IN, 200, 200, 200, 200),
    ("GET", "/accounts/reauthenticate/"): (SIGN_IN, AGAIN, AGAIN, FACTOR, FACTOR),
    ("POST", "/accounts/reauthenticate/"): (SIGN_IN, AGAIN, AGAIN, FACTOR, FACTOR),
    ("GET", "/accounts/logout/"): ("/", 200, 200, 200, 200),
    ("POST", "/accounts/logout/"): ("/", "/", "/", "/", "/"),
    ("GET", "/accounts/login/"): (200, HOME, HOME, HOME, HOME),
    ("GET", "/accounts/login/code/"): (200, HOME, HOME, HOME, HOME),
    ("POST", "/accounts/login/code/"): (200, HOME, HOME, HOME, HOME),
    ("GET", "/accounts/login/code/confirm/"): (SIGN_IN, HOME, HOME, HOME, HOME),
    ("GET", "/accounts/signup/"): (200, HOME, HOME, HOME, HOME),
    ("GET", "/accounts/confirm-email/"): (SIGN_IN,) + ("/accounts/email/",) * 4,
    ("GET", "/accounts/inactive/"): (200, 200, 200, 200, 200),
    ("GET", "/accounts/password/reset/"): (200, 200, 200, 200, 200),
    ("GET", "/accounts/password/reset/done/"): (200, 200, 200, 200, 200),
    ("GET", "/accounts/password/reset/key/done/"): (200, 200, 200, 200, 200),
    ("GET", "/accounts/password/reset/key/1-x-y/"): (200, 200, 200, 200, 200),
    ("GET", "/accounts/2fa/"): (SIGN_IN, 200, 200, 200, 200),
    ("GET", "/accounts/2fa/authenticate/"): (SIGN_IN, HOME, HOME, HOME, HOME),
    ("GET", "/accounts/2fa/reauthenticate/"): (SIGN_IN, AGAIN, AGAIN, 200, 200),
    ("GET", "/accounts/2fa/totp/activate/"): (SIGN_IN, 200, 200, REMOVE, REMOVE),
    ("GET", "/accounts/2fa/totp/deactivate/"): (SIGN_IN, 404, 404, 200, 200),
    ("GET", "/accounts/2fa/recovery-codes/"): (SIGN_IN, 404, 404, 404, 404),
    ("GET", "/accounts/2fa/recovery-codes/generate/"): (SIGN_IN, 200, 200, 200, 200),
    ("POST", "/accounts/2fa/recovery-codes/generate/"): (SIGN_IN, 200, 200, CODES, CODES),
    ("GET", "/accounts/2fa/recovery-codes/download/"): (SIGN_IN, 404, 404, 404, 404),
}

# The admin. An organizer is signed in and still a stranger here.

LOGIN = "/admin/login/"
TERM = "/admin/glossary/term/{term}/"
ADMIN_DOORS: dict[tuple[str, str], tuple[Outcome, ...]] = {
    ("GET", "/admin/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("POST", "/admin/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("GET", "/admin/login/"): (SIGN_IN, 403, 403, ADMIN, ADMIN),
    ("POST", "/admin/login/"): (SIGN_IN, 403, 403, 200, 200),
    ("POST", "/admin/logout/"): (ADMIN, ADMIN, ADMIN, 200, 200),
    ("GET", "/admin/password_change/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("GET", "/admin/autocomplete/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/jsi18n/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("GET", "/admin/organizers/user/your-name/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("POST", "/admin/organizers/user/your-name/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("GET", TERM + "preview/"): (LOGIN, LOGIN, LOGIN, "/glossary/preview/N/", 404),
    ("POST", TERM + "preview/"): (LOGIN, LOGIN, LOGIN, "/glossary/preview/N/", 404),
    ("GET", TERM + "stop-sharing/"): (
        LOGIN, LOGIN, LOGIN, "/admin/glossary/term/N/change/", 403,
    ),
    ("POST", TERM + "stop-sharing/"): (
        LOGIN, LOGIN, LOGIN, "/admin/glossary/term/N/change/", 403,
    ),
    ("GET", TERM + "unpublish/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("POST", TERM + "unpublish/"): (LOGIN, LOGIN, LOGIN, "/admin/glossary/term/N/change/", 403),
    ("GET", TERM + "discard-draft/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("POST", TERM + "discard-draft/"): (LOGIN, LOGIN, LOGIN, "/admin/glossary/term/N/change/", 403),
    ("GET", TERM + "history/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("GET", TERM + "history/compare/"): (
        LOGIN, LOGIN, LOGIN, "/admin/glossary/term/N/history/", 403,
    ),
    ("GET", TERM + "history/1/"): (LOGIN, LOGIN, LOGIN, 404, 404),
    ("GET", "/admin/glossary/term/recover/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("GET", "/admin/glossary/term/recover/1/"): (LOGIN, LOGIN, LOGIN, 404, 403),
    ("GET", "/admin/glossary/term/export/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("POST", "/admin/glossary/term/export/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("GET", "/admin/glossary/term/import/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("POST", "/admin/glossary/term/import/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("POST", "/admin/glossary/term/process_import/"): (
        LOGIN, LOGIN, LOGIN, "/admin/glossary/term/import/", 403,
    ),
    ("GET", "/admin/glossary/term/{term}/change/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("POST", "/admin/glossary/term/{term}/change/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("GET", "/admin/glossary/reports/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("GET", "/admin/glossary/reports/feedback/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("GET", "/admin/organizers/submission/{pending}/change/"): (LOGIN, LOGIN, LOGIN, 403, 200),
    ("POST", "/admin/organizers/submission/{pending}/change/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/organizers/submission/{pending}/delete/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/organizers/submission/{pending}/history/"): (LOGIN, LOGIN, LOGIN, 403, 200),
    ("GET", "/admin/organizers/submission/{pending}/decide/"): (
        LOGIN, LOGIN, LOGIN, 403, "/admin/organizers/submission/N/change/",
    ),
    ("POST", "/admin/organizers/submission/{pending}/decide/"): (
        LOGIN, LOGIN, LOGIN, 403, "/admin/organizers/submission/",
    ),
    ("POST", "/admin/organizers/submission/{draft}/decide/"): (LOGIN, LOGIN, LOGIN, 403, 404),
    ("GET", "/admin/organizers/report/{report}/change/"): (LOGIN, LOGIN, LOGIN, 403, 200),
    ("POST", "/admin/organizers/report/{report}/change/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/organizers/report/{report}/delete/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/organizers/report/{report}/decide/"): (
        LOGIN, LOGIN, LOGIN, 403, "/admin/organizers/report/N/change/",
    ),
    ("POST", "/admin/organizers/report/{report}/decide/"): (
        LOGIN, LOGIN, LOGIN, 403, "/admin/organizers/report/",
    ),
    ("GET", "/admin/organizers/alert/{alert}/change/"): (LOGIN, LOGIN, LOGIN, 403, 200),
    ("POST", "/admin/organizers/alert/{alert}/change/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/organizers/alert/{alert}/delete/"): (LOGIN, LOGIN, LOGIN, 403, 200),
    ("GET", "/admin/races/race/{race}/preview/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("POST", "/admin/races/race/{race}/preview/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("GET", "/admin/races/race/{race}/merge/1/"): (LOGIN, LOGIN, LOGIN, 404, 404),
    ("POST", "/admin/races/race/{race}/merge/1/"): (LOGIN, LOGIN, LOGIN, 404, 404),
    ("GET", "/admin/races/race/{race}/change/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("GET", "/admin/races/race/{race}/delete/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("POST", "/admin/races/race/{race}/delete/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/races/race/{race}/history/"): (LOGIN, LOGIN, LOGIN, 200, 200),
    ("GET", "/admin/races/race/{race}/history/compare/"): (
        LOGIN, LOGIN, LOGIN, "/admin/races/race/N/history/", "/admin/races/race/N/history/",
    ),
    ("GET", "/admin/races/race/{race}/history/1/"): (LOGIN, LOGIN, LOGIN, 404, 404),
    ("POST", "/admin/races/race/{race}/history/1/"): (LOGIN, LOGIN, LOGIN, 404, 404),
    ("GET", "/admin/races/race/recover/"): (LOGIN, LOGIN, LOGIN, 200, 403),
    ("GET", "/admin/races/race/recover/1/"): (LOGIN, LOGIN, LOGIN, 404, 404),
    ("GET", "/admin/organizers/user/{user}/change/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/organizers/user/{user}/password/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("POST", "/admin/organizers/user/{user}/password/"): (LOGIN, LOGIN, LOGIN, 403, 403),
    ("GET", "/admin/auth/"): (LOGIN, LOGIN, LOGIN, 404, 404),
    ("GET", "/admin/organizers/"): (LOGIN, LOGIN, LOGIN, 404, 200),
    ("GET", "/admin/glossary/"): (LOGIN, LOGIN, LOGIN, 200, 404),
    ("GET", "/admin/no/such/thing/"): (LOGIN, LOGIN, LOGIN, 404, 404),
}  # fmt: skip

# What the staff may list and add, by model: (editor's list, editor's add, moderator's, moderator's)
MODELS: dict[str, tuple[int, int, int, int]] = {
    "glossary.term": (200, 200, 403, 403),
    "glossary.category": (200, 200, 403, 403),
    "glossary.formeraddress": (200, 200, 403, 403),
    "glossary.feedback": (200, 403, 403, 403),
    "glossary.missedsearch": (200, 403, 403, 403),
    "races.race": (200, 200, 200, 403),
    "races.edition": (200, 200, 200, 200),
    "races.distance": (200, 200, 200, 200),
    "races.place": (200, 403, 200, 403),
    "organizers.submission": (403, 403, 200, 403),
    "organizers.organizer": (403, 403, 200, 403),
    "organizers.alert": (403, 403, 200, 403),
    "organizers.report": (403, 403, 200, 403),
    "organizers.mail": (403, 403, 200, 403),
    "organizers.plan": (403, 403, 403, 403),
    "organizers.user": (403, 403, 403, 403),
    "auth.group": (403, 403, 403, 403),
    "django_tasks_database.dbtaskresult": (403, 403, 403, 403),
    "account.emailaddress": (403, 403, 403, 403),
    "mfa.authenticator": (403, 403, 403, 403),
}

DOORS = {**ORGANIZER_DOORS, **ACCOUNT_DOORS, **ADMIN_DOORS}

# Filled in well, so that only a missing right can stand in the way.
ANSWERS: dict[str, dict[str, str]] = {
    "/organizers/profile/": {"name": "Taken over"},
    MINE + "new/": submission_values(**{"edition-start_date": day(90)}),
    MINE + "{draft}/edit/": submission_values(**{"edition-start_date": day(90)}),
    MINE + "{pending}/edit/": submission_values(**{"edition-start_date": day(90)}),
    "/organizers/account/delete/": {"sure": "yes"},
    "/accounts/email/": {"email": "more@example.com", "action_add": ""},
    "/admin/organizers/submission/{pending}/decide/": {"step": "approve"},
    "/admin/organizers/submission/{draft}/decide/": {"step": "approve"},
    "/admin/organizers/report/{report}/decide/": {"state": "done"},
    "/admin/organizers/user/{user}/password/": {
        "usable_password": "true", "password1": "a long enough secret",
        "password2": "a long enough secret",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "row"),
    [(*door, row) for door, row in DOORS.items()],
    ids=[f"{method} {path}" for method, path in DOORS],
)
def test_every_door_opens_only_for_its_people(
    method: str, path: str, row: tuple[Outcome, ...], personas: Personas, doors: dict[str, Any]
) -> None:
    there = address(path, doors)

    def visit(client: Client) -> HttpResponse:
        if method == "GET":
            return client.get(there)
        return client.post(there, ANSWERS.get(path, {}))

    assert knock(personas, visit) == expected(row)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_admin_shows_itself_only_to_its_people(
    model: str, personas: Personas
) -> None:
    base = f"/admin/{model.replace('.', '/')}/"
    editor_list, editor_add, moderator_list, moderator_add = MODELS[model]
    assert knock(personas, lambda client: client.get(base)) == expected(
        (LOGIN, LOGIN, LOGIN, editor_list, moderator_list)
    )
    for method in ["get", "post"]:
        assert knock(personas, lambda client: getattr(client, method)(f"{base}add/")) == expected(  # noqa: B023
            (LOGIN, LOGIN, LOGIN, editor_add, moderator_add)
        )


# The tables are whole.


def names_tried(paths: list[str]) -> set[str]:
    """The URL patterns that these addresses lead to."""
    numbers = dict.fromkeys(["draft", "pending", "term", "race", "user", "report", "alert"], 1)
    return {resolve(path.format(**numbers)).url_name or "" for path in paths}


def test_no_page_of_race_directors_is_missing_in_the_table() -> None:
    named = {pattern.name for pattern in organizer_urls.urlpatterns}
    for method in ["GET", "POST"]:
        tried = names_tried([path for verb, path in ORGANIZER_DOORS if verb == method])
        assert tried == named, method


def test_no_page_of_accounts_is_missing_in_the_table() -> None:
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    named = {name for name in names if name.startswith(("account_", "mfa_"))}
    assert names_tried([path for _, path in ACCOUNT_DOORS]) == named


def test_no_model_and_no_page_of_our_own_in_the_admin_is_missing_in_the_tables() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == set(MODELS)
    names = {
        pattern.name
        for model_admin in admin.site._registry.values()
        for pattern in model_admin.get_urls()
    } - {None}
    standard = re.compile("_(changelist|add|history|delete|change)$")
    own = {name for name in names if not standard.search(name)}
    assert own
    assert own <= names_tried([path for _, path in ADMIN_DOORS])


# Nothing leaks and nothing moves.


def test_nothing_of_another_organizers_is_shown_or_changed(
    personas: Personas, doors: dict[str, Any]
) -> None:
    before = list(Submission.objects.order_by("pk").values())
    for name in ["stranger", "another organizer", "editor"]:
        client = personas[name]()
        for pk in [doors["draft"], doors["pending"]]:
            for path in [f"{MINE}{pk}/", f"{MINE}{pk}/edit/", f"{MINE}{pk}/withdraw/"]:
                for response in [client.get(path), client.post(path, submission_values())]:
                    assert "Costa Brava" not in response.content.decode(), (name, path)
        assert "Costa Brava" not in client.get("/organizers/").content.decode()
        client.post(f"/admin/organizers/submission/{doors['pending']}/decide/", {"step": "approve"})
    assert list(Submission.objects.order_by("pk").values()) == before
    assert not Race.objects.filter(name="Costa Brava Night Run").exists()


def test_a_missing_page_and_a_forbidden_one_look_the_same(
    personas: Personas, doors: dict[str, Any]
) -> None:
    other = personas["another organizer"]()
    forbidden = other.get(f"{MINE}{doors['draft']}/")
    missing = other.get(f"{MINE}999999/")
    assert forbidden.status_code == missing.status_code == 404
    assert forbidden.content == missing.content


def test_who_is_asked_to_sign_in_comes_back_afterwards(client: Client) -> None:
    assert client.get(MINE + "new/")["Location"] == f"/accounts/login/code/?next={MINE}new/"


def test_someone_put_out_of_an_organizer_sees_no_more_of_it(
    membership: Membership, doors: dict[str, Any]
) -> None:
    client = client_of(membership.user)
    assert client.get(f"{MINE}{doors['draft']}/").status_code == 200
    membership.delete()
    assert client.get(f"{MINE}{doors['draft']}/").status_code == 404
    assert "Make your profile" in client.get("/organizers/").content.decode()


def test_a_colleague_sees_what_the_organizer_has(
    membership: Membership, doors: dict[str, Any]
) -> None:
    colleague = UserFactory()
    Membership.objects.create(organizer=membership.organizer, user=colleague, role="editor")
    client = client_of(colleague)
    assert client.get(f"{MINE}{doors['pending']}/").status_code == 200
    assert "Costa Brava Night Run" in client.get("/organizers/").content.decode()


def test_a_closed_account_is_out_at_once(membership: Membership) -> None:
    client = client_of(membership.user)
    assert client.get("/organizers/").status_code == 200
    membership.user.is_active = False
    membership.user.save()
    assert outcome(client.get("/organizers/")) == SIGN_IN


def test_private_pages_are_kept_by_nobody(personas: Personas, doors: dict[str, Any]) -> None:
    client = personas["organizer"]()
    for path in ["/organizers/", PROFILE, MINE + "new/", f"{MINE}{doors['draft']}/"]:
        response = client.get(path)
        assert "no-store" in response["Cache-Control"], path
        assert "private" in response["Cache-Control"], path
        assert 'name="robots" content="noindex"' in response.content.decode(), path


# Where `next` may lead.

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "http:///evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\thttps://evil.example",
    "\x08//evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nobody_is_sent_to_another_site(
    elsewhere: str, membership: Membership, mailoutbox: list[EmailMessage]
) -> None:
    user = membership.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = client_of(user)
    page = client.get("/organizers/profile/", {"next": elsewhere}).content.decode()
    assert "evil.example" not in page
    assert 'name="next"' not in page
    for response in [
        client.post("/organizers/profile/", {"name": "Club", "next": elsewhere}),
        client.post(f"/organizers/profile/?{urlencode({'next': elsewhere})}", {"name": "Club"}),
        client.get("/accounts/login/code/", {"next": elsewhere}),
        client.get("/accounts/login/", {"next": elsewhere}),
    ]:
        assert response["Location"] == "/organizers/"
    assert client.post("/accounts/logout/", {"next": elsewhere})["Location"] == "/"

    response = client.post(
        "/accounts/login/code/", {"email": membership.user.email, "next": elsewhere}
    )
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[0].body, re.MULTILINE)
    assert code
    response = client.post(response["Location"], {"code": code[0], "next": elsewhere})
    assert response["Location"] == "/organizers/"


def test_a_page_of_ours_is_where_next_leads(membership: Membership) -> None:
    answer = {"name": "Club", "next": MINE + "new/"}
    response = client_of(membership.user).post("/organizers/profile/", answer)
    assert response["Location"] == MINE + "new/"
    assert Organizer.objects.get(pk=membership.organizer_id).name == "Club"
    assert reverse("organizers:new_submission") == MINE + "new/"
