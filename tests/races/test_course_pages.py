"""A course from the desk to the page: sent by an editor, read by the worker, shown and offered."""

import gzip
import math
import re

import gpxpy
import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from organizers.models import User
from races.history import versions
from races.models import Course, Distance, Race
from tests.backstage import run_worker
from tests.desk import as_read, client_of, errors, form_of, opened
from tests.factories import DistanceFactory, UserFactory

pytestmark = pytest.mark.django_db

DEGREE = math.radians(1) * 6_371_008.8


def gpx(metres: int = 12_000, *, height: int = 800, bend: float = 0.01, places: str = "") -> bytes:
    """A hill in a bend, as a watch has recorded it."""
    steps = metres // 20
    points = "".join(
        f'<trkpt lat="{46 + i * 20 / DEGREE:.7f}" lon="{7 + bend * math.sin(i / 40):.7f}">'
        f"<ele>{height - 300 * math.cos(2 * math.pi * i / steps):.1f}</ele>"
        "<time>2026-05-01T08:00:00Z</time></trkpt>"
        for i in range(steps + 1)
    )
    head = '<gpx version="1.1" creator="Fenix 8" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}{places}<trk><name>Ana</name><trkseg>{points}</trkseg></trk></gpx>".encode()


PLACES = '<wpt lat="46.05" lon="7"><name>Aid &lt;1&gt;</name><desc>Cut-off 14:30</desc></wpt>'


@pytest.fixture
def distance() -> Distance:
    made: Distance = DistanceFactory(edition__race__slug="hill", name="Hill run", metres=12_000)
    return made


@pytest.fixture
def page_of_edition(distance: Distance) -> str:
    return form_of(distance.edition)


def send(desk: Client, address: str, field: str, data: bytes, **more: str) -> str:
    """What the desk answers."""
    file = SimpleUploadedFile("course.gpx", data, "application/gpx+xml")
    values = {**opened(desk, address), field: file, **more, "_save": "x"}
    return as_read(desk.post(address, values, follow=True).content.decode())


FIELD = "distances-0-course_file"


def public() -> str:
    return as_read(Client().get("/races/hill/").content.decode())


def test_a_course_is_sent_read_shown_and_offered(
    editing: Client, distance: Distance, page_of_edition: str
) -> None:
    assert "The course" not in public()
    send(editing, page_of_edition, FIELD, gpx(places=PLACES))
    assert "Waits to be read." in as_read(editing.get(page_of_edition).content.decode())
    assert "The course" not in public()
    run_worker()
    # The bend makes it a little longer than twelve kilometres.
    course = Course.objects.get()
    assert course.metres == pytest.approx(gpxpy.parse(gpx().decode()).length_2d(), rel=0.002)
    assert course.ascent_metres == pytest.approx(600, abs=2)
    desk = as_read(editing.get(page_of_edition).content.decode())
    assert f"Shown: {course.metres / 1000:.1f} km" in desk
    page = public()
    for said in (
        "<h2 id=\"courses\">The course</h2>",
        f'<dd class="measure">{course.metres / 1000:.1f} km (',
        '<dt>Climb</dt><dd class="measure">600 m (1,96',
        '<dt>Highest point</dt><dd class="measure">1,1',
        f"<dd>{course.metres / 1000 + 6:.1f}</dd>", "Elevation profile of Hill run</title>",
        "<li>Aid &lt;1&gt;, Cut-off 14:30, after ",
    ):  # fmt: skip
        assert said in page
    link = re.search(r'href="(/races/hill/course-\d+\.gpx)"', page)
    assert link
    answer = Client().get(link[1])
    assert answer["Content-Type"] == "application/gpx+xml"
    assert answer["Content-Disposition"] == f'attachment; filename="hill-{distance.pk}.gpx"'
    assert "public" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    offered = answer.content.decode()
    assert gpxpy.parse(offered).length_2d() == pytest.approx(course.metres, rel=0.002)
    for theirs in ("Ana", "2026", "Fenix"):
        assert theirs not in offered
        assert theirs.encode() not in gzip.decompress(course.file or b"")
    assert course.upload is None


def test_its_history_says_that_a_course_was_sent(
    editing: Client, distance: Distance, page_of_edition: str
) -> None:
    send(editing, page_of_edition, FIELD, gpx())
    newest = versions.latest(Race.objects.get().pk)
    assert newest
    assert "ourse" in newest.comment


def test_what_is_no_course_is_told_beside_the_field_and_nothing_is_kept(
    editing: Client, page_of_edition: str
) -> None:
    for data, word in [
        (b"\xff\xd8\xff\xe0", "This is a picture, not a GPX file."),
        (b" ", "This file is empty."),
        (b"<" * (20 * 2**20 + 1), "This file is larger than 20 MB."),
    ]:
        file = SimpleUploadedFile("course.gpx", data)
        values = {**opened(editing, page_of_edition), FIELD: file, "_save": "x"}
        page = editing.post(page_of_edition, values).content.decode()
        assert word in " ".join(errors(page).values())
    assert not Course.objects.exists()


def test_what_the_worker_refuses_leaves_its_word_alone(
    editing: Client, distance: Distance, page_of_edition: str
) -> None:
    send(editing, page_of_edition, FIELD, gpx().replace(b"ele>", b"alt>"))
    run_worker()
    word = "Refused: There is no elevation in this file. Export it with elevation."
    assert word in as_read(editing.get(page_of_edition).content.decode())
    assert "The course" not in public()
    course = Course.objects.get()
    assert (course.upload, course.file, course.line) == (None, None, [])
    assert Client().get(f"/races/hill/course-{distance.pk}.gpx").status_code == 404


def test_a_course_is_replaced_and_one_that_is_refused_leaves_it(
    editing: Client, page_of_edition: str
) -> None:
    send(editing, page_of_edition, FIELD, gpx())
    run_worker()
    send(editing, page_of_edition, FIELD, gpx(height=1800))
    assert "A new file waits" in as_read(editing.get(page_of_edition).content.decode())
    assert '<dt>Lowest point</dt><dd class="measure">50' in public()
    run_worker()
    assert '<dt>Lowest point</dt><dd class="measure">1,50' in public()
    send(editing, page_of_edition, FIELD, b"<gpx></gpx>")
    run_worker()
    desk = as_read(editing.get(page_of_edition).content.decode())
    assert "Refused: There is no track and no route in this file. Shown: " in desk
    assert '<dt>Lowest point</dt><dd class="measure">1,50' in public()


def test_a_course_is_taken_off_the_page(
    editing: Client, distance: Distance, page_of_edition: str
) -> None:
    send(editing, form_of(distance), "course_file", gpx())
    run_worker()
    assert "The course" in public()
    both = send(editing, form_of(distance), "course_file", gpx(), remove_course="on")
    assert "Send a new course or take it off, not both." in both
    values = {**opened(editing, page_of_edition), "distances-0-remove_course": "on", "_save": "x"}
    editing.post(page_of_edition, values)
    assert not Course.objects.exists()
    assert "The course" not in public()


def test_a_second_file_before_the_first_was_read_is_the_one_that_counts(
    editing: Client, page_of_edition: str
) -> None:
    send(editing, page_of_edition, FIELD, gpx())
    send(editing, page_of_edition, FIELD, gpx(height=1800))
    run_worker()
    assert Course.objects.get().lowest_metres == pytest.approx(1500, abs=3)


def test_whoever_may_only_look_sends_no_course(distance: Distance) -> None:
    user: User = UserFactory(is_staff=True)
    names = ["view_race", "view_edition", "view_distance"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    onlooker = client_of(user)
    file = SimpleUploadedFile("course.gpx", gpx())
    for address in (form_of(distance), form_of(distance.edition)):
        assert onlooker.get(address).status_code == 200
        answer = onlooker.post(address, {"course_file": file, FIELD: file, "_save": "x"})
        assert answer.status_code == 403
    assert not Course.objects.exists()


def test_a_draft_offers_no_course(
    editing: Client, distance: Distance, page_of_edition: str
) -> None:
    send(editing, page_of_edition, FIELD, gpx())
    run_worker()
    address = f"/races/hill/course-{distance.pk}.gpx"
    assert Client().get(address).status_code == 200
    assert Client().get(f"/races/other/course-{distance.pk}.gpx").status_code == 404
    Race.objects.update(state="draft")
    assert Client().get(address).status_code == 404
    preview = editing.get(f"/admin/races/race/{distance.edition.race_id}/preview/")
    assert "The course" in preview.content.decode()


def test_a_course_weighs_no_more_than_six_kilobytes(editing: Client, page_of_edition: str) -> None:
    before = len(gzip.compress(public().encode(), 6))
    # As crooked as a trail of 100 km: all 400 points are needed.
    crooked = gpx(100_000, places=PLACES, bend=0.02)
    send(editing, page_of_edition, FIELD, crooked)
    run_worker()
    assert sum(map(len, Course.objects.get().line)) == 400
    weight = len(gzip.compress(public().encode(), 6)) - before
    print(f"A course weighs {weight:,} bytes.")
    assert 1000 < weight < 6 * 1024
