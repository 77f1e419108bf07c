"""The box for a town, and the button that puts in where one is."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.template import engines
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.plugin import DjangoDbBlocker

from races.models import Place
from tests.browser.people import watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]
# A form that has both, as that of the race search.
FORM = """<!doctype html><html lang="en"><title>Near</title><link rel="icon" href="data:,">
{% load static %}<script type="module" src="{% static 'js/combobox.js' %}"></script>
<form action="/races/"><label for="id_near">Near</label>
<span class="suggested"><input id="id_near" name="near" autocomplete="off"
 data-suggestions="{% url 'races:places' %}"></span>
{% include "partials/near_me.html" %}<button>Show races</button></form></html>"""


@pytest.fixture(scope="module")
def towns(site: str, django_db_blocker: DjangoDbBlocker) -> None:
    places = [
        (1, "Lyon", "", "FR", 520_000),
        (2, "Lyons", "Illinois", "US", 20_000),
        (3, "Zürich", "", "CH", 400_000),
    ]
    with django_db_blocker.unblock():
        for pk, name, region, country, people in places:
            Place.objects.create(
                geoname_id=pk, name=name, region=region, country=country, population=people,
                keys=[name.lower().replace("ü", "u")], latitude=1, longitude=1, time_zone="UTC",
            )  # fmt: skip


@pytest.fixture
def context(browser: Browser, site: str, towns: None) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site)
    context.set_default_timeout(10_000)
    troubles = watched(context, site)
    form = engines["django"].from_string(FORM).render()

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html; charset=utf-8", body=form)

    context.route("**/near/", answer)
    # What is sent is looked at here, not what comes back.
    context.route("**/races/?*", answer)
    yield context
    context.close()
    assert not troubles


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/near/")
    return page


def sent(page: Page) -> dict[str, list[str]]:
    page.wait_for_url("**/races/?*")
    return parse_qs(urlsplit(page.url).query)


def test_a_town_is_chosen_by_keyboard_and_by_mouse(page: Page) -> None:
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    box.press_sequentially("lyo")
    expect(options).to_have_text(["Lyon France", "Lyons Illinois, United States"])
    expect(page.get_by_role("status").first).to_have_text("2 suggestions")
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("Lyons, Illinois, US")
    expect(options).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("Escape")
    expect(box).to_have_value("Lyons, Illinois, US")

    box.fill("zur")
    page.get_by_role("option", name="Zürich").click()
    expect(box).to_have_value("Zürich, CH")
    expect(box).to_be_focused()
    box.press("Enter")
    assert sent(page) == {"near": ["Zürich, CH"]}


def test_near_me_sends_a_rounded_position(page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": -33.918861, "longitude": -0.0123})
    page.get_by_role("button", name="Near me").click()
    assert sent(page) == {"near": ["-33.9,0"]}


def test_who_refuses_is_told_what_else_to_do(page: Page) -> None:
    button = page.get_by_role("button", name="Near me")
    button.click()
    expect(page.get_by_text("Your browser does not tell where you are.")).to_be_visible()
    expect(button).to_be_enabled()
    expect(page.get_by_role("combobox")).to_be_focused()


def test_without_geolocation_or_script_there_is_no_button(
    browser: Browser, context: BrowserContext
) -> None:
    context.add_init_script("delete Navigator.prototype.geolocation")
    page = context.new_page()
    page.goto("/near/")
    expect(page.get_by_role("combobox")).to_be_visible()
    expect(page.get_by_role("button", name="Near me")).to_have_count(0)
