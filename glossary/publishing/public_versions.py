"""The public history of a word: when readers saw it change, what of it, and by whom."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from reversion.models import Revision

from glossary.models import PublicVersion, Term
from glossary.publishing.contents import changed_sections
from glossary.reading.views import moved_or_gone, page_query
from web.public_pages import public_page, reads

CHANGES_ON_A_PAGE = 50
# What readers call the parts of a page, by the names that editors see; the rest is not for readers.
READERS_WORDS = {
    "title": "name",
    "slug": "address",
    "category": "subject",
    "definition": "definition",
    "body": "explanation",
    "race search": "races offered",
    "reviewed by": "review",
    "reviewed on": "review",
    "aliases": "names it is found by",
    "key facts": "key facts",
    "tips": "tips",
    "questions": "questions",
    "related terms": "related words",
    "sources": "sources",
    "care advice": "care advice",
}


def note(term: Term, revision: Revision) -> None:
    """Whether readers see this version, from when on, and what is new to them.

    To be called whenever a term is recorded. What is written to be undone, as for a draft, takes
    this with it.
    """
    now = timezone.now()
    versions = PublicVersion.objects.filter(term_id=term.pk)
    # What was planned before did not come to be.
    versions.filter(since__gt=now).delete()
    if term.state != Term.State.PUBLISHED:
        return
    before = versions.select_related("revision").order_by("since", "pk").last()
    changed = changed_sections(before.revision, revision) if before else []
    words = list(dict.fromkeys(READERS_WORDS[name] for name in changed if name in READERS_WORDS))
    if words or not before:
        since = term.publish_at if term.publish_at and term.publish_at > now else now
        PublicVersion.objects.create(revision=revision, term_id=term.pk, since=since, changed=words)


@reads("page")
@public_page
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """When a word changed, what of it and by whom, as far as readers saw it."""
    term = Term.objects.published().filter(slug=slug).for_cards().first()
    if term is None:
        return moved_or_gone(request, slug, "glossary:changes")
    # Nothing else of whoever made the change is read.
    rows = PublicVersion.objects.changes(term.pk).values(
        "since", "changed", "revision__user__public_name"
    )
    page = Paginator(rows, CHANGES_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "term": term,
        "changes": [
            (row["since"], row["changed"], row["revision__user__public_name"]) for row in page
        ],
        "page": page,
        "canonical_query": page_query("", page.number),
    }
    response = render(request, "glossary/changes.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
