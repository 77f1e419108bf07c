"""Looking words and races up, as people type."""

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from glossary.models import FAQ, Alias, Term
from glossary.names import fold, name_key
from glossary.search import find_terms, index_terms, nearest_terms
from races.models import Race
from races.search import find_races, index_races
from tests.factories import RaceFactory, TermFactory


@pytest.fixture
def words(db: None) -> None:
    knee = TermFactory(
        title="Runner's Knee", definition="A dull ache behind the kneecap.", body="Wall sits help."
    )
    Alias.objects.create(term=knee, name="Patellofemoral pain syndrome")
    Alias.objects.create(term=knee, name="PFPS", kind="abbreviation")
    Alias.objects.create(term=knee, name="Runers nee", kind="misspelling")
    FAQ.objects.create(term=knee, question="Is cycling fine?", answer="Often, in an easy gear.")
    TermFactory(title="VO2max", definition="The most oxygen you can use.", body="Measured on test.")
    TermFactory(title="Randonnée", definition="A long ride.", body="With control points.")
    TermFactory(title="Shin Splints", definition="An ache in the shin, not in the knee.", body="x")
    TermFactory(title="Hidden Knee", state="draft", body="kneecap")
    index_terms(Term.objects.all())


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("runner's knee", "Runner's Knee"),
        ("RUNNERS KNEE", "Runner's Knee"),
        ("runner’s knee", "Runner's Knee"),
        ("pfps", "Runner's Knee"),
        ("patellofemoral", "Runner's Knee"),
        ("runers nee", "Runner's Knee"),
        ("kneecap", "Runner's Knee"),
        ("wall sits", "Runner's Knee"),
        ("cycling gear", "Runner's Knee"),
        ("vo2 max", "VO2max"),
        ("VO₂max", "VO2max"),
        ("vo2", "VO2max"),
        ("randonnee", "Randonnée"),
        ("shin splint", "Shin Splints"),
        ("knee", "Runner's Knee"),
    ],
)
def test_the_right_word_comes_first(query: str, first: str) -> None:
    found = [term.title for term in find_terms(query)]
    assert found[0] == first
    assert "Hidden Knee" not in found


@pytest.mark.usefixtures("words")
def test_a_word_is_listed_once_however_many_names_match() -> None:
    assert [term.title for term in find_terms("p")] == ["Runner's Knee"]


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("runnners kneee", "Runner's Knee"),
        ("patelofemoral pain sindrome", "Runner's Knee"),
        ("shin splits", "Shin Splints"),
        ("randonee", "Randonnée"),
        ("vo2maks", "VO2max"),
    ],
)
def test_a_typing_error_is_forgiven(client: Client, typed: str, meant: str) -> None:
    assert list(find_terms(typed)) == []
    assert nearest_terms(typed)[0].title == meant
    page = client.get("/search/", {"q": typed}).content.decode()
    assert "Did you mean one of these?" in page
    assert meant.replace("'", "&#x27;") in page
    assert "Hidden Knee" not in page


RUBBISH = ["%", "_", "'", '"', "<script>alert(1)</script>", "or and not -", "\x00", "a" * 10_000,
           "\u202eknee", "🏃" * 50, "&", "|", ":*", "( ) ! <->", "\\", "NULL", "مرحبا"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_gives_an_ordinary_page(client: Client, rubbish: str) -> None:
    for address, name in [("/search/", "q"), ("/races/", "q"), ("/races/", "sport"),
                          ("/races/", "month_from"), ("/races/", "page")]:  # fmt: skip
        response = client.get(address, {name: rubbish})
        assert response.status_code in {200, 400}
        assert b"<script>alert" not in response.content


class AnyTextTest(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=60))
    def test_any_text_can_be_searched(self, text: str) -> None:
        list(find_terms(text))
        nearest_terms(text)
        list(find_races(text))

    @given(st.text(max_size=60))
    def test_folding_is_stable(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)
        assert " " not in name_key(text)


def test_races_are_found_by_name_town_country_and_sport(db: None) -> None:
    RaceFactory(name="Maratona de São Paulo", city="São Paulo", country="BR")
    RaceFactory(name="Hidden São Paulo", state="draft")
    index_races(Race.objects.all())
    for query in ["sao paulo", "Marat", "brazil", "road running", "sao brazil"]:
        assert [race.name for race in find_races(query)] == ["Maratona de São Paulo"], query
    assert list(find_races("lisbon")) == []


@pytest.mark.usefixtures("words")
def test_the_search_page_shows_both_halves(client: Client) -> None:
    RaceFactory(name="Knee Deep Trail")
    index_races(Race.objects.all())
    page = client.get("/search/?q=knee").content.decode()
    assert "Runner&#x27;s Knee" in page
    assert "Knee Deep Trail" in page


def test_nothing_found_leads_on(client: Client, db: None) -> None:
    page = client.get("/search/?q=xyzzy").content.decode()
    assert "Nothing found" in page
    assert "/glossary/a-to-z/" in page
