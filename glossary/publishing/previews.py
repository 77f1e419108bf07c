"""Links to a page that is not public yet: signed, to be shared, of limited life, to be taken back.

Whoever has one only reads: the page is made of its version's rows in memory, so that a link in the
wrong hands costs the tables nothing.
"""

from django.core import signing
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from reversion.errors import RevertError

from glossary.models import Term
from glossary.publishing import history
from glossary.reading import structured_data
from glossary.reading.page import page_in_memory, term_page

SALT = "glossary.preview"
LIFE_IN_DAYS = 7


def preview_address(term: Term) -> str:
    token = signing.dumps([term.pk, term.previews_stopped], salt=SALT)
    return reverse("glossary:preview", args=[token])


def stop_sharing(term: Term) -> None:
    """Take back every link to the term's preview that there is."""
    Term.objects.filter(pk=term.pk).update(previews_stopped=F("previews_stopped") + 1)


@require_safe
@never_cache
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """A term as its editors have it now, its draft before its live text, for who has the link."""
    response = _preview(request, token)
    # The address is the key: it goes neither to the sites that the page links to nor to an index.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _preview(request: HttpRequest, token: str) -> HttpResponse:
    try:
        signed = signing.loads(token, salt=SALT, max_age=LIFE_IN_DAYS * 24 * 3600)
    except signing.SignatureExpired:
        return _ended(request)
    except signing.BadSignature:
        raise Http404("No such preview.") from None
    # Links made before they could be taken back name the term alone.
    pk, stopped = signed if isinstance(signed, list) else (signed, 0)
    kept = get_object_or_404(Term.objects.select_related("draft__user").defer("search"), pk=pk)
    if stopped != kept.previews_stopped:
        return _ended(request)
    version = kept.draft or (None if kept.is_public else history.latest(pk))
    try:
        shown = history.term_in(kept.draft, kept) if kept.draft else None
    except RevertError:
        return _ended(request)
    page = page_in_memory(shown) if shown else term_page(kept.slug, is_public=False)
    if page is None:
        raise Http404("No such preview.")
    context = {
        "page": page,
        "term": page.term,
        "near": page.related,
        "is_preview": True,
        "is_draft": kept.draft is not None or not kept.is_public,
        "version": version,
        "taken_names": history.taken_names(shown) if shown else [],
        "structured_data": structured_data.term(page),
    }
    return render(request, "glossary/term.html", context)


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "glossary/preview_expired.html", status=410)
