"""The words, as an athlete reads them."""

import json
import re

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from glossary.models import FAQ, CareAdvice, FormerAddress, KeyFact, RelatedTerm, Source, Tip
from tests.factories import (
    CategoryFactory,
    DistanceFactory,
    EditionFactory,
    HealthCategoryFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


def test_a_term_page_shows_all_its_parts(client: Client) -> None:
    term = TermFactory(
        title="Runner's Knee", slug="runners-knee", category=HealthCategoryFactory(),
        body="It aches.[^1]",
    )  # fmt: skip
    source = Source.objects.create(term=term, title="A study", url="https://study.example/")
    KeyFact.objects.create(term=term, headline="In front", detail="Of the knee.", source=source)
    Tip.objects.create(term=term, text="Do wall sits.")
    FAQ.objects.create(term=term, question="May I run?", answer="Gently.")
    CareAdvice.objects.create(term=term, level="urgent", text="Go to a hospital.")
    other = TermFactory(title="Shin Splints")
    RelatedTerm.objects.create(term=term, other=other)

    page = client.get("/glossary/runners-knee/").content.decode()

    for text in [
        "Understanding Runner&#x27;s Knee", "In front", "Of the knee.", "Do wall sits.",
        "<summary>May I run?</summary>", "Shin Splints", "View all in Recovery &amp; Injury",
        'id="source-1"', "A study", "Get help at once", "Go to a hospital.",
        "Not yet reviewed by a clinician", "Find your next event", "List your race",
        "race directors and event organizers", "no account needed", "No credit card",
        "the Starter plan stays free",
    ]:  # fmt: skip
        assert text in page, text
    assert page.count('href="#source-1"') == 2


def test_a_draft_is_nowhere(client: Client) -> None:
    term = TermFactory(title="Hidden Word", state="draft", slug="hidden")
    neighbour = TermFactory(slug="seen")
    RelatedTerm.objects.create(term=neighbour, other=term)
    assert client.get("/glossary/hidden/").status_code == 404
    for address in ["/glossary/", "/glossary/a-to-z/", "/glossary/category/training-workouts/",
                    "/glossary/seen/", "/search/?q=hidden", "/sitemap.xml", "/"]:  # fmt: skip
        response = client.get(address)
        assert response.status_code == 200
        assert "Hidden Word" not in response.content.decode(), address
        assert "/glossary/hidden/" not in response.content.decode(), address


def test_a_term_waits_for_its_time(client: Client, time_machine: TimeMachineFixture) -> None:
    TermFactory(slug="later", publish_at="2027-01-01T09:00Z")
    time_machine.move_to("2027-01-01T08:59Z")
    assert client.get("/glossary/later/").status_code == 404
    time_machine.move_to("2027-01-01T09:01Z")
    assert client.get("/glossary/later/").status_code == 200


def test_a_former_address_redirects_and_a_removed_one_is_gone(client: Client) -> None:
    term = TermFactory(slug="new-name")
    FormerAddress.objects.create(slug="old-name", term=term)
    FormerAddress.objects.create(slug="removed")
    FormerAddress.objects.create(slug="old-draft", term=TermFactory(state="draft"))
    response = client.get("/glossary/old-name/")
    assert (response.status_code, response["Location"]) == (301, "/glossary/new-name/")
    gone = client.get("/glossary/removed/")
    assert gone.status_code == 410
    assert "/glossary/a-to-z/" in gone.content.decode()
    assert client.get("/glossary/old-draft/").status_code == 404


def test_the_races_offered_fit_the_word(client: Client) -> None:
    ultra = DistanceFactory(name="100 miles", metres=160934, edition__race__name="Long One").edition
    DistanceFactory(name="5K", metres=5000, edition__race__name="Short One")
    TermFactory(slug="ultra", race_query="distance=ultra")
    page = client.get("/glossary/ultra/").content.decode()
    assert ultra.race.get_absolute_url() in page
    assert "Short One" not in page
    assert "/races/?distance=ultra" in page


def test_without_a_fitting_race_the_soonest_are_offered(client: Client) -> None:
    EditionFactory(race__name="Only One")
    TermFactory(slug="swim", race_query="sport=swimrun")
    page = client.get("/glossary/swim/").content.decode()
    assert "Only One" in page
    assert "The next races on the calendar" in page
    assert "/races/?sport=swimrun" not in page


def test_a_cancelled_or_past_race_is_not_offered(client: Client) -> None:
    EditionFactory(race__name="Cancelled One", status="cancelled")
    EditionFactory(race__name="Past One", start_date="2020-01-01", end_date="2020-01-01")
    EditionFactory(race__name="Draft One", race__state="draft")
    TermFactory(slug="word")
    page = client.get("/glossary/word/").content.decode()
    assert not re.search("(Cancelled|Past|Draft) One", page)


def test_structured_data_says_only_what_is_true(client: Client) -> None:
    category = HealthCategoryFactory()
    term = TermFactory(slug="knee", title="Knee </script><b>", category=category)
    data = structured_data(client.get("/glossary/knee/").content.decode())
    kinds = [node["@type"] for node in data["@graph"]]
    assert kinds == ["BreadcrumbList", "DefinedTerm", "MedicalWebPage"]
    medical = data["@graph"][2]
    assert "lastReviewed" not in medical
    assert medical["dateModified"] == "2026-11-01"
    assert data["@graph"][1]["name"] == "Knee </script><b>"

    term.reviewed_by, term.reviewed_on = "Dr Ada Example", "2026-10-01"
    term.save()
    page = client.get("/glossary/knee/").content.decode()
    assert structured_data(page)["@graph"][2]["lastReviewed"] == "2026-10-01"
    assert "Reviewed by Dr Ada Example" in page


def structured_data(page: str) -> dict:
    match = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert match
    return json.loads(match[1])


def test_a_to_z_groups_by_letter_and_digits(client: Client) -> None:
    for title in ["Éalain", "Easy Run", "10% Rule"]:
        TermFactory(title=title)
    page = client.get("/glossary/a-to-z/").content.decode()
    assert re.search(r'id="letter-0–9".*10% Rule.*id="letter-E".*Éalain.*Easy Run', page, re.S)
    assert '<span>Q<span class="visually-hidden">: no words</span></span>' in page


def test_empty_glossary_says_so(client: Client) -> None:
    CategoryFactory()
    assert "No word is published" in client.get("/glossary/").content.decode()
    assert "No word is published" in client.get("/glossary/a-to-z/").content.decode()
    page = client.get("/glossary/category/training-workouts/").content.decode()
    assert "No word is published here yet" in page
    assert client.get("/glossary/category/nope/").status_code == 404
