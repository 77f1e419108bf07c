"""Milliseconds of the search and of its suggestions in a large glossary; see bench.generate.

DATA_DIR=/tmp/bench .venv/bin/python -m bench.search                       # in this process
DATA_DIR=/tmp/bench .venv/bin/python -m bench.search http://127.0.0.1:8000 # of a running site
"""

import statistics
import sys
from collections.abc import Callable
from urllib.parse import urlencode

from bench.pages import fetch, milliseconds
from config.local import serve

BAR = 50
TIMES = 30
QUERIES = {
    "exact title": "runner's knee",
    "abbreviation": "ITBS",
    "two letters": "ba",
    "beginning": "bar",
    "common word": "training",
    "common word of names": "threshold",
    "rarer word": "kneecap",
    "three words": "training week race",
    "three rarer words": "calf tendon ice",
    "question": "what is a taper",
    "misspelt name": "plantar fascitiss",
    "misspelt words": "lactate treshold training",
    "misspelt made-up name": "barosl treshold",
    "race": "boston marathon",
    "misspelt race": "bostn marathon",
    "nothing found": "xyzzy plover",
    "nonsense": "qwrtzplk",
}


def in_process() -> Callable[[str], object]:
    serve.use_local_settings()
    import django

    django.setup()
    from django.test import Client

    client = Client(headers={"host": "localhost", "accept-encoding": "gzip"})

    def get(path: str) -> object:
        response = client.get(path)
        if response.status_code != 200:
            sys.exit(f"{path} answers {response.status_code}")
        return response

    return get


def percentile(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def main(site: str = "") -> int:
    get = (lambda path: fetch(f"{site}{path}")) if site else in_process()
    everything: dict[str, list[float]] = {"/search/": [], "/search/suggestions/": []}
    print(f"{'query':<24}{'page: median':>14}{'p95':>8}{'suggestions: median':>22}{'p95':>8}")
    for kind, query in QUERIES.items():
        figures = []
        for path, all_times in everything.items():
            address = f"{path}?{urlencode({'q': query})}"
            get(address)
            times = [milliseconds(lambda a=address: get(a)) for _ in range(TIMES)]
            all_times += times
            figures += [statistics.median(times), percentile(times)]
        print(
            f"{kind:<24}{figures[0]:>14.1f}{figures[1]:>8.1f}{figures[2]:>22.1f}{figures[3]:>8.1f}"
        )
    over = 0
    for path, times in everything.items():
        over += percentile(times) > BAR
        print(
            f"{path}: median {statistics.median(times):.1f}, p95 {percentile(times):.1f}, bar {BAR}"
        )
    return over


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
