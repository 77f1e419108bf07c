"""Mail about submissions, and about what others changed of a race."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string

from organizers.models import Decision, Submission, User
from races.publishing import DateChange

SUBJECTS = {
    Submission.State.PENDING: "We have your race: {race}",
    Submission.State.CHANGES_REQUESTED: "Please change something: {race}",
    Submission.State.APPROVED: "Your race is on Startline: {race}",
    Submission.State.REJECTED: "We did not list: {race}",
}


def tell_submitter(decision: Decision) -> None:
    """Tell whoever sent the submission what became of it. A withdrawal is their own doing."""
    state = Submission.State(decision.state)
    if state not in SUBJECTS:
        return
    submission = decision.submission
    # A name typed with line breaks must not break the mail's header.
    subject = " ".join(SUBJECTS[state].format(race=submission.race_name).split())
    context = {"submission": submission, "decision": decision, "site_url": settings.SITE_URL}
    text = render_to_string(f"emails/submission_{state.replace('-', '_')}.txt", context)
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, _who_hears(submission))


def _who_hears(submission: Submission) -> list[str]:
    """Whoever sent it; their colleagues, once that person has left."""
    if submission.submitted_by:
        return [submission.submitted_by.email]
    colleagues = User.objects.filter(memberships__organizer=submission.organizer_id)
    return list(colleagues.values_list("email", flat=True))


def date_changed(changes: Sequence[DateChange], by: AbstractBaseUser | None) -> None:
    """Have each member who keeps such a race told, once it is committed, save who did it."""
    for change in changes:
        keepers = User.objects.filter(
            organizers__listings__race=change.edition.race_id, is_active=True
        )
        for keeper in keepers:
            if keeper == by:
                continue
            # robust: a mail server that is down must not undo, or seem to undo, the change.
            transaction.on_commit(partial(tell_keeper, keeper, change), robust=True)


def tell_keeper(keeper: User, change: DateChange) -> None:
    """Tell a member that the date of their race, or what is said of it, is another now."""
    subject = " ".join(f"We changed the date of your race: {change.edition.race}".split())
    context = {"change": change, "site_url": settings.SITE_URL, "contact": settings.CONTACT_EMAIL}
    text = render_to_string("emails/date_changed.txt", context)
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [keeper.email])
