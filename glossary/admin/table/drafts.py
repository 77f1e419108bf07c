"""An import beside the live pages: what a draft can hold, and how it is kept."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from reversion.models import Revision, Version

from glossary.admin.table.columns import SHAPES, empty
from glossary.files import dumping
from glossary.files.refusals import refusals
from glossary.files.saving import save_terms
from glossary.models import Term
from glossary.publishing import history, publish
from text.content_files import ContentFile, Problem

# What readers see at once or not at all: a draft holds none of it.
AT_ONCE = ("state", "publish_at", "changed_on", "first_published_at", "formerly")


def without_what_is_at_once(file: ContentFile, present: ContentFile | None) -> list[str]:
    """Take from a row what a draft can't hold. The columns that said something of it."""
    stays = present.data if present else {"state": "draft", "changed_on": timezone.localdate()}
    said = []
    for column in AT_ONCE:
        value = file.data.pop(column, None)
        if value not in (None, "", []) and value != stays.get(column):
            said.append(column)
        if column in stays:
            file.data[column] = stays[column]
    file.data.setdefault("formerly", [])
    return said


def laid_over_draft(file: ContentFile, live: ContentFile, term: Term) -> ContentFile:
    """Give the row what the term's pending draft changed and the row did not. The draft's content.

    Raises RevertError when the draft can't be opened.
    """
    assert term.draft is not None  # noqa: S101 - for the type checker
    draft = dumping.content_in(history.term_in(term.draft, term))
    draft.path = file.path
    data = dumping.canonical(file.data)
    for column in SHAPES:
        if column not in AT_ONCE and data.get(column) == live.data.get(column):
            file.data[column] = draft.data.get(column, empty(column))
    for column in ("slug", "body"):
        file.data.pop(column, None)
    if file.body == live.body:
        file.body = draft.body
    return draft


class _NotLive(Exception):  # noqa: N818 - not an error: it undoes what readers must not see yet
    pass


def save_beside(
    files: list[ContentFile],
    terms: dict[str, Term],
    user: Any,
    *,
    is_tried: bool,
) -> tuple[list[Problem], dict[str, ContentFile]]:
    """Keep a draft of each of these terms, whose live pages stay as they are.

    As the form does it: saved with every rule, read out as a version, and undone.
    """
    found: list[Problem] = []
    after: dict[str, ContentFile] = {}
    aside: dict[int, tuple[Revision, list[Version]]] = {}
    plans = {terms[file.slug].pk: terms[file.slug] for file in files}
    live = {pk: (term.draft_publish_at, term.draft_is_major) for pk, term in plans.items()}
    for term in plans.values() if not is_tried else ():
        history.record_first(term)
    try:
        with transaction.atomic():
            renamed = _slugs_of_drafts(plans.values())
            Term.objects.bulk_update(renamed, ["slug"])
            for term in renamed:
                plans[term.pk].slug = term.slug
            found = save_terms(files, terms, "Imported as a draft", user, is_tried=is_tried)
            if not found:
                found = [*refusals(files)]
            for file in files if not found else []:
                pk = terms[file.slug].pk
                after[file.slug] = dumping.content_of(terms[file.slug])
                if is_tried:
                    continue
                revision = history.latest(pk)
                assert revision is not None  # noqa: S101 - for the type checker
                aside[pk] = revision, history.set_aside(revision)
            raise _NotLive
    except _NotLive:
        pass
    for pk, (revision, versions) in aside.items():
        term = Term.objects.get(pk=pk)
        at, is_major = live[pk]
        at = at if at and at > timezone.now() else None
        publish.keep_draft(term, history.keep(revision, versions), at=at, is_major=is_major)
    return found, after


def _slugs_of_drafts(terms: Iterable[Term]) -> list[Term]:
    """Terms that a pending draft gives another address, with that address."""
    drafts = {term.draft_id: term.pk for term in terms if term.draft_id}
    versions = Version.objects.get_for_model(Term).filter(revision__in=drafts)
    renamed = []
    for version in versions:
        term = Term.objects.get(pk=drafts[version.revision_id])
        if term.slug != version.field_dict["slug"]:
            term.slug = version.field_dict["slug"]
            renamed.append(term)
    return renamed
