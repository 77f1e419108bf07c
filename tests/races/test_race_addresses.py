"""A race's address: renamed it leads on, taken away it says so, never public it is nowhere."""

import importlib
import pkgutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import frontmatter
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from reversion.models import Revision

from organizers.models import Listing
from organizers.submissions.submission_forms import free_slug
from races import migrations
from races.files import race_files
from races.files.loading import load_races
from races.history import addresses, versions
from races.history.rows import rows_in
from races.models import Edition, FormerAddress, Race
from races.search.text import index_races
from tests.desk import client_of, form_of, save
from tests.factories import (
    EditionFactory,
    MembershipFactory,
    RaceFactory,
    SubmissionFactory,
)
from text.content_files import ContentError

pytestmark = pytest.mark.django_db
NEXT_MAY = date(2031, 5, 12)


@pytest.fixture
def race(db: None) -> Race:
    race: Race = RaceFactory(
        name="Long Run", slug="long-run", sport="trail-running", latitude=42.0, longitude=2.8
    )
    EditionFactory(race=race, start_date=NEXT_MAY)
    index_races(Race.objects.all())
    return race


def answer(slug: str) -> tuple[int, str]:
    response = Client().get(f"/races/{slug}/")
    return response.status_code, response.get("Location", "")


# Renaming.


def test_a_renamed_race_keeps_its_old_addresses(editing: Client, race: Race) -> None:
    save(editing, race, slug="longer-run")
    assert answer("longer-run") == (200, "")
    assert answer("long-run") == (301, "/races/longer-run/")
    save(editing, race, slug="longest-run")
    for old in ["long-run", "longer-run"]:
        assert answer(old) == (301, "/races/longest-run/")
    # And back: the address that is in use again must not lead to itself.
    save(editing, race, slug="long-run")
    assert answer("long-run") == (200, "")
    assert answer("longest-run") == (301, "/races/long-run/")


def test_a_draft_that_was_never_public_leaves_no_address_behind(editing: Client) -> None:
    draft = RaceFactory(state="draft", slug="first-try")
    save(editing, draft, slug="second-try")
    assert not FormerAddress.objects.exists()
    for slug in ["first-try", "second-try"]:
        assert answer(slug)[0] == 404


def test_a_public_race_is_moved_only_by_who_may_make_races(
    personas: dict[str, Callable[[], Client]], race: Race
) -> None:
    moderating, draft = personas["moderator"](), RaceFactory(state="draft", slug="first-try")
    assert save(moderating, race, slug="moved").status_code == 302
    assert save(moderating, draft, slug="second-try").status_code == 302
    assert set(Race.objects.values_list("slug", flat=True)) == {"long-run", "second-try"}
    # Off the site, it has been promised all the same.
    save(moderating, race, state="draft")
    save(moderating, race, slug="moved")
    assert Race.objects.filter(slug="long-run").exists()


@pytest.mark.parametrize(
    ("slug", "complaint"),
    [
        ("search", "reserved for the site itself"),
        ("other-run", "Race with this Slug already exists."),
        ("no slug", "Enter a valid"),
        ("", "This field is required."),
    ],
)
def test_an_address_that_cannot_be_is_refused(
    slug: str, complaint: str, editing: Client, race: Race
) -> None:
    RaceFactory(slug="other-run")
    response = save(editing, race, slug=slug, description="Kept words.")
    page = response.content.decode()
    assert complaint in page
    assert "Kept words." in page
    assert answer("long-run")[0] == 200
    assert not FormerAddress.objects.exists()


def test_a_draft_does_not_stand_in_the_way_of_an_old_address(editing: Client, race: Race) -> None:
    save(editing, race, slug="longer-run")
    draft = RaceFactory(state="draft", slug="long-run")
    assert answer("long-run") == (301, "/races/longer-run/")
    save(editing, draft, state="published")
    assert answer("long-run") == (200, "")
    assert not FormerAddress.objects.exists()


def test_a_proposal_does_not_take_the_address_of_another_race(editing: Client, race: Race) -> None:
    save(editing, race, slug="longer-run")
    assert free_slug(Race(name="Long Run", city="Girona")) == "long-run-girona"


# Gone.


def test_a_race_off_the_site_is_gone_and_says_where_else(editing: Client, race: Race) -> None:
    near = EditionFactory(race=RaceFactory(name="Near Run", sport="trail-running", latitude=42.1,
        longitude=2.9), start_date=NEXT_MAY)  # fmt: skip
    EditionFactory(race=RaceFactory(name="Swim", sport="open-water"), start_date=NEXT_MAY)
    assert save(editing, race, state="draft").status_code == 302
    response = Client().get("/races/long-run/")
    page = response.content.decode()
    assert response.status_code == 410
    assert "This race is gone" in page
    assert "“Long Run”" in page
    assert near.race.get_absolute_url() in page
    assert "Swim" not in page
    assert 'href="/races/?sport=trail-running"' in page
    assert 'href="/races/?country=ES"' in page
    assert 'action="/search/"' in page
    assert 'name="robots" content="noindex"' in page
    assert not response.cookies
    assert "max-age=60" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/races/", "/races/?q=long", "/search/?q=long+run",
    "/search/suggestions/?q=long", "/sitemap.xml"])  # fmt: skip
def test_a_race_off_the_site_is_nowhere_else(path: str, editing: Client, race: Race) -> None:
    Edition.objects.update(start_date=timezone.localdate(), end_date=timezone.localdate())
    assert "/races/long-run/" in Client().get(path).content.decode()
    save(editing, race, state="draft")
    assert "/races/long-run/" not in Client().get(path).content.decode()


def test_a_race_put_back_on_the_site_is_there_again(editing: Client, race: Race) -> None:
    since = race.first_published_at
    save(editing, race, state="draft")
    save(editing, race, state="published")
    race.refresh_from_db()
    assert answer("long-run") == (200, "")
    assert race.first_published_at == since


def test_a_race_renamed_while_off_the_site_is_gone_at_both(editing: Client, race: Race) -> None:
    save(editing, race, state="draft", slug="longer-run")
    assert answer("long-run")[0] == answer("longer-run")[0] == 410
    save(editing, race, state="published")
    assert answer("long-run") == (301, "/races/longer-run/")


def test_a_deleted_race_is_gone_under_all_its_names(root: Client, race: Race) -> None:
    EditionFactory(race=RaceFactory(name="Near Run", sport="trail-running"), start_date=NEXT_MAY)
    save(root, race, slug="longer-run")
    root.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
    for slug in ["long-run", "longer-run"]:
        response = Client().get(f"/races/{slug}/")
        page = response.content.decode()
        assert response.status_code == 410
        assert "“Long Run”" in page
        assert "Near Run" in page
        assert 'href="/races/?sport=trail-running"' in page


def test_a_deleted_draft_was_never_there(root: Client) -> None:
    draft = RaceFactory(state="draft", slug="first-try")
    root.post(f"/admin/races/race/{draft.pk}/delete/", {"post": "yes"})
    assert answer("first-try")[0] == 404


def test_what_is_gone_leads_on_though_nothing_is_known_of_it() -> None:
    FormerAddress.objects.create(slug="old-and-run")
    response = Client().get("/races/old-and-run/")
    assert response.status_code == 410
    assert "“old and run”" in response.content.decode()
    assert 'href="/races/"' in response.content.decode()
    EditionFactory(race=RaceFactory(name="Any Run"), start_date=NEXT_MAY)
    page = Client().get("/races/old-and-run/").content.decode()
    assert "The next races" in page
    assert "Any Run" in page


def test_what_never_was_is_not_found() -> None:
    RaceFactory(state="draft", slug="first-try")
    for slug in ["first-try", "nothing", "x" * 200]:
        assert answer(slug)[0] == 404


def test_a_version_that_was_thrown_away_leaves_the_page_gone(root: Client, race: Race) -> None:
    root.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
    Revision.objects.all().delete()
    assert answer("long-run")[0] == 410


def test_its_organizer_reads_that_a_race_is_off_the_site(editing: Client, race: Race) -> None:
    membership = MembershipFactory()
    Listing.objects.create(organizer=membership.organizer, race=race)
    SubmissionFactory(organizer=membership.organizer, race=race)
    director = client_of(membership.user)
    assert 'href="/races/long-run/"' in director.get("/organizers/").content.decode()
    save(editing, race, state="draft")
    page = director.get("/organizers/").content.decode()
    assert 'href="/races/long-run/"' not in page
    assert "Off the site." in page


# The database keeps the rules by itself.


def test_a_public_race_has_a_time_since_when() -> None:
    draft = RaceFactory(state="draft")
    with pytest.raises(IntegrityError, match="race_public_since_a_time"), transaction.atomic():
        Race.objects.filter(pk=draft.pk).update(state="published")
    draft.state = "published"
    draft.save(update_fields=["state"])
    draft.refresh_from_db()
    assert draft.has_been_public


def test_a_former_address_leads_to_a_race_or_to_what_was(race: Race) -> None:
    version = versions.record(race)
    with pytest.raises(IntegrityError, match="former_address_leads_one_way"), transaction.atomic():
        FormerAddress.objects.create(slug="old", race=race, version=version)
    FormerAddress.objects.create(slug="old", race=race)
    with pytest.raises(IntegrityError, match="slug"), transaction.atomic():
        FormerAddress.objects.create(slug="old")


def test_deleting_by_hand_leaves_the_former_addresses_gone(race: Race) -> None:
    addresses.keep_addresses(race, old_slug="old")
    race.delete()
    assert answer("old")[0] == 410


def test_what_is_public_at_the_migration_has_been_so_since_its_last_change() -> None:
    [name] = [
        module.name
        for module in pkgutil.iter_modules(migrations.__path__)
        if module.name.endswith("versions_and_former_addresses")
    ]
    fill = importlib.import_module(f"races.migrations.{name}").FILL
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE races_race DROP CONSTRAINT race_public_since_a_time")
        public, draft = RaceFactory(), RaceFactory(state="draft")
        Race.objects.update(first_published_at=None)
        cursor.execute(fill)
    public.refresh_from_db()
    draft.refresh_from_db()
    assert public.first_published_at == public.updated_at
    assert draft.first_published_at is None


# The files.


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the file of one real race, loaded."""
    post = frontmatter.load(race_files.CONTENT / "boston-marathon.md")
    frontmatter.dump(post, tmp_path / "boston-marathon.md", sort_keys=False)
    load_races(tmp_path)
    return tmp_path


def rewrite(file: Path, to: Path | None = None, **changes: Any) -> None:
    post = frontmatter.load(file)
    post.metadata |= changes
    file.unlink()
    frontmatter.dump(post, to or file, sort_keys=False)


def test_a_changed_file_is_a_version_and_so_is_what_it_replaced(
    files: Path, editing: Client
) -> None:
    race = Race.objects.get()
    assert versions.latest(race.pk) is None
    save(editing, race, city="Typed by an editor")
    rewrite(files / "boston-marathon.md", region="New England")
    load_races(files)
    race.refresh_from_db()
    assert (race.city, race.region) == ("Hopkinton", "New England")
    newest, typed, _ = versions.versions_of(race.pk)
    assert (newest.revision.comment, newest.revision.user) == ("Loaded from its file", None)
    assert versions.contents(rows_in(typed.revision))["city"] == ["Typed by an editor"]
    load_races(files)
    assert versions.versions_of(race.pk).count() == 3


def test_a_next_edition_is_a_version_and_undoes_nothing(files: Path, editing: Client) -> None:
    race = Race.objects.get()
    save(editing, race, city="Typed by an editor")
    race.editions.all().delete()
    load_races(files)
    race.refresh_from_db()
    assert race.city == "Typed by an editor"
    assert race.editions.count() == 1
    newest = versions.latest(race.pk)
    assert newest
    assert newest.comment == "The next edition, in its usual month"


def test_a_renamed_file_takes_its_race_along(files: Path) -> None:
    before = Race.objects.get()
    rewrite(
        files / "boston-marathon.md", files / "the-boston.md", formerly=["boston-marathon", "bm"]
    )
    changes = load_races(files)
    assert changes.updated == ["the-boston"]
    assert Race.objects.get().pk == before.pk
    for old in ["boston-marathon", "bm"]:
        assert answer(old) == (301, "/races/the-boston/")
    assert load_races(files).unchanged == ["the-boston"]


def test_what_was_renamed_or_deleted_in_admin_stays_so(files: Path, root: Client) -> None:
    race = Race.objects.get()
    save(root, race, slug="the-boston")
    rewrite(files / "boston-marathon.md", region="New England")
    load_races(files)
    race = Race.objects.get()
    assert (race.slug, race.region) == ("the-boston", "New England")
    assert answer("boston-marathon") == (301, "/races/the-boston/")
    root.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
    assert load_races(files).unchanged == ["boston-marathon"]
    assert not Race.objects.exists()
    assert answer("boston-marathon")[0] == 410


def test_what_was_taken_off_the_site_stays_off(files: Path, editing: Client) -> None:
    save(editing, Race.objects.get(), state="draft")
    rewrite(files / "boston-marathon.md", region="New England")
    load_races(files)
    assert answer("boston-marathon")[0] == 410


def test_a_file_that_was_left_behind_is_told(files: Path) -> None:
    text = (files / "boston-marathon.md").read_text()
    rewrite(files / "boston-marathon.md", files / "the-boston.md", formerly=["boston-marathon"])
    load_races(files)
    (files / "boston-marathon.md").write_text(text)
    with pytest.raises(ContentError, match=r"boston-marathon.md:1: this race is now in the-boston"):
        load_races(files)


@pytest.mark.parametrize(
    ("formerly", "reason"),
    [(["other-run"], "“other-run” is the address of a race"), (["no slug"], "slug: Enter a valid")],
)
def test_an_old_address_that_cannot_be_is_refused(
    files: Path, formerly: list[str], reason: str
) -> None:
    RaceFactory(slug="other-run")
    rewrite(files / "boston-marathon.md", formerly=formerly)
    with pytest.raises(ContentError, match=reason):
        load_races(files)
    assert not FormerAddress.objects.exists()


def test_addresses_that_are_gone_for_good_are_listed_in_a_file(files: Path) -> None:
    (files / "removed.yaml").write_text("- old-run\n- boston-marathon\n")
    load_races(files)
    assert answer("old-run")[0] == 410
    assert answer("boston-marathon")[0] == 200
    (files / "removed.yaml").write_text("- no slug\n")
    with pytest.raises(ContentError, match=r"removed.yaml:1: not a list of addresses"):
        load_races(files)


def test_the_form_says_what_a_new_address_means(editing: Client, race: Race) -> None:
    page = editing.get(form_of(race)).content.decode()
    assert "Once public, the old address leads to the new one." in page
