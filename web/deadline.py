"""An end to what one request may take: its queries stop, and what was written is undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic
from typing import Any

from django.db import connection

_end = ContextVar("end", default=inf)


class TookTooLong(Exception):  # noqa: N818 - reads as what it is
    pass


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TookTooLong at the first query, or check(), after this time."""
    token = _end.set(monotonic() + seconds)
    try:
        with connection.execute_wrapper(_checked):
            yield
    finally:
        _end.reset(token)


def check() -> None:
    """For stretches that ask the database nothing."""
    if monotonic() > _end.get():
        raise TookTooLong


def _checked(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    # Undoing is for when it is too late.
    if not sql.startswith("ROLLBACK"):
        check()
    return execute(sql, params, many, context)
