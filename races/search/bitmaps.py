"""Bitmaps (roaring) out of arrays, faster than number by number."""

import struct
from array import array

import numpy as np
from pyroaring import BitMap

from races.search.columns import Array

# Of the serialized form: https://github.com/RoaringBitmap/RoaringFormatSpec
COOKIE = 12346
CHUNK = 1 << 16
MOST_IN_A_LIST = 4096


def of_mask(mask: Array) -> BitMap:
    """The places at which it is true."""
    keys, parts = [], []
    for key, start in enumerate(range(0, len(mask), CHUNK)):
        chunk = mask[start : start + CHUNK]
        count = int(np.count_nonzero(chunk))
        if not count:
            continue
        keys.append((key, count - 1))
        if count > MOST_IN_A_LIST:
            bits = np.packbits(chunk, bitorder="little").tobytes()
            parts.append(bits.ljust(CHUNK // 8, b"\0"))
        else:
            parts.append(np.flatnonzero(chunk).astype("<u2").tobytes())
    if not keys:
        return BitMap()
    at, starts = 8 + 8 * len(keys), []
    for part in parts:
        starts.append(at)
        at += len(part)
    header = struct.pack("<II", COOKIE, len(keys))
    header += b"".join(struct.pack("<HH", *key) for key in keys)
    header += struct.pack(f"<{len(starts)}I", *starts)
    return BitMap.deserialize(header + b"".join(parts))


def of_places(places: Array, size: int) -> BitMap:
    """These places, each below `size`, in any order."""
    if len(places) * 64 < size:
        return BitMap(array("I", np.sort(places).astype(np.uint32).tobytes()))
    mask = np.zeros(size, bool)
    mask[places] = True
    return of_mask(mask)


def places_of(bitmap: BitMap) -> Array:
    return np.frombuffer(bitmap.to_array(), np.uint32)
