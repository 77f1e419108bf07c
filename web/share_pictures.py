"""What a link to a page is shown with elsewhere: its own words as a picture, over the site's line.

A picture is drawn when it is first asked for, which takes the processor some eighty milliseconds,
and is kept by its version: a digest of its words and of how it is drawn. So whatever else changes,
it is drawn once, until others push it out; a stranger has none drawn but those of public pages.
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import resvg_py
from django.conf import settings
from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string

from web import display_face
from web.display_face import FAMILY, LETTERS, WEIGHT, WIDTH
from web.keeping import Kept
from web.public_pages import DAY

TEMPLATE = "share_picture.svg"
DRAWN_BY = hashlib.blake2s(
    b"".join(
        path.read_bytes()
        for path in (
            Path(__file__),
            Path(display_face.__file__),
            settings.BASE_DIR / "templates" / TEMPLATE,
        )
    )
).digest()

LEFT, RIGHT, TOP, BOTTOM = 76, 1124, 122, 496
ROOM = RIGHT - LEFT
# Letters that are said small: another weight of the face, in its usual width.
TEXT_WEIGHT, TEXT_WIDTH = 450, 100
# From the largest: the size of the title, and how many lines it may take then.
TITLE_FITS = ((108, 1), (80, 2), (64, 3), (50, 3))
TEXT_SIZES = (46, 40, 34, 30)
DATE_SIZE, SUBJECT_SIZE = 44, 28
HEADERS = {"Content-Type": "image/png", "Cache-Control": f"public, max-age={30 * DAY}"}


@dataclass(frozen=True)
class SharePicture:
    """The words of a picture. `date_look` is how sure a date is, as the template names it."""

    # Where it is, without its version.
    path: str
    subject: str
    title: str
    date: str = ""
    date_look: str = ""
    text: str = ""

    @classmethod
    def of(
        cls, path: str, subject: str, *titles: str, date: str = "", date_look: str = "", text: str
    ) -> "SharePicture | None":
        """With the first of these titles that the face has the letters for; None if it has none."""
        title = next(filter(None, map(written, titles)), None)
        if title is None:
            return None
        return cls(path, written(subject), title, written(date), date_look, written(text))

    @property
    def version(self) -> str:
        digest = hashlib.blake2s(repr(astuple(self)).encode() + DRAWN_BY, digest_size=6)
        return digest.hexdigest()

    @property
    def address(self) -> str:
        return f"{self.path}?v={self.version}"

    @property
    def alternative(self) -> str:
        """What it says, for who can't see it."""
        return ". ".join(part.rstrip(".") for part in (self.title, self.date, self.text) if part)


def written(text: str) -> str:
    """The text in letters that the face has, some without an accent; empty if it lacks one."""
    found = ""
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        plain = unicodedata.normalize("NFKD", character)[:1]
        if character.isalnum() and ord(character) not in LETTERS and ord(plain) not in LETTERS:
            return ""
        found += next((c for c in (character, plain) if ord(c) in LETTERS), "")
    return found.strip()


class Line(NamedTuple):
    text: str
    # The baseline.
    y: float


class Face(NamedTuple):
    """Letters of one weight and width."""

    weight: int
    width: int

    def length(self, text: str, size: int) -> float:
        return size * sum(display_face.advances(*self)[character] for character in text)

    def lines(self, text: str, size: int, room: float = ROOM) -> list[str]:
        """The text in lines that fit; a word that is longer than a line is broken."""
        found = [""]
        for word in text.split():
            longer = f"{found[-1]} {word}".strip()
            if self.length(longer, size) <= room:
                found[-1] = longer
                continue
            *whole, rest = self._pieces(word, size, room)
            found += [*whole, rest]
        return [line for line in found if line]

    def balanced(self, text: str, size: int) -> list[str]:
        """As few lines as there may be, about equally long: none ends in a lonely word."""
        lines, room = self.lines(text, size), ROOM
        while 1 < len(lines) == len(narrower := self.lines(text, size, room - 20)):
            lines, room = narrower, room - 20
        return lines

    def _pieces(self, word: str, size: int, room: float) -> Iterator[str]:
        piece = ""
        for character in word:
            if self.length(piece + character, size) > room:
                yield piece
                piece = ""
            piece += character
        yield piece

    def cut(self, text: str, size: int, room: float = ROOM) -> str:
        """One line, with an ellipsis if it says less than it should."""
        if self.length(text, size) <= room:
            return text
        while text and self.length(f"{text}…", size) > room:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def at_most(self, text: str, size: int, most: int) -> list[str]:
        """Its first lines; the last ends in an ellipsis where some are left out."""
        lines = self.lines(text, size)
        if len(lines) <= most:
            return lines
        return [*lines[: most - 1], self.cut(" ".join(lines[most - 1 :]), size)]


HEADING, TEXT = Face(WEIGHT, WIDTH), Face(TEXT_WEIGHT, TEXT_WIDTH)


def svg_of(picture: SharePicture) -> str:
    size, title = _title(picture.title)
    leading, y = size * 1.06, float(TOP)
    heading = [Line(text, y + leading * row - size * 0.2) for row, text in enumerate(title, 1)]
    y += leading * len(title) + 22
    date: dict[str, Any] = {}
    if picture.date:
        said = HEADING.cut(picture.date, DATE_SIZE, ROOM - 48)
        length = HEADING.length(said, DATE_SIZE) + 48
        date = {"text": said, "size": DATE_SIZE, "look": picture.date_look}
        date |= {"top": y + 6, "y": y + 54, "length": length}
        y += 88
    text_size, text = _text(picture.text, BOTTOM - y)
    leading = text_size * 1.32
    lines = [Line(line, y + leading * row - text_size * 0.3) for row, line in enumerate(text, 1)]
    context = {
        "family": FAMILY,
        "left": LEFT,
        "right": RIGHT,
        "heading": {"weight": WEIGHT, "width": WIDTH, "size": size, "lines": heading},
        "date": date,
        "text": {"weight": TEXT_WEIGHT, "width": TEXT_WIDTH, "size": text_size, "lines": lines},
        "subject": {
            "size": SUBJECT_SIZE,
            "text": TEXT.cut(picture.subject, SUBJECT_SIZE, ROOM - 320),
        },
    }
    return render_to_string(TEMPLATE, context)


def _title(title: str) -> tuple[int, list[str]]:
    """As large as it may be, and no word broken where a smaller size leaves it whole."""
    for size, most in TITLE_FITS:
        lines = HEADING.balanced(title, size)
        whole = all(HEADING.length(word, size) <= ROOM for word in title.split())
        if whole and len(lines) <= most:
            return size, lines
    return size, HEADING.at_most(title, size, most)


def _text(text: str, height: float) -> tuple[int, list[str]]:
    for size in TEXT_SIZES:
        most = int(height // (size * 1.32))
        if len(lines := TEXT.lines(text, size)) <= most:
            return size, lines
    return size, TEXT.at_most(text, size, most)


def png_of(picture: SharePicture) -> bytes:
    return resvg_py.svg_to_bytes(
        svg_string=svg_of(picture),
        skip_system_fonts=True,
        font_files=[str(display_face.path())],
    )


def _kept(picture: SharePicture) -> Kept:
    # With the searches, so that whoever asks for all pictures can't push the words out.
    store, key = caches["searches"], f"picture-{picture.version}"
    kept: Kept | None = store.get(key)
    if kept is None:
        kept = Kept(HEADERS, {"identity": png_of(picture)})
        store.set(key, kept)
    return kept


def answer(request: HttpRequest, picture: SharePicture | None) -> HttpResponse:
    """The picture, or on to its present version from any other."""
    if picture is None:
        raise Http404("There is no picture of this page.")
    if request.GET.get("v") != picture.version:
        return redirect(picture.address)
    response = _kept(picture).response("identity")
    # It is kept already, for longer than a page is.
    response.keep = False  # type: ignore[attr-defined]
    return response
