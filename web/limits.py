"""How often a stranger may do something, counted without keeping who they are.

A row holds a hash, a number and the end of a whole hour or so: neither an address nor the moment of
a visit, which would tell whose feedback came in just then. The hash is made with a salt that lasts
a day and is then deleted.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from web.models import DaySalt, RateLimit

HOUR = timedelta(hours=1)


def allows(request: HttpRequest, action: str, most: int, per: timedelta = HOUR) -> bool:
    """Count this visitor's action; False once there were more than `most` in the running period.

    Periods begin on the full hour, so that at worst twice as many fit around one.
    """
    return allows_to(_network(request), action, most, per)


def allows_to(whom: str, action: str, most: int, per: timedelta = HOUR) -> bool:
    """The same of what is done to somebody, such as mail to an address."""
    now = timezone.now()
    number = (now - datetime.min.replace(tzinfo=UTC)) // per
    ends_at = datetime.min.replace(tzinfo=UTC) + (number + 1) * per
    key = hashed(f"{action} {number} {whom}")
    with connection.cursor() as cursor:
        # One statement, because two of a program's requests come at once.
        cursor.execute(
            """
            INSERT INTO web_ratelimit AS so_far (key, count, ends_at) VALUES (%s, 1, %s)
            ON CONFLICT (key) DO UPDATE SET count = so_far.count + 1 RETURNING count
            """,
            [key, ends_at],
        )
        count: int = cursor.fetchone()[0]
    return count <= most


def _network(request: HttpRequest) -> str:
    """The visitor's address; of IPv6 the half that one household has, which fills the other."""
    # The adapter knows how many proxies of ours stand before the site.
    address = ip_address(get_adapter(request).get_client_ip(request))
    return str(ip_network((address, 64 if address.version == 6 else 32), strict=False))


def hashed(text: str) -> str:
    """The text as nobody can read it any more once today is over."""
    secret = settings.SECRET_KEY.encode() + _salt_of_today()
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def _salt_of_today() -> bytes:
    today = timezone.localdate()
    row = DaySalt.objects.filter(pk=today).first()
    if row is None:
        DaySalt.objects.bulk_create(
            [DaySalt(day=today, salt=secrets.token_bytes(32))], ignore_conflicts=True
        )
        row = DaySalt.objects.get(pk=today)
    return bytes(row.salt)


def cache_key(key: Any, prefix: str, version: int) -> str:
    """The KEY_FUNCTION of the cache, where allauth counts tries under an address in clear."""
    return hashed(f"{prefix}:{version}:{key}")


def forget() -> None:
    """Delete what has expired. The worker does so every hour."""
    DaySalt.objects.filter(day__lt=timezone.localdate()).delete()
    RateLimit.objects.filter(ends_at__lte=timezone.now()).delete()
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [timezone.now()])  # noqa: S608
