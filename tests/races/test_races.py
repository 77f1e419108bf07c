"""Races, as an athlete looks for them and reads them."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from races.choices import classify
from races.models import Distance, Edition, Place, PriceTier, bracket
from races.reading.timeline import year_ahead
from races.search.criteria import RaceSearch, validate_race_query
from races.templatetags.race_tags import duration, length_in_words
from tests.clock import TODAY
from tests.desk import as_read
from tests.factories import DistanceFactory, EditionFactory, RaceFactory

NOW = "2026-11-23T12:00Z"


@pytest.fixture
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


@pytest.fixture
def catalogue(db: None, now: None) -> None:
    def edition(name: str, start: str, end: str = "", **more: str) -> Edition:
        return EditionFactory(race__name=name, start_date=start, end_date=end or start, **more)

    DistanceFactory(edition=edition("Alpha Marathon", "2027-05-09"))
    DistanceFactory(
        edition=edition("Beta Trail", "2027-06-12", "2027-06-13", race__sport="trail-running",
                        race__country="FR"),
        name="100 miles", metres=160934,
    )  # fmt: skip
    DistanceFactory(
        edition=edition("Gamma Half", "2027-05-01", "2027-05-31", date_precision="month"),
        name="Half", metres=21098,
    )  # fmt: skip
    edition("Delta Swim", "2027-01-01", "2027-12-31", date_precision="year",
            race__sport="open-water")  # fmt: skip
    edition("Past Run", "2026-11-22")
    edition("Draft Run", "2027-05-10", race__state="draft")
    edition("Cancelled Run", "2027-07-01", status="cancelled")


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("edition", "expected"),
    [
        ({"start_date": "2027-04-19", "confirmed_on": "2026-11-02"},
         ["Mon 19 April 2027", "Confirmed by the organizer on 2 November 2026"]),
        ({"start_date": "2027-04-19"}, ["Mon 19 April 2027", "Not yet confirmed"]),
        ({"start_date": "2027-06-18", "end_date": "2027-06-20"}, ["18–20 June 2027"]),
        ({"start_date": "2027-06-30", "end_date": "2027-07-02"}, ["30 June – 2 July 2027"]),
        ({"start_date": "2027-04-01", "end_date": "2027-04-30", "date_precision": "month",
          "race__usual_month": 4}, ["April 2027", "Usually April, not yet confirmed"]),
        ({"start_date": "2027-04-01", "end_date": "2027-04-30", "date_precision": "month"},
         ["April 2027</time>, day not known yet", "Not yet confirmed"]),
        ({"start_date": "2027-01-01", "end_date": "2027-12-31", "date_precision": "year"},
         [">2027</time>, month not known yet", "Not yet confirmed"]),
        ({"start_date": "2027-04-19", "status": "cancelled"},
         ["Cancelled", "Races to go to instead", "Another One"]),
        ({"start_date": "2027-04-19", "status": "postponed"}, ["Postponed", "Another One"]),
        ({"start_date": "2027-04-19", "status": "rescheduled",
          "previous_start_date": "2027-02-01"}, ["Moved", "1 February 2027"]),
        ({"start_date": "2020-04-19"}, ["Last known edition", "Another One"]),
    ],
)  # fmt: skip
def test_a_race_page_is_honest_about_its_date(
    client: Client, edition: dict[str, str], expected: list[str]
) -> None:
    EditionFactory(race__name="Another One")
    made = EditionFactory(race__slug="it", **{"end_date": edition["start_date"], **edition})
    made.refresh_from_db()
    page = client.get("/races/it/").content.decode()
    for text in expected:
        assert text in page, text


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
def test_what_may_be_over_is_said_and_not_suggested(client: Client) -> None:
    EditionFactory(
        race__name="Early November Run", race__slug="it", race__usual_month=11,
        start_date="2026-11-01", end_date="2026-11-30", date_precision="month",
    )  # fmt: skip
    EditionFactory(race__name="Postponed Run", start_date="2027-01-10", status="postponed")
    EditionFactory(race__name="Sure Run", start_date="2027-01-11")
    home = client.get("/").content.decode()
    assert "Sure Run" in home
    assert "Early November Run" not in home
    assert "Postponed Run" not in home
    assert "Early November Run" in client.get("/races/").content.decode()
    assert "November 2026</time>, may be over" in client.get("/races/it/").content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
def test_alternatives_are_the_nearest(client: Client) -> None:
    def somewhere(name: str, latitude: float, longitude: float) -> Edition:
        return EditionFactory(
            race__name=name, race__latitude=latitude, race__longitude=longitude,
            start_date="2027-05-01",
        )  # fmt: skip

    lost = EditionFactory(
        race__latitude=-17.8, race__longitude=178.0, start_date="2027-05-01", status="cancelled"
    )
    somewhere("Far One", 48, 2)
    somewhere("Across The Date Line", -14, -171)
    somewhere("Next Door", -18, 177)
    EditionFactory(race__name="Nobody Knows Where", start_date="2027-01-02")
    EditionFactory(race__name="Next Door, Next Year", race__latitude=-18, race__longitude=177,
                   start_date="2028-05-01")  # fmt: skip
    page = client.get(lost.race.get_absolute_url()).content.decode()
    assert re.search("Next Door</a>.*Across The Date Line.*Far One", page, re.S)
    assert "Nobody Knows Where" not in page
    assert "Next Year" not in page
    Edition.objects.filter(race__name="Far One").delete()
    page = client.get(lost.race.get_absolute_url()).content.decode()
    assert re.search("Next Door</a>.*Across The Date Line.*Next Year", page, re.S)
    assert lost.race.get_absolute_url() not in page.split('id="instead"')[1]


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
def test_of_a_race_that_stands_nowhere_its_country_offers_others(client: Client) -> None:
    lost = EditionFactory(start_date="2027-05-01", status="postponed")
    EditionFactory(race__name="Same Country Run", start_date="2027-09-01")
    EditionFactory(race__name="Abroad Run", race__country="FR", start_date="2027-05-02")
    page = client.get(lost.race.get_absolute_url()).content.decode()
    assert "Same Country Run" in page
    assert "Abroad Run" not in page


@pytest.mark.django_db
@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"registration_state": "sold-out"}, "Registration: sold out."),
        ({"registration_state": "open", "registration_closes_on": "2026-11-01"},
         "Registration: closed on 1 November 2026."),
        ({"registration_state": "open", "registration_closes_on": "2027-01-01"},
         "Registration: open, until 1 January 2027."),
        ({"registration_opens_on": "2026-12-01"}, "Registration: opens on 1 December 2026."),
    ],
)  # fmt: skip
def test_registration_is_told_as_it_is(
    client: Client, values: dict[str, str], expected: str
) -> None:
    edition = EditionFactory(start_date="2027-04-19", **values)
    assert expected in client.get(edition.race.get_absolute_url()).content.decode()
    is_open = "Entry open" in client.get("/races/").content.decode()
    assert is_open == expected.startswith("Registration: open,")


@pytest.mark.django_db
def test_a_draft_race_is_nowhere(client: Client) -> None:
    EditionFactory(race__name="Secret Race", race__slug="secret", race__state="draft")
    assert client.get("/races/secret/").status_code == 404
    for address in ["/", "/races/", "/search/?q=secret", "/sitemap.xml"]:
        assert "secret" not in client.get(address).content.decode().lower().replace("q=secret", ""
            ).replace('value="secret"', "").replace("“secret”", ""), address  # fmt: skip


@pytest.mark.django_db
def test_the_database_keeps_the_rules_by_itself() -> None:
    race = RaceFactory()

    def refused(constraint: str, model: type, **values: object) -> None:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            model.objects.create(**values)

    month = {"race": race, "date_precision": "month"}
    refused("fit_their_precision", Edition, start_date="2027-04-02", end_date="2027-04-30", **month)
    refused("fit_their_precision", Edition, start_date="2027-04-01", end_date="2027-05-31", **month)
    refused("ends_after", Edition, race=race, start_date="2027-04-02", end_date="2027-04-01")
    refused("confirmed_means", Edition, start_date="2027-04-01", end_date="2027-04-30",
            confirmed_on="2027-01-01", **month)  # fmt: skip
    edition = EditionFactory(race=race, start_date="2027-04-01", end_date="2027-04-01")
    refused("once_per_date", Edition, race=race, start_date="2027-04-01", end_date="2027-04-01")
    distance = DistanceFactory(edition=edition)
    refused("one_measure", Distance, edition=edition, name="x")
    refused("name_once", Distance, edition=edition, name="Marathon", metres=1)
    price = {"distance": distance, "name": "x"}
    refused("not_negative", PriceTier, amount=-1, currency="EUR", **price)
    refused("is_a_code", PriceTier, amount=1, currency="eur", **price)


@pytest.mark.django_db
def test_each_month_of_the_year_ahead_leads_to_as_many_races_as_it_says() -> None:
    day = TODAY + timedelta(days=100)
    EditionFactory(start_date=day)
    EditionFactory(start_date=day, race__state="draft")
    first, last = bracket(day, None, "month")
    EditionFactory(start_date=first, end_date=last, date_precision="month")
    months = year_ahead().months
    assert [month.count for month in months if month.count] == [2]
    for month in months:
        found = RaceSearch.from_query(month.query).editions()
        assert found.count() == month.count


def test_a_saved_search_must_be_one_that_the_search_knows() -> None:
    for good in ["", "sport=triathlon", "distance=ultra&sport=trail-running", "country=FR"]:
        validate_race_query(good)
    for bad in ["sport=x", "month_from=2027-01", "q=knee", "discipline=ultra", "country=XX"]:
        with pytest.raises(ValidationError):
            validate_race_query(bad)


@pytest.mark.parametrize(
    ("sport", "measures", "expected"),
    [
        ("road-running", (5000, None, None), "5k"),
        ("road-running", (10000, None, None), "10k"),
        ("trail-running", (10250, None, None), "10k"),
        ("road-running", (21098, None, None), "half-marathon"),
        ("road-running", (42195, None, None), "marathon"),
        ("road-running", (15000, None, None), "other"),
        ("trail-running", (50000, None, None), "ultra"),
        ("trail-running", (None, 1440, None), "timed"),
        ("trail-running", (None, None, 6706), "backyard"),
        ("triathlon", (42195, None, None), "other"),
    ],
)
def test_distances_are_classified(
    sport: str, measures: tuple[int | None, int | None, int | None], expected: str
) -> None:
    assert classify(sport, *measures) == expected


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.sampled_from(["day", "month", "year"]))
def test_a_bracket_holds_its_day_and_no_more_than_its_precision(day: date, precision: str) -> None:
    first, last = bracket(day, None, precision)
    assert first <= day <= last
    assert (last - first).days <= {"day": 0, "month": 30, "year": 365}[precision]
    assert bracket(first, last, precision) == (first, last)


def test_lengths_in_words() -> None:
    assert length_in_words(Distance(metres=42195)) == "42.2 km (26.2 mi)"
    assert length_in_words(Distance(metres=5000)) == "5 km (3.1 mi)"
    assert length_in_words(Distance(metres=160934)) == "161 km (100 mi)"
    assert length_in_words(Distance(metres=750)) == "750 m (820 yd)"
    assert length_in_words(Distance(minutes=1440)) == "24 hours"
    assert length_in_words(Distance(loop_metres=6706)) == "loops of 6.7 km (4.2 mi)"
    assert (duration(450), duration(60), duration(45)) == ("7 h 30 min", "1 hour", "45 min")


@pytest.mark.django_db
def test_a_town_is_found_by_its_names_and_never_guessed() -> None:
    def place(pk: int, country: str, keys: list[str], population: int) -> None:
        Place.objects.create(
            geoname_id=pk, name=keys[0], keys=keys, country=country, latitude=1, longitude=1,
            population=population, time_zone="UTC",
        )  # fmt: skip

    def found(city: str, country: str) -> int | None:
        town = Place.objects.named(city, country)
        return town.pk if town else None

    place(1, "AT", ["vienna", "wien"], 1_700_000)
    place(2, "US", ["portland"], 650_000)
    place(3, "US", ["portland"], 68_000)
    place(4, "GB", ["london"], 8_900_000)
    place(5, "GB", ["cityoflondon", "london"], 10_000)
    assert found("Wien", "AT") == 1
    assert found("VIENNA", "AT") == 1
    assert found("Wien", "DE") is None
    assert found("Portland", "US") is None
    assert found("London", "GB") == 4


@pytest.mark.django_db
def test_the_year_ahead_marks_this_month_and_its_peak(client: Client) -> None:
    assert "The most" not in client.get("/").content.decode()
    EditionFactory(start_date=TODAY, date_precision="day")
    page = as_read(client.get("/").content.decode())
    assert f"The most, 1 in {TODAY:%B %Y}" in page
    assert page.count("profile__mark--now") == 1
    assert "profile__mark--peak" not in page
    peak = TODAY + timedelta(days=100)
    for _ in range(2):
        EditionFactory(start_date=peak, date_precision="day")
    page = as_read(client.get("/").content.decode())
    assert f"The most, 2 in {peak:%B %Y}" in page
    assert page.count("profile__mark--now") == page.count("profile__mark--peak") == 1
