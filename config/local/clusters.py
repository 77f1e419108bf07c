"""The embedded PostgreSQL's data: made, and brought over from an older release.

What is made stands beside the cluster until it is whole, then takes its name.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from config.local import programs
from config.local.programs import How, PostgresError, Words, identity_of, program, release_of

STOP_SECONDS = 30


def beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(folder.name + suffix)


def former(folder: Path) -> Path:
    """Where the cluster of the older release stands until the new one has started."""
    return beside(folder, ".former")


def end_what_is_left(folder: Path) -> None:
    """What a killed process left might go on writing beside the new one: end it first."""
    folders = {str(folder), str(beside(folder, ".new"))}
    names = {path.name for path in program("postgres").parent.iterdir()}
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() in folders and process.name() in names:
                process.kill()
                left.append(process)
    psutil.wait_procs(left, STOP_SECONDS)


def make(folder: Path, durable: bool) -> None:
    """Make the cluster under another name first, so that one half made is never taken for whole."""
    new = _empty_beside(folder)
    prefix, identity = how = identity_of(new)
    _initdb(new, how, durable)
    subprocess.run(
        [*prefix, program("postgres"), "--single", "-D", new, "postgres"],
        cwd="/",
        input=b"CREATE DATABASE startline\n",
        capture_output=True,
        check=True,
        **identity,
    )
    new.rename(folder)


def _empty_beside(folder: Path) -> Path:
    new = beside(folder, ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    return new


def _initdb(new: Path, how: How, durable: bool, *options: str) -> None:
    prefix, identity = how
    initdb = [*prefix, program("initdb"), "-D", new, "-U", "startline", "--auth=trust", *options]
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


def bring_over(folder: Path, sockets: Path, durable: bool) -> None:
    """Put a cluster of the newest release in the place of an older one, with all that it holds.

    The old one is only read until the new one is whole; if that can't be had, the old one stays.
    """
    release, log = release_of(folder), beside(folder, ".upgrade.log")
    old, new = program("postgres", release), program("postgres")
    try:
        made = _empty_beside(folder)
        prefix, identity = how = identity_of(folder, made, sockets)
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
            f"The database could not be brought to PostgreSQL {programs.NEWEST} and stays with "
            f"{release}, as before: {reason}",
            file=sys.stderr,
        )
        return
    finally:
        end_what_is_left(folder)
    (made / "delete_old_cluster.sh").unlink(missing_ok=True)
    log.unlink()
    folder.rename(former(folder))
    made.rename(folder)
    print(
        f"The database was brought from PostgreSQL {release} to {programs.NEWEST}.", file=sys.stderr
    )
