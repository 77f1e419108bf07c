"""What people say of a race that is no name and no place: lengths, days, sports, prices.

Each rule is a pattern of whole words, and what it asks for. They stand in order: what is said
before takes its words away from what comes after. Nothing here asks the database.
"""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from rapidfuzz import process
from rapidfuzz.distance import OSA

from races.choices import Sport
from races.countries import CONTINENTS, US_STATES, country_names
from races.search.facets import BY_NAME, RIDES, RUNS
from races.search.near import KM_IN

Values = Mapping[str, tuple[str, ...]]
# Of a length of which there is no class, that much more or less will do.
ABOUT = 0.1
YEARS_AHEAD = 10


@dataclass
class Said:
    """What some words ask for, by the names of a RaceSearch. What is in a unit has `unit`."""

    values: Values = field(default_factory=dict)
    label: str = ""
    unit: str = ""
    # Known once it is known where: the first months of a season in the north, and its year.
    season: tuple[str, int | None] | None = None
    # Known once the sport is.
    length: float = 0


Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], Said | None]]


def _words(pattern: str) -> re.Pattern[str]:
    """Whole words. A space may be a hyphen, a ~ a space, a hyphen or nothing."""
    spaced = pattern.replace(" ", "[ -]").replace("~", "[ -]?")
    return re.compile(rf"(?<!\S)(?:{spaced})(?!\S)")


def _number(text: str) -> float:
    # “1,500” and “1.5” and “1,5”.
    return float(re.sub(r",(?=[0-9]{3}$)", "", text).replace(",", "."))


def plain(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")


NUMBER = r"[0-9]{1,4}(?:[.,][0-9]{1,3})?"
MILES = r"mi|miles?|milers?"
UNIT = rf"kms?|k|kilomet(?:er|re)s?|{MILES}|m|met(?:er|re)s"


def _length(number: str, unit: str) -> tuple[float, str] | None:
    """In km or in miles. “100 m” is a hundred miles to some, and too short for a race to others."""
    amount = _number(number)
    if re.fullmatch(MILES, unit):
        return (amount, "mi") if 0 < amount <= 1000 else None
    if unit[0] == "m":
        return (amount / 1000, "km") if amount >= 200 else None
    return (amount, "km") if 0 < amount <= 9999 else None


def _unit_name(unit: str) -> str:
    return "miles" if unit == "mi" else "km"


def _within(match: re.Match[str]) -> Said | None:
    length = _length(match["n"], match["unit"])
    if not length or length[0] < 1:
        return None
    radius = str(round(length[0]))
    label = f"within {radius} {_unit_name(length[1])}"
    return Said({"within": (radius,)}, label, unit=length[1])


def _between(match: re.Match[str]) -> Said | None:
    unit = match["unit"]
    lengths = [_length(match["n"], match["of_first"] or unit), _length(match["n2"], unit)]
    if not lengths[0] or not lengths[1] or lengths[0][1] != lengths[1][1]:
        return None
    least, most = sorted([lengths[0][0], lengths[1][0]])
    label = f"{plain(least)} to {plain(most)} {_unit_name(lengths[0][1])}"
    values = {"longer": (plain(least),), "shorter": (plain(most),)}
    return Said(values, label, unit=lengths[0][1])


def _longer(match: re.Match[str]) -> Said | None:
    return _bound(match, "longer", "at least")


def _shorter(match: re.Match[str]) -> Said | None:
    return _bound(match, "shorter", "at most")


def _bound(match: re.Match[str], name: str, how: str) -> Said | None:
    if length := _length(match["n"], match["unit"]):
        label = f"{how} {plain(length[0])} {_unit_name(length[1])}"
        return Said({name: (plain(length[0]),)}, label, unit=length[1])
    return None


def _of_length(match: re.Match[str]) -> Said | None:
    if length := _length(match["n"], match["unit"]):
        return Said(length=length[0], unit=length[1])
    return None


CLASSES = {
    "km": {5: "5k", 10: "10k", 21: "half-marathon", 21.1: "half-marathon", 42: "marathon",
           42.2: "marathon", 42.195: "marathon", 50: "50k", 100: "100k"},
    "mi": {3.1: "5k", 6.2: "10k", 13.1: "half-marathon", 26.2: "marathon", 50: "50mi",
           100: "100mi"},
}  # fmt: skip


ULTRAS = {"50k", "50mi", "100k", "100mi"}


def length_asked(said: Said, sports: set[str]) -> Said:
    """A length is a class of the runs; of a ride or a swim it is about so long."""
    of_runs = not sports or bool(sports & set(RUNS))
    name = CLASSES[said.unit].get(said.length) if of_runs else None
    if name:
        return _chosen("distance", name)
    least, most = said.length * (1 - ABOUT), said.length * (1 + ABOUT)
    label = f"about {plain(said.length)} {_unit_name(said.unit)}"
    values = {"longer": (plain(least),), "shorter": (plain(most),)}
    return Said(values, label, unit=said.unit)


CURRENCIES = {
    "EUR": "€|euros?|eur", "GBP": "£|pounds?|gbp|quid", "USD": r"\$|dollars?|usd|us\$",
    "CHF": "chf|francs?", "JPY": "¥|yen|jpy", "SEK": "sek", "NOK": "nok", "DKK": "dkk",
    "AUD": "aud", "CAD": "cad", "NZD": "nzd", "ZAR": "zar|rand", "PLN": "pln", "CZK": "czk",
}  # fmt: skip
MONEY = "|".join(CURRENCIES.values())
SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}


def _price(match: re.Match[str]) -> Said | None:
    money = match["sign"] or match["money"]
    if not money:
        return None
    code = next(code for code, pattern in CURRENCIES.items() if re.fullmatch(pattern, money))
    price = plain(_number(match["n"]))
    sign = SIGNS.get(code, f"{code} ")
    return Said({"price": (price,), "currency": (code,)}, f"at most {sign}{price}")


# Days.

MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
MONTHS = [name[:3].lower() for name in calendar.month_name[1:]]
YEAR = "20[0-9]{2}"
DAY = "[0-3]?[0-9]"
TO = "(?: to | until | till | through | thru |~-~| and )"


def _today() -> date:
    return timezone.localdate()


def _year(text: str | None, month: int, *, day: int = 31) -> int | None:
    """The one that is said; else that in which the month is next. None if it is far from now."""
    today = _today()
    if text:
        year = int(text)
        return year if today.year <= year <= today.year + YEARS_AHEAD else None
    return today.year + ((month, day) < (today.month, today.day))


def _month(name: str, year: str | None) -> tuple[int, int] | None:
    month = MONTHS.index(name[:3]) + 1
    found = _year(year, month)
    return (found, month) if found else None


def _said_month(year: int, month: int) -> str:
    return f"{date(year, month, 1):%B %Y}"


def _value(year: int, month: int) -> str:
    return f"{year:04}-{month:02}"


def _in_month(match: re.Match[str]) -> Said | None:
    # The sea, in many a name.
    if match[0] == "mar":
        return None
    if found := _month(match["month"], match["year"]):
        return Said({"when": (_value(*found),)}, f"in {_said_month(*found)}")
    return None


def _month_number(match: re.Match[str]) -> Said | None:
    year, month = int(match["year"]), int(match["number"])
    if 1 <= month <= 12 and _year(match["year"], month):
        return Said({"when": (_value(year, month),)}, f"in {_said_month(year, month)}")
    return None


def _months(match: re.Match[str]) -> Said | None:
    last_year = match["year2"]
    first = _month(match["month"], match["year"] or last_year)
    last = _month(match["month2"], last_year)
    if not first or not last:
        return None
    if first > last and last_year and not match["year"]:
        first = (first[0] - 1, first[1])
    elif first > last and not last_year:
        last = (first[0] + (last[1] < first[1]), last[1])
    return _from_to(first, last) if first <= last else None


def _from_to(first: tuple[int, int], last: tuple[int, int]) -> Said:
    said = _said_month(*first)
    if first[0] == last[0]:
        said = said.rpartition(" ")[0]
    values = {"start": (_value(*first),), "end": (_value(*last),)}
    return Said(values, f"{said} to {_said_month(*last)}")


def _bounded_month(match: re.Match[str]) -> Said | None:
    found = _month(match["month"], match["year"])
    if not found:
        return None
    year, month = found
    how = match["how"]
    if how in {"before", "after"}:
        month += 1 if how == "after" else -1
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    name = "end" if how in {"before", "by", "until", "till"} else "start"
    how = "until" if name == "end" else "from"
    return Said({name: (_value(year, month),)}, f"{how} {_said_month(year, month)}")


def _date(year: str | None, month: str, day: str) -> date | None:
    number = MONTHS.index(month[:3]) + 1
    found = _year(year, number, day=int(day))
    try:
        return date(found, number, int(day)) if found else None
    except ValueError:
        return None


def _on_days(match: re.Match[str]) -> Said | None:
    first = _date(match["year"], match["month"], match["day"])
    last = _date(match["year"], match["month"], match["day2"]) if match["day2"] else first
    return _span(first, last)


def _weekend_of(match: re.Match[str]) -> Said | None:
    day = _date(match["year"], match["month"], match["day"])
    if day is None:
        return None
    # Of a day in the week it is the one that follows.
    saturday = day + timedelta(days=-1 if day.weekday() == 6 else 5 - day.weekday())
    return _span(saturday, saturday + timedelta(days=1), "at the weekend")


def _from_day_to_day(match: re.Match[str]) -> Said | None:
    year, last_year = match["year"], match["year2"]
    last = _date(last_year, match["month2"], match["day2"])
    first = _date(year or last_year, match["month"], match["day"])
    if first and last and first > last and not year and last_year:
        first = _date(str(int(last_year) - 1), match["month"], match["day"])
    return _span(first, last)


def _iso_day(match: re.Match[str]) -> Said | None:
    try:
        day = date.fromisoformat(match[0])
    except ValueError:
        return None
    return _span(day, day)


def _span(first: date | None, last: date | None, label: str = "") -> Said | None:
    if not first or not last or first > last:
        return None
    said = _said_day(last)
    if first != last:
        is_one_month = (first.year, first.month) == (last.year, last.month)
        said = f"{first.day if is_one_month else _said_day(first)} to {said}"
    values = {"start": (first.isoformat(),), "end": (last.isoformat(),)}
    return Said(values, f"{label} ({said})" if label else f"on {said}")


def _said_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _bounded_day(match: re.Match[str]) -> Said | None:
    day = _date(match["year"], match["month"], match["day"])
    if not day:
        return None
    how = match["how"]
    name = "end" if how in {"before", "by", "until", "till"} else "start"
    day += timedelta(days={"before": -1, "after": 1}.get(how, 0))
    how = "until" if name == "end" else "from"
    return Said({name: (day.isoformat(),)}, f"{how} {_said_day(day)}")


def _soon(match: re.Match[str]) -> Said | None:
    today = _today()
    monday = today - timedelta(days=today.weekday())
    week = timedelta(days=7)
    phrase = match[0].replace("-", " ").removeprefix("the ").replace("coming", "this")
    match phrase.split():
        case ["today"]:
            return _span(today, today, "today")
        case ["tomorrow"]:
            return _span(today + timedelta(days=1), today + timedelta(days=1), "tomorrow")
        case ["this", "weekend"]:
            return _chosen("when", "weekend", label="this weekend")
        case ["next", "weekend"]:
            saturday = monday + week + timedelta(days=5)
            return _span(saturday, saturday + timedelta(days=1), "next weekend")
        case ["this", "week"]:
            return _span(today, monday + timedelta(days=6), "this week")
        case ["next", "week"]:
            return _span(monday + week, monday + week + timedelta(days=6), "next week")
        case [which, "month"]:
            first = today.replace(day=1)
            first = first if which == "this" else (first + timedelta(days=32)).replace(day=1)
            value = _value(first.year, first.month)
            return Said({"when": (value,)}, f"{which} month ({first:%B %Y})")
        case [which, "year"]:
            return _of_year(today.year + (which == "next"))
    return None


def _next_days(match: re.Match[str]) -> Said | None:
    days = int(match["n"]) * {"d": 1, "w": 7, "m": 30}[match["span"][0]]
    if days == 30:
        return _chosen("when", "30-days", label="in the next 30 days")
    today = _today()
    return _span(today, today + timedelta(days=days), f"in the {match[0].removeprefix('the ')}")


def _in_year(match: re.Match[str]) -> Said | None:
    return _of_year(int(match["year"])) if _year(match["year"], 1) else None


def _of_year(year: int) -> Said:
    return Said({"start": (_value(year, 1),), "end": (_value(year, 12),)}, f"in {year}")


# The first month of each, in the north.
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


def _season(match: re.Match[str]) -> Said | None:
    if match["year"] and not _year(match["year"], 1):
        return None
    return Said(season=(match["season"], int(match["year"]) if match["year"] else None))


def season_asked(said: Said, *, is_southern: bool) -> Said:
    """This one or the next to come, where it is."""
    name, year = said.season or ("spring", None)
    month = (SEASONS[name] + 6 * is_southern - 1) % 12 + 1
    today = _today()
    if year is None:
        # A winter may have begun in the year before.
        this = today.year * 12 + today.month - 1
        years = range(today.year - 1, today.year + 2)
        year = next(year for year in years if year * 12 + month - 1 + 2 >= this)
    after = month + 1
    last = (year + after // 12, after % 12 + 1)
    span = _from_to((year, month), last)
    return Said(span.values, f"in {name} ({span.label})")


# Kinds of race.


def _chosen(name: str, *values: str, label: str = "") -> Said:
    if not label and (option := BY_NAME[name].option(values[0])):
        label = option.label
    return Said({name: values}, label)


TRI = "tri(?:athlon)?s?"
KINDS: list[tuple[str, str, tuple[str, ...], str]] = [
    (rf"olympic(?: distance)? {TRI}|{TRI} olympic|standard distance(?: {TRI})?|olympic distance",
     "distance", ("olympic-tri",), ""),
    (rf"sprint(?: distance)? {TRI}|{TRI} sprint", "distance", ("sprint-tri",), ""),
    (rf"half~iron(?:mans?| distance)?|middle distance(?: {TRI})?|70\.3", "distance",
     ("middle-tri",), ""),
    (rf"(?:full|long|iron) distance(?: {TRI})?|140\.6", "distance", ("full-tri",), ""),
    (r"half~marathons?|13\.1|half(?=$| (?:in|near|on|at|around|within|this|next|under) )",
     "distance", ("half-marathon",), ""),
    ("backyards?(?: ultras?)?|last (?:one|man|woman) standing", "distance", ("backyard",), ""),
    ("ultra~marathons?|ultra~runn?(?:s|ing)?|ultras?", "distance", ("ultra",), ""),
    (r"(?:full )?marathons?|26\.2", "distance", ("marathon",), ""),
    ("timed (?:races?|events?)|(?:6|12|24|48|72)~(?:h|hrs?|hours?)", "distance", ("timed",),
     "Timed"),
    ("road (?:cycling|bikes?|biking|rides?)|gran~fondos?|(?:cyclo~)?sportives?", "sport",
     (Sport.ROAD_CYCLING,), ""),
    ("trail~(?:runs?|running|races?)|trails?|(?:mountain|fell|sky)~(?:runs?|running|races?)",
     "sport", (Sport.TRAIL_RUNNING,), ""),
    ("cross~country(?: running)?|xc", "sport", (Sport.CROSS_COUNTRY,), ""),
    ("gravel(?: (?:rides?|cycling|bikes?|biking|grinders?))?", "sport",
     (Sport.GRAVEL_CYCLING,), ""),
    ("road(?: running)?", "sport", (Sport.ROAD_RUNNING,), ""),
    ("cycling|biking|bikes?|(?:bike )?rides?", "sport", RIDES, "Cycling"),
    (TRI, "sport", (Sport.TRIATHLON,), ""),
    ("duathlons?", "sport", (Sport.DUATHLON,), ""),
    ("aquathlons?", "sport", (Sport.AQUATHLON,), ""),
    ("swim~runs?", "sport", (Sport.SWIMRUN,), ""),
    ("open~water(?: swims?| swimming)?|swims?|swimming", "sport", (Sport.OPEN_WATER,), ""),
    ("mtb|mountain~bik(?:e|es|ing)", "sport", (Sport.MOUNTAIN_BIKING,), ""),
    ("(?:nordic|cross~country|xc)~(?:ski|skiing)", "sport", (Sport.CROSS_COUNTRY_SKIING,), ""),
    ("obstacle(?: course)?(?: racing)?|ocr|mud runs?", "sport", (Sport.OBSTACLE,), ""),
    ("running", "sport", RUNS, "Running"),
    ("flat(?: courses?)?", "slope", ("flat",), ""),
    ("hilly(?: courses?)?", "slope", ("hilly",), ""),
    ("steep(?: courses?)?", "slope", ("steep",), ""),
    ("point to point", "shape", ("point-to-point",), ""),
    ("out and back", "shape", ("out-and-back",), ""),
    ("loop(?: courses?)?", "shape", ("loop",), ""),
    ("on (?:the )?grass", "surface", ("grass",), ""),
    ("on (?:the )?sand", "surface", ("sand",), ""),
    ("on (?:the )?track", "surface", ("track",), ""),
    ("beginners?(?: friendly)?|first timers?|walkers?(?: friendly)?|walkable", "cutoff",
     ("walkable",), ""),
    ("(?:no|without) (?:a )?ballot|first come(?: first served)?|open entry", "entry",
     ("open",), ""),
    ("ballot|lottery", "entry", ("ballot",), ""),
    ("(?:entry|entries|registration|sign~up) (?:is |are )?(?:still )?open(?: now)?"
     "|open (?:for (?:entry|entries|registration)|registration)", "registration", ("open",), ""),
    ("certified(?: courses?)?", "certified", ("yes",), ""),
    ("(?:with (?:a )?)?wheel~chairs?(?: (?:races?|divisions?|racing))?", "wheelchair", ("yes",),
     ""),
    ("confirmed(?: dates?)?", "certainty", ("confirmed",), ""),
    ("weekends?(?: only)?", "days", ("weekend",), "at a weekend"),
]  # fmt: skip
SORTED = {
    "cheapest(?: first)?": ("price", "Cheapest first"),
    "nearest(?: first)?|closest": ("near", "Nearest first"),
}


def _always(said: Said) -> Callable[[re.Match[str]], Said]:
    return lambda match: said


def _kind(name: str, values: tuple[str, ...], label: str) -> Callable[[re.Match[str]], Said]:
    return lambda match: _chosen(name, *values, label=label)


AT_MOST = "(?:under|below|less than|no more than|at most|up to|max(?:imum)?|<)"
AT_LEAST = "(?:over|above|more than|longer than|at least|from|min(?:imum)?|>)"
N_UNIT = rf"(?P<n>{NUMBER})~(?P<unit>{UNIT})"
NO_LENGTH = rf"(?!~(?:{UNIT})(?!\S))"
OF_MONTH = rf"(?P<month>{MONTH})(?:,? (?P<year>{YEAR}))?"
THE_DAY = rf"(?:the )?(?P<day>{DAY})(?:st|nd|rd|th)?"
THE_DAYS = rf"{THE_DAY}(?:{TO}(?P<day2>{DAY})(?:st|nd|rd|th)?)?"
WEEKEND_OF = "(?:the )?weekend (?:of|around) (?:the )?"
HOW = "(?P<how>before|after|by|until|till|from|since)"
RULES: list[Rule] = [
    (_words(rf"(?:for |costing )?(?:{AT_MOST}|cheaper than)~(?P<sign>{MONEY})?~(?P<n>[0-9]{{1,5}}"
            rf"(?:[.,][0-9]{{1,2}})?)~(?P<money>{MONEY})?"), _price),
    (_words(rf"(?:within|less than|max|up to) (?:a )?{N_UNIT}(?: radius)? (?:of|from|around)"),
     _within),
    (_words(rf"within {N_UNIT}"), _within),
    (_words(rf"(?P<n>{NUMBER})~(?P<unit>kms?|kilomet(?:er|re)s?|{MILES})(?: away)? from"), _within),
    (_words("near~(?:me|by|here)|(?:close to|around) (?:me|here)"),
     _always(Said({"near": ("",)}, "near you"))),
    (_words(rf"{YEAR}-[0-9]{{2}}-[0-9]{{2}}"), _iso_day),
    (_words(rf"(?P<year>{YEAR})[-/](?P<number>[0-9]{{2}})"), _month_number),
    (_words(rf"(?P<number>[0-9]{{1,2}})[-/](?P<year>{YEAR})"), _month_number),
    (_words(rf"{WEEKEND_OF}{THE_DAYS}(?: of)? {OF_MONTH}"), _weekend_of),
    (_words(rf"{WEEKEND_OF}(?P<month>{MONTH}) {THE_DAYS}(?:,? (?P<year>{YEAR}))?"), _weekend_of),
    (_words(rf"(?:from |between )?{THE_DAY}(?: of)? {OF_MONTH}{TO}(?P<day2>{DAY})(?:st|nd|rd|th)?"
            rf"(?: of)? (?P<month2>{MONTH})(?: (?P<year2>{YEAR}))?"), _from_day_to_day),
    (_words(rf"{HOW} {THE_DAY}(?: of)? {OF_MONTH}"), _bounded_day),
    (_words(rf"{HOW} (?P<month>{MONTH}) {THE_DAY}{NO_LENGTH}(?:,? (?P<year>{YEAR}))?"),
     _bounded_day),
    (_words(rf"{THE_DAYS}(?: of)? {OF_MONTH}"), _on_days),
    (_words(rf"(?P<month>{MONTH}) {THE_DAYS}{NO_LENGTH}(?:,? (?P<year>{YEAR}))?"), _on_days),
    (_words(rf"between {OF_MONTH} and (?P<month2>{MONTH})(?: (?P<year2>{YEAR}))?"), _months),
    (_words(rf"(?:from )?{OF_MONTH}(?: to | until | till | through | thru |~-~)"
            rf"(?P<month2>{MONTH})(?: (?P<year2>{YEAR}))?"), _months),
    (_words(rf"{HOW} {OF_MONTH}"), _bounded_month),
    (_words(rf"(?:(?:in|during|of|this|next) )?{OF_MONTH}"), _in_month),
    (_words(rf"(?:(?:this|next|in) )?(?P<season>{'|'.join(SEASONS)})"
            rf"(?: (?:of )?(?P<year>{YEAR}))?"), _season),
    (_words("(?:the )?(?:this|next|coming) (?:weekend|week|month|year)|today|tomorrow"), _soon),
    (_words(r"(?:the )?next (?P<n>[1-9][0-9]?) (?P<span>days?|weeks?|months?)"), _next_days),
    *((_words(rf"{begin}(?P<n>{NUMBER})~(?P<of_first>{UNIT})?{to}(?P<n2>{NUMBER})~(?P<unit>{UNIT})"),
       _between) for begin, to in [("(?:between|from) ", TO), ("", "(?: to |~-~)")]),
    (_words(rf"{AT_LEAST}~{N_UNIT}(?: long)?"), _longer),
    (_words(rf"{N_UNIT}(?:\+| and (?:more|longer|over|up)| or (?:more|longer))"), _longer),
    (_words(rf"(?:{AT_MOST}|shorter than)~{N_UNIT}(?: long)?"), _shorter),
    (_words(N_UNIT), _of_length),
    *((_words(pattern), _kind(name, values, label)) for pattern, name, values, label in KINDS),
    *((_words(pattern), _always(Said({"sort": (value,)}, label)))
      for pattern, (value, label) in SORTED.items()),
    (_words(rf"(?:(?:in|of|during) )?(?P<year>{YEAR})"), _in_year),
]  # fmt: skip


def find(line: str) -> Iterator[tuple[int, int, Said]]:
    """What is said in a line, with where in it. Its words must be as spelt() makes them."""
    for pattern, said in RULES:
        for match in pattern.finditer(line):
            if meaning := said(match):
                yield match.start(), match.end(), meaning
                line = f"{line[: match.start()]}{'|' * len(match[0])}{line[match.end() :]}"


# Typing errors.


def _vocabulary() -> set[str]:
    words = (
        "marathon marathons triathlon triathlons duathlon aquathlon swimrun backyard olympic "
        "sprint "
        "gravel obstacle cycling running swimming weekend spring summer autumn winter kilometres "
        "certified distance"
    )
    names = [
        *country_names().values(),
        *US_STATES.values(),
        *(name for name, _ in CONTINENTS.values()),
    ]
    months = [name.lower() for name in calendar.month_name[1:]]
    return {*words.split(), *months, *(name.lower() for name in names if name.isalpha())}


VOCABULARY = sorted(word for word in _vocabulary() if len(word) >= 6 and word.isascii())


def respelt(word: str) -> str:
    """The word of ours that this one surely is, one letter wrong; blank if there is none."""
    if len(word) < 6 or not word.isascii() or not word.isalpha() or word in VOCABULARY:
        return ""
    found: list[Any] = process.extract(
        word, VOCABULARY, scorer=OSA.distance, score_cutoff=1, limit=2
    )
    # A plural is no typing error.
    only = [known for known, *_ in found if known + "s" != word]
    return only[0] if len(only) == 1 else ""


def in_other_unit(amount: float, unit: str, other: str) -> float:
    return amount * KM_IN[unit] / KM_IN[other]
