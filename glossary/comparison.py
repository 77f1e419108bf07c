"""Two texts side by side, with the words marked that only one of them has."""

import re
from difflib import SequenceMatcher

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# Words with the space behind them, so that what is marked is a word; lines end on their own.
WORD = re.compile(r"\n|\S+[^\S\n]*|[^\S\n]+")


def marked(old: list[str], new: list[str]) -> tuple[SafeString, SafeString]:
    """HTML of both: <del> around what only the old has, <ins> around what only the new has."""
    left, right = (WORD.findall("\n".join(lines)) for lines in (old, new))
    old_html, new_html = [], []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        old_words, new_words = "".join(left[a:b]), "".join(right[c:d])
        if kind == "equal":
            old_html.append(format_html("{}", old_words))
            new_html.append(format_html("{}", new_words))
            continue
        if old_words:
            old_html.append(format_html("<del>{}</del>", old_words))
        if new_words:
            new_html.append(format_html("<ins>{}</ins>", new_words))
    # Each piece was escaped by format_html.
    return mark_safe("".join(old_html)), mark_safe("".join(new_html))  # noqa: S308
