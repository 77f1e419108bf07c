"""What programs are answered: JSON, its refusals and its pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, JsonResponse

from web.addresses import absolute
from web.public_pages import View


def for_programs(decorate: Callable[[View], View]) -> Callable[[View], View]:
    """A view that says everything in JSON, its refusals too, to a page of any site."""

    def decorator(view: View) -> View:
        answer = decorate(view)

        @wraps(answer)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method not in {"GET", "HEAD"}:
                response: Any = error(405, "Only GET is answered here.")
                response["Allow"] = "GET, HEAD"
            else:
                response = answer(request, *args, **kwargs)
            response["Access-Control-Allow-Origin"] = "*"
            return response

        return wrapped

    return decorator


def error(status: int, message: str, **more: Any) -> JsonResponse:
    return JsonResponse({"error": message, **more}, status=status)


def page_address(request: HttpRequest, number: int) -> str:
    asked = {name: list(filter(None, values)) for name, values in request.GET.lists()}
    query = urlencode(asked | {"page": [number]}, doseq=True)
    return f"{absolute(request.path)}?{query}"
