"""Searches that found nothing: words to write."""

from django.db import connection
from django.utils import timezone

from text.names import fold

LENGTH = 100
# A stranger can't fill the table: beyond these, what was asked once and longest ago makes room.
MOST_ROWS = 5000


def record(query: str) -> None:
    """Count one more search that found nothing. Keeps the words, and nothing about who asked."""
    words = fold(query)[:LENGTH].strip()
    if not words:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM glossary_missedsearch WHERE id = (
                SELECT id FROM glossary_missedsearch ORDER BY count, last_asked_at LIMIT 1)
            AND (SELECT count(*) FROM glossary_missedsearch) >= %(most)s
            AND NOT EXISTS (SELECT 1 FROM glossary_missedsearch WHERE query = %(words)s)
            """,
            {"words": words, "most": MOST_ROWS},
        )
        # One statement, because two people may miss the same word at once.
        cursor.execute(
            """
            INSERT INTO glossary_missedsearch AS missed
                (query, count, first_asked_at, last_asked_at)
            VALUES (%(words)s, 1, %(now)s, %(now)s)
            ON CONFLICT (query) DO UPDATE
                SET count = missed.count + 1, last_asked_at = excluded.last_asked_at
            """,
            {"words": words, "now": timezone.now()},
        )
