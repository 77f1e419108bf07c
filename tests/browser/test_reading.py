"""A word's page in the hands of a reader: printed, answered, read on a phone, without a script."""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from glossary.models import Feedback
from tests.browser.people import watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

KNEE = "/glossary/runners-knee/"


@pytest.fixture
def page(site: str, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=site, locale="en-GB")
    context.set_default_timeout(10_000)
    troubles = watched(context, site)
    yield context.new_page()
    assert not troubles
    context.close()


def test_a_printed_page_holds_every_answer_and_address_and_no_controls(page: Page) -> None:
    page.goto(KNEE)
    page.emulate_media(media="print", color_scheme="dark")
    for answer in page.locator(".question .prose").all():
        expect(answer).to_be_visible()
        assert answer.evaluate("e => e.checkVisibility({contentVisibilityAuto: true})")
    for hidden in [".site-header", ".site-footer", ".feedback", ".organizer-call", ".signpost",
                   ".breadcrumb", ".term__jump"]:  # fmt: skip
        for element in page.locator(hidden).all():
            expect(element).to_be_hidden()
    after = "e => getComputedStyle(e, '::after').content"
    source = page.locator(".sources a").first
    assert source.get_attribute("href") in source.evaluate(after)
    assert page.locator(".related a").first.evaluate(after) == "none"
    colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert page.locator("body").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    for part in [".fact", ".care__level", ".pair", ".question"]:
        assert page.locator(part).first.evaluate("e => getComputedStyle(e).breakInside") == "avoid"


def test_an_older_browser_opens_the_questions_for_print_and_closes_them_again(page: Page) -> None:
    page.goto(KNEE)
    questions = page.locator("details")
    questions.first.locator("summary").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened = questions.evaluate_all("all => all.map(details => details.open)")
    assert opened == [True] * questions.count()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    left = questions.evaluate_all("all => all.map(details => details.open)")
    assert left == [True] + [False] * (questions.count() - 1)


def test_a_word_and_what_it_is_confused_with_stand_side_by_side_where_there_is_room(
    page: Page,
) -> None:
    page.goto(KNEE)
    sides = page.locator(".pair").first.locator(".pair__side")

    def tops() -> list[float]:
        return sides.evaluate_all("all => all.map(side => side.getBoundingClientRect().top)")

    page.set_viewport_size({"width": 1280, "height": 900})
    assert tops()[0] == tops()[1]
    page.set_viewport_size({"width": 390, "height": 900})
    assert tops()[0] < tops()[1]
    page.get_by_role("heading", name="IT Band Syndrome", exact=True).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("IT Band Syndrome")
    expect(page.get_by_role("heading", name="IT Band Syndrome or Runner's Knee?")).to_be_visible()


def test_someone_hurt_finds_when_to_get_help(page: Page) -> None:
    page.goto(KNEE)
    page.get_by_role("link", name="When to get help").click()
    expect(page.get_by_role("heading", name="When to get help")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Be seen the same day")).to_be_in_viewport()
    expect(page.get_by_text("cannot put weight on the leg after a fall")).to_be_visible()


def test_an_answer_is_one_press_and_back_to_the_word(site: str, page: Page) -> None:
    cache.clear()
    page.goto(KNEE)
    page.get_by_role("button", name="Yes", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.get_by_role("link", name="Back to Runner's Knee").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runner's Knee")
    # The back button leads to pages, never to a question whether to send the form again.
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runner's Knee")
    assert page.context.cookies() == []
    assert Feedback.objects.filter(answer="yes").count() == 1


def test_something_wrong_is_told_in_words_without_a_script(site: str, browser: Browser) -> None:
    cache.clear()
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(KNEE)
    page.get_by_role("button", name="Something is wrong").click()
    page.get_by_role("button", name="Send").click()
    field = page.get_by_label("What is wrong?")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("Write a few words"))
    field.fill("The second number is off.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert Feedback.objects.get(answer="wrong").text == "The second number is off."
    context.close()
