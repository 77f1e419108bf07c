"""How people and organizers leave: what was theirs goes, what is public or was decided stays."""

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from organizers.alerts import signing_up
from organizers.models import Mail, Membership, Organizer, Submission, User
from organizers.submissions import workflow

LAST_ADMINISTRATOR = "The last administrator can’t be deleted: make another one first."


class LastAdministrator(ValidationError):
    """Nobody would be left who can give rights."""

    def __init__(self) -> None:
        super().__init__(LAST_ADMINISTRATOR)


@transaction.atomic
def delete_account(user: User) -> None:
    """Delete a person; an organizer of whom they are the last member goes with them.

    Raises LastAdministrator.
    """
    _keep_an_administrator(user)
    list(User.objects.filter(pk=user.pk).select_for_update())
    theirs = Organizer.objects.filter(memberships__user=user).order_by("pk")
    for organizer in theirs:
        _lock(organizer)
        left = organizer.memberships.exclude(user=user).order_by("pk")
        if not left.exists():
            delete_organizer(organizer)
        elif not left.filter(role=Membership.Role.OWNER).exists():
            Membership.objects.filter(pk=left[0].pk).update(role=Membership.Role.OWNER)
    _end_sessions(user)
    known = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    addresses = [user.email, *known]
    signing_up.end_all_of(addresses)
    # Each of our mails has one recipient.
    Mail.objects.filter(to__in=addresses).delete()
    user.delete()


def _keep_an_administrator(user: User) -> None:
    # All of them are locked, so that two can't leave at the same moment.
    administrators = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    if list(administrators.select_for_update().values_list("pk", flat=True)) == [user.pk]:
        raise LastAdministrator


@transaction.atomic
def delete_organizer(organizer: Organizer) -> None:
    """Races stay on the site, decided proposals without a name; nothing waits any longer."""
    _lock(organizer)
    submissions = Submission.objects.filter(organizer=organizer)
    submissions.filter(submitted_at=None).delete()
    for submission in submissions.filter(state__in=workflow.STEPS["withdraw"].before):
        workflow.withdraw(submission, by=None)
    organizer.delete()


def _lock(organizer: Organizer) -> None:
    """Submissions first, as a decision does, which then touches the organizer."""
    submissions = Submission.objects.filter(organizer=organizer).order_by("pk")
    list(submissions.select_for_update().values_list("pk", flat=True))
    list(Organizer.objects.filter(pk=organizer.pk).select_for_update())


def _end_sessions(user: User) -> None:
    """Only people who sign in have one, so that there are few to look through."""
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
