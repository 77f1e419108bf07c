"""/races/places/: the towns that the box for a place suggests."""

import re

import pytest
from django.test import Client

from races.models import Place
from races.search import near

pytestmark = pytest.mark.django_db
TOWNS = [
    ("Zürich", "", "CH", 400_000, "zurich zuerich turicum"),
    ("Zürich (Kreis 11)", "", "CH", 60_000, "zurichkreis11"),
    ("Zurrieq", "", "MT", 16_000, "zurrieq"),
    ("Vienna", "", "AT", 1_700_000, "vienna wien zurwien"),
    ("Portland", "Maine", "US", 68_000, "portland"),
    ("Portland", "Oregon", "US", 650_000, "portland"),
    *((f"Village {chr(97 + n)}", "", "FR", 20_000 + n, f"village{chr(97 + n)}") for n in range(9)),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _towns() -> None:
    for pk, (name, region, country, people, keys) in enumerate(TOWNS, 1):
        Place.objects.create(
            geoname_id=pk, name=name, region=region, country=country, population=people,
            keys=keys.split(), latitude=1, longitude=1, time_zone="UTC",
        )  # fmt: skip


def suggested(client: Client, text: str) -> list[str]:
    response = client.get("/races/places/", {"q": text})
    assert response.status_code == 200
    return re.findall(r'data-value="([^"]*)"', response.content.decode())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # The largest first, but what is its own name before what it is elsewhere.
        ("zur", ["Zürich, CH", "Zurrieq, MT", "Vienna, AT"]),
        ("ZÜR", ["Zürich, CH", "Zurrieq, MT", "Vienna, AT"]),
        ("Zürich 1", []),
        ("zürich (kreis 1", ["Zürich (Kreis 11), CH"]),
        ("wien", ["Vienna, AT"]),
        ("portland", ["Portland, Oregon, US", "Portland, Maine, US"]),
        ("Portland, ma", ["Portland, Maine, US"]),
        ("Portland, united st", ["Portland, Oregon, US", "Portland, Maine, US"]),
        ("Portland, Maine, US", ["Portland, Maine, US"]),
        ("portland, fr", []),
        ("z", []),
        ("", []),
        ("  ", []),
        (",", []),
        ("', ' & !:*", []),
        ("\x00\x00", []),
        ("x" * 5000, []),
    ],
)
def test_towns_are_found_by_their_beginning(client: Client, text: str, values: list[str]) -> None:
    assert suggested(client, text) == values


def test_they_are_few_and_each_means_its_place(client: Client) -> None:
    values = suggested(client, "vill")
    assert len(values) == 8
    assert values[0] == "Village i, FR"
    for value in values:
        spot = near.spot(value)
        assert spot is not None
        assert spot.name == value


def test_it_says_where_and_is_no_page_to_be_found(client: Client) -> None:
    response = client.get("/races/places/?q=portland")
    assert 'Portland <span class="soft">Oregon, United States</span>' in response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"].startswith("public")
