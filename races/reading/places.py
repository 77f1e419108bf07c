"""Suggestions for the box that asks near which town."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from races.models import Place
from web.public_pages import public_page, reads

MOST, SHORTEST = 8, 2
LONGEST = 100


@reads("q")
@public_page
def suggestions(request: HttpRequest) -> HttpResponse:
    """A list of options for static/js/combobox.js. Nothing for a single letter."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    places = Place.objects.beginning(text)[:MOST] if len(text) >= SHORTEST else []
    response = render(request, "partials/places.html", {"places": places})
    response["X-Robots-Tag"] = "noindex"
    return response
