"""What a customary rule means in a year: each form of the catalogue, by a calendar on the wall."""

import calendar
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from races.files import race_files
from races.usual_date import MONTHS, NAMED, ORDINALS, PARTS, WEEKDAYS, expected
from text import content_files

CATALOGUE = [
    (race.data["usual_rule"], race.data["usual_month"])
    for race in content_files.read_folder(race_files.CONTENT, race_files.RACE)
    if race.data.get("usual_rule")
]
YEARS = range(2025, 2041)

# Looked up by hand: the usual month, the day in 2026 and 2027. “~”: about, the middle of what the
# rule allows. The last are not in the catalogue yet; of the very last, the usual month has no day.
MEANT = """
the days around New Year | 12 | ~12-30 | ~12-30
last week of July | 7 | ~07-28 | ~07-28
third Sunday of October | 10 | 10-18 | 10-17
a weekend in the middle of June in recent years | 6 | ~06-13/06-14 | ~06-12/06-13
about 12 or 13 December, when the flight allows | 12 | ~12-12 | ~12-12
a Sunday in the middle of February | 2 | ~02-15 | ~02-14
third Sunday of March in most years | 3 | 03-15 | 03-21
a Sunday in late March or early April | 4 | ~04-05 | ~04-04
first or second Sunday of June | 6 | ~06-07 | ~06-06
a Sunday in the second half of August | 8 | ~08-23 | ~08-22
6 January in most years, on 25 January in 2026 | 1 | 01-06 | 01-06
a Sunday in the first half of April | 4 | ~04-05 | ~04-04
a weekend in late August | 8 | ~08-22/08-23 | ~08-21/08-22
Saturday in late March or early April | 4 | ~04-04 | ~04-03
Saturday before the first Sunday of November | 11 | 10-31 | 11-06
15 August | 8 | 08-15 | 08-15
Saturday after Memorial Day, in late May or early June | 6 | 05-30 | 06-05
four days from the third Thursday of October | 10 | 10-15/10-18 | 10-21/10-24
third or fourth Saturday of June | 6 | ~06-20 | ~06-19
first Saturday after Labour Day | 9 | 09-12 | 09-11
a Sunday in the second half of May in most years | 5 | ~05-24 | ~05-23
a Sunday at the end of June in most years | 6 | ~06-28 | ~06-27
Saturday before Thanksgiving | 11 | 11-21 | 11-20
last Sunday of February or first of March | 2 | ~02-22 | ~02-28
a weekend around the start of October | 10 | ~10-03/10-04 | ~10-02/10-03
second Sunday of September, the ultras from the Thursday before | 9 | 09-13 | 09-12
the last days of June, Wednesday to Sunday | 6 | ~06-24/06-28 | ~06-23/06-27
the first half of April in most years | 4 | ~04-08 | ~04-08
four days in the second half of June | 6 | ~06-21/06-24 | ~06-21/06-24
a Wednesday in the first days of August | 8 | ~08-05 | ~08-04
from a Friday in late April | 4 | ~04-24 | ~04-23
a weekend in the second half of September in recent years | 9 | ~09-19/09-20 | ~09-18/09-19
eight days from a Saturday in the middle of November | 11 | ~11-14/11-21 | ~11-13/11-20
penultimate Sunday of May | 5 | 05-24 | 05-23
first weekend of March, with a further edition in late summer | 3 | 03-07/03-08 | 03-06/03-07
a weekend in early July | 7 | ~07-04/07-05 | ~07-03/07-04
the first half of April | 4 | ~04-08 | ~04-08
last weekend of October, with the marathon on Saturday | 10 | 10-31/11-01 | 10-30/10-31
the Saturday of Culture Night, in the second half of August | 8 | ~08-22 | ~08-21
the long weekend of Corpus Christi, in late May or June | 6 | 06-04/06-07 | 05-27/05-30
weekend at the end of November or start of December | 11 | ~11-28/11-29 | ~11-27/11-28
the day before the second Sunday of August | 8 | 08-08 | 08-07
the week from the second Sunday of January in most years | 1 | 01-11/01-17 | 01-10/01-16
Wednesday to Sunday, at the end of February or the start of March | 3 | ~03-04/03-08 | ~03-03/03-07
Thursday to Sunday in the middle of May | 5 | ~05-14/05-17 | ~05-13/05-16
the weekend of the last Saturday of May or the first of June | 5 | ~05-30/05-31 | ~05-29/05-30
the weekend before Midsummer | 6 | 06-13/06-14 | 06-19/06-20
Labor Day, the first Monday of September | 9 | 09-07 | 09-06
Easter Monday | 4 | 04-06 | 03-29
the Saturday before Easter | 4 | 04-04 | 03-27
Good Friday | 4 | 04-03 | 03-26
Ascension Day | 5 | 05-14 | 05-06
Whit Monday | 5 | 05-25 | 05-17
a Sunday during Golden Week | 5 | ~05-03 | ~05-02
New Year’s Day | 1 | 01-01 | 01-01
Boxing Day | 12 | 12-26 | 12-26
the days around New Year | 1 | ~01-02 | ~01-02
Third Monday of April (Patriots' Day) | 4 | 04-20 | 04-19
first weekend in May | 5 | 05-02/05-03 | 05-01/05-02
a Saturday in mid-June | 6 | ~06-13 | ~06-12
third Sunday of October | 9 | 10-18 | 10-17
"""

ANY_WEEK = "any week of a month"
WIDER = "more than three weeks are open"
# Of these the site says the month alone, and why.
MONTH_ONLY = {
    "from a Monday in July": ANY_WEEK,
    "a Saturday in July, with reserve dates into August": ANY_WEEK,
    "a Wednesday in July, with reserve dates in August": ANY_WEEK,
    "a Friday night in June": ANY_WEEK,
    "a Friday in January": ANY_WEEK,
    "a Friday in March": ANY_WEEK,
    "a Sunday in February": ANY_WEEK,
    "a Sunday in November": ANY_WEEK,
    "a weekend in February": ANY_WEEK,
    "a Saturday between late January and late February": WIDER,
    "a Sunday in January or February": WIDER,
    "in August, every four years": "no day of the week",
    "a Sunday between late January and late February": WIDER,
    "a Saturday in January": ANY_WEEK,
    "a Saturday in February": ANY_WEEK,
    "a Sunday in March": ANY_WEEK,
    "a Sunday in April": ANY_WEEK,
    "a weekend in April": ANY_WEEK,
    "a Saturday in May": ANY_WEEK,
    "a Sunday in May": ANY_WEEK,
    "a Sunday in June": ANY_WEEK,
    "a weekend in June": ANY_WEEK,
    "a weekend in June in recent years": ANY_WEEK,
    "a weekend in June, since 2025": ANY_WEEK,
    "a Sunday in September in recent years": ANY_WEEK,
    "a Sunday in April or early May": WIDER,
    "a weekend in November in the years we found": ANY_WEEK,
    "every second year, a Sunday in the second half of November since 2021": "not every year",
    "the first week of July until 2026; the new format has no custom yet": "no custom any more",
    "a weekend in August": ANY_WEEK,
    "a Sunday in September": ANY_WEEK,
    "a weekend in September, since 2022": ANY_WEEK,
    "a Saturday in October, since 2025": ANY_WEEK,
    "a weekend in October": ANY_WEEK,
    "a Saturday in November": ANY_WEEK,
    "a Sunday between early January and early February": WIDER,
    "a Sunday in March or April": WIDER,
    "a Sunday in April or May": WIDER,
    "a Sunday between late October and late November": WIDER,
    "a Sunday in late October or November": WIDER,
    "a weekend in early autumn": "no month is named",
    "a secret date, as a rule between February and April": "the date is kept secret",
    "the Saturday before the professional Tour of Flanders": "the cyclists' calendar decides",
}


def said(rule: str, year: int, month: int) -> str:
    found = expected(rule, year, month)
    if found is None:
        return ""
    days = f"{found.first:%m-%d}" + (f"/{found.last:%m-%d}" if found.last > found.first else "")
    return f"{'~' if found.is_about else ''}{days}"


@pytest.mark.parametrize("line", MEANT.strip().splitlines())
def test_a_rule_means_the_days_one_finds_in_a_calendar(line: str) -> None:
    rule, month, *days = line.split(" | ")
    assert [said(rule, year, int(month)) for year in (2026, 2027)] == days


def test_every_example_of_the_docs_is_understood() -> None:
    docs = (Path(__file__).parent.parent.parent / "docs" / "content.md").read_text()
    table = docs.split("### The customary rule")[1].split("\n\n")[2].splitlines()[2:]
    examples = [each.strip() for row in table for each in row.split(" | ")[1].split(";")]
    assert len(examples) > 30
    assert [rule for rule in examples if not expected(rule, 2027, 5)] == []


def test_every_rule_of_the_catalogue_gives_a_day_or_is_known_to_give_none() -> None:
    for rule, month in CATALOGUE:
        for year in YEARS:
            assert (expected(rule, year, month) is None) == (rule in MONTH_ONLY), rule
    assert set(MONTH_ONLY) <= {rule for rule, _ in CATALOGUE}


def test_a_day_of_the_catalogue_is_in_its_month_and_has_its_weekday() -> None:
    """A rule that hangs on a feast or another month's Sunday may leave its month."""
    strays = set()
    for rule, month in CATALOGUE:
        words = rule.lower().replace(",", " ").split()
        for year in YEARS:
            found = expected(rule, year, month)
            if not found:
                continue
            assert found.first <= found.last <= found.latest
            assert abs(found.first - date(year, month, 15)) < timedelta(days=24), rule
            if found.first.month != month:
                strays.add(rule)
            names = [name for name in words if name in WEEKDAYS]
            if names and not {"before", "long"} & set(words):
                assert found.first.weekday() == WEEKDAYS[names[0]], rule
    assert strays == {
        "Saturday before the first Sunday of November",
        "Saturday after Memorial Day, in late May or early June",
        "the long weekend of Corpus Christi, in late May or June",
        "Wednesday to Sunday, at the end of February or the start of March",
    }


YEAR = st.sampled_from(YEARS)
MONTH = st.sampled_from(list(MONTHS))


@given(YEAR, MONTH, st.sampled_from(list(ORDINALS)), st.sampled_from(list(calendar.day_name)))
def test_the_nth_weekday_is_that_of_the_calendars_week_rows(
    year: int, month: str, ordinal: str, weekday: str
) -> None:
    number = MONTHS[month]
    rows = calendar.monthcalendar(year, number)
    days = [row[WEEKDAYS[weekday.lower()]] for row in rows if row[WEEKDAYS[weekday.lower()]]]
    found = expected(f"{ordinal} {weekday} of {month.title()}", year, number)
    at = ORDINALS[ordinal] - (ORDINALS[ordinal] > 0)
    if at >= len(days):
        assert found is None
    else:
        day = date(year, number, days[at])
        assert found == (day, day, day, False)


@given(YEAR, MONTH, st.sampled_from(list(PARTS)), st.sampled_from([*WEEKDAYS, "four days"]))
def test_a_part_of_a_month_gives_its_middle_and_says_so(
    year: int, month: str, part: str, what: str
) -> None:
    number = MONTHS[month]
    found = expected(f"{what} in the {part} {month}".replace("in the early", "in early"),
                     year, number)  # fmt: skip
    assert found
    assert found.is_about
    length = calendar.monthrange(year, number)[1]
    least, most = (n if n > 0 else length + 1 + n for n in PARTS[part])
    assert date(year, number, least) <= found.first <= date(year, number, most)
    if what in WEEKDAYS:
        assert found.first.weekday() == WEEKDAYS[what]


WORDS = [*ORDINALS, *WEEKDAYS, *MONTHS, *PARTS, *NAMED, "a", "the", "of", "in", "or", "and",
         "between", "around", "before", "after", "from", "to", "week", "four days", "weekend of",
         "days around", "0", "31", "99", "about", ",", "(", "easter", "at", "first"]  # fmt: skip


@given(
    st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.integers(-5, 12_000),
    st.integers(1, 12),
)
def test_rubbish_gives_no_day_and_never_an_error(rule: str, year: int, month: int) -> None:
    found = expected(rule, year, month)
    if found:
        assert found.first <= found.last <= found.latest


@pytest.mark.parametrize(
    "rule",
    ["", "soon", "31 February", "fifth Sunday of February", "a Sunday", "day before day before",
     "first or Sunday of June", "from from from from", "around around May", "² May",
     "a Sunday between June and May", "a weekend in the second half of", "from " * 40],
)  # fmt: skip
def test_what_is_no_rule_gives_no_day(rule: str) -> None:
    assert expected(rule, 2027, 5) is None
