"""PostgreSQL as Django's own backend has it, save that nobody waits for a server that is gone.

A connection that can't be made, or a query that is never answered, would hold each thread of a web
process for as long as it takes, and with it the pages that need no database, and /healthz. So each
web process asks the database whether it is there, twice a second; while it is not, whoever needs it
is told so at once (server_error of config.pages.errors then answers 503), and all goes on when it
answers.
"""

import logging
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg

from web.lost_database import is_unreachable

ASK_SECONDS = 0.5
# A server that answers no `SELECT 1` for so long is gone; a long query is none of this.
PATIENCE_SECONDS = 1.5

_answered_at: float | None = None


class Gone(psycopg.OperationalError):
    def __init__(self) -> None:
        super().__init__("The database does not answer.")


def is_gone() -> bool:
    """Always false where nobody watches: in commands, the worker, and tests."""
    return _answered_at is not None and time.monotonic() - _answered_at > PATIENCE_SECONDS


def watch() -> None:
    """Begin to ask. To be called once in each process that serves pages."""
    global _answered_at
    _answered_at = time.monotonic()
    threading.Thread(target=_ask_for_ever, daemon=True, name="database watch").start()


def _ask_for_ever() -> None:
    global _answered_at
    while True:
        try:
            connection = Connection.connect(**_parameters(), autocommit=True)
        except psycopg.Error:
            # Refused, so that there is nothing to be patient about.
            _answered_at = float("-inf")
            time.sleep(ASK_SECONDS)
            continue
        # When this one is cut off, it may be this one alone: so ask again by a new one first.
        with suppress(psycopg.Error), connection:
            while True:
                _answered_at = time.monotonic()
                time.sleep(ASK_SECONDS)
                connection.execute("SELECT 1")


def _parameters() -> dict[str, Any]:
    from django.db import connection

    parameters: dict[str, Any] = connection.get_connection_params()
    # Those of Django's own use of a connection.
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    return {**parameters, "connect_timeout": 2}


class Connection(psycopg.Connection[Any]):
    """A connection that stops waiting for an answer once the server is known to be gone."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(_unless_gone(gen), interval, timeout)
        except Gone:
            self.close()
            raise


def _unless_gone(gen: Any) -> Any:
    """Hand on what psycopg's generator waits for; psycopg looks in at each interval."""
    try:
        waits_for = next(gen)
        while True:
            ready = yield waits_for
            if not ready and is_gone():
                raise Gone
            waits_for = gen.send(ready)
    except StopIteration as end:
        return end.value


def in_one_line(record: logging.LogRecord) -> bool:
    """A filter of the log: where a request was when the database went says nothing about why."""
    if record.exc_info and is_unreachable(record.exc_info[1]):
        record.exc_info = None
    return True
