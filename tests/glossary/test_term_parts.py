"""The rows of a term's form: their order, and citations that belong to their sources."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client

from glossary.admin.parts import in_order
from glossary.models import FAQ, CareAdvice, KeyFact, RelatedTerm, Source, Term, Tip
from glossary.publishing import publish
from tests.desk import client_of, errors, form_of, opened, save
from tests.factories import TermFactory, UserFactory
from text import markdown

TITLES = ["Anna", "Bela", "Cleo"]


@pytest.fixture
def term(db: None) -> Term:
    """Anna, Bela and Cleo are its sources, and each text says who it cites."""
    term: Term = TermFactory(slug="it", body="Anna[^1] Bela[^2] Cleo[^3] and `[^1]`.")
    sources = [
        Source.objects.create(term=term, title=title, url=f"https://{title}.example/", position=7)
        for title in TITLES
    ]
    for number, source in enumerate(sources, 1):
        said = f"{source}[^{number}]"
        KeyFact.objects.create(
            term=term, headline=f"By {source}", detail=said, source=source, position=number
        )
        Tip.objects.create(term=term, text=said, position=number)
        FAQ.objects.create(term=term, question=f"{source}?", answer=said, position=number)
    CareAdvice.objects.create(term=term, level="self-care", text="Bela[^2]")
    return term


def said_and_cited(term: Term) -> list[tuple[str, str]]:
    """Each name in a text, with the title of the source that is cited behind it."""
    titles = dict(enumerate(Source.objects.filter(term=term).values_list("title", flat=True), 1))
    texts = [Term.objects.get(pk=term.pk).body]
    for model, field in [(KeyFact, "detail"), (Tip, "text"), (FAQ, "answer"), (CareAdvice, "text")]:
        texts += model.objects.filter(term=term).values_list(field, flat=True)
    found = re.findall(r"(\w+)\[\^(\d+)\]", "\n".join(texts))
    facts = KeyFact.objects.filter(term=term).values_list("headline", "source__title")
    return [(name, titles.get(int(number), "nobody")) for name, number in found] + [
        (headline.removeprefix("By "), title) for headline, title in facts
    ]


def assert_nobody_is_miscited(term: Term, least: int = 16) -> None:
    found = said_and_cited(term)
    assert len(found) >= least
    assert [pair for pair in found if pair[0] != pair[1]] == []


def titles_of(term: Term) -> list[str]:
    return [source.title for source in term.sources.all()]


def places(part: str, *numbers: str | int) -> dict[str, str]:
    return {f"{part}-{index}-position": str(number) for index, number in enumerate(numbers)}


def new_source(index: int = 3, title: str = "Dora", **more: str) -> dict[str, str]:
    values = {"title": title, "url": f"https://{title}.example/", **more}
    row = {f"sources-{index}-{name}": value for name, value in values.items()}
    return {"sources-TOTAL_FORMS": str(index + 1), **row}


def refused(response: Any) -> dict[str, str]:
    assert response.status_code == 200, "it was saved"
    return errors(response.content.decode())


def test_a_new_source_comes_last_and_moves_no_citation(desk: Client, term: Term) -> None:
    assert save(desk, term, "_publish", **new_source()).status_code == 302
    assert titles_of(term) == [*TITLES, "Dora"]
    assert_nobody_is_miscited(term)


@pytest.mark.parametrize(
    ("part", "row", "field"),
    [
        ("tips", {"text": "New"}, "text"),
        ("faqs", {"question": "New", "answer": "x"}, "question"),
        ("key_facts", {"headline": "New", "detail": "x"}, "headline"),
    ],
)
def test_a_new_row_comes_last_in_every_part(
    desk: Client, term: Term, part: str, row: dict[str, str], field: str
) -> None:
    typed = {f"{part}-3-{name}": value for name, value in row.items()}
    response = save(desk, term, "_publish", **{f"{part}-TOTAL_FORMS": "4"}, **typed)
    assert response.status_code == 302
    rows = getattr(term, part).all()
    assert getattr(rows.last(), field) == "New"
    assert [getattr(part, "position", 0) for part in rows] == [0, 1, 2, 3]


def test_relations_stand_where_their_rows_stand(desk: Client, term: Term) -> None:
    others = [TermFactory() for _ in range(3)]
    values = {"relations-TOTAL_FORMS": "3", **places("relations", 2, 3, 1)}
    for index, other in enumerate(others):
        values |= {f"relations-{index}-other": str(other.pk), f"relations-{index}-kind": "related"}
    assert save(desk, term, "_publish", **values).status_code == 302
    assert [row.other for row in term.relations.all()] == [others[2], others[0], others[1]]


@pytest.mark.parametrize("button", ["_publish", "_draft"])
def test_citations_follow_sources_that_move(desk: Client, term: Term, button: str) -> None:
    before = {(field, text) for field, text in said_and_cited(term)}
    assert save(desk, term, button, **places("sources", 2, 3, 1)).status_code == 302
    if button == "_draft":
        assert titles_of(term) == TITLES
        publish.publish(term)
    assert titles_of(term) == ["Cleo", "Anna", "Bela"]
    assert_nobody_is_miscited(term)
    assert set(said_and_cited(term)) == before
    # What only looks like a citation stays as it was typed.
    assert "`[^1]`" in Term.objects.get().body
    page = Client().get("/glossary/it/").content.decode()
    assert 'Cleo<sup><a class="citation" href="#source-1"' in page.replace(' rel="noopener"', "")


def test_citations_follow_when_an_uncited_source_goes(desk: Client, term: Term) -> None:
    Tip.objects.filter(term=term).delete()
    FAQ.objects.filter(term=term).delete()
    KeyFact.objects.filter(term=term).exclude(headline="By Cleo").delete()
    CareAdvice.objects.filter(term=term).delete()
    response = save(desk, term, "_publish", body="Bela[^2] Cleo[^3]", **{"sources-0-DELETE": "on"})
    assert response.status_code == 302
    assert titles_of(term) == ["Bela", "Cleo"]
    assert_nobody_is_miscited(term, least=3)


def test_a_source_that_is_cited_does_not_go(desk: Client, term: Term) -> None:
    response = save(desk, term, "_publish", **{"sources-1-DELETE": "on"})
    said = "Source 2, “Bela”, is marked to be deleted: cite another one, or keep it."
    assert refused(response) == {
        "id_body": said,
        "id_key_facts-1-detail": said,
        "id_key_facts-1-cites": said,
        "id_tips-1-text": said,
        "id_faqs-1-answer": said,
        "id_care_advice-0-text": said,
    }
    assert titles_of(term) == TITLES


def test_a_source_may_be_added_put_first_and_cited_at_once(desk: Client, term: Term) -> None:
    row = {"headline": "By Dora", "detail": "Dora[^9]", "cites": "9"}
    fact = {f"key_facts-3-{name}": value for name, value in row.items()}
    response = save(
        desk,
        term,
        "_publish",
        body="Dora[^9] Anna[^1] Cleo[^3]",
        **new_source(number="9"),
        **places("sources", 2, 3, 4, 1),
        **{"key_facts-TOTAL_FORMS": "4"},
        **fact,
    )
    assert response.status_code == 302, refused(response)
    assert titles_of(term) == ["Dora", *TITLES]
    assert ("Dora", "Dora") in said_and_cited(term)
    assert_nobody_is_miscited(term)
    assert KeyFact.objects.get(headline="By Dora").source == Source.objects.get(title="Dora")


def test_without_the_script_a_new_source_is_cited_by_the_next_number(
    desk: Client, term: Term
) -> None:
    response = save(desk, term, "_publish", body="Dora[^4] Anna[^1]", **new_source())
    assert response.status_code == 302, refused(response)
    assert_nobody_is_miscited(term, least=15)


def test_what_was_typed_keeps_its_numbers_when_it_is_refused(desk: Client, term: Term) -> None:
    changes = {**new_source(number="9"), **places("sources", 3, 1, 2, 4), "title": ""}
    response = save(desk, term, "_publish", body="Dora[^9]", **changes)
    page = response.content.decode()
    assert "id_title" in refused(response)
    assert "[^9]</code>" in page
    assert re.search(r'name="sources-3-number"\s+value="9"', page)
    assert re.search(r'name="sources-0-position" value="3"', page)
    assert '<option value="9">[^9] Dora</option>' in page


def test_a_number_that_two_sources_have_is_refused(desk: Client, term: Term) -> None:
    response = save(desk, term, "_publish", **{"sources-1-number": "1"})
    assert "Two sources have one number." in response.content.decode()
    assert_nobody_is_miscited(term)


def test_the_numbers_stand_beside_the_sources(desk: Client, term: Term) -> None:
    page = desk.get(form_of(term)).content.decode()
    for number in (1, 2, 3):
        assert re.search(rf'<code\s+class="citation-number">\[\^{number}\]</code>', page)


def test_a_longer_number_that_does_not_fit_is_said(desk: Client, term: Term) -> None:
    for number in range(4, 11):
        Source.objects.create(term=term, title=f"S{number}", url=f"https://s.example/{number}",
                              position=number + 10)  # fmt: skip
    changes = {"tips-0-text": "x" * 396 + "[^1]", **places("sources", 11)}
    assert refused(save(desk, term, "_publish", **changes)) == {
        "id_tips-0-text": "With its citations numbered anew this is 1 characters too long."
    }


def test_an_old_version_comes_back_with_its_own_citations(desk: Client, term: Term) -> None:
    save(desk, term, "_publish")
    save(desk, term, "_publish", **places("sources", 3, 2, 1))
    oldest = desk.get(f"/admin/glossary/term/{term.pk}/history/").context["action_list"][-1]
    address = f"{form_of(term)}?revision={oldest['revision'].pk}"
    values = {**opened(desk, address), **places("sources", 2, 1, 3), "_publish": "x"}
    assert desk.post(form_of(term), values).status_code == 302
    assert titles_of(term) == ["Bela", "Anna", "Cleo"]
    assert_nobody_is_miscited(term)


def test_addresses_are_swapped_and_a_source_goes_and_comes_in_one_save(
    desk: Client, term: Term
) -> None:
    first, second = "https://Anna.example/", "https://Bela.example/"
    swapped = {"sources-0-url": second, "sources-1-url": first}
    assert save(desk, term, "_publish", **swapped).status_code == 302
    assert [source.url for source in term.sources.all()][:2] == [second, first]
    again = {"sources-0-DELETE": "on", **new_source(title="Anna", url=second), "body": "None."}
    for part, field in [("key_facts", "detail"), ("tips", "text"), ("faqs", "answer")]:
        again[f"{part}-0-{field}"] = "Nobody"
    response = save(desk, term, "_publish", **again, **{"key_facts-0-cites": ""})
    assert response.status_code == 302, refused(response)
    assert titles_of(term) == ["Bela", "Cleo", "Anna"]


def test_levels_of_care_are_swapped(desk: Client, term: Term) -> None:
    CareAdvice.objects.create(term=term, level="emergency", text="Call.", position=1)
    swap = {"care_advice-0-level": "emergency", "care_advice-1-level": "self-care"}
    assert save(desk, term, "_publish", **swap).status_code == 302
    assert [row.level for row in term.care_advice.all()] == ["emergency", "self-care"]


def test_who_may_only_look_sees_the_form(term: Term) -> None:
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    response = client_of(clerk).get(form_of(term))
    assert response.status_code == 200
    assert "Cleo" in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        (["1", "2", "3", "4"], [0, 1, 2, 3]),
        (["", "", "", ""], [0, 1, 2, 3]),
        (["3", "2", "3", "4"], [1, 2, 0, 3]),  # the first down to the third place
        (["1", "2", "3", "2"], [0, 3, 1, 2]),  # the last up to the second
        (["1", "1", "1", "1"], [1, 2, 3, 0]),
        (["x", "9" * 30, "-1", "²"], [0, 1, 2, 3]),
    ],
)
def test_places_may_be_typed_without_the_script(typed: list[str], order: list[int]) -> None:
    data = {f"tips-{index}-position": place for index, place in enumerate(typed)}
    assert in_order({"tips-TOTAL_FORMS": "4", **data}, "tips") == order


def test_a_place_that_is_no_number_is_said_beside_it(desk: Client, term: Term) -> None:
    response = save(desk, term, "_publish", **{"tips-1-position": "first"})
    assert refused(response) == {"id_tips-1-position": "Enter a whole number."}


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("A[^1], B[^2].", "A[^2], B[^1]."),
        ("`[^1]` and \\[^1] stay, [^1] does not.", "`[^1]` and \\[^1] stay, [^2] does not."),
        ("    [^1]\n\n> - In a list[^1]", "    [^1]\n\n> - In a list[^2]"),
        ("[here](#source-1) #source-1", "[here](#source-2) #source-1"),
        ("[here][x]\n\n[x]: #source-2", "[here][x]\n\n[x]: #source-1"),
        ("[there](https://a.example/#source-1)", "[there](https://a.example/#source-1)"),
        ("[^7] [^12] [^123]", "[^7] [^3] [^123]"),
        ("*[^1]* [a [^2]](https://a.example/)", "*[^2]* [a [^1]](https://a.example/)"),
    ],
)
def test_what_is_a_citation_is_numbered_anew_and_nothing_else(text: str, after: str) -> None:
    assert markdown.renumbered(text, {1: 2, 2: 1, 12: 3}) == after


# What the database refuses, whoever writes.


@pytest.mark.parametrize("model", [Source, RelatedTerm, CareAdvice])
def test_a_part_that_is_there_once_is_refused_twice(model: Any, db: None) -> None:
    term, other = TermFactory(), TermFactory()
    values: dict[Any, dict[str, Any]] = {
        Source: {"title": "A", "url": "https://a.example/"},
        RelatedTerm: {"other": other},
        CareAdvice: {"level": "emergency", "text": "Call."},
    }
    names = {
        Source: "source_once_per_term",
        RelatedTerm: "related_term_once",
        CareAdvice: "care_advice_once_per_level",
    }
    model.objects.create(term=term, **values[model])
    if model is not RelatedTerm:
        model.objects.create(term=other, **values[model])
    with pytest.raises(IntegrityError, match=names[model]), transaction.atomic():
        model.objects.bulk_create([model(term=term, **values[model])])
