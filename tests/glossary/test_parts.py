"""Every part in the one table stands everywhere that the table says."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client

from glossary.admin.table.columns import COLUMNS
from glossary.admin.terms import TermAdmin
from glossary.files.dumping import content_of, text_of
from glossary.linking.relinking import relink
from glossary.machines.openapi import document
from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    KeyFact,
    LinkedText,
    RelatedTerm,
    Source,
    Term,
    TermPart,
    Tip,
)
from glossary.parts import IN_MARKDOWN, PARTS, Part, TermRows
from glossary.publishing import history
from glossary.publishing.contents import contents
from glossary.quality import checks, reports
from glossary.quality.faulty_links import link_faults
from glossary.search.finding import find_terms, index_terms
from glossary.search.spelling import names
from organizers.models import User
from tests.desk import client_of
from tests.factories import CategoryFactory, TermFactory

# A word of each part that stands nowhere else, in a row that holds as little as it may.
WORDS: dict[type[Model], str] = {
    Alias: "quokka",
    KeyFact: "numbat",
    Tip: "bilby",
    FAQ: "wombat",
    RelatedTerm: "dingo",
    Source: "emu",
    CareAdvice: "koala",
}


ROWS: dict[type[Model], Callable[[str], dict[str, Any]]] = {
    Alias: lambda word: {"name": word},
    KeyFact: lambda word: {"headline": "Headline", "detail": word},
    Tip: lambda word: {"text": word},
    FAQ: lambda word: {"question": "Why?", "answer": word},
    RelatedTerm: lambda word: {"other": TermFactory(title=word, slug=word), "note": word},
    Source: lambda word: {"title": word, "url": "https://example.org/"},
    CareAdvice: lambda word: {"level": "self-care", "text": word},
}


@pytest.fixture
def term(db: None) -> Term:
    term: Term = TermFactory(slug="whole", category=CategoryFactory(is_health=True))
    for part in PARTS:
        values = ROWS[part.model](WORDS[part.model])
        part.model._default_manager.create(term=term, **values)
    index_terms(Term.objects.all())
    return term


each_part = pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])


def test_every_model_of_a_part_is_in_the_table() -> None:
    models = set(apps.get_app_config("glossary").get_models())
    parts = {model for model in models if issubclass(model, TermPart)} | {Alias}
    assert {part.model for part in PARTS} == parts
    for part in PARTS:
        assert Term._meta.get_field(part.name).related_model is part.model
        assert part.name in TermRows.__dataclass_fields__


@each_part
def test_readers_see_it(term: Term, part: Part) -> None:
    word = WORDS[part.model]
    page = Client().get("/glossary/whole/").content.decode()
    assert word in page
    assert f'id="{part.page_id}"' in page or not part.page_id
    assert part.heading in page
    markdown = Client().get("/glossary/whole.md").content.decode()
    assert word in markdown
    assert not part.heading or f"## {part.heading}\n" in markdown


@each_part
def test_without_rows_the_page_has_its_heading_only_as_the_table_says(db: None, part: Part) -> None:
    TermFactory(slug="bare")
    page = Client().get("/glossary/bare/").content.decode()
    assert (f'id="{part.page_id}"' in page) == part.is_always_on_page


@each_part
def test_programs_read_it_and_the_api_describes_it(term: Term, part: Part) -> None:
    data = Client().get("/api/v1/terms/whole/").json()
    assert WORDS[part.model] in json.dumps(data[part.key])
    assert part.key in document()["components"]["schemas"]["Term"]["properties"]


@each_part
def test_its_file_and_its_row_in_a_table_hold_it(term: Term, part: Part) -> None:
    file = content_of(term)
    assert WORDS[part.model] in json.dumps(file.data[part.key])
    assert f"\n{part.key}:\n" in text_of(file)
    assert part.key in COLUMNS


@each_part
def test_history_keeps_it(term: Term, part: Part) -> None:
    revision = history.record(term)
    sections = contents(revision)
    assert WORDS[part.model] in str(sections[str(part.model._meta.verbose_name_plural)])


@each_part
def test_search_finds_it_if_the_table_says_so(term: Term, part: Part) -> None:
    found = [hit.pk for hit in find_terms(WORDS[part.model], names())]
    assert (term.pk in found) == bool(part.indexed)
    page = Client().get("/search/", {"q": WORDS[part.model]}).content.decode()
    is_excerpt = bool(part.indexed) and part.weight == "C"
    assert f"<mark>{WORDS[part.model]}</mark>" in page or not is_excerpt


@each_part
def test_words_in_it_become_links_if_the_table_says_so(term: Term, part: Part) -> None:
    relink([term.pk])
    assert (part.name in LinkedText.objects.get(term=term).html) == part.is_linked


@each_part
def test_its_form_stands_where_a_remark_on_it_leads(term: Term, part: Part, editor: User) -> None:
    assert part.model in [inline.model for inline in TermAdmin.inlines]
    form = client_of(editor).get(f"/admin/glossary/term/{term.pk}/change/").content.decode()
    for where in [(part.key,), (part.key, 0)]:
        assert f'id="{checks._remark(where, "x").anchor}"' in form


@pytest.mark.parametrize("part", IN_MARKDOWN, ids=[part.name for part in IN_MARKDOWN])
def test_a_dead_link_in_it_is_said_by_report_and_panel(term: Term, part: Part) -> None:
    part.model._default_manager.update(**{part.text: "[a place](#nowhere)"})
    [fault] = link_faults(*reports.LINK_REPORTS["broken-links"])
    assert (fault.term, fault.where) == (term, part.row_label)
    remarks = [remark for remark in checks.warnings(term) if "#nowhere" in remark.message]
    assert {remark.section for remark in remarks} == {f"{part.row_label} 1"}
