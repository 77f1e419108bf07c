"""What a race's page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from races.countries import CONTINENTS
from races.maps.drawing import Box, Circle, RaceMap, draw
from races.models import Distance, Edition, Race
from races.reading import structured_data
from races.reading.demands import demand_of, frame_of, longest_of, words_for
from races.reading.descriptions import description_of
from races.search.cards import cards
from races.search.criteria import LONGEST, RaceSearch
from races.search.index import Answer, answer
from races.search.near import Spot, kilometres, spot_of
from races.templatetags.race_tags import registration

SIMILAR = 3
ABOUT_ITS_TIME = timedelta(weeks=2)
# What is near enough to drive to, in km, for a link to more.
AROUND = 200
# Where the race before this one is looked for, first in the shorter span.
BEFORE = (timedelta(days=14), timedelta(days=120))
# How much of the map is shown around a start, in degrees each way.
SHOWN = (4.0, 2.0)
DATED = ("confirmed", "provisional", "expected")


def race_context(race: Race) -> dict[str, Any]:
    """Of a race read by Race.objects.for_race_page()."""
    editions = list(race.editions.all())
    upcoming = race.next_edition()
    shown = upcoming or (editions[-1] if editions else None)
    distances = list(shown.distances.all()) if shown else []
    longest = longest_of(distances)
    demands = [demand_of(race.sport, each, longest) for each in distances]
    before = [edition for edition in editions if edition.is_over][-1:]
    seen = [edition for edition in editions if edition.last_seen_on]
    last_seen = max(seen, key=lambda edition: edition.last_seen_on or date.min, default=None)
    goes_ahead = upcoming is not None and not upcoming.is_off
    return {
        "race": race,
        "description": description_of(race),
        "edition": shown,
        "is_upcoming": upcoming is not None,
        "distances": list(zip(distances, demands, strict=True)),
        "unknown": _unknown(race, upcoming, distances),
        # The edition of which a date was last seen, and where.
        "last_seen": last_seen,
        # Whoever hopes for the next should know what became of the last.
        "last_lost": before[0] if upcoming and before and before[0].is_off else None,
        "past": [edition for edition in reversed(editions) if edition is not shown],
        # Its unit is that of the ways to the others.
        "search": RaceSearch(),
        "others": _Others(race, upcoming).found(),
        "goes_ahead": goes_ahead,
        "small_map": _small_map(race),
        "frame": frame_of(demands),
        "words": words_for(race, distances),
        "structured_data": structured_data.race(race, upcoming),
    }


def alternatives(race: Race) -> list[Edition]:
    """Races of the same sport to go to instead, the nearest first."""
    return _Others(race, None).found().similar


@dataclass
class Others:
    """The races that a race's page leads to. `similar` are of its sport, the nearest first."""

    similar: list[Edition]
    before: Edition | None
    after: Edition | None
    # How many of its sport are around its town, itself among them, and their search; 0 where that
    # is not in the gazetteer.
    around: int
    query: str
    # The search of all races there.
    nearby: str


class _Others:
    """All out of one answer of the index, so that it is asked once what has changed."""

    def __init__(self, race: Race, edition: Edition | None) -> None:
        self.race, self.edition = race, edition
        self.own = {other.pk for other in race.editions.all()}
        self.here: Spot | None = None
        if race.latitude is not None and race.longitude is not None:
            name = f"{race.latitude:.2f},{race.longitude:.2f}"
            self.here = Spot(name, race.city, race.latitude, race.longitude)
        self.sport = RaceSearch(sport=(race.sport,))
        self.all = answer(self.sport)

    def found(self) -> Others:
        similar = self._similar()
        before, after = self._before(), self._after()
        # Read at once.
        read = {each.pk: each for each in cards([*similar, *before, *after])}
        for each in read.values():
            vars(each)["away_km"] = self._away(each.race)
        around, search = self._around()
        return Others(
            similar=[read[key] for key in similar if key in read],
            before=next((read[key] for key in before if key in read), None),
            after=next((read[key] for key in after if key in read), None),
            around=around,
            query=search.to_query() if search else "",
            nearby=search.without("sport").to_query() if search else "",
        )

    def _similar(self) -> list[int]:
        """Of an edition that is off those of about its time before all others."""
        search = self._near(LONGEST, sort="near")
        searches = [search]
        if self.edition and self.edition.is_off:
            start, end = _about(self.edition)
            searches.insert(0, replace(search, start=f"{start}", end=f"{end}"))
        keys: list[int] = []
        for each in searches:
            if len(keys) < SIMILAR:
                found = self.all.of(each)
                keys += self._keys(found, 0, SIMILAR + len(keys), without=keys)
        return keys[:SIMILAR]

    def _around(self) -> tuple[int, RaceSearch | None]:
        """By the name of the town, which the page of that search says."""
        if self.race.place is None:
            return 0, None
        town = spot_of(self.race.place)
        search = replace(self.sport, near=town.name, within=str(AROUND))
        # It need not be looked up.
        vars(search)["here"] = town
        return self.all.of(search).total, search

    def _after(self) -> list[int]:
        if not (day := self._day()):
            return []
        return self._keys(self.all.of(self._dated(start=f"{day}")), 0, 1)

    def _before(self) -> list[int]:
        if not (day := self._day()):
            return []
        for span in BEFORE:
            search = self._dated(start=f"{day - span}", end=f"{day - timedelta(days=1)}")
            found = self.all.of(search)
            if keys := self._keys(found, max(0, found.sure - 1 - len(self.own)), found.sure):
                return keys[-1:]
        return []

    def _day(self) -> date | None:
        if self.edition is None or self.edition.is_off or not self.edition.days:
            return None
        return self.edition.days[0]

    def _dated(self, start: str, end: str = "") -> RaceSearch:
        """Of its sport on its continent, of which a day can be told."""
        continent = tuple(
            name for name, (_, codes) in CONTINENTS.items() if self.race.country in codes.split()
        )
        return replace(self.sport, continent=continent, certainty=DATED, start=start, end=end)

    def _near(self, km: int, sort: str = "") -> RaceSearch:
        """Of a race whose start nobody knows, its country."""
        if self.here is None:
            return replace(self.sport, country=(self.race.country,))
        return replace(self.sport, near=self.here.name, within=str(km), sort=sort)

    def _keys(self, found: Answer, start: int, stop: int, without: Sequence[int] = ()) -> list[int]:
        """Of those that are fit to be suggested, without its own."""
        left_out = self.own.union(without)
        keys = found.keys(start, stop + len(self.own), is_sure=True)
        return [key for key in keys if key not in left_out]

    def _away(self, other: Race) -> float | None:
        if self.here is None or other.latitude is None or other.longitude is None:
            return None
        return kilometres(self.here, other.latitude, other.longitude)


def _about(edition: Edition) -> tuple[date, date]:
    first = max(edition.start_date, date.min + ABOUT_ITS_TIME)
    last = min(edition.end_date, date.max - ABOUT_ITS_TIME)
    return first - ABOUT_ITS_TIME, last + ABOUT_ITS_TIME


def _unknown(race: Race, upcoming: Edition | None, distances: list[Distance]) -> list[str]:
    """What nobody has told us, said once; of some of the distances with their names."""
    facts: list[tuple[str, Any]] = [("cut-off", "cut_off_minutes"), ("how to get in", "entry")]
    if upcoming:
        facts = [("gun time", "start_time"), *facts]
    said = []
    for name, field in facts:
        without = [each.name for each in distances if getattr(each, field) in {None, ""}]
        if without:
            some = f" ({', '.join(without)})" if len(without) < len(distances) else ""
            said.append(f"{name}{some}")
    if upcoming and not any(each.price_tiers.all() for each in distances):
        said.append("entry fee")
    if upcoming and not upcoming.is_off and not registration(upcoming):
        said.append("when entry opens")
    said += ["organizer"] if not race.organizer_name else []
    said += ["official website"] if not race.website else []
    return said


def _small_map(race: Race) -> RaceMap | None:
    if race.latitude is None or race.longitude is None:
        return None
    wide, high = SHOWN
    west, east = race.longitude - wide, race.longitude + wide
    box = Box(
        west + 360 * (west < -180),
        max(race.latitude - high, -84.0),
        east - 360 * (east > 180),
        min(race.latitude + high, 84.0),
    )
    here = Circle(race.latitude, race.longitude, 0, race.location)
    return draw([], map_of=str, list_of=str, near=here, box=box)
