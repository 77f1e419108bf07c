"""Which editions hold which words: what to_tsvector() made of their races, held in memory."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from pyroaring import BitMap

from races.search import bitmaps
from races.search.columns import Array

# A word of more editions has a bitmap; those of fewer lie in one list, by word.
RARE = 256
LAST = "\U0010ffff"


class Words:
    def __init__(
        self, lexemes: list[str], starts: Array, rare: Array, frequent: dict[int, BitMap], size: int
    ) -> None:
        self.lexemes, self.starts, self.rare = lexemes, starts, rare
        self.frequent, self.size = frequent, size
        self.places_of_frequent = np.array(sorted(frequent), np.int64)

    def beginning_with(self, word: str) -> BitMap:
        return self._between(
            bisect_left(self.lexemes, word), bisect_left(self.lexemes, word + LAST)
        )

    def being(self, word: str) -> BitMap:
        at = bisect_left(self.lexemes, word)
        is_known = at < len(self.lexemes) and self.lexemes[at] == word
        return self._between(at, at + 1) if is_known else BitMap()

    def _between(self, first: int, last: int) -> BitMap:
        begin, end = np.searchsorted(self.places_of_frequent, [first, last])
        many = [self.frequent[int(place)] for place in self.places_of_frequent[begin:end]]
        few = self.rare[self.starts[first] : self.starts[last]]
        if len(few):
            many.append(bitmaps.of_places(few, self.size))
        return BitMap.union(*many) if many else BitMap()

    def arrays(self) -> dict[str, Array]:
        """All of it, to be stored."""
        blobs = [self.frequent[int(place)].serialize() for place in self.places_of_frequent]
        return {
            "lexemes": np.frombuffer("\n".join(self.lexemes).encode(), np.uint8),
            "starts": self.starts,
            "rare": self.rare,
            "frequent": self.places_of_frequent,
            "ends": np.cumsum([len(blob) for blob in blobs], dtype=np.int64),
            "bitmaps": np.frombuffer(b"".join(blobs), np.uint8),
        }

    @classmethod
    def of_arrays(cls, arrays: dict[str, Array], size: int) -> "Words":
        text = arrays["lexemes"].tobytes().decode()
        ends = arrays["ends"].tolist()
        blob = arrays["bitmaps"].tobytes()
        frequent = {
            place: BitMap.deserialize(blob[begin:end])
            for place, begin, end in zip(
                arrays["frequent"].tolist(), [0, *ends], ends, strict=False
            )
        }
        lexemes = text.split("\n") if text else []
        return cls(lexemes, arrays["starts"], arrays["rare"], frequent, size)


class Writer:
    """Takes the words of one edition after the other."""

    def __init__(self) -> None:
        self.postings: defaultdict[str, list[int]] = defaultdict(list)
        self.full: defaultdict[str, BitMap] = defaultdict(BitMap)

    def add(self, place: int, lexemes: Iterable[str]) -> None:
        postings = self.postings
        for lexeme in lexemes:
            places = postings[lexeme]
            places.append(place)
            if len(places) > RARE:
                self.full[lexeme].update(places)
                places.clear()

    def words(self, size: int) -> Words:
        lexemes = sorted(self.postings)
        starts = np.zeros(len(lexemes) + 1, np.int64)
        rare: list[Array] = []
        frequent: dict[int, BitMap] = {}
        for at, lexeme in enumerate(lexemes):
            places = self.postings[lexeme]
            if lexeme in self.full:
                frequent[at] = self.full[lexeme] | BitMap(places)
                places = []
            rare.append(np.array(places, np.uint32))
            starts[at + 1] = starts[at] + len(places)
        return Words(
            lexemes, starts, np.concatenate(rare) if rare else np.zeros(0, np.uint32),
            frequent, size,
        )  # fmt: skip
