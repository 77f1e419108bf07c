"""Where made pages are kept: Django's cache interface, bounded in bytes, least used out first."""

import threading
import time
from collections import OrderedDict
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

# Of what Python and the key take beside the bodies.
OVERHEAD = 2048


class Shelf:
    """What all threads share of one LOCATION: Django makes a cache object for each of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: OrderedDict[str, tuple[float, Any]] = OrderedDict()
        self.size = 0


_shelves: dict[str, Shelf] = {}


class PageStore(BaseCache):
    """In this process. Django's own memory cache counts entries and pickles each one.

    What is kept tells its `size` in bytes.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.limit: int = params["OPTIONS"]["MAX_BYTES"]
        self.shelf = _shelves.setdefault(location, Shelf())

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        key = self.make_and_validate_key(key, version)
        with self.shelf.lock:
            ends, value = self.shelf.kept.get(key, (0.0, None))
            if ends <= time.monotonic():
                self._drop(key)
                return default
            self.shelf.kept.move_to_end(key)
        return value

    def set(
        self,
        key: Any,
        value: Any,
        timeout: float | object | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        key = self.make_and_validate_key(key, version)
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        ends = float("inf") if seconds is None else time.monotonic() + float(seconds)  # type: ignore[arg-type]
        with self.shelf.lock:
            self._drop(key)
            self.shelf.kept[key] = (ends, value)
            self.shelf.size += value.size + OVERHEAD
            while self.shelf.size > self.limit:
                self._drop(next(iter(self.shelf.kept)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        with self.shelf.lock:
            return self._drop(self.make_and_validate_key(key, version))

    def clear(self) -> None:
        with self.shelf.lock:
            self.shelf.kept.clear()
            self.shelf.size = 0

    def _drop(self, key: str) -> bool:
        _, value = self.shelf.kept.pop(key, (0.0, None))
        if value is None:
            return False
        self.shelf.size -= value.size + OVERHEAD
        return True
