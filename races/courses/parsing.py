"""GPX files as they come: told by sight what they are not, and read piece by piece.

A file is never held as a tree: whatever somebody sends, what is held is the numbers of its points.
"""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass
from math import isfinite, nan

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

MOST_BYTES = 20 * 1024 * 1024
MOST_POINTS = 200_000
MOST_WAYPOINTS = 40
LONGEST_NAME = 60
# Of real files: <gpx><trk><trkseg><trkpt><extensions>, and a few that a maker puts inside.
DEEPEST = 32
# Below the Dead Sea and above Everest there is no course, only a receiver without a fix.
LOWEST, HIGHEST = -500, 9000


class Refused(Exception):  # noqa: N818 - reads as what it is
    """This is no course; says why, in a sentence for whoever has sent it."""


@dataclass(frozen=True)
class Waypoint:
    name: str
    latitude: float
    longitude: float


# What people send instead, by how it begins.
OTHERS = [
    (rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF", "This is a picture, not a GPX file."),
    (rb"%PDF", "This is a PDF, not a GPX file."),
    (rb"\x1f\x8b", "This is packed (gzip). Unpack it, and send the GPX file inside."),
    (rb"PK\x03\x04", "This is packed (ZIP, or KMZ). Unpack it, and send the GPX file inside."),
    (rb".{8}\.FIT", "This is a FIT file, as a watch writes it. Export the course as GPX."),
    (rb"(?i)\s*(<!doctype html|<html)", "This is a web page. Download the GPX file itself."),
    (rb"\s*[{\[]", "This is JSON, perhaps GeoJSON. Export the course as GPX."),
]
ROOTS = {
    "kml": "This is a KML file. Export the course as GPX.",
    "TrainingCenterDatabase": "This is a TCX file. Export the course as GPX.",
    "osm": "This is OpenStreetMap’s own format. Export the course as GPX.",
    "html": "This is a web page. Download the GPX file itself.",
}
NOT_GPX = "This is not a GPX file."


def refuse_at_sight(data: bytes) -> None:
    """What needs no reading to be told: raises Refused."""
    if not data.strip():
        raise Refused("This file is empty.")
    if len(data) > MOST_BYTES:
        raise Refused("This file is larger than 20 MB.")
    for beginning, word in OTHERS:
        if re.match(beginning, data[:200], re.DOTALL):
            raise Refused(word)


def parsed(data: bytes) -> "Reader":
    reader = Reader()
    # GPX has no document type, and so neither entities that grow nor files from elsewhere.
    parser = XMLParser(target=reader, forbid_dtd=True)
    try:
        # Some programs leave an empty line before the declaration, where none may be.
        parser.feed(data.removeprefix(BOM_UTF8).lstrip(b" \t\r\n"))
        parser.close()
    except DefusedXmlException:
        raise Refused("This file declares entities or a document type, as no GPX does.") from None
    except ParseError as error:
        if not reader.depth and not reader.is_gpx:
            raise Refused(NOT_GPX) from None
        line = error.position[0]
        raise Refused(f"This file is broken in line {line}. Export it once more.") from None
    except (ValueError, LookupError):
        raise Refused(
            "This file is written in letters that we can’t read. Save it as UTF-8."
        ) from None
    return reader


class Reader:
    """What the parser tells of the file, and no more of it than a course is made of."""

    def __init__(self) -> None:
        self.depth, self.is_gpx = 0, False
        self.tracks: list[list[tuple[float, float, float]]] = []
        self.routes: list[list[tuple[float, float, float]]] = []
        self.waypoints: list[Waypoint] = []
        self.places = self.points = 0
        # Of the point that is read: its depth, where it is, and what it says of itself.
        self.point_depth = 0
        self.where = (0.0, 0.0)
        self.said: dict[str, str] = {}
        self.text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        name = tag.rpartition("}")[2]
        if self.depth == 1:
            if name != "gpx":
                raise Refused(ROOTS.get(name, NOT_GPX))
            self.is_gpx = True
        elif self.depth > DEEPEST:
            raise Refused(f"This file is nested more than {DEEPEST} deep, as no GPX is.")
        elif self.point_depth:
            is_said = self.depth == self.point_depth + 1 and name in SAID
            self.text = [] if is_said else None
        elif name == "trkseg":
            self.tracks.append([])
        elif name == "rte":
            self.routes.append([])
        elif name in POINTS:
            self._begin_point(attributes)

    def _begin_point(self, attributes: dict[str, str]) -> None:
        self.points += 1
        if self.points > MOST_POINTS:
            raise Refused(f"There are more than {MOST_POINTS:,} points in this file.")
        self.point_depth, self.said = self.depth, {}
        latitude, longitude = (_number(attributes.get(name)) for name in ("lat", "lon"))
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise Refused(f"Point {self.points:,} is nowhere on earth.")
        self.where = (latitude, longitude)

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if self.text is not None:
            self.said[name], self.text = "".join(self.text), None
        if self.depth == self.point_depth:
            self._end_point(name)
            self.point_depth = 0
        self.depth -= 1

    def _end_point(self, name: str) -> None:
        if name == "wpt":
            self.places += 1
            if (called := _name_along(self.said)) and len(self.waypoints) < MOST_WAYPOINTS:
                self.waypoints.append(Waypoint(called, *self.where))
            return
        lines = self.tracks if name == "trkpt" else self.routes
        if lines:
            lines[-1].append((*self.where, self._height()))

    def _height(self) -> float:
        """NaN where none is said."""
        height = _number(self.said.get("ele"))
        if isfinite(height) and not LOWEST <= height <= HIGHEST:
            raise Refused(
                f"Point {self.points:,} has a height of {height:,.0f} m, which is nowhere."
            )
        return height if isfinite(height) else nan

    def close(self) -> None:
        pass


POINTS = {"trkpt", "rtept", "wpt"}
SAID = {"ele", "name", "type", "desc"}


def _number(text: str | None) -> float:
    """NaN of what is none, which is then told by where it stands."""
    try:
        return float(text or "nan")
    except ValueError:
        return nan


# What stands along a course, in the languages most of whose races are listed. Whatever else people
# mark (home, the car) is theirs.
ALONG = re.compile(
    r"\b(?:check ?points?|control|cp ?\d+|aid|feed|food|water|drinks?|refreshments?|transition"
    r"|cut[- ]?off|time limit|start|finish|ravito\w*|ravitaillement|barri[eè]re horaire"
    r"|verpflegung\w*|kontrolle|avituallamiento|control de paso|ristoro|cancello)\b",
    re.IGNORECASE,
)
CUT_OFF = re.compile(r"cut[- ]?off|time limit|barri[eè]re horaire|cancello", re.IGNORECASE)


def _name_along(said: dict[str, str]) -> str:
    """What a place is called that belongs to the course; else empty. A cut-off may stand in its
    description.
    """
    name, kind, about = (" ".join(said.get(key, "").split()) for key in ("name", "type", "desc"))
    if not (ALONG.search(name) or ALONG.search(kind) or CUT_OFF.search(about)):
        return ""
    parts = [name or kind, about if CUT_OFF.search(about) else ""]
    whole = ", ".join(filter(None, parts))
    # An address to write to is nobody’s to pass on.
    whole = re.sub(r"\S+@\S+", "", whole).strip()
    return whole if len(whole) <= LONGEST_NAME else f"{whole[: LONGEST_NAME - 1].rstrip()}…"
