"""Texts as they are kept: the same in the database, in a file and in a spreadsheet."""

import re

BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Control characters, half characters and noncharacters: no YAML, XML or database has them all.
UNKEEPABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)


def tidy(text: str) -> str:
    """Without space around it, with plain line breaks, and without what a file can't hold."""
    return UNKEEPABLE.sub("", BREAK.sub("\n", text)).strip()
