"""Numbers as people write them: with a comma or a point, in groups of three, with a unit.

Of one separator and three digits behind it nobody can tell from the number alone what is meant:
“42,195” is a marathon, “1,000” a thousand. Whoever asks knows the size that makes sense.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

# Longer than any number that a form wants; Decimal takes its time over a million digits.
LONGEST = 40
# The marks of Arabic numbers, the wide ones of Japanese, and the apostrophe of Swiss ones.
SAME_AS = str.maketrans(
    {"٫": ",", "٬": " ", "，": ",", "．": ".", "：": ":", "’": " ", "'": " ", "−": "-"}
)
PLAIN = re.compile(r"\d+")
GROUPED = re.compile(r"\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3})+|(?: \d{3})+)")
DECIMAL = re.compile(r"(.*?)([.,])(\d+)")
UNIT = re.compile(r"(.*\d)\s*(\D+?)\.?")


@dataclass(frozen=True)
class Read:
    """What a number may mean: mostly one value, two when a separator can be taken either way."""

    as_decimal: Decimal | None = None
    as_thousands: Decimal | None = None

    @property
    def all(self) -> list[Decimal]:
        return [value for value in (self.as_decimal, self.as_thousands) if value is not None]


def tidy(text: str) -> str:
    """With the digits 0 to 9 whatever their script, and single plain spaces."""
    # Not NFKC, which makes 102 of “10²”.
    digits = (str(unicodedata.digit(c)) if c.isdecimal() else c for c in text.translate(SAME_AS))
    return " ".join("".join(digits).split())


def read_number(text: str) -> Read:
    """Both meanings of what was typed, neither when it is no number."""
    number = tidy(text[:LONGEST]) if len(text.strip()) <= LONGEST else ""
    sign = Decimal(-1 if number.startswith("-") else 1)
    number = number.removeprefix("-").removeprefix("+").strip()
    decimal, thousands = _as_decimal(number), _as_thousands(number)
    return Read(
        None if decimal is None else sign * decimal,
        None if thousands is None or thousands == decimal else sign * thousands,
    )


def _as_thousands(number: str) -> Decimal | None:
    return Decimal(re.sub("[,. ]", "", number)) if _is_grouped(number) else None


def _is_grouped(number: str) -> bool:
    # No group begins with a nought: “0,500” is half.
    return bool(GROUPED.fullmatch(number)) and not number.startswith("0")


def _as_decimal(number: str) -> Decimal | None:
    if PLAIN.fullmatch(number):
        return Decimal(number)
    parts = DECIMAL.fullmatch(number)
    if parts is None:
        return None
    whole, mark, rest = parts.groups()
    if not whole or PLAIN.fullmatch(whole):
        return Decimal(f"{whole or 0}.{rest}")
    if _is_grouped(whole) and mark not in whole:
        return Decimal(f"{re.sub('[,. ]', '', whole)}.{rest}")
    return None


def split_unit(text: str) -> tuple[str, str]:
    """“26.2 miles” as ("26.2", "miles"); the unit in lower case, empty when there is none."""
    found = UNIT.fullmatch(tidy(text))
    unit = found[2].casefold() if found else ""
    # Not \w in the pattern, which takes “¼” for a letter.
    return (found[1], unit) if found and unit.isalpha() else (text, "")


def plain(number: Decimal) -> str:
    """Without noughts at the end: 160.90 -> “160.9”."""
    return f"{number.normalize():f}"


HOURS = [
    re.compile(r"(?P<hours>\d{1,3})"),
    re.compile(r"(?P<hours>\d{1,3}) ?: ?(?P<minutes>[0-5]\d)(?: ?h)?"),
    re.compile(r"(?P<hours>\d{1,3}) ?(?:h|hrs?|hours?)(?: ?(?P<minutes>[0-5]?\d)(?: ?min)?)?"),
    # Not “1.30”, which many write for an hour and a half.
    re.compile(r"(?P<hours>\d{1,3})[.,](?P<tenths>\d)(?: ?(?:h|hrs?|hours?))?"),
    re.compile(r"(?P<minutes>\d{1,4}) ?min(?:ute)?s?"),
]


def read_hours(text: str) -> int | None:
    """The minutes in “7:30”, “7 h 30”, “7,5 h” or “450 min”; a bare number is hours."""
    typed = tidy(text[:LONGEST]).casefold()
    for shape in HOURS:
        if found := shape.fullmatch(typed):
            part = {name: int(number or 0) for name, number in found.groupdict().items()}
            hours, tenths = part.get("hours", 0), part.get("tenths", 0)
            return hours * 60 + tenths * 6 + part.get("minutes", 0)
    return None
