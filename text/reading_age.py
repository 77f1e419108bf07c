"""At which age a text reads well."""

import re
from collections.abc import Iterable

from text.markdown import without_markup
from text.sentences import sentences, words

# Below this a figure would say more about chance than about the text.
MEASURABLE_WORDS = 30


def reading_age(text: str, names: Iterable[str]) -> float | None:
    """Years of age at which a text reads well: Flesch-Kincaid grade plus five. None: too short.

    A hint, and blind to meaning. The term's own names are not counted: a page can't avoid them.
    """
    # Its dictionary takes a second to read, and no page for readers needs it.
    import textstat  # noqa: PLC0415

    longest_first = sorted(names, key=len, reverse=True)
    own = "|".join(re.escape(name) for name in longest_first)
    without = re.sub(rf"(?<!\w)(?:{own})s?(?!\w)", "it", without_markup(text), flags=re.IGNORECASE)
    count = len(words(without))
    if count < MEASURABLE_WORDS:
        return None
    # textstat's own grade would end a sentence inside every “3.5 km”, and none at a list item.
    per_sentence = count / len(sentences(text))
    per_word: float = textstat.syllable_count(without) / count
    return 0.39 * per_sentence + 11.8 * per_word - 15.59 + 5
