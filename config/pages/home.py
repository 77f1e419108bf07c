"""The home page, and what the site says of itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from glossary.models import Category, Term
from glossary.models.terms import REVIEW_YEARS
from races.models import Race
from races.reading.timeline import year_ahead
from races.search.saved import next_races
from web.public_pages import public_page


@public_page
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "categories": Category.objects.shelves(),
        "term_count": Term.objects.published().count(),
        "race_count": Race.objects.published().count(),
        "found": next_races(),
        "year": year_ahead(),
    }
    return render(request, "home.html", context)


@public_page
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "about.html", {"review_years": REVIEW_YEARS})


@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html")
