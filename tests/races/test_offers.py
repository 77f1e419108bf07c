"""Which races a word's page offers."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from glossary.models import FAQ, CareAdvice
from races.models import Edition
from races.search.saved import OFFERED, WEEKS_TO_GET_WELL, races_for
from tests.factories import DistanceFactory, HealthCategoryFactory, TermFactory

pytestmark = pytest.mark.django_db


def race_on(day: date, sport: str = "road-running", **about: Any) -> None:
    DistanceFactory(
        edition__start_date=day, edition__date_precision="day", edition__race__sport=sport,
        **{f"edition__race__{name}": value for name, value in about.items()},
    )  # fmt: skip


def in_weeks(weeks: int) -> date:
    return timezone.localdate() + timedelta(weeks=weeks)


def days(
    word: str, query: str = "sport=road-running", *, is_injury: bool = False, near: str = ""
) -> list[date]:
    offer = races_for(query, word, is_injury=is_injury, near=near)
    return [edition.start_date for edition in offer.editions]


def test_where_many_fit_each_word_has_its_own_three_in_order() -> None:
    for week in range(2, 22):
        race_on(in_weeks(week))
    chosen = {word: tuple(days(word)) for word in ["vo2max", "cadence", "taper", "fartlek", "hill"]}
    assert len(set(chosen.values())) > 2
    for three in chosen.values():
        assert len(set(three)) == OFFERED
        assert list(three) == sorted(three)
        assert three[-1] <= in_weeks(13)
    assert tuple(days("taper")) == chosen["taper"]


def test_an_injury_offers_races_late_enough_to_be_well_again() -> None:
    for week in [2, WEEKS_TO_GET_WELL - 1, WEEKS_TO_GET_WELL, 30]:
        race_on(in_weeks(week))
    assert days("knee", is_injury=True) == [in_weeks(WEEKS_TO_GET_WELL), in_weeks(30)]
    assert days("knee", "sport=triathlon", is_injury=True) == []
    assert days("knee", "", is_injury=True) == []


def test_what_nothing_fits_leads_to_the_next_of_all() -> None:
    race_on(in_weeks(3))
    offer = races_for("sport=triathlon", "word", is_injury=False)
    assert [edition.start_date for edition in offer.editions] == [in_weeks(3)]
    assert offer.query == ""
    assert not offer.is_after_injury


def test_what_is_near_a_place_comes_first_and_is_the_words_own_three_of_many() -> None:
    for week in range(1, 9):
        race_at(week, 40.0)
    near = [race_at(week, 0.5) for week in range(20, 40)]
    words = ["vo2max", "cadence", "taper", "fartlek", "hill"]
    for word in words:
        assert set(days(word, near="0,0")) <= set(near)
        # A place that nobody knows, or without a race in reach, changes nothing.
        plain = days(word)
        assert days(word, near="nowhere") == days(word, near="-80,0") == plain
    assert len({tuple(days(word, near="0,0")) for word in words}) > 2


def test_the_circle_grows_until_three_are_in_it_and_others_follow_the_few_that_are() -> None:
    close, further = race_at(30, 0.5), [race_at(week, 3.0) for week in (10, 20)]
    beyond, far = race_at(5, 6.5), race_at(1, 40.0)
    assert days("word", near="0,0") == sorted([close, *further])
    Edition.objects.filter(start_date=further[0]).delete()
    assert days("word", near="0,0") == sorted([close, further[1], beyond])
    Edition.objects.filter(start_date=beyond).delete()
    offer = races_for("", "word", is_injury=False, near="0,0")
    assert [edition.start_date for edition in offer.editions] == [further[1], close, far]
    assert offer.near == 2


def race_at(week: int, latitude: float) -> date:
    """A degree of latitude is 111 km."""
    race_on(in_weeks(week), latitude=latitude, longitude=0.0)
    return in_weeks(week)


def test_the_page_of_an_injury_says_why_its_races_are_late_and_that_of_a_workout_does_not() -> None:
    race_on(in_weeks(2), name="Early Ten")
    race_on(in_weeks(20), name="Late Ten")
    query = {"race_query": "sport=road-running"}
    hurt = TermFactory(slug="hurt", category=HealthCategoryFactory(), **query)
    CareAdvice.objects.create(term=hurt, level="self-care", text="Rest.")
    mild = Client().get("/glossary/hurt/").content.decode()
    assert "Early Ten" in mild
    FAQ.objects.create(term=hurt, question="How long does it take?", answer="Weeks.")
    page = Client().get("/glossary/hurt/").content.decode()
    assert "time to get well first" in page
    assert "Late Ten" in page
    assert "Early Ten" not in page
    TermFactory(slug="tempo", **query)
    assert "Early Ten" in Client().get("/glossary/tempo/").content.decode()
