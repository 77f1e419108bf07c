"""Names as readers type them: what counts as the same name."""

import re
import unicodedata


def fold(text: str) -> str:
    """Lower case, without accents and apostrophes; every other mark becomes a space.

    "Morton’s Neuroma" -> "mortons neuroma", "VO₂max" -> "vo2max", "Pre-Race" -> "pre race".
    """
    decomposed = unicodedata.normalize("NFKD", text.replace("\x00", "")).casefold()
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+|_", " ", re.sub(r"['’‘`´]", "", bare)).split())


def name_key(text: str) -> str:
    """What makes two names the same name: "VO2 max", "VO2-Max" and "vo2max" share one key."""
    return fold(text).replace(" ", "")
