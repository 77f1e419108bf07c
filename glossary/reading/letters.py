"""Words by their first letter: the headings of A to Z, and the filter of a shelf."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest

from glossary.models import DIGITS, TermQuerySet

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# What is said again of a letter that nobody has; an address may carry a whole essay.
LONGEST_ECHO = 20


def letter_counts(terms: TermQuerySet) -> dict[str, int]:
    """How many of the terms begin with each letter that has any, digits first."""
    counted: Any = terms.with_letter()
    return dict(counted.order_by("letter").values_list("letter").annotate(count=Count("pk")))


def as_letter(text: str) -> str:
    """A letter as readers and programs type it: "k" for K, "0-9" for the digits."""
    letter = text.replace("\x00", "").strip()[:LONGEST_ECHO].upper()
    return DIGITS if letter == "0-9" else letter


def asked_letter(request: HttpRequest) -> str:
    return as_letter(request.GET.get("letter", ""))
