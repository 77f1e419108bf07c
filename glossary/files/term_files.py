"""The shape of a term's file."""

import datetime
from pathlib import Path
from typing import Any

from glossary.parts import PARTS

CONTENT = Path(__file__).parent.parent / "content"

SHAPES_OF_PARTS = {f"{part.key}{'?' * part.is_optional}": [part.shape] for part in PARTS}

TERM: dict[str, Any] = {
    "title": str,
    "category": str,
    "definition": str,
    "aliases?": SHAPES_OF_PARTS["aliases?"],
    "link_title?": bool,
    "unlinked_words?": [str],
    "race_query?": str,
    **SHAPES_OF_PARTS,
    "no_urgent_level?": bool,
    "formerly?": [str],
    "reviewed_by?": str,
    "reviewed_on?": datetime.date,
    "state?": str,
    "publish_at?": datetime.datetime,
    "first_published_at?": datetime.datetime,
    "changed_on": datetime.date,
    "change_note?": str,
}
