"""Where made pages are kept by setting: a Redis, which all processes and machines share.

It may be gone, slow or full at any time: then a page is made afresh, as if it had not been kept.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from web.keeping import Kept

logger = logging.getLogger(__name__)

# A page is made in less than it would be worth waiting for one.
PATIENCE_SECONDS = 0.25
# For so long one that did not answer is not asked again, by any thread of this process.
REST_SECONDS = 5
LOG_SECONDS = 60


class AsBytes:
    """A kept page as bytes: its headers and the lengths of its bodies, a line break, the bodies.

    Django's own way is pickle, by which whoever writes into the Redis could run code here.
    """

    def dumps(self, page: Kept) -> bytes:
        lengths = {coding: len(body) for coding, body in page.bodies.items()}
        head = json.dumps([page.headers, lengths]).encode()
        return b"\n".join([head, b"".join(page.bodies.values())])

    def loads(self, data: bytes) -> Kept:
        head, _, rest = data.partition(b"\n")
        headers, lengths = json.loads(head)
        page = Kept(headers)
        for coding, length in lengths.items():
            page.bodies[coding], rest = rest[:length], rest[length:]
        return page


class _Redis:
    """What this process last saw of it."""

    rests_until = float("-inf")
    logged_at = float("-inf")


class RedisPageStore(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "serializer": AsBytes,
            "socket_timeout": PATIENCE_SECONDS,
            "socket_connect_timeout": PATIENCE_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        }
        super().__init__(server, {**params, "OPTIONS": options})

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _asked(lambda: super(RedisPageStore, self).get(key, default, version), default)

    def set(
        self,
        key: Any,
        value: Any,
        timeout: float | None | Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        _asked(lambda: super(RedisPageStore, self).set(key, value, timeout, version), None)


def _asked(ask: Callable[[], Any], default: Any) -> Any:
    now = time.monotonic()
    if now < _Redis.rests_until:
        return default
    try:
        return ask()
    except RedisError as error:
        _Redis.rests_until = now + REST_SECONDS
        if now - _Redis.logged_at >= LOG_SECONDS:
            _Redis.logged_at = now
            logger.warning("The Redis of kept pages fails, pages are made afresh: %s", error)
        return default
