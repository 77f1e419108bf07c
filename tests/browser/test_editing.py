"""An editor at work in Chromium: a draft beside the live page, then published."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import watched
from tests.conftest import client_of
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
