"""Public pages: the same for everyone, kept by browsers and proxies."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import last_modified, require_safe

from web import content_version

View = Callable[..., HttpResponseBase]

MINUTE, DAY = 60, 24 * 3600

# What changes a page without a change of rows: apps add a function that tells when it last did.
turns: list[Callable[[], datetime | None]] = []


def changed_at() -> datetime | None:
    """The last moment at which anything changed that a public page might show.

    One for all of them, since a page shows titles and definitions of other words too. None while
    it can't be told, shortly after a change.
    """
    settled = content_version.settled_at()
    return max(settled, *(turn() or settled for turn in turns)) if settled else None


def public_page(view: View) -> View:
    """A page without session, cookie or token. It answers GET and HEAD only.

    A proxy may serve it for a minute, an older copy while it fetches a new one, and a week-old
    copy while the site is down. The ETag comes from ConditionalGetMiddleware.
    """
    cached = cache_control(
        public=True,
        max_age=MINUTE,
        stale_while_revalidate=DAY,
        stale_if_error=7 * DAY,
    )
    wrapped: View = require_safe(cached(view))
    wrapped.is_public_page = True  # type: ignore[attr-defined]
    return wrapped


def public_data(view: View) -> View:
    """A public page for programs: it carries Last-Modified too, the whole site's."""
    # Inside, so that an answer of 304 is told how long it may be kept as well.
    dated: View = last_modified(lambda *args, **kwargs: changed_at())(view)
    return public_page(dated)
