"""Editors at work in admin."""

import re

import pytest
from django.test import Client

from glossary.models import Alias, FormerAddress, RelatedTerm, Term
from races.models import Race
from tests.desk import term_values
from tests.factories import RaceFactory, TermFactory


def test_a_new_term_is_on_the_site_and_found_by_its_alias(desk: Client) -> None:
    other = TermFactory(title="Strides", slug="strides")
    values = term_values(
        **{
            "aliases-TOTAL_FORMS": "1",
            "aliases-0-name": "Speed play run",
            "aliases-0-kind": "synonym",
            "tips-TOTAL_FORMS": "2",
            "tips-0-position": "2",
            "tips-0-text": "Second tip.",
            "tips-1-position": "1",
            "tips-1-text": "First tip.",
            "relations-TOTAL_FORMS": "1",
            "relations-0-position": "0",
            "relations-0-other": str(other.pk),
            "relations-0-kind": "related",
        }
    )
    assert desk.post("/admin/glossary/term/add/", values).status_code == 302
    page = Client().get("/glossary/fartlek/").content.decode()
    assert re.search("First tip.*Second tip", page, re.S)
    assert "Strides" in page
    assert b"Fartlek" in Client().get("/search/?q=speed+play+run").content


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "strides"}, "Another term has this title."),
        ({"title": "S.T.R."}, "has this name as an alias"),
        ({"title": "!!!"}, "A title needs letters or digits."),
        ({"slug": "a-to-z"}, "reserved for the site itself"),
        ({"slug": "strides"}, "Term with this Slug already exists."),
        ({"definition": "x" * 301}, "At most 300 characters; this has 301."),
        ({"body": "x" * 10_001 + "Kept text."}, "At most 10,000 characters; this has 10011."),
        ({"faqs-TOTAL_FORMS": "1", "faqs-0-question": "Why?", "faqs-0-answer": "y" * 2_001},
         "At most 2,000 characters; this has 2001."),
        ({"care_advice-TOTAL_FORMS": "1", "care_advice-0-level": "same-day",
          "care_advice-0-text": "y" * 2_001}, "At most 2,000 characters; this has 2001."),
        ({"race_query": "sport=curling"}, "The race search does not know this sport."),
        ({"reviewed_by": "Dr Ada"}, "A review needs both a reviewer and a date."),
        ({"aliases-TOTAL_FORMS": "1", "aliases-0-name": "Strides", "aliases-0-kind": "synonym"},
         "This is the title of “Strides”."),
        ({"aliases-TOTAL_FORMS": "1", "aliases-0-name": "s t r", "aliases-0-kind": "synonym"},
         "already has this alias"),
        ({"key_facts-TOTAL_FORMS": "1", "key_facts-0-position": "0",
          "key_facts-0-headline": "It is fun", "key_facts-0-detail": "It is fun to do."},
         "The headline must not be the detail cut off."),
        ({"care_advice-TOTAL_FORMS": "2",
          "care_advice-0-position": "0", "care_advice-0-level": "same-day",
          "care_advice-0-text": "a", "care_advice-1-position": "1",
          "care_advice-1-level": "same-day", "care_advice-1-text": "b"},
         "Please correct the duplicate"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_kept(
    desk: Client, changes: dict[str, str], words: str
) -> None:
    Alias.objects.create(term=TermFactory(title="Strides", slug="strides"), name="STR")
    values = term_values(**{"body": "Kept text.", **changes})
    response = desk.post("/admin/glossary/term/add/", values)
    assert response.status_code == 200
    page = response.content.decode()
    assert words in page
    assert "Kept text." in page
    assert all(text in page for text in values.values() if len(text) > 2_000)
    assert Term.objects.count() == 1


def test_a_deleted_term_is_gone_for_good(desk: Client) -> None:
    TermFactory(slug="old")
    term = Term.objects.get()
    desk.post(f"/admin/glossary/term/{term.pk}/delete/", {"post": "yes"})
    assert Client().get("/glossary/old/").status_code == 410
    TermFactory(slug="older")
    pk = Term.objects.get().pk
    desk.post(
        "/admin/glossary/term/",
        {"action": "delete_selected", "_selected_action": str(pk), "post": "yes"},
    )
    assert Client().get("/glossary/older/").status_code == 410
    assert FormerAddress.objects.filter(term=None).count() == 2


def test_relations_are_found_by_typing(desk: Client) -> None:
    TermFactory(title="Strides")
    response = desk.get(
        "/admin/autocomplete/?app_label=glossary&model_name=relatedterm&field_name=other&term=strid"
    )
    assert [row["text"] for row in response.json()["results"]] == ["Strides"]


def test_a_race_is_edited_and_found_anew(desk: Client) -> None:
    race = RaceFactory(name="Old Name")
    values = {
        "name": "Costa Brava Run", "slug": race.slug, "state": "published",
        "sport": "road-running", "city": "Girona", "country": "ES",
        "editions-TOTAL_FORMS": "1", "editions-INITIAL_FORMS": "0",
        "editions-0-start_date": "2027-05-09", "editions-0-date_precision": "month",
        "editions-0-status": "scheduled",
    }  # fmt: skip
    response = desk.post(f"/admin/races/race/{race.pk}/change/", values)
    assert response.status_code == 302, response.content.decode()
    edition = Race.objects.get().editions.get()
    assert (str(edition.start_date), str(edition.end_date)) == ("2027-05-01", "2027-05-31")
    assert b"Costa Brava Run" in Client().get("/search/?q=brava").content
    assert b"May 2027" in Client().get(race.get_absolute_url()).content


def test_a_description_without_end_is_refused_and_kept(desk: Client) -> None:
    race = RaceFactory(description="As before.")
    values = {
        "name": race.name, "slug": race.slug, "state": "published", "sport": race.sport,
        "city": race.city, "country": race.country, "description": "x" * 10_001,
        "editions-TOTAL_FORMS": "0", "editions-INITIAL_FORMS": "0",
    }  # fmt: skip
    page = desk.post(f"/admin/races/race/{race.pk}/change/", values).content.decode()
    assert "At most 10,000 characters; this has 10001." in page
    assert "x" * 10_001 in page
    assert Race.objects.get().description == "As before."
    values["description"] = "x" * 10_000
    assert desk.post(f"/admin/races/race/{race.pk}/change/", values).status_code == 302


def test_an_editor_may_not_delete_a_race(desk: Client) -> None:
    race = RaceFactory()
    assert desk.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Race.objects.exists()


def test_related_terms_keep_the_editors_order(db: None) -> None:
    term = TermFactory(slug="it")
    for position, title in [(2, "Third Word"), (0, "First Word"), (1, "Second Word")]:
        other = TermFactory(title=title)
        RelatedTerm.objects.create(term=term, other=other, position=position)
    page = Client().get("/glossary/it/").content.decode()
    assert re.search("First Word.*Second Word.*Third Word", page, re.S)
