"""The races of a search as JSON, for anyone's program. Described by races.machines.openapi."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from races.machines import openapi
from races.machines.asked import Asked, of_a_search
from races.models import Distance, Edition, Race
from races.search.cards import cards
from web.addresses import absolute
from web.json import error, for_programs, page_address
from web.public_pages import public_data

PAGE_SIZE = 100
# The first of a list; whoever wants more asks country by country, or month by month.
MOST = 10_000
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# An app above tells which of some races, by their keys, an organizer has listed.
listings: list[Callable[[Collection[int]], set[int]]] = []
FACTS_OF_A_DISTANCE = (
    "name", "metres", "minutes", "loop_metres", "distance_class", "legs", "start_time",
    "cut_off_minutes", "ascent_metres", "descent_metres", "surface", "course_shape", "entry",
    "qualifier", "capacity", "certification", "wheelchair",
)  # fmt: skip

Json = dict[str, Any]


class Further(forms.Form):
    """What may be asked besides the search. Its field names are public."""

    page = forms.IntegerField(min_value=1, required=False)
    updated_since = forms.DateTimeField(
        required=False, error_messages={"invalid": "Give a day or a moment as ISO 8601 has it."}
    )


@of_a_search(*Further.base_fields)
def search(request: HttpRequest, asked: Asked) -> HttpResponse:
    further = Further(request.GET)
    for name, errors in further.errors.items():
        return error(400, str(errors[0]), parameter=name)
    keys = _keys(asked, further.cleaned_data["updated_since"])
    pages, number = Paginator(keys, PAGE_SIZE), further.cleaned_data["page"] or 1
    if number > pages.num_pages:
        return error(404, f"The last page is {pages.num_pages}.", parameter="page")
    page = pages.page(number)
    editions = cards(list(page), asked.found.search.here)
    response = JsonResponse(
        {
            "title": asked.title,
            "url": asked.page,
            "count": pages.count,
            "next": page_address(request, number + 1) if page.has_next() else None,
            "previous": page_address(request, number - 1) if page.has_previous() else None,
            "results": _listed(editions),
        }
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def _keys(asked: Asked, since: datetime | None) -> list[int]:
    keys = asked.found.keys(0, MOST)
    if since is None:
        return keys
    public = Edition.objects.published()
    changed = public.filter(pk__in=keys, race__updated_at__gte=since)
    kept = set(changed.values_list("pk", flat=True))
    return [key for key in keys if key in kept]


def _listed(editions: list[Edition]) -> list[Json]:
    prefetch_related_objects(editions, "distances__price_tiers")
    races = {edition.race_id for edition in editions}
    public = Race.objects.published().filter(pk__in=races)
    sources = dict(public.values_list("pk", "sources"))
    listed = set[int]().union(*(listed_of(races) for listed_of in listings))
    return [
        _edition(
            edition,
            sources.get(edition.race_id, []),
            is_listed=edition.race_id in listed,
        )
        for edition in editions
    ]


def _edition(edition: Edition, sources: list[Json], *, is_listed: bool) -> Json:
    race = edition.race
    calendar = reverse("races:edition_calendar", args=[race.slug, edition.pk])
    away = getattr(edition, "away_km", None)
    return {
        "id": edition.pk,
        "name": race.name,
        "latin_name": race.latin_name or None,
        "url": absolute(race.get_absolute_url()),
        "calendar_url": absolute(calendar) if edition.days else None,
        "sport": race.sport,
        "place": {
            "city": race.city,
            "region": race.region or None,
            "country": race.country,
            "latitude": race.latitude,
            "longitude": race.longitude,
            "time_zone": race.time_zone or None,
        },
        "away_km": None if away is None else round(away, 1),
        "date": _date(edition),
        "status": {
            "status": edition.status,
            "note": edition.status_note or None,
            "since": edition.status_since,
            "moved_from": edition.previous_start_date,
        },
        "registration": {
            "url": edition.registration_url or None,
            "state": edition.registration_state or None,
            "opens_on": edition.registration_opens_on,
            "closes_on": edition.registration_closes_on,
        },
        "distances": [_distance(distance) for distance in edition.distances.all()],
        "website": race.website or None,
        "organizer": race.organizer_name or None,
        "sources": [{"title": source["title"], "url": source["url"]} for source in sources],
        # What an organizer lists is theirs, wherever we had seen some of it before.
        "licence": LICENCE if sources and not is_listed else None,
        "updated_at": race.updated_at,
    }


def _date(edition: Edition) -> Json:
    found = edition.expectation
    return {
        "start": edition.start_date,
        "end": edition.end_date,
        "precision": edition.date_precision,
        "certainty": edition.certainty,
        "expected": {"start": found.first, "end": found.last, "rule": edition.race.usual_rule}
        if found
        else None,
        "confirmed_on": edition.confirmed_on,
        "seen_on": edition.last_verified_on,
        "source": edition.source_url or None,
    }


def _distance(distance: Distance) -> Json:
    facts = {name: getattr(distance, name) for name in FACTS_OF_A_DISTANCE}
    return {
        **{name: None if value == "" else value for name, value in facts.items()},
        "prices": [
            {
                "name": tier.name,
                "amount": str(tier.amount),
                "currency": tier.currency,
                "valid_from": tier.valid_from,
                "valid_until": tier.valid_until,
            }
            for tier in distance.price_tiers.all()
        ],
    }


@for_programs(public_data)
def description(request: HttpRequest) -> HttpResponse:
    return JsonResponse(openapi.document())
