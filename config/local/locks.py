"""Files that one process holds locked against every other."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` locked against every other process, waiting for it as long as it takes."""
    held = lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(held)


def lock(path: Path, how: int) -> int:
    """Lock `path` until what is returned is closed, or this process ends."""
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(held, how)
    return held
