"""What people type into the search of races, and what it is read as."""

from collections import Counter
from dataclasses import replace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from glossary.files.loading import load_glossary
from races.files.loading import load_races
from races.files.places import load_places
from races.models import Place, Race
from races.search import index
from races.search.criteria import RaceSearch, read
from races.search.text import index_races
from races.search.understanding import understand
from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db

# On 9 March 2027. The query of the search; what is left as text is its q.
MEANT = {
    # Lengths and places.
    "10k near lyon": "distance=10k&near=Lyon,+FR",
    "10 k near Lyon in spring": "distance=10k&start=2027-03&end=2027-05&near=Lyon,+FR",
    "10 km around zurich": "distance=10k&near=Zürich,+CH",
    "10k lyon": "distance=10k&near=Lyon,+FR",
    "a 10K in Lyon, France": "distance=10k&near=Lyon,+FR",
    "lyon france 10k": "distance=10k&near=Lyon,+FR",
    "marathon in june in europe": "distance=marathon&when=2027-06&continent=europe",
    "trail ultra europe june": "sport=trail-running&distance=ultra&when=2027-06&continent=europe",
    "half marathon within 50 miles of chicago": (
        "distance=half-marathon&near=Chicago,+Illinois,+US&within=50&unit=mi"
    ),
    "marathon within 200 km of Chicago": "distance=marathon&near=Chicago,+Illinois,+US&within=200",
    "10 miles within 30 km of bath": "longer=14.484&shorter=17.703&near=Bath,+GB&within=30",
    "100 miles": "distance=100mi",
    "100-mile": "distance=100mi",
    "50k trail": "sport=trail-running&distance=50k",
    "50 mile": "distance=50mi",
    "21.1 km": "distance=half-marathon",
    "42k": "distance=marathon",
    "15k": "longer=13.5&shorter=16.5",
    "10 miles": "longer=9&shorter=11&unit=mi",
    "between 20 and 30 km": "longer=20&shorter=30",
    "20-30 km trail": "sport=trail-running&longer=20&shorter=30",
    "20 to 30 miles": "longer=20&shorter=30&unit=mi",
    "over 50 miles": "longer=50&unit=mi",
    "5k and 10k": "distance=5k,10k",
    "open water swim over 5k": "sport=open-water&longer=5",
    "open water 5k": "sport=open-water&longer=4.5&shorter=5.5",
    "gravel 100 mile": "sport=gravel-cycling&longer=90&shorter=110&unit=mi",
    "backyard": "distance=backyard",
    "wheelchair marathon": "distance=marathon&wheelchair=yes",
    "half marathons with a wheelchair race": "distance=half-marathon&wheelchair=yes",
    "backyard ultras in the uk": "distance=backyard&country=GB",
    "24 hour race": "distance=timed",
    # Sports.
    "olympic triathlon": "distance=olympic-tri",
    "70.3": "distance=middle-tri",
    "sprint tri in germany": "distance=sprint-tri&country=DE",
    "half ironman": "distance=middle-tri",
    "triathlons": "sport=triathlon",
    "trail running": "sport=trail-running",
    "cycling italy": "sport=road-cycling,gravel-cycling,mountain-biking&country=IT",
    "swimruns in sweden": "sport=swimrun&country=SE",
    "xc": "sport=cross-country",
    # Places.
    "usa": "country=US",
    "UK": "country=GB",
    "holland": "country=NL",
    "u.s.a.": "country=US",
    "FR": "country=FR",
    "europe": "continent=europe",
    "south america": "continent=south-america",
    "marathons in asia": "distance=marathon&continent=asia",
    "ultra in colorado": "distance=ultra&region=Colorado",
    "trail in british columbia": "sport=trail-running&region=British+Columbia",
    "10k in texas": "distance=10k&region=Texas",
    "10k in georgia": "distance=10k&region=Georgia",
    "marathon near Portland": "distance=marathon&near=Portland,+Oregon,+US",
    "marathon near portland, me": "distance=marathon&near=Portland,+Maine,+US",
    "marathon near portland maine": "distance=marathon&near=Portland,+Maine,+US",
    "portland maine 10k": "distance=10k&near=Portland,+Maine,+US",
    "10k in paris texas": "distance=10k&near=Paris,+Texas,+US",
    "5k near LA": "distance=5k&near=Los+Angeles,+California,+US",
    "10k near NYC": "distance=10k&near=New+York+City,+New+York,+US",
    "triathlon in mexico city": "sport=triathlon&near=Mexico+City,+MX",
    "10k near half moon bay": "q=half+moon+bay&distance=10k",
    "half marathon near xyzzy": "q=xyzzy&distance=half-marathon",
    "10k near me": "distance=10k",
    # Days.
    "races this weekend": "when=weekend",
    "next weekend": "start=2027-03-20&end=2027-03-21",
    "weekend of 8 may": "start=2027-05-08&end=2027-05-09",
    "marathons on the weekend of 8-9 may 2027": (
        "distance=marathon&start=2027-05-08&end=2027-05-09"
    ),
    "the weekend of may 9th": "start=2027-05-08&end=2027-05-09",
    "weekend around 5 may": "start=2027-05-08&end=2027-05-09",
    "10k next month": "distance=10k&when=2027-04",
    "in 2027": "start=2027-01&end=2027-12",
    "marathons 2028": "distance=marathon&start=2028-01&end=2028-12",
    "summer": "start=2027-06&end=2027-08",
    "marathon fall 2027": "distance=marathon&start=2027-09&end=2027-11",
    "winter marathon": "distance=marathon&start=2027-12&end=2028-02",
    "marathon in australia in spring": (
        "distance=marathon&start=2027-09&end=2027-11&country=AU"
    ),
    "10k near cape town in summer": (
        "distance=10k&start=2027-12&end=2028-02&near=Cape+Town,+ZA"
    ),
    "june 2027": "when=2027-06",
    "jan": "when=2028-01",
    "10k june to august": "distance=10k&start=2027-06&end=2027-08",
    "november - february": "start=2027-11&end=2028-02",
    "10k june or september": "distance=10k&when=2027-06,2027-09",
    "marathon on 12 june": "distance=marathon&start=2027-06-12&end=2027-06-12",
    "marathon june 12th": "distance=marathon&start=2027-06-12&end=2027-06-12",
    "marathon june 10 k": "distance=10k,marathon&when=2027-06",
    "10k before june": "distance=10k&end=2027-05",
    "10k after 1 may": "distance=10k&start=2027-05-02",
    "next 30 days": "when=30-days",
    "from 12 june to 20 july": "start=2027-06-12&end=2027-07-20",
    "first trail ultra in europe in june": (
        "sport=trail-running&distance=ultra&when=2027-06&continent=europe"
    ),
    "ultra 100 km": "distance=100k",
    "trail races around Chamonix": "q=Chamonix&sport=trail-running",
    "half marathons at a weekend": "distance=half-marathon&days=weekend",
    # The rest.
    "10k under 60 euros": "distance=10k&price=60&currency=EUR",
    "under £40": "price=40&currency=GBP",
    "flat half marathon in germany": "distance=half-marathon&country=DE&slope=flat",
    "cheapest marathon": "distance=marathon&sort=price",
    # Typing errors.
    "marathn in germny": "distance=marathon&country=DE",
    "triatlon near hamburg": "sport=triathlon&near=Hamburg,+DE",
    "half marathon febuary": "distance=half-marathon&when=2028-02",
    # Names.
    "paris marathon": "q=paris+marathon",
    "Berlin Half Marathon": "q=Berlin+Half+Marathon",
    "two oceans": "q=two+oceans",
    "great north run": "q=great+north+run",
    "ultra trail cape town": "q=ultra+trail+cape+town",
    "new york city marathon": "q=new+york+city+marathon",
    "NYC marathon": "q=New+York+City+marathon",
    "swiss canyon trail": "q=swiss+canyon+trail",
    "singapore marathon": "q=singapore+marathon",
    "hong kong 100": "q=hong+kong+100",
    "leadville trail 100": "q=leadville+trail+100",
    "western states 100": "q=western+states+100",
    "gold coast marathon": "q=gold+coast+marathon",
    "ironman 70.3 goa": "q=ironman+70.3+goa",
    "ironman": "q=ironman",
    "may hill race": "q=may+hill+race",
    "berlin": "q=berlin",
    "london marathon april": "q=london+marathon&when=2027-04",
    "great north run in september": "q=great+north+run&when=2027-09",
    "two oceans in south africa": "q=two+oceans&country=ZA",
    "parkrun": "q=parkrun",
    "xyzzy": "q=xyzzy",
    '"10k near lyon"': "q=%2210k+near+lyon%22",
    '"great north" 10k': "q=%22great+north%22&distance=10k",
    "": "",
}  # fmt: skip


def test_what_is_typed_is_understood() -> None:
    """In one test, because loading the catalogue takes seconds: all that fail are told together."""
    load_places()
    load_glossary()
    load_races()
    may_hill = EditionFactory(race__name="May Hill Race", race__country="GB").race
    index_races(Race.objects.filter(pk=may_hill.pk))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    understand(RaceSearch(q="what is kept until races change"))
    wrong, queries = {}, []
    with time_machine.travel("2027-03-09T09:00Z"):
        for typed, query in MEANT.items():
            with CaptureQueriesContext(connection) as asked:
                found = understand(RaceSearch(q=typed)).search
            queries.append(len(asked))
            if found != RaceSearch.from_query(query):
                wrong[typed] = found.to_query()
    assert wrong == {}
    assert max(queries) <= 5

    places = Place.objects.filter(keys__contains=["portland"])
    assert places[0].region == "Oregon"
    portland = understand(RaceSearch(q="10k near Portland")).parts[1]
    assert portland.words == "near Portland"
    assert portland.label == "near Portland, Oregon, United States"
    assert [(other.field, other.value) for other in portland.others] == [
        ("near", "Portland, Maine, US")
    ]
    georgia = understand(RaceSearch(q="10k in Georgia")).parts[1]
    assert georgia.label == "in Georgia, United States"
    assert [other.label for other in georgia.others] == ["in Georgia"]


def labels(typed: str) -> str:
    return " · ".join(part.label for part in understand(RaceSearch(q=typed)).parts)


@time_machine.travel("2027-03-09T09:00Z")
def test_what_was_understood_is_said() -> None:
    assert labels("10k in france in spring") == "10K · in France · in spring (March to May 2027)"
    assert (
        labels("ultra in the usa 12-14 june")
        == "Ultra · in the United States · on 12 to 14 June 2027"
    )
    assert labels("swim over 5k under £40") == "Open-water swimming · at least 5 km · at most £40"
    assert labels("next weekend") == "next weekend (20 to 21 March 2027)"
    assert labels("xyzzy") == ""
    near_me = understand(RaceSearch(q="10k near me"))
    assert [part.values for part in near_me.parts] == [(("distance", "10k"),), (("near", ""),)]
    assert near_me.search == RaceSearch(distance=("10k",))


@time_machine.travel("2027-03-09T09:00Z")
def test_what_was_chosen_stays_unless_something_else_is_said() -> None:
    chosen = RaceSearch(
        q="10k over 5 miles in june",
        distance=("5k",),
        shorter="100",
        end="2027-05",
        country=("FR",),
    )
    assert understand(chosen).search == RaceSearch(
        distance=("5k", "10k"),
        longer="5",
        shorter="62.137",
        unit="mi",
        when=("2027-06",),
        end="2027-05",
        country=("FR",),
    )
    # What contradicts what is said now, goes.
    before = RaceSearch(q="after june over 10 km", end="2027-05", shorter="5")
    assert understand(before).search == RaceSearch(start="2027-07", longer="10")
    # The southern summer, of a country that was chosen before.
    south = understand(RaceSearch(q="summer", country=("NZ",))).search
    assert (south.start, south.end) == ("2027-12", "2028-02")


@pytest.mark.parametrize(
    ("now", "typed", "query"),
    [
        ("2027-01-10", "winter", "start=2026-12&end=2027-02"),
        ("2027-03-01", "winter", "start=2027-12&end=2028-02"),
        ("2027-12-31", "january", "when=2028-01"),
        ("2027-12-31", "december", "when=2027-12"),
        ("2028-02-29", "29 february", "start=2028-02-29&end=2028-02-29"),
        # That year has no such day, and "29" stays text.
        ("2028-03-01", "29 february", "when=2029-02"),
        ("2027-03-13", "next weekend", "start=2027-03-20&end=2027-03-21"),
        ("2027-03-14", "next weekend", "start=2027-03-20&end=2027-03-21"),
        ("2027-01-31", "next month", "when=2027-02"),
        ("2027-12-05", "next month", "when=2028-01"),
        ("2027-12-05", "before january", "end=2027-12"),
        ("2027-12-05", "after december", "start=2028-01"),
    ],
)
def test_days_are_of_the_year_to_come(now: str, typed: str, query: str) -> None:
    with time_machine.travel(f"{now}T12:00Z"):
        found = understand(RaceSearch(q=typed)).search
    assert replace(found, q="") == RaceSearch.from_query(query)


def test_a_typing_error_that_is_a_word_of_a_race_is_none() -> None:
    assert understand(RaceSearch(q="10k trathlon")).search.sport == ("triathlon",)
    race = EditionFactory(race__name="Trathlon Loch Race").race
    index_races(Race.objects.filter(pk=race.pk))
    assert understand(RaceSearch(q="10k trathlon")).search.q == "trathlon"
    index_races(Race.objects.filter(pk=race.pk))


WORDS = st.sampled_from(
    ["10k", "near", "in", "lyon", "spring", "marathon", "within", "50", "miles", "of", "km", "may",
     "june", "2027", "12", "-", "to", "between", "and", "under", "60", "€", "£40", '"', "usa",
     "Georgia", "the", "race", "NYC", "next", "weekend", "over", "100", "ultra", "half", "|", "_",
     "(", "us", "US", "portland,", "ME", "before", "after", "30", "february", "swim", "mi", "from"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(st.one_of(st.text(max_size=100), st.lists(WORDS, max_size=14).map(" ".join)))
@example('" " "')
@example("NYC " * 25)
@example("near")
@example("within 50 km of")
def test_no_word_is_lost_and_rubbish_is_text(typed: str) -> None:
    if not Place.objects.exists():
        near = {"latitude": 1.0, "longitude": 1.0, "time_zone": "UTC", "population": 1}
        for pk, name, country in [(1, "Lyon", "FR"), (2, "Portland", "US"), (3, "NYC", "US")]:
            Place.objects.create(
                geoname_id=pk, name=name, keys=[name.lower()], country=country, **near
            )
    typed = typed[:100]
    index.present()  # it is held until races change
    with CaptureQueriesContext(connection) as asked:
        found = understand(RaceSearch(q=typed))
    assert len(asked) <= 5
    said = Counter(word for part in found.parts for word in part.words.split())
    left = Counter(found.search.q.split())
    for part in found.parts:
        if part.field == "q":
            left.subtract(part.values[0][1].split())
    assert said + left == Counter(typed.split())
    # What came of it is a search that an address can hold.
    again, problems = read(found.search.to_query())
    assert problems == [] or "\x00" in typed
    assert again == replace(found.search, q=found.search.q.strip()) or problems
