from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property

from races.history.addresses import Gone, successor
from races.models import Edition, Race
from races.reading.race_page import alternatives, race_context
from races.reading.search_calendar import month_asked, search_month, weekdays
from races.reading.search_calendar import shown as shown_by
from races.reading.search_map import search_map
from races.reading.search_page import heading, others, search_page
from races.reading.share_pictures import picture_of
from races.search.criteria import FORMER, SORTS, Problem, RaceSearch, read
from races.search.facets import BY_NAME
from races.search.form import TYPED, RaceSearchForm
from races.search.index import Answer, answer
from races.search.understanding import understand
from races.templatetags.race_tags import address
from web import share_pictures
from web.addresses import absolute
from web.public_pages import public_page, public_picture, reads

PAGE_SIZE = 24
# Who has looked through so many does better with one word more.
DEEPEST = 50 * PAGE_SIZE
SOONEST = 3


# Of an address, what says how a search is shown.
SHOWN = {"page", "view", "month"}
VIEWS = (("", "List"), ("calendar", "Calendar"), ("map", "Map"))
# The heading of a search that narrows nothing, and what is said of it elsewhere.
ALL_RACES = "Races"
SUMMARY = (
    "Running, cycling, swimming and multisport races by place, day, distance and more, with how"
    " sure each date is."
)


class Pages(Paginator[Edition]):
    """Of a list whose length is known from the index; it ends at DEEPEST."""

    def __init__(self, found: Answer) -> None:
        super().__init__(found, PAGE_SIZE)
        self.found = found

    @cached_property
    def count(self) -> int:
        return min(self.found.total, DEEPEST)


@reads(*(field.name for field in fields(RaceSearch)), *FORMER, *SHOWN)
@public_page
def search(request: HttpRequest) -> HttpResponse:
    asked, problems = read(request.GET)
    understood = understand(asked)
    found = answer(understood.search)
    shown = search_page(found)
    query, view = asked.to_query(), request.GET.get("view", "")
    view = view if view in dict(VIEWS) else ""
    month = _month(request.GET, view, problems)
    is_map = view == "map" and (shown.total or understood.search.box)
    calendar = None
    if view == "calendar" and shown.total:
        calendar = search_month(found, month)
    # Garbage and huge page numbers give the first and the last page. A calendar has none.
    page = None if calendar else Pages(found).get_page(request.GET.get("page"))
    how = shown_by(month) if view == "calendar" else f"view={view}" if view else ""
    if not problems and not _is_short(request.GET, query):
        # A form sends its empty fields too; what is shared and kept should say only what is asked.
        number = page.number if page and request.GET.get("page", "").isdecimal() else 1
        said = [query, f"page={number}" if number > 1 else "", how]
        return redirect(f"{request.path}?{'&'.join(filter(None, said))}".removesuffix("?"))
    # What narrows the search keeps the month that is seen.
    how = shown_by(calendar.first) if calendar else how
    numbered = f"{query}&page={page.number}".lstrip("&") if page and page.number > 1 else query
    headline = heading(understood.search)
    context = {
        "form": RaceSearchForm(asked, problems),
        "search": asked,
        "shown": shown.shown(how),
        "headline": headline,
        "summary": SUMMARY if headline == ALL_RACES else _summary(headline, shown.total),
        "readings": [(part, others(understood.search, part)) for part in understood.parts],
        "as_words": replace(asked, q=f'"{asked.q}"'),
        "left_out": [problem for problem in problems if problem.name in {*BY_NAME, "month"}],
        "hidden": [*_untyped(asked), *([("view", view)] if view else [])],
        "sorts": [(value, label, replace(asked, sort=value)) for value, label in SORTS],
        "page": page,
        "canonical_query": numbered,
        "paged_query": "&".join(filter(None, [query, how])),
        "views": [(value, label, f"view={value}" if value else "") for value, label in VIEWS],
        "view": view,
        "how": how,
        "along": _along(query),
        "calendar": calendar,
        "weekdays": list(weekdays()),
        "race_map": search_map(found) if is_map else None,
        "map_address": address(replace(understood.search, box=""), "view=map") if is_map else "",
        "map_box": understood.search.box,
        "tiles": {"url": settings.MAP_TILE_URL, "credit": settings.MAP_TILE_CREDIT},
        # When nothing fits: the same sport if there is one, at any place and time.
        "soonest": None if shown.total else _soonest(RaceSearch(sport=understood.search.sport)),
    }
    return render(request, "races/search.html", context)


def _along(query: str) -> dict[str, str]:
    """The addresses of a search for programs, by their routes; `webcal` is what phones subscribe
    to.
    """
    routes = ("search_calendar", "search_feed", "search_json", "search_table")
    asked = f"?{query}" if query else ""
    found = {name: reverse(f"races:{name}") + asked for name in routes}
    found["embed"] = reverse("embed") + asked
    host = absolute(found["search_calendar"]).partition("://")[2]
    return {**found, "webcal": f"webcal://{host}"}


def _summary(headline: str, total: int) -> str:
    """What a search that narrows something is shown with elsewhere."""
    return f"{headline}: {total:,} found, with how sure each date is."


def _month(given: QueryDict, view: str, problems: list[Problem]) -> date | None:
    """That of the calendar, if one was said; what is no month is one more problem."""
    if view != "calendar" or not (said := given.get("month", "")):
        return None
    if (month := month_asked(said)) is None:
        problems.append(Problem("month", said, "This is not a month."))
    return month


def _untyped(search: RaceSearch) -> Iterator[tuple[str, str]]:
    """What the form has no field to type in, and must not lose."""
    for name, value in search.values():
        if name not in TYPED:
            yield name, ",".join(value) if isinstance(value, tuple) else value


def _is_short(given: QueryDict, query: str) -> bool:
    said = {name: values for name, values in given.lists() if name not in SHOWN}
    return said == dict(QueryDict(query).lists())


def _soonest(search: RaceSearch) -> list[Edition]:
    return answer(search).cards(0, SOONEST, is_sure=True)


@public_page
def race(request: HttpRequest, slug: str) -> HttpResponse:
    found = Race.objects.published().for_race_page().filter(slug=slug).first()
    if found is None:
        return moved_or_gone(request, slug, "races:race")
    context = {**race_context(found), "picture": picture_of(found)}
    return render(request, "races/race.html", context)


@public_picture
def share_picture(request: HttpRequest, slug: str) -> HttpResponse:
    found = Race.objects.published().prefetch_related("editions").filter(slug=slug).first()
    if found is None:
        return moved_or_gone(request, slug, "races:share_picture")
    return share_pictures.answer(request, picture_of(found))


def moved_or_gone(request: HttpRequest, slug: str, view_name: str) -> HttpResponse:
    """On to the same view of the race that has moved, or what there is to say of one taken away."""
    try:
        return redirect(view_name, successor(slug).slug, permanent=True)
    except Gone as gone:
        nearest = alternatives(gone.race) if gone.race else []
        context = {
            "race": gone.race,
            "name": gone.race.name if gone.race else slug.replace("-", " "),
            "nearest": nearest,
            "soonest": [] if nearest else _soonest(RaceSearch()),
        }
        return render(request, "races/gone.html", context, status=410)
