"""The course on a race's page, as a phone and a screen reader have it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from races.models import Distance, Edition
from tests.factories import CourseFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    page = browser.new_page(
        base_url=site, java_script_enabled=request.param, viewport={"width": 320, "height": 700}
    )
    yield page
    page.close()


@pytest.fixture(scope="module")
def distance(site: str) -> Distance:
    ahead = Edition.objects.upcoming().filter(race__slug="hardrock-100")
    distance = Distance.objects.get(edition__in=ahead)
    CourseFactory(distance=distance)
    return distance


def test_a_course_is_seen_told_and_taken_along(page: Page, distance: Distance) -> None:
    page.goto("/races/hardrock-100/")
    part = page.get_by_role("region", name="The course")
    profile = part.get_by_role("img", name=f"Elevation profile of {distance.name}")
    track = part.get_by_role("img", name=f"Track of {distance.name}, north up")
    for drawing in (profile, track):
        box = drawing.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert box["height"] > 60
    expect(part.get_by_role("term").filter(has_text="Climb")).to_be_visible()
    expect(part.get_by_role("listitem")).to_have_text("CP1, cut-off 14:30, after 5.6 km (3.5 mi)")
    with page.expect_download() as download:
        part.get_by_role("link", name=f"Download {distance.name} as GPX").click()
    assert download.value.suggested_filename == f"hardrock-100-{distance.pk}.gpx"
