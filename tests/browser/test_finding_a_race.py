"""Finding a race as people do, each answer compared with plain SQL over the ordinary tables."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, Route, expect
from pytest_django.plugin import DjangoDbBlocker

from races.models import Distance, Edition, Place, PriceTier, Race
from races.search.text import index_races
from tests.browser.people import watched
from tests.factories import DistanceFactory, EditionFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

TOWNS = {
    "Lyon": ("FR", "", 45.748, 4.846, 522_250),
    "Annecy": ("FR", "", 45.908, 6.128, 126_924),
    "Paris": ("FR", "", 48.853, 2.349, 2_138_551),
    "Hamburg": ("DE", "", 53.551, 9.993, 1_845_229),
    "Chamonix": ("FR", "", 45.924, 6.870, 9_830),
    "Zürich": ("CH", "", 47.367, 8.550, 415_215),
    "Keswick": ("GB", "England", 54.601, -3.138, 5_243),
    "Chicago": ("US", "Illinois", 41.850, -87.650, 2_746_388),
    "Milwaukee": ("US", "Wisconsin", 43.039, -87.906, 577_222),
    "Madison": ("US", "Wisconsin", 43.073, -89.401, 269_840),
    "Portland": ("US", "Oregon", 45.523, -122.676, 652_503),
    "South Portland": ("US", "Maine", 43.641, -70.241, 25_532),
    "Cape Town": ("ZA", "", -33.926, 18.423, 3_433_441),
    "Suva": ("FJ", "", -18.142, 178.441, 93_970),
    "Apia": ("WS", "", -13.833, -171.767, 40_407),
}
OPEN, BALLOT = {"entry": "open"}, {"entry": "ballot"}
TEN = ("10K", 10_000)
HALF = ("Half marathon", 21_097)
MARATHON = ("Marathon", 42_195)
MILES_100 = ("100 miles", 161_000)
K50 = ("50 km", 50_000)
OLYMPIC = ("Olympic", 51_500, {"distance_class": "olympic-tri"})
SPRINT = ("Sprint", 25_750, {"distance_class": "sprint-tri"})
# Name, sport, town, month with a day or a rule, what one enters.
RACES: list[tuple[str, str, str, tuple[int, int | str], list[tuple[Any, ...]]]] = [
    ("Foulée du Rhône", "road-running", "Lyon", (3, 14), [TEN, HALF]),
    ("Lake Ten", "road-running", "Annecy", (4, "second Sunday of April"), [TEN]),
    ("Course des Quais", "road-running", "Lyon", (5, 31), [TEN]),
    ("Lyon Half", "road-running", "Lyon", (4, 4), [HALF]),
    ("Lyon in Autumn", "road-running", "Lyon", (10, 4), [TEN]),
    ("Seine Ten", "road-running", "Paris", (4, 11), [TEN]),
    ("Trail du Lac", "trail-running", "Annecy", (6, 5), [K50, ("12 km", 12_000)]),
    ("Alps Hundred", "trail-running", "Chamonix", (6, "last weekend of June"), [MILES_100]),
    ("Fells Fifty", "trail-running", "Keswick", (6, ""), [K50]),
    ("Alps in August", "trail-running", "Chamonix", (8, 28), [MILES_100, K50]),
    ("June Road Ultra", "road-running", "Zürich", (6, 12), [("100 km", 100_000)]),
    ("Oregon in June", "trail-running", "Portland", (6, 19), [K50, MILES_100]),
    ("Windy Marathon", "road-running", "Chicago", (10, "first Sunday of October"), [MARATHON]),
    ("Lakefront Marathon", "road-running", "Milwaukee", (10, 3), [MARATHON, HALF]),
    ("Dairyland Marathon", "road-running", "Madison", (11, 8), [MARATHON]),
    ("Rose Marathon", "road-running", "Portland", (10, 3), [MARATHON]),
    ("Chicago Half", "road-running", "Chicago", (9, 27), [HALF]),
    ("Alster Triathlon", "triathlon", "Hamburg", (7, 10), [OLYMPIC, SPRINT]),
    ("Elbe Sprint", "triathlon", "Hamburg", (7, 17), [SPRINT]),
    ("Zürich Triathlon", "triathlon", "Zürich", (7, 10), [OLYMPIC]),
    ("Derwent Three", "open-water", "Keswick", (7, 3), [("3 km", 3_000), ("1 km", 1_000)]),
    ("Derwent Long", "open-water", "Keswick", (9, 5), [("10 km", 10_000)]),
    ("Zürich Crossing", "open-water", "Zürich", (7, 3), [("3.9 km", 3_900)]),
    ("Evening Swim", "open-water", "Zürich", (7, "first Saturday of July"), [("1 km", 1_000)]),
    ("Suva Ten", "road-running", "Suva", (8, 1), [TEN]),
    ("Apia Half", "road-running", "Apia", (8, 8), [HALF]),
    ("Cape Peninsula", "road-running", "Cape Town", (4, 3), [("56 km", 56_000, BALLOT), TEN]),
    (
        "Midwest Open Half", "road-running", "Madison", (5, 9),
        [("Half marathon", 21_097, {**OPEN, "price": 45}), ("10K", 10_000, {"price": 25})],
    ),
    (
        "Midwest Dear Half", "road-running", "Madison", (5, 16),
        [("Half marathon", 21_097, {**OPEN, "price": 95}), ("10K", 10_000, {**OPEN, "price": 30})],
    ),
    (
        "Maine Half", "road-running", "South Portland", (9, 12),
        [("Half marathon", 21_097, {**BALLOT, "price": 50})],
    ),
    (
        "Flat Marathon", "road-running", "Hamburg", (4, 25),
        [("Marathon", 42_195, {"ascent_metres": 60, "surface": "road", "cut_off_minutes": 390})],
    ),
    (
        "Hill Marathon", "road-running", "Zürich", (5, 2),
        [("Marathon", 42_195, {"ascent_metres": 700, "surface": "road", "cut_off_minutes": 300}),
         ("Half marathon", 21_097, {"ascent_metres": 90, "cut_off_minutes": 240})],
    ),
    (
        "Measured Ten", "road-running", "Paris", (9, 20),
        [("10K", 10_000, {"certification": "World Athletics"})],
    ),
]  # fmt: skip
TODAY = timezone.localdate()


def coming(month: int, day: int) -> date:
    this_year = date(TODAY.year, month, day)
    return this_year if this_year >= TODAY else date(TODAY.year + 1, month, day)


def month_ahead(month: int) -> tuple[date, date]:
    """The first and the last day of the next such month that is not over."""
    year = TODAY.year + (month < TODAY.month)
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def spelt(month: date) -> str:
    return f"{month:%B %Y}"


@pytest.fixture(scope="module")
def catalogue(site: str, django_db_blocker: DjangoDbBlocker) -> str:
    with django_db_blocker.unblock():
        for number, (name, (country, region, north, east, people)) in enumerate(TOWNS.items(), 1):
            key = name.lower().replace("ü", "u").replace(" ", "")
            Place.objects.create(
                geoname_id=number, name=name, keys=[key], country=country, region=region,
                latitude=north, longitude=east, population=people, time_zone="UTC",
            )  # fmt: skip
        for name, sport, town, when, distances in RACES:
            _make(name, sport, town, when, distances)
        for number in range(30):
            when = (number % 12 + 1, 1 + number % 25)
            _make(f"Club Run {number}", "cross-country", "Paris", when, [("8 km", 8_000)])
        # None of these is to be found.
        _make("Draft in Lyon", "road-running", "Lyon", (4, 18), [TEN], race__state="draft")
        index_races(Race.objects.all())
    return site


def _make(
    name: str,
    sport: str,
    town: str,
    when: tuple[int, int | str],
    distances: list[tuple[Any, ...]],
    **more: Any,
) -> Edition:
    country, region, north, east, _ = TOWNS[town]
    month, day = when
    dates: dict[str, Any] = {}
    if isinstance(day, int):
        dates["start_date"] = coming(month, day)
    else:
        start, end = month_ahead(month)
        dates = {"start_date": start, "end_date": end, "date_precision": "month"}
        more |= {"race__usual_rule": day, "race__usual_month": month}
    edition: Edition = EditionFactory(
        race__name=name, race__sport=sport, race__city=town, race__country=country,
        race__region=region, race__latitude=north, race__longitude=east, **dates, **more,
    )  # fmt: skip
    for called, metres, *rest in distances:
        values = {**rest[0]} if rest else {}
        price = values.pop("price", None)
        distance: Distance = DistanceFactory(edition=edition, name=called, metres=metres, **values)
        if price:
            PriceTier.objects.create(distance=distance, name="Entry", amount=price, currency="USD")
    return edition


UPCOMING = """
SELECT race.name FROM races_edition edition JOIN races_race race ON race.id = edition.race_id
WHERE race.state = 'published' AND edition.over_at > now()
"""
ON_DAYS = """
AND CASE WHEN date_precision = 'day' THEN start_date <= %(last)s AND end_date >= %(first)s
         WHEN expected_on IS NOT NULL THEN expected_on BETWEEN %(first)s AND %(last)s
         WHEN date_precision = 'month' THEN start_date <= %(last)s AND end_date >= %(first)s
    END
"""
# By the law of cosines, in kilometres.
AROUND = """
AND 6371.0088 * acos(least(1, sin(radians(%(north)s)) * sin(radians(race.latitude))
    + cos(radians(%(north)s)) * cos(radians(race.latitude))
    * cos(radians(race.longitude - %(east)s)))) <= %(km)s
"""


def with_distance(condition: str) -> str:
    return (
        "AND EXISTS (SELECT FROM races_distance distance WHERE edition_id = edition.id"
        f" AND {condition})"
    )


def around(town: str, km: float) -> dict[str, Any]:
    return {"north": TOWNS[town][2], "east": TOWNS[town][3], "km": km}


def span(first: date, last: date) -> dict[str, Any]:
    return {"first": first, "last": last}


def in_tables(*conditions: str, **values: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(UPCOMING + "\n".join(conditions), values)
        return sorted(name for (name,) in cursor.fetchall())


@pytest.fixture
def person(browser: Browser, catalogue: str) -> Iterator[Callable[..., Page]]:
    """Somebody on the page of all races, at a desk unless said otherwise."""
    contexts, troubles = [], []

    def come(width: int = 1280, **more: Any) -> Page:
        size = {"width": width, "height": 800}
        context = browser.new_context(base_url=catalogue, viewport=size, locale="en-GB", **more)
        context.set_default_timeout(10_000)
        contexts.append(context)
        troubles.append(watched(context, catalogue))
        page = context.new_page()
        page.goto("/races/")
        return page

    yield come
    for context in contexts:
        context.close()
    assert not any(troubles)


PHONE: dict[str, Any] = {"width": 390, "is_mobile": True, "has_touch": True}
NO_SCRIPT: dict[str, Any] = {"java_script_enabled": False}


def total(page: Page) -> int:
    said = re.match(r"([\d,]+) race", page.locator("#found").inner_text())
    return int(said[1].replace(",", "")) if said else 0


def answer(page: Page) -> list[str]:
    """The races of all pages, and what the page says that they are must be as many."""
    said, names = total(page), []
    while True:
        # All of it has come: what stands below the list.
        expect(page.locator(".organizer-call")).to_be_attached()
        expect(page.locator(".race-rows").first).to_be_attached()
        names += page.locator(".race-rows .race-row__name").all_inner_texts()
        following = page.get_by_role("link", name="Next", exact=True)
        if not following.count():
            break
        now = page.get_by_text(re.compile(r"^Page \d+ of")).inner_text()
        following.click()
        expect(page.get_by_text(re.compile(r"^Page \d+ of"))).not_to_have_text(now)
    assert said == len(names)
    return names


def search_for(page: Page, words: str) -> None:
    page.get_by_label("What, where, when").fill(words)
    show(page)


def show(page: Page) -> None:
    before = page.url
    page.get_by_role("button", name="Show races").click()
    page.wait_for_url(lambda url: url != before)
    expect(page.locator("#finder:not([aria-busy])")).to_be_visible()


def chip(page: Page, words: str) -> Locator:
    return page.locator(".step--chosen", has_text=words)


def choose(page: Page, facet: str, option: str) -> None:
    """An option of the filters, which must lead to as many as it says."""
    box = page.locator(".facet").filter(has=page.locator("summary").get_by_text(facet, exact=True))
    if not box.is_visible():
        page.locator(".filters__head").click()
    if box.get_attribute("open") is None:
        box.locator("> summary").click()
    link = box.get_by_role("link", name=re.compile(rf"^{re.escape(option)}\s*[\d,]+ races?$"))
    if not link.is_visible():
        box.locator(".facet__rest > summary").click()
    count = int(link.locator(".step__count").inner_text().split()[0].replace(",", ""))
    link.click()
    expect(chip(page, option)).to_be_visible()
    assert total(page) == count


def more(page: Page) -> None:
    page.locator("summary", has_text="Place, dates, length, price").click()


class TestWhatPeopleLookFor:
    def test_a_10k_near_lyon_in_spring(self, person: Callable[..., Page]) -> None:
        page = person()
        search_for(page, "10k near Lyon in spring")
        expect(chip(page, "Lyon, France")).to_be_visible()
        year = coming(5, 31).year
        assert sorted(answer(page)) == in_tables(
            with_distance("metres BETWEEN 9800 AND 10300"), ON_DAYS, AROUND,
            **span(date(year, 3, 1), date(year, 5, 31)), **around("Lyon", 100),
        )  # fmt: skip

    def test_a_first_trail_ultra_in_europe_in_june(self, person: Callable[..., Page]) -> None:
        page = person()
        june = month_ahead(6)
        choose(page, "Sport", "Trail & mountain running")
        choose(page, "Distance", "Ultra")
        choose(page, "When", spelt(june[0]))
        choose(page, "Continent", "Europe")
        assert sorted(answer(page)) == in_tables(
            "AND sport = 'trail-running' AND country IN ('FR', 'CH', 'GB', 'DE', 'IT', 'ES')",
            with_distance("metres > 42900"), ON_DAYS, **span(*june),
        )  # fmt: skip
        # For a first one, not so long.
        chip(page, "Ultra").click()
        expect(chip(page, "Ultra")).to_have_count(0)
        choose(page, "Distance", "50 km")
        assert set(answer(page)) == {"Trail du Lac", "Fells Fifty"}

    def test_a_marathon_within_200_km_of_chicago_on_a_phone(
        self, person: Callable[..., Page]
    ) -> None:
        page = person(**PHONE)
        page.get_by_label("What, where, when").fill("marathon")
        more(page)
        town = page.get_by_label("Near a town")
        town.press_sequentially("chic")
        page.get_by_role("option", name="Chicago").tap()
        expect(town).to_have_value("Chicago, Illinois, US")
        page.get_by_label("Within").fill("200")
        show(page)
        assert sorted(answer(page)) == in_tables(
            with_distance("metres BETWEEN 41900 AND 42900"), AROUND, **around("Chicago", 200)
        )
        assert "Dairyland Marathon" in answer(page)

    def test_an_olympic_triathlon_in_ones_own_country_without_script(
        self, person: Callable[..., Page]
    ) -> None:
        page = person(**NO_SCRIPT)
        choose(page, "Country", "Germany")
        choose(page, "Distance", "Olympic triathlon")
        assert sorted(answer(page)) == in_tables(
            "AND country = 'DE'", with_distance("distance_class = 'olympic-tri'")
        )

    @pytest.mark.parametrize("way", ["by its days", "in words"])
    def test_the_races_of_one_weekend(self, person: Callable[..., Page], way: str) -> None:
        page = person(**PHONE)
        july = month_ahead(7)[0]
        saturday = july + timedelta(days=5 - july.weekday() + 7 * (july.weekday() == 6))
        sunday = saturday + timedelta(days=1)
        if way == "in words":
            search_for(page, f"weekend of {saturday.day} {saturday:%B %Y}")
        else:
            more(page)
            page.get_by_label("From").fill(saturday.isoformat())
            page.get_by_label(re.compile(r"^To\b")).fill(sunday.isoformat())
            show(page)
        assert sorted(answer(page)) == in_tables(
            "AND (date_precision = 'day' OR expected_on IS NOT NULL)", ON_DAYS,
            **span(saturday, sunday),
        )  # fmt: skip
        assert "Evening Swim" in answer(page)


class TestTheWayThere:
    def test_a_half_marathon_in_the_usa_for_at_most_60_dollars(
        self, person: Callable[..., Page]
    ) -> None:
        """The price must be that of the half marathon, not of the ten kilometres beside it."""
        page = person()
        search_for(page, "usa")
        choose(page, "Distance", "Half marathon")
        more(page)
        page.get_by_label("Entry up to").fill("60")
        page.get_by_label("Currency").fill("USD")
        show(page)
        choose(page, "How to get in", "First come, first served")
        assert answer(page) == in_tables(
            "AND country = 'US'",
            with_distance(
                "metres BETWEEN 20900 AND 21400 AND entry = 'open' AND EXISTS (SELECT FROM"
                " races_pricetier tier WHERE tier.distance_id = distance.id AND amount <= 60"
                " AND currency = 'USD' AND (valid_until IS NULL OR valid_until >= now()))"
            ),
        )

    def test_a_flat_marathon_on_the_road(self, person: Callable[..., Page]) -> None:
        page = person()
        choose(page, "Climb for each kilometre", "Flat: under 10 m")
        choose(page, "Surface", "Road")
        choose(page, "Distance", "Marathon")
        assert sorted(answer(page)) == in_tables(
            with_distance(
                "metres BETWEEN 41900 AND 42900 AND surface = 'road'"
                " AND ascent_metres * 1000.0 / metres < 10"
            )
        )

    def test_a_race_that_can_be_walked(self, person: Callable[..., Page]) -> None:
        page = person()
        search_for(page, "walkable half marathon")
        assert sorted(answer(page)) == in_tables(
            "AND sport IN ('road-running', 'trail-running', 'cross-country')",
            with_distance(
                "metres BETWEEN 20900 AND 21400 AND cut_off_minutes >= metres * 9 / 1000.0"
            ),
        )

    def test_a_backyard_ultra_by_keyboard_alone(self, person: Callable[..., Page]) -> None:
        page = person()
        page.get_by_label("What, where, when").focus()
        page.keyboard.type("backyard ultra in europe")
        page.keyboard.press("Enter")
        expect(page.locator("#found")).to_be_focused()
        expect(page.locator("#found")).to_have_text("No race fits")
        # What takes a part off stands before the heading.
        for _ in range(20):
            page.keyboard.press("Shift+Tab")
            if page.locator(":focus").inner_text().startswith("Europe"):
                break
        page.keyboard.press("Enter")
        expect(chip(page, "Europe")).to_have_count(0)
        assert answer(page) == in_tables(with_distance("loop_metres IS NOT NULL"))

    def test_a_hundred_miles_by_name(self, person: Callable[..., Page]) -> None:
        page = person()
        search_for(page, "100 miles")
        page.get_by_role("link", name="By name").click()
        expect(page.locator(".finder__sorts strong").last).to_have_text("By name")
        assert answer(page) == in_tables(
            with_distance("distance_class = 'ultra' AND metres BETWEEN 155000 AND 176000")
        )

    def test_within_fifty_miles_of_where_i_am(self, person: Callable[..., Page]) -> None:
        here = {"latitude": 43.0421, "longitude": -87.9125}
        page = person(permissions=["geolocation"], geolocation=here, **PHONE)
        more(page)
        page.get_by_label("Within").fill("80")
        page.get_by_label("Unit").select_option("miles")
        page.get_by_role("button", name="Near me").click()
        expect(chip(page, "within 80 mi of where you are")).to_be_visible()
        assert sorted(answer(page)) == in_tables(AROUND, north=43.0, east=-87.9, km=80 * 1.609344)

    def test_a_swim_of_three_to_five_kilometres_on_a_phone(
        self, person: Callable[..., Page]
    ) -> None:
        page = person(**PHONE)
        search_for(page, "open water in the uk")
        choose(page, "Distance", "Swim of 3 to 5 km")
        assert sorted(answer(page)) == in_tables(
            "AND sport = 'open-water' AND country = 'GB'",
            with_distance("metres BETWEEN 3000 AND 5000"),
        )

    def test_near_a_town_across_the_date_line_without_script(
        self, person: Callable[..., Page]
    ) -> None:
        page = person(**NO_SCRIPT)
        more(page)
        page.get_by_label("Near a town").fill("suva")
        page.get_by_label("Within").fill("1200")
        page.get_by_role("button", name="Show races").click()
        page.get_by_role("link", name="Nearest first").click()
        found = answer(page)
        assert found == ["Suva Ten", "Apia Half"]
        assert sorted(found) == in_tables(AROUND, **around("Suva", 1200))

    def test_every_run_in_france_over_all_pages_without_script(
        self, person: Callable[..., Page]
    ) -> None:
        page = person(**NO_SCRIPT)
        search_for(page, "running in france")
        found = answer(page)
        assert sorted(found) == in_tables(
            "AND country = 'FR' AND sport IN ('road-running', 'trail-running', 'cross-country')"
        )
        assert len(found) > 24
        assert "Draft in Lyon" not in found

    def test_nothing_found_leads_to_something(self, person: Callable[..., Page]) -> None:
        page = person()
        search_for(page, "certified 10k within 50 km of lyon")
        expect(page.locator("#found")).to_have_text("No race fits")
        help_ = page.locator(".finder__helps").get_by_role("link", name="anywhere")
        promised = int(help_.inner_text().split()[0])
        help_.click()
        expect(chip(page, "Lyon")).to_have_count(0)
        found = answer(page)
        assert len(found) == promised
        assert sorted(found) == in_tables(
            with_distance("metres BETWEEN 9800 AND 10300 AND certification <> ''")
        )

    def test_the_races_of_a_part_of_the_map(self, person: Callable[..., Page]) -> None:
        page = person()
        search_for(page, "trail running in europe")
        page.get_by_role("link", name="Map", exact=True).click()
        pins = page.locator(".race-map__pins--roomy").get_by_role("link")
        pin = pins.filter(has=page.locator("text")).first
        count = int(re.match(r"\d+", pin.locator("title").text_content() or "")[0])  # type: ignore[index]
        pin.click()
        expect(chip(page, "in this part of the map")).to_be_visible()
        west, south, east, north = re.search(  # type: ignore[union-attr]
            r"box=([-\d.]+),([-\d.]+),([-\d.]+),([-\d.]+)", page.url
        ).groups()
        found = answer(page)
        assert len(found) >= count
        assert sorted(found) == in_tables(
            "AND sport = 'trail-running' AND latitude BETWEEN %(south)s AND %(north)s"
            " AND longitude BETWEEN %(west)s AND %(east)s"
            " AND country IN ('FR', 'CH', 'GB', 'DE', 'IT', 'ES')",
            west=west, south=south, east=east, north=north,
        )  # fmt: skip


class TestTheCalendar:
    def days_seen(self, page: Page) -> set[str]:
        cells = page.locator("td:has(.calendar__race):visible time")
        return {day.get_attribute("datetime") or "" for day in cells.all()}

    @pytest.mark.parametrize("who", [{}, PHONE, NO_SCRIPT], ids=["desk", "phone", "no-script"])
    def test_a_month_of_trail_races(self, person: Callable[..., Page], who: dict[str, Any]) -> None:
        page = person(**who)
        search_for(page, "trail running")
        page.get_by_role("link", name="Calendar", exact=True).click()
        june = month_ahead(6)
        table = page.get_by_role("table", name=re.compile(r"with a day$"))
        for _ in range(12):
            if (table.locator("caption").inner_text()).startswith(spelt(june[0])):
                break
            caption = table.locator("caption").inner_text()
            page.locator("#month-after").click()
            expect(table.locator("caption")).not_to_have_text(caption)
        names = {
            name.split(",")[0].split("\n")[0].strip()
            for name in table.get_by_role("link").all_inner_texts()
        }
        expected = in_tables(
            "AND sport = 'trail-running' AND (date_precision = 'day' OR expected_on IS NOT NULL)",
            ON_DAYS,
            **span(*june),
        )
        assert names == set(expected)
        page.get_by_role("link", name="in June, day not known").click()
        expect(page.locator(".race-rows")).to_be_visible()
        assert answer(page) == ["Fells Fifty"]
        page.go_back()
        expect(table).to_be_visible()
        assert len(self.days_seen(page)) == 3

    def test_the_keyboard_turns_the_months_and_stays_where_it_was(
        self, person: Callable[..., Page]
    ) -> None:
        page = person()
        page.get_by_role("link", name="Calendar", exact=True).press("Enter")
        after = page.locator("#month-after")
        for _ in range(2):
            caption = page.locator("caption").inner_text()
            after.press("Enter")
            expect(page.locator("caption")).not_to_have_text(caption)
            expect(after).to_be_focused()
        expect(page.get_by_role("columnheader").first).to_have_text("Mon")


class TestTheMapThatMoves:
    def on_the_map(self, page: Page) -> Locator:
        page.goto("/races/?sport=trail-running&view=map")
        expect(page.locator(".race-map__mark").first).to_be_visible()
        return page.get_by_role("application")

    def test_moving_it_asks_for_that_part_with_the_list_below(
        self, person: Callable[..., Page]
    ) -> None:
        page = person()
        live = self.on_the_map(page)
        live.focus()
        page.keyboard.press("+")
        page.wait_for_url("**box=**")
        expect(page.locator(".race-map__mark").first).to_be_visible()
        expect(live).to_be_focused()
        box = re.search(r"box=([-\d.]+),([-\d.]+),([-\d.]+),([-\d.]+)", page.url)
        assert box
        west, south, east, north = box.groups()
        assert sorted(answer(page)) == in_tables(
            "AND sport = 'trail-running' AND latitude BETWEEN %(south)s AND %(north)s"
            " AND longitude BETWEEN %(west)s AND %(east)s",
            west=west, south=south, east=east, north=north,
        )  # fmt: skip
        # One step back is the whole search.
        page.go_back()
        expect(chip(page, "in this part of the map")).to_have_count(0)
        expect(page.get_by_role("application")).to_be_visible()

    def test_its_marks_stand_where_the_drawing_has_them(self, person: Callable[..., Page]) -> None:
        places = """all => all.map(one => one.getBoundingClientRect()).map(
            box => [box.x + box.width / 2, box.y + box.height / 2])"""
        page = person(**NO_SCRIPT)
        page.goto("/races/?sport=trail-running&view=map")
        plain = page.locator(".race-map__pins--roomy .race-map__target").evaluate_all(places)
        page = person()
        self.on_the_map(page)
        live = page.locator(".race-map__mark").evaluate_all(places)
        assert len(live) == len(plain) > 1
        assert [
            [round(x - live[0][0]) for x, _ in live],
            [round(y - live[0][1]) for _, y in live],
        ] == [
            [pytest.approx(round(x - plain[0][0]), abs=2) for x, _ in plain],
            [pytest.approx(round(y - plain[0][1]), abs=2) for _, y in plain],
        ]

    def test_each_mark_is_a_link_that_leads_on(self, person: Callable[..., Page]) -> None:
        page = person(**PHONE)
        self.on_the_map(page)
        mark = page.locator(".race-map__mark:empty").first
        name = mark.get_attribute("aria-label") or ""
        mark.press("Enter")
        page.wait_for_url(re.compile(r"/races/[a-z0-9-]+/$"))
        expect(page.get_by_role("heading", level=1)).to_have_text(name.split(",")[0])

    def test_the_list_alone_fetches_no_map(self, person: Callable[..., Page]) -> None:
        page = person()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/races/?sport=trail-running")
        expect(page.locator(".race-rows")).to_be_visible()
        assert not [url for url in asked if "leaflet" in url or "map" in url]
        with page.expect_response(re.compile("leaflet")):
            page.get_by_role("link", name="Map", exact=True).click()
        expect(page.get_by_role("application")).to_be_visible()

    def test_without_its_library_the_drawing_stays(self, person: Callable[..., Page]) -> None:
        page = person()
        page.route("**/leaflet.js", lambda route: route.fulfill(body=""))
        with page.expect_response("**/leaflet.js"):
            page.goto("/races/?sport=trail-running&view=map")
        page.evaluate("new Promise(requestAnimationFrame)")
        expect(page.locator(".race-map__pins--roomy a").first).to_be_visible()
        expect(page.get_by_role("application")).to_have_count(0)


class TestWithoutAReload:
    def test_of_two_quick_clicks_the_last_wins(self, person: Callable[..., Page]) -> None:
        page, held = person(), []
        page.route("**/races/?sport=triathlon", lambda route: held.append(route))
        page.locator("#facet-sport").get_by_role("link", name="Triathlon").click()
        page.locator("#facet-sport").get_by_role("link", name="Open-water swimming").click()
        expect(chip(page, "Open-water")).to_be_visible()
        (late,) = held
        with page.expect_response("**/races/?sport=triathlon"):
            late.continue_()
        page.evaluate("() => new Promise(done => setTimeout(done))")
        expect(chip(page, "Open-water")).to_be_visible()
        expect(chip(page, "Triathlon")).to_have_count(0)
        assert page.url.endswith("?sport=open-water")

    def test_where_the_answer_is_not_the_page_the_browser_goes_there(
        self, person: Callable[..., Page]
    ) -> None:
        page = person()

        def spoil(route: Route) -> None:
            is_by_script = route.request.resource_type == "fetch"
            route.fulfill(
                body="Please sign in to this network."
            ) if is_by_script else route.fallback()

        page.route("**/races/?*", spoil)
        page.evaluate("() => { window.isSame = true }")
        page.locator("#facet-sport").get_by_role("link", name="Triathlon").click()
        expect(chip(page, "Triathlon")).to_be_visible()
        assert page.evaluate("() => window.isSame") is None

    def test_on_a_phone_the_filters_stay_open_and_back_takes_off_what_was_chosen(
        self, person: Callable[..., Page]
    ) -> None:
        page = person(**PHONE)
        page.evaluate("() => { window.isSame = true }")
        everything = total(page)
        filters = page.locator(".filters__head")
        filters.click()
        link = page.locator("#facet-sport").get_by_role("link", name="Triathlon")
        place = link.get_attribute("id")
        link.click()
        expect(chip(page, "Triathlon")).to_be_visible()
        expect(page.locator(f"#{place}")).to_be_focused()
        expect(page.locator("#facet-distance")).to_be_visible()
        assert total(page) < everything
        page.go_back()
        expect(chip(page, "Triathlon")).to_have_count(0)
        assert total(page) == everything
        page.go_forward()
        expect(chip(page, "Triathlon")).to_be_visible()
        assert page.evaluate("() => window.isSame")
