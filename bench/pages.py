"""Bytes and milliseconds of each kind of public page, from a running site."""

import gzip
import re
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable
from urllib.parse import urljoin

KB = 1024
PAGES = {
    "/": 80 * KB,
    "/glossary/": 60 * KB,
    "/glossary/a-to-z/": 60 * KB,
    "/glossary/category/recovery-injury/": 60 * KB,
    "/glossary/runners-knee/": 60 * KB,
    "/races/": 80 * KB,
    "/races/?q=marathon&sport=road-running&distance=marathon": 80 * KB,
    "/races/boston-marathon/": 60 * KB,
    "/search/?q=knee": 80 * KB,
}
TIMES = 40
PARTS = re.compile(
    r'<(?:link[^>]+rel="(?:stylesheet|icon|preload)"[^>]+href|script[^>]+src)="([^"]+)"'
)


def fetch(address: str) -> tuple[bytes, int]:
    """The body, unpacked where that is easy, and the bytes that came over the wire."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})  # noqa: S310
    with urllib.request.urlopen(request) as response:  # noqa: S310
        wire = response.read()
        if response.headers["Content-Encoding"] == "gzip":
            return gzip.decompress(wire), len(wire)
        return wire, len(wire)


def milliseconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def main(site: str) -> int:
    over = 0
    print(f"{'page':<60}{'bytes':>8}{'bar':>8}{'median':>8}{'p95':>8}")
    for path, bar in PAGES.items():
        address = urljoin(site, path)
        body, size = fetch(address)
        size += sum(fetch(urljoin(site, part))[1] for part in PARTS.findall(body.decode()))
        times = sorted(milliseconds(lambda a=address: fetch(a)) for _ in range(TIMES))
        p95 = times[int(len(times) * 0.95)]
        print(f"{path:<60}{size:>8}{bar:>8}{statistics.median(times):>8.1f}{p95:>8.1f}")
        over += size > bar
    return over


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
