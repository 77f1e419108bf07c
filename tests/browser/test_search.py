"""The search box as people use it: keys, a finger, a mouse, and a browser without scripts."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.people import watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    troubles = watched(context, site)
    yield context
    context.close()
    assert not troubles


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/")
    return page


def asked_for(page: Page, words: str) -> None:
    page.get_by_role("combobox").press_sequentially(words)
    expect(page.get_by_role("option").first).to_be_visible()


def test_by_keyboard_alone(page: Page) -> None:
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    expect(box).to_have_attribute("aria-expanded", "false")
    asked_for(page, "ta")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_contain_text("suggestion")
    assert not box.get_attribute("aria-activedescendant")
    for key, place in [("ArrowDown", "first"), ("ArrowUp", "last"), ("ArrowDown", "first")]:
        box.press(key)
        option = getattr(options, place)
        expect(option).to_have_attribute("aria-selected", "true")
        expect(page.locator("[aria-selected=true]")).to_have_count(1)
        expect(box).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
        expect(box).to_be_focused()
    expect(options.first).to_contain_text("Taper")
    box.press("Enter")
    expect(page).to_have_url("/glossary/taper/")


def test_enter_without_a_choice_searches(page: Page) -> None:
    asked_for(page, "knee")
    page.get_by_role("combobox").press("Enter")
    expect(page).to_have_url("/search/?q=knee")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “knee”")
    expect(page.locator("mark").first).to_be_visible()


def test_escape_closes_and_then_clears(page: Page) -> None:
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    asked_for(page, "knee")
    box.press("ArrowDown")
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("knee")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert not box.get_attribute("aria-activedescendant")
    box.press("ArrowDown")
    expect(options.first).to_be_visible()
    box.press("Escape")
    box.press("Escape")
    expect(box).to_have_value("")


def test_tab_leaves_and_closes(page: Page) -> None:
    asked_for(page, "knee")
    page.get_by_role("combobox").press("Tab")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.get_by_role("button", name="Search")).to_be_focused()


def test_a_click_chooses_and_a_click_elsewhere_closes(page: Page) -> None:
    asked_for(page, "itb")
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_role("option")).to_have_count(0)
    page.get_by_role("combobox").press("ArrowDown")
    page.get_by_role("option", name="IT Band Syndrome").click()
    expect(page).to_have_url("/glossary/it-band-syndrome/")


def test_back_again_the_box_still_works(page: Page) -> None:
    asked_for(page, "taper")
    page.get_by_role("combobox").press("ArrowDown")
    page.get_by_role("combobox").press("Enter")
    expect(page).to_have_url("/glossary/taper/")
    page.go_back()
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.get_by_role("combobox")).to_have_value("taper")
    page.get_by_role("combobox").fill("")
    asked_for(page, "shin")


def test_the_page_does_not_move_and_nothing_covers_the_edge(page: Page) -> None:
    heading = page.get_by_role("heading", name="The year ahead")
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.get_by_role("combobox").fill("")
        # Not those of the width before, nor those of a word half typed.
        expect(page.get_by_role("option")).to_have_count(0)
        before = heading.bounding_box()
        page.get_by_role("combobox").fill("marathon")
        expect(page.get_by_role("option").first).to_be_visible(timeout=20_000)
        assert heading.bounding_box() == before
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        edges = (
            "all => all.map(e => e.getBoundingClientRect()).map(b => [b.height, b.left, b.right])"
        )
        for height, left, right in page.get_by_role("option").evaluate_all(edges):
            assert height >= 44
            assert left >= 0
            assert right <= width
        page.get_by_role("combobox").press("Escape")


def test_by_touch(browser: Browser, site: str) -> None:
    context = browser.new_context(
        base_url=site, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 700}
    )
    page = context.new_page()
    page.goto("/search/")
    page.get_by_role("combobox").tap()
    asked_for(page, "backyard")
    page.get_by_role("option").first.tap()
    expect(page).to_have_url(f"{site}/glossary/backyard-ultra/")
    context.close()


def test_without_scripts_the_form_searches(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Look up a word or a race").fill("plantar fascitiss")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Showing results for")).to_contain_text("Plantar")
    page.get_by_role("link", name="Plantar Fasciitis").click()
    expect(page).to_have_url(f"{site}/glossary/plantar-fasciitis/")
    context.close()


def test_when_the_server_fails_the_form_still_searches(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.route("**/search/suggestions/**", lambda route: route.fulfill(status=500, body="no"))
    page.goto("/")
    with page.expect_response("**/search/suggestions/**"):
        page.get_by_role("combobox").press_sequentially("knee")
    expect(page.get_by_role("option")).to_have_count(0)
    page.get_by_role("combobox").press("Enter")
    expect(page).to_have_url(f"{site}/search/?q=knee")
    context.close()


def test_an_older_answer_does_not_replace_a_newer_one(page: Page) -> None:
    held = []
    page.route("**/search/suggestions/?q=shi", lambda route: held.append(route))
    with page.expect_request("**/search/suggestions/?q=shi"):
        page.get_by_role("combobox").press_sequentially("shi")
    page.get_by_role("combobox").fill("taper")
    expect(page.get_by_role("option").first).to_contain_text("Taper")
    page.unroute_all(behavior="ignoreErrors")
    expect(page.get_by_role("option").first).to_contain_text("Taper")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_in_the_open_list(page: Page, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    asked_for(page, "run")
    page.get_by_role("combobox").press("ArrowDown")
    violations = Axe().run(page).response["violations"]
    assert {v["id"]: [node["html"] for node in v["nodes"]] for v in violations} == {}
