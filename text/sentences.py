"""The sentences of a Markdown text, and their words."""

import re

from text.markdown import without_markup

BLOCK_BREAK = re.compile(r"\n[^\S\n]*\n\s*|\n(?=[^\S\n]*(?:[-*]|\d+\.)\s)")
SENTENCE_END = re.compile(r"([.!?][\"”’)]*) (?=[\"“‘(]?[A-Z0-9À-Þ])")
ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|vs|approx|St|Mt|Dr|No)\.")


def sentences(markdown: str) -> list[str]:
    """The sentences of a text. A list item is one at least; an abbreviation ends none."""
    found: list[str] = []
    for block in BLOCK_BREAK.split(markdown):
        text = ABBREVIATION.sub(lambda match: match[0][:-1], without_markup(block))
        found += SENTENCE_END.sub(r"\1\n", " ".join(text.split())).split("\n")
    return [sentence for sentence in found if sentence.strip(" .")]


# As SENTENCE_END, before anything is taken out of the text: a citation may follow the stop.
END_IN_MARKDOWN = re.compile(r"[.!?][\"”’)]*(?: ?\[\^\d+\])* (?=[\"“‘(*]*[A-Z0-9À-Þ])")


def itemised(markdown: str) -> str:
    """A text of one paragraph as a Markdown list, a sentence an item; any other text as it is."""
    if BLOCK_BREAK.search(markdown.strip()) or re.match(r"\s*(?:[-*>]|#+|\d+\.) ", markdown):
        return markdown
    text, items, begun = " ".join(markdown.split()), [], 0
    for end in END_IN_MARKDOWN.finditer(text):
        if not ABBREVIATION.search(text, end.start() - 7, end.start() + 1):
            items.append(text[begun : end.end()].strip())
            begun = end.end()
    return "\n".join(f"- {item}" for item in [*items, text[begun:]])


def words(markdown: str) -> list[str]:
    runs = re.findall(r"[\w’'./%-]+", without_markup(markdown))
    return [run for run in runs if re.search(r"\w", run)]
