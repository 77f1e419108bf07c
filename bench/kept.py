"""Processor time of a page made afresh, of one that is kept, and of a 304, beside a bare view.

All in one run, through the site's own middleware without a socket between, so that the figures
compare, on the site of `make run`, which is made if there is none.
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import django

from config.local import postgres, serve

ROUNDS, REQUESTS, REQUESTS_AFRESH = 9, 200, 20
PAGES = {
    "word": "/glossary/runners-knee/",
    "A to Z": "/glossary/a-to-z/",
    "race": "/races/berlin-marathon/",
    "race search": "/races/?q=marathon&sport=road-running",
    "search": "/search/?q=tempo",
}


def main() -> None:
    serve.read_env_file()
    serve.use_local_settings()
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = postgres.url(serve.data_folder() / "postgres")
    serve.prepare()
    django.setup()
    from django.conf import settings
    from django.core.cache import caches
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory
    from django.urls import path

    from config import urls

    body = b"x" * 12_000

    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse(body)

    urls.urlpatterns.insert(0, path("bare/", bare))
    settings.ALLOWED_HOSTS.append("testserver")
    handler = WSGIHandler()

    def ask(address: str, **headers: str) -> Any:
        return handler(RequestFactory().get(address, headers=headers).environ, lambda *_: None)

    def afresh(address: str, **headers: str) -> Callable[[], object]:
        def run() -> object:
            caches["pages"].clear()
            caches["searches"].clear()
            return ask(address, **headers)

        return run

    rows: dict[tuple[str, str], Callable[[], object]] = {("", "bare"): lambda: ask("/bare/")}
    for name, address in PAGES.items():
        found = ask(address)
        if found.status_code != 200:
            raise SystemExit(f"{address} answers {found.status_code}.")
        tag = found.headers["ETag"]
        rows |= {
            (name, "afresh"): afresh(address),
            (name, "with br"): afresh(address, accept_encoding="br"),
            (name, "kept"): lambda address=address: ask(address, accept_encoding="br"),  # type: ignore[misc]
            (name, "304"): lambda address=address, tag=tag: ask(address, if_none_match=tag),  # type: ignore[misc]
        }
    times: dict[tuple[str, str], list[float]] = {key: [] for key in rows}
    for _ in range(ROUNDS):
        for key, run in rows.items():
            count = REQUESTS_AFRESH if key[1] in {"afresh", "with br"} else REQUESTS
            began = time.thread_time()
            for _ in range(count):
                run()
            times[key].append((time.thread_time() - began) / count * 1000)
    taken = {key: statistics.median(found) for key, found in times.items()}
    base = taken["", "bare"]
    kinds = ["afresh", "with br", "kept", "304"]
    print(f"A bare view under the same middleware: {base:.2f} ms of CPU. As many times that:")
    print(f"{'':14}{''.join(f'{kind:>9}' for kind in kinds)}")
    for name in PAGES:
        print(f"{name:14}{''.join(f'{taken[name, kind] / base:>9.2f}' for kind in kinds)}")


if __name__ == "__main__":
    main()
