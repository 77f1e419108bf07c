"""What the race search bears: makes so many editions, measures, and prints one table.

    .venv/bin/python -m bench.races 10000 100000 1000000

Each number has a database of its own below /tmp/startline-races (BENCH_DIR=), which is made when it
is not there. Milliseconds are of the processor, this process alone, unless it says otherwise.
"""

import gc
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SEARCHES = 400
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "10000"))
FOLDER = Path(os.environ.get("BENCH_DIR", "/tmp/startline-races"))  # noqa: S108


def main(*sizes: str) -> None:
    rows: dict[str, list[str]] = {}
    for size in sizes or ("10000", "100000"):
        # In a process of its own, which has the memory of no other.
        found = subprocess.run(
            [sys.executable, "-m", "bench.races", "--one", size], stdout=subprocess.PIPE,
            check=True, text=True,
        )  # fmt: skip
        for line in found.stdout.splitlines():
            if "|" in line:
                name, _, value = line.rpartition("|")
                rows.setdefault(name.strip(), []).append(value.strip())
    print("| | " + " | ".join(f"{int(size):,}" for size in sizes) + " |")
    print("|---|" + "---:|" * len(sizes))
    for name, values in rows.items():
        print(f"| {name} | " + " | ".join(values) + " |")


def one(size: int) -> None:
    os.environ["DATA_DIR"] = str(FOLDER / str(size))
    prepare(size)
    measure()


def prepare(size: int) -> None:
    from config.local import postgres, serve

    serve.use_local_settings()
    folder = serve.data_folder() / "postgres"
    os.environ["DATABASE_URL"] = postgres.url(folder, durable=False)
    import django

    django.setup()
    from django.core.management import call_command

    from bench import made_up_races
    from races.models import Race

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("load_places", "--if-empty", verbosity=0)
    if not Race.objects.exists():
        note(f"Making {size:,} editions ...")
        start = time.monotonic()
        made_up_races.fill(size)
        note(f"made in {time.monotonic() - start:.0f} s")


def measure() -> None:
    from django.db import connection
    from django.test import Client

    from races.models import Distance, Edition, Race
    from races.search import base, index
    from races.search.criteria import RaceSearch
    from races.tasks import renew_search_base
    from web import generations

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    say("editions", f"{Edition.objects.count():,}")
    say("distances", f"{Distance.objects.count():,}")
    before = memory()
    _, wall, cpu = timed(base.make)
    say("the worker makes the base, s (s of CPU)", f"{wall:.1f} ({cpu:.1f})")
    say("stored, MB", f"{base.stored_bytes() / 2**20:.0f}")
    _, wall, cpu = timed(index.present)
    say("a process takes it up, s (s of CPU)", f"{wall:.2f} ({cpu:.2f})")

    searches = [RaceSearch.from_query(query) for query in mixed()]
    warm = searches[:20]
    for search in warm:
        ask(search)
    times = [milliseconds(lambda search=search: ask(search)) for search in searches]
    worst = sorted(zip(times, searches, strict=True), key=lambda pair: -pair[0])[:8]
    for took, search in worst:
        note(f"{took:6.1f} ms {search.to_query()}")
    say("400 searches with counts: p50 / p95 / p99", percentiles(times))
    client = Client(headers={"host": "localhost", "accept-encoding": "gzip"})
    get(client, "/races/")
    for name, view in [("page", ""), ("calendar month", "calendar"), ("map box", "map")]:
        asked = [*addresses(view)]
        for address in asked[:5]:
            get(client, address)
        times, walls = [], []
        spent = database_seconds()
        for address in asked:
            start = time.perf_counter()
            times.append(milliseconds(lambda address=address: get(client, address)))
            walls.append(1000 * (time.perf_counter() - start))
        mean = 1000 * (database_seconds() - spent) / len(asked)
        worst_pages = sorted(zip(times, asked, strict=True), key=lambda pair: -pair[0])[:4]
        for took, address in worst_pages:
            note(f"{took:6.1f} ms {address}")
        say(f"{name}: p50 / p95 / p99", percentiles(times))
        say(f"{name}: clock p95; mean of the database", f"{percentile(walls, 95):.0f}; {mean:.1f}")

    race = Race.objects.filter(sport="road-running")[0]
    delays = []
    for sport in ("triathlon", "road-running") * 5:
        Race.objects.filter(pk=race.pk).update(sport=sport)
        delays.append(1000 * timed(lambda: generations.watch.look() and index.present())[1])
    say("a changed race is found after, ms (by the clock)", f"{statistics.median(delays):.0f}")
    renew_search_base.call()

    gc.collect()
    say("memory: before, with the index, MB", f"{before:.0f}, {memory():.0f}")
    many = [*mixed(seed=2, count=REQUESTS)]
    marks = []
    for number, query in enumerate(many):
        get(client, f"/races/?{query}")
        if number + 1 in {REQUESTS // 10, REQUESTS}:
            marks.append(memory())
    say("memory after 1,000 and 10,000 requests, MB", f"{marks[0]:.0f}, {marks[1]:.0f}")


def ask(search: Any) -> object:
    """What the page asks of the engine: how many, of each option too, and which stand first."""
    from dataclasses import replace

    from races.search import index

    # What a frozen value remembers was asked before.
    found = index.answer(replace(search))
    return found.total, found.counts, [part.first(24) for part in found.parts]


def mixed(seed: int = 1, count: int = SEARCHES) -> Iterator[str]:
    """Searches as people would make them, many of them of several things."""
    from races.choices import Sport
    from races.models import Place

    chance = random.Random(seed)  # noqa: S311 - the same each time
    towns = [place.address for place in Place.objects.order_by("-population")[:800]]
    texts = [
        "marathon", "trail", "half marathon", "half marathon lyon", "ultra trail", "club", "mar",
        "10k paris", "triathlon", "challenge", "kar", "river", "coast run", "cordan", "the hills",
        "flat and fast", "mountain", "st", "10k near lyon in spring", "marathon in june in europe",
        "trail run in france", "olympic triathlon germany", "london 10k", "nyc marathon",
        "50k in the usa", "new york", "beginner 5k", "polka", "fun", "xyzzy",
    ]  # fmt: skip
    today = date.today()
    day = [f"{today + timedelta(days=days)}" for days in range(0, 400, 9)]
    # How often it is asked, and what for.
    asked: list[tuple[float, dict[str, list[Any]]]] = [
        (0.35, {"q": [text.replace(" ", "+") for text in texts]}),
        (0.35, {"near": towns, "within": [25, 50, 100, 100, 300, 2000]}),
        (0.35, {"sport": ["road-running", "trail-running", "triathlon", *Sport.values]}),
        (0.35, {"distance": ["10k", "half-marathon", "marathon", "ultra", "50k", "100k,100mi"]}),
        (0.25, {"when": ["weekend", "30-days", day[10][:7]]}),
        (0.15, {"start": day[:20], "end": day[20:]}),
        (0.25, {"country": ["US", "GB", "FR", "DE", "ES", "IT", "CH", "JP", "SE"]}),
        (0.10, {"continent": ["europe", "north-america", "asia"]}),
        (0.15, {"price": [20, 40, 60, 100], "currency": ["EUR", "USD", ""]}),
        (0.15, {"longer": [5, 10, 20], "shorter": [21, 30, 60]}),
        (0.10, {"entry": ["open", "ballot"]}),
        (0.10, {"surface": ["trail", "road"]}),
        (0.10, {"slope": ["flat", "hilly"]}),
        (0.10, {"registration": ["open"]}),
        (0.05, {"days": ["weekend"]}),
        (0.05, {"certified": ["yes"]}),
        (0.20, {"sort": ["near", "price", "name"]}),
    ]
    for _ in range(count):
        parts = [values for odds, values in asked if chance.random() < odds]
        yield "&".join(
            f"{name}={chance.choice(some)}" for part in parts for name, some in part.items()
        )


def addresses(view: str) -> Iterator[str]:
    chance = random.Random(3)  # noqa: S311 - the same each time
    if not view:
        yield from (f"/races/?{query}" for query in mixed())
    for query in mixed(seed=4, count=100 if view else 0):
        day = date.today() + timedelta(days=chance.randrange(360))
        if view == "calendar":
            yield f"/races/?{query}&when={day:%Y-%m}&view=calendar"
        else:
            west, south = chance.randrange(-120, 100), chance.randrange(-30, 55)
            size = chance.choice([2, 5, 20])
            yield f"/races/?{query}&box={west},{south},{west + size},{south + size}&view=map"


def get(client: Any, address: str) -> None:
    from django.core.cache import caches

    response = client.get(address, follow=True)
    if response.status_code != 200:
        sys.exit(f"{address} answers {response.status_code}")
    caches["searches"].clear()
    caches["pages"].clear()


def milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    start, spent = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - start, time.process_time() - spent


def database_seconds() -> float:
    """The processor time of the server's processes that are there all along."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        pids = [pid for (pid,) in cursor.fetchall()]
    spent = (psutil.Process(pid).cpu_times() for pid in pids)
    return float(sum(times.user + times.system for times in spent))


def memory() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss / 2**20)


def percentile(times: list[float], percent: int) -> float:
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def percentiles(times: list[float]) -> str:
    return " / ".join(f"{percentile(times, percent):.1f}" for percent in (50, 95, 99))


def say(name: str, value: str) -> None:
    print(f"{name}|{value}", flush=True)
    note(f"  {name}: {value}")


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]))
    else:
        main(*sys.argv[1:])
