"""Two texts side by side, with the words marked that only one of them has."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

# Words with the space behind them, so that what is marked is a word; lines end on their own.
WORD = re.compile(r"\n|\S+[^\S\n]*|[^\S\n]+")


# Some two seconds. A page rewritten from end to end takes less; beyond it, lines are compared.
MOST_STEPS = 20_000_000


def _steps(left: list[str], right: list[str]) -> int:
    """How many the comparison may take at worst: each pair of equal words, for each word."""
    if left == right:
        return 0
    counts = Counter(right)
    return (len(right) + sum(counts[word] for word in left)) * min(len(left), len(right))


def changes(old: str, new: str) -> Iterator[tuple[str, str]]:
    """What became of the old text, word by word, as ("same" or "del" or "ins", words)."""
    left, right = WORD.findall(old), WORD.findall(new)
    if _steps(left, right) > MOST_STEPS:
        left, right = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if _steps(left, right) > MOST_STEPS:
        left, right = [old], [new]
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        pairs = (
            [("same", left[a:b])] if kind == "equal" else [("del", left[a:b]), ("ins", right[c:d])]
        )
        yield from ((name, "".join(words)) for name, words in pairs if words)


def marked(old: list[str], new: list[str]) -> tuple[SafeString, SafeString]:
    """HTML of both: <del> around what only the old has, <ins> around what only the new has."""
    pieces = list(changes("\n".join(old), "\n".join(new)))
    return _html(pieces, "del"), _html(pieces, "ins")


def _html(pieces: list[tuple[str, str]], shown: str) -> SafeString:
    tags = [
        ("span", words) if name == "same" else (name, words)
        for name, words in pieces
        if name in {"same", shown}
    ]
    return format_html_join("", "<{0}>{1}</{0}>", tags)
