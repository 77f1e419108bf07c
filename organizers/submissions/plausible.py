"""What is so unlike any race that it is rather a slip of the finger: asked about, never refused.

Each question is a sentence, or empty when there is nothing to ask. The bounds are wide: whoever
is asked about a race that really is so only has to tick that it is.
"""

from decimal import Decimal

from races.choices import Sport

FOOT, BIKE, SKI, SWIM = "on foot", "by bike", "on skis", "swimming"
MIXED = "for all legs together"
WAYS = {
    Sport.ROAD_CYCLING: BIKE,
    Sport.GRAVEL_CYCLING: BIKE,
    Sport.MOUNTAIN_BIKING: BIKE,
    Sport.CROSS_COUNTRY_SKIING: SKI,
    Sport.OPEN_WATER: SWIM,
    Sport.TRIATHLON: MIXED,
    Sport.DUATHLON: MIXED,
    Sport.AQUATHLON: MIXED,
    Sport.SWIMRUN: MIXED,
}

# Metres. On foot the Tor des Géants has 330 km, by bike London-Edinburgh-London 1,540 km, on skis
# the Nordenskiöldsloppet 220 km, swimming 20 Bridges 46 km, in all legs the Ultraman 515 km. Longer
# races are few.
LENGTHS = {
    FOOT: (400, 350_000),
    BIKE: (1_000, 1_600_000),
    SKI: (1_000, 250_000),
    SWIM: (100, 50_000),
    MIXED: (1_000, 520_000),
}

# Metres a second of the world record at about this length, rounded up; a longer race is no faster.
# On foot 1 km 2:11.96, 5 km 12:35, 10 km 26:11, half marathon 56:42, marathon 2:00:35,
# 100 km 6:05:35, 100 miles 10:51:39 (World Athletics, IAU). By bike an hour of 56.8 km alone (UCI)
# and a day of 1,026 km (WUCA). On skis 42 km in 1:16:10 (Engadin Skimarathon). Swimming 100 m in
# 46.4 s and 1,500 m in 14:31 (World Aquatics). In all legs the best of triathlon and duathlon keep
# below 9 m/s over any length.
RECORD_SPEEDS = {
    FOOT: [
        (0, 10.5), (1_000, 7.6), (5_000, 6.63), (10_000, 6.37), (21_000, 6.21), (42_000, 5.84),
        (100_000, 4.57), (160_000, 4.12),
    ],
    BIKE: [(0, 16.0), (500_000, 13.0), (1_026_000, 12.0)],
    SKI: [(0, 10.0)],
    SWIM: [(0, 2.2), (1_500, 1.8)],
    MIXED: [(0, 10.0)],
}  # fmt: skip

# Climb for each metre of length: the vertical kilometre of Fully climbs 1,000 m in 1.9 km, the
# Trofeo Kima 4,200 m in 52 km, the Barkley Marathons about 16,500 m in 160 km; by bike no long
# climb is steeper than a tenth.
STEEPEST = {
    FOOT: [(0, 0.55), (5_000, 0.3), (42_000, 0.15)],
    BIKE: [(0, 0.2), (20_000, 0.1)],
    SKI: [(0, 0.2), (20_000, 0.1)],
    SWIM: [(0, 0.0)],
    MIXED: [(0, 0.2), (20_000, 0.1)],
}

# Hours of a timed race: most last from 6 to 48, the six-day race 144. A backyard's loop: 6,706 m.
TIMED = (1, 144)
LOOP = (1_000, 15_000)
# The largest races of the world have about 100,000 places.
PLACES = 100_000
# From where a fee is more likely a slip: in currencies like the euro, and in smaller ones, of
# which a thousand is little. Of the smallest, a million is a common fee.
FEE, FEE_IN_SMALL_MONEY = 1_000, 100_000
LIKE_THE_EURO = {"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SGD", "USD"}
TOO_SMALL_TO_TELL = {"IDR", "IRR", "KRW", "LAK", "LBP", "PYG", "COP", "UGX", "UZS", "VND"}


def way(sport: str) -> str:
    return WAYS.get(Sport(sport), FOOT) if sport in Sport.values else ""


def length_question(sport: str, metres: int) -> str:
    how = way(sport)
    if not how:
        return ""
    shortest, longest = LENGTHS[how]
    if metres < shortest:
        return f"This is shorter than almost any race {how}."
    return f"This is longer than almost any race {how}." if metres > longest else ""


def loop_question(metres: int) -> str:
    return "" if LOOP[0] <= metres <= LOOP[1] else "Backyard loops are mostly 6.7 km."


def timed_question(minutes: int) -> str:
    return "" if TIMED[0] <= minutes / 60 <= TIMED[1] else "Timed races last 1 to 144 hours."


def cut_off_question(sport: str, metres: int | None, timed: int | None, minutes: int) -> str:
    """`timed` is how many minutes a timed race lasts."""
    if timed and minutes < timed:
        return "This cut-off comes before the race is over."
    how = way(sport)
    if not metres or not how:
        return ""
    if minutes * 60 * _at(RECORD_SPEEDS[how], metres) < metres:
        return f"This is faster than the world’s best {how}."
    # Slower than a stroll with a night’s sleep each day.
    if minutes * 60 * 0.2 > max(metres, 3_600):
        return "This is very long for the length."
    return ""


def climb_question(sport: str, metres: int | None, climb: int) -> str:
    how = way(sport)
    if metres and how and climb > metres * _at(STEEPEST[how], metres):
        return f"This is steeper than almost any race {how}." if how != SWIM else "Water is flat."
    return ""


def fee_question(amount: Decimal, currency: str) -> str:
    most = FEE if currency in LIKE_THE_EURO else FEE_IN_SMALL_MONEY
    dear = amount >= most and currency not in TOO_SMALL_TO_TELL
    return "This is more than almost any race costs." if dear else ""


def places_question(places: int) -> str:
    if places == 0:
        return "This leaves no place for anybody."
    return "This is more than the largest races have." if places > PLACES else ""


def _at(table: list[tuple[int, float]], metres: int) -> float:
    """The value of the last row whose length is not more than this."""
    return [value for length, value in table if length <= metres][-1]
