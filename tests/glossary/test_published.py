"""What readers see of the words: said once for rows, for one term and for SQL written out."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from glossary.models import PUBLISHED, Alias, Category, Term
from tests.clock import NOW
from tests.factories import CategoryFactory, TermFactory

AN_HOUR = timedelta(hours=1)


def by_sql() -> set[int]:
    query = f"SELECT id FROM glossary_term WHERE {PUBLISHED}"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(query, {"now": timezone.now()})
        return {pk for (pk,) in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "publish_at", "is_public", "is_to_come"),
    [
        ("published", None, True, False),
        ("published", NOW - AN_HOUR, True, False),
        ("published", NOW + AN_HOUR, False, True),
        ("draft", None, False, False),
        ("draft", NOW - AN_HOUR, False, False),
        ("draft", NOW + AN_HOUR, False, False),
    ],
)
def test_published_is_said_alike_of_rows_of_one_term_and_in_sql(
    state: str, publish_at: datetime | None, is_public: bool, is_to_come: bool
) -> None:
    term = TermFactory(state=state, publish_at=publish_at)
    assert term.is_public == is_public
    assert Term.objects.published().exists() == is_public
    assert by_sql() == ({term.pk} if is_public else set())
    assert term.is_to_come == is_to_come
    assert Term.objects.to_come().exists() == is_to_come
    assert Term.objects.published_or_to_come().exists() == (is_public or is_to_come)


@pytest.mark.django_db
def test_a_shelf_counts_what_readers_see_and_an_empty_one_is_none() -> None:
    second, first, hidden, _ = (
        CategoryFactory(position=place, name=f"Shelf {place}", slug=f"shelf-{place}")
        for place in (2, 1, 3, 4)
    )
    for category in (second, first, first):
        TermFactory(category=category)
    TermFactory(category=first, publish_at=NOW + AN_HOUR)
    TermFactory(category=hidden, state="draft")
    shelves = Category.objects.shelves()
    assert [(shelf, shelf.term_count) for shelf in shelves] == [(first, 2), (second, 1)]


@pytest.mark.django_db
def test_the_kinds_of_alias_that_are_names_are_shown() -> None:
    term = TermFactory()
    for kind in Alias.Kind:
        Alias.objects.create(term=term, name=kind.label, kind=kind)
    shown = set(Alias.objects.shown().values_list("kind", flat=True))
    assert shown == {Alias.Kind.SYNONYM, Alias.Kind.ABBREVIATION}
