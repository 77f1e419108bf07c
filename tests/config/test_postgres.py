"""The embedded PostgreSQL, with real servers and real processes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.local import postgres

pytestmark = pytest.mark.real_clock
BASE = Path(__file__).resolve().parents[2]
USE = """
import sys
from pathlib import Path
from config import postgres
try:
    print(postgres.url(Path(sys.argv[1])), flush=True)
except postgres.PostgresError as error:
    sys.exit(str(error))
sys.stdin.read()
"""
Start = Callable[[Path], tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that uses the cluster until its input closes; give its DATABASE_URL too."""
    users = []

    def start_user(folder: Path) -> tuple[subprocess.Popen[str], str]:
        user = subprocess.Popen(
            [sys.executable, "-c", USE, folder],
            cwd=BASE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        users.append(user)
        assert user.stdout
        return user, user.stdout.readline().strip()

    yield start_user
    for user in users:
        user.communicate()


def server_of(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().splitlines()[0])


def is_gone(process: int) -> bool:
    """Also true of a zombie, whose parent may be an init that reaps late."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def socket_folder(url: str) -> Path:
    return Path(psycopg.conninfo.conninfo_to_dict(url)["host"])


def test_the_last_of_two_users_stops_the_server(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "a space" / ("deep" * 40) / "postgres"
    first, url = start(folder)
    second, same_url = start(folder)
    assert url == same_url
    server = server_of(folder)
    first.communicate()
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT lower('ÉЖ'), 'Z' < 'a'").fetchone()
    assert row == ("éж", True)
    second.communicate()
    assert is_gone(server)
    assert not (folder / "postmaster.pid").exists()
    assert not socket_folder(url).exists()


def test_a_killed_server_starts_again_with_its_data(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    _, url = start(folder)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1")
    os.kill(server_of(folder), signal.SIGKILL)
    shutil.rmtree(socket_folder(url))  # as a restarted machine's temporary folder has none
    _, url = start(folder)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT * FROM kept").fetchone() == (1,)


def test_a_killed_user_leaves_no_server(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    user, _ = start(folder)
    server = server_of(folder)
    user.kill()
    assert postgres._wait(10, lambda: is_gone(server))


def test_another_programs_number_is_not_taken_for_the_server(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    user, _ = start(folder)
    user.communicate()
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n0\n5432\n/nowhere\n\n0 0\n")
    _, url = start(folder)
    psycopg.connect(url).close()


def test_a_folder_that_is_no_cluster_is_refused_in_one_line(start: Start, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").touch()
    user, _ = start(tmp_path / "postgres")
    _, error = user.communicate()
    assert error.startswith("The embedded PostgreSQL can't use")
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://ana:hidden-word@127.0.0.1:9/startline", "does not answer"),
        ("postgresql://ana:hidden-word@nowhere.invalid/startline", "does not answer"),
        ("postgresql://ana:hidden-word@127.0.0.1:nine/startline", "not a database address"),
        ("hidden-word", "not a database address"),
        ("sqlite:////tmp/hidden-word", "must be a PostgreSQL address"),
    ],
)
def test_an_address_that_does_not_answer_is_told_without_its_password(url: str, words: str) -> None:
    with pytest.raises(postgres.PostgresError, match=words) as told:
        postgres.check(url)
    assert "hidden-word" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1
