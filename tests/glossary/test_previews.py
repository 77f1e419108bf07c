"""A shared preview: made of a version's rows without a write, and taken back at will."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from reversion.models import Revision

from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    Category,
    KeyFact,
    RelatedTerm,
    Source,
    Term,
    Tip,
)
from glossary.parts import PARTS
from glossary.publishing import history, previews
from glossary.reading import structured_data
from glossary.reading.page import TermPage, page_in_memory, term_page
from organizers.models import User
from tests.backstage import run_worker
from tests.desk import delete, opened, recover, save, shared_link
from tests.factories import HealthCategoryFactory, TermFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def taper(desk: Client) -> Term:
    """A page with three of everything, linked, and confused by another page's word."""
    term: Term = TermFactory(
        title="Taper",
        slug="taper",
        category=HealthCategoryFactory(),
        body="Ease off before the marathon [^1], as [^2] says.",
    )
    marathon = TermFactory(title="Marathon", slug="marathon")
    hidden = TermFactory(title="Hidden", slug="hidden", state="draft")
    deload = TermFactory(title="Deload week", slug="deload-week")
    for number, title in enumerate(["A study", "A trial", "A review"]):
        source = Source.objects.create(
            term=term, title=title, url=f"https://s.example/{number}", position=number, year=2020
        )
        KeyFact.objects.create(
            term=term, headline=f"Fact {number}", detail="Number.", source=source, position=number
        )
        Tip.objects.create(term=term, text=f"Tip {number} for a marathon.", position=number)
        FAQ.objects.create(term=term, question=f"Q{number}?", answer="A [^1].", position=number)
    for name, kind in [
        ("tapering", "synonym"),
        ("Éase", "synonym"),
        ("Wind-down", "synonym"),
        ("TP", "abbreviation"),
        ("tapper", "misspelling"),
        ("heavy legs", "symptom"),
    ]:
        Alias.objects.create(term=term, name=name, kind=kind)
    for place, (other, kind) in enumerate(
        [(marathon, "related"), (hidden, "related"), (deload, "often-confused")]
    ):
        RelatedTerm.objects.create(term=term, other=other, kind=kind, position=place)
    for level in ["self-care", "emergency"]:
        CareAdvice.objects.create(term=term, level=level, text="Rest.")
    RelatedTerm.objects.create(
        term=TermFactory(title="Bonk", slug="bonk"), other=term, kind="often-confused", note="Not."
    )
    save(desk, term, "_publish")
    run_worker()
    return term


def added(part: str) -> dict[str, str]:
    return {
        "aliases": {"name": "Zone ease", "kind": "synonym"},
        "sources": {"number": "4", "title": "A book", "url": "https://s.example/9"},
        "key_facts": {"headline": "New", "detail": "Also.", "cites": "2"},
        "tips": {"text": "Sleep more."},
        "faqs": {"question": "Why?", "answer": "Because [^2]."},
        "relations": {"other": str(TermFactory(title="New").pk), "kind": "often-confused"},
        "care_advice": {"level": "leave-out", "text": "Speed."},
    }[part]


def add(values: dict[str, str], part: str) -> dict[str, str]:
    count = int(values[f"{part}-TOTAL_FORMS"])
    row = {f"{part}-{count}-{name}": value for name, value in added(part).items()}
    return {f"{part}-TOTAL_FORMS": str(count + 1), **row}


def remove(values: dict[str, str], part: str) -> dict[str, str]:
    # The last: the first sources are cited.
    return {f"{part}-{int(values[f'{part}-INITIAL_FORMS']) - 1}-DELETE": "on"} | (
        {"key_facts-2-cites": ""} if part == "sources" else {}
    )


def reorder(values: dict[str, str], part: str) -> dict[str, str]:
    if part == "aliases":
        return {"aliases-0-name": "zz last", "aliases-1-kind": "misspelling"}
    return {f"{part}-0-position": "2", f"{part}-1-position": "1"}


CHANGES = {"added": add, "removed": remove, "put in another order": reorder}


@contextmanager
def as_in(revision: Revision, pk: int) -> Iterator[None]:
    """The version in the tables, put there by reversion itself; undone afterwards."""
    with transaction.atomic():
        history.defer_names()
        kept = Term.objects.filter(pk=pk).values(*history.OUTSIDE_HISTORY).get()
        revision.revert(delete=True)
        Term.objects.filter(pk=pk).update(**kept)
        RelatedTerm.objects.filter(term=pk).exclude(other__in=Term.objects.all()).delete()
        yield
        transaction.set_rollback(True)


def shown(page: TermPage | None) -> dict[str, Any]:
    assert page
    columns = [field.attname for field in Term._meta.concrete_fields if field.name != "search"]
    return {
        **vars(page),
        "term": {name: getattr(page.term, name) for name in columns},
        "data": structured_data.term(page),
    }


def rows_of(pk: int) -> dict[str, Any]:
    rows = {
        name: list(model._default_manager.filter(term=pk).order_by("pk").values())
        for name, model in ((part.name, part.model) for part in PARTS)
    }
    return {**rows, "term": list(Term.objects.filter(pk=pk).defer("search").values())}


def assert_same_as_in_the_tables(term: Term) -> None:
    """What is made in memory, and what the form puts into the tables, is what reversion makes."""
    live = Term.objects.get(pk=term.pk)
    assert live.draft
    before = rows_of(term.pk)
    with as_in(live.draft, term.pk):
        slug = Term.objects.values_list("slug", flat=True).get(pk=term.pk)
        expected = shown(term_page(slug, is_public=False))
        expected_rows = rows_of(term.pk)
    assert expected_rows != before
    assert shown(page_in_memory(history.term_in(live.draft, live))) == expected
    with transaction.atomic():
        history.bring_back(live.draft, term.pk)
        assert rows_of(term.pk) == expected_rows
        transaction.set_rollback(True)


@pytest.mark.parametrize("part", [part.name for part in PARTS])
@pytest.mark.parametrize("change", CHANGES)
def test_a_draft_is_shown_as_it_would_be_published(
    desk: Client, taper: Term, part: str, change: str
) -> None:
    values = opened(desk, f"/admin/glossary/term/{taper.pk}/change/")
    response = save(desk, taper, **CHANGES[change](values, part))
    assert response.status_code == 302
    assert_same_as_in_the_tables(taper)


def test_a_draft_of_all_else_is_shown_as_it_would_be_published(desk: Client, taper: Term) -> None:
    response = save(
        desk, taper, title="Tapering off", slug="off", body="No [marathon](/glossary/marathon/).",
        category=str(TermFactory().category_id), reviewed_by="Dr A", reviewed_on="2026-01-02",
        race_query="sport=road-running", unlinked_words="Marathon, Bonk",
    )  # fmt: skip
    assert response.status_code == 302
    # Meanwhile one of its related terms goes, and the live page changes too.
    Term.objects.get(slug="deload-week").delete()
    Tip.objects.filter(term=taper).first().delete()  # type: ignore[union-attr]
    assert_same_as_in_the_tables(taper)


def test_a_preview_only_reads(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.", **{"tips-0-text": "Draft tip."})
    link, never_public = shared_link(desk, taper), TermFactory(state="draft")
    other_link = shared_link(desk, never_public)
    with transaction.atomic(), connection.cursor() as cursor:
        # Here PostgreSQL refuses every write, and a lock on any row.
        cursor.execute("SET LOCAL transaction_read_only = on")
        with CaptureQueriesContext(connection) as queries:
            pages = [Client().get(link).content.decode() for _ in range(100)]
            assert Client().get(other_link).status_code == 200
        transaction.set_rollback(True)
    assert all("Draft body." in page and "Draft tip." in page for page in pages)
    # The races that the page offers are read by the index of their search: WITH, and a cursor.
    said = {query["sql"].split()[0] for query in queries.captured_queries}
    assert said <= {"SELECT", "WITH", "DECLARE"}
    assert len(queries) <= 12 * 101


def test_it_says_whose_draft_it_is_and_of_when(desk: Client, editor: User, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    link = shared_link(desk, taper)
    draft = Term.objects.get(pk=taper.pk).draft
    assert draft
    when = f"saved {draft.date_created:%-d %B %Y, %H:%M} UTC: readers do not see this page yet"
    page = Client().get(link).content.decode()
    assert f"Draft by an editor, {when}" in page
    # A stranger learns nobody's address.
    assert editor.email not in page
    User.objects.filter(pk=editor.pk).update(name="Ann")
    assert f"Draft by Ann, {when}" in Client().get(link).content.decode()


def test_it_says_who_saved_a_page_that_was_never_public(desk: Client, editor: User) -> None:
    User.objects.filter(pk=editor.pk).update(name="Ann")
    term = TermFactory(state="draft")
    assert "Draft: readers do not" in Client().get(shared_link(desk, term)).content.decode()
    save(desk, term, body="Second try.")
    assert "Draft by Ann, saved " in Client().get(shared_link(desk, term)).content.decode()


def test_a_public_page_without_a_draft_says_so(desk: Client, taper: Term) -> None:
    page = Client().get(shared_link(desk, taper)).content.decode()
    assert "Preview: the page is as readers see it." in page
    assert "Draft" not in page


def stop(desk: Client, term: Term) -> str:
    address = f"/admin/glossary/term/{term.pk}/stop-sharing/"
    return desk.post(address, follow=True).content.decode()


def test_a_link_that_was_taken_back_says_so_plainly(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    link = shared_link(desk, taper)
    form = desk.get(f"/admin/glossary/term/{taper.pk}/change/").content.decode()
    assert '<button type="submit" form="stop-sharing">Stop sharing</button>' in form
    # Looking at that address takes nothing back.
    desk.get(f"/admin/glossary/term/{taper.pk}/stop-sharing/")
    assert Client().get(link).status_code == 200
    page = stop(desk, taper)
    assert "The links shared so far no longer open." in page
    response = Client().get(link)
    assert response.status_code == 410
    assert "or until an editor takes them back" in response.content.decode()
    assert "Draft body." not in response.content.decode()
    new_link = re.search(r"/glossary/preview/[^\"]+", page)
    assert new_link
    assert Client().get(new_link[0]).status_code == 200


def test_no_old_version_opens_a_link_again(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    link = shared_link(desk, taper)
    stop(desk, taper)
    save(desk, taper, "_publish")
    assert Client().get(link).status_code == 410
    delete(desk, taper)
    assert Client().get(link).status_code == 404
    assert recover(desk, taper).status_code == 302
    assert Client().get(link).status_code == 410


def test_a_link_of_before_they_could_be_taken_back_opens_until_it_is(
    desk: Client, taper: Term
) -> None:
    link = f"/glossary/preview/{signing.dumps(taper.pk, salt=previews.SALT)}/"
    assert Client().get(link).status_code == 200
    stop(desk, taper)
    assert Client().get(link).status_code == 410


def test_nothing_of_a_preview_is_kept_or_told_on(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    link = shared_link(desk, taper)
    opened_at = timezone.now()
    for later, status in [(0, 200), (8, 410)]:
        with time_machine.travel(opened_at + timedelta(days=later)):
            response = Client().get(link)
        assert response.status_code == status
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "ETag" not in response
        assert not response.cookies


def test_a_draft_whose_category_is_gone_is_not_shown(desk: Client, taper: Term) -> None:
    shelf = Category.objects.create(name="Short-lived", slug="short", description="Gone soon.")
    save(desk, taper, category=str(shelf.pk))
    link = shared_link(desk, taper)
    shelf.delete()
    assert Client().get(link).status_code == 410
