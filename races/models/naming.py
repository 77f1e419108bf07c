"""What a race may be called, and which of two writers of one name is the first."""

import unicodedata

from django.db import connection

from text.names import name_key

# A ligature may unfold into twenty letters.
KEY_LENGTH = 200


def race_key(name: str) -> str:
    """In which form two names of races are the same name; never empty, not even for an emoji."""
    return (name_key(name) or name.strip().casefold())[:KEY_LENGTH]


def is_latin(name: str) -> bool:
    """Whether a reader of Latin letters can read it: most of its letters are such."""
    letters = [c for c in unicodedata.normalize("NFKC", name) if c.isalpha()]
    latin = [c for c in letters if unicodedata.name(c, "").startswith("LATIN ")]
    return len(latin) * 2 > len(letters)


def lock_names() -> None:
    """Until the transaction ends, so that the later of two who give a race the same name or
    address sees the first's, and is told so in words.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('races.names'))")
