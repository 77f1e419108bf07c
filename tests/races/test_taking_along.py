"""A search as a calendar, a feed, JSON and a table; an edition as a calendar."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import pytest
import vobject
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from time_machine import TimeMachineFixture

from organizers.models import Listing
from races.files import race_files
from races.files.loading import load_races
from races.machines import api, calendars
from races.models import Edition, PriceTier, Race
from races.publishing import changed
from races.search.criteria import RaceSearch
from races.search.text import index_races
from tests.factories import DistanceFactory, EditionFactory, OrganizerFactory
from web.content_version import fold

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T12:00Z"
SITE = "https://startline.example"
FORMATS = ["ics", "atom", "json", "csv"]


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


@pytest.fixture
def catalogue() -> None:
    """The races that we have."""
    load_races(race_files.CONTENT)


@pytest.fixture
def races() -> dict[str, Edition]:
    """One of each certainty, and of what is off."""
    made = {
        "confirmed": EditionFactory(
            race__name="Sure Run", race__slug="sure", race__city="Lyon", race__country="FR",
            race__latitude=45.76, race__longitude=4.84, race__time_zone="Europe/Paris",
            start_date="2027-05-08", end_date="2027-05-09", confirmed_on="2026-11-01",
            sequence=3, source_url="https://race.example/date", last_verified_on="2026-11-01",
        ),
        "provisional": EditionFactory(race__name="Likely Run", start_date="2027-06-06"),
        "expected": EditionFactory(
            race__name="Custom Run", race__usual_rule="second Sunday of October",
            race__usual_month=10, start_date="2027-10-01", end_date="2027-10-31",
            date_precision="month",
        ),
        "open": EditionFactory(
            race__name="Some Day Run", start_date="2027-07-01", end_date="2027-07-31",
            date_precision="month",
        ),
        "cancelled": EditionFactory(
            race__name="Lost Run", start_date="2027-04-04", status="cancelled",
            status_note="The bridge is closed.", status_since="2026-11-20",
        ),
    }  # fmt: skip
    DistanceFactory(
        edition=made["confirmed"], name="Marathon", start_time="08:30", cut_off_minutes=360
    )
    index_races(Race.objects.all())
    return made


def events(client: Client, query: str = "", address: str = "/races/search.ics") -> dict[str, Any]:
    calendar = Calendar.from_ical(client.get(f"{address}{query}").content)
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


class TestCalendar:
    def test_each_event_says_how_sure_its_day_is(
        self, client: Client, races: dict[str, Edition]
    ) -> None:
        found = events(client)
        said = {summary: str(event["status"]) for summary, event in found.items()}
        assert said == {
            "Sure Run": "CONFIRMED",
            "Likely Run (not yet confirmed)": "TENTATIVE",
            "Custom Run (expected)": "TENTATIVE",
            "Cancelled: Lost Run": "CANCELLED",
        }
        assert found["Custom Run (expected)"]["dtstart"].dt == date(2027, 10, 10)
        assert "The bridge is closed." in found["Cancelled: Lost Run"]["description"]
        assert "second Sunday of October" in found["Custom Run (expected)"]["description"]

    def test_what_has_no_day_is_left_out_and_counted(
        self, client: Client, races: dict[str, Edition]
    ) -> None:
        calendar = Calendar.from_ical(client.get("/races/search.ics").content)
        said = f"1 more fit, of which the day is not known. {SITE}/races/"
        assert calendar["x-wr-caldesc"] == calendar["description"] == said
        raw = client.get("/races/search.ics?certainty=open").content
        assert {b"REFRESH-INTERVAL;VALUE=DURATION:PT12H", b"X-PUBLISHED-TTL:PT12H"} <= {
            *raw.split()
        }
        calendar = Calendar.from_ical(raw)
        assert not calendar.walk("VEVENT")
        assert str(calendar["x-wr-caldesc"]).startswith("1 more fit")

    def test_a_long_one_says_that_it_ends(
        self, client: Client, races: dict[str, Edition], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calendars, "MOST", 2)
        calendar = Calendar.from_ical(client.get("/races/search.ics?sort=name").content)
        # The soonest, whatever the page is sorted by.
        first = [str(event["summary"]) for event in calendar.walk("VEVENT")]
        assert first == ["Cancelled: Lost Run", "Sure Run"]
        said = "1 more fit, of which the day is not known. These are the first 2 of 4. "
        assert calendar["x-wr-caldesc"] == f"{said}{SITE}/races/?sort=name"

    def test_an_event_is_of_the_standard(self, client: Client, races: dict[str, Edition]) -> None:
        """RFC 5545: the last day is not in it, moments are in UTC, a UID stays."""
        event, edition = events(client)["Sure Run"], races["confirmed"]
        assert (event["dtstart"].dt, event["dtend"].dt) == (date(2027, 5, 8), date(2027, 5, 10))
        assert event["dtstart"].params["VALUE"] == "DATE"
        assert event["uid"] == f"edition-{edition.pk}@startline.example"
        assert event["sequence"] == 3
        assert event["dtstamp"].dt == edition.race.updated_at.replace(microsecond=0)
        assert event["dtstamp"].to_ical().endswith(b"Z")
        assert event["url"] == f"{SITE}/races/sure/"
        assert event["location"] == "Lyon, France"
        assert event["geo"].to_ical() == "45.76;4.84"
        assert "Marathon: 42.2 km (26.2 mi), start at 08:30" in event["description"]
        edition.cancel()
        edition.save()
        [again] = events(client, "?country=FR").values()
        assert (again["uid"], again["sequence"]) == (event["uid"], 4)

    def test_lines_are_folded_by_octets_and_end_as_they_must(self, client: Client) -> None:
        name = "Große Straße; Läufe, “Höhen” und Täler — 東京の山と川を走る長い長い長い大会"
        EditionFactory(
            race__name=name, race__latin_name="Long Run", start_date="2027-05-08",
            race__website="https://race.example/?a=1;b=2,c\\d",
        )  # fmt: skip
        raw = client.get("/races/search.ics").content
        lines = raw.split(b"\r\n")
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert max(map(len, lines)) <= 75
        for line in lines:
            line.decode()
        [summary] = events(client)
        assert summary == f"{name} (Long Run) (not yet confirmed)"

    @pytest.mark.usefixtures("catalogue")
    def test_two_readers_find_the_facts_of_the_whole_catalogue(self, client: Client) -> None:
        """Icalendar, which wrote it, and vobject."""
        raw = client.get("/races/search.ics").content
        other = {each.uid.value: each for each in vobject.readOne(raw.decode()).vevent_list}
        one = {str(each["uid"]): each for each in Calendar.from_ical(raw).walk("VEVENT")}
        dated = [each for each in Edition.objects.published().upcoming() if each.days]
        assert len(one) == len(other) == len(dated) > 100
        for edition in dated:
            uid = f"edition-{edition.pk}@startline.example"
            first, last = edition.days or (None, None)
            assert last
            for event in (one[uid]["dtstart"].dt, other[uid].dtstart.value):
                assert event == first
            for event in (one[uid]["dtend"].dt, other[uid].dtend.value):
                assert event == last + timedelta(days=1)
            for event in (str(one[uid]["summary"]), other[uid].summary.value):
                assert edition.race.name in event

    def test_an_edition_is_a_calendar_of_its_own(
        self, client: Client, races: dict[str, Edition]
    ) -> None:
        page = client.get("/races/sure/").content.decode()
        address = f"/races/sure/edition-{races['confirmed'].pk}.ics"
        assert f'href="{address}">Add to calendar</a>' in page
        assert list(events(client, address=address)) == ["Sure Run"]
        response = client.get(address)
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert response["Content-Disposition"] == 'inline; filename="sure.ics"'

    def test_what_has_no_day_or_is_not_public_has_no_calendar(
        self, client: Client, races: dict[str, Edition]
    ) -> None:
        some_day = races["open"]
        page = client.get(some_day.race.get_absolute_url()).content.decode()
        assert "Add to calendar" not in page
        draft = EditionFactory(race__state="draft", race__slug="draft", start_date="2027-05-08")
        for slug, key in [
            (some_day.race.slug, some_day.pk),
            ("draft", draft.pk),
            ("sure", races["provisional"].pk),
            ("sure", 10**9),
            ("sure", 10**18),
        ]:
            assert client.get(f"/races/{slug}/edition-{key}.ics").status_code == 404, (slug, key)

    def test_an_expected_day_that_changes_takes_a_higher_number(
        self, races: dict[str, Edition]
    ) -> None:
        edition = races["expected"]
        race = edition.race
        race.usual_rule = "first Sunday of October"
        race.save()
        changed([race])
        edition.refresh_from_db()
        assert (edition.expected_on, edition.sequence) == (date(2027, 10, 3), 1)
        changed([race])
        edition.refresh_from_db()
        assert edition.sequence == 1


class TestFeed:
    def test_what_changed_last_comes_first(self, client: Client, races: dict[str, Edition]) -> None:
        for number, name in enumerate(["Likely Run", "Lost Run"]):
            moment = timezone.now() + timedelta(hours=number)
            Race.objects.filter(name=name).update(updated_at=moment)
        feed = feedparser.parse(client.get("/races/search.atom?country=ES").content)
        assert not feed.bozo, feed.get("bozo_exception")
        assert feed.version == "atom10"
        titles = [entry.title for entry in feed.entries]
        assert titles[:2] == [
            "Lost Run, Sun 4 April 2027",
            "Likely Run, Sun 6 June 2027, provisional",
        ]
        assert feed.feed.title == "Startline: Races in Spain"
        assert feed.feed.link == f"{SITE}/races/?country=ES"
        assert len({entry.id for entry in feed.entries}) == len(titles) == 4
        entry = feed.entries[0]
        assert entry.link == f"{SITE}{races['cancelled'].race.get_absolute_url()}"
        assert "The bridge is closed." in entry.content[0].value

    def test_hostile_names_are_words(self, client: Client) -> None:
        EditionFactory(race__name="<b>Run</b> & “jump” ]]>", start_date="2027-05-08")
        feed = feedparser.parse(client.get("/races/search.atom").content, sanitize_html=False)
        assert not feed.bozo
        assert "&lt;b&gt;" in client.get("/races/search.atom").content.decode()
        assert "<b>" not in feed.entries[0].content[0].value

    def test_no_character_is_the_end_of_a_feed(self, client: Client) -> None:
        """Whoever lists a race, or asks, may have pasted one that XML has not."""
        EditionFactory(
            race__name="Long\x0bRun", race__city="Ly\x01on", start_date="2027-05-08",
            status="cancelled", status_note="The\x1fbridge\uffff is closed.",
        )  # fmt: skip
        index_races(Race.objects.all())
        feed = feedparser.parse(client.get("/races/search.atom").content)
        assert not feed.bozo, feed.get("bozo_exception")
        assert "Thebridge is closed." in feed.entries[0].content[0].value
        asked = client.get("/races/search.atom?q=long%01+run%0Cs%EF%BF%BF.")
        assert feedparser.parse(asked.content).feed.title == "Startline: Races for “long run\ns.”"


def assert_is(client: Client, data: Any) -> None:
    document = client.get("/races/openapi.json").json()
    whole = {**document, "$ref": "#/components/schemas/RaceList"}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(data)


def every_page(client: Client, query: str = "") -> Iterator[Any]:
    address = f"/races/search.json{query}"
    while address:
        data = client.get(address).json()
        yield data
        address = (data["next"] or "").removeprefix(SITE)


class TestJson:
    def test_the_description_is_openapi_and_knows_every_filter(self, client: Client) -> None:
        document = client.get("/races/openapi.json").json()
        validate(document)
        asked = document["paths"]["/races/search.json"]["get"]["parameters"]
        names = [each["name"] for each in asked]
        assert set(names) == {*vars(RaceSearch()), "page", "updated_since"}
        # Each example is one that is understood.
        for each in asked:
            if each["name"] not in {"near", "page", "sort"}:
                query = {each["name"]: each["example"]}
                response = client.get("/races/search.json", query)
                assert response.status_code == 200, (query, response.content)

    @pytest.mark.usefixtures("catalogue")
    def test_all_that_is_upcoming_is_there_page_by_page(self, client: Client) -> None:
        ids = []
        for data in every_page(client):
            assert_is(client, data)
            ids += [each["id"] for each in data["results"]]
        upcoming = Edition.objects.published().upcoming().soonest_first()
        assert ids == list(upcoming.values_list("pk", flat=True))
        assert data["count"] == len(ids) > 100
        for each in data["results"]:
            assert each["licence"] == "https://creativecommons.org/licenses/by/4.0/"
            assert each["sources"]

    def test_the_next_page_is_of_the_same_search(
        self, client: Client, races: dict[str, Edition], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api, "PAGE_SIZE", 2)
        pages = list(every_page(client, "?country=FR&country=ES&q=&updated_since=2020-01-01"))
        assert [len(data["results"]) for data in pages] == [2, 2, 1]
        assert len({data["url"] for data in pages}) == 1

    def test_facts_are_given_as_they_are_known(
        self, client: Client, races: dict[str, Edition]
    ) -> None:
        distance = races["confirmed"].distances.get()
        PriceTier.objects.create(distance=distance, name="Early", amount="60.5", currency="EUR")
        data = client.get("/races/search.json?country=FR&near=45.8,4.8").json()
        assert_is(client, data)
        [race] = data["results"]
        assert race["away_km"] == pytest.approx(5.4, abs=0.5)
        assert race["date"]["certainty"] == "confirmed"
        assert race["date"]["source"] == "https://race.example/date"
        assert race["date"]["seen_on"] == race["date"]["confirmed_on"] == "2026-11-01"
        [marathon] = race["distances"]
        assert (marathon["metres"], marathon["start_time"]) == (42195, "08:30:00")
        assert (marathon["cut_off_minutes"], marathon["ascent_metres"]) == (360, None)
        assert marathon["prices"][0]["amount"] == "60.50"
        # Nobody has said under which licence an organizer's words stand.
        assert race["licence"] is None
        expected = client.get("/races/search.json?q=custom").json()["results"][0]["date"]
        assert (expected["start"], expected["precision"]) == ("2027-10-01", "month")
        assert expected["expected"]["start"] == "2027-10-10"

    def test_only_what_no_organizer_lists_is_under_our_licence(
        self, client: Client, races: dict[str, Edition]
    ) -> None:
        """A race that we had looked up may be listed later, and one that is listed have a file."""
        sources = [{"title": "Its page", "url": "https://race.example/"}]
        Race.objects.filter(slug="sure").update(sources=sources)

        def licence() -> str | None:
            [race] = client.get("/races/search.json?country=FR").json()["results"]
            return race["licence"]  # type: ignore[no-any-return]

        assert licence() == api.LICENCE
        race = races["confirmed"].race
        Listing.objects.create(organizer=OrganizerFactory(), race=race)
        changed([race])
        assert licence() is None

    def test_only_what_changed_since(self, client: Client, races: dict[str, Edition]) -> None:
        Race.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))
        Race.objects.filter(slug="sure").update(updated_at=datetime(2026, 11, 2, 12, tzinfo=UTC))
        for since, count in [
            ("2026-11-02", 1),
            ("2026-11-02T12:00:00Z", 1),
            ("2026-11-02T12:00:01Z", 0),
            ("2025-12-31", 5),
        ]:
            data = client.get("/races/search.json", {"updated_since": since}).json()
            assert data["count"] == len(data["results"]) == count, since

    @pytest.mark.parametrize(
        ("query", "status", "parameter"),
        [
            ("sports=trail-running", 400, "sports"),
            ("sport=chess", 400, "sport"),
            ("longer=far", 400, "longer"),
            ("near=Atlantis", 400, "near"),
            ("updated_since=yesterday", 400, "updated_since"),
            ("page=0", 400, "page"),
            ("page=2", 404, "page"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, client: Client, query: str, status: int, parameter: str
    ) -> None:
        response = client.get(f"/races/search.json?{query}")
        assert (response.status_code, response.json()["parameter"]) == (status, parameter)


class TestTable:
    def test_a_line_an_edition(self, client: Client, races: dict[str, Edition]) -> None:
        EditionFactory(race__name="=HYPERLINK(1) Run", race__city="+1", start_date="2028-05-08")
        response = client.get("/races/search.csv")
        assert response["Content-Disposition"] == 'attachment; filename="races.csv"'
        lines = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert len(lines) == 6
        by_name = {line["name"]: line for line in lines}
        sure = by_name["Sure Run"]
        assert (sure["start"], sure["end"]) == ("2027-05-08", "2027-05-09")
        assert (sure["city"], sure["country"], sure["certainty"]) == ("Lyon", "France", "confirmed")
        assert (sure["distances"], sure["date_seen_on"]) == ("Marathon", "2026-11-01")
        assert by_name["Some Day Run"]["start"] == ""
        assert by_name["Custom Run"]["date"] == "Sun 10 Oct 2027, expected"
        # No cell is a formula.
        assert by_name["'=HYPERLINK(1) Run"]["city"] == "'+1"


@pytest.mark.parametrize("name", FORMATS)
class TestEachFormat:
    def test_it_finds_what_its_page_finds(
        self, client: Client, races: dict[str, Edition], name: str
    ) -> None:
        page = client.get("/races/?q=sure+run+in+france").content.decode()
        assert f'href="/races/search.{name}?q=sure+run+in+france"' in page
        said = client.get(f"/races/search.{name}?q=sure+run+in+france").content.decode()
        assert "Sure Run" in said
        assert "Likely Run" not in said

    def test_it_refuses_what_it_does_not_know(self, client: Client, name: str) -> None:
        for query in ["sport=chess", "colour=red", "start=2027-13"]:
            response = client.get(f"/races/search.{name}?{query}")
            assert response.status_code == 400, query
            assert response.json()["error"]
        assert client.post(f"/races/search.{name}").status_code == 405

    def test_it_is_kept_open_to_all_and_no_page_of_a_search_engine(
        self, client: Client, races: dict[str, Edition], name: str
    ) -> None:
        response = client.get(f"/races/search.{name}?view=map")
        assert response.status_code == 200
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "public" in response["Cache-Control"]
        assert not response.cookies
        again = client.get(
            f"/races/search.{name}?view=map", headers={"if-none-match": response["ETag"]}
        )
        assert again.status_code == 304


@pytest.mark.parametrize("name", ["search.ics?when=30-days", "openapi.json"])
def test_it_is_of_today_for_whoever_asks_by_date(
    client: Client, races: dict[str, Edition], name: str, time_machine: TimeMachineFixture
) -> None:
    """What is upcoming, and which months can be asked for, changes without a change of rows."""
    fold()
    time_machine.move_to("2026-11-23T13:00Z")
    address = f"/races/{name}"
    seen = client.get(address)["Last-Modified"]
    since = {"if-modified-since": seen}
    assert client.get(address, headers=since).status_code == 304
    time_machine.move_to("2026-11-24T13:00Z")
    again = client.get(address, headers=since)
    assert again.status_code == 200
    assert parsedate_to_datetime(again["Last-Modified"]) > parsedate_to_datetime(seen)


def test_a_search_can_be_subscribed_to(client: Client, races: dict[str, Edition]) -> None:
    page = client.get("/races/?country=FR").content.decode()
    assert 'href="webcal://startline.example/races/search.ics?country=FR"' in page
    assert 'type="application/atom+xml" title="Races in France"' in page
    assert "Take this search along" not in client.get("/races/?country=IT").content.decode()
