from itertools import groupby
from operator import attrgetter

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from glossary import structured_data
from glossary.caching import public_page
from glossary.models import Category, FormerAddress, Term
from glossary.pages import term_page
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


def neighbours(term: Term) -> TermQuerySet:
    """Terms of the same category, for a page whose editor has chosen none."""
    others = Term.objects.published().in_category(term.category).exclude(pk=term.pk)
    return others.for_cards()[:5]


@public_page
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """A piece of HTML that static/js/previews.js shows beside a link to the term."""
    term = Term.objects.published().filter(slug=slug).only("title", "definition").first()
    if term is None:
        return moved_or_gone(request, slug, "glossary:card")
    response = render(request, "glossary/card.html", {"term": term})
    response["X-Robots-Tag"] = "noindex"
    return response


def moved_or_gone(request: HttpRequest, slug: str, view: str = "glossary:term") -> HttpResponse:
    former = FormerAddress.objects.select_related("term").filter(slug=slug).first()
    if former is None:
        raise Http404("No such term.")
    if former.term and former.term.is_public:
        return redirect(view, former.term.slug, permanent=True)
    if former.term:
        raise Http404("This term is not public.")
    return render(request, "glossary/gone.html", status=410)
