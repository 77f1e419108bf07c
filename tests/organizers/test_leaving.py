"""People and organizers leave: they become nameless, public facts stay."""

import threading
from collections.abc import Callable

import pytest
import reversion
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection, transaction
from django.test import Client

from organizers.models import Decision, Listing, Membership, Organizer, Submission, User
from organizers.privacy import leaving
from organizers.submissions import workflow
from races.models import Race
from tests.desk import as_read, client_of
from tests.factories import (
    MembershipFactory,
    OrganizerFactory,
    RaceFactory,
    SubmissionFactory,
    TermFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

DELETE = "/organizers/account/delete/"
SENT = {"submitted_at": "2026-11-01T09:00Z"}


def of(membership: Membership, **values: str) -> Submission:
    submission: Submission = SubmissionFactory(
        organizer=membership.organizer, submitted_by=membership.user, **values
    )
    return submission


def approved(membership: Membership, moderator: User) -> Race:
    submission = of(membership)
    workflow.submit(submission, membership.user)
    workflow.approve(submission, moderator)
    submission.refresh_from_db()
    assert submission.race
    return submission.race


def test_a_director_deletes_their_account_and_the_race_stays(
    membership: Membership, moderator: User, mailoutbox: list[EmailMessage]
) -> None:
    user, club = membership.user, membership.organizer
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    race = approved(membership, moderator)
    before = Client().get(race.get_absolute_url()).content
    assert club.name in before.decode()
    draft = of(membership)
    pending, sent_back = (
        of(membership, state="pending", **SENT),
        of(membership, state="changes-requested", **SENT),
    )
    refused = of(membership, state="rejected", **SENT)
    Decision.objects.create(submission=refused, state="rejected", by=moderator, note="No.")
    client, elsewhere, other = client_of(user), client_of(user), client_of(UserFactory())
    page = client.get(DELETE).content.decode()
    assert f"The profile of {club.name}, as nobody else belongs to it" in page
    mailoutbox.clear()
    assert client.post(DELETE, {"sure": "yes"})["Location"] == "/organizers/account/deleted/"
    assert "Your account is deleted" in client.get("/organizers/account/deleted/").content.decode()

    assert not User.objects.filter(pk=user.pk).exists()
    assert not Organizer.objects.exists()
    assert not EmailAddress.objects.exists()
    assert not Listing.objects.exists()
    for browser in [client, elsewhere]:
        assert browser.get("/organizers/").status_code == 302
    assert other.get("/organizers/").status_code == 200
    assert user.email not in "".join(str(s.get_decoded()) for s in Session.objects.all())
    assert Client().get(race.get_absolute_url()).content == before
    assert not Submission.objects.filter(pk=draft.pk).exists()
    kept = Submission.objects.in_bulk()
    assert {kept[s.pk].state for s in [pending, sent_back]} == {"withdrawn"}
    assert {(s.organizer, s.submitted_by) for s in kept.values()} == {(None, None)}
    assert [d.by for d in kept[refused.pk].decisions.all()] == [moderator]
    assert [(d.state, d.by) for d in kept[pending.pk].decisions.all()] == [("withdrawn", None)]
    assert mailoutbox == []

    desk = client_of(moderator)
    listed = desk.get("/admin/organizers/submission/?state=all").content.decode()
    assert "someone who has left" in listed
    page = as_read(desk.get(f"/admin/organizers/submission/{pending.pk}/change/").content.decode())
    assert "From an organizer who has left (someone who has left)" in page
    assert "by someone who has left" in page


def test_it_is_not_done_by_looking_nor_without_the_tick(membership: Membership) -> None:
    client = client_of(membership.user)
    assert client.get(DELETE, {"sure": "yes"}).status_code == 200
    response = client.post(DELETE)
    assert response.status_code == 422
    assert "Tick this if you are sure." in response.content.decode()
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    assert careful.post(DELETE, {"sure": "yes"}).status_code == 403
    assert User.objects.filter(pk=membership.user.pk).exists()


def test_colleagues_keep_the_club_and_its_drafts(membership: Membership, moderator: User) -> None:
    club, user = membership.organizer, membership.user
    stays = MembershipFactory(organizer=club, role="editor").user
    MembershipFactory(organizer=club, role="editor")
    draft, pending = of(membership), of(membership)
    workflow.submit(pending, user)
    race = approved(membership, moderator)
    assert "nobody else belongs" not in client_of(user).get(DELETE).content.decode()
    leaving.delete_account(user)

    client = client_of(stays)
    assert Listing.objects.get(race=race).organizer == club
    assert [m.role for m in club.memberships.order_by("pk")] == ["owner", "editor"]
    assert client.get("/organizers/profile/").status_code == 200
    page = client.get(f"/organizers/submissions/{pending.pk}/").content.decode()
    assert "by someone who has left" in page
    response = client.get(f"/organizers/submissions/{draft.pk}/edit/")
    assert response.status_code == 200
    draft.refresh_from_db()
    workflow.submit(draft, stays)
    assert Submission.objects.get(pk=draft.pk).submitted_by == stays


def test_the_mail_goes_to_the_colleagues_of_who_has_left(
    membership: Membership,
    moderator: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    stays = MembershipFactory(organizer=membership.organizer).user
    pending = of(membership, state="pending", **SENT)
    leaving.delete_account(membership.user)
    pending.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        workflow.reject(pending, moderator, "Not yet.")
    assert [mail.to for mail in mailoutbox] == [[stays.email]]


def test_an_editor_leaves_a_history_without_a_name(editor: User) -> None:
    term = TermFactory()
    with reversion.create_revision():
        reversion.set_user(editor)
        term.save()
        reversion.add_to_revision(term)
    client_of(editor)
    assert Authenticator.objects.filter(user=editor).exists()
    leaving.delete_account(editor)
    (version,) = reversion.models.Version.objects.get_for_object(term)
    assert version.revision.user is None
    assert not Authenticator.objects.exists()


def test_a_moderators_decisions_stay_without_a_name(
    membership: Membership, moderator: User
) -> None:
    race = approved(membership, moderator)
    leaving.delete_account(moderator)
    assert [d.by for d in Decision.objects.order_by("pk")] == [membership.user, None]
    submission = Submission.objects.get(race=race)
    page = client_of(membership.user).get(submission.get_absolute_url()).content.decode()
    assert "by someone who has left" in page


# The last administrator.


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.com")


def test_the_last_administrator_stays(root: User) -> None:
    UserFactory(is_superuser=True, is_staff=True, is_active=False)
    client = client_of(root)
    response = client.post(DELETE, {"sure": "yes"}, follow=True)
    assert leaving.LAST_ADMINISTRATOR in response.content.decode()
    response = client.post(
        f"/admin/organizers/user/{root.pk}/delete/", {"post": "yes"}, follow=True
    )
    assert leaving.LAST_ADMINISTRATOR in response.content.decode()
    every = list(User.objects.values_list("pk", flat=True))
    values = {"action": "delete_selected", "_selected_action": every, "post": "yes"}
    response = client.post("/admin/organizers/user/", values, follow=True)
    assert leaving.LAST_ADMINISTRATOR in response.content.decode()
    assert User.objects.count() == 2


def test_an_administrator_deletes_themselves_in_admin_and_is_out(root: User) -> None:
    UserFactory(is_superuser=True, is_staff=True)
    client = client_of(root)
    response = client.post(f"/admin/organizers/user/{root.pk}/delete/", {"post": "yes"})
    assert response.status_code == 302
    assert not User.objects.filter(pk=root.pk).exists()
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_administrators_who_leave_at_once_do_not_both() -> None:
    ann, ben = (User.objects.create_superuser(f"{name}@example.com") for name in ["ann", "ben"])
    outcomes: list[str] = []

    def leave() -> None:
        try:
            leaving.delete_account(ben)
            outcomes.append("gone")
        except leaving.LastAdministrator:
            outcomes.append("stays")
        finally:
            connection.close()

    second = threading.Thread(target=leave)
    with transaction.atomic():
        leaving.delete_account(ann)
        second.start()
        wait_for_a_lock()
    second.join(10)
    assert outcomes == ["stays"]
    assert [user.email for user in User.objects.all()] == ["ben@example.com"]


def wait_for_a_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(2000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_last_two_members_leave_at_once_and_take_the_club_with_them() -> None:
    club = OrganizerFactory()
    ann, ben = (MembershipFactory(organizer=club).user for _ in range(2))
    SubmissionFactory(organizer=club, submitted_by=ann)

    def leave() -> None:
        leaving.delete_account(ben)
        connection.close()

    second = threading.Thread(target=leave)
    with transaction.atomic():
        leaving.delete_account(ann)
        second.start()
        wait_for_a_lock()
    second.join(10)
    assert not User.objects.exists()
    assert not Organizer.objects.exists()
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_decision_and_a_farewell_at_once_end_without_an_error() -> None:
    membership = MembershipFactory()
    moderator = UserFactory()
    pending = of(membership, state="pending", **SENT)
    pending.refresh_from_db()
    errors: list[Exception] = []

    def leave() -> None:
        try:
            leaving.delete_account(membership.user)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
            errors.append(error)
        finally:
            connection.close()

    second = threading.Thread(target=leave)
    with transaction.atomic():
        Submission.objects.select_for_update().get(pk=pending.pk)  # as a decision begins
        second.start()
        wait_for_a_lock()
        workflow.approve(pending, moderator)
    second.join(10)
    assert errors == []
    assert Race.objects.get().state == "published"
    assert not Organizer.objects.exists()
    assert [s.state for s in Submission.objects.all()] == ["approved"]


# In admin.


@pytest.mark.parametrize("way", ["one", "selected"])
def test_an_administrator_deletes_people_and_organizers(
    way: str, root: User, membership: Membership, moderator: User
) -> None:
    race = approved(membership, moderator)
    desk = client_of(root)
    for model, pk in [("user", membership.user.pk), ("organizer", membership.organizer.pk)]:
        if model == "organizer":
            club = MembershipFactory()
            of(club, state="pending", **SENT)
            pk = club.organizer.pk
        there = f"/admin/organizers/{model}/"
        if way == "one":
            there += f"{pk}/delete/"
            values: dict[str, object] = {}
            assert "Are you sure" in desk.get(there).content.decode()
        else:
            values = {"action": "delete_selected", "_selected_action": [pk]}
            page = desk.post(there, values).content.decode()
            assert "Are you sure" in page
        response = desk.post(there, {**values, "post": "yes"}, follow=True)
        said = [str(message) for message in response.context["messages"]]
        assert "uccessfully" in said[0], said
    assert not Organizer.objects.exists()
    assert not Submission.objects.exclude(organizer=None).exists()
    assert Submission.objects.filter(state="withdrawn").count() == 1
    assert Client().get(race.get_absolute_url()).status_code == 200
    assert LogEntry.objects.filter(user=root).exists()


def test_editors_and_moderators_delete_nobody(
    editor: User, moderator: User, membership: Membership
) -> None:
    for user in [editor, moderator]:
        desk = client_of(user)
        for model, pk in [("user", membership.user.pk), ("organizer", membership.organizer.pk)]:
            response = desk.post(f"/admin/organizers/{model}/{pk}/delete/", {"post": "yes"})
            assert response.status_code == 403
            desk.post(
                f"/admin/organizers/{model}/",
                {"action": "delete_selected", "_selected_action": [pk], "post": "yes"},
            )
    assert Membership.objects.get() == membership


def test_what_waits_has_an_organizer(membership: Membership) -> None:
    for state in ["draft", "pending", "changes-requested"]:
        with pytest.raises(IntegrityError, match="submission_under_way"), transaction.atomic():
            SubmissionFactory(organizer=None, state=state, **SENT)
    race = RaceFactory()
    for state in ["approved", "rejected", "withdrawn"]:
        SubmissionFactory(organizer=None, state=state, race=race, **SENT)
