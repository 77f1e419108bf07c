import gc
from collections import UserList
from collections.abc import Callable, Iterator

import hypothesis
import pytest
import time_machine
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import caches
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from glossary.search import spelling
from organizers.models import Membership, User
from races.search import text, understanding
from races.templatetags import race_tags
from tests import clock
from tests.factories import MembershipFactory, UserFactory
from web import keeping, queue


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test with real transactions empties every table; give the migrations' rows back."""
    result = yield
    marker = item.get_closest_marker("django_db")
    # After the last one the database is gone.
    if nextitem and marker and marker.kwargs.get("transaction"):
        with django_db_blocker_of(item).unblock():
            rows = connection._test_serialized_contents  # type: ignore[attr-defined]
            connection.creation.deserialize_db_from_string(rows)
    return result


def django_db_blocker_of(item: pytest.Item) -> DjangoDbBlocker:
    blocker: DjangoDbBlocker = item.config.stash[blocking_manager_key]
    return blocker


# A busy machine takes its time; what must be quick has its bar in bench/.
hypothesis.settings.register_profile("patient", deadline=None)


def pytest_configure() -> None:
    hypothesis.settings.load_profile("patient")
    # Rendering pages makes many objects that soon go again; to look for cycles among all that is
    # kept, as often as Python does by itself, takes an eighth of the suite's time.
    gc.set_threshold(50_000, 50, 50)


@pytest.fixture(autouse=True)
def _today(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs on the suite's today. The clock goes on, for what waits.

    Other processes have the machine's clock: what shares times with a browser, a worker or a
    server of its own has it too.
    """
    if any(map(request.node.get_closest_marker, ["browser", "real_clock"])):
        yield
    else:
        with time_machine.travel(clock.NOW, tick=True):
            yield


@pytest.fixture(autouse=True)
def _nothing_kept_in_the_process() -> Iterator[None]:
    """A version that was undone with its test may come again, of other rows.

    And whatever a test asked for, as whomever: nothing of one person may be kept.
    """
    caches["pages"].clear()
    caches["searches"].clear()
    keeping.watch.forget()
    spelling._names_of.cache_clear()
    text._words_of.cache_clear()
    understanding._regions.cache_clear()
    understanding._whereabouts.cache_clear()
    race_tags._races_for.cache_clear()
    yield
    for name in ["pages", "searches"]:
        for _, page in caches[name].shelf.kept.values():  # type: ignore[attr-defined]
            assert "public" in page.headers["Cache-Control"]
            assert "Set-Cookie" not in page.headers
            body = page.bodies["identity"]
            assert b"csrfmiddlewaretoken" not in body
            assert b"sign-out" not in body


def run_worker() -> None:
    """Do all that is due, as the worker does, and then stop. No task may fail."""
    call_command("worker", once=True)
    assert [row.traceback for row in DBTaskResult.objects.exclude(traceback="")] == []


class Post(UserList[EmailMessage]):
    """The mails that have arrived. Whoever looks has the worker send first what waits."""

    def __init__(self) -> None:
        pass

    @property
    def data(self) -> list[EmailMessage]:  # type: ignore[override]
        while queue.do_next("mail"):
            pass
        return mail.outbox


@pytest.fixture
def mailoutbox(db: None) -> Post:
    mail.outbox = []
    return Post()


@pytest.fixture(scope="session", autouse=True)
def _mail_goes_through_the_queue(django_test_environment: None) -> None:
    # Django's test environment has put its own backend here; the worker sends through that one.
    settings.EMAIL_BACKEND = "organizers.mail.QueueBackend"


def client_of(user: User) -> Client:
    """Somebody who has just signed in: with a code by mail, staff with their second factor too."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    request = HttpRequest()
    request.user, request.session = user, client.session
    record_authentication(request, user, method="code", email=user.email)
    if user.is_staff:
        factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
        factor = factor or TOTP.activate(user, generate_totp_secret()).instance
        record_authentication(request, user, method="mfa", id=factor.pk, type=factor.type)
    request.session.save()
    return client


def _staff(group: str) -> User:
    user: User = UserFactory(is_staff=True, email=f"{group.lower()}@example.com")
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def editor(db: None) -> User:
    return _staff("Editors")


@pytest.fixture
def moderator(db: None) -> User:
    return _staff("Moderators")


@pytest.fixture
def membership(db: None) -> Membership:
    """A race director with a profile."""
    membership: Membership = MembershipFactory()
    return membership


@pytest.fixture
def personas(
    editor: User, moderator: User, membership: Membership
) -> dict[str, Callable[[], Client]]:
    """Everyone who may knock at a door, each as a maker of a fresh client."""
    other = MembershipFactory()
    return {
        "stranger": Client,
        "organizer": lambda: client_of(membership.user),
        "another organizer": lambda: client_of(other.user),
        "editor": lambda: client_of(editor),
        "moderator": lambda: client_of(moderator),
    }
