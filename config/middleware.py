from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

Respond = Callable[[HttpRequest], HttpResponse]


def private_by_default(respond: Respond) -> Respond:
    """A page that does not say how long it may be kept, may not be kept at all."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        if "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response

    return middleware
