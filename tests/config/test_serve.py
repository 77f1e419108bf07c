"""`make run`, as a process of its own."""

import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.local import postgres
from tests.backstage import free_port, is_task_worker, serve

pytestmark = [pytest.mark.real_clock, pytest.mark.xdist_group("served")]
BASE = Path(__file__).resolve().parents[2]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_one_line(tmp_path: Path, taken_port: int) -> None:
    server = serve(tmp_path, taken_port)
    output, error = server.communicate(timeout=20)
    assert (server.returncode, output) == (1, "")
    assert error == (
        f"Port {taken_port} is already taken. Choose another: make run PORT={taken_port + 1}\n"
    )


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    url = "postgresql://ana:hidden-word@127.0.0.1:9/startline"
    server = serve(tmp_path, free_port(), DATABASE_URL=url)
    output, error = server.communicate(timeout=20)
    assert (server.returncode, output) == (1, "")
    assert error.startswith("The database of DATABASE_URL does not answer")
    assert len(error.splitlines()) == 1
    assert "hidden-word" not in error


def test_the_site_is_served_until_told_to_stop(tmp_path: Path) -> None:
    data = tmp_path / "data with space"
    port = free_port()
    server = serve(data, port, STARTER_CONTENT="false")
    assert server.stdout
    assert server.stdout.readline().startswith("Filling a new database")
    assert server.stdout.readline().startswith(f"Startline: http://127.0.0.1:{port}/")
    password = (data / "admin-password").read_text()
    assert password in server.stdout.readline()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
        assert answer.status == 200
    family = psutil.Process(server.pid).children(recursive=True)
    assert len(family) > 3  # two workers, one of tasks; PostgreSQL and its own processes
    (worker,) = [process for process in family if is_task_worker(process)]
    assert worker.environ()["STARTLINE_LOOPBACK"] == "true"

    server.send_signal(signal.SIGTERM)
    _, error = server.communicate(timeout=20)
    assert (server.returncode, error) == (0, "")
    _, left = psutil.wait_procs(family, timeout=1)
    assert left == []
    for secret in ("admin-password", "secret-key"):
        assert (data / secret).stat().st_mode & 0o777 == 0o600


def test_make_dev_begins_anew_when_a_file_changes(filled: Path) -> None:
    port = free_port()
    server = serve(filled, port, stderr=subprocess.STDOUT, DEBUG="true", STARTER_CONTENT="false")
    assert server.stdout
    said: list[str] = []
    reader = threading.Thread(target=said.extend, args=(server.stdout,), daemon=True)
    reader.start()

    def is_seen(path: str, *words: str) -> bool:
        # Again and again: who watches may not have begun to.
        (BASE / path).touch()
        return all(word in "".join(said) for word in words)

    both = ["settings.py modified", "settings.py has changed"]
    assert postgres._wait(120, lambda: is_seen("config/settings.py", *both))
    assert postgres._wait(120, lambda: is_seen("templates/base.html", "base.html modified"))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/styleguide/", timeout=60) as answer:
        assert answer.status == 200
    family = psutil.Process(server.pid).children(recursive=True)
    assert [process for process in family if is_task_worker(process)]

    server.send_signal(signal.SIGTERM)
    server.wait(60)
    reader.join(60)
    server.stdout.close()
    assert server.returncode == 0
    assert "Traceback" not in "".join(said)
    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []


def test_others_who_reach_the_machine_are_never_offered_to_put_the_second_factor_off(
    filled: Path,
) -> None:
    given = {"HOST": "0.0.0.0", "STARTLINE_LOOPBACK": "true", "STARTER_CONTENT": "false"}  # noqa: S104
    port = free_port()
    server = serve(filled, port, **given)
    assert server.stdout
    while not server.stdout.readline().startswith("Admin:"):
        pass
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
        assert answer.status == 200
    family = psutil.Process(server.pid).children(recursive=True)
    (worker,) = [process for process in family if is_task_worker(process)]
    assert worker.environ()["STARTLINE_LOOPBACK"] == "false"
    server.send_signal(signal.SIGTERM)
    server.communicate(timeout=20)
    assert server.returncode == 0
