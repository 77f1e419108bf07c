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


def without_broken_cookies(respond: Respond) -> Respond:
    """Take away a cookie that holds a NUL, which none of ours does and PostgreSQL refuses."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\x00" not in name + value
        }
        return respond(request)

    return middleware
