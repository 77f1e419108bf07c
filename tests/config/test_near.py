"""/near/: the part of home, or of a word's page, that a kept place puts races near it in."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils.html import escape
from django.utils.text import Truncator

from glossary.models import FAQ, CareAdvice
from races.models import Edition, Place, Race
from tests.clock import TODAY
from tests.desk import as_read
from tests.factories import DistanceFactory, HealthCategoryFactory, TermFactory

pytestmark = pytest.mark.django_db
LYON, TOURS, SYDNEY = (45.76, 4.84), (47.39, 0.69), (-33.87, 151.21)


@pytest.fixture(autouse=True)
def _lyon() -> None:
    Place.objects.create(
        geoname_id=1, name="Lyon", country="FR", population=500_000, keys=["lyon"],
        latitude=LYON[0], longitude=LYON[1], time_zone="Europe/Paris",
    )  # fmt: skip


def race(name: str, where: tuple[float, float], week: int, **about: Any) -> Edition:
    own = {f"edition__race__{key}": value for key, value in {"name": name, **about}.items()}
    edition: Edition = DistanceFactory(
        edition__start_date=TODAY + timedelta(weeks=week), edition__date_precision="day", **own
    ).edition
    Race.objects.filter(pk=edition.race_id).update(latitude=where[0], longitude=where[1])
    return edition


def asked(client: Client, address: str = "/near/", **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return as_read(response.content.decode())


def names(part: str) -> list[str]:
    """Of the list; beside a word's page the first of them stands once more."""
    return re.findall(r'row__name">\s*<a[^>]*>([^<]+)</a>', part)


def test_home_shows_the_next_near_the_place_with_how_far_they_are(client: Client) -> None:
    for week, name in enumerate(["Harbour", "Bridge", "Reef", "Dune"], 1):
        race(f"{name} Run", SYDNEY, week)
    for week, name in [(9, "Third"), (5, "First"), (7, "Second"), (11, "Fourth")]:
        race(f"{name} Ten", LYON, week)
    before = client.get("/").content.decode()
    assert names(before) == ["Harbour Run", "Bridge Run", "Reef Run"]
    part = asked(client, near="Lyon, FR")
    assert names(part) == ["First Ten", "Second Ten", "Third Ten"]
    assert "Near Lyon. <button" in part
    assert part.count("right there") == 3
    # What comes is put in place of what has its id.
    assert part.split(" data-near=")[0].strip() == '<div class="next-races" id="next-races"'
    assert '<div class="next-races" id="next-races"' in before


def test_too_few_are_looked_for_further_away_and_others_follow(client: Client) -> None:
    race("Harbour Run", SYDNEY, 1)
    race("Reef Run", SYDNEY, 2)
    race("Loire Ten", TOURS, 20)
    part = asked(client, near="45.8,4.8", unit="mi")
    assert names(part) == ["Loire Ten", "Harbour Run", "Reef Run"]
    assert "Near your place first, then anywhere." in part
    assert re.search(r"22\d mi away", part)
    Race.objects.filter(name="Loire Ten").update(latitude=SYDNEY[0], longitude=SYDNEY[1])
    part = asked(client, near="Lyon")
    assert names(part) == ["Harbour Run", "Reef Run", "Loire Ten"]
    assert "We know none near Lyon yet, so these are anywhere." in part
    assert " away" not in part


def test_a_words_page_has_its_own_races_near_the_place_first(client: Client) -> None:
    race("Harbour Marathon", SYDNEY, 1)
    race("Lyon Marathon", LYON, 8)
    race("Lyon Triathlon", LYON, 2, sport="triathlon")
    TermFactory(slug="taper", race_query="sport=road-running")
    page = client.get("/glossary/taper/").content.decode()
    assert names(page) == ["Harbour Marathon", "Lyon Marathon"]
    assert 'data-near="/near/taper/"' in page
    part = asked(client, "/near/taper/", near="Lyon, FR")
    assert names(part) == ["Lyon Marathon", "Harbour Marathon"]
    assert "Upcoming races that fit this word" in part
    beside = part.partition('<section class="rail__race" id="rail-race"')[2]
    assert ">Lyon Marathon</a>" in beside
    assert 'id="rail-race"' in page


def test_an_injury_leaves_time_to_get_well_near_the_place_too(client: Client) -> None:
    race("Early Ten", LYON, 2)
    race("Late Ten", LYON, 20)
    race("Harbour Run", SYDNEY, 15)
    word = TermFactory(
        slug="knee", category=HealthCategoryFactory(), race_query="sport=road-running"
    )
    CareAdvice.objects.create(term=word, level="self-care", text="Rest.")
    FAQ.objects.create(term=word, question="How long does it take?", answer="Weeks.")
    assert names(asked(client, "/near/knee/", near="Lyon")) == ["Late Ten", "Harbour Run"]
    word.race_query = ""
    word.save()
    assert names(asked(client, "/near/knee/", near="Lyon")) == []
    # Where no race is offered, no place changes it.
    assert "data-near" not in client.get("/glossary/knee/").content.decode()


@pytest.mark.parametrize("place", ["Xyzzy", "99,200", "x" * 5000, "<b>", "Lyon, Peru", "%", "(9)"])
def test_a_place_that_nobody_knows_is_said_and_changes_nothing(client: Client, place: str) -> None:
    race("Harbour Run", SYDNEY, 1)
    TermFactory(slug="taper")
    for address in ["/near/", "/near/taper/"]:
        part = asked(client, address, near=place)
        assert names(part) == ["Harbour Run"]
        assert f"We know no town “{escape(Truncator(place).chars(40))}”" in part


def test_what_is_wrong_is_told(client: Client) -> None:
    TermFactory(slug="taper")
    TermFactory(slug="secret", state="draft")
    for place in ["", " ", "\x00"]:
        assert client.get("/near/", {"near": place}).status_code == 400
    assert client.get("/near/taper/").status_code == 400
    for word in ["nothing", "secret", "a/b", "ta%00per"]:
        assert client.get(f"/near/{word}/?near=Lyon").status_code == 404
    assert client.post("/near/?near=Lyon").status_code == 405


def test_it_is_kept_for_all_who_ask_so_and_no_cookie_plays_a_part(
    client: Client, made: list[str]
) -> None:
    race("Lyon Ten", LYON, 2)
    first = client.get("/near/?near=Lyon")
    again = Client(headers={"cookie": "sessionid=whatever"}).get("/near/?near=Lyon&who=me")
    assert made == ["/near/?near=Lyon"]
    assert first.content == again.content
    assert not first.cookies
    assert first["Cache-Control"].startswith("public")
    assert first["X-Robots-Tag"] == "noindex"
    # Of the share that searches have, so that they push no page out.
    assert len(caches["searches"].shelf.kept) == 1
    race("Lyon Five", LYON, 1)
    assert "Lyon Five" in client.get("/near/?near=Lyon").content.decode()


def test_a_search_near_a_place_offers_to_keep_it_a_position_no_closer_than_10_km(
    client: Client,
) -> None:
    race("Lyon Ten", LYON, 2)

    def offered(query: str) -> list[str]:
        page = client.get(f"/races/?{query}", follow=True).content.decode()
        return re.findall(r'data-query="([^"]*)"', page)

    assert offered("near=Lyon") == ["near=Lyon%2C%20FR"]
    assert offered("near=lyon&unit=mi") == ["near=Lyon%2C%20FR&amp;unit=mi"]
    assert offered("q=10k+near+Lyon") == ["near=Lyon%2C%20FR"]
    assert offered("near=45.76,4.84") == ["near=45.8%2C4.8"]
    assert offered("near=-0.04,-12.3") == ["near=0%2C-12.3"]
    assert offered("near=Xyzzy") == offered("") == []
