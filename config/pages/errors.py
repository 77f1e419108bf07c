"""What the site says when there is no page to show."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from organizers.submissions import typed
from organizers.submissions.submission_forms import SubmissionForms
from web.lost_database import is_unreachable
from web.origins import sent_from_here

# The embedded PostgreSQL, killed, is back in a few seconds; another may take longer.
RETRY_SECONDS = 10


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
