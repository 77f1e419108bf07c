"""Care advice says how urgent it is, in levels that never borrow each other's words."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client
from reversion.models import Version

from glossary.files import standard, term_files
from glossary.models import CareAdvice, Term
from glossary.publishing import history
from tests.desk import term_values
from tests.factories import HealthCategoryFactory, TermFactory, load_content
from text import content_files

pytestmark = pytest.mark.django_db

HEADINGS = {
    "emergency": "Emergency: get help at once",
    "same-day": "Be seen the same day",
    "see-someone": "See someone about it",
    "self-care": "What to do now",
    "leave-out": "What to leave out",
}


@pytest.fixture
def hurt(db: None) -> Term:
    term: Term = TermFactory(slug="hurt", title="Hurt", category=HealthCategoryFactory())
    for position, level in enumerate(["leave-out", "same-day", "self-care", "emergency"]):
        CareAdvice.objects.create(term=term, level=level, text=f"Text {level}.", position=position)
    return term


def cards(page: str) -> dict[str, str]:
    """The care advice of a page: what stands under each of its headings."""
    found = re.findall(r'<div class="care__level [^>]*><h3>(.*?)</h3>(.*?)</div>', page, re.S)
    return {heading: re.sub("<[^>]+>", "", text).strip() for heading, text in found}


# An emergency before all else; then what to do oneself, and when that is not enough.
IN_ORDER = ["emergency", "self-care", "leave-out", "same-day"]


def test_each_level_shows_its_own_words_an_emergency_first(client: Client, hurt: Term) -> None:
    page = client.get("/glossary/hurt/").content.decode()
    levels = IN_ORDER
    assert list(cards(page).items()) == [(HEADINGS[level], f"Text {level}.") for level in levels]
    for level in levels:
        assert f'class="care__level care__level--{level}"' in page
    assert "See someone about it" not in page


def test_its_headings_stand_one_below_the_sections(client: Client, hurt: Term) -> None:
    page = client.get("/glossary/hurt/").content.decode()
    section = page[page.index('id="care"') :]
    section = section[: section.index("</section>")]
    assert re.findall(r"<h(\d)", section) == ["2", "3", "3", "3", "3"]


def test_programs_are_told_the_levels(client: Client, hurt: Term) -> None:
    data = client.get("/api/v1/terms/hurt/").json()
    levels = IN_ORDER
    assert [advice["level"] for advice in data["care_advice"]] == levels
    openapi = client.get("/api/v1/openapi.json").json()
    advice = openapi["components"]["schemas"]["Term"]["properties"]["care_advice"]
    assert set(advice["items"]["properties"]["level"]["enum"]) == set(HEADINGS)
    markdown = client.get("/glossary/hurt.md").content.decode()
    assert re.findall("^### (.*)$", markdown, re.M) == [HEADINGS[level] for level in levels]
    page = client.get("/glossary/hurt/").content.decode()
    linked = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    (whole,) = (node for node in json.loads(linked[0])["@graph"] if "hasPart" in node)
    assert [part["name"] for part in whole["hasPart"]] == [HEADINGS[level] for level in levels]
    for part in whole["hasPart"]:
        assert f'class="care__level {part["cssSelector"][1:]}"' in page


@pytest.mark.parametrize("level", ["urgent", "", "Emergency"])
def test_the_database_takes_listed_levels_only(hurt: Term, level: str) -> None:
    with pytest.raises(IntegrityError, match="care_advice_level_is_listed"), transaction.atomic():
        CareAdvice.objects.create(term=hurt, level=level, text="Go.")


def test_that_no_urgent_level_applies_is_not_for_readers(client: Client) -> None:
    term = TermFactory(slug="mild", category=HealthCategoryFactory(), no_urgent_level=True)
    CareAdvice.objects.create(term=term, level="see-someone", text="Ask a podiatrist.")
    page = client.get("/glossary/mild/").content.decode()
    assert cards(page) == {"See someone about it": "Ask a podiatrist."}
    assert "urgent" not in page.lower()


def test_an_editor_says_that_no_urgent_level_applies(desk: Client) -> None:
    category = str(HealthCategoryFactory().pk)
    advice = {
        "care_advice-TOTAL_FORMS": "1", "care_advice-0-position": "0",
        "care_advice-0-level": "see-someone", "care_advice-0-text": "Ask a podiatrist.",
    }  # fmt: skip
    remark = "It says neither what is urgent nor that no urgent level applies."
    add = "/admin/glossary/term/add/"
    silent = desk.post(add, term_values(category=category, **advice), follow=True)
    assert Term.objects.get().no_urgent_level is False
    form = desk.get(f"/admin/glossary/term/{Term.objects.get().pk}/change/").content.decode()
    assert silent.status_code == 200
    assert remark in form
    Term.objects.all().delete()
    values = term_values(category=category, no_urgent_level="on", **advice)
    desk.post(add, values, follow=True)
    term = Term.objects.get()
    assert term.no_urgent_level
    form = desk.get(f"/admin/glossary/term/{term.pk}/change/").content.decode()
    assert remark not in form
    assert re.search(r'<input[^>]*name="no_urgent_level"[^>]*checked', form)


def content() -> list[content_files.ContentFile]:
    return content_files.read_folder(term_files.CONTENT, term_files.TERM)


def advice(level: str) -> list[Any]:
    return [
        pytest.param(row["text"], id=f"{term.slug}")
        for term in content()
        for row in term.data.get("care_advice") or []
        if row["level"] == level
    ]


@pytest.mark.parametrize("text", advice("emergency"))
def test_no_emergency_waits(text: str) -> None:
    waits = r"(same|that)[ -]day|\btoday\b|within a day|a minute or two|few minutes"
    assert not re.search(waits, text, re.I)
    assert re.search(r"\[\^\d+\]", text), "names no source"


@pytest.mark.parametrize("text", advice("same-day"))
def test_what_is_for_the_same_day_calls_no_ambulance(text: str) -> None:
    assert not re.search(r"ambulance|\b(999|911|112)\b|emergency (number|service)", text, re.I)


def test_every_injury_says_what_is_urgent_or_that_nothing_is() -> None:
    ill = [term for term in content() if standard.needs_care_advice(term)]
    assert len(ill) > 30
    for term in ill:
        levels = {row["level"] for row in term.data["care_advice"]}
        said = bool(levels & {"same-day", "emergency"}), bool(term.data.get("no_urgent_level"))
        assert sorted(said) == [False, True], term.slug


def test_the_words_that_could_hurt_are_mended(client: Client, tmp_path: Path) -> None:
    words = ["fasted-training", "heatstroke", "heat-exhaustion", "drafting"]
    load_content(tmp_path, [*words, "full-distance-triathlon"], [])
    text = cards(client.get("/glossary/fasted-training/").content.decode())[HEADINGS["emergency"]]
    assert text.startswith("Call an ambulance at once for anyone who faints while exercising")
    for word in ("breathe", "chest compressions", "defibrillator"):
        assert word in text
    found = client.get("/search/", {"q": "heat illness"}).content.decode()
    assert "/glossary/heatstroke/" in found
    assert "/glossary/heat-exhaustion/" in found
    gaps = [
        client.get(f"/glossary/{slug}/").content.decode()
        for slug in ("drafting", "full-distance-triathlon")
    ]
    assert all("Since 1 March 2026" in page and "20 m (66 ft)" in page for page in gaps)


# The move of what was there.

migration = import_module("glossary.migrations.0005_care_levels")


@pytest.mark.parametrize(("text", "level"), [
    ("Have it seen the same day.", "same-day"),
    ("Get same-day help.", "same-day"),
    ("Have it examined within a day.", "same-day"),
    ("Pus needs care that day.", "same-day"),
    ("Call an ambulance.", "emergency"),
    ("Numb toes: go at once. Pus: the same day.", "emergency"),
    ("Go to an emergency department.", "emergency"),
])  # fmt: skip
def test_old_advice_moves_by_what_it_says(text: str, level: str) -> None:
    assert migration.level_of(text) == level


def test_kept_versions_move_too_and_can_be_brought_back(hurt: Term) -> None:
    revision = history.record(hurt)
    version = Version.objects.get(revision=revision, serialized_data__contains="Text emergency.")
    old = version.serialized_data.replace('"level": "emergency"', '"level": "urgent"')
    assert old != version.serialized_data
    Version.objects.filter(pk=version.pk).update(serialized_data=old)
    hurt.care_advice.all().delete()
    migration.split_urgent(apps, None)
    history.bring_back(revision, hurt.pk)
    assert hurt.care_advice.get(level="emergency").text == "Text emergency."
