"""The one place where a submission changes its state.

Each function locks the row, checks that the step is allowed, records who did it, and puts the mail
into the queue in the same transaction. Raises WrongState when somebody else was faster.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from organizers import mail
from organizers.models import Decision, Listing, Organizer, Submission, User
from organizers.submissions.submission_forms import SubmissionForms, is_free
from races.models.naming import lock_names
from races.publishing import changed

State = Submission.State


class Who(Enum):
    ORGANIZER = auto()
    MODERATOR = auto()


@dataclass(frozen=True)
class Step:
    """What somebody may do with a submission that is in one of the states `before`."""

    before: frozenset[State]
    after: State
    who: Who
    # As a moderator chooses it.
    label: str = ""
    # The database demands it too.
    needs_note: bool = False
    # Of the mail to whoever sent the submission; what they do themselves may need none.
    subject: str = ""


def _step_of(*before: State, after: State, who: Who, **more: Any) -> Step:
    return Step(frozenset(before), after, who, **more)


# Another step is a row here, a function below and, if it has a subject, a template in emails/.
STEPS = {
    "submit": _step_of(
        State.DRAFT, State.CHANGES_REQUESTED, after=State.PENDING, who=Who.ORGANIZER,
        subject="We have your race: {race}",
    ),
    "withdraw": _step_of(
        State.DRAFT, State.PENDING, State.CHANGES_REQUESTED, after=State.WITHDRAWN,
        who=Who.ORGANIZER,
    ),
    "approve": _step_of(
        State.PENDING, after=State.APPROVED, who=Who.MODERATOR,
        label="Approve: put the race on the site", subject="Your race is on Startline: {race}",
    ),
    "request-changes": _step_of(
        State.PENDING, after=State.CHANGES_REQUESTED, who=Who.MODERATOR, label="Request changes",
        needs_note=True, subject="Please change something: {race}",
    ),
    "reject": _step_of(
        State.PENDING, after=State.REJECTED, who=Who.MODERATOR, label="Reject",
        needs_note=True, subject="We did not list: {race}",
    ),
}  # fmt: skip

# What a moderator decides holds for the version that they have read.
SENT_AGAIN = "It was changed and sent again meanwhile. Please read it anew."
ADDRESS_TAKEN = "Another race has this address."


class WrongState(Exception):  # noqa: N818 - reads as what it is
    """The submission is no longer in a state that allows this step."""


class NotApprovable(Exception):  # noqa: N818
    """What was proposed is no longer valid, for instance since its day has passed."""


def open_to(who: Who, submission: Submission) -> list[str]:
    """The names of the steps that they may take with it now."""
    return [
        name for name, step in STEPS.items() if step.who == who and submission.state in step.before
    ]


def check_step(name: str, submission: Submission) -> None:
    if submission.state not in STEPS[name].before:
        raise WrongState(f"This submission is already {submission.get_state_display().lower()}.")


@contextmanager
def _step(
    submission: Submission, name: str, by: User | None, note: str = ""
) -> Iterator[Submission]:
    step = STEPS[name]
    with transaction.atomic():
        locked = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
        check_step(name, locked)
        if step.who == Who.MODERATOR and locked.submitted_at != submission.submitted_at:
            raise WrongState(SENT_AGAIN)
        locked.state = step.after
        yield locked
        locked.save()
        submission.state, submission.submitted_at = locked.state, locked.submitted_at
        decision = Decision.objects.create(
            submission=locked, state=step.after, by=by, note=note.strip()
        )
        if step.subject:
            mail.tell_submitter(decision, step.subject)


def submit(submission: Submission, by: User) -> None:
    """Send to the moderators. The caller has validated the forms."""
    with _step(submission, "submit", by) as locked:
        locked.submitted_at = timezone.now()
        # A draft whose author has left is its sender's.
        locked.submitted_by = locked.submitted_by or by


def withdraw(submission: Submission, by: User | None) -> None:
    """Take back. By nobody, when the organizer leaves."""
    with _step(submission, "withdraw", by):
        pass


def request_changes(submission: Submission, by: User, note: str) -> None:
    with _step(submission, "request-changes", by, note):
        pass


def reject(submission: Submission, by: User, note: str) -> None:
    with _step(submission, "reject", by, note):
        pass


def approve(submission: Submission, by: User, note: str = "", slug: str = "") -> None:
    """Put the race on the site and into the organizer's hands. May raise NotApprovable too.

    Without a `slug` its address is made of its name.
    """
    with _step(submission, "approve", by, note) as locked:
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
