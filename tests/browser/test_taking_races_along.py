"""Keeping races in the browser, comparing them, sharing the list, and races in others' frames."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from races.models import Race
from races.search.text import index_races
from tests.browser.people import watched
from tests.factories import DistanceFactory, EditionFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

SIZES = [{"width": 390, "height": 844}, {"width": 1280, "height": 900}]
NAMES = ["Alps Run", "Bay Run", "Coast Run", "Dunes Run", "East Run"]
REFUSED = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("refused", "SecurityError"); } });"""
BROKEN = """Storage.prototype.setItem = () => {
    throw new DOMException("full", "QuotaExceededError"); };"""


@pytest.fixture(scope="module")
def keys(site: str, django_db_blocker: DjangoDbBlocker) -> dict[str, int]:
    """The numbers of five races, the soonest first, one that is over, and many."""
    with django_db_blocker.unblock():
        found = {}
        for days, name in enumerate(NAMES, 30):
            edition = EditionFactory(
                race__name=name, race__slug=name.lower().replace(" ", "-"),
                start_date=timezone.localdate() + timedelta(days=days),
            )  # fmt: skip
            for number in range(5):
                DistanceFactory(
                    edition=edition, name=f"Distance number {number}", metres=10_000 * (number + 1),
                    cut_off_minutes=90 * (number + 1), ascent_metres=300 * number,
                )  # fmt: skip
            found[name] = edition.race_id
        over = EditionFactory(
            race__name="Over Run", start_date=timezone.localdate() - timedelta(days=90)
        )
        found["Over Run"] = over.race_id
        for number in range(100):
            found[f"Many {number}"] = EditionFactory(race__name=f"Many {number}").race_id
        index_races(Race.objects.filter(pk__in=found.values()))
        return found


@pytest.fixture(params=SIZES, ids=["phone", "desktop"])
def context(
    request: pytest.FixtureRequest, browser: Browser, site: str, keys: dict[str, int]
) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, viewport=request.param, locale="en-GB")
    context.set_default_timeout(10_000)
    troubles = watched(context, site)
    yield context
    context.close()
    assert not troubles


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def keep(page: Page, *names: str) -> None:
    for name in names:
        page.goto(f"/races/{name.lower().replace(' ', '-')}/")
        page.get_by_role("button", name="Keep on my list").click()
        expect(page.get_by_text("Kept in this browser only.")).to_be_visible()


def put(page: Page, *numbers: int) -> None:
    """As if they had been kept before."""
    page.goto("/my-list/")
    rows = ",".join(f'"{number}":1' for number in numbers)
    page.evaluate("(rows) => localStorage.setItem('races', rows)", f"{{{rows}}}")


def rows(page: Page) -> Locator:
    return page.locator(".my-list .race-row__name")


def assert_fits(page: Page) -> None:
    """Nothing scrolls sideways, and axe finds nothing, in the light and in the dark."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for scheme in ["light", "dark"]:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page).response["violations"]
        assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []


def test_races_are_kept_listed_compared_and_taken_off(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/races/coast-run/")
    expect(page.get_by_role("link", name="My list")).to_have_count(0)
    keep(page, "Coast Run", "Alps Run", "Bay Run")
    assert not any("my-list" in urlsplit(url).path and ".js" not in url for url in asked)
    page.goto("/races/")
    page.get_by_role("link", name="My list (3)").click()
    expect(rows(page)).to_have_text(["Alps Run", "Bay Run", "Coast Run"])
    assert page.context.cookies() == []
    assert_fits(page)

    page.get_by_label("Compare Coast Run").check()
    page.get_by_label("Compare Alps Run").check()
    page.get_by_role("button", name="Remove Bay Run").press("Enter")
    expect(page.get_by_text("Bay Run is off your list.")).to_be_visible()
    expect(page.get_by_role("button", name="Remove Coast Run")).to_be_focused()
    page.get_by_role("button", name="Compare those that are ticked").click()
    expect(page.get_by_role("columnheader")).to_have_count(2)
    expect(page.get_by_role("row", name="Cut-off")).to_contain_text("7 h 30 min")
    assert_fits(page)

    page.go_back()
    expect(rows(page)).to_have_text(["Alps Run", "Coast Run"])
    page.get_by_role("button", name="Remove Coast Run").press("Enter")
    expect(page.get_by_role("button", name="Remove Alps Run")).to_be_focused()
    page.get_by_role("button", name="Remove Alps Run").press("Enter")
    expect(page.get_by_role("heading", name="My list")).to_be_focused()
    expect(page.get_by_text("Nothing is on your list.")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    assert_fits(page)


def test_a_list_is_shared_by_its_address_and_kept_on_another_device(
    page: Page, browser: Browser, site: str, keys: dict[str, int]
) -> None:
    put(page, keys["Bay Run"], keys["Alps Run"])
    page.reload()
    link = page.get_by_role("link", name="Link to this list").get_attribute("href")
    both = sorted([keys["Alps Run"], keys["Bay Run"]])
    assert link == f"/my-list/?races={both[0]},{both[1]}"

    plain = browser.new_context(base_url=site, java_script_enabled=False)
    other = plain.new_page()
    other.goto(link)
    expect(rows(other)).to_have_text(["Alps Run", "Bay Run"])
    expect(other.get_by_role("button", name="Keep these")).to_have_count(0)
    other.get_by_label("Compare Alps Run").check()
    other.get_by_label("Compare Bay Run").check()
    other.get_by_role("button", name="Compare those that are ticked").click()
    expect(other.get_by_role("columnheader")).to_have_count(2)
    other.goto("/my-list/")
    expect(other.get_by_text("it takes JavaScript to read it")).to_be_visible()
    plain.close()

    second = browser.new_context(base_url=site)
    other = second.new_page()
    other.goto(link)
    assert other.evaluate("localStorage.length") == 0
    assert_fits(other)
    other.get_by_role("button", name="Keep these on this device").click()
    expect(other.get_by_text("Kept in this browser only.")).to_be_visible()
    other.get_by_role("link", name="My list (2)").click()
    expect(rows(other)).to_have_text(["Alps Run", "Bay Run"])
    second.close()


def test_what_is_over_or_gone_leaves_the_list_with_a_word(page: Page, keys: dict[str, int]) -> None:
    put(page, keys["Alps Run"], keys["Over Run"], 999_999)
    page.reload()
    expect(page.get_by_text("Over, and no next date is known:")).to_contain_text(
        "Over Run. 1 race is not on the site. Taken off your list."
    )
    expect(rows(page)).to_have_text(["Alps Run"])
    assert page.evaluate("Object.keys(JSON.parse(localStorage.races))") == [f"{keys['Alps Run']}"]
    # The word stays until the page is opened again.
    page.evaluate("dispatchEvent(new StorageEvent('storage', { key: 'races' }))")
    expect(page.get_by_text("Over, and no next date is known:")).to_be_visible()
    page.reload()
    expect(rows(page)).to_have_text(["Alps Run"])
    expect(page.get_by_text("Over, and no next date is known:")).to_have_count(0)


def test_a_list_holds_a_hundred(page: Page, keys: dict[str, int]) -> None:
    put(page, *(number for name, number in keys.items() if name.startswith("Many")))
    page.reload()
    expect(rows(page)).to_have_count(100)
    assert_fits(page)
    page.goto("/races/alps-run/")
    page.get_by_role("button", name="Keep on my list").click()
    expect(page.get_by_text("Your list holds 100 races and is full.")).to_be_visible()
    expect(page.get_by_role("link", name="My list (100)")).to_be_visible()
    page.goto(f"/my-list/?races={keys['Alps Run']}")
    page.get_by_role("button", name="Keep these").click()
    expect(page.get_by_text("is full")).to_be_visible()


@pytest.mark.parametrize("script", [REFUSED, BROKEN], ids=["refused", "full"])
def test_a_browser_that_keeps_nothing_says_so(page: Page, script: str) -> None:
    page.add_init_script(script)
    page.goto("/races/alps-run/")
    page.get_by_role("button", name="Keep on my list").click()
    expect(page.get_by_text("Your browser keeps nothing for this site.")).to_be_visible()
    expect(page.get_by_role("button", name="Keep on my list")).to_be_visible()
    page.goto("/my-list/")
    expect(page.get_by_text("Nothing is on your list.")).to_be_visible()


@pytest.mark.parametrize(
    "garbage", ["x", "[1,2]", '"a"', "null", "7", '{"a":1,"-1":2,"1e3":3}', '{"__proto__":{"1":1}}']
)
def test_garbage_in_the_storage_is_an_empty_list(page: Page, garbage: str) -> None:
    page.goto("/my-list/")
    page.evaluate("(garbage) => localStorage.setItem('races', garbage)", garbage)
    page.reload()
    expect(page.get_by_text("Nothing is on your list.")).to_be_visible()
    keep(page, "Alps Run")
    page.goto("/my-list/")
    expect(rows(page)).to_contain_text(["Alps Run"])


def test_two_tabs_show_one_list(page: Page) -> None:
    keep(page, "Alps Run", "Bay Run")
    other = page.context.new_page()
    other.goto("/my-list/")
    expect(rows(other)).to_have_text(["Alps Run", "Bay Run"])
    page.get_by_role("button", name="Take off my list").click()
    expect(rows(other)).to_have_text(["Alps Run"])
    other.get_by_role("button", name="Remove Alps Run").click()
    expect(page.get_by_role("link", name=re.compile("My list"))).to_have_count(0)


def test_a_list_that_can_not_be_fetched_is_safe_and_tried_again(
    browser: Browser, site: str, keys: dict[str, int]
) -> None:
    context = browser.new_context(base_url=site)
    page = context.new_page()
    put(page, keys["Alps Run"])
    context.route("**/my-list/races/*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text("Your list is safe in this browser")).to_be_visible()
    context.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(rows(page)).to_have_text(["Alps Run"])
    expect(page.get_by_text("Your list is safe")).to_have_count(0)
    context.close()


def test_on_paper_a_race_is_a_line(page: Page, keys: dict[str, int], site: str) -> None:
    put(page, keys["Alps Run"], keys["Bay Run"])
    page.reload()
    expect(rows(page)).to_have_count(2)
    page.emulate_media(media="print")
    line = page.locator(".my-list__line").first
    expect(line).to_contain_text("Alps Run")
    expect(line).to_contain_text("/races/alps-run/")
    for hidden in [page.get_by_role("button"), page.get_by_role("checkbox"), rows(page)]:
        expect(hidden.locator("visible=true")).to_have_count(0)
    assert line.bounding_box()["height"] < 90  # type: ignore[index]


def test_races_are_compared_without_script_from_their_page(
    browser: Browser, site: str, keys: dict[str, int]
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/races/alps-run/")
    expect(page.get_by_role("button", name="Keep on my list")).to_have_count(0)
    page.get_by_role("link", name="Compare with other races").click()
    page.get_by_role("searchbox", name="Add a race").fill("bay r")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Add Bay Run").click()
    expect(page.get_by_role("columnheader")).to_have_count(2)
    page.get_by_role("link", name="Leave out Alps Run").click()
    expect(page.get_by_role("columnheader")).to_have_count(1)
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_four_races_with_five_distances_can_all_be_reached(
    browser: Browser, site: str, keys: dict[str, int], width: int
) -> None:
    context = browser.new_context(base_url=site, viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto("/compare/?race=alps-run&race=bay-run&race=coast-run&race=dunes-run")
    assert_fits(page)
    last = page.get_by_role("link", name="Leave out Dunes Run")
    if width < 1000:
        expect(last).not_to_be_in_viewport()
        region = page.get_by_role("region", name="Compare races")
        region.focus()
        for _ in range(12):
            page.keyboard.press("ArrowRight")
    expect(last).to_be_in_viewport(ratio=1)
    # The head of a row stays.
    expect(page.get_by_role("rowheader", name="Cut-off")).to_be_visible()
    left = page.get_by_role("rowheader", name="When").bounding_box()
    assert left
    assert left["x"] >= 0
    context.close()


class Elsewhere(BaseHTTPRequestHandler):
    """The page of a club, at another address: it frames what its query says."""

    def do_GET(self) -> None:
        address = self.path.partition("?")[2]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f'<title>Club</title><iframe src="{address}" title="Races">'.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def club() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_another_site_frames_the_embeds_and_nothing_else(
    browser: Browser, site: str, keys: dict[str, int], club: str
) -> None:
    context = browser.new_context()
    real = {"body": "<h1>The real page</h1>", "content_type": "text/html"}
    context.route("https://startline.example/races/alps-run/", lambda it: it.fulfill(**real))
    page = context.new_page()
    for address in ["/embed/races/?q=alps+run", "/embed/races/alps-run/"]:
        page.goto(f"{club}?{site}{address}")
        expect(page.frame_locator("iframe").get_by_role("link", name="Alps Run")).to_be_visible()
    with context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Alps Run").click()
    expect(opened.value.get_by_role("heading", name="The real page")).to_be_visible()
    assert context.cookies() == []
    for address in ["/races/alps-run/", "/races/", "/my-list/", "/compare/", "/embed/"]:
        refused: list[str] = []
        page.on("console", lambda message, said=refused: said.append(message.text))
        page.goto(f"{club}?{site}{address}")
        page.wait_for_function("frames.length === 1")
        page.wait_for_timeout(300)
        assert page.frame_locator("iframe").locator("main").count() == 0
        assert any("frame-ancestors" in said or "X-Frame-Options" in said for said in refused)
    context.close()


@pytest.mark.parametrize(
    "address",
    [
        "/embed/races/?q=alps+run", "/embed/races/?q=zzzz", "/embed/races/alps-run/",
        "/embed/?race=alps-run", "/embed/?q=alps", "/compare/", "/compare/?race=x&q=run",
        "/my-list/", "/my-list/?races=x",
    ],
)  # fmt: skip
def test_each_page_is_for_everyone(page: Page, address: str) -> None:
    page.goto(address)
    if address == "/my-list/":
        expect(page.get_by_text("Nothing is on your list.")).to_be_visible()
    assert_fits(page)
