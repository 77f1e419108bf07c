"""Places in the order of a number of theirs, such as a length: a range of it is one difference."""

from itertools import accumulate, pairwise

import numpy as np
from pyroaring import BitMap

from races.search import bitmaps
from races.search.columns import Array

MOST = 128
# Fewer are quicker counted out than taken away.
OF_A_STEP = 64


class Steps:
    def __init__(self, numbers: Array, places: Array, size: int) -> None:
        """`places` below `size`, each with its number; one without (NaN) is in no range."""
        order = np.argsort(numbers, kind="stable")
        order = order[: len(order) - int(np.count_nonzero(np.isnan(numbers)))]
        self.numbers, self.places, self.size = numbers[order], places[order], size
        count = min(MOST, len(order) // OF_A_STEP + 1)
        self.ends = np.linspace(0, len(order), count + 1).astype(np.int64)
        steps = (
            bitmaps.of_places(self.places[begin:end], size) for begin, end in pairwise(self.ends)
        )
        # All up to each end.
        self.up_to = list(accumulate(steps, BitMap.__or__, initial=BitMap()))

    def between(self, least: float, most: float) -> BitMap:
        """Those of numbers in that range, both ends included. Where places have several numbers,
        `least` must be below all of them.
        """
        first = int(np.searchsorted(self.numbers, least))
        last = int(np.searchsorted(self.numbers, most, side="right"))
        begin = int(np.searchsorted(self.ends, first))
        end = int(np.searchsorted(self.ends, last, side="right")) - 1
        if begin >= end:
            return bitmaps.of_places(self.places[first:last], self.size)
        at_the_ends = [self.places[first : self.ends[begin]], self.places[self.ends[end] : last]]
        rest = bitmaps.of_places(np.concatenate(at_the_ends), self.size)
        return (self.up_to[end] - self.up_to[begin]) | rest
