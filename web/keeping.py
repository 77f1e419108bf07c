"""Public pages: the same for everyone, made once, and kept by us, by browsers and by proxies.

A public page is a function of its address and of what is in the database today. So its bytes stay
in the process (web.page_store) or in a Redis (web.redis_store), under the release that made them,
the content version that they were made from, the next moment that changes pages without a change
of rows, and the address with what its view reads of the query.
Whatever changes makes another key, and the old entry is pushed out in time.
"""

import gzip
import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import brotli
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
)
from django.views.decorators.cache import cache_control
from django.views.decorators.http import last_modified, require_safe

from web import content_version
from web.content_version import Version

View = Callable[..., HttpResponseBase]
Respond = Callable[[HttpRequest], HttpResponse]

MINUTE, DAY = 60, 24 * 3600
KEPT_BY_OTHERS: dict[str, Any] = {
    "public": True,
    "max_age": MINUTE,
    "stale_while_revalidate": 5 * MINUTE,
    "stale_if_error": 7 * DAY,
}


class Turn(NamedTuple):
    """Moments at which pages change without a change of rows: the last one, and the next."""

    last: datetime | None
    next: datetime | None


# Apps add what they know: a planned publication, midnight.
turns: list[Callable[[], Turn]] = []


def changed_at() -> datetime | None:
    """The last moment at which anything changed that a public page might show.

    One for all of them, since a page shows titles and definitions of other words too. None while
    it can't be told, shortly after a change.
    """
    settled = content_version.settled_at()
    return max(settled, *(turn().last or settled for turn in turns)) if settled else None


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


def _release() -> str:
    """One stamp of the code, templates and static files, and of what a page says of settings."""
    digest = hashlib.blake2s(f"{settings.SITE_URL} {settings.CONTACT_EMAIL}".encode())
    for name in settings.PAGES_ARE_MADE_OF:
        place: Path = settings.BASE_DIR / name
        for path in [place, *sorted(place.rglob("*.*"))]:
            if path.is_file() and path.suffix not in {".md", ".pyc"}:
                digest.update(f"{path.relative_to(place)} ".encode() + path.read_bytes())
    return digest.hexdigest()


# At once, since the files may be another release's by the time of the first page.
RELEASE = _release()


class Generation(NamedTuple):
    """What all pages of a time have in common; a page that is kept belongs to one."""

    version: Version
    until: datetime | None


class _Watch:
    """The present generation, looked up once in a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._generation: Generation | None = None
        self._looked_at = float("-inf")

    def present(self) -> Generation | None:
        """As of the last second. The last known while the database is gone; None if it never was
        there.
        """
        is_recent = time.monotonic() - self._looked_at < settings.KEPT_PAGES_LOOK_SECONDS
        is_over = self._generation and self._generation.until and _is_over(self._generation.until)
        # One looks; meanwhile the others do with what was last seen.
        if (not is_recent or is_over) and self._lock.acquire(blocking=self._generation is None):
            try:
                self.look_if_there()
            finally:
                self._lock.release()
        return self._generation

    def look_if_there(self) -> Generation | None:
        """The generation of what is committed now; None if the database does not answer."""
        self._looked_at = time.monotonic()
        try:
            version, known = content_version.current(), self._generation
            until = known.until if known and known.version == version else None
            if until is None or _is_over(until):
                until = min((at for turn in turns if (at := turn().next)), default=None)
        except Error:
            return None
        self._generation = Generation(version, until)
        return self._generation


def _is_over(moment: datetime) -> bool:
    return timezone.now() >= moment


watch = _Watch()


@dataclass
class Kept:
    """A page as it is sent, its body under each content coding that was asked for."""

    headers: dict[str, str]
    bodies: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values()))

    def response(self, coding: str) -> HttpResponse:
        response = HttpResponse(self.bodies[coding], headers=self.headers)
        response["Content-Length"] = str(len(self.bodies[coding]))
        if coding != "identity":
            response["Content-Encoding"] = coding
        return response


# The best first. A page is compressed once; brotli's 5 takes as long as gzip's 6.
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "identity": lambda body: body,
}


def kept_pages(respond: Respond) -> Respond:
    """A middleware that answers with what is kept, and keeps what it may.

    It stands outside sessions and all that reads a cookie, and inside compression and conditional
    requests: those leave alone what is compressed, and answer 304 by the ETag given here.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        view = public_view(request)
        if view is None:
            return respond(request)
        generation, read = watch.present(), _read_by(view, request)
        try:
            key = _key_of(request, read, generation)
        except DisallowedHost:
            return respond(request)
        store = caches["searches" if read else "pages"]
        if kept := store.get(key):
            return _answer(request, kept, key, store)
        if generation and (unchanged := get_conditional_response(request, etag=_etag(key))):
            unchanged["ETag"] = _etag(key)
            patch_cache_control(unchanged, **KEPT_BY_OTHERS)
            patch_vary_headers(unchanged, ["Accept-Encoding"])
            return unchanged
        return _made(request, read, respond, store)

    return middleware


def public_view(request: HttpRequest) -> Any:
    """The view of this address, if it is a public page that is only asked for."""
    if request.method not in {"GET", "HEAD"}:
        return None
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return None
    return view if getattr(view, "is_public_page", False) else None


def _read_by(view: Any, request: HttpRequest) -> list[tuple[str, str]]:
    """What the view reads of the query, in its own order."""
    if not request.META.get("QUERY_STRING"):
        return []
    names = sorted(request.GET) if view.reads is None else view.reads
    return [(name, request.GET[name]) for name in names if name in request.GET]


def _key_of(
    request: HttpRequest, read: list[tuple[str, str]], generation: Generation | None
) -> str:
    said = (RELEASE, generation, request.scheme, request.get_host(), request.path, read)
    return hashlib.blake2s(repr(said).encode(), digest_size=16).hexdigest()


def _etag(key: str) -> str:
    # Weak, because it is the same for each content coding.
    return f'W/"{key}"'


def _made(
    request: HttpRequest, read: list[tuple[str, str]], respond: Respond, store: Any
) -> HttpResponse:
    """Make the page, and keep it if nothing changed meanwhile that it might show."""
    # It is given what it reads and nothing else, or it would not be the same for all who ask so.
    asked = QueryDict(mutable=True)
    asked.update(read)
    request.META["QUERY_STRING"] = asked.urlencode()
    request.GET = QueryDict(request.META["QUERY_STRING"])
    before = watch.look_if_there()
    response = respond(request)
    if before is None or not _may_be_kept(request, response) or watch.look_if_there() != before:
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    key = _key_of(request, read, before)
    headers = {**response.headers, "ETag": _etag(key)}
    headers.pop("Content-Length", None)
    return _answer(request, Kept(headers, {"identity": response.content}), key, store, is_new=True)


def _may_be_kept(request: HttpRequest, response: Any) -> bool:
    return (
        request.method == "GET"
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and "public" in response.get("Cache-Control", "")
        and "Cookie" not in response.get("Vary", "")
        and getattr(response, "keep", True)
    )


def _answer(
    request: HttpRequest, kept: Kept, key: str, store: Any, *, is_new: bool = False
) -> HttpResponse:
    coding = next((name for name in CODINGS if _accepts(request, name)), "identity")
    if coding not in kept.bodies:
        body = CODINGS[coding](kept.bodies["identity"])
        kept, is_new = Kept(kept.headers, {**kept.bodies, coding: body}), True
    if is_new:
        store.set(key, kept)
    return kept.response(coding)


def _accepts(request: HttpRequest, coding: str) -> bool:
    """Whether Accept-Encoding names this content coding, and not with the weight 0 (RFC 9110)."""
    for offer in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = offer.partition(";")
        if name.strip() == coding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
