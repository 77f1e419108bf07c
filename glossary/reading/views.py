from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateformat import format as format_date

from glossary.models import DIGITS, Category, Term, TermQuerySet
from glossary.reading import structured_data
from glossary.reading.addresses import Gone, successor
from glossary.reading.letters import ALPHABET, asked_letter, letter_counts
from glossary.reading.news import is_new, new_and_changed
from glossary.reading.page import TermPage, term_page
from glossary.reading.share_pictures import picture_of
from glossary.search.finding import nearest_to
from web import share_pictures
from web.drawing import profile_of
from web.public_pages import public_page, public_picture, reads

NEW_TERMS = 6
# Beyond this many words, each letter of A to Z has a page of its own.
WORDS_ON_A_PAGE = 600
CARDS_ON_A_PAGE = 60


@public_page
def home(request: HttpRequest) -> HttpResponse:
    categories = list(Category.objects.shelves())
    context = {
        "categories": categories,
        "term_count": sum(category.term_count for category in categories),
        "newest": new_and_changed().for_cards()[:NEW_TERMS],
    }
    return render(request, "glossary/home.html", context)


@reads("letter", "page")
@public_page
def a_to_z(request: HttpRequest) -> HttpResponse:
    terms = Term.objects.published()
    counts = letter_counts(terms)
    asked, total = asked_letter(request), sum(counts.values())
    # Where all of them would be too long a page, the first letter stands for it.
    first = next(iter(counts), "") if total > WORDS_ON_A_PAGE else ""
    letter = asked if asked in counts else first
    chosen = terms.with_letter().beginning_with(letter).order_by("title_key").for_cards()
    page = Paginator(chosen, WORDS_ON_A_PAGE).get_page(request.GET.get("page"))
    query = urlencode({"letter": letter}) if letter != first else ""
    context = {
        "letters": [(key, list(group)) for key, group in groupby(page, attrgetter("letter"))],
        "term_count": total,
        "profile": profile_of([(key, counts.get(key, 0)) for key in headings(counts)]),
        "letter": letter,
        "unknown_letter": asked if asked not in counts else "",
        "page": page,
        "query": query,
        # All on one page is the same page whichever letter one came for.
        "canonical_query": page_query(query, page.number) if first else "",
        "is_part_of_a_page": bool(letter and not first),
    }
    return render(request, "glossary/a_to_z.html", context)


def headings(counts: dict[str, int]) -> list[str]:
    """Digits and A to Z, whether they have words or not, then letters of other alphabets."""
    usual = [DIGITS, *ALPHABET]
    return usual + [letter for letter in counts if letter not in usual]


def page_query(query: str, number: int) -> str:
    """A query string for this page of a list, as short as it may be."""
    page = f"page={number}" if number > 1 else ""
    return "&".join(part for part in (query, page) if part)


@reads("letter", "page")
@public_page
def category(request: HttpRequest, slug: str) -> HttpResponse:
    shelf = get_object_or_404(Category, slug=slug)
    terms = Term.objects.published().in_category(shelf)
    counts, asked = letter_counts(terms), asked_letter(request)
    letter = asked if asked in counts else ""
    chosen = terms.beginning_with(letter).order_by("title_key").for_cards()
    page = Paginator(chosen, CARDS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "category": shelf,
        "letters": counts,
        "letter": letter,
        "unknown_letter": asked if asked not in counts else "",
        "page": page,
        "query": urlencode({"letter": letter}) if letter else "",
        # Part of a shelf is no page of its own to a search engine; the shelf's pages are.
        "canonical_query": "" if letter else page_query("", page.number),
        "categories": Category.objects.shelves(),
    }
    return render(request, "glossary/category.html", context)


@reads("page")
@public_page
def whats_new(request: HttpRequest) -> HttpResponse:
    terms = new_and_changed().for_cards()
    page = Paginator(terms, CARDS_ON_A_PAGE).get_page(request.GET.get("page"))
    by_month = groupby(page, lambda term: format_date(term.changed_on, "F Y"))
    context = {
        "months": [(month, [(term, is_new(term)) for term in terms]) for month, terms in by_month],
        "page": page,
        "canonical_query": page_query("", page.number),
    }
    return render(request, "glossary/new.html", context)


@public_page
def term(request: HttpRequest, slug: str) -> HttpResponse:
    page = term_page(slug)
    if page is None:
        return moved_or_gone(request, slug, "glossary:term")
    context = {
        "page": page,
        "term": page.term,
        "structured_data": structured_data.term(page),
        "near": page.related or neighbours(page),
        "picture": picture_of(page.term),
    }
    return render(request, "glossary/term.html", context)


def neighbours(page: TermPage) -> TermQuerySet:
    """Terms of the same category, for a page whose editor has chosen none."""
    named = [page.term.slug, *(other.slug for other in page.often_confused)]
    others = Term.objects.published().in_category(page.term.category).exclude(slug__in=named)
    return others.for_cards()[:5]


def moved_or_gone(request: HttpRequest, slug: str, view_name: str) -> HttpResponse:
    """On to the same view of the word that has moved, or what there is to say of one removed."""
    try:
        term = successor(slug)
    except Gone as gone:
        return gone_page(request, slug, gone.term)
    address = reverse(view_name, args=[term.slug])
    # A form that was on its way is sent on whole.
    return redirect(address, permanent=True, preserve_request=request.method == "POST")


def gone_page(request: HttpRequest, slug: str, term: Term | None) -> HttpResponse:
    words = slug.replace("-", " ")
    context: dict[str, Any] = {
        "name": term.title if term else words,
        "query": words,
        "category": term.category if term else None,
        "nearest": nearest_to(words),
    }
    return render(request, "glossary/gone.html", context, status=410)


@public_page
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """A piece of HTML that static/js/previews.js shows beside a link to the term."""
    term = Term.objects.published().filter(slug=slug).only("title", "definition").first()
    if term is None:
        return moved_or_gone(request, slug, "glossary:card")
    response = render(request, "glossary/card.html", {"term": term})
    response["X-Robots-Tag"] = "noindex"
    return response


@public_picture
def share_picture(request: HttpRequest, slug: str) -> HttpResponse:
    term = Term.objects.published().filter(slug=slug).for_cards().first()
    if term is None:
        return moved_or_gone(request, slug, "glossary:share_picture")
    return share_pictures.answer(request, picture_of(term))
