"""The embedded PostgreSQL, with real servers and real processes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil
import psycopg
import pytest

from config.local import given_database, postgres, programs

pytestmark = pytest.mark.real_clock
BASE = Path(__file__).resolve().parents[2]
USE = """
import sys
from pathlib import Path
from config.local import postgres, programs
programs.NEWEST = sys.argv[2]
try:
    # What is killed here is a process, never the machine.
    print(postgres.url(Path(sys.argv[1]), durable=False), flush=True)
except programs.PostgresError as error:
    sys.exit(str(error))
sys.stdin.read()
"""


class Start(Protocol):
    def __call__(self, folder: Path, release: str = ...) -> tuple[subprocess.Popen[str], str]: ...


def run_user(folder: Path, release: str) -> tuple[subprocess.Popen[str], str]:
    """Start a process that uses the cluster until its input closes; give its DATABASE_URL too."""
    user = subprocess.Popen(
        [sys.executable, "-c", USE, folder, release],
        cwd=BASE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert user.stdout
    return user, user.stdout.readline().strip()


@pytest.fixture
def start() -> Iterator[Start]:
    users = []

    def start_user(
        folder: Path, release: str = programs.NEWEST
    ) -> tuple[subprocess.Popen[str], str]:
        user, url = run_user(folder, release)
        users.append(user)
        return user, url

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
    with psycopg.connect(url, options="-c synchronous_commit=on") as connection:
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


HELD = """
CREATE SEQUENCE numbers START 7;
CREATE TABLE kept (
    id bigint PRIMARY KEY DEFAULT nextval('numbers'),
    name text UNIQUE CHECK (name <> '')
);
INSERT INTO kept (name) VALUES ('Zermatt'), ('arolla'), ('Évolène');
CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN upper($1); END';
"""


def release_of(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10_000


def check_that_all_is_there(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute("SELECT name FROM kept ORDER BY name").fetchall()
        assert [name for (name,) in names] == ["Zermatt", "arolla", "Évolène"]
        new = connection.execute("INSERT INTO kept (name) VALUES ('x') RETURNING id").fetchone()
        assert new == (10,)
        for name in ("x", ""):
            with pytest.raises(psycopg.IntegrityError):
                connection.execute("INSERT INTO kept (name) VALUES (%s)", [name])
        row = connection.execute("SELECT shout('é'), extname FROM pg_extension").fetchone()
        assert row == ("É", "plpgsql")
        locale = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
            " WHERE datname = 'startline'"
        ).fetchone()
        assert locale in {("UTF8", "C", "C.UTF-8"), ("UTF8", "C", "en_US.UTF-8")}


def beside(folder: Path) -> set[str]:
    """What stands beside a cluster, save its locks."""
    return {
        path.name for path in folder.parent.iterdir() if path.suffix not in {".start", ".users"}
    }


@pytest.fixture(scope="module")
def left_by_16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("left") / "postgres"
    user, url = run_user(folder, "16")
    assert release_of(url) == 16
    with psycopg.connect(url) as connection:
        connection.execute(HELD)
    user.communicate()
    return folder


@pytest.fixture
def of_16(left_by_16: Path, tmp_path: Path) -> Path:
    """A folder as the release before left it, its server stopped."""
    folder = tmp_path / "a space" / ("deep" * 40) / "postgres"
    shutil.copytree(left_by_16, folder)
    return folder


def test_a_new_folder_is_of_the_newest_release(start: Start, tmp_path: Path) -> None:
    _, url = start(tmp_path / "postgres")
    assert release_of(url) == 18


def test_a_folder_of_16_is_brought_over_with_all_it_holds(
    start: Start, of_16: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    user, url = start(of_16)
    check_that_all_is_there(url)
    assert release_of(url) == 18
    assert beside(of_16) == {"postgres"}
    _, said = user.communicate()
    assert said == "The database was brought from PostgreSQL 16 to 18.\n"
    user, url = start(of_16)
    assert release_of(url) == 18
    _, said = user.communicate()
    assert said == ""


def test_a_folder_of_16_whose_server_was_killed_is_brought_over(start: Start, of_16: Path) -> None:
    user, _ = start(of_16, "16")
    os.kill(server_of(of_16), signal.SIGKILL)
    user.communicate()
    _, url = start(of_16)
    check_that_all_is_there(url)
    assert release_of(url) == 18


def programs_in(folder: Path) -> set[str]:
    names = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(folder):
                names.add(process.name())
    return names


@pytest.mark.parametrize("program", ["initdb", "pg_dump", "pg_restore"])
def test_what_was_killed_half_way_begins_anew(start: Start, of_16: Path, program: str) -> None:
    new = of_16.with_name("postgres.new")
    upgrading = subprocess.Popen([sys.executable, "-c", USE, of_16, "18"], cwd=BASE)
    assert postgres._wait(60, lambda: program in programs_in(new))
    upgrading.kill()
    upgrading.wait()
    assert (of_16 / "PG_VERSION").read_text() == "16\n"
    assert new.exists()
    _, url = start(of_16)
    check_that_all_is_there(url)
    assert release_of(url) == 18
    assert beside(of_16) == {"postgres"}


def test_what_was_killed_between_the_two_renames_begins_anew(start: Start, of_16: Path) -> None:
    of_16.rename(of_16.with_name("postgres.former"))
    _, url = start(of_16)
    check_that_all_is_there(url)
    assert release_of(url) == 18


def test_the_old_folder_is_kept_until_the_new_one_has_started(
    of_16: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = of_16.with_name("postgres.former")
    # No server gets ready in no time at all.
    monkeypatch.setattr(postgres, "START_SECONDS", -1)
    with pytest.raises(programs.PostgresError):
        postgres.url(of_16, durable=False)
    assert [(path / "PG_VERSION").read_text() for path in (of_16, old)] == ["18\n", "16\n"]
    monkeypatch.undo()
    check_that_all_is_there(postgres.url(of_16))
    assert not old.exists()


def test_what_cannot_be_brought_over_is_served_as_before(start: Start, of_16: Path) -> None:
    user, url = start(of_16, "16")
    with psycopg.connect(url) as connection:
        # A number that another release may give to another function: pg_upgrade takes none.
        connection.execute("CREATE TABLE odd AS SELECT 'now'::regproc AS function")
    user.communicate()
    for _ in range(2):
        user, url = start(of_16)
        assert release_of(url) == 16
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (3,)
        _, said = user.communicate()
        log = of_16.with_name("postgres.upgrade.log")
        assert said == (
            "The database could not be brought to PostgreSQL 18 and stays with 16, as before: "
            f"see {log}\n"
        )
        assert "reg*" in log.read_text()
    user, url = start(of_16, "16")
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE odd")
    user.communicate()
    _, url = start(of_16)
    check_that_all_is_there(url)
    assert release_of(url) == 18
    assert beside(of_16) == {"postgres"}


def test_a_folder_of_an_unknown_release_is_refused_in_one_line(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")
    user, _ = start(tmp_path / "postgres")
    _, error = user.communicate()
    assert error == "The embedded PostgreSQL can't read data of release 12.\n"


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
    with pytest.raises(programs.PostgresError, match=words) as told:
        given_database.check(url)
    assert "hidden-word" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1
