"""Telling a database that went from a request that it could not answer."""

from django.db import InterfaceError, OperationalError


def is_unreachable(error: BaseException | None) -> bool:
    """Whether that is why a request failed, rather than what was asked of the database."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    # Without a code it is the connection's own end; then being shut down, started, or full.
    code = getattr(error.__cause__, "sqlstate", None)
    return code is None or code[:2] == "08" or code in {"57P01", "57P02", "57P03", "53300"}
