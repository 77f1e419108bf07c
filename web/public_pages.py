"""What a view carries that is a public page: the same for everyone, and so kept by all.

The bytes stay in the process (web.keeping), in browsers and in proxies.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import last_modified, require_safe

from web.generations import changed_at

View = Callable[..., HttpResponseBase]

MINUTE, DAY = 60, 24 * 3600
KEPT_BY_OTHERS: dict[str, Any] = {
    "public": True,
    "max_age": MINUTE,
    "stale_while_revalidate": 5 * MINUTE,
    "stale_if_error": 7 * DAY,
}


def public_page(view: View) -> View:
    """A page without session, cookie or token. It answers GET and HEAD only.

    A proxy may serve it for a minute, one that is five minutes older while it fetches a new one
    (a day would be long for a health text that was taken back), and a week-old copy while the site
    is down. Of the query it is given what it `reads`.
    """
    wrapped: View = require_safe(cache_control(**KEPT_BY_OTHERS)(view))
    wrapped.is_public_page = True  # type: ignore[attr-defined]
    wrapped.reads = ()  # type: ignore[attr-defined]
    return wrapped


def public_picture(view: View) -> View:
    """A picture of a public page, at an address that changes with what it shows (?v=).

    It itself says how long it may be kept (web.share_pictures), since what else is answered here,
    that it has moved or is gone, is not for long.
    """
    wrapped: View = require_safe(view)
    wrapped.is_public_page = True  # type: ignore[attr-defined]
    wrapped.reads = ("v",)  # type: ignore[attr-defined]
    return wrapped


def reads(*names: str) -> Callable[[View], View]:
    """What a public page reads of the query; anything else is taken out before it is asked."""
    return _reading(names)


def reads_all(view: View) -> View:
    """For a page that itself refuses what it does not know."""
    return _reading(None)(view)


def _reading(names: Iterable[str] | None) -> Callable[[View], View]:
    def decorator(view: View) -> View:
        view.reads = names  # type: ignore[attr-defined]
        return view

    return decorator


def public_data(view: View) -> View:
    """A public page for programs: it carries Last-Modified too, the whole site's."""
    # Inside, so that an answer of 304 is told how long it may be kept as well.
    dated: View = last_modified(lambda *args, **kwargs: changed_at())(view)

    def keep_dated(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = dated(*args, **kwargs)
        if "Last-Modified" not in response:
            # Shortly after a change; what is kept should carry it.
            response.keep = False  # type: ignore[attr-defined]
        return response

    return public_page(wraps(view)(keep_dated))
