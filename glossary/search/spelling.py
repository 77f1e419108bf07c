"""The names of all published terms: which hold a word, and which are spelt nearly so."""

import re
import sys
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import nsmallest
from itertools import islice, takewhile
from typing import NamedTuple

from django.db.models import Value
from rapidfuzz import process
from rapidfuzz.distance import OSA

from glossary.models import Alias, Term
from glossary.search.wording import sense, senses, spans
from text.names import fold, name_key
from web import content_version

# Likeness of two spellings, from 0 to 1: edits, a swap of neighbours counting as one, by length.
SURE, PERHAPS = 0.71, 0.6
SHORTEST = 4
TITLE = "title"
# No vowel, or a digit: an abbreviation.
IS_A_WORD = re.compile(r"^(?=\D*[aeiouy])\D*$")


class KnownName(NamedTuple):
    pk: int
    text: str
    kind: str


class Spoken(NamedTuple):
    """A name that stands in a sentence: the places of its words there."""

    name: str
    kind: str
    words: frozenset[int]


Likeness = Sequence[tuple[KnownName, float]]


class KnownNames:
    """Every title and alias in the order they are shown, with an index of their words."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        # Columns and plain tuples, not a row of objects: the garbage collector walks through
        # everything else again and again, which at 60,000 names stops a request for 0.1 s.
        self.pks: list[int] = []
        self.texts: list[str] = []
        self.kinds: list[str] = []
        self.keys: dict[int, str] = {}
        self.by_first: dict[str, dict[int, str]] = {}
        self.same: dict[str, tuple[int, ...]] = {}
        self.by_root: dict[str, set[int]] = {}
        self.whole: dict[str, int] = {}
        # What people feel is found by the sense of its words, in whatever order; by the rarest.
        self.symptoms: dict[int, frozenset[str]] = {}
        self.by_sense: dict[str, list[int]] = {}
        words: set[str] = set()
        # Of a slip: in one abbreviation it is another abbreviation.
        self.spelt: set[str] = set()
        for index, (pk, text, kind) in enumerate(rows):
            folded = fold(text).split()
            self.pks.append(pk)
            self.texts.append(text)
            self.kinds.append(sys.intern(kind))
            key = "".join(folded)
            if kind == Alias.Kind.SYMPTOM:
                self.spelt.update(folded)
                self.symptoms[index] = senses(text)
                for sense_ in self.symptoms[index]:
                    self.by_sense.setdefault(sense_, []).append(index)
                continue
            self.keys[index] = key
            self.by_first.setdefault(key[:1], {})[index] = key
            self.whole.setdefault(key, index)
            if kind != Alias.Kind.MISSPELLING:
                words.update(folded)
                if kind != Alias.Kind.ABBREVIATION:
                    self.spelt.update(folded)
                roots = [root(word) for word in folded]
                whole = "".join(roots)
                self.same[whole] = (*self.same.get(whole, ()), index)
                for word in roots:
                    self.by_root.setdefault(word, set()).add(index)
        self.words = sorted(words)
        self.titles = {pk for pk, kind in zip(self.pks, self.kinds, strict=True) if kind == TITLE}

    def name(self, index: int) -> KnownName:
        return KnownName(self.pks[index], self.texts[index], self.kinds[index])

    def title(self, pk: int) -> str:
        """Nothing for a term that was published since these names were read."""
        # Titles stand before aliases.
        return self.texts[self.pks.index(pk)] if pk in self.pks else ""

    def spoken(self, words: list[str]) -> dict[int, Spoken]:
        """The terms that a sentence of these words names, or whose symptom it tells."""
        found: dict[int, Spoken] = {}
        taken: set[int] = set()
        for start, end in spans(words):
            places = frozenset(range(start, end))
            index = self._named_by(words[start:end])
            # "Half marathon" does not speak of the marathon.
            if index is None or places <= taken:
                continue
            taken |= places
            found.setdefault(self.pks[index], Spoken(self.texts[index], self.kinds[index], places))
        for pk, symptom in self.told_by(words):
            places = frozenset(place for place, word in enumerate(words) if sense(word) in symptom)
            known = found.get(pk)
            if known is None or len(known.words) < len(places):
                found[pk] = Spoken("", Alias.Kind.SYMPTOM, places)
        return found

    def _named_by(self, words: list[str]) -> int | None:
        alike = self.same.get("".join(map(root, words)), ())
        return self.whole.get("".join(words), next(iter(alike), None))

    def told_by(self, words: list[str]) -> list[tuple[int, frozenset[str]]]:
        """The terms with a symptom all of whose words stand there, each with its senses."""
        said = {sense(word) for word in words}
        near = {index for told in said for index in self.by_sense.get(told, ())}
        return [(self.pks[i], self.symptoms[i]) for i in sorted(near) if self.symptoms[i] <= said]

    def the_same(self, query: str, most: int) -> list[KnownName]:
        """Names that differ from the query only in plurals."""
        return self._named(self.same.get("".join(map(root, fold(query).split())), ()), most)

    def holding(self, query: str, most: int) -> list[KnownName]:
        """Names that hold every word of the query."""
        roots = [root(word) for word in fold(query).split()]
        return self._named(self._with_all(roots), most)

    def holding_begun(self, query: str, most: int) -> list[KnownName]:
        """Names that hold every word of the query, the last as a beginning at least."""
        *whole, last = [root(word) for word in fold(query).split()] or [""]
        # Of the names that hold a word beginning with one letter or two, those that begin so
        # themselves are enough.
        if len(last) < 3 and not whole:
            return []
        ending = set[int]().union(*(self.by_root[root(word)] for word in self._beginning(last)))
        return self._named(ending & self._with_all(whole) if whole else ending, most)

    def _with_all(self, roots: list[str]) -> set[int]:
        sets = sorted((self.by_root.get(root, set()) for root in roots), key=len)
        return set.intersection(*sets) if sets else set()

    def _named(self, indexes: Iterable[int], most: int) -> list[KnownName]:
        """These names in the order of all: titles before aliases, short ones before long ones."""
        return [self.name(index) for index in nsmallest(most, indexes)]

    def near(self, query: str, most: int = 20) -> Likeness:
        """Names spelt nearly like the query, nearest first, with their likeness."""
        key = name_key(query)
        if len(key) < SHORTEST:
            return []
        # Most slips keep the first letter, and to try these names alone takes a tenth of the time.
        found = _alike(key, self.by_first.get(key[0], {}), most)
        if not found or found[0][1] < SURE:
            found = _alike(key, self.keys, most, SURE) or found
        return [(self.name(index), likeness) for index, likeness in found]

    def sharing(self, query: str, most: int) -> Iterator[KnownName]:
        """Names that hold some words of the query: those with its rarest word first."""
        roots = {root(word) for word in fold(query).split() if len(word) >= SHORTEST}
        for known in sorted((self.by_root[r] for r in roots if r in self.by_root), key=len):
            yield from self._named(known, most)

    def respelt(
        self, query: str, others: Collection[str] = (), unknown: Collection[str] | None = None
    ) -> str:
        """The query with each word that nobody knows put as the known word nearest to it.

        `others` are words that are spelt right too, such as those of the races' names; `unknown`
        are the only ones to be put right.
        """
        return " ".join(
            word if self._is_fine(word, others, unknown) else self._nearest_word(word, others)
            for word in fold(query).split()
        )

    def _is_fine(self, word: str, others: Collection[str], unknown: Collection[str] | None) -> bool:
        if len(word) < SHORTEST or word in others or root(word) in self.by_root:
            return True
        return not IS_A_WORD.search(word) or (unknown is not None and word not in unknown)

    def _nearest_word(self, word: str, others: Collection[str]) -> str:
        # Hardly anyone mistypes the first letter; "podium" is not "sodium".
        first = word[0]
        known = [near for near in self.spelt if near[0] == first]
        choices = [*known, *(other for other in others if other[0] == first)]
        found = process.extract(
            word, choices, scorer=OSA.normalized_similarity, score_cutoff=SURE, limit=8
        )
        likely = [(likeness, near) for near, likeness, _ in found]
        return max(likely, key=self._likelihood)[1] if likely else word

    def _beginning(self, start: str) -> Iterator[str]:
        """The words of the names that begin so."""
        words = islice(self.words, bisect_left(self.words, start), None)
        return takewhile(lambda word: word.startswith(start), words)

    def _likelihood(self, candidate: tuple[float, str]) -> tuple[float, int]:
        """By likeness, then by the number of names that hold it."""
        return candidate[0], len(self.by_root.get(root(candidate[1]), ()))


def _alike(
    key: str, choices: Mapping[int, str], most: int, least: float = PERHAPS
) -> list[tuple[int, float]]:
    found = process.extract(
        key, choices, scorer=OSA.normalized_similarity, score_cutoff=least, limit=most
    )
    return [(index, likeness) for _, likeness, index in found]


def is_misspelt(query: str, name: KnownName, likeness: float) -> bool:
    """Whether the query is surely meant to be this name: alike as a whole, and word by word.

    "Marathon plan" is no misspelling of "marathon pace".
    """
    typed, meant = fold(query).split(), fold(name.text).split()
    return likeness >= SURE and (
        len(typed) != len(meant)
        or all(
            OSA.normalized_similarity(a, b) >= PERHAPS for a, b in zip(typed, meant, strict=True)
        )
    )


def root(word: str) -> str:
    """The word without the ending of a plural. Not its stem: only alike for one and many."""
    if len(word) < SHORTEST or word.endswith(("ss", "us", "is")):
        return word
    for ending, singular in [("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", "")]:
        if word.endswith(ending):
            return word.removesuffix(ending) + singular
    return word


def names() -> KnownNames:
    """The names as they are now.

    They are kept in the process, the one thing that is: reading 60,000 rows for each search would
    take half a second, and PostgreSQL's core knows no likeness. What a search shows is read anew
    and filtered by published() all the same.
    """
    return _names_of(content_version.current())


@lru_cache(maxsize=1)
def _names_of(version: content_version.Version) -> KnownNames:
    # Those to be published at a later time are held too: the clock makes no save.
    titles = Term.objects.published_or_to_come()
    aliases = Alias.objects.filter(term__in=titles)
    rows = titles.order_by().values_list("pk", "title", Value(TITLE))
    rows = rows.union(aliases.order_by().values_list("term", "name", "kind"), all=True)
    return KnownNames(sorted(rows, key=lambda row: (row[2] != TITLE, len(row[1]), row[0])))
