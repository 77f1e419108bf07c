"""The history of a race, two people on one race, and a race that was deleted by mistake."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from reversion.models import Revision, Version

from organizers.models import Listing, Submission, User
from organizers.submissions import workflow
from races.history import versions as history
from races.history.contents import contents
from races.history.rows import rows_in, rows_now
from races.models import NAME_TAKEN, Distance, Edition, FormerAddress, Place, PriceTier, Race
from races.models.naming import lock_names
from tests.backstage import CONCURRENT, second_person, wait_until_somebody_waits_for_us
from tests.desk import bring_back, client_of, delete, form_of, opened, save, typed_in
from tests.factories import (
    DistanceFactory,
    EditionFactory,
    OrganizerFactory,
    RaceFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MAY, JUNE = date(2030, 5, 12), date(2030, 6, 9)


def history_of(client: Client, race: Race) -> str:
    return client.get(f"/admin/races/race/{race.pk}/history/").content.decode()


def versions(race: Race) -> list[Version]:
    return list(history.versions_of(race.pk))


def colleague(user: User, email: str = "second@example.com") -> Client:
    second = UserFactory(is_staff=True, email=email)
    second.groups.set(user.groups.all())
    return client_of(second)


@pytest.fixture
def other_desk(moderator: User) -> Client:
    return colleague(moderator)


@pytest.fixture
def race(db: None) -> Race:
    """With two editions, three distances and a price."""
    race: Race = RaceFactory(
        name="Long Run", slug="long-run", description="As it was.", latitude=42.0, longitude=2.8
    )
    for day in [MAY, JUNE]:
        edition = EditionFactory(race=race, start_date=day, registration_url="https://r.example/")
        marathon = DistanceFactory(edition=edition, capacity=900)
        PriceTier.objects.create(distance=marathon, name="Early", amount="45.50", currency="EUR")
    DistanceFactory(edition=edition, name="Half", metres=21097, position=1)
    return race


def whole(race: Race) -> list[tuple[Any, ...]]:
    """All that is stored of a race, save when and how often it was saved."""
    outside = {"updated_at", "search", "description_html", "links", "sequence"}

    def value_of(value: Any) -> Any:
        # Versions keep milliseconds.
        return f"{value:%c}" if isinstance(value, datetime) else value

    return [
        (model, row.pk, {name: value_of(row.values[name]) for name in row.values.keys() - outside})
        for model, rows in rows_now(race.pk).items()
        for row in sorted(rows, key=lambda row: row.pk)
    ]


# Every change leaves a version of the whole race.


def test_a_change_in_each_form_is_a_version_of_the_whole_race(
    desk: Client, race: Race, moderator: User
) -> None:
    assert versions(race) == []
    edition, distance = Edition.objects.get(start_date=MAY), Distance.objects.get(name="Half")
    for row, change, said in [
        (race, {"city": "Salt"}, "Changed City."),
        (race, {"editions-0-status": "cancelled"}, "Changed Status for edition “Long Run 2030”."),
        (edition, {"source_url": "https://seen.example/"}, "Changed Source for edition"),
        (edition, {"distances-0-name": "42 km"}, "Changed Name for distance “42 km”."),
        (distance, {"capacity": "77"}, "Changed Places for distance “Half”."),
    ]:
        assert save(desk, row, **change).status_code == 302
        newest = versions(race)[0].revision
        assert newest.user == moderator
        assert newest.date_created.date() == timezone.now().date()
        assert said in history_of(desk, race)
        assert rows_in(newest).keys() == {Race, Edition, Distance, PriceTier}
    first = versions(race)[-1].revision
    assert first.comment == "As it stood before its first change here"
    assert first.user is None
    assert contents(rows_in(first))["city"] == ["Girona"]
    # The state before the first change, and one for each change.
    assert len(versions(race)) == 6


def test_a_save_that_changes_nothing_is_no_version(desk: Client, race: Race) -> None:
    save(desk, race, city="Salt")
    save(desk, race)
    save(desk, Edition.objects.first())
    assert len(versions(race)) == 2


def test_what_is_new_and_what_is_removed_are_versions_too(editing: Client, race: Race) -> None:
    values = {
        "race": str(race.pk), "start_date": "2031-05-11", "end_date": "", "date_precision": "day",
        "status": "scheduled", "distances-TOTAL_FORMS": "0", "distances-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert editing.post("/admin/races/edition/add/", values).status_code == 302
    edition = Edition.objects.get(start_date__year=2031)
    assert "Added edition “Long Run 2031”." in history_of(editing, race)
    assert len(rows_in(versions(race)[0].revision)[Edition]) == 3
    editing.post(f"/admin/races/edition/{edition.pk}/delete/", {"post": "yes"})
    assert "Deleted edition “Long Run 2031”." in history_of(editing, race)
    assert len(rows_in(versions(race)[0].revision)[Edition]) == 2
    both = list(Edition.objects.values_list("pk", flat=True))
    action = {"action": "delete_selected", "_selected_action": both, "post": "yes"}
    editing.post("/admin/races/edition/", action)
    assert not Edition.objects.exists()
    assert history_of(editing, race).count("Deleted edition “Long Run 2030”.") == 2


def test_a_new_race_has_its_first_version(editing: Client, editor: User) -> None:
    values = {
        "name": "New Run", "slug": "new-run", "state": "draft", "sport": "road-running",
        "city": "Girona", "country": "ES",
        "editions-TOTAL_FORMS": "0", "editions-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert editing.post("/admin/races/race/add/", values).status_code == 302
    [version] = versions(Race.objects.get())
    assert (version.revision.user, version.revision.get_comment()) == (editor, "Added.")


def test_an_approval_is_a_version(moderator: User) -> None:
    submission: Submission = SubmissionFactory(state="pending", submitted_at=timezone.now())
    workflow.approve(submission, moderator)
    [version] = versions(Race.objects.get())
    assert version.revision.user == moderator
    assert version.revision.comment == f"Approved, as {submission.organizer} proposed it"
    assert len(rows_in(version.revision)[Distance]) == 1


def test_what_a_writer_forgot_to_record_is_kept_before_the_next_change(
    desk: Client, race: Race
) -> None:
    save(desk, race, city="Salt")
    Race.objects.update(description="Written by hand, in psql.")
    save(desk, race, description="Mine.")
    said = [contents(rows_in(v.revision))["description"] for v in versions(race)]
    assert said == [["Mine."], ["Written by hand, in psql."], ["As it was."], ["As it was."]]


# Reading, comparing, bringing back.


def test_each_version_can_be_read_beside_today(desk: Client, race: Race) -> None:
    save(desk, race, description="As it is <b>now</b>.")
    first = versions(race)[-1]
    address = form_of(race, f"history/{first.pk}")
    assert address in history_of(desk, race)
    page = desk.get(address).content.decode()
    assert "As it <del>was.</del>" in re.sub("</?span>", "", page)
    assert "&lt;b&gt;now&lt;/b&gt;" in page
    for text in ["12 May 2030", "Marathon", "Early", "45.50", "https://r.example/"]:
        assert text in page, text
    assert "Bring this version back" in page
    newest = desk.get(form_of(race, f"history/{versions(race)[0].pk}")).content.decode()
    assert "It says what stands there today." in newest
    assert "Bring this version back" not in newest


def test_two_versions_are_compared(desk: Client, race: Race) -> None:
    save(desk, race, description="As it is now.")
    save(desk, Distance.objects.get(name="Half"), name="21 km")
    new, _, old = (version.revision_id for version in versions(race))
    address = f"/admin/races/race/{race.pk}/history/compare/"
    page = desk.get(address, {"older": old, "newer": new}).content.decode()
    page = re.sub("</?span>", "", page)
    assert "<del>was.</del>" in page
    assert "<ins>is now.</ins>" in page
    assert "<ins>21 km" in page
    assert '<th scope="row">Editions' not in page
    for pair in [(new, new), (new, "x"), ("", ""), (new, 10**12)]:
        response = desk.get(address, {"older": pair[0], "newer": pair[1]})
        assert response["Location"].endswith("/history/")


def test_an_old_version_is_brought_back_whole(desk: Client, race: Race, moderator: User) -> None:
    before, number = whole(race), Edition.objects.get(start_date=MAY).sequence
    save(desk, race, description="Other words.", city="Salt")
    save(desk, Distance.objects.get(name="Half"), name="21 km", capacity="5")
    Distance.objects.filter(edition__start_date=MAY).first().delete()  # type: ignore[union-attr]
    late = EditionFactory(race=race, start_date=date(2032, 5, 9))
    response = bring_back(desk, race, versions(race)[-1])
    assert response["Location"] == form_of(race)
    assert whole(race) == before
    # A calendar takes only a higher number for news.
    assert Edition.objects.get(start_date=MAY).sequence == number + 1
    assert not Edition.objects.filter(pk=late.pk).exists()
    newest, unrecorded = versions(race)[:2]
    assert newest.revision.user == moderator
    assert newest.revision.comment.startswith("Brought back as it was on ")
    # What stood there until then can be had again.
    bring_back(desk, race, unrecorded)
    assert Edition.objects.filter(pk=late.pk).exists()
    assert Race.objects.get().city == "Salt"
    page = Client().get("/races/long-run/").content.decode()
    assert "Other words." in page


def test_swapped_days_and_names_are_brought_back(desk: Client, race: Race) -> None:
    before = whole(race)
    save(desk, race, city="Salt")
    first, second = Edition.objects.order_by("start_date")
    Edition.objects.filter(pk=first.pk).update(start_date="2029-01-01", end_date="2029-01-01")
    Edition.objects.filter(pk=second.pk).update(start_date=MAY, end_date=MAY)
    Edition.objects.filter(pk=first.pk).update(start_date=JUNE, end_date=JUNE)
    marathon, half = Distance.objects.filter(edition=second).order_by("position")
    Distance.objects.filter(pk=marathon.pk).update(name="x")
    Distance.objects.filter(pk=half.pk).update(name="Marathon")
    Distance.objects.filter(pk=marathon.pk).update(name="Half")
    bring_back(desk, race, versions(race)[-1])
    assert whole(race) == before


def test_bringing_back_neither_publishes_nor_moves(root: Client, race: Race) -> None:
    since = race.first_published_at
    save(root, race, slug="longer-run", city="Salt")
    save(root, race, state="draft")
    page = root.get(form_of(race, f"history/{versions(race)[-1].pk}")).content.decode()
    assert "Whether the race is public, and its address, do not change." in page
    bring_back(root, race, versions(race)[-1])
    race.refresh_from_db()
    assert (race.state, race.slug, race.city) == ("draft", "longer-run", "Girona")
    assert race.first_published_at == since


def test_a_page_of_a_version_that_is_out_of_date_brings_nothing_back(
    desk: Client, other_desk: Client, race: Race
) -> None:
    save(desk, race, city="Salt")
    address = form_of(race, f"history/{versions(race)[-1].pk}")
    seen = versions(race)[0].revision_id
    save(other_desk, race, city="Theirs")
    response = desk.post(address, {"seen": seen}, follow=True)
    assert "This race was changed by second@example.com" in response.content.decode()
    assert Race.objects.get().city == "Theirs"


def tampered(race: Race, change: Callable[[dict[str, Any]], None], model: type = Race) -> Version:
    """The race's first version, as if the tables had looked otherwise when it was made."""
    first = versions(race)[-1]
    for version in Version.objects.get_for_model(model).filter(revision=first.revision):
        rows = json.loads(version.serialized_data)
        change(rows[0]["fields"])
        version.serialized_data = json.dumps(rows)
        version.save()
    return first


def test_a_version_from_before_a_field_leaves_that_field_alone(desk: Client, race: Race) -> None:
    save(desk, race, description="Other words.", region="Catalonia")

    def older(fields: dict[str, Any]) -> None:
        fields.pop("region", None)
        fields.pop("entry", None)
        fields["since_dropped"] = "x"

    Distance.objects.update(entry="ballot")
    first = tampered(race, older)
    tampered(race, older, Distance)
    page = desk.get(form_of(race, f"history/{first.pk}")).content.decode()
    assert "As it" in page
    assert "Catalonia" not in page
    assert "<h1>Server Error" not in page
    bring_back(desk, race, first)
    race.refresh_from_db()
    assert (race.description, race.region) == ("As it was.", "Catalonia")
    assert set(Distance.objects.values_list("entry", flat=True)) == {"ballot"}


def test_a_deleted_race_comes_back_from_before_a_field(root: Client, race: Race) -> None:
    root.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
    tampered(race, lambda fields: fields.pop("region", None) or fields.update(dropped=1))
    tampered(race, lambda fields: fields.pop("status", None) and None, Edition)
    root.post(
        form_of(race, f"history/{versions(race)[-1].pk}"), {"seen": versions(race)[0].revision_id}
    )
    assert Race.objects.get().region == ""
    assert set(Edition.objects.values_list("status", flat=True)) == {"scheduled"}


def test_a_version_that_no_rule_allows_any_more_is_refused_in_words(
    desk: Client, race: Race
) -> None:
    save(desk, race, city="Salt")
    before = whole(race)
    first = tampered(race, lambda fields: fields.update(end_date="2000-01-01"), Edition)
    response = bring_back(desk, race, first)
    page = desk.get(response["Location"]).content.decode()
    assert "The end can&#x27;t be before the start." in page
    assert whole(race) == before


def test_a_place_that_is_gone_does_not_hold_a_version_back(desk: Client, race: Race) -> None:
    place = Place.objects.create(
        geoname_id=1, name="Girona", keys=["girona"], country="ES", latitude=42, longitude=2.8,
        population=100_000, time_zone="Europe/Madrid",
    )  # fmt: skip
    Race.objects.update(place=place)
    save(desk, race, city="Salt")
    Race.objects.update(place=None)
    place.delete()
    assert (
        "one that is gone"
        in desk.get(form_of(race, f"history/{versions(race)[-1].pk}")).content.decode()
    )
    bring_back(desk, race, versions(race)[-1])
    race.refresh_from_db()
    assert (race.place, race.city) == (None, "Girona")


# Two people on one race.


def test_the_second_to_save_is_told_and_loses_nothing(
    desk: Client, other_desk: Client, race: Race
) -> None:
    mine = opened(desk, form_of(race))
    save(other_desk, race, description="Their words.", **{"editions-1-status": "cancelled"})
    mine |= {"description": "My words."}
    mine |= {f"editions-0-{name}": "2030-05-19" for name in ["start_date", "end_date"]}
    response = desk.post(form_of(race), mine)
    assert response.status_code == 200
    page = response.content.decode()
    assert "second@example.com saved this race" in page
    assert "(description, editions)" in page
    assert "My words." in page
    assert "2030-05-19" in page
    assert Race.objects.get().description == "Their words."
    assert Edition.objects.filter(start_date=MAY).exists()
    theirs = re.search(r'href="([^"]*compare[^"]*)"', page)
    assert theirs
    assert "<ins>Their" in desk.get(theirs[1].replace("&amp;", "&")).content.decode()
    # With open eyes, mine goes in; theirs stays in the history.
    assert desk.post(form_of(race), typed_in(page)).status_code == 302
    assert Race.objects.get().description == "My words."
    assert Edition.objects.filter(start_date="2030-05-19").exists()
    kept = [contents(rows_in(v.revision))["description"] for v in versions(race)]
    assert kept == [["My words."], ["Their words."], ["As it was."]]


@pytest.mark.parametrize("mine", ["race", "edition", "distance"])
@pytest.mark.parametrize("theirs", ["race", "edition", "distance"])
def test_each_form_of_a_race_knows_of_the_others(
    desk: Client, other_desk: Client, race: Race, mine: str, theirs: str
) -> None:
    rows = {
        "race": race,
        "edition": Edition.objects.get(start_date=MAY),
        "distance": Distance.objects.get(name="Half"),
    }
    changes = {
        "race": {"city": "Salt"},
        "edition": {"source_url": "https://seen.example/"},
        "distance": {"capacity": "77"},
    }
    values = opened(desk, form_of(rows[mine]))
    save(other_desk, rows[theirs], **changes[theirs])
    before = whole(race)
    response = desk.post(form_of(rows[mine]), {**values, **changes[mine], "city": "My town"})
    assert response.status_code == 200
    assert "second@example.com saved this race" in response.content.decode()
    assert whole(race) == before
    again = typed_in(response.content.decode())
    assert desk.post(form_of(rows[mine]), again).status_code == 302


def test_another_race_is_another_matter(desk: Client, other_desk: Client, race: Race) -> None:
    other = RaceFactory()
    values = opened(desk, form_of(race))
    save(other_desk, other, city="Salt")
    assert desk.post(form_of(race), {**values, "city": "Mine"}).status_code == 302


def test_my_own_second_save_is_no_conflict(desk: Client, race: Race) -> None:
    save(desk, race, city="Salt")
    assert save(desk, race, city="Quart").status_code == 302
    assert Race.objects.get().city == "Quart"


@pytest.mark.parametrize("seen", ["", "0", "abc", "9" * 40, "-1", "\x00", "1 OR 1"])
def test_rubbish_for_the_version_saves_nothing(
    desk: Client, other_desk: Client, race: Race, seen: str
) -> None:
    mine = opened(desk, form_of(race))
    save(other_desk, race, city="Theirs")
    response = desk.post(form_of(race), {**mine, "city": "Mine", "seen": seen})
    assert response.status_code == 200
    assert Race.objects.get().city == "Theirs"


def test_an_edition_that_somebody_removed_is_not_lost_to_whoever_changed_it(
    desk: Client, other_desk: Client, race: Race
) -> None:
    edition = Edition.objects.get(start_date=MAY)
    mine, row = opened(desk, form_of(race)), opened(desk, form_of(edition))
    other_desk.post(f"/admin/races/edition/{edition.pk}/delete/", {"post": "yes"})
    typed = {**mine, "editions-0-status": "postponed"}
    response = desk.post(form_of(race), typed)
    page = response.content.decode()
    assert "second@example.com saved this race" in page
    assert "(editions, distances, prices)" in page
    assert not Edition.objects.filter(pk=edition.pk).exists()
    assert desk.post(form_of(race), typed_in(page)).status_code == 302
    back = Edition.objects.get(pk=edition.pk)
    assert (back.status, back.registration_url) == ("postponed", "https://r.example/")
    assert back.distances.get().price_tiers.get().name == "Early"
    # The same in its own form.
    other_desk.post(f"/admin/races/edition/{edition.pk}/delete/", {"post": "yes"})
    row["source_url"] = "https://seen.example/"
    response = desk.post(form_of(edition), row)
    assert "https://seen.example/" in response.content.decode()
    assert not Edition.objects.filter(pk=edition.pk).exists()
    again = typed_in(response.content.decode())
    assert desk.post(form_of(edition), again).status_code == 302
    assert Edition.objects.get(pk=edition.pk).source_url == "https://seen.example/"
    assert edition.distances.count() == 1


def test_a_distance_is_saved_though_its_edition_was_removed(
    desk: Client, other_desk: Client, race: Race
) -> None:
    half = Distance.objects.get(name="Half")
    mine = opened(desk, form_of(half))
    other_desk.post(f"/admin/races/edition/{half.edition_id}/delete/", {"post": "yes"})
    response = desk.post(form_of(half), {**mine, "capacity": "77"})
    assert "second@example.com saved this race" in response.content.decode()
    again = typed_in(response.content.decode())
    assert desk.post(form_of(half), again).status_code == 302
    assert Distance.objects.get(pk=half.pk).capacity == 77


def test_what_somebody_removed_and_dated_anew_breaks_nothing(
    desk: Client, other_desk: Client, race: Race
) -> None:
    edition = Edition.objects.get(start_date=MAY)
    mine = opened(desk, form_of(race))
    other_desk.post(f"/admin/races/edition/{edition.pk}/delete/", {"post": "yes"})
    EditionFactory(race=race, start_date=MAY)
    response = desk.post(form_of(race), {**mine, "city": "Mine"})
    assert response.status_code == 200
    again = {**typed_in(response.content.decode()), "editions-0-DELETE": "on"}
    assert desk.post(form_of(race), again).status_code == 302
    assert Race.objects.get().city == "Mine"


def test_what_is_wrong_as_well_is_said_as_well(
    desk: Client, other_desk: Client, race: Race
) -> None:
    mine = opened(desk, form_of(race))
    save(other_desk, race, city="Theirs")
    response = desk.post(form_of(race), {**mine, "city": "", "description": "My words."})
    page = response.content.decode()
    assert "This field is required." in page
    assert "second@example.com saved this race" in page
    assert "My words." in page


def test_whoever_saves_a_deleted_race_is_told_and_may_bring_it_back(
    editing: Client, root: Client, race: Race
) -> None:
    listing = Listing.objects.create(organizer=OrganizerFactory(), race=race)
    mine = opened(editing, form_of(race))
    root.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
    response = editing.post(form_of(race), {**mine, "description": "My words."})
    page = response.content.decode()
    assert "root@example.com deleted this race" in page
    assert "My words." in page
    assert not Race.objects.exists()
    assert editing.post(form_of(race), typed_in(page)).status_code == 302
    assert Race.objects.get().description == "My words."
    assert Distance.objects.count() == 3
    assert Listing.objects.get().organizer == listing.organizer
    assert Client().get("/races/long-run/").status_code == 200


def test_a_moderator_keeps_what_they_typed_into_a_deleted_race_but_cannot_save_it(
    desk: Client, root: Client, race: Race
) -> None:
    mine = opened(desk, form_of(race))
    root.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
    for _ in range(2):
        response = desk.post(form_of(race), {**mine, "description": "My words."})
        page = response.content.decode()
        assert "once somebody who may add races has recovered the race" in page
        assert "My words." in page
        mine = typed_in(page)
    assert not Race.objects.exists()


@CONCURRENT
def test_of_two_who_save_at_once_the_second_is_told(moderator: User) -> None:
    race = RaceFactory(description="As it was.")
    desk, other = client_of(moderator), colleague(moderator)
    mine = {**opened(desk, form_of(race)), "description": "My words."}
    answers: list[Any] = []
    thread, outcome = second_person(lambda: answers.append(desk.post(form_of(race), mine)))
    with transaction.atomic():
        assert save(other, race, description="Their words.").status_code == 302
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert outcome == ["done"]
    assert answers[0].status_code == 200
    assert "second@example.com saved this race" in answers[0].content.decode()
    assert Race.objects.get().description == "Their words."


@CONCURRENT
def test_a_race_and_its_edition_saved_at_once_do_not_wait_for_each_other_forever(
    moderator: User,
) -> None:
    edition = EditionFactory(start_date=MAY)
    race = edition.race
    desk, other = client_of(moderator), colleague(moderator)
    mine = {**opened(desk, form_of(edition)), "source_url": "https://seen.example/"}
    answers: list[Any] = []
    thread, outcome = second_person(lambda: answers.append(desk.post(form_of(edition), mine)))
    with transaction.atomic():
        assert history.lock(race.pk)
        thread.start()
        wait_until_somebody_waits_for_us()
        assert save(other, race, **{"editions-0-status": "cancelled"}).status_code == 302
    thread.join(10)
    assert outcome == ["done"]
    assert "second@example.com saved this race" in answers[0].content.decode()
    assert Edition.objects.get().source_url == ""


@CONCURRENT
def test_an_old_version_waits_for_whoever_saves(moderator: User) -> None:
    race = RaceFactory(description="As it was.")
    desk, other = client_of(moderator), colleague(moderator)
    save(other, race, description="Now.")
    address = form_of(race, f"history/{versions(race)[-1].pk}")
    seen = {"seen": versions(race)[0].revision_id}
    thread, outcome = second_person(lambda: desk.post(address, seen))
    with transaction.atomic():
        save(other, race, description="Newer.")
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert outcome == ["done"]
    assert Race.objects.get().description == "Newer."


# A race deleted by mistake.


def recover(client: Client) -> Any:
    """As from the list of races: the list of deleted ones, the first of them, the button."""
    page = client.get("/admin/races/race/").content.decode()
    assert "/admin/races/race/recover/" in page
    page = client.get("/admin/races/race/recover/").content.decode()
    assert "root@example.com" in page
    found = re.search(r'href="(/admin/races/race/recover/\d+/)"', page)
    assert found, page
    address = client.get(found[1])["Location"]
    page = client.get(address).content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen, page
    return client.post(address, {"seen": seen[1]})


def test_a_deleted_race_is_recovered_whole(root: Client, race: Race) -> None:
    save(root, race, slug="longer-run")
    organizer = OrganizerFactory()
    Listing.objects.create(organizer=organizer, race=race)
    Listing.objects.update(since=timezone.now() - timedelta(days=400))
    listing = Listing.objects.get()
    mine = SubmissionFactory(state="approved", submitted_at=timezone.now(), race=race)
    theirs = SubmissionFactory()
    before = whole(race)
    delete(root, race)
    for slug in ["long-run", "longer-run"]:
        assert Client().get(f"/races/{slug}/").status_code == 410
    assert Submission.objects.filter(race=None).count() == 2
    assert recover(root)["Location"] == form_of(race)
    assert whole(race) == before
    again = Listing.objects.get()
    assert (again.organizer, again.since) == (
        organizer,
        listing.since.replace(microsecond=again.since.microsecond),
    )
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.race, theirs.race) == (race, None)
    assert Client().get("/races/longer-run/").status_code == 200
    moved = Client().get("/races/long-run/")
    assert (moved.status_code, moved["Location"]) == (301, "/races/longer-run/")
    assert "longer-run" in Client().get("/races/?q=long").content.decode()
    assert "Recovered" in history_of(root, race)
    # And once more: nothing is left over from the first time.
    delete(root, race)
    recover(root)
    assert whole(race) == before
    assert list(FormerAddress.objects.values_list("slug", "race", "version")) == [
        ("long-run", race.pk, None)
    ]


def test_races_deleted_together_are_recovered_too(root: Client, race: Race) -> None:
    other = RaceFactory(name="Other")
    chosen = {"action": "delete_selected", "_selected_action": [race.pk, other.pk], "post": "yes"}
    root.post("/admin/races/race/", chosen)
    assert not Race.objects.exists()
    recover(root)
    recover(root)
    assert Race.objects.count() == 2
    assert "No race was deleted." in root.get("/admin/races/race/recover/").content.decode()


def test_a_draft_comes_back_as_a_draft(root: Client) -> None:
    race = RaceFactory(state="draft", slug="draft-run")
    delete(root, race)
    assert Client().get("/races/draft-run/").status_code == 404
    assert not FormerAddress.objects.exists()
    recover(root)
    race.refresh_from_db()
    assert (race.state, race.first_published_at) == ("draft", None)


def test_whose_organizer_is_gone_or_whose_address_is_taken(root: Client, race: Race) -> None:
    organizer = OrganizerFactory()
    Listing.objects.create(organizer=organizer, race=race)
    delete(root, race)
    organizer.delete()
    usurper = RaceFactory(name="Usurper", slug="long-run")
    page = root.get(recover(root)["Location"]).content.decode()
    assert "“Usurper” has the address “long-run” by now." in page
    assert Race.objects.get() == usurper
    save(root, usurper, slug="usurper")
    recover(root)
    assert Race.objects.count() == 2
    assert not Listing.objects.exists()
    assert Client().get("/races/long-run/").context["race"] == race


def test_a_race_whose_name_another_has_by_now_is_refused_in_words(root: Client, race: Race) -> None:
    delete(root, race)
    usurper = RaceFactory(name=race.name, country=race.country, slug="usurper")
    page = root.get(recover(root)["Location"]).content.decode()
    assert NAME_TAKEN in page
    assert Race.objects.get() == usurper


@CONCURRENT
def test_a_race_is_not_recovered_while_another_is_given_its_name(root: Client) -> None:
    race = RaceFactory(name="Night Run", slug="night-run")
    delete(root, race)
    thread, outcome = second_person(lambda: recover(root))
    with transaction.atomic():
        lock_names()
        thread.start()
        wait_until_somebody_waits_for_us()
        RaceFactory(name="Night Run", country=race.country, slug="usurper")
    thread.join(10)
    assert outcome == ["done"]
    assert Race.objects.get().slug == "usurper"


def test_who_may_delete_and_who_may_recover(
    personas: dict[str, Callable[[], Client]], root: Client, race: Race
) -> None:
    for name in ["stranger", "organizer", "another organizer", "editor", "moderator"]:
        client = personas[name]()
        response = client.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
        assert response.status_code == (403 if name in {"editor", "moderator"} else 302), name
        assert Race.objects.filter(pk=race.pk).exists(), name
    delete(root, race)
    [version] = versions(race)[:1]
    seen = {"seen": version.revision_id}
    for name in ["stranger", "organizer", "another organizer", "moderator"]:
        client = personas[name]()
        assert client.get("/admin/races/race/recover/").status_code in {302, 403}, name
        assert client.post(form_of(race, f"history/{version.pk}"), seen).status_code in {
            302,
            403,
        }, name
        assert not Race.objects.exists(), name
    page = personas["moderator"]().get(form_of(race, f"history/{version.pk}")).content.decode()
    assert "Recover this race" not in page
    assert "Somebody who may add races can recover it." in page
    assert recover(personas["editor"]()).status_code == 302
    assert Race.objects.filter(pk=race.pk).exists()


def test_the_history_of_a_race_is_for_staff(
    personas: dict[str, Callable[[], Client]], desk: Client, race: Race
) -> None:
    save(desk, race, description="Not yet for readers.")
    new, old = versions(race)
    routes = [
        f"/admin/races/race/{race.pk}/history/",
        form_of(race, f"history/{old.pk}"),
        f"/admin/races/race/{race.pk}/history/compare/?older={old.revision_id}"
        f"&newer={new.revision_id}",
        "/admin/races/race/recover/",
    ]
    for name in ["stranger", "organizer"]:
        for route in routes:
            assert personas[name]().get(route).status_code == 302, (name, route)
    clerk = client_of(UserFactory(is_staff=True))
    for route in routes:
        assert clerk.get(route).status_code == 403, route
    assert (
        clerk.post(form_of(race, f"history/{old.pk}"), {"seen": new.revision_id}).status_code == 403
    )
    assert Race.objects.get().description == "Not yet for readers."


def test_versions_are_found_only_where_they_belong(root: Client, race: Race) -> None:
    other = RaceFactory()
    save(root, race, city="Salt")
    save(root, other, city="Salt")
    theirs = versions(other)[0]
    pair = {"older": versions(race)[0].revision_id, "newer": theirs.revision_id}
    assert root.get(form_of(race, f"history/{theirs.pk}")).status_code == 404
    address = f"/admin/races/race/{race.pk}/history/compare/"
    assert root.get(address, pair)["Location"].endswith("/history/")
    for rubbish in ["x/history/1/", f"{'9' * 30}/history/1/", f"{race.pk}/history/{'9' * 30}/"]:
        assert root.get(f"/admin/races/race/{rubbish}").status_code == 404, rubbish
    assert root.get(f"/admin/races/race/recover/{'9' * 30}/").status_code == 404
    assert root.get("/admin/races/race/recover/0/").status_code == 404


def test_the_history_of_a_part_is_its_races(desk: Client, race: Race) -> None:
    for row in [Edition.objects.get(start_date=MAY), Distance.objects.get(name="Half")]:
        response = desk.get(f"/admin/races/{row._meta.model_name}/{row.pk}/history/")
        assert response["Location"] == f"/admin/races/race/{race.pk}/history/"
    assert "Nothing has been changed here yet." in history_of(desk, race)


def test_a_part_stays_with_its_race(editing: Client, race: Race) -> None:
    edition, other = Edition.objects.get(start_date=MAY), RaceFactory()
    save(editing, edition, race=str(other.pk), source_url="https://seen.example/")
    edition.refresh_from_db()
    assert (edition.race, edition.source_url) == (race, "https://seen.example/")


def test_a_history_costs_the_same_however_long(
    desk: Client, race: Race, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        save(desk, race, city=f"Town {number}")
    history_of(desk, race)
    with django_assert_max_num_queries(12):
        history_of(desk, race)
    assert Revision.objects.count() == 13
