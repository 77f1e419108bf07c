"""At which age a text reads well."""

import re
from collections.abc import Iterable

from text.markdown import without_markup
from text.sentences import sentences, words

SPOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d[\d.,:]*")
VOWELS = re.compile("[aeiouyà-ü]+")
# The e that nobody hears: of “mile”, “miles” and “tired”, not of “muscle”, “paces” and “rested”.
SILENT = re.compile(r"(?<![aeiouy])(?<![^aeiouy][lr])(?:e|(?<![td])ed|(?<![cgsxz])(?<![cs]h)es)$")
# Said apart: “medial” but “special”, “going”, “enthusiasm”, “rhythm”.
APART = re.compile(r"(?<![tsc])i[ao]|(?<=[eoy])ing|(?<=s)m$|thm$")


def syllables(word: str) -> int:
    """As its spelling tells, which of one word may be wrong and of a page hardly is."""
    if word.isupper():
        return len(word)
    low = word.lower()
    found = [len(pattern.findall(low)) for pattern in (VOWELS, APART, SILENT)]
    return max(1, found[0] + found[1] - found[2])


# Below this a figure would say more about chance than about the text.
MEASURABLE_WORDS = 30


def reading_age(text: str, names: Iterable[str]) -> float | None:
    """Years of age at which a text reads well: Flesch-Kincaid grade plus five. None: too short.

    A hint, and blind to meaning. The term's own names are not counted: a page can't avoid them.
    """
    longest_first = sorted(names, key=len, reverse=True)
    own = "|".join(re.escape(name) for name in longest_first)
    without = re.sub(rf"(?<!\w)(?:{own})s?(?!\w)", "it", without_markup(text), flags=re.IGNORECASE)
    count = len(words(without))
    if count < MEASURABLE_WORDS:
        return None
    per_sentence = count / len(sentences(text))
    per_word = sum(map(syllables, SPOKEN.findall(without))) / count
    return 0.39 * per_sentence + 11.8 * per_word - 15.59 + 5
