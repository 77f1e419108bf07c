import gc
import shutil
from collections import UserList
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import caches
from django.core.mail import EmailMessage
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.utils.safestring import SafeString
from pytest_django.plugin import DjangoDbBlocker, blocking_manager_key

from glossary.search import spelling
from organizers.models import Membership, User
from races.reading import demands
from races.search import index, saved, text, understanding
from tests import clock
from tests.backstage import free_port, serve
from tests.desk import client_of
from tests.factories import MembershipFactory, UserFactory
from web import generations, queue


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
    generations.watch.forget()
    spelling._names_of.cache_clear()
    text._words_of.cache_clear()
    understanding._regions.cache_clear()
    understanding._whereabouts.cache_clear()
    saved._candidates.cache_clear()
    demands._terms.cache_clear()
    index._held.forget()
    text._lexemes.clear()
    yield
    for name in ["pages", "searches"]:
        for _, page in caches[name].shelf.kept.values():  # type: ignore[attr-defined]
            assert "public" in page.headers["Cache-Control"]
            assert "Set-Cookie" not in page.headers
            body = page.bodies["identity"]
            assert b"csrfmiddlewaretoken" not in body
            assert b"sign-out" not in body


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


@pytest.fixture(scope="session", autouse=True)
def _widgets_are_not_written_down(django_test_environment: None) -> None:
    """Django's client copies what each template was given; what a widget was, nobody asks."""
    noted = Template._render

    def render(template: Template, context: Context) -> SafeString:
        is_widget = (template.name or "").startswith(("django/forms/", "admin/widgets/"))
        return template.nodelist.render(context) if is_widget else noted(template, context)

    Template._render = render


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
def root(db: None) -> Client:
    return client_of(UserFactory(is_staff=True, is_superuser=True, email="root@example.com"))


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


@pytest.fixture(scope="session")
def as_make_run_left_it(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data with its database made, and no content. To be copied, not used."""
    data = tmp_path_factory.mktemp("made")
    server = serve(data, free_port(), STARTER_CONTENT="false")
    assert server.stdout
    while not server.stdout.readline().startswith("Admin:"):
        pass
    server.terminate()
    server.communicate()
    assert server.returncode == 0
    return data


@pytest.fixture
def filled(as_make_run_left_it: Path, tmp_path: Path) -> Path:
    shutil.copytree(as_make_run_left_it, tmp_path / "filled")
    return tmp_path / "filled"


@pytest.fixture
def constraints_of(db: None) -> Callable[[str], set[str]]:
    """What PostgreSQL checks, keeps unique or has a trigger refuse in the tables of an app.

    But for keys, and for the "... >= 0" that Django adds to each positive number of its own accord.
    """

    def named(app: str) -> set[str]:
        tables = [model._meta.db_table for model in apps.get_app_config(app).get_models()]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
                WHERE relname = ANY(%(tables)s) AND contype IN ('c', 'u', 'x', 't')
                  AND NOT (conname LIKE relname || '\\_%%\\_check'
                           AND pg_get_constraintdef(pg_constraint.oid) LIKE 'CHECK ((%% >= 0))')
                UNION
                SELECT indexrelid::regclass::text
                FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
                WHERE relname = ANY(%(tables)s) AND indisunique AND NOT indisprimary
                """,
                {"tables": tables},
            )
            return {name for (name,) in cursor.fetchall()}

    return named


@pytest.fixture
def elsewhere() -> Iterator[psycopg.Connection]:
    """Somebody else's connection to the same database."""
    given = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    parts = {name: given[name] for name in names if given.get(name)}
    # What would have to wait, fails.
    with psycopg.connect(**parts, options="-c lock_timeout=2000") as other:
        yield other
