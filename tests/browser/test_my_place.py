"""A place that a reader keeps: home and words have races near it, and nobody else learns of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from races.models import Place
from tests.browser.people import watched
from tests.factories import DistanceFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

PHONE = {"width": 390, "height": 844}
LONDON, SYDNEY = (51.51, -0.13), (-33.87, 151.21)
ANYWHERE = ["Harbour Marathon", "Reef Marathon", "Dune Marathon"]
NEAR = "Thames Marathon"
SHIFTS = """
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
REFUSED = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("refused", "SecurityError"); } });"""


@pytest.fixture(scope="module")
def races(site: str, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        Place.objects.create(
            geoname_id=1, name="London", country="GB", population=9_000_000,
            keys=["london"], latitude=LONDON[0], longitude=LONDON[1], time_zone="Europe/London",
        )  # fmt: skip
        marathons = [*((name, SYDNEY) for name in ANYWHERE), (NEAR, LONDON)]
        for days, (name, (latitude, longitude)) in enumerate(marathons, 1):
            DistanceFactory(
                edition__start_date=timezone.localdate() + timedelta(days=days),
                edition__date_precision="day", edition__race__name=name,
                edition__race__latitude=latitude, edition__race__longitude=longitude,
            )  # fmt: skip


@pytest.fixture
def context(browser: Browser, site: str, races: None) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, viewport=PHONE, locale="en-GB")
    context.set_default_timeout(10_000)
    troubles = watched(context, site)
    yield context
    context.close()
    assert not troubles


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def next_races(page: Page) -> Locator:
    return page.get_by_role("region", name="The next races")


def next_event(page: Page) -> Locator:
    return page.get_by_role("region", name="Find your next event")


def names(part: Locator) -> Locator:
    return part.locator(".race-row__name")


def keep_london(page: Page) -> None:
    page.goto("/races/?near=London")
    page.get_by_role("button", name="Keep London as my place").click()
    expect(page.get_by_text("Kept in this browser only")).to_be_visible()


def test_a_place_is_chosen_and_home_and_words_show_what_is_near_it_until_it_is_forgotten(
    page: Page,
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/glossary/taper/")
    plain = names(next_event(page)).all_inner_texts()
    assert plain[0] != NEAR
    page.goto("/")
    expect(names(next_races(page))).to_have_text(ANYWHERE)
    expect(names(next_races(page)).nth(1)).to_be_in_viewport()
    page.get_by_role("link", name="Find some near you").click()
    expect(page.get_by_label("Near a town")).to_be_focused()
    page.keyboard.type("london")
    page.keyboard.press("Enter")
    keep = page.get_by_role("button", name="Keep London as my place")
    expect(keep).to_be_visible()
    assert not any("/near/" in url for url in asked)
    keep.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Forget London as my place")).to_be_focused()
    expect(page.get_by_text("Kept in this browser only")).to_be_visible()

    page.get_by_role("link", name="Startline").click()
    expect(next_races(page).get_by_text("Near London.")).to_be_visible()
    expect(names(next_races(page)).first).to_have_text(NEAR)
    expect(next_races(page).get_by_text("right there")).to_be_visible()
    assert page.context.cookies() == []

    page.goto("/glossary/taper/")
    expect(names(next_event(page)).first).to_have_text(NEAR)
    expect(names(next_event(page))).to_have_count(3)
    # The section is still one of those that the page marks as it is read.
    page.get_by_role("link", name="Your next event", exact=True).click()
    expect(page.locator(".strip [aria-current]")).to_have_text("Your next event")
    page.set_viewport_size({"width": 1280, "height": 844})
    expect(page.get_by_role("region", name="A race that fits")).to_contain_text(NEAR)

    next_event(page).get_by_role("button", name="Forget this place").press("Enter")
    expect(page.locator("#offer")).to_be_focused()
    expect(page.get_by_text("Near London")).to_have_count(0)
    expect(names(next_event(page))).to_have_text(plain)
    expect(page.get_by_role("region", name="A race that fits")).to_contain_text(plain[0])
    page.goto("/")
    expect(names(next_races(page))).to_have_text(ANYWHERE)
    assert page.evaluate("localStorage.length") == 0


def test_nothing_moves_and_nothing_is_wrong_when_the_races_near_come(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    keep_london(page)
    context.add_init_script(SHIFTS)
    for width in [390, 1280]:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/")
        expect(names(next_races(page)).first).to_have_text(NEAR)
        assert page.evaluate("new Promise((r) => requestAnimationFrame(() => r(shift)))") == 0
    for address in ["/", "/glossary/taper/", "/races/?near=London"]:
        page.goto(address)
        expect(page.get_by_role("button", name="Forget")).to_be_visible()
        for scheme in ["light", "dark"]:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(page).response["violations"]
            assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []


def test_where_one_is_can_be_kept_no_closer_than_the_search_had_it(context: BrowserContext) -> None:
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 51.5074, "longitude": -0.1278})
    page = context.new_page()
    page.goto("/races/#id_near")
    page.get_by_role("button", name="Near me").click()
    page.get_by_role("button", name="Keep this as my place").click()
    assert page.evaluate("localStorage.place") == "near=51.5%2C-0.1"
    page.goto("/")
    expect(next_races(page).get_by_text("Near your place.")).to_be_visible()
    expect(names(next_races(page)).first).to_have_text(NEAR)
    next_races(page).get_by_role("button", name="Forget this place").click()
    expect(names(next_races(page))).to_have_text(ANYWHERE)


def test_back_from_a_search_home_knows_what_was_chosen_there(page: Page) -> None:
    page.goto("/")
    keep_london(page)
    page.go_back()
    expect(names(next_races(page)).first).to_have_text(NEAR)
    page.go_forward()
    page.get_by_role("button", name="Forget London as my place").click()
    expect(page.get_by_text("Forgotten.")).to_be_visible()
    page.go_back()
    expect(names(next_races(page))).to_have_text(ANYWHERE)


def test_a_kept_place_that_nobody_knows_any_more_is_said(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.evaluate("localStorage.place = 'near=Atlantis'")
    page.reload()
    expect(next_races(page).get_by_text("We know no town “Atlantis”")).to_be_visible()
    expect(names(next_races(page))).to_have_text(ANYWHERE)
    page.get_by_role("button", name="Forget this place").click()
    expect(next_races(page).get_by_text("Anywhere, soonest first.")).to_be_visible()


def test_a_browser_that_keeps_nothing_says_so_and_all_is_as_before(context: BrowserContext) -> None:
    context.add_init_script(REFUSED)
    page = context.new_page()
    page.goto("/races/?near=London")
    page.get_by_role("button", name="Keep London as my place").click()
    expect(page.get_by_text("Your browser keeps nothing for this site.")).to_be_visible()
    page.goto("/")
    expect(names(next_races(page))).to_have_text(ANYWHERE)
    page.goto("/glossary/taper/")
    expect(names(next_event(page))).to_have_count(3)


def test_without_an_answer_or_a_script_pages_stay_as_they_are(
    browser: Browser, site: str, races: None
) -> None:
    context = browser.new_context(base_url=site)
    page = context.new_page()
    keep_london(page)
    page.route("**/near/**", lambda route: route.fulfill(status=503, body="no"))
    with page.expect_response("**/near/*"):
        page.goto("/")
    expect(names(next_races(page))).to_have_text(ANYWHERE)
    context.close()

    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/races/?near=London")
    expect(page.get_by_role("heading", level=1)).to_contain_text("London")
    expect(page.locator(".keep-place")).to_be_hidden()
    page.goto("/")
    expect(names(next_races(page))).to_have_text(ANYWHERE)
    page.get_by_role("link", name="Find some near you").click()
    expect(page.get_by_label("Near a town")).to_be_visible()
    context.close()
