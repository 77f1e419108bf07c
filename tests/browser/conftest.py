"""Chromium, and a running site with some of the real words and races in it."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.test import RequestFactory
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from config.pages import home
from tests.factories import load_content

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WORDS = [
    "runners-knee", "it-band-syndrome", "shin-splints", "foam-rolling", "active-recovery",
    "plantar-fasciitis", "altitude-training", "vo2max", "taper", "backyard-ultra",
    "10-percent-rule",
]  # fmt: skip
RACES = [
    "carlsbad-5000", "dash-to-the-finish-line-5k", "london-marathon", "comrades-marathon",
    "bigs-backyard-ultra", "alpe-dhuez-triathlon", "hardrock-100", "great-north-swim",
]  # fmt: skip


def no_browser(environment: Mapping[str, str]) -> None:
    """On a machine of one's own these tests may be left out; where all must pass they may not."""
    if environment.get("CI"):
        pytest.fail("There is no Chromium to walk the site with.")
    pytest.skip("There is no Chromium on this machine.")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        no_browser(os.environ)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, and from one Django asks no database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
        # Connections made beside a running loop are kept apart, where nothing else closes them.
        connections.close_all()


@pytest.fixture(scope="module")
def site(
    browser: Browser,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of the site. Its rows are really there, for all tests of the module."""
    with django_db_blocker.unblock(), rows_that_go_again():
        load_content(tmp_path_factory.mktemp("content"), WORDS, RACES)
        server = LiveServer("localhost")
        yield server.url
        server.stop()


@contextmanager
def rows_that_go_again() -> Iterator[None]:
    """Leave the database as it was found, with the rows that the migrations have made."""
    before = connection.creation.serialize_db_to_string()
    cache.clear()
    try:
        yield
    finally:
        # Sequences that began anew would give the keys of the migrations' rows once more.
        call_command(
            "flush",
            verbosity=0,
            interactive=False,
            inhibit_post_migrate=True,
            reset_sequences=False,
        )
        connection.creation.deserialize_db_from_string(before)
        cache.clear()


def style_guide(page: Page) -> None:
    """No public page: it is laid over the 404 that stands at its address, headers and all."""
    html = home.styleguide(RequestFactory().get("/styleguide/")).content.decode()
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
