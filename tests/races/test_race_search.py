"""Finding a race by place, day and need; what the page counts is what the tables hold."""

import re
from dataclasses import fields, replace
from datetime import date, timedelta
from html import unescape
from itertools import product
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import numpy as np
import psycopg
import pytest
import time_machine
from django.db import transaction
from django.db.models import Model
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from races import tasks
from races.choices import CourseShape, Entry, Sport, Surface
from races.models import ChangedRace, Distance, Edition, Place, PriceTier, Race, SearchBase
from races.search import base, days, index, near, steps
from races.search.cards import cards
from races.search.criteria import RaceSearch, read
from races.search.facets import BY_NAME, FACETS
from races.search.text import index_races
from races.templatetags.race_tags import race_row
from tests.backstage import CONCURRENT
from tests.clock import NOW, TODAY
from tests.factories import DistanceFactory, EditionFactory
from web import content_version, generations, queue

TOWNS = {
    "Lyon": ("FR", 45.748, 4.846, 522_250),
    "Annecy": ("FR", 45.908, 6.128, 126_924),
    "Geneva": ("CH", 46.202, 6.146, 183_981),
    "Chicago": ("US", 41.850, -87.650, 2_746_388),
    "Portland": ("US", 45.523, -122.676, 652_503),
    "Suva": ("FJ", -18.142, 178.441, 93_970),
    "Apia": ("WS", -13.833, -171.767, 40_407),
}


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


@pytest.fixture
def towns(db: None) -> None:
    for number, (name, (country, latitude, longitude, people)) in enumerate(TOWNS.items(), 1):
        Place.objects.create(
            geoname_id=number, name=name, keys=[name.lower()], country=country,
            latitude=latitude, longitude=longitude, population=people, time_zone="UTC",
        )  # fmt: skip


def race_in(town: str, name: str, **more: object) -> Edition:
    country, latitude, longitude, _ = TOWNS[town]
    place = {"city": town, "country": country, "latitude": latitude, "longitude": longitude}
    edition: Edition = EditionFactory(
        race__name=name, **{f"race__{key}": value for key, value in place.items()}, **more
    )
    return edition


@pytest.fixture
def catalogue(towns: None) -> None:
    """Some two hundred races that differ in all that one can look for."""
    sports = [Sport.ROAD_RUNNING, Sport.TRAIL_RUNNING, Sport.GRAVEL_CYCLING, Sport.OPEN_WATER]
    for number, (town, sport, week) in enumerate(product(TOWNS, sports, range(0, 28, 4))):
        start = TODAY + timedelta(weeks=week, days=number % 7)
        more: dict[str, object] = {"start_date": start}
        if number % 3 == 0:
            first = start.replace(day=1)
            more = {"start_date": first, "end_date": days.month(month_of(first))[1],  # type: ignore[index]
                    "date_precision": "month"}  # fmt: skip
            more |= {"race__usual_rule": f"second Sunday of {first:%B}"} if number % 2 else {}
        elif number % 4 == 0:
            more["confirmed_on"] = TODAY - timedelta(days=9)
        elif number % 5 == 0:
            more["end_date"] = start + timedelta(days=number % 8)
        if number % 2:
            more["registration_state"] = "open"
        region = ["", "North", "South"][number % 3]
        edition = race_in(town, f"Race {number}", race__sport=sport, race__region=region, **more)
        for extra in range(1 + number % 3):
            metres = [5_000, 10_000, 21_098, 42_195, 50_000, 100_000, 161_000][
                (number + 3 * extra) % 7
            ]
            distance = DistanceFactory(
                edition=edition, name=f"{metres} m", metres=metres,
                surface=Surface.values[(number + extra) % len(Surface.values)],
                course_shape=["", *CourseShape.values][(number + extra) % 5],
                entry=["", *Entry.values][(number + 2 * extra) % 5],
                ascent_metres=[None, 20, 400, 2_000, 5_000][(number + extra) % 5],
                cut_off_minutes=[None, metres // 100, metres // 200][(number + extra) % 3],
                certification=["", "World Athletics"][number % 2],
                wheelchair=[None, True, False][(number + extra) % 3],
            )  # fmt: skip
            if (number + extra) % 2:
                PriceTier.objects.create(
                    distance=distance, name="Entry", amount=20 + number % 70,
                    currency=["EUR", "USD"][number % 2],
                )  # fmt: skip
    index_races(Race.objects.all())


def some(name: str) -> st.SearchStrategy[tuple[str, ...]]:
    values = [*BY_NAME[name].options()] or ["North", "South", "Atlantis"]
    chosen = st.lists(st.sampled_from(values), max_size=2, unique=True)
    return st.just(()) | chosen.map(tuple)


lengths = st.sampled_from(["", "", "", "5", "20", "42.2", "100"])
spans = st.sampled_from(
    ["", "", "", *(month_of(TODAY + timedelta(days=60 * n)) for n in range(3)),
     *(str(TODAY + timedelta(days=12 * n)) for n in range(5))]
)  # fmt: skip
everything = st.builds(
    RaceSearch,
    q=st.sampled_from(["", "", "", "race", "race 1", "lyon", "portland race"]),
    longer=lengths, shorter=lengths, start=spans, end=spans,
    near=st.sampled_from(["", "", "Lyon", "suva", "45.8,4.8", "Portland, US"]),
    within=st.sampled_from(["", "50", "300", "2000", "19000"]),
    unit=st.sampled_from(["", "mi"]),
    box=st.sampled_from(["", "", "4,45,7,47", "170,-30,-160,0"]),
    price=st.sampled_from(["", "", "40", "60.50"]),
    currency=st.sampled_from(["", "EUR"]),
    sort=st.sampled_from(["", "name", "near", "price"]),
    **{facet.name: some(facet.name) for facet in FACETS},
)  # fmt: skip
asked_for = st.sets(st.sampled_from([field.name for field in fields(RaceSearch)]), max_size=6)
# Whoever asks for everything finds nothing.
searches = everything | st.builds(
    lambda search, kept: RaceSearch(**{name: getattr(search, name) for name in kept}),
    everything, asked_for,
)  # fmt: skip


def compare(search: RaceSearch, data: st.DataObject) -> None:
    """What is found, its order, a page of it and what is counted, with what the tables say."""
    # As if few of them were found, or many.
    with mock.patch.object(index, "MANY", data.draw(st.sampled_from([1, 10**9]))):
        _compare(RaceSearch.from_query(search.to_query()), data)


def _compare(search: RaceSearch, data: st.DataObject) -> None:
    found = index.answer(search)
    expected = list(search.editions().values_list("pk", flat=True))
    assert found.total == len(expected)
    first, last = data.draw(st.sampled_from([(0, len(expected) + 1), (0, 3), (5, 29), (48, 72)]))
    assert list(found.keys(first, last)) == expected[first:last]
    sure = search.editions().surely_ahead().values_list("pk", flat=True)
    suggested = found.keys(0, 5, is_sure=True)
    assert list(suggested) == list(sure[:5])
    counts = found.counts
    # A few options of each search: all of them would be some three hundred queries.
    for facet in data.draw(st.lists(st.sampled_from(FACETS), min_size=2, max_size=3)):
        for value in data.draw(st.sets(st.sampled_from([*counts[facet.name], ""]), max_size=3)):
            if value:
                one = replace(search, **{facet.name: (value,)})  # type: ignore[arg-type]
                assert counts[facet.name][value] == one.editions().count(), (facet.name, value)


@pytest.mark.dates
@pytest.mark.usefixtures("catalogue")
def test_the_index_counts_what_the_tables_hold() -> None:
    """Every count of every option, for searches of all kinds."""
    assert Edition.objects.published().upcoming().count() > 150
    patient = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
    patient(given(searches, st.data())(compare))()


@pytest.mark.usefixtures("catalogue")
def test_what_is_said_of_a_distance_is_counted_with_each_other_thing_said_of_one() -> None:
    """Each option of a distance beside each of another facet."""
    asked = [facet for facet in FACETS if facet.is_of_distance]
    rows = Distance.objects.filter(edition__in=Edition.objects.upcoming())
    edition_of = dict(rows.values_list("pk", "edition"))
    having = {
        (facet.name, value): set(rows.filter(option.condition).values_list("pk", flat=True))
        for facet in asked
        for value, option in facet.options().items()
    }
    for (name, value), distances in having.items():
        counts = index.answer(RaceSearch(**{name: (value,)})).counts  # type: ignore[arg-type]
        for (other, other_value), others in having.items():
            both = distances & others if other != name else others
            said = counts[other][other_value]
            assert said == len({edition_of[pk] for pk in both}), (name, value, other, other_value)


bounds = st.floats(0, 50) | st.just(10.0)


@given(st.lists(bounds | st.just(float("nan")), max_size=60), bounds, bounds)
def test_a_range_is_all_whose_number_is_in_it(lengths: list[float], one: float, two: float) -> None:
    with mock.patch.multiple(steps, MOST=5, OF_A_STEP=3):
        found = steps.Steps(np.array(lengths, float), np.arange(len(lengths)), len(lengths))
        within = found.between(one, two)
    assert [*within] == [place for place, length in enumerate(lengths) if one <= length <= two]


def some_row(model: type[Model], data: st.DataObject) -> Any:
    rows = model._default_manager.order_by("pk")
    return rows[data.draw(st.integers(0, rows.count() - 1))]


def change_a_race(data: st.DataObject) -> None:
    changes = [
        {"sport": "triathlon"}, {"country": "CH", "region": "North"}, {"name": "A Race of Lyon"},
        {"latitude": 45.9, "longitude": 4.9}, {"latitude": None, "longitude": None},
        {"state": "draft"}, {"state": "published"},
    ]  # fmt: skip
    race = some_row(Race, data)
    Race.objects.filter(pk=race.pk).update(**data.draw(st.sampled_from(changes)))
    index_races(Race.objects.filter(pk=race.pk))


def change_an_edition(data: st.DataObject) -> None:
    edition = some_row(Edition, data)
    match data.draw(st.integers(0, 3)):
        case 0:
            edition.delete()
        case 1:
            edition.cancel()
            edition.save()
        case 2:
            day = TODAY + timedelta(days=data.draw(st.integers(-40, 900)))
            edition.correct_date(day, None, "day")
            edition.save()
        case _:
            race_in("Geneva", f"New {edition.pk}", start_date=TODAY + timedelta(days=50))


def change_a_distance(data: st.DataObject) -> None:
    distance = some_row(Distance, data)
    match data.draw(st.integers(0, 2)):
        case 0:
            distance.delete()
        case 1:
            Distance.objects.filter(pk=distance.pk).update(metres=42_195, entry="ballot")
        case _:
            other = some_row(Edition, data)
            Distance.objects.filter(pk=distance.pk).update(edition=other, name=f"to {other.pk}")


def change_a_price(data: st.DataObject) -> None:
    price = some_row(PriceTier, data)
    if data.draw(st.booleans()):
        price.delete()
    else:
        PriceTier.objects.filter(pk=price.pk).update(amount=1, currency="EUR")


CHANGES = [change_a_race, change_an_edition, change_a_distance, change_a_price]


@pytest.mark.dates
@pytest.mark.usefixtures("catalogue")
def test_what_has_changed_lies_over_the_stored_base_and_time_goes_on() -> None:
    """Never twice, never missed: whatever changed, whoever changed it, whenever somebody looks."""
    PriceTier.objects.filter(amount__lt=40).update(valid_until=TODAY + timedelta(days=20))
    base.make()
    # The changes of this transaction are in it.
    ChangedRace.objects.all().delete()
    moments = st.sampled_from([0, 1, 9, 21, 22, 40, 100])

    @settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.sampled_from(CHANGES), max_size=4), moments, searches, st.data())
    def change(changes: list[Any], later: int, search: RaceSearch, data: st.DataObject) -> None:
        # A version that was undone comes again.
        generations.watch.forget()
        index._held.forget()
        with transaction.atomic():
            assert index.answer(RaceSearch()).total > 150
            for one in changes:
                one(data)
                assert len(index.present().segments) == 1 + bool(base.state().changed)
            with time_machine.travel(NOW + timedelta(days=later, hours=13)):
                compare(search, data)
            transaction.set_rollback(True)

    change()


@pytest.mark.django_db
class TestTheBase:
    @pytest.fixture(autouse=True)
    def many(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        EditionFactory.create_batch(14)
        monkeypatch.setattr(base, "WORTH", 10)

    def test_the_worker_makes_it_where_there_are_many_races(self) -> None:
        tasks.renew_search_base.enqueue()
        queue.do_all()
        made = SearchBase.objects.get()
        ChangedRace.objects.all().delete()
        assert index.answer(RaceSearch()).total == Edition.objects.upcoming().count()
        # Only once more has changed than a process should read.
        Race.objects.filter(pk__in=Race.objects.values("pk")[:9]).update(sport="triathlon")
        assert not base.renew()
        Race.objects.filter(pk__in=Race.objects.values("pk")[:12]).update(sport="triathlon")
        assert base.renew()
        assert SearchBase.objects.get() != made

    def test_a_few_need_none_and_keep_no_notes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base, "WORTH", 1_000)
        assert ChangedRace.objects.exists()
        assert not base.renew()
        assert not SearchBase.objects.exists()
        assert not ChangedRace.objects.exists()

    def test_until_it_is_there_nothing_false_is_said(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(base, "MOST", 12)
        client.raise_request_exception = False
        answer = client.get("/races/")
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        base.make()
        ChangedRace.objects.all().delete()
        assert client.get("/races/").status_code == 200
        Race.objects.update(sport="triathlon")
        assert client.get("/races/").status_code == 503

    def test_one_of_another_life_of_the_database_is_not_believed(self) -> None:
        base.make()
        content_version.renew()
        assert base.state().number is None


@CONCURRENT
def test_what_was_begun_before_the_base_and_committed_after_it_is_not_missed(
    elsewhere: psycopg.Connection,
) -> None:
    race = EditionFactory().race
    elsewhere.execute("UPDATE races_race SET sport = 'duathlon' WHERE id = %s", [race.pk])
    base.make()
    assert index.answer(RaceSearch(sport=("duathlon",))).total == 0
    elsewhere.commit()
    assert index.answer(RaceSearch(sport=("duathlon",))).total == 1
    elsewhere.execute("TRUNCATE races_race CASCADE")
    elsewhere.commit()
    assert index.answer(RaceSearch()).total == 0


@given(searches)
def test_a_search_comes_back_from_its_query_as_it_was(search: RaceSearch) -> None:
    known = replace(search, near="")
    once, problems = read(known.to_query())
    assert read(once.to_query()) == (once, [])
    assert {problem.name for problem in problems} <= {"end", "shorter"}


rubbish = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["1e9", "-1", "٣", "0", "99999999", "2027-13", "2027-02-30", "0001-01", "9999-12",
     "1,2,3", "7,45,4,nan", "999,0,999,0", ",,,", "a" * 300, "\x00", "91,181", "Lyon, Atlantis"]
)  # fmt: skip


@pytest.mark.usefixtures("towns")
def test_rubbish_is_named_and_left_out_and_never_raises() -> None:
    names = [field.name for field in fields(RaceSearch)]

    @given(st.dictionaries(st.sampled_from(names), rubbish, max_size=5))
    def try_it(values: dict[str, str]) -> None:
        search, problems = read(urlencode(values))
        list(search.editions()[:2])
        assert index.answer(search).total == search.editions().count()
        named = {problem.name for problem in problems}
        for name, value in values.items():
            if name in named or not value.strip(" ,\t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"):
                continue
            assert getattr(search, name) or not value.strip()

    try_it()


def found(client: Client, query: str) -> list[str]:
    page = client.get(f"/races/?{query}").content.decode()
    rows = re.findall(r'race-row__name">\s*<a href="/races/[^"]+">([^<]+)<', page)
    return rows if "No race fits" not in page else []


@pytest.mark.usefixtures("towns")
class TestNearAPlace:
    @pytest.fixture(autouse=True)
    def races(self, towns: None) -> None:
        race_in("Lyon", "Lyon Ten", start_date=TODAY + timedelta(days=40))
        race_in("Annecy", "Lake Ten", start_date=TODAY + timedelta(days=20))
        race_in("Geneva", "Geneva Ten", start_date=TODAY + timedelta(days=30))
        race_in("Suva", "Fiji Ten", start_date=TODAY + timedelta(days=10))
        race_in("Apia", "Samoa Ten", start_date=TODAY + timedelta(days=50))
        EditionFactory(race__name="Somewhere", race__latitude=None, race__longitude=None)

    def test_the_circle_is_drawn_by_kilometres_or_miles(self, client: Client) -> None:
        assert found(client, "near=Lyon&within=50") == ["Lyon Ten"]
        assert found(client, "near=Lyon&within=105") == ["Lake Ten", "Lyon Ten"]
        assert found(client, "near=Lyon&within=66&unit=mi") == ["Lake Ten", "Lyon Ten"]
        assert found(client, "near=lyon, france&within=130&sort=near") == [
            "Lyon Ten", "Lake Ten", "Geneva Ten",
        ]  # fmt: skip

    def test_how_far_it_is_stands_at_the_race(self, client: Client) -> None:
        page = client.get("/races/?near=Lyon&within=105").content.decode()
        # Haversine by hand: 100.8 km.
        assert "101 km away" in page
        assert "right there" in page
        assert "63 mi away" in client.get("/races/?near=Lyon&within=66&unit=mi").content.decode()

    def test_it_goes_across_the_date_line(self, client: Client) -> None:
        assert found(client, "near=Suva&within=1200") == ["Fiji Ten", "Samoa Ten"]
        assert found(client, "near=Apia&within=1200") == ["Fiji Ten", "Samoa Ten"]

    def test_what_has_no_known_place_is_not_near_one(self, client: Client) -> None:
        assert "Somewhere" not in found(client, "near=Lyon&within=20000")
        assert len(found(client, "near=Lyon&within=20000")) == 5

    def test_an_unknown_town_is_named_beside_its_field(self, client: Client) -> None:
        page = client.get("/races/?near=Atlantis").content.decode()
        assert re.search(r'id="id_near_error".*?We know no town of this name', page, re.S)
        assert 'value="Atlantis"' in page
        assert len(found(client, "near=Atlantis")) == 6

    def test_little_found_says_what_a_wider_circle_gives(self, client: Client) -> None:
        page = client.get("/races/?near=Lyon&within=60").content.decode()
        assert re.search(r'href="/races/\?near=Lyon&amp;within=120"[^>]*>3 within 120 km<', page)


@given(st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(-89.9, 89.9), st.floats(-180, 180))
def test_the_frame_around_a_circle_cuts_nothing_off(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> None:
    """What is within the circle is within the frame that an index is asked for first."""
    here = near.Spot("", "", latitude, longitude)
    away = near.kilometres(here, other_latitude, other_longitude)
    for km in (away * 1.001 + 0.001, away + 50):
        assert near.frame(here, km).holds(other_latitude, other_longitude)


@pytest.mark.usefixtures("towns")
def test_what_is_said_of_a_distance_must_hold_of_one(client: Client) -> None:
    race = race_in("Lyon", "Two Ways")
    DistanceFactory(edition=race, name="50", metres=50_000, entry="ballot")
    DistanceFactory(edition=race, name="10", metres=10_000, entry="open")
    assert found(client, "distance=50k&entry=ballot") == ["Two Ways"]
    assert found(client, "distance=50k&entry=open") == []
    page = client.get("/races/?distance=50k").content.decode()
    assert "First come" not in page.split('id="facet-entry"')[1].split("</details>")[0]


@pytest.mark.usefixtures("catalogue")
class TestThePage:
    def test_an_option_leads_to_as_many_as_it_says(self, client: Client) -> None:
        page = client.get("/races/?sport=trail-running").content.decode()
        links = re.findall(
            r'class="facet__step" id="[^"]+" href="([^"]+)"[^>]*>.*?step__count">\s*([\d,]+)<',
            page,
            re.S,
        )
        assert len(links) > 40
        # A chosen one comes off, the others of its facet are added to it.
        for address, count in links[::9]:
            query = address.partition("?")[2].replace("&amp;", "&")
            if "sport=trail-running&" in query and "," not in query:
                assert RaceSearch.from_query(query).editions().count() == int(count)

    def test_what_is_chosen_comes_off_with_one_click(self, client: Client) -> None:
        page = client.get("/races/?sport=trail-running&distance=marathon,ultra").content.decode()
        chosen = re.findall(r'step--chosen" id="[^"]+" href="([^"]+)"', page)
        assert chosen == [
            "/races/?distance=marathon,ultra",
            "/races/?sport=trail-running&amp;distance=ultra",
            "/races/?sport=trail-running&amp;distance=marathon",
        ]

    def test_a_form_leads_to_a_short_address(self, client: Client) -> None:
        sent = "q=&near=lyon&within=&unit=&start=&end=&sport=trail-running&sport=road-running&x=1"
        answer = client.get(f"/races/?{sent}")
        assert (answer.status_code, answer["Location"]) == (
            302,
            "/races/?sport=road-running,trail-running&near=lyon",
        )
        assert client.get(answer["Location"]).status_code == 200

    def test_addresses_of_before_lead_on(self, client: Client) -> None:
        answer = client.get("/races/?month_from=2027-05&month_to=2027-06&page=2")
        assert answer["Location"].startswith("/races/?start=2027-05&end=2027-06")

    def test_values_that_are_unknown_are_named(self, client: Client) -> None:
        page = client.get("/races/?sport=curling,triathlon&within=x").content.decode()
        assert "We left out “curling”" in page
        assert re.search(r'id="id_within_error".*?This is not a whole number', page, re.S)

    def test_what_is_no_day_is_kept_to_be_mended(self, client: Client) -> None:
        page = client.get("/races/?start=last-year").content.decode()
        field = re.search(r'<input[^>]*name="start"[^>]*>', page)
        assert field
        assert 'value="last-year"' in field[0]
        assert 'type="text"' in field[0]
        assert "This is not a day or a month." in page

    def test_a_search_is_not_indexed_and_the_directory_is(self, client: Client) -> None:
        assert "noindex" not in client.get("/races/").content.decode()
        assert 'content="noindex, follow"' in client.get("/races/?sport=triathlon").content.decode()

    def test_pages_and_where_they_end(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("races.reading.views.DEEPEST", 48)
        page = client.get("/races/?page=99").content.decode()
        assert "Page 2 of 2" in page
        assert "These are the first 48." in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Races"),
        ("distance=10k&near=Lyon&start=2027-03&end=2027-05",
         "10K races near Lyon, France, from March 2027 to May 2027"),
        ("sport=trail-running&distance=ultra&continent=europe&when=2027-06",
         "Ultra races, trail & mountain running, in Europe, June 2027"),
        ("sport=triathlon&country=DE", "Triathlon races in Germany"),
        ("q=<b>", "Races for “<b>”"),
        ("sport=" + ",".join(Sport.values), "Races that fit"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("towns")
def test_the_heading_says_the_search(query: str, said: str, client: Client) -> None:
    page = client.get("/races/", QueryDict(query).dict()).content.decode()
    (shown,) = re.findall(r"<h1[^>]*>(.*?)</h1>", page)
    assert unescape(shown) == said
    found = "" if said == "Races" else ": 0 found"
    assert unescape(page).count(f"<title>{said}{found} · Startline</title>") == 1


@pytest.mark.usefixtures("catalogue")
class TestTheMap:
    def test_it_shows_the_races_of_the_search_and_the_list_as_well(self, client: Client) -> None:
        page = " ".join(
            client.get("/races/?near=Lyon&within=300&view=map").content.decode().split()
        )
        found = RaceSearch.from_query("near=Lyon&within=300").editions().count()
        assert f'aria-label="Map of {found} races, 300 km around Lyon, France"' in page
        assert page.count('<article class="race-row') == min(24, found)
        assert 'href="/races/?near=Lyon&amp;within=300">List</a>' in page

    def test_each_number_leads_to_at_least_as_many_races(self, client: Client) -> None:
        page = client.get("/races/?sport=trail-running&view=map").content.decode()
        narrow = page.split("race-map__pins--narrow")[1].split("</g>")[0]
        pins = re.findall(r'href="([^"]+)">\s*<title>(\d+) races', narrow)
        assert len(pins) > 3
        for address, count in pins:
            query = address.partition("?")[2].replace("&amp;", "&")
            assert "box=" in query
            assert RaceSearch.from_query(query).editions().count() >= int(count)

    def test_its_second_page_is_of_the_map_too(self, client: Client) -> None:
        page = client.get("/races/?sport=road-running&view=map").content.decode()
        assert 'href="?sport=road-running&amp;view=map&amp;page=2"' in page

    def test_nothing_found_draws_none(self, client: Client) -> None:
        assert "<figure" not in client.get("/races/?sport=aquathlon&view=map").content.decode()


@pytest.mark.dates
@pytest.mark.django_db
class TestDays:
    def edition(self, start: date, end: date | None = None, **more: object) -> Edition:
        made: Edition = EditionFactory(start_date=start, end_date=end or start, **more)
        return made

    @pytest.mark.parametrize("weekday", range(7))
    @pytest.mark.parametrize("length", [1, 2, 4, 5, 6, 7, 9])
    def test_at_a_weekend(self, weekday: int, length: int) -> None:
        monday = TODAY + timedelta(days=21 - TODAY.weekday())
        start = monday + timedelta(days=weekday)
        end = start + timedelta(days=length - 1)
        self.edition(start, end)
        each = [(start + timedelta(days=n)).weekday() for n in range(length)]
        is_found = RaceSearch(days=("weekend",)).editions().exists()
        assert is_found == bool({5, 6} & set(each))

    def test_this_weekend(self) -> None:
        today = timezone.localdate()
        saturday = today + timedelta(days=5 - today.weekday())
        sunday = saturday + timedelta(days=1)
        here = [self.edition(day) for day in {max(saturday, today), sunday}]
        self.edition(sunday + timedelta(days=1))
        assert set(RaceSearch(when=("weekend",)).editions()) == set(here)

    def test_a_short_span_finds_no_race_of_which_the_month_alone_is_known(self) -> None:
        first = (TODAY.replace(day=1) + timedelta(days=70)).replace(day=1)
        last = days.month(month_of(first))[1]  # type: ignore[index]
        self.edition(first, last, date_precision="month")
        for begin in (first, last - timedelta(days=4)):
            end = begin + timedelta(days=9)
            inside = RaceSearch(start=begin.isoformat(), end=end.isoformat())
            assert not inside.editions().exists()
            assert not index.answer(inside).total
        whole = RaceSearch(start=first.isoformat(), end=last.isoformat())
        for search in (whole, RaceSearch(when=(month_of(first),))):
            assert search.editions().exists()
            assert index.answer(search).total == 1

    def test_a_year_promises_no_month(self) -> None:
        first, last = date(TODAY.year + 1, 1, 1), date(TODAY.year + 1, 12, 31)
        self.edition(first, last, date_precision="year")
        whole = RaceSearch(start=first.isoformat(), end=last.isoformat())
        assert not whole.editions().exists()
        assert not index.answer(whole).total

    def test_a_month_that_is_over_is_an_address_still(self) -> None:
        assert RaceSearch.from_query("when=2020-05").when == ("2020-05",)
        assert not RaceSearch.from_query("when=2020-05").editions().exists()


@pytest.mark.usefixtures("catalogue")
def test_a_changed_race_is_counted_at_once(client: Client) -> None:
    assert index.answer(RaceSearch(sport=("aquathlon",))).total == 0
    Race.objects.filter(name="Race 0").update(sport="aquathlon")
    assert index.answer(RaceSearch(sport=("aquathlon",))).total == 1


@pytest.mark.usefixtures("catalogue")
def test_no_two_steps_of_length_overlap() -> None:
    """A distance is in one step of its sport at most, beside “Ultra”, which holds four of them."""
    steps = BY_NAME["distance"].options()
    for value, option in steps.items():
        for other, second in steps.items():
            if value < other and "ultra" not in (value, other):
                both = Distance.objects.filter(option.condition & second.condition)
                # Rides and swims have no class of their own yet.
                if "other" not in (value, other):
                    assert not both.exists(), (value, other)


@pytest.mark.usefixtures("towns")
def test_cards_read_by_their_keys_are_those_of_the_tables() -> None:
    """In the order of the keys; what is no longer public, or was never there, falls away."""
    lyon = RaceSearch(near="Lyon, FR", within="20000").here
    EditionFactory(race__state="draft")
    for latitude, longitude in [(45.76, 4.84), (-33.9, 151.2), (None, None)]:
        made = EditionFactory(race__latitude=latitude, race__longitude=longitude)
        for name in ("10K", "Marathon"):
            DistanceFactory(edition=made, name=name)
    keys = [10**9, *Edition.objects.order_by("-pk").values_list("pk", flat=True)]
    whole = Edition.objects.published().with_last_seen().select_related("race")
    by_table = {edition.pk: edition for edition in whole.prefetch_related("distances")}
    read = cards(keys)
    assert [edition.pk for edition in read] == [key for key in keys if key in by_table]
    for edition in read:
        same = by_table[edition.pk]
        assert (edition, edition.race) == (same, same.race)
        assert race_row(edition) == race_row(same)
    placed = Edition.objects.published().exclude(race__latitude=None)
    away = dict(near.with_distance(placed, lyon).values_list("pk", "away_km"))
    for edition in cards(list(away), lyon):
        assert edition.away_km == pytest.approx(away[edition.pk], abs=0.001)


def test_what_a_stranger_types_is_no_markup(client: Client, db: None) -> None:
    EditionFactory(race__region='<i>"Île"&', race__country="FR", start_date=TODAY)
    typed = {"country": "FR", "region": '<i>"Île"&'}
    page = client.get("/races/", typed, follow=True).content.decode()
    assert "&lt;i&gt;&quot;Île&quot;&amp;" in page
    assert "<i>" not in page
    assert "region=%3Ci%3E%22%C3%8Ele%22%26" in client.get("/races/?country=FR").content.decode()
