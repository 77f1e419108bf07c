"""The map of races as it stands on the screen. The style guide shows it with made-up races."""

from collections.abc import Iterator
from itertools import combinations
from math import dist

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from config.pages.examples import maps
from tests.browser.people import style_guide

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]


# Wherever a finger comes down within 24 pixels around a point.
ANSWERS_EVERYWHERE = """(link, [x, y]) =>
    [[0, 0], [11, 0], [-11, 0], [0, 11], [0, -11]].every(
        ([right, down]) => document.elementFromPoint(x + right, y + down)?.closest('a') === link
    )"""


@pytest.fixture(scope="module")
def guide(site: str, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(base_url=site)
    style_guide(page)
    yield page
    page.close()


def the_map(page: Page, title: str) -> Locator:
    """The example of this title, wherever it stands."""
    return page.locator(".race-map").nth(list(dict(maps())).index(title))


@pytest.mark.parametrize(("width", "pins"), [(320, "narrow"), (660, "narrow"), (1280, "roomy")])
def test_a_map_shows_the_pins_that_it_has_room_for(guide: Page, width: int, pins: str) -> None:
    guide.set_viewport_size({"width": width, "height": 900})
    for title, race_map in maps():
        links = the_map(guide, title).get_by_role("link")
        names = [pin.name for pin in getattr(race_map, pins)]
        expect(links).to_have_count(len(names))
        # What is read aloud, in the order in which it stands; the number is not said twice.
        for link, name in zip(links.all(), names, strict=True):
            expect(link).to_have_accessible_name(name)


@pytest.mark.parametrize("width", [320, 390, 680, 1280])
def test_no_target_is_smaller_than_24_pixels_or_covered(guide: Page, width: int) -> None:
    guide.set_viewport_size({"width": width, "height": 900})
    for title, _ in maps():
        drawing = the_map(guide, title)
        drawing.scroll_into_view_if_needed()
        middles = []
        for link in drawing.get_by_role("link").all():
            box = link.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 24
            middles.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
            assert link.evaluate(ANSWERS_EVERYWHERE, list(middles[-1]))
        assert all(dist(*pair) >= 24 for pair in combinations(middles, 2))


def test_the_keyboard_walks_the_map_in_reading_order(guide: Page) -> None:
    guide.set_viewport_size({"width": 1280, "height": 900})
    links = the_map(guide, "Near a place").get_by_role("link")
    links.first.focus()
    for link in links.all():
        expect(link).to_be_focused()
        guide.keyboard.press("Tab")
    links.first.focus()
    guide.keyboard.press("Enter")
    guide.wait_for_url("**/races/**")
    guide.go_back()
