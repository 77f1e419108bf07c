from itertools import groupby
from operator import attrgetter

from django.core.signing import BadSignature, SignatureExpired
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from reversion.errors import RevertError

from glossary import history, structured_data
from glossary.caching import public_page
from glossary.models import Category, FormerAddress, Term
from glossary.pages import term_page
from glossary.previews import term_of
from glossary.profile import profile_of
from glossary.querysets import TermQuerySet

NEW_TERMS = 6


def shelves() -> list[Category]:
    """The categories that hold a published term, each with `term_count`."""
    is_public = Q(terms__in=Term.objects.published())
    counted = Category.objects.annotate(term_count=Count("terms", filter=is_public))
    # Said again, because an aggregate drops the model's own order.
    return list(counted.filter(term_count__gt=0).order_by("position", "name"))


@public_page
def home(request: HttpRequest) -> HttpResponse:
    categories = shelves()
    context = {
        "categories": categories,
        "term_count": sum(category.term_count for category in categories),  # type: ignore[attr-defined]
        "newest": Term.objects.published()
        .for_cards()
        .order_by("-changed_on", "title_key")[:NEW_TERMS],
    }
    return render(request, "glossary/home.html", context)


@public_page
def a_to_z(request: HttpRequest) -> HttpResponse:
    terms = Term.objects.published().with_letter().order_by("title_key").for_cards()
    letters = [(letter, list(group)) for letter, group in groupby(terms, attrgetter("letter"))]
    digits = [term for letter, group in letters if letter.isdigit() for term in group]
    lettered = [(letter, group) for letter, group in letters if not letter.isdigit()]
    counts = {letter: len(group) for letter, group in lettered}
    context = {
        "letters": ([(DIGITS, digits)] if digits else []) + lettered,
        "term_count": sum(len(group) for _, group in letters),
        "profile": profile_of(
            [(DIGITS, len(digits))] + [(letter, counts.get(letter, 0)) for letter in ALPHABET]
        ),
    }
    return render(request, "glossary/a_to_z.html", context)


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# The heading of words that begin with a digit.
DIGITS = "0–9"


@public_page
def category(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = get_object_or_404(Category, slug=slug)
    context = {
        "category": shelf,
        "terms": Term.objects.published().in_category(shelf).for_cards().order_by("title_key"),
        "categories": shelves(),
    }
    return render(request, "glossary/category.html", context)


@public_page
def term(request: HttpRequest, slug: str) -> HttpResponse:
    page = term_page(slug, Term.objects.published())
    if page is None:
        return moved_or_gone(request, slug)
    context = {
        "page": page,
        "term": page.term,
        "structured_data": structured_data.term(page),
        "neighbours": neighbours(page.term) if not page.related else None,
    }
    return render(request, "glossary/term.html", context)


@require_safe
@never_cache
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """A term as its editors have it now, its draft before its live text, for who has the link."""
    try:
        draft = get_object_or_404(Term.objects.select_related("draft"), pk=term_of(token))
    except SignatureExpired:
        return render(request, "glossary/preview_expired.html", status=410)
    except BadSignature:
        raise Http404("No such preview.") from None
    try:
        with history.as_in(draft.draft, draft.pk):
            term = Term.objects.get(pk=draft.pk)
            page = term_page(term.slug, Term.objects.all())
            assert page is not None  # noqa: S101 - it was there a line above
            context = {
                "page": page,
                "term": page.term,
                "is_preview": True,
                "is_draft": draft.draft is not None or not term.is_public,
                "structured_data": structured_data.term(page),
            }
            return render(request, "glossary/term.html", context)
    except RevertError:
        return render(request, "glossary/preview_expired.html", status=410)


def neighbours(term: Term) -> TermQuerySet:
    """Terms of the same category, for a page whose editor has chosen none."""
    others = Term.objects.published().in_category(term.category).exclude(pk=term.pk)
    return others.for_cards()[:5]


def moved_or_gone(request: HttpRequest, slug: str) -> HttpResponse:
    former = FormerAddress.objects.select_related("term").filter(slug=slug).first()
    if former is None:
        raise Http404("No such term.")
    if former.term and former.term.is_public:
        return redirect(former.term, permanent=True)
    if former.term:
        raise Http404("This term is not public.")
    return render(request, "glossary/gone.html", status=410)
