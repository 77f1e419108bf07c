"""The face of headings and numbers: Archivo Bold, somewhat narrow, from its package (OFL 1.1).

Browsers load a part of it, which `collectstatic` makes: one weight, these letters. Pictures for
sharing (web.share_pictures) are drawn with the whole of it.
"""

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

FAMILY, WEIGHT, WIDTH = "Archivo", 700, 90
FILE = "fonts/display.woff2"
# Latin letters with every accent of Europe, and of Vietnamese; signs that a heading may hold.
LETTERS = frozenset(
    [
        *range(0x20, 0x7F),
        *range(0xA0, 0x180),
        *map(ord, "ƠơƯưȘșȚț–—‘’“”…′−×½→↑"),
        *range(0x1EA0, 0x1EFA),
    ]
)
# tnum: numbers that stand below each other align.
FEATURES = ["ccmp", "kern", "liga", "locl", "mark", "tnum"]
# Whose it is and its license, which go with each copy.
NAMES = [0, 1, 2, 13, 14]


def path() -> Path:
    found: Path = fontpkg.path(FAMILY, WEIGHT)
    return found


@cache
def advances(weight: int, width: int) -> dict[str, float]:
    """How far each letter takes the line on, at a size of 1."""
    # Only who draws a picture needs it; it takes six megabytes.
    from fontTools.ttLib import TTFont

    with TTFont(path(), lazy=True) as font:
        glyphs = font.getGlyphSet(location={"wght": weight, "wdth": width})
        units = font["head"].unitsPerEm
        return {
            chr(code): glyphs[name].width / units
            for code, name in font.getBestCmap().items()
            if code in LETTERS
        }


def make(target: Path) -> None:
    """Write what browsers load: the letters in one weight and width, as WOFF2."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    # Without a time in it, so that each machine makes the same bytes, and so the same address.
    with TTFont(path(), recalcTimestamp=False) as font:
        subsetter = Subsetter(Options(layout_features=FEATURES, name_IDs=NAMES, hinting=False))
        subsetter.populate(unicodes=LETTERS)
        subsetter.subset(font)
        one = instantiateVariableFont(font, {"wght": WEIGHT, "wdth": WIDTH})
        one.flavor = "woff2"
        target.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may make it at once; none may see half of it.
        unfinished = target.with_suffix(f".{os.getpid()}")
        one.save(unfinished)
    unfinished.replace(target)


class Finder(BaseFinder):
    """Gives the made file to `collectstatic`, and to a server that looks files up itself."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != FILE:
            return []
        found = self._storage().path(FILE)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        yield FILE, self._storage()

    def _storage(self) -> FileSystemStorage:
        """Where the file is, made anew for another release of the face or of this module."""
        digest = hashlib.blake2s(Path(__file__).read_bytes() + path().read_bytes(), digest_size=8)
        storage = FileSystemStorage(settings.DATA_DIR / "display-face" / digest.hexdigest())
        if not storage.exists(FILE):
            make(Path(storage.path(FILE)))
        return storage
