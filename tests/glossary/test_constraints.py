"""Each rule that the database keeps for us refuses one row, and none of them is forgotten.

The rows of races and organizers stand in the files of their own.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from reversion.models import Revision

from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    Category,
    Feedback,
    FormerAddress,
    KeyFact,
    MissedSearch,
    RelatedTerm,
    Source,
    Term,
)
from tests.clock import NOW, TODAY
from tests.factories import TermFactory
from web.models import ContentChange, ContentVersion

pytestmark = pytest.mark.django_db


def check_all() -> None:
    """Some rules are looked at only in the end; have them looked at now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def term(**values: Any) -> Callable[[], object]:
    """To be asked of the database itself: what the model makes of its own accord stays away."""
    return lambda: Term.objects.filter(pk=TermFactory().pk).update(**values)


def part(model: type[Any], **values: Any) -> Callable[[], object]:
    return lambda: model.objects.create(term=TermFactory(), **values)


def twice(model: type[Any], **values: Any) -> Callable[[], object]:
    return lambda: [model.objects.create(**values) for _ in range(2)]


def part_twice(model: type[Any], **values: Any) -> Callable[[], object]:
    return lambda: twice(model, term=TermFactory(), **values)()


def title_twice() -> None:
    TermFactory(title="Taper")
    term(title_key="taper")()


def slug_twice() -> None:
    TermFactory(slug="taper")
    term(slug="taper")()


def alias_twice() -> None:
    for name in ("Tapering", "tapering"):
        Alias.objects.create(term=TermFactory(), name=name)


def alias_without_a_key() -> None:
    Alias.objects.create(term=TermFactory(), name="Tapering")
    Alias.objects.update(key="")


def draft_of_two_terms() -> None:
    draft = Revision.objects.create(date_created=NOW)
    for _ in range(2):
        term(draft=draft)()


def related_twice() -> None:
    one, other = TermFactory(), TermFactory()
    for kind in ("related", "contrast"):
        RelatedTerm.objects.create(term=one, other=other, kind=kind)


def related_to_itself() -> None:
    one = TermFactory()
    RelatedTerm.objects.create(term=one, other=one)


def alias_of_a_title() -> None:
    TermFactory(title="Taper")
    check_all()
    Alias.objects.create(term=TermFactory(), name="taper")


def title_of_an_alias() -> None:
    Alias.objects.create(term=TermFactory(), name="Taper")
    check_all()
    TermFactory(title="taper")


def second_category(**same: str) -> Callable[[], object]:
    def make() -> None:
        Category.objects.create(name="Words", slug="words")
        Category.objects.create(**{"name": "Other", "slug": "other", **same})

    return make


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("term_title_once", title_twice),
    ("term_slug_once", slug_twice),
    ("term_slug_not_reserved", term(slug="a-to-z")),
    ("term_definition_is_short", term(definition="x" * 301)),
    ("term_body_has_an_end", term(body="x" * 10_001)),
    ("term_review_is_whole", term(reviewed_by="Dr Ada")),
    ("term_review_is_whole", term(reviewed_on=TODAY)),
    ("glossary_term_draft_id_key", draft_of_two_terms),
    ("title_is_not_an_alias", title_of_an_alias),
    ("alias_is_not_a_title", alias_of_a_title),
    ("alias_once", alias_twice),
    ("alias_has_a_key", alias_without_a_key),
    ("alias_kind_is_listed", part(Alias, name="Tapering", kind="rumour")),
    ("source_once_per_term", part_twice(Source, title="A", url="https://a.example/")),
    ("source_year_is_sane", part(Source, title="A", url="https://a.example/", year=1799)),
    ("source_year_is_sane", part(Source, title="A", url="https://a.example/", year=2101)),
    ("key_fact_headline_is_its_own", part(KeyFact, headline="It is", detail="It is so.")),
    ("related_term_once", related_twice),
    ("related_term_is_another", related_to_itself),
    ("care_advice_once_per_level", part_twice(CareAdvice, level="emergency", text="Call.")),
    ("care_advice_level_is_listed", part(CareAdvice, level="urgent", text="Call.")),
    ("faq_answer_has_an_end", part(FAQ, question="Why?", answer="x" * 2_001)),
    ("care_advice_has_an_end", part(CareAdvice, level="emergency", text="x" * 2_001)),
    ("feedback_has_an_end", part(Feedback, answer="wrong", text="x" * 1_001)),
    ("feedback_answer_is_listed", part(Feedback, answer="maybe")),
    ("glossary_category_name_key", second_category(name="Words")),
    ("glossary_category_slug_key", second_category(slug="words")),
    ("glossary_formeraddress_slug_key", twice(FormerAddress, slug="taper")),
    ("glossary_missedsearch_query_key", twice(MissedSearch, query="taper")),
    ("content_version_is_one_row", lambda: ContentVersion.objects.create(pk=2, folded_at=NOW)),
    ("content_change_once_a_transaction", twice(ContentChange, transaction=1, began_at=NOW)),
]

# Two triggers with one function.
SAYS = {"title_is_not_an_alias": "alias_is_not_a_title"}


@pytest.mark.parametrize(("constraint", "make"), REFUSED)
def test_the_database_refuses(constraint: str, make: Callable[[], object]) -> None:
    def make_and_check() -> None:
        with transaction.atomic():
            make()
            check_all()

    with pytest.raises(IntegrityError) as refusal:
        make_and_check()
    cause = refusal.value.__cause__
    assert cause is not None
    said = cause.diag.constraint_name  # type: ignore[attr-defined]
    assert said == SAYS.get(constraint, constraint)


def test_the_database_takes_what_is_right() -> None:
    full = TermFactory(
        definition="x" * 300, body="é" * 10_000, reviewed_by="Dr Ada", reviewed_on=TODAY
    )
    for year in (None, 1800, 2100):
        Source.objects.create(term=full, title="A", url=f"https://a.example/{year}", year=year)
    KeyFact.objects.create(term=full, headline="It is", detail="So it is.")
    for level in CareAdvice.Level.values:
        CareAdvice.objects.create(term=full, level=level, text="é" * 2_000)
    for answer in Feedback.Answer.values:
        Feedback.objects.create(term=full, answer=answer, text="é" * 1_000)
    for _ in range(2):
        FAQ.objects.create(term=full, question="Why?", answer="é" * 2_000)


def test_no_constraint_is_forgotten(constraints_of: Callable[[str], set[str]]) -> None:
    there = constraints_of("web") | constraints_of("glossary")
    assert there == {name for name, _ in REFUSED}


def test_a_new_constraint_is_noticed(constraints_of: Callable[[str], set[str]]) -> None:
    before = constraints_of("glossary")
    with connection.cursor() as cursor:
        for add in (
            "ALTER TABLE glossary_tip ADD CONSTRAINT tip_says_it CHECK (text <> '')",
            "ALTER TABLE glossary_tip ADD CONSTRAINT tip_once UNIQUE (term_id, text)",
            "CREATE UNIQUE INDEX faq_once ON glossary_faq (term_id, lower(question))",
        ):
            cursor.execute(add)
    assert constraints_of("glossary") - before == {"tip_says_it", "tip_once", "faq_once"}
