"""Chromium, and a running site with some of the real words and races in it."""

import shutil
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from organizers.models import User
from tests.backstage import not_there, rows_that_go_again
from tests.browser.people import PASSWORD, People
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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        not_there("Chromium")
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


@pytest.fixture(scope="module")
def moderators(site: str) -> list[str]:
    """One for each run; at their first sign-in they have to show that the address is theirs."""
    group = Group.objects.get(name="Moderators")
    emails = ["scripted@startline.example", "plain@startline.example"]
    for email in emails:
        User.objects.create_user(email, PASSWORD, is_staff=True).groups.add(group)
    return emails


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def people(
    request: pytest.FixtureRequest, browser: Browser, site: str, moderators: list[str]
) -> Iterator[People]:
    people = People(browser, site, request.param)
    with people.stack:
        yield people
