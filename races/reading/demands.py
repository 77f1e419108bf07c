"""What a race asks of whoever enters: its pace, its climb, and the words that say more."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from glossary.models import Term
from races.choices import DistanceClass, Entry, Sport
from races.models import Distance, Race
from races.search.facets import RIDES, RUNS, SLOPES
from races.templatetags.race_tags import METRES_IN_A_MILE, short
from web import generations
from web.generations import Generation

# In units of the drawing, which is as wide as the longest distance of the race.
WIDTH, HEIGHT = 300, 56
# A climb of a tenth would hardly be seen: it is drawn so many times as steep.
STEEPER = 5
OF_A_SPORT = {
    Sport.TRAIL_RUNNING: ["trail-running", "mandatory-kit"],
    Sport.CROSS_COUNTRY: ["cross-country"],
    Sport.TRIATHLON: ["triathlon", "drafting"],
    Sport.DUATHLON: ["duathlon", "drafting"],
    Sport.AQUATHLON: ["aquathlon"],
    Sport.SWIMRUN: ["swimrun"],
    Sport.OPEN_WATER: ["open-water-swimming"],
    Sport.ROAD_CYCLING: ["gran-fondo"],
    Sport.GRAVEL_CYCLING: ["gravel"],
    Sport.MOUNTAIN_BIKING: ["mountain-bike-marathon"],
    Sport.OBSTACLE: ["obstacle-race"],
}
OF_A_CLASS = {
    DistanceClass.FIVE_K: "5k",
    DistanceClass.TEN_K: "10k",
    DistanceClass.HALF_MARATHON: "half-marathon",
    DistanceClass.MARATHON: "marathon",
    DistanceClass.ULTRA: "ultramarathon",
    DistanceClass.TIMED: "timed-race",
    DistanceClass.BACKYARD: "backyard-ultra",
    DistanceClass.SPRINT_TRI: "sprint-triathlon",
    DistanceClass.OLYMPIC_TRI: "olympic-triathlon",
    DistanceClass.MIDDLE_TRI: "70-3",
    DistanceClass.FULL_TRI: "full-distance-triathlon",
}
OF_AN_ENTRY = {Entry.BALLOT: "ballot", Entry.QUALIFIER: "qualifying-time"}
MOST_WORDS = 6


@dataclass(frozen=True)
class Demand:
    """Of one distance. `pace` and `steepness` are empty where they can't be told."""

    pace: str
    steepness: str
    # Of the drawing, how long this distance is, and how high; 0 where nothing is worth drawing.
    length: int
    rise: float

    @property
    def wedge(self) -> str:
        """As if all the climb came in one slope, from the start to the end."""
        if not self.rise:
            return ""
        return f"M0 {HEIGHT}H{self.length}V{HEIGHT - self.rise:g}Z"


def demand_of(sport: str, distance: Distance, longest: int) -> Demand:
    """`longest`: the metres of the longest distance beside it."""
    is_drawn = distance.metres and (longest > distance.metres or distance.ascent_metres)
    length = round(WIDTH * (distance.metres or 0) / longest) if is_drawn else 0
    climb = (distance.ascent_metres or 0) / distance.metres if distance.metres else 0
    rise = min(HEIGHT - 8, round(STEEPER * length * climb, 1))
    return Demand(_pace(sport, distance), _steepness(distance), length, rise)


def frame_of(demands: list[Demand]) -> str:
    """The view box of all their drawings, no higher than the highest; empty where none is drawn."""
    drawn = [demand for demand in demands if demand.length]
    height = max((demand.rise for demand in drawn), default=0) + 6
    return f"0 {HEIGHT - height:g} {WIDTH} {height + 2:g}" if drawn else ""


def longest_of(distances: list[Distance]) -> int:
    return max((each.metres or 0 for each in distances), default=0)


def _pace(sport: str, distance: Distance) -> str:
    """“8:31 per km (13:43 per mile)”: the slowest on average that keeps the cut-off."""
    if not (distance.metres and distance.cut_off_minutes):
        return ""
    km, seconds = distance.metres / 1000, distance.cut_off_minutes * 60
    if sport in RUNS:
        a_mile = seconds * METRES_IN_A_MILE / distance.metres
        return f"{_clock(seconds / km)} per km ({_clock(a_mile)} per mile)"
    if sport in RIDES:
        speed = km * 3600 / seconds
        return f"{short(speed)} km/h ({short(speed * 1000 / METRES_IN_A_MILE)} mph)"
    if sport == Sport.OPEN_WATER:
        return f"{_clock(seconds / km / 10)} per 100 m"
    return ""


def _clock(seconds: float) -> str:
    """“8:31”. Rounded down: whoever is so fast arrives in time."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def _steepness(distance: Distance) -> str:
    if distance.ascent_metres is None or not distance.metres:
        return ""
    each_km = 1000 * distance.ascent_metres / distance.metres
    word = next((word for word, _, _, below in SLOPES if each_km < below), SLOPES[-1][0])
    return f"{each_km:.0f} m each km: {word}"


def words_for(race: Race, distances: list[Distance]) -> list[Term]:
    """Of the glossary, those that matter here, the most particular first."""
    # As the race search has just looked it up for this page.
    known = _terms(generations.watch.present())
    return [known[slug] for slug in _slugs(race, distances) if slug in known][:MOST_WORDS]


def _slugs(race: Race, distances: list[Distance]) -> Iterable[str]:
    slugs: list[str] = []
    for each in distances:
        slugs += [OF_AN_ENTRY[Entry(each.entry)]] if each.entry in OF_AN_ENTRY else []
    for each in distances:
        slugs += ["cut-off"] if each.cut_off_minutes else []
        slugs += ["elevation-gain"] if each.ascent_metres else []
        slugs += ["certified-course"] if each.certification else []
    for each in distances:
        slugs += [slug] if (slug := OF_A_CLASS.get(DistanceClass(each.distance_class))) else []
    return dict.fromkeys([*slugs, *OF_A_SPORT.get(Sport(race.sport), [])])


@lru_cache(maxsize=1)
def _terms(generation: Generation | None) -> dict[str, Term]:
    """Kept in the process: all race pages of a time share them."""
    slugs = {
        *OF_A_CLASS.values(), *OF_AN_ENTRY.values(), "cut-off", "elevation-gain",
        "certified-course", *(slug for some in OF_A_SPORT.values() for slug in some),
    }  # fmt: skip
    terms = Term.objects.published().filter(slug__in=slugs).only("title", "slug", "definition")
    return {term.slug: term for term in terms}
