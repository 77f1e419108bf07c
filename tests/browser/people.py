"""What people do at the browser."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from django.core import mail
from django.db import connection
from django.test import RequestFactory
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from config.pages.styleguide import styleguide
from web import queue

PASSWORD = "a-long-enough-word"


def style_guide(page: Page) -> None:
    """No public page: it is laid over the 404 that stands at its address, headers and all."""
    html = styleguide(RequestFactory().get("/styleguide/")).content.decode()
    page.route(
        "**/styleguide/",
        lambda route: route.fulfill(response=route.fetch(), status=200, body=html),
    )
    page.goto("/styleguide/")


def watched(context: BrowserContext, site: str) -> list[str]:
    """What goes wrong behind the reader's back: console errors, requests to another host."""
    troubles: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # The console repeats the status of a page that is meant to be a 404 or a 422.
        is_own_status = message.page and message.location["url"] == message.page.url
        if message.type in {"error", "warning"} and not (
            is_own_status and message.text.startswith("Failed to load resource")
        ):
            troubles.append(f"{message.location['url']}: {message.text}")

    def see(address: str) -> None:
        if not address.startswith((site, "data:")):
            troubles.append(f"a request to {address}")

    context.on("console", hear)
    context.on("request", lambda request: see(request.url))
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    return troubles


class People:
    """Each person has a browser of their own, with cookies of their own."""

    def __init__(self, browser: Browser, site: str, has_javascript: bool) -> None:
        self.browser, self.site, self.has_javascript = browser, site, has_javascript
        self.troubles: list[list[str]] = []
        self.stack = ExitStack()

    def another(self) -> Page:
        context = self.browser.new_context(
            base_url=self.site, java_script_enabled=self.has_javascript, locale="en-GB"
        )
        context.set_default_timeout(10_000)
        self.stack.callback(context.close)
        self.troubles.append(watched(context, self.site))
        return context.new_page()


def sign_up_from_the_words_page(page: Page, email: str) -> None:
    page.goto("/glossary/runners-knee/")
    page.get_by_role("region", name="List your race").get_by_role("link").click()
    page.get_by_role("link", name="List a race").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_label("Code").fill(code_mailed_to(email))
    page.get_by_role("main").get_by_role("button").first.click()


def newest_mail_to(email: str) -> mail.EmailMessage:
    # In a thread, and so in transactions of its own, as the worker: this test's is never committed.
    with ThreadPoolExecutor(1) as worker:
        worker.submit(deliver_the_post).result()
    return [message for message in mail.outbox if message.to == [email]][-1]


def deliver_the_post() -> None:
    try:
        while queue.do_next("mail"):
            pass
    finally:
        connection.close()


def code_mailed_to(email: str) -> str:
    code = re.search(r"^[A-Z0-9]{3,}-?[A-Z0-9]{3,}$", str(newest_mail_to(email).body), re.M)
    assert code
    return code[0]


def make_the_profile(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Who puts the races on?")
    page.get_by_label("Name of the organizer").fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("List a race")


def first_day(page: Page) -> Locator:
    return page.get_by_label(re.compile("^Day"))


def send_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send for review")
