"""An editor at work in Chromium: a draft beside the live page, then published."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import watched
from tests.desk import client_of
from tests.factories import UserFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]


# A form of forty fields is saved and shown again meanwhile.
SLOW = 20_000


@pytest.fixture(scope="module")
def session(site: str) -> str:
    """An editor's session, really there for the running site."""
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    return str(client_of(user).cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture
def desk(browser: Browser, site: str, session: str) -> Iterator[Page]:
    """The admin, open to an editor."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
    context.set_default_timeout(SLOW)
    troubles = watched(context, site)
    yield context.new_page()
    context.close()
    assert troubles == []


def open_form(page: Page, site: str, title: str) -> None:
    page.goto(f"{site}/admin/glossary/term/?q={title}")
    with page.expect_navigation():  # until it is loaded, rows and scripts and all
        page.get_by_role("row", name=title).get_by_role("link", name=title, exact=True).click()


def test_a_draft_is_saved_previewed_and_published(desk: Page, site: str) -> None:
    open_form(desk, site, "Taper")
    # Inlines grow by Django's own script, under the strict policy.
    desk.get_by_role("button", name="Add another Tip").click()
    desk.locator("textarea[name^='tips-'][name$='-text']:visible").last.fill("Sleep an hour more.")
    desk.locator("input[name=_draft]").first.click()
    expect(desk.get_by_text("Readers still see the page as it was.")).to_be_visible(timeout=SLOW)
    live = desk.context.new_page()
    live.goto(f"{site}/glossary/taper/")
    assert "Sleep an hour more." not in live.content()
    desk.get_by_role("link", name="Preview").first.click()
    expect(desk.get_by_text("Sleep an hour more.")).to_be_visible(timeout=SLOW)
    desk.go_back()
    desk.get_by_label("major").check()
    desk.locator("input[name=_publish]").last.click()
    desk.get_by_role("link", name="see the page").click()
    expect(desk.get_by_text("Sleep an hour more.")).to_be_visible(timeout=SLOW)


def test_two_versions_are_chosen_and_compared(desk: Page, site: str) -> None:
    open_form(desk, site, "VO2max")
    for words in ["One definition of it.", "Another definition of it."]:
        desk.locator("#id_definition").fill(words)
        with desk.expect_navigation():
            desk.locator("input[name=_draft]").first.click()
    desk.get_by_role("link", name="History").click()
    desk.get_by_role("button", name="Compare the two").click()
    expect(desk.locator("del", has_text="One")).to_be_visible(timeout=SLOW)
    expect(desk.locator("ins", has_text="Another")).to_be_visible(timeout=SLOW)


def moved(desk: Page, name: str) -> None:
    """Press a button that moves a row, by keyboard, and stay on it."""
    button = desk.get_by_role("button", name=name, exact=True)
    row = button.locator("xpath=ancestor::tr[1]").get_attribute("id")
    button.focus()
    desk.keyboard.press("Enter")
    focused = desk.locator(":focus")
    assert focused.locator("xpath=ancestor::tr[1]").get_attribute("id") == row


def titles(desk: Page) -> list[str]:
    rows = desk.locator("#sources-group tr.form-row:not(.empty-form) .field-title input")
    return [row.input_value() for row in rows.all()]


def test_sources_move_by_keyboard_and_citations_follow(desk: Page, site: str) -> None:
    open_form(desk, site, "Foam Rolling")
    before = titles(desk)
    body = desk.locator("#id_body").input_value()
    assert "[^1]" in body
    assert len(before) > 1
    desk.get_by_role("button", name="Add another Source").click()
    row = desk.locator("#sources-group tr.form-row:not(.empty-form)").last
    number = len(before) + 1
    expect(row.locator(".citation-number")).to_have_text(f"[^{number}]")
    row.locator(".field-title input").fill("A new paper")
    row.locator(".field-url input").fill("https://new.example/")
    # One that was added and moved may be removed; what is left keeps its number.
    desk.get_by_role("button", name="Add another Source").click()
    moved(desk, f"Move source {number + 1} up")
    moved(desk, f"Move source {number} up")
    desk.locator("#sources-group .inline-deletelink").first.click()
    expect(row.locator(".citation-number")).to_have_text(f"[^{number}]")
    assert titles(desk) == [*before, "A new paper"]
    for place in range(number, 1, -1):
        moved(desk, f"Move source {place} up")
    expect(desk.get_by_role("status")).to_have_text(f"Now source 1 of {number}.")
    up = desk.get_by_role("button", name="Move source 1 up", exact=True)
    expect(up).to_have_attribute("aria-disabled", "true")
    assert titles(desk) == ["A new paper", *before]
    # A fact may name it at once.
    desk.locator("#id_key_facts-0-cites").select_option(label=f"[^{number}] A new paper")
    desk.locator("#id_body").fill(f"{body}\n\nThe new paper.[^{number}]")
    with desk.expect_navigation():
        desk.locator("input[name=_draft]").first.click()
    assert titles(desk) == ["A new paper", *before]
    after = desk.locator("#id_body").input_value()
    assert after.endswith("The new paper.[^1]")
    assert after.count("[^2]") == body.count("[^1]") > 0
    chosen = desk.locator("#id_key_facts-0-cites option:checked")
    expect(chosen).to_have_text("[^1] A new paper")


def test_a_refused_form_shows_its_rows_where_they_were_put(desk: Page, site: str) -> None:
    open_form(desk, site, "Shin Splints")
    before = titles(desk)
    moved(desk, "Move source 2 up")
    desk.locator("#id_title").fill("!!!")
    with desk.expect_navigation():
        desk.locator("input[name=_draft]").first.click()
    expect(desk.get_by_text("A title needs letters or digits.")).to_be_visible()
    assert titles(desk) == [before[1], before[0], *before[2:]]
    numbers = desk.locator("#sources-group tr:not(.empty-form) .citation-number").all_inner_texts()
    assert numbers[:2] == ["[^2]", "[^1]"]


RUNS_OVER = """() => [...document.querySelectorAll('.inline-group .tabular')]
    .filter(table => table.scrollWidth > table.clientWidth)
    .map(table => table.closest('.inline-group').id)"""


def test_the_rows_of_a_term_fit_the_screen(desk: Page, site: str) -> None:
    open_form(desk, site, "Foam Rolling")
    assert desk.evaluate(RUNS_OVER) == []
    desk.set_viewport_size({"width": 390, "height": 844})
    up, down = desk.locator("#faqs-group .move").all()[:2]
    assert (up.bounding_box() or {})["y"] == (down.bounding_box() or {})["y"]
