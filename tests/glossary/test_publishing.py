"""Whoever changes a term, all that hangs on it follows."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from glossary import tasks
from glossary.models import FormerAddress, LinkedText, Term
from glossary.publishing import history, publish
from glossary.search.finding import find_terms, index_terms
from glossary.search.spelling import names
from organizers.models import User
from tests.backstage import load, run_worker
from tests.desk import ask, bring_in, client_of, save, say_yes, sheet
from tests.factories import CATEGORIES, TERM, TermFactory
from web import content_version

pytestmark = pytest.mark.django_db


def by_its_form(desk: Client, term: Term, folder: Path) -> None:
    assert save(desk, term, "_publish", definition="It aches by the kneecap.").status_code == 302


def by_the_list(desk: Client, term: Term, folder: Path) -> None:
    Term.objects.filter(pk=term.pk).update(state="draft")
    say_yes(desk, ask(desk, "publish_chosen", term))


def by_the_plan_of_a_draft(desk: Client, term: Term, folder: Path) -> None:
    draft = history.record(term)
    publish.keep_draft(term, draft)
    Term.objects.filter(pk=term.pk).update(draft_publish_at=timezone.now() - timedelta(minutes=1))
    tasks.publish_draft.enqueue(term.pk, draft.pk)


def by_an_overdue_plan(desk: Client, term: Term, folder: Path) -> None:
    publish.keep_draft(term, history.record(term))
    Term.objects.filter(pk=term.pk).update(draft_publish_at=timezone.now() - timedelta(minutes=1))
    tasks.publish_overdue.enqueue()


def by_its_file(desk: Client, term: Term, folder: Path) -> None:
    (folder / "categories.yaml").write_text(CATEGORIES)
    (folder / "runners-knee.md").write_text(TERM)
    assert "1 changed" in load("load_glossary", folder)


def by_an_import(desk: Client, term: Term, folder: Path) -> None:
    bring_in(desk, sheet({"slug": term.slug, "definition": "It aches by the kneecap."}), "csv")


WRITERS = [
    by_its_form, by_the_list, by_the_plan_of_a_draft, by_an_overdue_plan, by_its_file, by_an_import
]  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
def test_all_that_hangs_on_a_term_follows(
    write: Callable[[Client, Term, Path], None], editor: User, tmp_path: Path
) -> None:
    term = TermFactory(
        title="Runner's Knee", slug="runners-knee", definition="An ache by the kneecap."
    )
    other = TermFactory(title="Taper", body="Rest your runner's knee.")
    index_terms(Term.objects.filter(pk=other.pk))
    FormerAddress.objects.create(slug="runners-knee")
    before = content_version.current()
    write(client_of(editor), term, tmp_path)
    run_worker()
    assert [hit.pk for hit in find_terms("kneecap", names())] == [term.pk]
    assert LinkedText.objects.get(term=other).links == [term.pk]
    assert not FormerAddress.objects.exists()
    assert content_version.current() != before
