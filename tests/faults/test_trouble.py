"""What goes down under the served site, for real: it says so, and comes back by itself."""

import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.backstage import free_port, is_task_worker, serve

pytestmark = [pytest.mark.real_clock, pytest.mark.xdist_group("served")]
_numbers = count()


def new_pages() -> list[str]:
    """Addresses that nobody has asked for yet, so that no page of them is kept."""
    n = next(_numbers)
    return [
        f"/races/?q=a{n}",
        f"/search/?q=a{n}",
        f"/api/v1/terms/?changed_since=2026-01-{n + 1:02}",
    ]


class Site(NamedTuple):
    server: subprocess.Popen[str]
    port: int
    data: Path
    said: list[str]

    def get(self, path: str, host: str = "127.0.0.1") -> tuple[HTTPResponse, str, float]:
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body, time.monotonic() - began

    def postgres(self) -> psutil.Process:
        return psutil.Process(self.postgres_number())

    def postgres_number(self) -> int:
        return int((self.data / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def worker(self) -> psutil.Process | None:
        for process in psutil.Process(self.server.pid).children(recursive=True):
            with suppress(psutil.Error):
                if is_task_worker(process):
                    return process
        return None

    def answers(self, path: str, status: int) -> bool:
        return self.get(path)[0].status == status


def eventually(what: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def site(as_make_run_left_it: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data, port = tmp_path_factory.mktemp("site"), free_port()
    shutil.copytree(as_make_run_left_it, data, dirs_exist_ok=True)
    server = serve(data, port, STARTER_CONTENT="false")
    assert server.stdout
    said: list[str] = []
    readers = [
        threading.Thread(target=said.extend, args=(pipe,), daemon=True)
        for pipe in (server.stdout, server.stderr)
    ]
    for reader in readers:
        reader.start()
    running = Site(server, port, data, said)
    eventually(lambda: any(line.startswith("Admin:") for line in said), 120)
    eventually(lambda: running.answers("/readyz", 200))
    yield running
    server.send_signal(signal.SIGTERM)
    server.wait(30)
    for reader in readers:
        reader.join(10)
    assert server.stderr
    server.stdout.close()
    server.stderr.close()
    assert "Traceback" not in "".join(said)


def all_of(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children()]


@pytest.fixture(params=["killed", "hung"])
def no_database(request: pytest.FixtureRequest, site: Site) -> Iterator[Callable[[], None]]:
    """Without a server that answers, until it is let come back."""
    supervisor = psutil.Process(site.server.pid)
    server = all_of(site.postgres())
    if request.param == "killed":
        supervisor.suspend()  # or it would start another
        server[0].kill()
    else:
        for process in server:
            with suppress(psutil.Error):  # one may just have ended by itself
                process.suspend()

    def come_back() -> None:
        if request.param == "killed":
            supervisor.resume()
        else:
            for process in server:
                with suppress(psutil.Error):
                    process.resume()

    yield come_back
    come_back()
    eventually(lambda: site.answers("/readyz", 200))


def test_without_a_database_each_page_says_so_soon(
    site: Site, no_database: Callable[[], None]
) -> None:
    pages = new_pages()
    for path in pages:
        response, body, seconds = site.get(path)
        assert (response.status, seconds < 3) == (503, True), (path, response.status, seconds)
        assert response.headers["Retry-After"] == "10"
        assert "no-store" in response.headers["Cache-Control"]
        assert "Our database does not answer just now." in body
    response, body, _ = site.get("/readyz")
    assert (response.status, body) == (503, "The database does not answer.")
    no_database()
    for path in pages:
        eventually(lambda path=path: site.get(path)[0].status in {200, 302}, 20)  # type: ignore[misc]


@pytest.fixture
def kept_page(site: Site) -> str:
    path = "/glossary/"
    eventually(lambda: "ETag" in site.get(path)[0].headers)
    return path


def test_without_a_database_what_is_kept_is_still_served(
    site: Site, kept_page: str, no_database: Callable[[], None]
) -> None:
    for _ in range(3):
        response, body, seconds = site.get(kept_page)
        assert (response.status, seconds < 3) == (200, True)
        assert "</html>" in body
    no_database()
    eventually(lambda: site.answers(new_pages()[0], 200), 20)


def test_health_answers_while_twenty_wait_for_the_database(
    site: Site, no_database: Callable[[], None]
) -> None:
    with ThreadPoolExecutor(30) as crowd:
        pages = [crowd.submit(site.get, new_pages()[0]) for _ in range(20)]
        health = [crowd.submit(site.get, "/healthz", "any.host.example") for _ in range(5)]
        for asked in health:
            response, body, seconds = asked.result()
            assert (response.status, body) == (200, "ok")
            assert seconds < 3
        assert all(page.result()[0].status == 503 for page in pages)
        # From now on it is known, and nobody waits at all.
        again = [crowd.submit(site.get, path) for path in ["/", "/healthz"] * 10]
        assert max(asked.result()[2] for asked in again) < 1


def test_a_killed_postgresql_is_started_again_where_it_was(site: Site) -> None:
    before = site.postgres()
    before.kill()
    eventually(lambda: "PostgreSQL ended" in "".join(site.said))
    eventually(lambda: site.answers("/", 200))
    eventually(lambda: site.answers("/readyz", 200))
    assert site.postgres_number() != before.pid
    assert "PostgreSQL ended. It is started again" in "".join(site.said)


def test_a_killed_worker_is_started_again(site: Site) -> None:
    eventually(lambda: site.worker())
    before = site.worker()
    assert before
    os.kill(before.pid, signal.SIGKILL)
    eventually(lambda: (now := site.worker()) and now.pid != before.pid)
    assert "The task worker ended (killed by signal 9). It is started again" in "".join(site.said)


def test_a_killed_web_server_is_started_again(site: Site) -> None:
    family = psutil.Process(site.server.pid).children()
    [web] = [process for process in family if process.cmdline()[-2] == "serve"]
    web.kill()
    eventually(lambda: "The web server ended (killed by signal 9)." in "".join(site.said))
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/healthz", timeout=20) as answer:
        assert answer.status == 200


def test_nothing_outlives_a_killed_make_run(filled: Path) -> None:
    server = serve(filled, free_port(), STARTER_CONTENT="false")
    assert server.stdout
    while not server.stdout.readline().startswith("Admin:"):
        pass
    eventually(lambda: len(psutil.Process(server.pid).children(recursive=True)) > 4)
    family = psutil.Process(server.pid).children(recursive=True)
    server.kill()
    server.communicate()
    _, left = psutil.wait_procs(family, timeout=20)
    assert left == []
