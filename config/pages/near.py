"""What a page shows to whoever has kept a place in their browser (static/js/place.js): the part of
home, or of a word's page, with the races near it. It is no page of its own, and the same for all
who ask so.
"""

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from glossary.reading.page import term_page
from races.search.criteria import UNITS, RaceSearch
from races.search.saved import next_races, races_for
from web.public_pages import public_page, reads


@reads("near", "unit")
@public_page
def next_near(request: HttpRequest) -> HttpResponse:
    place = _place(request)
    return _part(request, "partials/next_races.html", {"found": next_races(place), "place": place})


@reads("near", "unit")
@public_page
def word_near(request: HttpRequest, slug: str) -> HttpResponse:
    place, page = _place(request), term_page(slug)
    if page is None:
        raise Http404
    found = races_for(page.term.race_query, slug, is_injury=page.is_injury, near=place)
    return _part(request, "near_word.html", {"found": found, "place": place, "term": page.term})


def _place(request: HttpRequest) -> str:
    place = request.GET.get("near", "").replace("\x00", "").strip()
    if not place:
        raise BadRequest("No place is named.")
    return place


def _part(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    unit = request.GET.get("unit", "")
    search = RaceSearch(unit=unit if unit in dict(UNITS) else "")
    response = render(request, template, {**context, "search": search})
    response["X-Robots-Tag"] = "noindex"
    return response
