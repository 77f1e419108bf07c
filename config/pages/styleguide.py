"""Every component on one page, with real rows where there are some. Debug only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.pages.examples import maps
from glossary.models import Term
from glossary.reading.page import LEVELS
from races.reading.timeline import year_ahead
from races.search.criteria import RaceSearch, read
from races.search.form import RaceSearchForm
from races.search.index import answer


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    context = {
        "terms": Term.objects.published().for_cards()[:3],
        "editions": answer(RaceSearch())[:3],
        "form": RaceSearchForm(*read("near=Atlantis&within=50")),
        "year": year_ahead(),
        "maps": maps(),
        "care_levels": [(level, level.label) for level in LEVELS],
    }
    return render(request, "styleguide.html", context)
