"""Courses out of GPX files: what a file gives, and what each file that is none is told."""

import gzip
import math
from collections.abc import Callable, Sequence

import gpxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from races.courses import measuring
from races.courses.facts import LINE_POINTS, PROFILE_SAMPLES, facts_of
from races.courses.gpx import read, written
from races.courses.parsing import MOST_BYTES, MOST_POINTS, Refused

METRES_A_DEGREE = math.radians(1) * measuring.EARTH_METRES
Point = tuple[float, float, float | None]
HEAD = '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"'


def meridian(
    metres: float,
    height: Callable[[float], float | None],
    *,
    every: float = 10,
    longitude: float = 7,
) -> list[Point]:
    """A course due north from 46° N, of a length that is known."""
    steps = round(metres / every)
    return [
        (46 + i * metres / steps / METRES_A_DEGREE, longitude, height(i * metres / steps))
        for i in range(steps + 1)
    ]


def hills(metres: float) -> float:
    """Hills 100 m high, each 2 km long, from the foot of one."""
    return 500 - 50 * math.cos(2 * math.pi * metres / 2000)


def point(tag: str, at: Point, inside: str = "") -> str:
    ele = "" if at[2] is None else f"<ele>{at[2]}</ele>"
    return f'<{tag} lat="{at[0]:.8f}" lon="{at[1]:.8f}">{ele}{inside}</{tag}>'


def track(*segments: Sequence[Point], inside: str = "", places: str = "") -> str:
    lines = ("".join(point("trkpt", at, inside) for at in segment) for segment in segments)
    parts = "".join(f"<trkseg>{line}</trkseg>" for line in lines)
    return f"{HEAD}>{places}<trk><name>Morning Run</name>{parts}</trk></gpx>"


def osm(points: Sequence[Point]) -> bytes:
    """As OpenStreetMap gives a trace: GPX 1.0, a time a point."""
    when = "<time>2026-05-01T08:00:00Z</time>"
    body = "".join(point("trkpt", at, when) for at in points)
    head = (
        '<gpx version="1.0" creator="OSM gpx_processor" xmlns="http://www.topografix.com/GPX/1/0">'
    )
    declared = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{declared}\n{head}<trk><trkseg>{body}</trkseg></trk></gpx>".encode()


def watch(points: Sequence[Point]) -> bytes:
    """As a Garmin watch: the device, the person, and extensions in a namespace of their own."""
    extension = (
        "<time>2026-05-01T08:00:00.000Z</time><extensions><ns3:TrackPointExtension>"
        "<ns3:hr>181</ns3:hr><ns3:cad>88</ns3:cad></ns3:TrackPointExtension></extensions>"
    )
    meta = (
        '<metadata><author><name>Ana Runner</name><email id="ana" domain="example.org"/></author>'
        "<time>2026-05-01T08:00:00.000Z</time></metadata>"
    )
    body = "".join(point("trkpt", at, extension) for at in points)
    head = HEAD.replace('creator="x"', 'creator="Forerunner 965"')
    head += ' xmlns:ns3="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">'
    return f"{head}{meta}<trk><name>Ana</name><trkseg>{body}</trkseg></trk></gpx>".encode()


def strava(points: Sequence[Point]) -> bytes:
    """A route, drawn on a map."""
    body = "".join(point("rtept", at) for at in points)
    return f"{HEAD}><metadata><name>Route</name></metadata><rte>{body}</rte></gpx>".encode()


def komoot(points: Sequence[Point]) -> bytes:
    """An empty line before the declaration, a BOM, and everything on its own line."""
    return (
        b"\xef\xbb\xbf\n<?xml version='1.0' encoding='UTF-8'?>\n"
        + track(points).replace("><", ">\n  <").encode()
    )


@pytest.mark.parametrize("shape", [osm, watch, strava, komoot])
def test_the_shapes_of_others_give_length_and_gain(
    shape: Callable[[Sequence[Point]], bytes],
) -> None:
    facts = facts_of(read(shape(meridian(10_000, hills))))
    assert facts["metres"] == pytest.approx(10_000, rel=0.001)
    # Five hills of 100 m, each up and down; the window flattens hills so wide by half a percent.
    assert facts["ascent_metres"] == pytest.approx(500, rel=0.01)
    assert facts["descent_metres"] == pytest.approx(500, rel=0.01)
    assert (facts["lowest_metres"], facts["highest_metres"]) == (450, 550)
    # The kilometre from foot to top.
    assert facts["steepest_from"] % 2000 in {0, 10, 1990}
    assert facts["steepest_rise"] == pytest.approx(100, abs=1)


def test_the_noise_of_a_receiver_is_hardly_a_climb() -> None:
    noise = np.random.default_rng(1).normal(0, 3, 20_000)
    flat = meridian(20_000, lambda metres: 20 + noise[int(metres) % 20_000])
    rough = sum(max(b[2] - a[2], 0) for a, b in zip(flat, flat[1:], strict=False) if a[2] and b[2])
    assert rough > 1500
    assert facts_of(read(osm(flat)))["ascent_metres"] < 20


def test_a_slope_is_climbed_whole() -> None:
    facts = facts_of(read(osm(meridian(3000, lambda metres: 100 + metres / 10))))
    assert (facts["ascent_metres"], facts["descent_metres"]) == (300, 0)
    assert facts["steepest_rise"] == 100
    short = facts_of(read(osm(meridian(900, hills))))
    assert short["steepest_from"] is short["steepest_rise"] is None


def test_between_two_segments_nothing_is_run_or_climbed() -> None:
    first = meridian(2000, lambda metres: 100)
    second = meridian(2000, lambda metres: 900, longitude=7.5)
    facts = facts_of(read(track(first, second).encode()))
    assert facts["metres"] == 4000
    assert (facts["ascent_metres"], facts["highest_metres"]) == (0, 900)
    assert [len(part) for part in facts["line"]] == [2, 2]


def test_a_course_crosses_the_date_line() -> None:
    points = [(0.0, 179.9 + i / 100 - 360 * (i >= 10), 5.0) for i in range(21)]
    line = measuring.joined(read(osm(points)).segments)
    assert line.along[-1] == pytest.approx(0.2 * METRES_A_DEGREE, rel=1e-6)
    assert np.ptp(measuring.flat(line.points)[:, 0]) == pytest.approx(0.2 * METRES_A_DEGREE)


PLACES = """
<wpt lat="46.02" lon="7.001"><name>CP1 Old Mill</name><desc>Cut-off 14:30</desc></wpt>
<wpt lat="46.01" lon="7"><name>Aid 1 &amp; water ana@example.org</name></wpt>
<wpt lat="46.01" lon="7"><name>Ana’s home</name><desc>ring twice</desc></wpt>
<wpt lat="47" lon="7"><name>CP 9, of another course</name></wpt>
"""


def test_what_stands_along_the_course_is_kept_and_no_other_place() -> None:
    course = read(track(meridian(5000, hills), places=PLACES).encode())
    assert [
        (each["name"], round(each["metres"], -1)) for each in facts_of(course)["waypoints"]
    ] == [
        ("Aid 1 & water", 1110),
        ("CP1 Old Mill, Cut-off 14:30", 2220),
    ]


def test_the_file_that_is_offered_says_nothing_of_a_person() -> None:
    course = read(watch(meridian(1000, hills)))
    clean = written(course).decode()
    for theirs in ("Ana", "2026", "181", "hr", "Forerunner", "example.org", "time", "extensions"):
        assert theirs not in clean
    again = gpxpy.parse(clean)
    assert again.length_2d() == pytest.approx(1000, rel=0.002)
    assert len(again.tracks[0].segments[0].points) == 101
    figures = [name for name in facts_of(course) if name not in {"line", "profile"}]
    first, second = facts_of(course), facts_of(read(clean.encode()))
    assert [first[name] for name in figures] == [second[name] for name in figures]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_letters_are_read_however_they_are_written(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    place = '<wpt lat="46" lon="7"><name>Départ, start</name></wpt>'
    data = (declared + track(meridian(1000, hills), places=place)).encode(encoding)
    assert facts_of(read(data))["waypoints"][0]["name"] == "Départ, start"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + f"]>{HEAD}><trk><name>&a11;</name></trk></gpx>"
)
STRANGE_FILE = (
    '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    f"{HEAD}><trk><name>&x;</name></trk></gpx>"
)
PLAIN = meridian(1000, hills)


def without_heights(points: Sequence[Point], every: int = 1) -> list[Point]:
    return [(a, b, None if i % every == 0 else c) for i, (a, b, c) in enumerate(points)]


def displaced(points: Sequence[Point], at: int) -> list[Point]:
    return [(a + (i >= at) * 0.1, b, c) for i, (a, b, c) in enumerate(points)]


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b" \n", "empty"),
    "picture": (b"\xff\xd8\xff\xe0 JFIF", "a picture"),
    "pdf": (b"%PDF-1.7", "a PDF"),
    "gzip": (gzip.compress(track(PLAIN).encode()), "packed (gzip)"),
    "zip": (b"PK\x03\x04rest", "packed (ZIP"),
    "fit": (b"\x0e\x10\xd9\x07\x00\x00\x01\x00.FIT\x00", "a FIT file"),
    "html": (b"\n<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
    "xhtml": (b"<?xml version='1.0'?><html></html>", "a web page"),
    "kml": (b'<kml xmlns="http://www.opengis.net/kml/2.2"></kml>', "a KML file"),
    "tcx": (b"<TrainingCenterDatabase></TrainingCenterDatabase>", "a TCX file"),
    "osm": (b"<osm></osm>", "OpenStreetMap’s own format"),
    "geojson": (b'{"type": "LineString"}', "GeoJSON"),
    "text": (b"Start at the church, then left.", "not a GPX file"),
    "other xml": (b"<rss></rss>", "not a GPX file"),
    "bomb": (BOMB.encode(), "declares entities"),
    "strange file": (STRANGE_FILE.encode(), "declares entities"),
    "deep": (f"{HEAD}>{'<a>' * 100}".encode(), "nested more than 32 deep"),
    "cut short": (track(PLAIN).encode()[:900], "broken in line 1"),
    "no such letters": (b"<?xml version='1.0' encoding='klingon'?><gpx></gpx>", "GPX file|letters"),
    "no track": (f"{HEAD}></gpx>".encode(), "no track and no route"),
    "places alone": (f"{HEAD}>{PLACES}</gpx>".encode(), "only single places"),
    "one point": (track(PLAIN[:1]).encode(), "no track and no route"),
    "no elevation": (track(without_heights(PLAIN)).encode(), "no elevation"),
    "zeros": (track(meridian(1000, lambda metres: 0)).encode(), "no elevation"),
    "holes": (track(without_heights(PLAIN, 5)).encode(), "21 of 101 points have no elevation"),
    "jump": (track(displaced(PLAIN, 50)).encode(), "jumps by 11.1 km after point 50, at 46.0044"),
    "jump later": (track(PLAIN, displaced(PLAIN, 2)).encode(), "after point 2 of part 2"),
    "no latitude": (track(PLAIN).replace("lat=", "lot=").encode(), "nowhere on earth"),
    "off the earth": (track([(91, 7, 1.0), (92, 7, 1.0)]).encode(), "nowhere on earth"),
    "not a number": (track([(math.nan, 7, 1.0)]).encode(), "nowhere on earth"),
    "no fix": (track([(46, 7, -32768.0), (46, 7, 1.0)]).encode(), "height of -32,768 m"),
    "standing": (track([(46, 7, 1.0)] * 9).encode(), "only 0 m long"),
    "too large": (b"<" * (MOST_BYTES + 1), "larger than 20 MB"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_has_its_word(name: str) -> None:
    data, word = BAD[name]
    with pytest.raises(Refused) as refused:
        facts_of(read(data))
    assert any(each in str(refused.value) for each in word.split("|")), refused.value


def test_a_file_may_have_so_many_points_and_no_more() -> None:
    points = [point("trkpt", (46 + i * 1e-6, 7, 500.0)) for i in range(MOST_POINTS + 1)]
    whole = f"{HEAD}><trk><trkseg>{{}}</trkseg></trk></gpx>"
    assert len(read(whole.format("".join(points[:-1])).encode()).segments[0]) == MOST_POINTS
    with pytest.raises(Refused, match="more than 200,000 points"):
        read(whole.format("".join(points)).encode())


def test_a_few_heights_may_lack() -> None:
    facts = facts_of(read(track(without_heights(meridian(10_000, hills), 20)).encode()))
    assert facts["ascent_metres"] == pytest.approx(500, rel=0.02)


# Never standing still, where up and down have no order.
steps = st.tuples(st.floats(0.0005, 0.01), st.floats(-0.01, 0.01), st.floats(-100, 2000))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(steps, min_size=2, max_size=60), min_size=1, max_size=4))
def test_of_any_course_these_hold(walks: list[list[tuple[float, float, float]]]) -> None:
    segments = [
        np.column_stack([np.cumsum(np.array(walk)[:, :2], axis=0), np.array(walk)[:, 2]])
        for walk in walks
    ]
    line = measuring.joined(segments)
    profile = measuring.profile_of(line)
    up, down = measuring.climbed(profile.climbed)
    heights = profile.climbed
    assert min(up, down) >= 0
    # What goes up and does not come down is how much higher it ends, but for what is no turn yet.
    assert abs(up - down - (heights[-1] - heights[0])) <= 2 * measuring.HYSTERESIS
    assert up <= np.clip(np.diff(heights), 0, None).sum() + 1e-6
    backwards = measuring.joined([segment[::-1] for segment in segments[::-1]])
    assert backwards.along[-1] == pytest.approx(line.along[-1])
    back_up, back_down = measuring.climbed(measuring.profile_of(backwards).climbed)
    assert (back_up, back_down) == pytest.approx((down, up), abs=4 * measuring.HYSTERESIS)
    kept = measuring.simplified(line, LINE_POINTS)
    assert sum(map(len, kept)) <= LINE_POINTS
    assert [part[0] for part in kept] == line.begins
    if steepest := measuring.steepest_kilometre(profile):
        assert 0 <= steepest.start <= line.along[-1] - 990
        assert steepest.rise <= np.ptp(heights) * 1.02


def test_a_long_course_is_shown_with_few_points() -> None:
    points = [
        (46 + math.sin(i / 900) / 50 + i * 1e-5, 7 + math.cos(i / 700) / 50, 500 + i % 7)
        for i in range(20_000)
    ]
    course = read(osm(points))
    facts = facts_of(course)
    assert sum(map(len, facts["line"])) == LINE_POINTS
    assert len(facts["profile"]) == PROFILE_SAMPLES
    line = measuring.joined([np.array([[*at, 0.0] for at in facts["line"][0]])])
    assert line.along[-1] == pytest.approx(facts["metres"], rel=0.01)
