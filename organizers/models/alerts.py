"""Searches whose news somebody has asked for by mail."""

import secrets

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from races.search.criteria import RaceSearch
from web.addresses import absolute

QUERY_LENGTH = 2_000


def new_key() -> str:
    return secrets.token_urlsafe(32)


class Alert(models.Model):
    """A race search, and the address that is told what is new, moved or off in it.

    It is forgotten unless the address is confirmed; afterwards it lasts until it is ended.
    """

    email = models.EmailField("address")
    # As RaceSearch.to_query() has it, without an order.
    query = models.CharField("search", max_length=QUERY_LENGTH)
    # Whoever has it may end the alert: it stands in each mail, and never expires.
    key = models.CharField(max_length=43, default=new_key, editable=False)
    asked_at = models.DateTimeField("last asked to confirm")
    confirmed_at = models.DateTimeField(null=True)
    # Of each edition in the search what was last told: {key: [start date, precision, status]}.
    told = models.JSONField(default=dict, editable=False)
    # Until then there is no mail; afterwards as soon as there is news.
    quiet_until = models.DateTimeField("no mail before", null=True)

    class Meta:
        ordering = ["email", "pk"]
        indexes = [models.Index(fields=["quiet_until"], name="alert_by_its_next_mail")]
        constraints = [
            models.UniqueConstraint(fields=["email", "query"], name="alert_once"),
            models.UniqueConstraint(fields=["key"], name="alert_key_once"),
            models.CheckConstraint(
                condition=Q(email=Lower(F("email"))), name="alert_address_in_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, quiet_until=None)
                | Q(confirmed_at__isnull=False, quiet_until__isnull=False),
                name="alert_looks_once_confirmed",
            ),
        ]

    def __str__(self) -> str:
        # Without the address: the admin keeps a line of what was deleted.
        return f"Alert {self.pk}"

    @property
    def search(self) -> RaceSearch:
        return RaceSearch.from_query(self.query)

    @property
    def end_address(self) -> str:
        return absolute(reverse("alerts:end", args=[self.key]))
