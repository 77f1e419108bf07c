"""The dates in admin: what the lists say and filter, and the buttons of an edition."""

import re
from datetime import date

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from organizers.models import User
from races.history import versions
from races.models import Edition, bracket
from tests.desk import client_of, save
from tests.factories import EditionFactory, RaceFactory

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T12:00Z"


@pytest.fixture(autouse=True)
def now(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW)


@pytest.fixture
def desk(editor: User) -> Client:
    return client_of(editor)


def month(name: str, year_and_month: str, rule: str = "", **values: object) -> Edition:
    first, last = bracket(date.fromisoformat(f"{year_and_month}-01"), None, "month")
    made: Edition = EditionFactory(
        race__name=name, race__usual_rule=rule, start_date=first, end_date=last,
        date_precision="month", **values,
    )  # fmt: skip
    return made


@pytest.fixture
def catalogue() -> None:
    EditionFactory(race__name="Sure Run", start_date="2027-05-09", confirmed_on="2026-11-02")
    EditionFactory(race__name="Day Run", start_date="2027-05-16", last_verified_on="2025-03-01")
    EditionFactory(race__name="Lost Run", start_date="2027-05-23", status="cancelled")
    month("Custom Run", "2027-10", "second Sunday of October", last_verified_on="2026-10-01")
    month("Month Run", "2027-06")
    month("Late Run", "2026-11", "third Sunday of November")
    EditionFactory(race__name="Past Run", start_date="2026-10-01", confirmed_on="2026-11-01")
    RaceFactory(name="No Run")


def rows(page: str) -> dict[str, dict[str, str]]:
    """The list, by the name of the race: what each column says."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page.split('id="result_list"')[1], re.S)[1:]:
        cells = re.findall(r'class="field-([\w]+)[^"]*">(.*?)</t[dh]>', row, re.S)
        said = {name: re.sub("<[^>]+>", "", value).strip() for name, value in cells}
        found[said.get("name") or said["race"]] = said
    return found


@pytest.mark.usefixtures("catalogue")
def test_the_list_of_races_says_how_sure_the_next_date_is(desk: Client) -> None:
    page = desk.get("/admin/races/race/").content.decode()
    columns = ["next_date", "status", "certainty", "not_verified_since"]
    said = {name: [row[column] for column in columns] for name, row in rows(page).items()}
    assert said == {
        "Sure Run": ["Sun 9 May 2027", "Scheduled", "Confirmed", "2 Nov 2026"],
        "Day Run": ["Sun 16 May 2027, provisional", "Scheduled", "Provisional",
                    "1 Mar 2025"],
        "Lost Run": ["Sun 23 May 2027", "Cancelled", "-", "never"],
        "Custom Run": ["Sun 10 Oct 2027, expected", "Scheduled", "Expected",
                       "1 Oct 2026"],
        "Month Run": ["June 2027, day not known yet", "Scheduled", "No day known", "never"],
        "Late Run": ["Sun 15 Nov 2026, may be over", "Scheduled",
                     "Expected, may be over", "never"],
        "Past Run": ["-", "-", "-", "1 Nov 2026"],
        "No Run": ["-", "-", "-", "never"],
    }  # fmt: skip


FILTERS = [
    ("certainty=confirmed", {"Sure Run"}, {"Past Run"}),
    ("certainty=provisional", {"Day Run", "Lost Run"}, set()),
    ("certainty=expected", {"Custom Run", "Late Run"}, set()),
    ("certainty=open", {"Month Run"}, set()),
    ("certainty=over", {"Late Run"}, set()),
    ("certainty=rubbish", None, set()),
    ("seen=year", {"Sure Run", "Custom Run"}, {"Past Run"}),
    ("seen=long", {"Day Run"}, set()),
    ("seen=never", {"Lost Run", "Month Run", "Late Run"}, set()),
]


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(("query", "ahead", "past"), FILTERS)
def test_the_lists_are_filtered_by_what_they_say(
    desk: Client, query: str, ahead: set[str] | None, past: set[str]
) -> None:
    for kind, found in [("race", ahead), ("edition", ahead and ahead | past)]:
        response = desk.get(f"/admin/races/{kind}/?{query}")
        if ahead is None:
            assert len(rows(response.content.decode())) == (8 if kind == "race" else 7)
        else:
            assert set(rows(response.content.decode())) == found, kind
    listed = desk.get("/admin/races/race/?next_status=cancelled").content.decode()
    assert set(rows(listed)) == {"Lost Run"}


@pytest.mark.usefixtures("catalogue")
def test_the_lists_are_sorted_by_date_and_by_when_it_was_verified(desk: Client) -> None:
    page = desk.get("/admin/races/race/?o=2").content.decode()
    assert list(rows(page))[:3] == ["Late Run", "Sure Run", "Day Run"]
    page = desk.get("/admin/races/race/?o=5").content.decode()
    assert list(rows(page))[0] == "Day Run"


def buttons(desk: Client, edition: Edition) -> list[str]:
    page = desk.get(f"/admin/races/edition/{edition.pk}/change/").content.decode()
    return re.findall(r'name="_verb" value="([\w-]+)"', page)


def test_each_verb_is_a_button_that_does_it_and_is_kept(desk: Client) -> None:
    edition = EditionFactory(start_date="2027-05-09")

    def press(verb: str, **typed: str) -> tuple[str, str, str]:
        before = versions.latest(edition.race_id)
        assert verb in buttons(desk, edition)
        assert save(desk, edition, _verb=verb, **typed).status_code == 302
        assert versions.latest(edition.race_id) != before
        edition.refresh_from_db()
        return edition.status, str(edition.confirmed_on or ""), edition.status_note

    assert press("confirm") == ("scheduled", "2026-11-23", "")
    assert press("move-online") == ("moved-online", "2026-11-23", "")
    assert press("postpone", status_note="Snow.") == ("postponed", "", "Snow.")
    assert edition.status_since == date(2026, 11, 23)
    assert "confirm" not in buttons(desk, edition)
    assert press("cancel") == ("cancelled", "", "Snow.")
    assert press("resume") == ("scheduled", "", "")
    press("seen")
    assert edition.last_verified_on == date(2026, 11, 23)
    assert edition.sequence > 0


def test_a_month_has_no_button_to_confirm_it(desk: Client) -> None:
    made = month("Custom Run", "2027-10", "second Sunday of October")
    assert "confirm" not in buttons(desk, made)
    assert "Only a date known to the day" in save(desk, made, _verb="confirm").content.decode()
    assert save(desk, made, _verb="rubbish").status_code == 302


def test_the_lists_cost_no_query_a_row(desk: Client, django_assert_max_num_queries: object) -> None:
    def count(kind: str) -> int:
        with django_assert_max_num_queries(60) as queries:  # type: ignore[operator]
            assert desk.get(f"/admin/races/{kind}/").status_code == 200
        return len(queries)

    EditionFactory()
    few = count("race"), count("edition")
    for _ in range(9):
        EditionFactory()
    assert (count("race"), count("edition")) == few
