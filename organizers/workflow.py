"""The one place where a submission changes its state.

Each function locks the row, checks that the step is allowed, records who did it, and puts the mail
into the queue in the same transaction. Raises WrongState when somebody else was faster.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from organizers import mail
from organizers.models import Decision, Listing, Submission, User
from organizers.submission_forms import SubmissionForms
from races.descriptions import link_soon

State = Submission.State

# From which states each state can be reached.
ALLOWED = {
    State.PENDING: {State.DRAFT, State.CHANGES_REQUESTED},
    State.CHANGES_REQUESTED: {State.PENDING},
    State.APPROVED: {State.PENDING},
    State.REJECTED: {State.PENDING},
    State.WITHDRAWN: {State.DRAFT, State.PENDING, State.CHANGES_REQUESTED},
}

# What a moderator decides holds for the version that they have read.
SENT_AGAIN = "It was changed and sent again meanwhile. Please read it anew."
DECIDED_BY_READING = {State.CHANGES_REQUESTED, State.APPROVED, State.REJECTED}


class WrongState(Exception):  # noqa: N818 - reads as what it is
    """The submission is no longer in a state that allows this step."""


class NotApprovable(Exception):  # noqa: N818
    """What was proposed is no longer valid, for instance since its day has passed."""


@contextmanager
def _step(submission: Submission, to: State, by: User, note: str = "") -> Iterator[Submission]:
    with transaction.atomic():
        locked = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
        if locked.state not in ALLOWED[to]:
            raise WrongState(f"This submission is already {locked.get_state_display().lower()}.")
        if to in DECIDED_BY_READING and locked.submitted_at != submission.submitted_at:
            raise WrongState(SENT_AGAIN)
        locked.state = to
        yield locked
        locked.save()
        submission.state, submission.submitted_at = locked.state, locked.submitted_at
        decision = Decision.objects.create(submission=locked, state=to, by=by, note=note.strip())
        mail.tell_submitter(decision)


def submit(submission: Submission, by: User) -> None:
    """Send to the moderators. The caller has validated the forms."""
    with _step(submission, State.PENDING, by) as locked:
        locked.submitted_at = timezone.now()


def withdraw(submission: Submission, by: User) -> None:
    with _step(submission, State.WITHDRAWN, by):
        pass


def request_changes(submission: Submission, by: User, note: str) -> None:
    with _step(submission, State.CHANGES_REQUESTED, by, note):
        pass


def reject(submission: Submission, by: User, note: str) -> None:
    with _step(submission, State.REJECTED, by, note):
        pass


def approve(submission: Submission, by: User, note: str = "") -> None:
    """Put the race on the site and into the organizer's hands. May raise NotApprovable too."""
    with _step(submission, State.APPROVED, by, note) as locked:
        _one_approval_at_a_time()
        forms = SubmissionForms(locked.values)
        sent_on = (locked.submitted_at or timezone.now()).date()
        if not forms.is_valid():
            raise NotApprovable("The proposal no longer passes its own checks: " + _errors(forms))
        locked.race = forms.save(locked.organizer, said_on=sent_on)
        Listing.objects.create(organizer=locked.organizer, race=locked.race)
        link_soon(locked.race)


def _one_approval_at_a_time() -> None:
    """Until the transaction ends, so that of two proposals of one race the later sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('organizers.approve'))")


def _errors(forms: SubmissionForms) -> str:
    every = [forms.race.errors, forms.edition.errors, *(form.errors for form in forms.distances)]
    texts = [str(text) for errors in every for texts in errors.values() for text in texts]
    return " ".join([*texts, *map(str, forms.distances.non_form_errors())])
