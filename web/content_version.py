"""The content version: one stamp of all that public pages are made of, which commits move.

A trigger on each public table notes the transaction that writes to it, whoever it is: admin,
loader, worker or psql. The note is seen exactly when the change is, which no time and no sequence
is: an earlier `updated_at` may be committed later. No writer waits for another, as for a counter.
The version is the number of statements noted; `fold` sums them up in one row.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, migrations, transaction
from django.db.models import BigIntegerField, F, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from web.models import ContentChange, ContentVersion


class Version(NamedTuple):
    """Two that are equal were made of the same rows."""

    epoch: uuid.UUID
    number: int


def current() -> Version:
    """The version of what is committed now. What is read after it is of it or of a later one.

    In a transaction that has changed public rows it is one that may never be: keep nothing by it.
    """
    # In SQL, since every page that is made asks twice: Django would take longer than PostgreSQL.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT epoch, folded + (SELECT coalesce(sum(statements), 0) FROM web_contentchange)"
            " FROM web_contentversion"
        )
        epoch, number = cursor.fetchone()
    return Version(epoch, int(number))


def settled_at() -> datetime | None:
    """Since when nothing has changed; None where that can't be told.

    HTTP dates have whole seconds: a page of the present one may have been seen before and after.
    """
    row = _with_waiting()
    second: datetime = row.folded_at.replace(microsecond=0)
    is_over = timezone.now() >= second + timedelta(seconds=1)
    return second if is_over and not row.waiting else None


def _with_waiting() -> Any:
    notes = ContentChange.objects.order_by().annotate(one=Value(1)).values("one")
    number = Subquery(notes.annotate(number=Sum("statements")).values("number"))
    # In one statement, which sees the notes either before they are folded or after.
    waiting = Coalesce(number, 0, output_field=BigIntegerField())
    return ContentVersion.objects.annotate(waiting=waiting).get()


@transaction.atomic
def fold() -> None:
    """Sum the notes up in the one row. The worker does so every minute."""
    ContentVersion.objects.select_for_update().get()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM web_contentchange RETURNING statements")
        statements = sum(row[0] for row in cursor.fetchall())
    if statements:
        ContentVersion.objects.update(folded=F("folded") + statements, folded_at=timezone.now())


def renew() -> None:
    """To be called once a backup was restored: no version from before is one from now on."""
    ContentVersion.objects.update(epoch=uuid.uuid4(), folded_at=timezone.now())


def watch(*tables: str) -> migrations.RunSQL:
    """The step of a migration that makes these tables public ones, as a later table must be too."""
    return migrations.RunSQL(
        "".join(
            f"CREATE TRIGGER content_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION web_content_changed();"
            for table in tables
        ),
        "".join(f"DROP TRIGGER content_changed ON {table};" for table in tables),
    )
