"""Requests a second of a page that is kept, of a 304, of a page made afresh, and of a bare view.

All in one run, through the site's own middleware without a socket between, so that the figures
compare: `manage.py shell` loads nothing of this; run `python -m bench.kept` on a filled database.
"""

import os
import statistics
import time
from collections.abc import Callable

import django

ROUNDS, REQUESTS = 7, 200


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.core.cache import caches
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory
    from django.urls import path

    from config import urls
    from glossary.models import Term

    body = b"x" * 12_000

    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse(body)

    urls.urlpatterns.insert(0, path("bare/", bare))
    settings.ALLOWED_HOSTS.append("testserver")
    handler = WSGIHandler()
    factory = RequestFactory(headers={"accept-encoding": "br"})
    term = Term.objects.published().get(slug="runners-knee").get_absolute_url()
    races = "/races/?q=marathon&sport=road-running"

    def ask(address: str, **headers: str) -> HttpResponse:
        return handler(factory.get(address, **headers).environ, lambda *_: None)  # type: ignore[return-value]

    def afresh(address: str) -> Callable[[], object]:
        def run() -> object:
            caches["pages"].clear()
            caches["searches"].clear()
            return ask(address)

        return run

    etag = ask(term).headers["ETag"]
    rows: dict[str, Callable[[], object]] = {
        "bare view": lambda: ask("/bare/"),
        "word page, kept": lambda: ask(term),
        "word page, 304": lambda: ask(term, HTTP_IF_NONE_MATCH=etag),
        "word page, afresh": afresh(term),
        "race search, kept": lambda: ask(races),
        "race search, afresh": afresh(races),
    }
    times: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name, run in rows.items():
            count = REQUESTS // 10 if "afresh" in name else REQUESTS
            began = time.thread_time()
            for _ in range(count):
                run()
            times[name].append((time.thread_time() - began) / count * 1000)
    base = statistics.median(times["bare view"])
    print(f"{'':<22}{'CPU ms':>9}{'to bare':>9}")
    for name, found in times.items():
        print(f"{name:<22}{statistics.median(found):>9.3f}{statistics.median(found) / base:>9.2f}")


if __name__ == "__main__":
    main()
