"""A race's page: what one needs to decide, what nobody knows, and where to go instead."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from races.models import Distance, Edition, Place, PriceTier
from races.reading.demands import HEIGHT, demand_of, frame_of
from races.templatetags.race_tags import money
from tests.desk import as_read
from tests.factories import DistanceFactory, EditionFactory, TermFactory

NOW = "2026-11-23T12:00Z"
# https://developers.google.com/search/docs/appearance/structured-data/event
REQUIRED = {"name", "startDate", "location"}
RECOMMENDED = {
    "description", "endDate", "eventAttendanceMode", "eventStatus", "image", "offers", "organizer",
}  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


def read(client: Client, edition: Edition) -> str:
    return client.get(edition.race.get_absolute_url()).content.decode()


def text(page: str) -> str:
    main = page.split("<main")[1].split("</main>")[0]
    return " ".join(re.sub("<[^>]*>", " ", as_read(main)).split())


def test_what_nobody_knows_is_said_once_and_is_not_no(client: Client) -> None:
    edition = EditionFactory(start_date="2027-04-19", race__website="")
    DistanceFactory(edition=edition, name="Half", cut_off_minutes=180, wheelchair=False)
    DistanceFactory(edition=edition, name="10K", metres=10_000)
    page = text(read(client, edition))
    assert (
        "Nobody has told us yet: gun time, cut-off (10K), how to get in, entry fee, when entry"
        " opens, organizer, official website." in page
    )
    assert page.count("Nobody has told us yet") == 1
    assert "Wheelchair race no" in page
    assert "unknown" not in page


def test_of_what_is_known_nothing_is_said_to_be_missing(client: Client) -> None:
    edition = EditionFactory(
        start_date="2027-04-19", race__organizer_name="Club", registration_state="open"
    )
    distance = DistanceFactory(
        edition=edition, cut_off_minutes=360, entry="open", start_time="09:00", ascent_metres=0
    )
    PriceTier.objects.create(distance=distance, name="Entry", amount=0, currency="EUR")
    page = text(read(client, edition))
    assert "Nobody has told us" not in page
    assert "Entry free" in page
    assert "Climb 0 m" in page


class TestPrices:
    @pytest.fixture
    def edition(self) -> Edition:
        edition: Edition = EditionFactory(start_date="2027-04-19", race__time_zone="Pacific/Apia")
        distance = DistanceFactory(edition=edition)
        for name, amount, first, last in [
            ("Early", 50, "2026-09-01", "2026-11-23"),
            ("Regular", "60.50", "2026-11-24", "2027-01-31"),
            ("Late", 75, "2027-02-01", "2027-04-01"),
        ]:
            PriceTier.objects.create(
                distance=distance, name=name, amount=amount, currency="EUR",
                valid_from=first, valid_until=last,
            )  # fmt: skip
        return edition

    def test_the_ladder_says_what_is_over_and_what_comes_next(
        self, client: Client, edition: Edition, time_machine: TimeMachineFixture
    ) -> None:
        time_machine.move_to("2026-11-20T12:00Z")
        assert "Then 60.50 EUR from 24 November 2026." in text(read(client, edition))
        # In Samoa it is the day after already.
        time_machine.move_to(NOW)
        page = text(read(client, edition))
        assert "Early 50 EUR, until 23 November 2026 (over)" in page
        assert "Regular 60.50 EUR, until 31 January 2027" in page
        assert "Then 75 EUR from 1 February 2027." in page
        time_machine.move_to("2027-02-02T12:00Z")
        assert "Then" not in text(read(client, edition))

    def test_money_is_said_as_people_do(self, edition: Edition) -> None:
        tiers = PriceTier.objects.order_by("valid_from")
        assert [money(tier) for tier in tiers] == ["50 EUR", "60.50 EUR", "75 EUR"]


class TestWhatItAsks:
    @pytest.mark.parametrize(
        ("sport", "metres", "minutes", "pace"),
        [
            ("road-running", 42_195, 360, "8:31 per km (13:43 per mile)"),
            ("trail-running", 100_000, 1_440, "14:24 per km (23:10 per mile)"),
            ("gravel-cycling", 160_000, 600, "16 km/h (9.9 mph)"),
            ("open-water", 5_000, 150, "3:00 per 100 m"),
            ("triathlon", 226_000, 1_020, ""),
            ("road-running", 42_195, None, ""),
            ("road-running", None, 360, ""),
        ],
    )
    def test_the_pace_of_the_cut_off(
        self, sport: str, metres: int | None, minutes: int | None, pace: str
    ) -> None:
        distance = Distance(metres=metres, cut_off_minutes=minutes)
        assert demand_of(sport, distance, metres or 0).pace == pace

    @pytest.mark.parametrize(
        ("climb", "said"),
        [(0, "0 m each km: flat"), (90, "9 m each km: flat"), (100, "10 m each km: rolling"),
         (499, "50 m each km: hilly"), (500, "50 m each km: steep"), (None, "")],
    )  # fmt: skip
    def test_how_steep_it_is(self, climb: int | None, said: str) -> None:
        demand = demand_of("road-running", Distance(metres=10_000, ascent_metres=climb), 10_000)
        assert demand.steepness == said

    @given(st.integers(1, 400_000), st.integers(0, 40_000), st.integers(0, 400_000))
    def test_the_drawing_keeps_to_its_frame(self, metres: int, climb: int, more: int) -> None:
        distance = Distance(metres=metres, ascent_metres=climb)
        demand = demand_of("trail-running", distance, metres + more)
        assert 0 <= demand.length <= 300
        assert 0 <= demand.rise < HEIGHT
        assert bool(frame_of([demand])) == bool(demand.length)

    def test_the_words_are_those_of_its_facts_that_readers_may_see(self, client: Client) -> None:
        for slug in ("ballot", "cut-off", "marathon", "triathlon"):
            TermFactory(slug=slug, title=slug.title(), definition=f"What {slug} is. More.")
        TermFactory(slug="elevation-gain", title="Elevation Gain", state="draft")
        edition = EditionFactory(start_date="2027-04-19")
        DistanceFactory(edition=edition, entry="ballot", cut_off_minutes=360, ascent_metres=9)
        words = read(client, edition).split('id="words"')[1].split("</section>")[0]
        assert re.findall(r'href="/glossary/([a-z-]+)/"', words) == [
            "ballot",
            "cut-off",
            "marathon",
        ]
        assert "What ballot is." in words
        assert "More." not in words


class TestOthers:
    def edition(self, name: str, start: str, **race: Any) -> Edition:
        where = {"latitude": 45.0, "longitude": 5.0, **race}
        more = {f"race__{key}": value for key, value in where.items()}
        edition: Edition = EditionFactory(race__name=name, start_date=start, **more)
        return edition

    def test_the_ones_before_and_after_are_of_its_sport_on_its_continent(
        self, client: Client
    ) -> None:
        mine = self.edition("Mine", "2027-05-09")
        self.edition("Long Before", "2027-04-01")
        self.edition("Just Before", "2027-05-08")
        self.edition("Just After", "2027-05-10")
        self.edition("Other Sport", "2027-05-09", sport="triathlon")
        self.edition("Other Continent", "2027-05-09", country="US")
        self.edition("Draft", "2027-05-09", state="draft")
        page = text(read(client, mine)).split("Similar races")[1]
        assert "The one before it Just Before" in page
        assert "The one after it Just After" in page
        assert "Other Sport" not in page
        assert "Draft" not in page

    def test_the_first_and_the_last_have_one_of_them(self, client: Client) -> None:
        first, last = self.edition("First", "2027-05-09"), self.edition("Last", "2027-06-09")
        assert "The one before it" not in read(client, first)
        assert "The one after it" not in read(client, last)
        assert "The one before it" in read(client, last)

    def test_its_own_next_edition_is_no_other_race(self, client: Client) -> None:
        mine = self.edition("Mine", "2027-05-09")
        EditionFactory(race=mine.race, start_date="2027-05-20")
        page = text(read(client, mine))
        assert "The one after it" not in page

    def test_similar_ones_say_how_far_they_are(self, client: Client) -> None:
        mine = self.edition("Mine", "2027-05-09")
        self.edition("North", "2027-08-01", latitude=46.0)
        assert "111 km away" in read(client, mine)
        # Its town says where a search is near to.
        assert "within 200 km" not in read(client, mine)
        mine.race.place = Place.objects.create(
            geoname_id=1, name="Girona", keys=["girona"], country="ES", population=9,
            latitude=45.0, longitude=5.0, time_zone="Europe/Madrid",
        )  # fmt: skip
        mine.race.save()
        page = read(client, mine)
        assert "Road running within 200 km: 2" in text(page)
        for query in re.findall(r'href="/races/\?([^"]*near=[^"]*)"', page):
            answer = client.get(f"/races/?{query.replace('&amp;', '&')}")
            assert "Girona" in text(answer.content.decode())

    def test_a_race_that_stands_nowhere_has_no_map(self, client: Client) -> None:
        nowhere = EditionFactory(start_date="2027-05-09")
        page = read(client, nowhere)
        assert "small-map" not in page
        assert "within 200 km" not in page
        assert 'role="img"' in read(client, self.edition("Mine", "2027-05-09"))

    @pytest.mark.parametrize("longitude", [179.9, -179.9, 0.0])
    @pytest.mark.parametrize("latitude", [-89.5, -17.0, 89.5])
    def test_the_map_is_drawn_wherever_it_is(
        self, client: Client, latitude: float, longitude: float
    ) -> None:
        edition = self.edition("Mine", "2027-05-09", latitude=latitude, longitude=longitude)
        assert "small-map__here" in read(client, edition)

    def test_the_last_day_of_the_calendar_is_no_trouble(self, client: Client) -> None:
        edition = EditionFactory(start_date=date.max, status="postponed")
        assert "Postponed" in read(client, edition)


class TestStructuredData:
    def graph(self, client: Client, edition: Edition) -> dict[str, dict[str, Any]]:
        match = re.search(r'ld\+json">(.*?)</script>', read(client, edition), re.S)
        assert match
        return {node["@type"]: node for node in json.loads(match[1])["@graph"]}

    def test_an_event_needs_a_true_date(self, client: Client) -> None:
        month = EditionFactory(
            start_date="2027-04-01", end_date="2027-04-30", date_precision="month"
        )
        named = EditionFactory(start_date="2027-04-01")
        over = EditionFactory(start_date="2020-04-01", confirmed_on="2020-01-01")
        for edition in (month, named, over):
            graph = self.graph(client, edition)
            assert "SportsEvent" not in graph
            assert graph["EventSeries"]["name"] == edition.race.name
            assert "startDate" not in graph["EventSeries"]

    def test_it_says_all_that_google_asks_for(self, client: Client) -> None:
        edition = EditionFactory(
            start_date="2027-04-19", confirmed_on="2026-11-02", registration_state="open",
            registration_url="https://race.example/entry", race__organizer_name="Club",
            race__description="From **here** to there. And back.",
        )  # fmt: skip
        distance = DistanceFactory(edition=edition)
        for name, last in [("Early", "2026-11-01"), ("Regular", "2027-01-31")]:
            PriceTier.objects.create(
                distance=distance, name=name, amount=60, currency="EUR", valid_until=last
            )
        graph = self.graph(client, edition)
        event = graph["SportsEvent"]
        assert event.keys() >= REQUIRED | RECOMMENDED
        assert event["location"]["address"]["addressCountry"] == "ES"
        assert event["description"] == "From here to there."
        assert event["superEvent"]["@id"] == graph["EventSeries"]["@id"]
        (offer,) = event["offers"]
        assert offer["price"] == "60.00"
        assert offer["priceCurrency"] == "EUR"
        assert offer["availability"] == "https://schema.org/InStock"
        assert offer["url"] == "https://race.example/entry"

    def test_what_does_not_take_place_keeps_its_day_and_sells_nothing(self, client: Client) -> None:
        edition = EditionFactory(start_date="2027-04-19", status="cancelled")
        distance = DistanceFactory(edition=edition)
        PriceTier.objects.create(distance=distance, name="Entry", amount=60, currency="EUR")
        event = self.graph(client, edition)["SportsEvent"]
        assert event["eventStatus"] == "https://schema.org/EventCancelled"
        assert event["startDate"] == "2027-04-19"
        assert "offers" not in event

    def test_what_has_moved_says_from_when_or_to_where(self, client: Client) -> None:
        moved = EditionFactory(
            start_date="2027-05-19", status="rescheduled", previous_start_date="2027-04-19",
            confirmed_on="2026-11-02",
        )  # fmt: skip
        event = self.graph(client, moved)["SportsEvent"]
        assert event["previousStartDate"] == "2027-04-19"
        online = EditionFactory(
            start_date="2027-05-20", status="moved-online", confirmed_on="2026-11-02"
        )
        event = self.graph(client, online)["SportsEvent"]
        assert event["location"] == {"@type": "VirtualLocation", "url": "https://race.example/"}


def test_editions_of_before_are_told_and_many_folded_away(client: Client) -> None:
    edition = EditionFactory(start_date="2027-04-19")
    for year in range(2018, 2026):
        EditionFactory(
            race=edition.race, start_date=f"{year}-04-19", source_url="https://s.example/"
        )
    page = read(client, edition)
    assert "19 April 2018" in page.split("<details>")[1]
    assert "19 April 2025" in page.split("<details>")[0]
    assert "3 more" in page


def test_each_fact_can_be_called_wrong(client: Client) -> None:
    edition = EditionFactory(start_date="2027-04-19", race__slug="it")
    DistanceFactory(edition=edition)
    page = read(client, edition)
    about = re.findall(r'href="/races/it/wrong/\?about=([a-z]+)" rel="nofollow"', page)
    assert about == ["date", "distances", "other"] or about == [
        "date",
        "place",
        "distances",
        "other",
    ]
