"""What staff meet in admin when two rows clash, an address is fixed, or a draft is looked at."""

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from django.utils.timezone import now

from glossary.models import Alias, Category, Term
from organizers.models import User
from races.history import versions
from races.models import Distance, Edition, Race
from tests.desk import alias_values, client_of, code_in, is_signed_in, term_values
from tests.factories import (
    CategoryFactory,
    DistanceFactory,
    EditionFactory,
    RaceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


# Two rows that clash.


def race_values(race: Race, *editions: dict[str, str], initial: int = 0) -> dict[str, str]:
    """The admin form of a race, as a browser posts it."""
    values = {
        "name": race.name, "slug": race.slug, "state": race.state, "sport": race.sport,
        "city": race.city, "country": race.country,
        "editions-TOTAL_FORMS": str(len(editions)), "editions-INITIAL_FORMS": str(initial),
    }  # fmt: skip
    for number, edition in enumerate(editions):
        row = {"date_precision": "day", "status": "scheduled", **edition}
        values |= {f"editions-{number}-{name}": value for name, value in row.items()}
    return values


def error_rows(page: str) -> list[str]:
    """The ids of the rows beside whose fields an error stands."""
    rows = re.findall(r'<tr class="form-row[^"]*"\s+id="([^"]*)">(.*?)</tr>', page, re.DOTALL)
    return [row for row, text in rows if "errorlist" in text]


CLASH = "The race already has an edition on this date."


@pytest.mark.parametrize(
    "dates",
    [
        [("2027-05-09", "month"), ("2027-05-23", "month")],
        [("2027-01-01", "day"), ("2027-05-23", "year")],
        [("2027-05-09", "day"), ("2027-05-09", "day")],
    ],
)
def test_two_new_editions_that_start_on_one_day_are_told_apart(
    desk: Client, dates: list[tuple[str, str]]
) -> None:
    race = RaceFactory()
    rows = [{"start_date": start, "date_precision": precision} for start, precision in dates]
    response = desk.post(f"/admin/races/race/{race.pk}/change/", race_values(race, *rows))
    assert response.status_code == 200
    page = response.content.decode()
    assert CLASH in page
    assert error_rows(page) == ["editions-1"]
    assert not Edition.objects.exists()


def test_a_new_edition_must_not_start_with_one_that_is_there(desk: Client) -> None:
    race = RaceFactory()
    there = EditionFactory(race=race, start_date=date(2027, 5, 1))
    old = {"id": str(there.pk), "race": str(race.pk), "start_date": "2027-05-01",
           "end_date": "2027-05-01"}  # fmt: skip
    new = {"start_date": "2027-05-09", "date_precision": "month"}
    response = desk.post(
        f"/admin/races/race/{race.pk}/change/", race_values(race, old, new, initial=1)
    )
    assert response.status_code == 200
    assert CLASH in response.content.decode()
    assert error_rows(response.content.decode()) == ["editions-1"]
    assert Edition.objects.count() == 1


def test_one_edition_changed_to_the_month_of_a_new_one_is_told(desk: Client) -> None:
    race = RaceFactory()
    there = EditionFactory(race=race, start_date=date(2027, 4, 1))
    old = {"id": str(there.pk), "race": str(race.pk), "start_date": "2027-05-20",
           "end_date": "", "date_precision": "month"}  # fmt: skip
    new = {"start_date": "2027-05-01"}
    response = desk.post(
        f"/admin/races/race/{race.pk}/change/", race_values(race, old, new, initial=1)
    )
    assert response.status_code == 200
    assert error_rows(response.content.decode()) == ["editions-1"]


def test_editions_of_different_months_and_removed_ones_do_not_clash(desk: Client) -> None:
    race = RaceFactory()
    months = [
        {"start_date": "2027-05-09", "date_precision": "month"},
        {"start_date": "2027-06-09", "date_precision": "month"},
        {"start_date": "2027-05-12", "date_precision": "month", "DELETE": "on"},
    ]
    response = desk.post(f"/admin/races/race/{race.pk}/change/", race_values(race, *months))
    assert response.status_code == 302, response.content.decode()
    assert Edition.objects.count() == 2


def test_a_new_race_with_two_clashing_editions_is_told(root: Client) -> None:
    rows = [{"start_date": day, "date_precision": "month"} for day in ("2027-05-09", "2027-05-10")]
    race = RaceFactory.build()
    response = root.post("/admin/races/race/add/", race_values(race, *rows))
    assert response.status_code == 200
    assert error_rows(response.content.decode()) == ["editions-1"]
    assert not Race.objects.exists()


def test_two_spellings_of_one_alias_are_told(desk: Client) -> None:
    values = term_values(**alias_values("Zig Zag", "Speed play", "zig-zag"))
    response = desk.post("/admin/glossary/term/add/", values)
    assert response.status_code == 200
    page = response.content.decode()
    assert "“Zig Zag” above is the same name." in page
    assert error_rows(page) == ["aliases-2"]
    assert not Term.objects.exists()


def test_an_alias_that_is_removed_clashes_with_nothing(desk: Client) -> None:
    values = term_values(**alias_values("Zig Zag", "zig-zag"), **{"aliases-0-DELETE": "on"})
    assert desk.post("/admin/glossary/term/add/", values).status_code == 302
    assert [alias.name for alias in Alias.objects.all()] == ["zig-zag"]


def test_an_alias_without_letters_is_told_once(desk: Client) -> None:
    values = term_values(**alias_values("!!!", "???"))
    response = desk.post("/admin/glossary/term/add/", values)
    assert response.status_code == 200
    assert "is the same name" not in response.content.decode()


# An address never dies.


@pytest.mark.parametrize("model", ["races/race", "glossary/category"])
def test_a_slug_is_proposed_for_what_is_new_and_fixed_for_what_is_there(
    model: str, root: Client, moderator: User
) -> None:
    row = RaceFactory() if model == "races/race" else CategoryFactory()
    new = root.get(f"/admin/{model}/add/").content.decode()
    assert 'name="slug"' in new
    assert "id_slug" in new.split("data-prepopulated-fields")[1][:400]
    # Who may make races may move one: tests/races/test_race_addresses.py.
    desk = client_of(moderator) if model == "races/race" else root
    there = desk.get(f"/admin/{model}/{row.pk}/change/").content.decode()
    assert 'name="slug"' not in there
    assert row.slug in there


def test_a_posted_slug_moves_no_race_and_no_category(root: Client, moderator: User) -> None:
    race, category = RaceFactory(slug="first"), CategoryFactory()
    kept = category.slug
    values = race_values(race) | {"slug": "second", "name": "New name"}
    address = f"/admin/races/race/{race.pk}/change/"
    assert client_of(moderator).post(address, values).status_code == 302
    values = {"name": "New name", "slug": "second", "description": "x", "position": "0"}
    address = f"/admin/glossary/category/{category.pk}/change/"
    assert root.post(address, values).status_code == 302
    assert Race.objects.get().slug == "first"
    assert Race.objects.get().name == "New name"
    assert (Category.objects.get().slug, Category.objects.get().name) == (kept, "New name")


# A draft looked at.


def test_a_draft_race_is_previewed_by_staff_alone(desk: Client) -> None:
    draft = RaceFactory(state="draft", description="Not yet for readers.")
    DistanceFactory(edition__race=draft, name="Ninety-nine")
    preview = f"/admin/races/race/{draft.pk}/preview/"
    response = desk.get(preview)
    page = response.content.decode()
    assert "Not yet for readers." in page
    assert "Ninety-nine" in page
    assert response.context["is_preview"] is True
    page = response.content.decode()
    assert "readers do not see this page yet" in page
    assert 'name="robots" content="noindex"' in page
    assert Client().get(preview).status_code == 302
    assert Client().get(draft.get_absolute_url()).status_code == 404
    assert desk.get("/admin/races/race/999999/preview/").status_code == 404
    clerk = client_of(UserFactory(is_staff=True))
    assert clerk.get(preview).status_code == 404


def test_the_preview_is_linked_from_the_list_and_from_the_draft(desk: Client) -> None:
    draft, public = RaceFactory(state="draft"), RaceFactory()
    preview = f"/admin/races/race/{draft.pk}/preview/"
    assert f'href="{preview}"' in desk.get("/admin/races/race/").content.decode()
    assert f'href="{preview}"' in desk.get(f"/admin/races/race/{draft.pk}/change/").content.decode()
    page = desk.get(f"/admin/races/race/{public.pk}/change/").content.decode()
    assert f'href="{public.get_absolute_url()}"' in page
    assert "/preview/" not in page


# The sitemap says when a race changed.


@pytest.fixture
def distance(db: None) -> Distance:
    found: Distance = DistanceFactory()
    Race.objects.update(updated_at=LONG_AGO)
    return found


def edition_values(edition: Edition) -> dict[str, str]:
    return {
        "race": str(edition.race_id), "start_date": "2027-05-09", "end_date": "2027-05-09",
        "date_precision": "day", "status": "scheduled",
        "distances-TOTAL_FORMS": "0", "distances-INITIAL_FORMS": "0",
    }  # fmt: skip


def distance_values(distance: Distance) -> dict[str, str]:
    return {
        "edition": str(distance.edition_id), "position": "0", "name": "Marathon", "metres": "42195",
        "distance_class": "marathon",
        "price_tiers-TOTAL_FORMS": "0", "price_tiers-INITIAL_FORMS": "0",
    }  # fmt: skip


def lastmod(race: Race) -> str:
    text = Client().get("/sitemap.xml").content.decode()
    found = re.search(f"{race.get_absolute_url()}</loc><lastmod>([^<]*)<", text)
    assert found, text
    return found[1][:10]


def test_a_saved_edition_or_distance_is_news_of_its_race(desk: Client, distance: Distance) -> None:
    race, edition = distance.edition.race, distance.edition
    other = RaceFactory()
    Race.objects.update(updated_at=LONG_AGO)
    for address, values in [
        (f"edition/{edition.pk}/change/", edition_values(edition)),
        (f"distance/{distance.pk}/change/", distance_values(distance)),
        ("edition/add/", edition_values(edition) | {"start_date": "2028-05-09", "end_date": ""}),
        ("distance/add/", distance_values(distance) | {"name": "Second"}),
    ]:
        newest = versions.latest(race.pk)
        seen = str(newest.pk) if newest else ""
        response = desk.post(f"/admin/races/{address}", {**values, "seen": seen})
        assert response.status_code == 302, response.content.decode()
        assert lastmod(race) == now().date().isoformat(), address
        assert lastmod(other) == "2020-01-01"
        Race.objects.update(updated_at=LONG_AGO)


def test_a_removed_distance_or_edition_is_news_of_its_race(
    desk: Client, distance: Distance
) -> None:
    race = distance.edition.race
    for model in ["distance", "edition"]:
        row = distance if model == "distance" else distance.edition
        desk.post(f"/admin/races/{model}/{row.pk}/delete/", {"post": "yes"})
        assert lastmod(race) == now().date().isoformat(), model
        Race.objects.update(updated_at=LONG_AGO)
    assert not Edition.objects.exists()


def test_editions_and_distances_removed_together_are_news_of_their_races(
    desk: Client, distance: Distance
) -> None:
    race = distance.edition.race
    for model in ["distance", "edition"]:
        row = distance if model == "distance" else distance.edition
        answer = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        desk.post(f"/admin/races/{model}/", answer)
        assert lastmod(race) == now().date().isoformat(), model
        Race.objects.update(updated_at=LONG_AGO)
    assert not Edition.objects.exists()


# People made by hand.


def add_user(root: Client, email: str) -> None:
    values = {"email": email, "usable_password": "false", "password1": "", "password2": ""}
    response = root.post("/admin/organizers/user/add/", values)
    assert response.status_code == 302, response.content.decode()


def user_values(user: User, email: str) -> dict[str, str]:
    return {
        "email": email, "name": "", "is_active": "on",
        "date_joined_0": "2026-11-01", "date_joined_1": "10:00:00",
    }  # fmt: skip


def sign_in(client: Client, email: str, mails: list[EmailMessage]) -> None:
    """With one code."""
    mails.clear()
    response = client.post("/accounts/login/code/", {"email": email})
    client.post(response["Location"], {"code": code_in(mails[0].body)})
    assert len(mails) == 1


@pytest.mark.parametrize("typed", ["ana@example.com", "Ana@Example.com"])
def test_somebody_made_in_admin_needs_one_code(
    typed: str, root: Client, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    add_user(root, typed)
    sign_in(client, "ana@example.com", mailoutbox)
    assert is_signed_in(client)


def test_an_address_changed_in_admin_is_the_one_that_signs_in(
    root: Client, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    add_user(root, "old@example.com")
    user = User.objects.get(email="old@example.com")
    change = f"/admin/organizers/user/{user.pk}/change/"
    response = root.post(change, user_values(user, "new@example.com"))
    assert response.status_code == 302, response.content.decode()
    sign_in(client, "new@example.com", mailoutbox)
    assert is_signed_in(client)
    mailoutbox.clear()
    Client().post("/accounts/login/code/", {"email": "old@example.com"})
    assert not re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[0].body, re.MULTILINE)


def test_a_second_address_made_the_first_one_in_admin_works(root: Client) -> None:
    add_user(root, "old@example.com")
    user = User.objects.get(email="old@example.com")
    EmailAddress.objects.create(user=user, email="second@example.com", verified=False)
    change = f"/admin/organizers/user/{user.pk}/change/"
    root.post(change, user_values(user, "second@example.com"))
    found = EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")
    assert list(found) == [("second@example.com", True, True)]


def test_saving_a_person_without_a_new_address_confirms_nothing(root: Client) -> None:
    user = UserFactory(email="slow@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    change = f"/admin/organizers/user/{user.pk}/change/"
    assert root.post(change, user_values(user, user.email)).status_code == 302
    assert not EmailAddress.objects.get(user=user).verified


def test_nobody_gets_the_address_that_somebody_else_confirmed(root: Client) -> None:
    owner, other = UserFactory(), UserFactory(email="other@example.com")
    EmailAddress.objects.create(user=owner, email="mine@example.com", verified=True)
    words = "There is already an account with this email address."
    values = {"email": "Mine@example.com", "usable_password": "false"}
    response = root.post("/admin/organizers/user/add/", values)
    assert response.status_code == 200
    assert words in response.content.decode()
    change = f"/admin/organizers/user/{other.pk}/change/"
    response = root.post(change, user_values(other, "mine@example.com"))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not EmailAddress.objects.exclude(user=owner).exists()


# Commands.


def test_the_commands_need_only_the_address_of_the_database(tmp_path: Path) -> None:
    """So that the createsuperuser that `make run` prints can run."""
    # Empty says "not given", also where a developer's .env gives something.
    given = {"DATABASE_URL": "postgresql://ana@127.0.0.1:9/startline", "DATA_DIR": str(tmp_path),
             "SECRET_KEY": "", "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "",
             "DJANGO_SETTINGS_MODULE": "config.settings"}  # fmt: skip
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=os.environ | given, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "postgres").exists()
