"""The map of races: where things are drawn, what stands together, what the page carries."""

import gzip
import json
import re
from dataclasses import replace
from itertools import accumulate
from math import dist
from pathlib import Path

import html5lib
import pytest
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from config.pages.examples import maps
from config.pages.styleguide import styleguide
from races.maps import drawing, outlines
from races.maps.drawing import APART, NARROW, ROOMY, Box, Circle, Pin, RaceMap, Spot, draw
from races.maps.outlines import HEIGHT, WIDTH, paths_of
from races.maps.projection import SHAPE, WORLD, View, view_of

# Of a map; a pixel is a thousandth.
EXACT = 1e-9
TRIES = settings(max_examples=60, deadline=None)
SVG = "{http://www.w3.org/2000/svg}"
LYON = Circle(45.76, 4.84, 150, "150 km around Lyon")

# As exact as the catalogue has them, thickest around the date line and where many races are.
longitudes = st.one_of(
    st.integers(-180_0000, 180_0000),
    st.integers(176_0000, 184_0000),
    st.integers(4_0000, 8_0000),
    st.integers(6_0000, 6_3000),
).map(lambda number: ((number / 10_000) + 180) % 360 - 180)
latitudes = st.one_of(
    st.integers(-90_0000, 90_0000),
    st.integers(-20_0000, -15_0000),
    st.integers(44_0000, 47_0000),
    st.integers(45_8000, 46_0000),
).map(lambda number: number / 10_000)
positions = st.lists(st.tuples(longitudes, latitudes), max_size=60)


def spots_at(found: list[tuple[float, float]]) -> list[Spot]:
    return [
        Spot(latitude, longitude, f"Race {number}", f"/races/race-{number}/", f"Town {number % 3}",
             is_confirmed=number % 4 == 0)
        for number, (longitude, latitude) in enumerate(found)
    ]  # fmt: skip


def drawn(spots: list[Spot], **more: object) -> RaceMap:
    return draw(
        spots, map_of=lambda box: f"?box={box}&view=map", list_of=lambda box: f"?box={box}", **more
    )


def box_of(pin: Pin) -> Box:
    said = re.fullmatch(r"\?box=([-.\d,]+)(&view=map)?", pin.url)
    assert said, pin.url
    return Box(*map(float, said[1].split(",")))


def holds(box: Box, spot: Spot) -> bool:
    across = (spot.longitude - box.west) % 360 <= (box.east - box.west) % 360
    return across and box.south <= spot.latitude <= box.north


def place(pin: Pin, width: int) -> tuple[float, float]:
    x, y = (float(number.removesuffix("%")) / 100 for number in (pin.x, pin.y))
    return x * width, y * width / SHAPE


def both(race_map: RaceMap) -> list[tuple[int, list[Pin]]]:
    return [(NARROW, race_map.narrow), (ROOMY, race_map.roomy)]


@TRIES
@given(positions)
def test_everything_is_drawn_inside_the_view(found: list[tuple[float, float]]) -> None:
    view = view_of(found, margin=1.2, least=2)
    assert view.width <= 360
    for x, y in [view.place(*position) for position in found]:
        assert -EXACT <= x <= 1 + EXACT
        # What is as wide as the world is cut off toward the poles; a pin stands at the edge then.
        assert -EXACT <= y <= 1 / SHAPE + EXACT or view == replace(WORLD, top=view.top)


@TRIES
@given(st.floats(-180, 180), st.floats(-80, 80), st.floats(0, 3))
def test_points_on_both_sides_of_a_meridian_are_neighbours(
    longitude: float, latitude: float, apart: float
) -> None:
    """Wherever that is, the date line too."""
    east = (longitude + apart + 180) % 360 - 180
    view = view_of([(longitude, latitude), (east, latitude)], margin=1.2, least=2)
    assert view.width < 4
    assert view.place(longitude, latitude)[0] <= view.place(east, latitude)[0] + EXACT


@TRIES
@given(positions)
def test_no_race_is_lost_or_doubled(found: list[tuple[float, float]]) -> None:
    spots = spots_at(found)
    for _, pins in both(drawn(spots)):
        assert sum(pin.count for pin in pins) == len(spots)
        alone = {pin.url for pin in pins if pin.count == 1}
        assert len(alone) == sum(pin.count == 1 for pin in pins)
        boxes = [(pin.count, box_of(pin)) for pin in pins if pin.count > 1]
        for count, box in boxes:
            assert sum(holds(box, spot) for spot in spots) >= count
        for spot in spots:
            assert spot.url in alone or any(holds(box, spot) for _, box in boxes)


@TRIES
@given(positions)
def test_pins_have_room_for_a_finger(found: list[tuple[float, float]]) -> None:
    for width, pins in both(drawn(spots_at(found))):
        at = [place(pin, width) for pin in pins]
        for number, (x, y) in enumerate(at):
            edges = (x, width - x, y, width / SHAPE - y)
            assert min(edges) >= APART / 2 - 0.1
            assert all(dist((x, y), other) >= APART - 0.1 for other in at[:number])


@TRIES
@given(positions, st.booleans())
def test_every_way_into_the_map_ends_at_a_race_or_a_list(
    found: list[tuple[float, float]], is_narrow: bool
) -> None:
    def enter(spots: list[Spot], depth: int, inside: Box | None = None) -> None:
        assert depth < 12
        race_map = drawn(spots, box=inside)
        pins = race_map.narrow if is_narrow else race_map.roomy
        # Whoever came by a number finds it parted.
        assert depth == 0 or len(pins) > 1
        for pin in pins:
            if pin.url.endswith("&view=map"):
                box = box_of(pin)
                enter([spot for spot in spots if holds(box, spot)], depth + 1, box)

    enter(spots_at(found), 0)


def test_what_stands_in_one_town_leads_to_a_list() -> None:
    [pin] = drawn(spots_at([(6.13, 45.9)] * 3)).roomy
    assert pin.url == "?box=6.13,45.9,6.13,45.9"
    assert pin.number == "3"


def test_boxes_are_rounded_outward_across_the_date_line_too() -> None:
    spots = spots_at([(179.991, -16.123), (-179.991, -16.789), (60, 40), (-60, 40)])
    [pin] = [pin for pin in drawn(spots).narrow if pin.count == 2]
    assert box_of(pin) == Box(179.99, -16.79, -179.99, -16.12)
    [pin] = drawn(spots_at([(-0.004, -0.004), (0.001, -0.001)])).narrow
    assert pin.url == "?box=-0.01,-0.01,0.01,0"


def test_fiji_new_zealand_and_samoa_are_on_one_map() -> None:
    ocean = dict(maps())["Across the date line"]
    x = {pin.name.split(",")[0]: place(pin, 1)[0] for pin in ocean.roomy}
    assert x["Auckland Marathon"] < x["Nadi Half"] < x["Taveuni Trail"] < x["Apia Run"]
    assert ocean.paths["land"]


def test_names_say_how_many_where_and_how_sure() -> None:
    names = [pin.name for pin in dict(maps())["Near a place"].narrow]
    assert "4 races near Annecy, France" in names
    assert "Monts du Lyonnais, Mornant, France" in names
    sure = Spot(45.9, 6.1, "Lake", "/a/", "Annecy, France", is_confirmed=True)
    assert [pin.name for pin in drawn([sure]).narrow] == ["Lake, Annecy, France, date confirmed"]
    [pin] = drawn([sure, sure]).narrow
    assert pin.name == "2 races in Annecy, France, dates confirmed"
    [pin] = drawn([sure, sure._replace(is_confirmed=False)]).narrow
    assert (pin.name, pin.is_confirmed) == ("2 races in Annecy, France", False)
    [pin] = drawn([sure, sure._replace(longitude=6.2)]).narrow
    assert pin.is_confirmed
    [pin] = drawn([sure] * 12_345).narrow
    assert (pin.name[:12], pin.number) == ("12,345 races", "12k+")


@TRIES
@given(
    st.floats(-180, 180), st.floats(-60, 70), st.floats(0.01, 300), st.floats(0.01, 5), positions
)
def test_a_box_is_all_on_its_map(
    west: float, south: float, width: float, height: float, found: list[tuple[float, float]]
) -> None:
    """Over the date line too, whatever races lie in it; what is wider than most is the world."""
    box = Box(west, south, (west + width + 180) % 360 - 180, south + height)
    inside = [spot for spot in spots_at(found) if holds(box, spot)]
    left, bottom, right, top = map(float, drawn(inside, box=box).edges.split(","))
    assert bottom <= box.south
    assert box.north <= top
    start = (box.west - left) % 360
    assert right - left >= 359 or start + width <= right - left + 0.001


def test_links_come_in_reading_order() -> None:
    grid = [(x, y) for y in (40, 20, 0) for x in (0, 20, 40)]
    pins = drawn(spots_at(sorted(grid, key=hash))).roomy
    assert [place(pin, 1) for pin in pins] == sorted(
        (place(pin, 1) for pin in pins), key=lambda at: (round(at[1], 2), at[0])
    )
    assert len(pins) == 9


def test_the_radius_is_drawn_and_the_map_shows_all_of_it() -> None:
    race_map = drawn([], near=LYON)
    assert race_map.here is not None
    ring = [tuple(map(int, point.split())) for point in race_map.circle[1:-1].split("L")]
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in ring)
    here = (float(race_map.here[0][:-1]) / 100 * WIDTH, float(race_map.here[1][:-1]) / 100 * HEIGHT)
    # So far north the projection stretches a little more toward the pole.
    lengths = [dist(here, point) for point in ring]
    assert max(lengths) / min(lengths) < 1.06
    # 150 km are 1.93 degrees of longitude there.
    east = max(x for x, _ in ring) - here[0]
    assert east == pytest.approx(1.93 * WIDTH / view_width(race_map, LYON), rel=0.02)


def view_width(race_map: RaceMap, circle: Circle) -> float:
    """Degrees, from where a race one degree further east is drawn."""
    spots = spots_at([(circle.longitude, circle.latitude), (circle.longitude + 1, circle.latitude)])
    first, second = sorted(place(pin, 1)[0] for pin in drawn(spots, near=circle).roomy)
    return 1 / (second - first)


def test_a_box_takes_the_map_nearer_than_the_radius() -> None:
    spots = spots_at([(5.7, 45.2), (5.9, 45.9)])
    around, narrowed = (
        {pin.name: place(pin, 1) for pin in drawn(spots, near=LYON, box=box).roomy}
        for box in (None, Box(5.7, 45.2, 5.9, 45.9))
    )
    assert dist(*around.values()) < dist(*narrowed.values()) / 2


@pytest.mark.parametrize("latitude", [90, -90, 84])
def test_a_circle_around_a_pole_is_left_out(latitude: float) -> None:
    race_map = drawn([], near=Circle(latitude, 0, 300, "300 km around a pole"))
    assert race_map.circle == ""
    assert race_map.paths


def test_what_the_page_says() -> None:
    def partial(race_map: RaceMap) -> str:
        return " ".join(render_to_string("partials/race_map.html", {"race_map": race_map}).split())

    page = partial(drawn(spots_at([(4, 45)]), near=LYON, unplaced=2))
    assert "2 races without a known place are in the list only" in page
    assert "Outlines: Natural Earth" in page
    assert "150 km around Lyon" in page
    assert "style=" not in page
    one = partial(drawn([], unplaced=1))
    assert "1 race without a known place is in the list only" in one
    assert "No race to show here" in one


def test_names_are_escaped() -> None:
    spot = Spot(1, 1, "<b>Race", '/"x', "Place & Co", is_confirmed=False)
    page = render_to_string("partials/race_map.html", {"race_map": drawn([spot])})
    assert "&lt;b&gt;Race, Place &amp; Co" in page
    assert "<b>" not in page
    assert '"/&quot;x"' in page


@pytest.mark.django_db
def test_the_style_guide_shows_four_maps() -> None:
    page = styleguide(RequestFactory().get("/styleguide/")).content.decode()
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    root = parser.parse(page)
    assert not parser.errors
    figures = [element for element in root.iter("figure") if element.get("class") == "race-map"]
    assert len(figures) == 4
    for figure, (_, race_map) in zip(figures, maps(), strict=True):
        links = list(figure.iter(f"{SVG}a"))
        assert len(links) == len(race_map.narrow) + len(race_map.roomy)
        assert all(link.find(f"{SVG}title") is not None and link.get("href") for link in links)


VIEWS = {
    "the world": WORLD,
    "Europe": View(-12, -80, 90),
    "Scandinavia": View(0, -110, 60),
    "North America": View(-140, -90, 89),
    "Arctic Canada": View(-140, -105, 89),
    "Indonesia": View(95, -20, 50),
    "Greece": View(18, -48, 12),
}


@pytest.mark.parametrize("where", VIEWS)
def test_outlines_are_light(where: str) -> None:
    paths = paths_of(VIEWS[where])
    assert paths["land"]
    assert len(gzip.compress("".join(paths.values()).encode(), 6)) < 15_000


def test_many_races_make_no_heavy_page() -> None:
    everywhere = [
        ((number * 37.7) % 360 - 180, (number * 7.3) % 120 - 60) for number in range(5000)
    ]
    page = render_to_string("partials/race_map.html", {"race_map": drawn(spots_at(everywhere))})
    assert len(gzip.compress(page.encode(), 6)) < 40_000


def inside(path: str, x: float, y: float) -> bool:
    """Whether a point lies in the area of closed paths, as the browser fills it."""
    within = False
    for ring in re.findall(r"M[^M]*", path):
        at = (0, 0)
        points = []
        numbers = list(map(int, re.findall(r"-?\d+", ring)))
        for step in zip(numbers[::2], numbers[1::2], strict=True):
            at = (at[0] + step[0], at[1] + step[1])
            points.append(at)
        for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                within = not within
    return within


@pytest.mark.parametrize(
    ("longitude", "latitude", "is_land"),
    [
        (2.5, 46.5, True), (-5, 45, False), (-100, 40, True), (134, -25, True), (0, -80, True),
        (178.1, -17.8, True), (175, -39, True), (-155.5, 19.6, True), (179.5, 67.5, True),
        (-179.0, 67.5, True), (-179.5, -30, False), (51, 42, False), (20, 0, True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("width", [4, 60, 120, 360])
def test_land_is_where_it_is(longitude: float, latitude: float, is_land: bool, width: int) -> None:
    """Coarse and fine, whole and in part, across the date line and around a pole."""
    view = view_of([(longitude, latitude)], margin=1, least=width)
    if width == 360 and longitude == 178.1:
        return  # Fiji is smaller than what a map of the world shows.
    x, y = view.place(longitude, latitude)
    if 0 <= y <= 1 / SHAPE:
        assert inside(paths_of(view)["land"], x * WIDTH, y * WIDTH) == is_land


def test_the_great_lakes_are_water() -> None:
    for width in (8, 60, 120):
        view = view_of([(-87, 43)], margin=1, least=width)
        x, y = view.place(-87, 43)
        assert inside(paths_of(view)["lakes"], x * WIDTH, y * WIDTH)


def topology(path: Path, arcs: list[list[list[int]]], **objects: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(
            {
                "type": "Topology",
                "transform": {"scale": [1, 1], "translate": [0, 0]},
                "objects": {
                    name: {"type": "GeometryCollection", "geometries": geometries}
                    for name, geometries in objects.items()
                },
                "arcs": arcs,
            }
        )
    )


def test_outlines_are_made_from_the_two_packages(tmp_path: Path) -> None:
    """Two countries side by side, the eastern one across the date line."""
    arcs = [
        [[170, 10], [-10, 0], [0, -10], [10, 0]],  # the west, from the border and back to it
        [[170, 0], [0, 10]],  # the border
        [[170, 10], [15 - 360, 0], [0, -10], [345, 0]],  # the east
        [[-180, -70], [90, -5], [90, 0], [90, 0], [89, 5]],  # a coast around the pole
        [[0, -89], [120, 0], [120, 0], [120, 0]],  # the pole
    ]
    square = {"type": "Polygon", "arcs": [[0, 1]]}
    east = {"type": "Polygon", "arcs": [[2, ~1]]}
    land = {"type": "MultiPolygon", "arcs": [[[~2, 0]]]}
    for scale in ("110m", "50m"):
        topology(
            tmp_path / f"atlas/countries-{scale}.json",
            arcs,
            countries=[square | {"id": "1"}, east | {"id": "2"}],
            land=[land, {"type": "Polygon", "arcs": [[3]]}, {"type": "Polygon", "arcs": [[4]]}],
        )
        states = [
            {"type": "Polygon", "arcs": [[0, 1]], "properties": {"gu": "A"}},
            {"type": "Polygon", "arcs": [[2, ~1]], "properties": {"gu": "B"}},
        ]
        topology(
            tmp_path / f"lakes/dist/world_{scale}.json",
            arcs,
            lakes=[square],
            subunits=states,
        )
    call_command(
        "draw_outlines", str(tmp_path / "atlas"), str(tmp_path / "lakes"), to=tmp_path, verbosity=0
    )
    held = json.loads((tmp_path / "near.json").read_text())
    assert "Natural Earth" in held["source"]
    across, around = (vertices_of(line, held["steps_around"]) for line in held["land"])
    # From the border's foot east around, then west around; south is down.
    assert across == [
        (170, 0), (185, 0), (185, -10), (170, -10), (160, -10), (160, 0), (170, 0)
    ]  # fmt: skip
    # Closed along the edge of the map.
    assert [x for x, _ in around] == [-180, -90, 0, 90, 179, 179, -180, -180]
    assert [vertices_of(line, held["steps_around"]) for line in held["borders"]] == [
        [(170, 0), (170, -10)]
    ]
    assert [len(line) for line in held["lakes"]] == [10]
    # They meet, but are states of two countries.
    assert held["states"] == []


def vertices_of(steps: list[int], steps_around: int) -> list[tuple[int, int]]:
    xs, ys = (accumulate(steps[first::2]) for first in (0, 1))
    in_degrees = 360 / steps_around
    return [(round(x * in_degrees), round(y * in_degrees)) for x, y in zip(xs, ys, strict=True)]


def test_the_files_are_those_that_the_command_writes() -> None:
    for name in ("world", "near"):
        held = json.loads((outlines.FOLDER / f"{name}.json").read_text())
        assert [kind for kind in held if isinstance(held[kind], list)] == outlines.KINDS


def test_the_sheet_shows_each_set_of_pins_where_it_has_room() -> None:
    sheet = (Path(__file__).parents[2] / "static/css/site.css").read_text()
    assert f"@container (min-width: {drawing.ROOMY}px)" in sheet
