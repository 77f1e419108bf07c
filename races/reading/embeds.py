"""A race search or one race for the pages of others, in a frame: the only pages that may be in one.

They hold no script, form or cookie, so that whoever frames them can have nobody do anything there.
"""

from dataclasses import fields, replace
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt

from races.history.addresses import Gone, successor
from races.models import Race
from races.reading.search_page import heading
from races.search.criteria import FORMER, RaceSearch, read
from races.search.index import answer
from races.search.understanding import understand
from races.templatetags.race_tags import address
from web.addresses import absolute
from web.public_pages import View, public_page, reads

MOST = 10
OF_A_SEARCH = (*(field.name for field in fields(RaceSearch)), *FORMER)


def _framed(view: Any) -> View:
    """Any site may show it in a frame, and nothing runs or is sent in it."""

    @csp_replace(
        {
            "frame-ancestors": ["*"],
            "script-src": [NONE],
            "connect-src": [NONE],
            "form-action": [NONE],
        }
    )
    @xframe_options_exempt
    @wraps(view)
    def framed(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return framed


@reads(*OF_A_SEARCH)
@public_page
@_framed
def search(request: HttpRequest) -> HttpResponse:
    """The soonest races of a search, however its page sorts them."""
    asked, problems = read(request.GET)
    understood = understand(asked).search
    found = answer(replace(understood, sort=""))
    context = {
        "headline": heading(understood),
        "page": absolute(address(asked)),
        "editions": found.cards(0, MOST),
        "total": found.total,
        "left_out": problems,
        "unit": asked.unit,
    }
    return render(request, "embed/search.html", context)


@reads()
@public_page
@_framed
def race(request: HttpRequest, slug: str) -> HttpResponse:
    found = Race.objects.published().for_race_page().filter(slug=slug).first()
    if found is None:
        try:
            return redirect("embed_race", successor(slug).slug, permanent=True)
        except Gone as gone:
            name = gone.race.name if gone.race else slug.replace("-", " ")
            page = absolute(reverse("races:search"))
            return render(request, "embed/gone.html", {"name": name, "page": page}, status=410)
    upcoming = found.next_edition()
    editions = list(found.editions.all())
    context = {
        "race": found,
        "page": absolute(found.get_absolute_url()),
        "edition": upcoming or (editions[-1] if editions else None),
        "is_upcoming": upcoming is not None,
    }
    return render(request, "embed/race.html", context)


@reads("race", *OF_A_SEARCH)
@public_page
@csp_update({"frame-src": [SELF]})
def how(request: HttpRequest) -> HttpResponse:
    """What to copy for a search, or for a race, and how it looks."""
    if slug := request.GET.get("race", ""):
        slug = slug.replace("\x00", "")
        found = get_object_or_404(Race.objects.published().only("slug", "name"), slug=slug)
        back, name, height = found.get_absolute_url(), found.name, 360
        frame = reverse("embed_race", args=[found.slug])
    else:
        asked, _ = read(request.GET)
        query = asked.to_query()
        back, name, height = address(asked), heading(understand(asked).search), 640
        frame = reverse("embed_search") + (f"?{query}" if query else "")
    context = {"section": "races", "name": name, "frame": frame, "back": back, "height": height}
    context["snippet"] = render_to_string("embed/snippet.html", {**context, "src": absolute(frame)})
    return render(request, "embed/how.html", context)
