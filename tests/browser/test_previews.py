"""Links between words, and the definition they show in place: by mouse, keyboard, finger."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.people import watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

ADDRESS = "/glossary/taper/"
DEFINITION = "VO2max is the most oxygen"


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, site: str) -> Iterator[Page]:
    troubles = watched(context, site)
    page = context.new_page()
    page.goto(ADDRESS)
    yield page
    assert not troubles


@pytest.fixture
def touched(browser: Browser, site: str) -> Iterator[Page]:
    """The page on a phone of the narrowest kind."""
    context = browser.new_context(
        base_url=site, viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(10_000)
    troubles = watched(context, site)
    page = context.new_page()
    page.goto(ADDRESS)
    yield page
    assert not troubles
    context.close()


def link_of(page: Page) -> Locator:
    return page.locator("main a.term-link[href='/glossary/vo2max/']")


def preview_of(page: Page) -> Locator:
    return page.locator(".preview[role=status]")


def point_at(page: Page, link: Locator) -> None:
    link.scroll_into_view_if_needed()
    link.hover()


def test_pointing_at_a_link_shows_its_definition_after_a_moment(page: Page) -> None:
    link, preview = link_of(page), preview_of(page)
    expect(preview).to_be_empty()
    point_at(page, link)
    page.wait_for_timeout(200)
    expect(preview).to_be_empty()
    expect(preview).to_contain_text(DEFINITION)
    assert not overlap(page)

    # It stays while it is itself pointed at, and goes when the pointer has left both.
    preview.hover()
    page.wait_for_timeout(400)
    expect(preview).to_contain_text(DEFINITION)
    page.mouse.move(5, 5)
    expect(preview).to_be_empty()


def overlap(page: Page) -> bool:
    """Whether the preview covers the link or leaves the screen."""
    return bool(
        page.evaluate("""() => {
            const preview = document.querySelector('.preview').getBoundingClientRect();
            const link = document.querySelector("main a[href='/glossary/vo2max/']");
            const covers = [...link.getClientRects()].some(line =>
                line.left < preview.right && line.right > preview.left
                && line.top < preview.bottom && line.bottom > preview.top);
            return covers || preview.left < 0 || preview.top < 0 || preview.width < 100
                || preview.right > document.documentElement.clientWidth
                || preview.bottom > innerHeight;
        }""")
    )


def cards_asked_of(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda r: r.url.endswith("/card/") and asked.append(r.url))
    return asked


def test_passing_over_a_link_shows_nothing_and_asks_nothing(page: Page) -> None:
    asked = cards_asked_of(page)
    point_at(page, link_of(page))
    page.wait_for_timeout(150)
    page.mouse.move(5, 5)
    page.wait_for_timeout(700)
    expect(preview_of(page)).to_be_empty()
    assert asked == []


def test_each_card_is_fetched_once(page: Page) -> None:
    asked = cards_asked_of(page)
    for _ in range(2):
        point_at(page, link_of(page))
        expect(preview_of(page)).to_contain_text(DEFINITION)
        page.mouse.move(5, 5)
        expect(preview_of(page)).to_be_empty()
    assert len(asked) == 1


def test_escape_takes_it_away_and_leaves_the_focus(page: Page) -> None:
    link, preview = link_of(page), preview_of(page)
    point_at(page, link)
    expect(preview).to_contain_text(DEFINITION)
    page.keyboard.press("Escape")
    expect(preview).to_be_empty()
    # Though the pointer is still there.
    page.wait_for_timeout(600)
    expect(preview).to_be_empty()

    page.mouse.move(5, 5)
    tab_to(page, link)
    expect(preview).to_contain_text(DEFINITION)
    page.keyboard.press("Escape")
    expect(preview).to_be_empty()
    expect(link).to_be_focused()


def tab_to(page: Page, link: Locator) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            return
    pytest.fail("The keyboard does not reach the link.")


def test_the_keyboard_shows_it_and_moving_on_takes_it_away(page: Page) -> None:
    link, preview = link_of(page), preview_of(page)
    tab_to(page, link)
    expect(preview).to_contain_text(DEFINITION)
    # The page glides to the link first.
    page.wait_for_timeout(600)
    assert not overlap(page)
    # The mouse moving somewhere else is no reason to take it from who uses the keyboard.
    page.mouse.move(5, 5)
    page.mouse.move(50, 50)
    page.wait_for_timeout(400)
    expect(preview).to_contain_text(DEFINITION)
    page.keyboard.press("Tab")
    expect(preview).not_to_contain_text(DEFINITION)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("VO2max")


def test_where_a_mouse_is_at_hand_there_are_no_buttons(page: Page) -> None:
    assert page.locator(".preview-button").count() > 0
    expect(page.locator(".preview-button").filter(visible=True)).to_have_count(0)


def test_a_finger_has_a_button_of_its_own(touched: Page) -> None:
    preview = preview_of(touched)
    button = touched.get_by_role("button", name="Preview: VO2max")
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    button.tap()
    expect(preview).to_contain_text(DEFINITION)
    expect(button).to_have_attribute("aria-expanded", "true")
    assert not overlap(touched)
    button.tap()
    expect(preview).to_be_empty()
    expect(button).to_have_attribute("aria-expanded", "false")

    button.tap()
    expect(preview).to_contain_text(DEFINITION)
    touched.locator("h1").tap()
    expect(preview).to_be_empty()

    link_of(touched).tap()
    expect(touched.get_by_role("heading", level=1)).to_have_text("VO2max")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_a_preview_open(page: Page, touched: Page, scheme: str) -> None:
    page.bring_to_front()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab_to(page, link_of(page))
    expect(preview_of(page)).to_contain_text(DEFINITION)
    assert violations(page) == []
    touched.bring_to_front()
    touched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    touched.get_by_role("button", name="Preview: VO2max").tap()
    expect(preview_of(touched)).to_contain_text(DEFINITION)
    assert violations(touched) == []
    assert touched.evaluate("document.documentElement.scrollWidth") <= 320


def violations(page: Page) -> list[tuple[str, list[str]]]:
    found = Axe().run(page).response["violations"]
    return [(item["id"], [node["html"] for node in item["nodes"]]) for item in found]


def test_a_card_that_is_gone_shows_nothing(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(ADDRESS)
    page.route("**/card/", lambda route: route.fulfill(status=410, body="gone"))
    point_at(page, link_of(page))
    page.wait_for_timeout(800)
    expect(preview_of(page)).to_be_empty()


def test_without_javascript_a_link_is_a_link_and_nothing_else(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(ADDRESS)
    expect(page.locator(".preview, .preview-button")).to_have_count(0)
    link_of(page).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("VO2max")
    context.close()


def test_paper_shows_neither_links_nor_buttons(touched: Page) -> None:
    touched.emulate_media(media="print")
    expect(touched.locator(".preview-button").first).to_be_hidden()
    line = link_of(touched).evaluate("link => getComputedStyle(link).textDecorationLine")
    assert line == "none"
