"""Public pages, made once and kept by this process, which answers with them.

A public page is a function of its address and of what is in the database today. So its bytes stay
in the process (web.page_store) or in a Redis (web.redis_store), under the release that made them,
the content version that they were made from, the next moment that changes pages without a change
of rows, and the address with what its view reads of the query.
Whatever changes makes another key, and the old entry is pushed out in time.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brotli
from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
)

from web.generations import Generation, watch
from web.public_pages import KEPT_BY_OTHERS

Respond = Callable[[HttpRequest], HttpResponse]


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
    return [(name, value) for name in names for value in request.GET.getlist(name)]


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
    for name, value in read:
        asked.appendlist(name, value)
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
