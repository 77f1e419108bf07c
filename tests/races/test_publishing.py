"""Whoever changes a race, all that hangs on it follows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from organizers.models import Listing, Membership
from organizers.submissions import workflow
from races import tasks
from races.history import versions
from races.models import Distance, Edition, FormerAddress, Race
from races.search.text import find_races
from tests.backstage import load, run_worker
from tests.clock import TODAY, day
from tests.desk import bring_back, client_of, save
from tests.factories import (
    RACE,
    DistanceFactory,
    SubmissionFactory,
    TermFactory,
    UserFactory,
    submission_values,
)
from web import content_version

pytestmark = pytest.mark.django_db

SLUG, NAME, TEXT = "boston-marathon", "Boston Marathon", "Mind the taper."
STALE = "<p>as it was</p>"


def by_its_form(desk: Client, race: Race, folder: Path) -> None:
    assert save(desk, race, description=f"{TEXT} Point to point.").status_code == 302


def by_the_form_of_its_edition(desk: Client, race: Race, folder: Path) -> None:
    assert save(desk, race.editions.get(), start_date=day(47)).status_code == 302


def by_the_form_of_its_distance(desk: Client, race: Race, folder: Path) -> None:
    assert save(desk, Distance.objects.get(), name="Full").status_code == 302


def by_deleting_an_edition(desk: Client, race: Race, folder: Path) -> None:
    address = f"/admin/races/edition/{race.editions.get().pk}/delete/"
    assert desk.post(address, {"post": "yes"}).status_code == 302


def by_deleting_from_the_list(desk: Client, race: Race, folder: Path) -> None:
    chosen = {"_selected_action": [race.editions.get().pk], "post": "yes"}
    desk.post("/admin/races/edition/", {"action": "delete_selected", **chosen})
    assert not race.editions.exists()


def by_bringing_back(desk: Client, race: Race, folder: Path) -> None:
    versions.record(race)
    Race.objects.update(description="Other words.")
    bring_back(desk, race, versions.versions_of(race.pk)[0])


def by_its_file(desk: Client, race: Race, folder: Path) -> None:
    text = RACE.replace("Point to point.", TEXT)
    text = text.replace("distances:", f"editions:\n  - start_date: {day(47)}\ndistances:")
    (folder / f"{SLUG}.md").write_text(text)
    assert "1 changed" in load("load_races", folder)


def by_a_file_of_a_new_race(desk: Client, race: Race, folder: Path) -> None:
    race.delete()
    FormerAddress.objects.all().delete()
    (folder / f"{SLUG}.md").write_text(RACE.replace("Point to point.", TEXT))
    assert "1 new" in load("load_races", folder)


def by_the_roll_over(desk: Client, race: Race, folder: Path) -> None:
    Edition.objects.update(start_date="2020-05-01", end_date="2020-05-01")
    tasks.roll_over.enqueue()


def by_an_approval(desk: Client, race: Race, folder: Path) -> None:
    race.delete()
    values = submission_values(**{"race-name": NAME, "race-description": TEXT})
    sent = SubmissionFactory(state="pending", submitted_at=timezone.now(), values=values)
    FormerAddress.objects.all().delete()
    workflow.approve(sent, UserFactory())


# What the history says, whether the text may be another, and whether its keeper has to be told.
WRITERS: list[tuple[Callable[[Client, Race, Path], None], str, bool, bool]] = [
    (by_its_form, "Description", True, False),
    (by_the_form_of_its_edition, "Start date", False, True),
    (by_the_form_of_its_distance, "Name", False, False),
    (by_deleting_an_edition, "Deleted edition", False, False),
    (by_deleting_from_the_list, "Deleted edition", False, False),
    (by_bringing_back, "Brought back", True, False),
    (by_its_file, "Loaded from its file", True, True),
    (by_a_file_of_a_new_race, "", True, False),
    (by_the_roll_over, "The next edition", False, False),
    (by_an_approval, "Approved", True, False),
]


@pytest.mark.parametrize(("write", "why", "is_new_text", "is_told"), WRITERS)
def test_all_that_hangs_on_a_race_follows(
    write: Callable[[Client, Race, Path], None],
    why: str,
    is_new_text: bool,
    is_told: bool,
    membership: Membership,
    mailoutbox: list[EmailMessage],
    tmp_path: Path,
) -> None:
    TermFactory(title="Taper", slug="taper")
    race = DistanceFactory(
        edition__race__name=NAME, edition__race__slug=SLUG, edition__race__country="US",
        edition__race__description=TEXT, edition__race__usual_month=TODAY.month,
        edition__start_date=day(40),
    ).edition.race  # fmt: skip
    Listing.objects.create(organizer=membership.organizer, race=race)
    # An index, links and an address of before.
    Race.objects.update(search=None, description_html=STALE)
    FormerAddress.objects.create(slug=SLUG)
    before, began = content_version.current(), timezone.now()
    root = UserFactory(is_staff=True, is_superuser=True, email="root@example.com")
    write(client_of(root), race, tmp_path)
    run_worker()
    race = Race.objects.get()
    assert list(find_races("boston")) == [race]
    linked = '<a href="/glossary/taper/"' in (race.description_html or "")
    assert (linked, race.description_html == STALE) == (is_new_text, not is_new_text)
    assert not FormerAddress.objects.exists()
    assert race.updated_at > began
    assert content_version.current() != before
    newest = versions.latest(race.pk)
    assert why in (newest.get_comment() if newest else "")
    assert bool(newest) == bool(why)
    told = [mail.to for mail in mailoutbox if mail.subject.startswith("We changed the date")]
    assert told == ([[membership.user.email]] if is_told else [])
