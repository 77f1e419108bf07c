"""Linking the first mention of each term in the texts of a page. Knows no database.

A name is a title or an alias. Two spellings are the same name when text.names.name_key says so,
hence "VO2 max", "VO2-max" and "vo2max" all find the same term.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from markdown_it.token import Token

from text.names import name_key

# A letter or digit, with the accents that may follow it.
_LETTER = r"(?:[^\W_]|[\u0300-\u036f])"
LETTER = re.compile(_LETTER)
WORD = re.compile(rf"{_LETTER}+(?:['’‘´]{_LETTER}+)*")
# What may stand between two words of one name. A comma, a stop or a spaced dash parts them.
JOINT = re.compile(r"['’]?\s+|[-‐‑–/+]|%\s|\s&\s")
# "we'll" must not be read as "well".
CONTRACTION = re.compile(r"['’‘´](?:d|ll|m|re|t|ve)$", re.IGNORECASE)
PIECE = re.compile(r"\S+")
# "1.5K", "example.com", "taper-like", "half- and": the word is part of something longer.
GLUED_BEFORE = re.compile(r"[^\W_][-‐‑.,]$|_$")
GLUED_AFTER = re.compile(r"[-‐‑_]|[.,][^\W_]")
# Stands for what is no text, such as code. No name holds it.
OBJECT = "\ufffc"
TEXT = {"text", "softbreak"}
MARKS = {"em_open", "em_close", "strong_open", "strong_close", "link_open", "link_close"}
# What a plural or possessive adds to a name, what it takes away, and which names it fits.
ENDINGS = (
    ("", "", re.compile(r"")),
    ("s", "", re.compile(r"")),
    ("es", "", re.compile(r"(?:s|x|z|o|ch|sh)$")),
    ("ies", "y", re.compile(r"[^aeiou]y$")),
)
LONGEST_ENDING = 2
BEGINNING = 5


@dataclass(frozen=True, slots=True)
class LinkableName:
    """A name that links to a term; `key` is its name_key."""

    pk: int
    key: str
    # Empty, unless only the same capitals mean this name: RICE is not rice.
    letters: str = ""


class LinkableNames:
    """All names to look for, and the address of each term."""

    def __init__(
        self, addresses: Mapping[int, str], names: Iterable[tuple[int, str, str, bool]]
    ) -> None:
        """`names` are (term's id, name_key of the name, name, whether it is an abbreviation)."""
        self.addresses = addresses
        self.pks = {address: pk for pk, address in addresses.items()}
        self.names: dict[str, LinkableName] = {}
        # How long the keys are that begin so. Few words begin a name.
        self.reach: dict[str, int] = {}
        for pk, key, name, is_abbreviation in names:
            # 13.1 has the key of 131, and neither is a word.
            if key.isdecimal():
                continue
            self.names[key] = LinkableName(pk, key, _capitals(name, is_abbreviation))
            # Of a short name, the plural may begin otherwise.
            plurals = (key + "s", key + "es", key[:-1] + "ies") if len(key) <= BEGINNING else ()
            for beginning in (form[:BEGINNING] for form in (key, *plurals)):
                self.reach[beginning] = max(self.reach.get(beginning, 0), len(key))

    def may_begin(self, key: str) -> bool:
        """Whether a name, or the plural of one, may begin with this key."""
        is_short = len(key) < BEGINNING
        return is_short or len(key) <= self.reach.get(key[:BEGINNING], 0) + LONGEST_ENDING

    def meant_by(self, key: str, written: str) -> LinkableName | None:
        """The name that these words mean, in the singular or the plural."""
        for ending, singular, fits in ENDINGS:
            if key.endswith(ending):
                stem = key[: len(key) - len(ending)] + singular
                name = self.names.get(stem)
                if name and fits.search(stem) and _is_cased(name, written, len(ending)):
                    return name
        return None


def _capitals(name: str, is_abbreviation: bool) -> str:
    letters = "".join(filter(str.isalnum, name))
    capitals = sum(map(str.isupper, letters))
    is_cased = capitals > 1 and (is_abbreviation or letters.isupper())
    return letters if is_cased else ""


def _is_cased(name: LinkableName, written: str, ending: int) -> bool:
    if not name.letters:
        return True
    letters = "".join(filter(str.isalnum, written))
    stem = letters[: len(letters) - ending]
    return stem == name.letters and not letters[len(stem) :].isupper()


@lru_cache(maxsize=1 << 16)
def _key(word: str) -> str:
    return "" if CONTRACTION.search(word) else name_key(word)


def link(
    texts: Sequence[Sequence[Token]],
    names: LinkableNames,
    *,
    own: int | None = None,
    vetoed: Collection[str] = (),
) -> list[int]:
    """Turn the first mention of each term in these parsed texts into a link, in their order.

    Returns the ids of the terms that the texts link to, also by links that were there before. The
    longest name wins. `own` is the page's own term; its name and the `vetoed` words stay plain, and
    no shorter name within them is linked instead.
    """
    inlines = [token for tokens in texts for token in _prose(tokens)]
    linked = dict.fromkeys(pk for token in inlines for pk in _linked_by_hand(token, names))
    linker = _Linker(names, own, {name_key(word) for word in vetoed}, linked)
    for token in inlines:
        linker.link(token)
    return [pk for pk in linked if pk != own]


def _prose(tokens: Sequence[Token]) -> Iterator[Token]:
    before = ""
    for token in tokens:
        if token.type == "inline" and before != "heading_open":
            yield token
        before = token.type


def _linked_by_hand(inline: Token, names: LinkableNames) -> Iterator[int]:
    for token in inline.children or ():
        if token.type == "link_open":
            address = re.split(r"[?#]", str(token.attrGet("href")))[0]
            if address in names.pks:
                yield names.pks[address]
                token.attrSet("data-preview", "")


@dataclass(slots=True)
class _Word:
    start: int
    end: int
    key: str
    # Words of different runs have a mark, such as the end of emphasis, between them.
    run: int


@dataclass
class _Linker:
    names: LinkableNames
    own: int | None
    vetoed: set[str]
    linked: dict[int, None]

    def link(self, inline: Token) -> None:
        children = inline.children or []
        text = "".join(map(_as_text, children))
        links = {start: (end, pk) for start, end, pk in self._mentions(text, children)}
        if links:
            inline.children = list(_with_links(children, links, self.names.addresses))

    def _mentions(self, text: str, children: Sequence[Token]) -> Iterator[tuple[int, int, int]]:
        words = list(_words(text, children))
        index = 0
        while index < len(words):
            found = self._longest(text, words, index)
            if found is None:
                index += 1
                continue
            name, last = found
            start, end = words[index].start, words[last].end
            index = last + 1
            is_plain = name.key in self.vetoed or name_key(text[start:end]) in self.vetoed
            if not is_plain and name.pk != self.own and name.pk not in self.linked:
                self.linked[name.pk] = None
                yield start, end, name.pk

    def _longest(
        self, text: str, words: list[_Word], first: int
    ) -> tuple[LinkableName, int] | None:
        """The longest name that begins with this word, and the index of its last word."""
        begin, found, key = words[first], None, ""
        for index in range(first, len(words)):
            word = words[index]
            is_apart = index > first and not JOINT.fullmatch(text, words[index - 1].end, word.start)
            if not word.key or word.run != begin.run or is_apart:
                break
            key += word.key
            if not self.names.may_begin(key):
                break
            name = self.names.meant_by(key, text[begin.start : word.end])
            if name and not GLUED_AFTER.match(text, word.end):
                found = name, index
        is_part = found and GLUED_BEFORE.search(text, max(0, begin.start - 2), begin.start)
        return None if is_part else found


def _as_text(token: Token) -> str:
    if token.type == "text":
        return token.content
    if token.type == "softbreak":
        return "\n"
    return "" if token.type in MARKS else OBJECT


def _words(text: str, children: Sequence[Token]) -> Iterator[_Word]:
    """The words that may be linked: those that stand in one piece, in no link and no address."""
    pieces = PIECE.finditer(text) if _is_address(text) else ()
    addresses = deque(match.span() for match in pieces if _is_address(match[0]))
    for run, (begin, end) in enumerate(_runs(children)):
        # Half a word is none: "**ta**per".
        goes_on = end < len(text) and LETTER.match(text, end)
        came_before = begin and LETTER.match(text, begin - 1)
        for match in WORD.finditer(text, begin, end):
            start, stop = match.span()
            is_half = (came_before and start == begin) or (goes_on and stop == end)
            # Both are in the order of the text.
            while addresses and addresses[0][1] <= start:
                addresses.popleft()
            is_within = bool(addresses) and addresses[0][0] <= start
            yield _Word(start, stop, "" if is_half or is_within else _key(match[0]), run)


def _is_address(text: str) -> bool:
    return "@" in text or "://" in text or "www." in text


def _runs(children: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where in the whole text stretches of mere text begin and end."""
    position = begin = depth = 0
    for token in children:
        if token.type not in TEXT:
            if not depth:
                yield begin, position
            depth += (token.type == "link_open") - (token.type == "link_close")
        position += len(_as_text(token))
        if token.type not in TEXT:
            begin = position
    if not depth:
        yield begin, position


def _with_links(
    children: Sequence[Token], links: Mapping[int, tuple[int, int]], addresses: Mapping[int, str]
) -> Iterator[Token]:
    """The same tokens, with a link from each start to its end; `links` is {start: (end, id)}."""
    stops = {end for end, _ in links.values()}
    position = 0
    for token in children:
        begin, position = position, position + len(_as_text(token))
        # An empty text, too, which markdown-it leaves before emphasis.
        if token.type not in TEXT or begin == position:
            yield token
            continue
        cuts = [cut for cut in range(begin, position) if cut in links or cut in stops]
        for cut, after in pairwise([begin, *(cut for cut in cuts if cut > begin), position]):
            if cut in links:
                yield _opening(addresses[links[cut][1]])
            if token.type == "text":
                piece = token.content[cut - begin : after - begin]
                yield Token("text", "", 0, content=piece)
            else:
                yield token
            if after in stops:
                yield Token("link_close", "a", -1)


def _opening(address: str) -> Token:
    return Token(
        "link_open", "a", 1, attrs={"href": address, "class": "term-link", "data-preview": ""}
    )
