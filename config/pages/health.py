"""What watchers of the site ask: from any host name, over plain HTTP, before anything else.

So it is a middleware, the first: pages may be redirected to HTTPS, or wait for a database.
"""

from datetime import timedelta

from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import add_never_cache_headers

from config.middleware import Respond
from web import queue

# Something is wrong with the worker, or it has more to do than it can.
LONGEST_WAIT = timedelta(minutes=5)


def answered_first(respond: Respond) -> Respond:
    def middleware(request: HttpRequest) -> HttpResponse:
        asked = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        if asked is None:
            return respond(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        answer, status = asked()
        response = HttpResponse(answer, content_type="text/plain", status=status)
        add_never_cache_headers(response)
        return response

    return middleware


def healthz() -> tuple[str, int]:
    """The process answers."""
    return "ok", 200


def readyz() -> tuple[str, int]:
    """So does its database, and somebody does the tasks."""
    try:
        wait = queue.longest_wait()
    except Error:
        return "The database does not answer.", 503
    seconds = int(wait.total_seconds())
    if wait > LONGEST_WAIT:
        return f"The oldest task that is due has waited for {seconds} seconds.", 503
    return f"ok\nThe oldest task that is due has waited for {seconds} seconds.", 200
