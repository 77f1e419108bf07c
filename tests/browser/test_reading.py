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
                   ".breadcrumb", ".strip", ".rail", ".care__not", ".cited"]:  # fmt: skip
        for element in page.locator(hidden).all():
            expect(element).to_be_hidden()
    after = "e => getComputedStyle(e, '::after').content"
    source = page.locator(".sources a").first
    assert source.get_attribute("href") in source.evaluate(after)
    assert page.locator(".related a").first.evaluate(after) == "none"
    colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert page.locator("body").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    for part in [".fact", ".care__level", ".pair", ".question", ".related li", ".race-rows > li"]:
        assert page.locator(part).first.evaluate("e => getComputedStyle(e).breakInside") == "avoid"


def test_headings_have_the_face_of_the_site(page: Page) -> None:
    page.goto(KNEE)
    assert page.evaluate(
        "document.fonts.load('700 1em \\'Startline Display\\'').then(all => all.length)"
    )
    family = page.locator("h1").evaluate("e => getComputedStyle(e).fontFamily")
    assert family.startswith('"Startline Display"')


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


def test_a_word_is_told_from_another_on_both_pages(page: Page) -> None:
    page.goto(KNEE)
    page.locator(".pair__other").get_by_role("link", name="IT Band Syndrome").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("IT Band Syndrome")
    expect(page.get_by_role("heading", name="IT Band Syndrome or Runner's Knee?")).to_be_visible()


def test_someone_hurt_sees_what_to_do_and_when_to_get_help_without_moving(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(KNEE)
    expect(page.get_by_role("heading", name="What to do now")).to_be_in_viewport()
    for heading in ["Be seen the same day", "Can I keep running with runner's knee?"]:
        part = page.get_by_text(heading, exact=True).first
        box = part.bounding_box()
        assert box
        assert box["y"] < 2 * 844, heading
    expect(page.get_by_text("cannot put weight on the leg after a fall")).to_be_visible()


def test_what_it_is_not_stands_in_two_screens_of_a_phone_and_once_on_each_screen(
    page: Page,
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(KNEE)
    heading = page.get_by_role("heading", name="Not to be confused with")
    expect(heading).to_have_count(1)
    for part in [".care__level--self-care", ".care__level--same-day", ".care__not"]:
        box = page.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] < 2 * 844, part
    # From there a race is one touch away.
    heading.scroll_into_view_if_needed()
    finish = page.get_by_role("link", name="Your next event", exact=True)
    expect(finish).to_be_in_viewport(ratio=1)
    finish.click()
    expect(page.get_by_role("heading", name="Find your next event")).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 844})
    expect(heading).to_have_count(1)
    expect(page.get_by_role("complementary").filter(has=heading)).to_be_visible()


def test_the_sections_stay_in_sight_and_say_where_one_is(page: Page) -> None:
    for width, around, other in [(390, ".strip", ".rail"), (1280, ".rail__course", ".strip")]:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(KNEE)
        sections = page.locator(around)
        expect(page.locator(other)).to_be_hidden()
        expect(sections.locator("[aria-current]")).to_have_text("What to do")
        sections.get_by_role("link", name="Questions").click()
        expect(page.get_by_role("heading", name="Questions")).to_be_in_viewport()
        expect(sections.locator("[aria-current]")).to_have_text("Questions")
        expect(sections.get_by_role("link", name="Questions")).to_be_in_viewport()
        page.get_by_role("contentinfo").scroll_into_view_if_needed()
        expect(sections.locator("[aria-current]")).to_have_text("Your next event")
        # The race is one touch away from anywhere.
        sections.get_by_role("link", name="What to do").click()
        sections.get_by_role("link", name="Your next event").click()
        expect(page.get_by_role("heading", name="Find your next event")).to_be_in_viewport()


def test_more_on_an_answer_opens_it_and_a_citation_leads_there_and_back(page: Page) -> None:
    page.goto(KNEE)
    answer = page.get_by_text("Stop and cross-train if it passes 3")
    expect(answer).to_be_hidden()
    page.get_by_role("link", name="More on “Can I keep running with runner's knee?”").click()
    expect(answer).to_be_visible()
    page.get_by_role("link", name="source 7").first.click()
    expect(page.locator("#source-7")).to_be_in_viewport()
    page.locator("#source-7").get_by_role("link", name="Back to citation 1").click()
    expect(page.get_by_role("link", name="source 7").first).to_be_in_viewport()


def test_the_search_box_of_the_header_opens_on_a_phone_and_by_a_key(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(KNEE)
    box = page.get_by_role("combobox", name="Word, race or complaint")
    opener = page.get_by_role("banner").get_by_role("button", name="Search", expanded=False)
    expect(box).to_be_hidden()
    opener.click()
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    box.fill("plantar")
    page.get_by_role("option", name="Plantar Fasciitis").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plantar Fasciitis")
    page.set_viewport_size({"width": 1280, "height": 844})
    expect(opener).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("taper/")
    expect(box).to_have_value("taper/")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “taper/”")


def test_without_a_script_the_icon_leads_to_the_search_page(site: str, browser: Browser) -> None:
    context = browser.new_context(
        base_url=site, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(KNEE)
    page.get_by_role("banner").get_by_role("link", name="Search").click()
    expect(page.get_by_role("searchbox", name="Search words and races")).to_be_visible()
    context.close()


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
