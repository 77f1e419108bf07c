from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from races.history.addresses import Gone, successor
from races.models import Edition, Race
from races.reading import structured_data
from races.reading.descriptions import description_of
from races.search.criteria import RaceSearch
from races.search.form import RaceSearchForm
from web.keeping import public_page, reads

PAGE_SIZE = 24
ALTERNATIVES = 3


@reads(*RaceSearchForm.base_fields, "page")
@public_page
def search(request: HttpRequest) -> HttpResponse:
    codes = Race.objects.published().order_by("country").values_list("country", flat=True)
    form = RaceSearchForm(request.GET, countries=list(codes.distinct()))
    asked = form.search()
    # Garbage and huge page numbers give the first and the last page.
    page = Paginator(asked.editions().for_cards(), PAGE_SIZE).get_page(request.GET.get("page"))
    # When nothing fits: the same sport if there is one, at any place and time.
    elsewhere = RaceSearch(sport=asked.sport)
    context = {
        "form": form,
        "search": asked,
        "page": page,
        "query": asked.to_query(),
        "soonest": None if page.object_list else _soonest(elsewhere),
    }
    return render(request, "races/search.html", context)


def _soonest(search: RaceSearch) -> QuerySet[Edition]:
    return search.editions().surely_ahead().for_cards()[:ALTERNATIVES]


@public_page
def race(request: HttpRequest, slug: str) -> HttpResponse:
    found = Race.objects.published().for_race_page().filter(slug=slug).first()
    if found is None:
        return moved_or_gone(request, slug)
    return render(request, "races/race.html", race_context(found))


def moved_or_gone(request: HttpRequest, slug: str) -> HttpResponse:
    """On to the race that has moved, or what there is to say of one that was taken away."""
    try:
        return redirect(successor(slug), permanent=True)
    except Gone as gone:
        nearest = list(alternatives(gone.race)) if gone.race else []
        context = {
            "race": gone.race,
            "name": gone.race.name if gone.race else slug.replace("-", " "),
            "nearest": nearest,
            "soonest": [] if nearest else _soonest(RaceSearch()),
        }
        return render(request, "races/gone.html", context, status=410)


def race_context(race: Race) -> dict[str, Any]:
    """What a race's page shows, of a race read by for_race_page()."""
    editions = list(race.editions.all())
    upcoming = race.next_edition()
    shown = upcoming or (editions[-1] if editions else None)
    before = [edition for edition in editions if edition.is_over][-1:]
    seen = [edition for edition in editions if edition.last_seen_on]
    last_seen = max(seen, key=lambda edition: edition.last_seen_on or date.min, default=None)
    return {
        "race": race,
        "description": description_of(race),
        "edition": shown,
        "is_upcoming": upcoming is not None,
        # The edition of which a date was last seen, and where.
        "last_seen": last_seen,
        # Whoever hopes for the next should know what became of the last.
        "last_lost": before[0] if upcoming and before and before[0].is_off else None,
        "others": [edition for edition in reversed(editions) if edition is not shown],
        "alternatives": None if upcoming and not upcoming.is_off else alternatives(race),
        "structured_data": structured_data.race(race, upcoming),
    }


def alternatives(race: Race) -> QuerySet[Edition]:
    """Races of the same sport to go to instead, the nearest first."""
    editions = Edition.objects.published().surely_ahead().exclude(race=race)
    return editions.filter(race__sport=race.sport).nearest_to(race).for_cards()[:ALTERNATIVES]
