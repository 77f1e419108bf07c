"""Names as readers type them: what counts as the same name."""

import re
import unicodedata


def fold(text: str) -> str:
    """Lower case, without accents and apostrophes; every other mark becomes a space.

    "Morton’s Neuroma" -> "mortons neuroma", "VO₂max" -> "vo2max", "Pre-Race" -> "pre race".
    """
    decomposed = unicodedata.normalize("NFKD", text.replace("\x00", "")).casefold()
    # Composed again are only letters that hold no accent: "が" is another letter than "か".
    bare = unicodedata.normalize("NFC", "".join(c for c in decomposed if not _is_accent(c)))
    return " ".join(re.sub(r"[^\w]+|_", _gap, re.sub(r"['’‘`´]", "", bare)).split())


def _is_accent(character: str) -> bool:
    """Whether it is a mark that readers leave out, of Latin, Greek, Cyrillic, Arabic or Hebrew.

    The vowel signs of Hindi and Thai are combining marks too; without them words fall together.
    """
    place = unicodedata.combining(character)
    return place == 1 or 10 <= place <= 36 or place >= 200


def _gap(match: re.Match[str]) -> str:
    # Python's \w holds no vowel sign. What chooses how an emoji looks (FE0F) is no letter.
    kept = (
        c if unicodedata.category(c) in {"Mn", "Mc"} and not 0xFE00 <= ord(c) <= 0xFE0F else " "
        for c in match[0]
    )
    return " " if match[0].isascii() else "".join(kept)


def name_key(text: str) -> str:
    """What makes two names the same name: "VO2 max", "VO2-Max" and "vo2max" share one key."""
    return fold(text).replace(" ", "")
