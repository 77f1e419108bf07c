"""Links to a page that is not public yet: signed, to be shared, and of limited life."""

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from reversion.errors import RevertError

from glossary.models import Term
from glossary.publishing import history
from glossary.reading import structured_data
from glossary.reading.page import term_page

SALT = "glossary.preview"
LIFE_IN_DAYS = 7


def preview_address(pk: int) -> str:
    return reverse("glossary:preview", args=[signing.dumps(pk, salt=SALT)])


@require_safe
@never_cache
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """A term as its editors have it now, its draft before its live text, for who has the link."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LIFE_IN_DAYS * 24 * 3600)
    except signing.SignatureExpired:
        return render(request, "glossary/preview_expired.html", status=410)
    except signing.BadSignature:
        raise Http404("No such preview.") from None
    kept = get_object_or_404(Term.objects.select_related("draft"), pk=pk)
    try:
        with history.as_in(kept.draft, kept.pk):
            # Another term may have the draft's address by now.
            this = Term.objects.filter(pk=kept.pk)
            page = term_page(this.values_list("slug", flat=True).get(), this)
            assert page is not None  # noqa: S101 - it was there a line above
            context = {
                "page": page,
                "term": page.term,
                "is_preview": True,
                "is_draft": kept.draft is not None or not kept.is_public,
                "taken_names": history.taken_names(kept.pk) if kept.draft else [],
                "structured_data": structured_data.term(page),
            }
            return render(request, "glossary/term.html", context)
    except RevertError:
        return render(request, "glossary/preview_expired.html", status=410)
