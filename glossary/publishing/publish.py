"""Publishing: what readers see, and since when; what follows is in glossary.publishing.after.

A term that is public has its next text in a draft of its own (see glossary.publishing.history), so
that saving it leaves the live page as it is. A term nobody can see yet is its own draft.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from reversion.errors import RevertError
from reversion.models import Revision

from glossary import tasks
from glossary.linking.relinking import relink_soon
from glossary.models import FormerAddress, Term
from glossary.publishing import history, recovery
from glossary.publishing.after import changed
from glossary.publishing.versions import DELETED, User


def set_public(term: Term, *, at: datetime | None = None, is_major: bool = False) -> None:
    """Make the term public on the instance, now or at a later time. The caller saves it.

    Readers see the date of the last significant change: the first publication is one.
    """
    now = timezone.now()
    since = at if at and at > now else now
    if not term.has_been_public:
        term.first_published_at = since
    if is_major or term.first_published_at == since:
        term.changed_on = timezone.localdate(since)
    term.state = Term.State.PUBLISHED
    term.publish_at = since if since > now else None


@transaction.atomic
def publish(term: Term, user: User = None) -> None:
    """Publish a term's draft, or a term that is not public yet, now.

    Raises RevertError, and then nothing has changed, when a name in the draft is another's by now.
    """
    term = Term.objects.select_for_update(no_key=True).get(pk=term.pk)
    if term.is_public and not term.draft:
        return
    old_slug, note, is_major = term.slug, term.change_note, term.draft_is_major
    history.record_first(term)
    if term.draft:
        history.bring_back(term.draft, term.pk)
        term.refresh_from_db()
        if not is_major:
            term.change_note = note
        drop_draft(term)
    set_public(term, is_major=is_major)
    term.save()
    history.check_names()
    changed([term], old_slugs={term.pk: old_slug})
    history.record(term, user, "Published")


@transaction.atomic
def unpublish(term: Term, user: User = None) -> None:
    """Take a term off the site: its address then says that it is gone."""
    term = Term.objects.select_for_update(no_key=True).get(pk=term.pk)
    history.record_first(term)
    term.state = Term.State.DRAFT
    term.publish_at = term.draft_publish_at = None
    term.save()
    changed([term])
    history.record(term, user, "Taken off the site")


def keep_draft(
    term: Term, revision: Revision, *, at: datetime | None = None, is_major: bool = False
) -> None:
    """Make a version of a public term its draft, to be published at a time or by hand."""
    Term.objects.filter(pk=term.pk).update(
        draft=revision, draft_publish_at=at, draft_is_major=is_major
    )
    if at:
        tasks.publish_draft.using(run_after=at).enqueue(term.pk, revision.pk)


def drop_draft(term: Term) -> None:
    """Forget the draft, on the instance and in the database; its version stays in the history."""
    values = {"draft": None, "draft_publish_at": None, "draft_is_major": False}
    for name, value in values.items():
        setattr(term, name, value)
    Term.objects.filter(pk=term.pk).update(**values)


@transaction.atomic
def discard_draft(term: Term, user: User = None) -> None:
    """Go back to the live text. A form that still shows the draft is then told so as it saves."""
    term = Term.objects.select_for_update(no_key=True).get(pk=term.pk)
    drop_draft(term)
    history.record(term, user, "Draft discarded")


@transaction.atomic
def publish_if_due(pk: int, revision_pk: int) -> None:
    """Publish a draft at its time, unless it was changed, put off or dropped since.

    It is in the name of who saved the draft. Where it can't be published, the plan ends, and the
    history says why.
    """
    locked = Term.objects.select_for_update(no_key=True)
    due = locked.filter(pk=pk, draft=revision_pk, draft_publish_at__lte=timezone.now()).first()
    if due is None or not due.is_public:
        return
    newest = history.latest(pk)
    try:
        if newest and newest.pk != revision_pk:
            raise RevertError("the page was changed after the draft")
        publish(due, due.draft.user if due.draft else None)
    except RevertError as error:
        Term.objects.filter(pk=pk).update(draft_publish_at=None)
        history.record(due, comment=f"The draft was not published as planned: {error}")


def publish_overdue() -> int:
    """Publish what should have been by now, such as when no worker ran. How many were looked at."""
    overdue = Term.objects.filter(draft_publish_at__lte=timezone.now(), draft__isnull=False)
    pairs = list(overdue.values_list("pk", "draft"))
    for pk, revision_pk in pairs:
        publish_if_due(pk, revision_pk)
    return len(pairs)


@transaction.atomic
def before_deletion(term: Term, user: User = None) -> None:
    """Keep all that is to be recovered, and the address, which from now on says 410."""
    # Whoever has a word to add to the page meanwhile, waits, or it would be neither kept nor there.
    Term.objects.select_for_update().get(pk=term.pk)
    history.record_first(term)
    history.record(term, user, DELETED)
    recovery.keep(term.pk)
    if term.has_been_public:
        FormerAddress.objects.get_or_create(slug=term.slug)
    relink_soon([term.pk])
