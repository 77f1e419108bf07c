"""The stored part of the race search: made by the worker where there are many races.

To read a million editions from the tables takes a minute; to take up what the worker stored, a
second or two. What has changed since is known from the notes that triggers write, whoever changed
it: those of the transactions that its snapshot does not have.
"""

import io
from typing import NamedTuple

import numpy as np
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Length

from races.models import ChangedRace, Edition, SearchBase, SearchBasePart
from races.search import segment
from races.search.segment import Segment
from web import content_version

# A base is worth making once so many races have changed since the last, or are there at all.
WORTH = 1_000
# What can be read from the tables while somebody waits.
MOST = 20_000
PART_BYTES = 4 * 2**20


class NotReady(OperationalError):
    """Nothing true can be said until the worker has made a base: the site answers 503."""


class State(NamedTuple):
    """The base of now, and what has changed since. Without a base, `number` is None."""

    number: int | None
    # How many notes there are of it: of one base there come only more.
    notes: int
    changed: list[int]


def state() -> State:
    # In one statement: the worker may replace the base meanwhile, and throws the notes away.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT base.id, count(note.id), coalesce(array_agg(DISTINCT note.race)
                FILTER (WHERE note.id IS NOT NULL), '{}')
            FROM (SELECT * FROM races_searchbase WHERE columns = %s ORDER BY id DESC LIMIT 1) base
            JOIN web_contentversion version ON version.epoch = base.epoch
            LEFT JOIN races_changedrace note ON NOT pg_visible_in_snapshot(
                note.transaction::text::xid8, base.snapshot::pg_snapshot)
                OR note.transaction = pg_current_xact_id_if_assigned()::text::bigint
            GROUP BY base.id
            """,
            [segment.columns()],
        )
        row = cursor.fetchone()
    return State(*row) if row else State(None, 0, [])


def stored_bytes() -> int:
    sizes = SearchBasePart.objects.annotate(size=Length("data"))
    return sum(sizes.values_list("size", flat=True))


def load(number: int) -> Segment:
    data = io.BytesIO()
    parts = SearchBasePart.objects.filter(base=number).values_list("data", flat=True)
    for part in parts.iterator(chunk_size=1):
        data.write(part)
    if not data.tell():
        raise NotReady("The base of the race search was replaced meanwhile.")
    data.seek(0)
    with np.load(data, allow_pickle=False) as stored:
        return segment.of_arrays({name: stored[name] for name in stored.files})


def read(races: list[int] | None) -> Segment:
    """From the tables: these races, or all."""
    if races is None:
        upcoming = Edition.objects.published().upcoming().order_by()
        many = upcoming[: MOST + 1].count()
    else:
        many = len(races)
    if many > MOST:
        raise NotReady("The worker has not made a base of the race search yet.")
    return segment.read(races)


def renew() -> bool:
    """Make a base if it is worth it; otherwise see that no notes are left that nobody needs."""
    now = state()
    if now.number is None:
        upcoming = Edition.objects.published().upcoming().order_by()
        is_due = upcoming[: WORTH + 1].count() > WORTH
    else:
        is_due = len(now.changed) > WORTH
    if is_due:
        make()
    elif now.number is None:
        ChangedRace.objects.all().delete()
    return is_due


@transaction.atomic
def make() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        # First: what is committed while this reads is among the notes as well.
        cursor.execute("SELECT pg_current_snapshot()::text")
        (snapshot,) = cursor.fetchone()
    epoch = content_version.current().epoch
    data = io.BytesIO()
    np.savez(data, **segment.arrays(segment.read()))  # type: ignore[arg-type]
    SearchBase.objects.all().delete()
    base = SearchBase.objects.create(epoch=epoch, snapshot=snapshot, columns=segment.columns())
    for number, start in enumerate(range(0, data.tell(), PART_BYTES)):
        part = data.getbuffer()[start : start + PART_BYTES]
        SearchBasePart.objects.create(base=base, number=number, data=bytes(part))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM races_changedrace"
            " WHERE pg_visible_in_snapshot(transaction::text::xid8, %s::pg_snapshot)",
            [snapshot],
        )
