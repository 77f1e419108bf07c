"""The shape of a term's file."""

import datetime
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent.parent / "content"

TERM: dict[str, Any] = {
    "title": str,
    "category": str,
    "definition": str,
    "aliases?": [{"name": str, "kind": str, "never_link?": bool}],
    "link_title?": bool,
    "unlinked_words?": [str],
    "race_query?": str,
    "key_facts": [{"headline": str, "detail": str, "source?": int}],
    "tips": [str],
    "faqs": [{"question": str, "answer": str}],
    "related": [{"term": str, "kind?": str, "note?": str}],
    "sources": [{"title": str, "publisher?": str, "url": str, "year?": int}],
    "care_advice?": [{"level": str, "text": str}],
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
