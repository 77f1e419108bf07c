"""A race's page as a reader uses it: in their own units, kept in their browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from tests.browser.people import watched
from tests.factories import CourseFactory, DistanceFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

REFUSED = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("refused", "SecurityError"); } });"""


@pytest.fixture(scope="module")
def races(site: str, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        for slug in ("units", "other-units"):
            distance = DistanceFactory(
                edition__race__slug=slug, edition__race__name=slug.title(), name="Full",
                cut_off_minutes=360, ascent_metres=300, descent_metres=200,
            )  # fmt: skip
        CourseFactory(distance=distance)


@pytest.fixture
def context(browser: Browser, site: str, races: None) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, viewport={"width": 390, "height": 844})
    context.set_default_timeout(10_000)
    troubles = watched(context, site)
    yield context
    context.close()
    assert not troubles


def lengths(page: Page) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(".measure").all_inner_texts()]


BOTH = [
    "42.2 km (26.2 mi)",
    "8:31 per km (13:43 per mile) on average, stops included",
    "300 m (984 ft)",
    "200 m (656 ft)",
]
MILES = ["26.2 mi", "13:43 per mile on average, stops included", "984 ft", "656 ft"]
KM = ["42.2 km", "8:31 per km on average, stops included", "300 m", "200 m"]


def test_lengths_are_read_in_the_units_that_one_chooses(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/races/units/")
    units = page.get_by_role("group", name="Units of length")
    expect(units.get_by_label("both")).to_be_checked()
    assert lengths(page) == BOTH
    units.get_by_label("miles").check()
    assert lengths(page) == MILES
    page.goto("/races/other-units/")
    expect(units.get_by_label("miles")).to_be_checked()
    # Its course too.
    assert lengths(page)[:4] == MILES
    assert len(lengths(page)) > 8
    assert not [said for said in lengths(page) if "(" in said or "km" in said]
    # By the keyboard, as any group of choices.
    units.get_by_label("miles").press("ArrowLeft")
    expect(units.get_by_label("km")).to_be_checked()
    assert lengths(page)[:4] == KM
    page.reload()
    assert lengths(page)[:4] == KM
    units.get_by_label("both").check()
    page.reload()
    assert lengths(page)[:4] == BOTH


def test_where_nothing_can_be_kept_it_holds_for_the_page(context: BrowserContext) -> None:
    context.add_init_script(REFUSED)
    page = context.new_page()
    page.goto("/races/units/")
    page.get_by_label("miles").check()
    assert lengths(page) == MILES
    page.reload()
    expect(page.get_by_label("both")).to_be_checked()


def test_without_script_both_stand_and_there_is_nothing_to_choose(
    browser: Browser, site: str, races: None
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/races/units/")
    assert lengths(page) == BOTH
    expect(page.get_by_text("miles", exact=True)).to_be_hidden()
    context.close()
