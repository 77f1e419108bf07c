"""Until when public pages stay as they are: what all of them have in common, of one time.

A generation ends with a change of rows, which the content version tells, or at the next moment
that changes pages without one.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import Error, OperationalError
from django.utils import timezone

from web import content_version
from web.content_version import Version


class Turn(NamedTuple):
    """Moments at which pages change without a change of rows: the last one, and the next."""

    last: datetime | None
    next: datetime | None


# Apps add what they know: a planned publication, midnight.
turns: list[Callable[[], Turn]] = []


def changed_at() -> datetime | None:
    """The last moment at which anything changed that a public page might show.

    One for all of them, since a page shows titles and definitions of other words too. None while
    it can't be told, shortly after a change.
    """
    settled = content_version.settled_at()
    return max(settled, *(turn().last or settled for turn in turns)) if settled else None


class Generation(NamedTuple):
    """What all pages of a time have in common; a page that is kept belongs to one."""

    version: Version
    until: datetime | None


class _Watch:
    """The present generation, looked up once in a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._generation: Generation | None = None
        self._looked_at = float("-inf")

    def present(self) -> Generation | None:
        """As of the last second. The last known while the database is gone; None if it never was
        there.
        """
        is_recent = time.monotonic() - self._looked_at < settings.KEPT_PAGES_LOOK_SECONDS
        is_over = self._generation and self._generation.until and _is_over(self._generation.until)
        # One looks; meanwhile the others do with what was last seen.
        if (not is_recent or is_over) and self._lock.acquire(blocking=self._generation is None):
            try:
                self.look_if_there()
            finally:
                self._lock.release()
        return self._generation

    def look(self) -> Generation:
        """The generation of what is committed now, for whoever reads the database next anyway."""
        generation = self.look_if_there()
        if generation is None:
            raise OperationalError("The database does not answer.")
        return generation

    def look_if_there(self) -> Generation | None:
        """The generation of what is committed now; None if the database does not answer."""
        self._looked_at = time.monotonic()
        try:
            version, known = content_version.current(), self._generation
            until = known.until if known and known.version == version else None
            if until is None or _is_over(until):
                until = min((at for turn in turns if (at := turn().next)), default=None)
        except Error:
            return None
        self._generation = Generation(version, until)
        return self._generation


def _is_over(moment: datetime) -> bool:
    return timezone.now() >= moment


watch = _Watch()
