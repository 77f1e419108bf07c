"""Two races that are one: merged, with both addresses, all editions and what organizers have."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Model
from django.test import Client

from organizers.models import Listing, Report, Submission
from races.files import race_files
from races.history import versions
from races.models import Course, Distance, Edition, FormerAddress, PriceTier, Race
from tests.desk import as_read
from tests.factories import (
    CourseFactory,
    DistanceFactory,
    EditionFactory,
    OrganizerFactory,
    RaceFactory,
    SubmissionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(db: None) -> Race:
    race: Race = RaceFactory(
        name="Harbour Run", slug="harbour-run", website="", latitude=41.9, longitude=2.8,
        sources=[{"title": "A", "url": "https://a.example/"}],
    )  # fmt: skip
    return race


@pytest.fixture
def other(db: None) -> Race:
    race: Race = RaceFactory(
        name="The Harbour Run", slug="the-harbour-run", organizer_name="Club",
        sources=[{"title": "A", "url": "https://a.example/"},
                 {"title": "B", "url": "https://b.example/"}],
    )  # fmt: skip
    return race


def address(kept: Race, other: Race) -> str:
    return f"/admin/races/race/{kept.pk}/merge/{other.pk}/"


def merge(client: Client, kept: Race, other: Race, *take: str, **more: str) -> str:
    page = client.get(address(kept, other)).content.decode()
    match = re.search(r'name="seen" value="([^"]*)"', page)
    assert match
    values = {"seen": match[1], "take": list(take), **more}
    answer = client.post(address(kept, other), values, follow=True)
    return as_read(answer.content.decode())


def test_both_addresses_stay_alive(desk: Client, client: Client, kept: Race, other: Race) -> None:
    FormerAddress.objects.create(slug="old-harbour", race=other)
    assert "“The Harbour Run” is part of “Harbour Run” now" in merge(desk, kept, other)
    assert client.get("/races/harbour-run/").status_code == 200
    for slug in ("the-harbour-run", "old-harbour"):
        answer = client.get(f"/races/{slug}/")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/races/harbour-run/")
    assert list(Race.objects.all()) == [kept]


def test_what_differs_is_shown_and_taken_where_it_is_asked(
    desk: Client, kept: Race, other: Race
) -> None:
    Race.objects.filter(pk=other.pk).update(usual_month=5, usual_rule="second Sunday of May")
    page = as_read(desk.get(address(kept, other)).content.decode())
    assert "May, second Sunday of May" in page
    # What the one says nothing of is ticked beforehand.
    for name, is_ticked in [("name", False), ("website", True), ("organizer", True)]:
        box = re.search(rf'<input [^>]*value="{name}"[^>]*>', page)
        assert box, name
        assert ("checked" in box[0]) == is_ticked, name
    merge(desk, kept, other, "name", "organizer")
    kept.refresh_from_db()
    assert (kept.name, kept.organizer_name, kept.website) == ("The Harbour Run", "Club", "")
    assert kept.latitude == 41.9
    assert [source["title"] for source in kept.sources] == ["A", "B"]


def test_editions_move_and_those_of_one_time_become_one(
    desk: Client, kept: Race, other: Race
) -> None:
    may = EditionFactory(
        race=kept, start_date="2027-05-01", end_date="2027-05-31", date_precision="month"
    )
    mine = DistanceFactory(edition=may, name="10K", metres=10_000)
    same = EditionFactory(
        race=other, start_date="2027-05-09", confirmed_on="2027-01-02",
        registration_url="https://race.example/entry",
    )  # fmt: skip
    theirs = DistanceFactory(edition=same, name="10k", metres=10_100, cut_off_minutes=90)
    PriceTier.objects.create(distance=theirs, name="Entry", amount=30, currency="EUR")
    course = CourseFactory(distance=theirs)
    half = DistanceFactory(edition=same, name="Half", metres=21_098)
    past = EditionFactory(race=other, start_date="2026-05-10")
    merge(desk, kept, other)
    assert set(kept.editions.all()) == {may, past}
    may.refresh_from_db()
    # The surer date stays.
    assert (
        f"{may.start_date} {may.date_precision} {may.confirmed_on}" == "2027-05-09 day 2027-01-02"
    )
    assert may.registration_url == "https://race.example/entry"
    assert set(may.distances.all()) == {mine, half}
    mine.refresh_from_db()
    assert (mine.metres, mine.cut_off_minutes) == (10_000, 90)
    assert mine.price_tiers.get().amount == 30
    assert mine.course == course


def test_a_surer_date_is_not_given_up(desk: Client, kept: Race, other: Race) -> None:
    may = EditionFactory(race=kept, start_date="2027-05-09", confirmed_on="2027-01-02")
    EditionFactory(race=other, start_date="2027-05-09")
    merge(desk, kept, other)
    may.refresh_from_db()
    assert str(may.confirmed_on) == "2027-01-02"
    assert Edition.objects.count() == 1


def test_two_runnings_in_a_year_stay_two(desk: Client, kept: Race, other: Race) -> None:
    year = EditionFactory(
        race=kept, start_date="2027-01-01", end_date="2027-12-31", date_precision="year"
    )
    may, september = (
        EditionFactory(race=other, start_date=f"2027-{month}-01", end_date=f"2027-{month}-{last}",
                       date_precision="month")
        for month, last in [("05", "31"), ("09", "30")]
    )  # fmt: skip
    merge(desk, kept, other)
    assert list(kept.editions.all()) == [year, september]
    assert not Edition.objects.filter(pk=may.pk).exists()


@pytest.mark.parametrize("is_the_kept", [True, False])
def test_what_is_off_in_one_of_them_is_settled_first(
    desk: Client, kept: Race, other: Race, is_the_kept: bool
) -> None:
    for race in (kept, other):
        is_off = (race == kept) == is_the_kept
        EditionFactory(
            race=race, start_date="2028-05-09", status="cancelled" if is_off else "scheduled"
        )
    assert "does not take place: put that right first" in merge(desk, kept, other)
    assert Race.objects.count() == 2
    assert Edition.objects.filter(status="cancelled").count() == 1


def test_what_organizers_have_comes_along(desk: Client, kept: Race, other: Race) -> None:
    listing = Listing.objects.create(organizer=OrganizerFactory(), race=other)
    submission = SubmissionFactory(race=other)
    report = Report.objects.create(race=other, about="date", text="No")
    merge(desk, kept, other)
    for row in (listing, submission, report):
        row.refresh_from_db()
        assert row.race == kept


def test_no_organizer_loses_a_race(desk: Client, kept: Race, other: Race) -> None:
    for race in (kept, other):
        Listing.objects.create(organizer=OrganizerFactory(), race=race)
    EditionFactory(race=other, start_date="2027-05-09")
    page = merge(desk, kept, other)
    assert "settle with them whose it is" in page
    assert other.editions.exists()
    assert Listing.objects.count() == 2
    # One organizer has it once.
    Listing.objects.update(organizer=OrganizerFactory())
    merge(desk, kept, other)
    assert Listing.objects.get().race == kept


def test_what_is_public_does_not_vanish_into_a_draft(desk: Client, kept: Race, other: Race) -> None:
    Race.objects.filter(pk=kept.pk).update(state="draft")
    assert "that one has to stay" in merge(desk, kept, other)
    assert Race.objects.count() == 2
    assert "is part of" in merge(desk, other, kept)


def test_what_somebody_else_changed_is_not_overwritten(
    desk: Client, kept: Race, other: Race
) -> None:
    old = desk.get(address(kept, other)).content.decode()
    match = re.search(r'name="seen" value="([^"]*)"', old)
    assert match
    other.save()
    answer = desk.post(address(kept, other), {"seen": match[1]})
    assert "has changed meanwhile" in answer.content.decode()
    assert Race.objects.count() == 2


def test_looking_merges_nothing_and_strangers_see_nothing(
    desk: Client, client: Client, kept: Race, other: Race
) -> None:
    desk.get(address(kept, other))
    assert Race.objects.count() == 2
    assert desk.get(address(kept, kept)).status_code == 404
    assert desk.get(f"/admin/races/race/{kept.pk}/merge/999999/").status_code == 404
    client.post(address(kept, other), {"seen": ""})
    assert Race.objects.count() == 2


def test_the_history_tells_and_keeps_what_was_there(desk: Client, kept: Race, other: Race) -> None:
    merge(desk, kept, other)
    newest = versions.latest(kept.pk)
    assert newest
    assert newest.get_comment() == "Merged with The Harbour Run (the-harbour-run)"
    assert versions.latest(other.pk)


def test_two_are_chosen_in_the_list(desk: Client, kept: Race, other: Race) -> None:
    def chosen(*races: Race) -> Any:
        rows = [race.pk for race in races]
        values = {"action": "merge_two", "_selected_action": rows}
        return desk.post("/admin/races/race/", values, follow=True)

    assert "stays, with its address" in as_read(chosen(kept, other).content.decode())
    assert "Choose two races" in chosen(kept).content.decode()
    assert "Choose two races" in chosen(kept, other, RaceFactory()).content.decode()


def test_the_file_of_the_one_that_went_makes_no_new_race(desk: Client, kept: Race) -> None:
    call_command("load_races", verbosity=0)
    loaded = Race.objects.exclude(pk=kept.pk).order_by("pk")
    one, two = loaded[0], loaded[1]
    merge(desk, one, two)
    before = Race.objects.count()
    assert race_files.CONTENT.joinpath(f"{two.slug}.md").exists()
    call_command("load_races", verbosity=0)
    assert Race.objects.count() == before


def hanging_on(model: type[Model]) -> set[Any]:
    fields = model._meta.get_fields(include_hidden=True)
    return {field.related_model for field in fields if field.auto_created and not field.concrete}


def test_all_that_hangs_on_a_race_is_thought_of() -> None:
    """Whoever adds something must say what becomes of it when two races are merged."""
    assert hanging_on(Race) == {Edition, FormerAddress, Listing, Submission, Report}
    assert hanging_on(Edition) == {Distance}
    assert hanging_on(Distance) == {PriceTier, Course}
