"""The one place where a submission changes its state.

Each function locks the row, checks that the step is allowed, records who did it, and puts the mail
into the queue in the same transaction. Raises WrongState when somebody else was faster.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import transaction
from django.utils import timezone

from organizers import mail
from organizers.models import Decision, Listing, Organizer, Submission, User
from organizers.submissions.submission_forms import SubmissionForms, is_free
from races.models.naming import lock_names
from races.publishing import changed

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
ADDRESS_TAKEN = "Another race has this address."
DECIDED_BY_READING = {State.CHANGES_REQUESTED, State.APPROVED, State.REJECTED}


class WrongState(Exception):  # noqa: N818 - reads as what it is
    """The submission is no longer in a state that allows this step."""


class NotApprovable(Exception):  # noqa: N818
    """What was proposed is no longer valid, for instance since its day has passed."""


@contextmanager
def _step(
    submission: Submission, to: State, by: User | None, note: str = ""
) -> Iterator[Submission]:
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
        # A draft whose author has left is its sender's.
        locked.submitted_by = locked.submitted_by or by


def withdraw(submission: Submission, by: User | None) -> None:
    """Take back. By nobody, when the organizer leaves."""
    with _step(submission, State.WITHDRAWN, by):
        pass


def request_changes(submission: Submission, by: User, note: str) -> None:
    with _step(submission, State.CHANGES_REQUESTED, by, note):
        pass


def reject(submission: Submission, by: User, note: str) -> None:
    with _step(submission, State.REJECTED, by, note):
        pass


def approve(submission: Submission, by: User, note: str = "", slug: str = "") -> None:
    """Put the race on the site and into the organizer's hands. May raise NotApprovable too.

    Without a `slug` its address is made of its name.
    """
    with _step(submission, State.APPROVED, by, note) as locked:
        lock_names()
        organizer = cast(Organizer, locked.organizer)  # as the database demands of what waits
        # The moderator has read the questions too, and what the organizer said to them.
        forms = SubmissionForms(locked.values, asks=False)
        sent_on = (locked.submitted_at or timezone.now()).date()
        if not forms.is_valid():
            raise NotApprovable("The proposal no longer passes its own checks: " + _errors(forms))
        if slug and not is_free(slug):
            raise NotApprovable(ADDRESS_TAKEN)
        locked.race = forms.save(organizer, said_on=sent_on, slug=slug)
        Listing.objects.create(organizer=organizer, race=locked.race)
        changed([locked.race], why=f"Approved, as {organizer} proposed it", by=by)


def _errors(forms: SubmissionForms) -> str:
    every = [forms.race.errors, forms.edition.errors, *(form.errors for form in forms.distances)]
    texts = [str(text) for errors in every for texts in errors.values() for text in texts]
    return " ".join([*texts, *map(str, forms.distances.non_form_errors())])
