"""/races/in/: the races of a country, of a region, of a sport there."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from races.models import PriceTier
from tests.clock import TODAY
from tests.factories import DistanceFactory, EditionFactory

pytestmark = pytest.mark.django_db


def race_in(region: str, sport: str = "trail-running", country: str = "US", **more: object) -> None:
    days = more.pop("days", 40)
    edition = EditionFactory(
        race__region=region,
        race__sport=sport,
        race__country=country,
        start_date=TODAY + timedelta(days=int(str(days))),
        **more,
    )
    distance = DistanceFactory(edition=edition, name="Half", metres=21_098)
    PriceTier.objects.create(distance=distance, name="Entry", amount=30, currency="USD")


@pytest.fixture(autouse=True)
def races() -> None:
    for number in range(6):
        race_in("Colorado", days=40 + number)
    race_in("Colorado", sport="road-running", race__name="Mile High Run")
    race_in("New York", race__name="Empire Trail")
    race_in("", country="FR", race__name="Loin")


def page(client: Client, path: str) -> str:
    response = client.get(f"/races/in/{path}/")
    assert response.status_code == 200, path
    return " ".join(response.content.decode().split())


def test_a_page_says_its_own_facts(client: Client) -> None:
    text = page(client, "us/colorado/trail-running")
    assert "<h1>Trail &amp; mountain running in Colorado, United States</h1>" in text
    assert "6 races ahead" in text
    assert "The longest is Half of" in text
    assert "The lowest entry we know is 30.00 USD" in text
    assert text.count('<article class="race-row') == 6
    assert 'href="/races/?sport=trail-running&amp;country=US&amp;region=Colorado"' in text


def test_it_leads_down_to_regions_and_sports(client: Client) -> None:
    text = page(client, "us")
    assert "<h1>Races in the United States</h1>" in text
    assert re.search('href="/races/in/us/colorado/">Colorado <span class="step__count">7<', text)
    assert re.search('href="/races/in/us/new-york/">New York <span class="step__count">1<', text)
    assert "/races/in/us/trail-running/" in text
    assert "/races/in/us/colorado/road-running/" in page(client, "us/colorado")
    assert 'class="steps"' not in page(client, "us/colorado/road-running")


def test_only_what_holds_enough_may_be_found_from_outside(client: Client) -> None:
    assert "noindex" not in page(client, "us/colorado/trail-running")
    assert "noindex" in page(client, "us/new-york")
    sitemap = client.get("/sitemap.xml").content.decode()
    found = re.findall(r"/races/in/([^<]+)/</loc>", sitemap)
    assert found == ["us", "us/colorado", "us/trail-running"]


def test_a_place_without_a_race_says_so(client: Client) -> None:
    for path in ["de", "us/colorado/swimrun"]:
        text = page(client, path)
        assert "We know of none at the moment." in text
        assert "noindex" in text
        assert "<h2" not in text


@pytest.mark.parametrize(
    "path",
    ["xx", "US", "us/atlantis", "us/colorado/curling", "us/trail-running/colorado", "us//",
     "us/colorado/trail-running/x", "fr/colorado", "%00", "us/" + "a" * 300],
)  # fmt: skip
def test_what_is_no_place_is_not_found(client: Client, path: str) -> None:
    assert client.get(f"/races/in/{path}/").status_code == 404
