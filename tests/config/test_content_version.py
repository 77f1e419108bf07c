"""The stamp of all public rows: moved by commits, whoever makes them, and by nothing else."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from time_machine import TimeMachineFixture

from glossary.models import Alias, MissedSearch, Term
from glossary.search.finding import index_terms
from races.models import Race
from races.search.text import words_of_races
from tests.backstage import CONCURRENT
from tests.factories import EditionFactory, TermFactory
from web.content_version import current, fold, settled_at
from web.models import ContentChange, ContentVersion

pytestmark = pytest.mark.django_db

# Tables of the two halves that no public page shows, each with its reason.
NOT_PUBLIC = {
    "glossary_feedback",  # for editors
    "glossary_missedsearch",  # for editors
    "glossary_deletion",  # what is kept of deleted words
    "races_changedrace",  # of public rows, all three
    "races_searchbase",
    "races_searchbasepart",
}


def test_every_public_table_moves_it() -> None:
    models = [*apps.get_app_config("glossary").get_models()]
    models += apps.get_app_config("races").get_models()
    tables = {model._meta.db_table for model in models} - NOT_PUBLIC
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'content_changed'"
            " AND tgtype & (4 + 8 + 16 + 32) = 4 + 8 + 16 + 32 AND tgenabled = 'O'"
        )
        watched = {name for (name,) in cursor.fetchall()}
    assert tables == watched


def save_a_term() -> None:
    TermFactory()


def save_an_edition() -> None:
    EditionFactory()


def write_sql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE glossary_term SET title = 'Shins' WHERE slug = 'shin'")


def delete_it() -> None:
    Term.objects.filter(slug="shin").delete()


@pytest.mark.parametrize("change", [save_a_term, save_an_edition, write_sql, delete_it])
def test_whoever_changes_a_public_row_moves_it(change: Callable[[], None]) -> None:
    TermFactory(slug="shin")
    before = current()
    change()
    assert current() != before


def test_a_search_in_vain_moves_nothing(client: Client) -> None:
    TermFactory()
    before = current()
    client.get("/search/", {"q": "nothing like it"})
    assert MissedSearch.objects.exists()
    assert current() == before


def test_what_is_undone_moves_nothing() -> None:
    before = current()
    with transaction.atomic():
        TermFactory()
        transaction.set_rollback(True)
    assert current() == before


@CONCURRENT
def test_two_writers_do_not_wait_for_each_other(elsewhere: psycopg.Connection) -> None:
    shin, knee = TermFactory(title="Shin"), TermFactory(title="Knee")
    before = current()
    with transaction.atomic():
        Term.objects.filter(pk=shin.pk).update(body="Mine.")
        elsewhere.execute("UPDATE glossary_term SET body = 'Theirs.' WHERE id = %s", [knee.pk])
        elsewhere.commit()
    assert current().number == before.number + 2


@CONCURRENT
def test_an_earlier_save_that_is_committed_later_is_found(
    client: Client, elsewhere: psycopg.Connection
) -> None:
    """As by an import that takes long while an editor saves a page."""
    late, early = TermFactory(title="Iliotibial"), TermFactory(title="Cadence")
    index_terms(Term.objects.all())
    Alias.objects.create(term=late, name="Fartlec", kind="misspelling")
    assert client.get("/search/", {"q": "fartlec"}).status_code == 200
    elsewhere.execute(
        "INSERT INTO glossary_term (title, title_key, slug, category_id, definition, body, state,"
        " race_query, link_title, unlinked_words, reviewed_by, changed_on, change_note,"
        " draft_is_major, loaded_digest, no_urgent_level, updated_at)"
        " SELECT 'Fartlek', 'fartlek', 'fartlek', category_id, definition, body, state, '', true,"
        " '{}', '', changed_on, '', false, '', false, updated_at FROM glossary_term WHERE id = %s",
        [late.pk],
    )
    elsewhere.execute(
        "INSERT INTO glossary_alias (term_id, name, key, kind, never_link)"
        " SELECT id, 'Fahrtlek', 'fahrtlek', 'misspelling', false"
        " FROM glossary_term WHERE slug = 'fartlek'"
    )
    early.save()
    assert client.get("/search/", {"q": "fahrtlek"}).status_code == 200
    elsewhere.commit()
    page = client.get("/search/", {"q": "fahrtlek"})
    assert page.status_code == 200
    assert page.context["meant"] == "Fartlek"


@CONCURRENT
def test_races_words_are_known_when_they_are_committed(
    client: Client, elsewhere: psycopg.Connection
) -> None:
    race = EditionFactory(race__name="Night Run").race
    client.get("/search/", {"q": "nightt"})
    elsewhere.execute("UPDATE races_race SET name = 'Ringe' WHERE id = %s", [race.pk])
    Race.objects.exclude(pk=race.pk).update(updated_at=timezone.now())
    elsewhere.commit()
    TermFactory(title="Ring")
    assert "ringe" in words_of_races()


@CONCURRENT
def test_folding_changes_nothing(elsewhere: psycopg.Connection) -> None:
    term = TermFactory()
    elsewhere.execute("UPDATE glossary_term SET body = 'Theirs.' WHERE id = %s", [term.pk])
    before = current()
    fold()
    assert current() == before
    assert ContentChange.objects.count() == 0
    elsewhere.commit()
    after = current()
    assert after.number > before.number
    fold()
    fold()
    assert current() == after


def test_its_moment_is_told_only_when_it_is_sure(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2027-03-01T08:00:00.4Z", tick=False)
    TermFactory()
    assert settled_at() is None
    fold()
    # Within this second it may change again.
    assert settled_at() is None
    time_machine.move_to("2027-03-01T08:00:01Z", tick=False)
    moment = settled_at()
    assert moment is not None
    assert moment.isoformat() == "2027-03-01T08:00:00+00:00"
    # To fold when nothing has changed moves no date.
    fold()
    assert settled_at() == moment
    TermFactory()
    assert settled_at() is None


def test_a_restored_database_counts_anew() -> None:
    before = current()
    call_command("renew_content_version")
    after = current()
    assert after.epoch != before.epoch
    assert after.number == before.number


@pytest.mark.parametrize("pk", [2, 7])
def test_there_is_one_row(pk: int) -> None:
    with pytest.raises(IntegrityError, match="content_version_is_one_row"):
        ContentVersion.objects.create(pk=pk, folded_at=timezone.now())


def test_it_is_read_in_one_query(django_assert_num_queries: Callable[..., Any]) -> None:
    TermFactory()
    with django_assert_num_queries(1):
        current()
