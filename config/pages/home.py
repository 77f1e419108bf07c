"""Pages that belong to neither half: home, errors, and what machines ask."""

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.pages.examples import maps
from glossary.machines.markdown import llms_txt
from glossary.models import Category, Term
from glossary.reading.page import LEVELS
from organizers.submissions import typed
from organizers.submissions.submission_forms import SubmissionForms
from races.models import Race
from races.reading.timeline import year_ahead
from races.search.criteria import RaceSearch
from web.keeping import public_data, public_page
from web.lost_database import is_unreachable
from web.origins import sent_from_here

# The embedded PostgreSQL, killed, is back in a few seconds; another may take longer.
RETRY_SECONDS = 10


def site(request: HttpRequest) -> dict[str, str]:
    """Context for every page. Costs no query and touches no session."""
    return {
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "section": request.path.split("/")[1],
    }


@public_page
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "categories": Category.objects.shelves(),
        "term_count": Term.objects.published().count(),
        "race_count": Race.objects.published().count(),
        "soonest": RaceSearch().editions().surely_ahead().for_cards()[:6],
        "year": year_ahead(),
    }
    return render(request, "home.html", context)


@public_page
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "about.html")


@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html")


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    context = {"private": ["/accounts/", "/organizers/", "/search/"]}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@public_data
def llms(request: HttpRequest) -> HttpResponse:
    # Markdown too, but as plain text a browser shows it instead of saving it.
    return HttpResponse(
        llms_txt(list(Category.objects.shelves())), content_type="text/plain; charset=utf-8"
    )


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page, with real rows where there are some. Debug only."""
    from races.search.form import RaceSearchForm

    context = {
        "terms": Term.objects.published().for_cards()[:3],
        "editions": RaceSearch().editions().for_cards()[:3],
        "form": RaceSearchForm({"sport": "curling", "month_from": ""}),
        "year": year_ahead(),
        "maps": maps(),
        "care_levels": [(level, level.label) for level in LEVELS],
    }
    return render(request, "styleguide.html", context)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if not (typed.is_kept_form(request) and sent_from_here(request)):
        return render(request, "403_csrf.html", status=403)
    values = typed.posted(request)
    race = SubmissionForms.values_from(values.items())
    context = {"values": values, "forms": SubmissionForms(race, asks=False) if race else None}
    return render(request, "organizers/form_too_old.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """What Django answers while it handles an exception, wherever in a request that came up."""
    # Without the request: whatever failed may fail again in a context processor.
    if is_unreachable(sys.exception()):
        response = render(None, "503.html", status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    return render(None, "500.html", status=500)
