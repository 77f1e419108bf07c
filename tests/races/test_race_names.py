"""What a race is called: in any script, found by both its names, once in a country."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from organizers.models import Membership, Submission, User
from organizers.submissions import workflow
from organizers.submissions.workflow import NotApprovable
from races.files.loading import load_races
from races.models import NAME_TAKEN, RESERVED_SLUGS, Race
from races.models.naming import is_latin, lock_names, race_key
from races.search.text import find_races
from tests.backstage import CONCURRENT, second_person, wait_until_somebody_waits_for_us
from tests.desk import NEW, client_of, read, save
from tests.factories import RACE, RaceFactory, UserFactory, pending, submission_values
from text.content_files import ContentError
from text.names import fold, name_key

pytestmark = pytest.mark.django_db

NAMES = {
    "Japanese": ("富士山マラソン 100", "Mt Fuji 100", "富士吉田市", "JP", "富士山"),
    "Greek": ("Μαραθώνιος Αθήνας", "Athens Marathon", "Αθήνα", "GR", "αθηνας"),
    "Arabic": ("ماراثون القدس", "Al-Quds Marathon", "القدس", "PS", "القدس"),
    "Hindi": ("हिमालय मैराथन", "Himalaya Marathon", "शिमला", "IN", "हिमालय"),
    "Thai": ("กรุงเทพ มาราธอน", "Bangkok Marathon", "กรุงเทพ", "TH", "กรุงเทพ"),
    "Korean": ("서울 마라톤", "Seoul Marathon", "서울", "KR", "서울"),
    "Cyrillic": ("Московский марафон", "Moscow Marathon", "Москва", "RU", "московский"),
}


@pytest.mark.parametrize(
    ("name", "latin_name", "city", "country", "word"), NAMES.values(), ids=NAMES.keys()
)
def test_a_race_in_any_script_is_listed_shown_and_found_by_both_names(
    name: str,
    latin_name: str,
    city: str,
    country: str,
    word: str,
    membership: Membership,
    moderator: User,
    client: Client,
) -> None:
    values = submission_values(
        **{
            "race-name": name, "race-latin_name": latin_name, "race-city": city,
            "race-country": country,
        }
    )  # fmt: skip
    assert client_of(membership.user).post(NEW, values).status_code == 302
    decide = f"/admin/organizers/submission/{Submission.objects.get().pk}/decide/"
    assert client_of(moderator).post(decide, {"step": "approve", "note": ""}).status_code == 302
    race = Race.objects.get()
    assert (race.name, race.latin_name, race.city) == (name, latin_name, city)
    assert race.slug == latin_name.lower().replace(" ", "-")
    for path in [
        race.get_absolute_url(), f"/races/?q={word}", f"/races/?q={latin_name}",
        f"/races/?q={city}",
        f"/search/?q={word}", f"/search/suggestions/?q={word}",
    ]:  # fmt: skip
        page = client.get(path).content.decode()
        assert f"<bdi>{name}</bdi>" in page, path
        assert latin_name in page, path
    assert f"<title>{name} ({latin_name})," in client.get(race.get_absolute_url()).content.decode()


def test_the_latin_name_is_always_there_and_its_error_says_when_it_is_needed(
    membership: Membership,
) -> None:
    director = client_of(membership.user)
    assert "race-latin_name" in read(director.get(NEW)).values
    form = read(director.post(NEW, submission_values(**{"race-name": "富士 100"})))
    assert form.error_of("race-latin_name") == "Give the name in Latin letters too."
    assert form.values["race-name"] == "富士 100"


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Boston Marathon", True), ("Stadtzürcher Seeüberquerung", True), ("10K", True),
        ("Ångaloppet", True), ("Ｆｕｊｉ", True), ("Łódź Maraton", True), ("Ultra Ω", True),
        ("富士 100", False), ("富士 UT", False), ("100", False), ("🏃", False), ("Αθήνα", False),
    ],
)  # fmt: skip
def test_a_name_is_latin_when_most_of_its_letters_are(name: str, latin: bool) -> None:
    assert is_latin(name) == latin


# Folding, which search and sameness stand on.


@pytest.mark.parametrize(
    ("one", "other"), [("が", "か"), ("हिमालय", "हमलय"), ("กุ", "กู"), ("パリ", "ハリ")]
)
def test_letters_that_only_look_like_accents_are_kept(one: str, other: str) -> None:
    assert fold(one) == one
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Αθήνας", "αθηνασ"), ("מרתון תֵּל אָבִיב", "מרתון תל אביב"), ("مَاراثون", "ماراثون"),
        ("Ærø Ømarathon", "ærø ømarathon"), ("❤️ Run", "run"), ("Größte", "grosste"), ("ｶﾞ", "ガ"),
    ],
)  # fmt: skip
def test_accents_are_left_out_in_every_script_that_has_them(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize("query", ["\u0e31", "ั ุ", "्", "\ufe0f", "が" * 60, "हि!&|:*()<->"])
def test_a_search_for_odd_marks_finds_nothing_and_does_not_fail(query: str, client: Client) -> None:
    RaceFactory()
    assert client.get("/races/", {"q": query}).status_code == 200
    assert not find_races(query)


# The address.


@pytest.mark.parametrize(
    ("name", "latin_name", "city", "slug"),
    [
        ("富士 100", "Mt Fuji 100", "富士吉田市", "mt-fuji-100"),
        ("100", "Łø", "Girona", "girona-road-running"),
        ("100", "Łø", "ジローナ", "road-running"),
        ("Night Run 100", "", "Girona", "night-run-100"),
    ],
)
def test_the_address_is_made_of_letters(name: str, latin_name: str, city: str, slug: str) -> None:
    values = {"race-name": name, "race-latin_name": latin_name, "race-city": city}
    workflow.approve(pending(**values), UserFactory())
    assert Race.objects.get().slug == slug


def decide_path(submission: Submission) -> str:
    return f"/admin/organizers/submission/{submission.pk}/decide/"


def test_a_moderator_sees_the_address_and_may_set_another(moderator: User, client: Client) -> None:
    submission, staff = pending(), client_of(moderator)
    page = staff.get(f"/admin/organizers/submission/{submission.pk}/change/").content.decode()
    assert read_value(page, "slug") == "costa-brava-night-run"
    answer = {"step": "approve", "note": "", "slug": "night-run-girona"}
    staff.post(decide_path(submission), answer)
    assert Race.objects.get().slug == "night-run-girona"
    assert client.get("/races/night-run-girona/").status_code == 200


def read_value(page: str, field: str) -> str:
    [tag] = [tag for tag in page.split("<") if f'name="{field}"' in tag]
    return tag.partition('value="')[2].partition('"')[0]


@pytest.mark.parametrize("slug", ["taken", RESERVED_SLUGS[0], "100", "no spaces", "x" * 121, "é"])
def test_a_wrong_address_says_so_and_decides_nothing(slug: str, moderator: User) -> None:
    RaceFactory(slug="taken", country="FR")
    submission = pending()
    answer = {"step": "approve", "note": "Welcome", "slug": slug}
    response = client_of(moderator).post(decide_path(submission), answer)
    assert response.status_code == 200
    form = read(response)
    assert form.error_of("slug")
    assert (form.values["slug"], form.values["note"]) == (slug, "Welcome")
    submission.refresh_from_db()
    assert submission.state == "pending"


def test_an_address_does_not_matter_to_a_rejection(moderator: User) -> None:
    RaceFactory(slug="taken", country="FR")
    submission = pending()
    answer = {"step": "reject", "note": "Not a race.", "slug": "taken"}
    assert client_of(moderator).post(decide_path(submission), answer).status_code == 302
    submission.refresh_from_db()
    assert submission.state == "rejected"


def test_an_address_taken_meanwhile_is_not_approved() -> None:
    RaceFactory(slug="taken", country="FR")
    with pytest.raises(NotApprovable, match="Another race has this address"):
        workflow.approve(pending(), UserFactory(), slug="taken")
    assert Race.objects.count() == 1


def admin_values(**changes: str) -> dict[str, str]:
    return {
        "name": "New Run", "latin_name": "", "slug": "new-run", "state": "draft",
        "sport": "road-running", "description": "", "city": "Girona", "country": "ES",
        "editions-TOTAL_FORMS": "0", "editions-INITIAL_FORMS": "0", **changes,
    }  # fmt: skip


def test_an_address_may_change_until_the_race_is_public(moderator: User) -> None:
    race = RaceFactory(name="New Run", slug="100-run", state="draft")
    staff = client_of(moderator)
    assert save(staff, race, slug="new-run", state="published").status_code == 302
    race.refresh_from_db()
    assert race.slug == "new-run"
    # An editor may move it later: then the old address leads to the new one.
    assert save(staff, race, slug="other").status_code == 302
    race.refresh_from_db()
    assert race.slug == "new-run"


def test_a_race_file_may_hold_the_name_in_latin_letters(tmp_path: Path) -> None:
    file = tmp_path / "mt-fuji-100.md"
    text = RACE.replace("name: Boston Marathon", "name: 富士 100\nlatin_name: Mt Fuji 100")
    file.write_text(text)
    load_races(tmp_path)
    race = Race.objects.get()
    assert (race.name, race.latin_name) == ("富士 100", "Mt Fuji 100")
    file.write_text(text.replace("latin_name: Mt Fuji 100", ""))
    with pytest.raises(ContentError, match="Latin letters"):
        load_races(tmp_path)
    (tmp_path / "another.md").write_text(text)
    with pytest.raises(ContentError, match=NAME_TAKEN):
        load_races(tmp_path)


# Once in its country.


@pytest.mark.parametrize("name", ["Night Run", "NIGHT-RUN", "  night run ", "Nïght Rün"])
def test_admin_lets_no_second_race_of_a_name_in(name: str, editor: User) -> None:
    RaceFactory(name="Night Run", country="ES", state="draft")
    add, staff = "/admin/races/race/add/", client_of(editor)
    response = staff.post(add, admin_values(name=name))
    assert response.status_code == 200
    assert NAME_TAKEN in response.content.decode()
    assert Race.objects.count() == 1
    assert staff.post(add, admin_values(name=name, country="FR")).status_code == 302


def test_a_race_keeps_its_own_name_when_it_is_saved_again(editor: User) -> None:
    race = RaceFactory(name="New Run", state="draft")
    response = client_of(editor).post(f"/admin/races/race/{race.pk}/change/", admin_values())
    assert response.status_code == 302


def test_the_database_refuses_a_second_race_of_a_name() -> None:
    RaceFactory(name="Night Run", country="ES")
    with pytest.raises(IntegrityError, match="race_name_once_in_its_country"):
        RaceFactory(name="night-run", country="ES")


def test_names_of_nothing_but_signs_are_told_apart() -> None:
    assert race_key("🏃") != race_key("🏔️") != ""
    RaceFactory(name="🏃", latin_name="Run", country="ES")
    RaceFactory(name="🏔️", latin_name="Climb", country="ES")


def test_the_longest_name_has_a_key() -> None:
    RaceFactory(name="ﷺ" * 120, latin_name="x")


@CONCURRENT
def test_of_two_editors_who_use_a_name_at_once_the_second_is_told(editor: User) -> None:
    staff = client_of(editor)
    responses: list[Any] = []
    thread, outcome = second_person(
        lambda: responses.append(staff.post("/admin/races/race/add/", admin_values(slug="second")))
    )
    with transaction.atomic():
        lock_names()
        RaceFactory(name="New Run", slug="new-run", country="ES")
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert outcome == ["done"]
    assert responses[0].status_code == 200
    assert NAME_TAKEN in responses[0].content.decode()
    assert Race.objects.count() == 1


def test_saving_a_race_asks_for_the_names_once(editor: User) -> None:
    desk = client_of(editor)
    with CaptureQueriesContext(connection) as queries:
        assert desk.post("/admin/races/race/add/", admin_values()).status_code == 302
    added = [query["sql"] for query in queries]
    with CaptureQueriesContext(connection) as queries:
        save(desk, Race.objects.get(), city="Elsewhere")
    changed = [query["sql"] for query in queries]
    for statements in (added, changed):
        assert sum("races.names" in sql for sql in statements) == 1


@CONCURRENT
def test_an_approval_sees_the_race_that_an_editor_is_saving() -> None:
    submission, moderator = pending(), UserFactory()
    thread, outcome = second_person(lambda: workflow.approve(submission, moderator))
    with transaction.atomic():
        lock_names()
        RaceFactory(name="Costa Brava Night Run", country="ES")
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert isinstance(outcome[0], NotApprovable), outcome
    assert "We already have a race of this name" in str(outcome[0])


def test_the_migration_tells_races_of_one_name_apart_by_their_town(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As they may stand in a database from before there was a constraint."""
    migration = import_module("races.migrations.0003_race_names_in_any_script_once_in_a_country")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE races_race DROP CONSTRAINT race_name_once_in_its_country")
    races = {
        slug: RaceFactory(name=f"{slug} x", slug=slug, country=country, city=city, state=state)
        for slug, country, city, state in [
            ("draft", "US", "Austin", "draft"),
            ("dallas", "US", "Dallas", "published"),
            ("boise", "US", "Boise", "published"),
            ("dallas-2", "US", "Dallas", "published"),
            ("paris", "FR", "Paris", "published"),
        ]
    }
    Race.objects.update(name="Turkey Trot", name_key="")
    RaceFactory(name="Turkey-Trot (Dallas)", slug="named-so", country="US", city="Dallas")
    migration.fill_keys(apps, None)
    names = {slug: Race.objects.get(pk=race.pk).name for slug, race in races.items()}
    assert names == {
        "dallas": "Turkey Trot",
        "boise": "Turkey Trot (Boise)",
        "dallas-2": "Turkey Trot (Dallas, 2)",
        "draft": "Turkey Trot (Austin)",
        "paris": "Turkey Trot",
    }
    assert Race.objects.get(slug="named-so").name == "Turkey-Trot (Dallas)"
    keys = list(Race.objects.values_list("country", "name_key"))
    assert len(set(keys)) == len(keys) == 6
    said = capsys.readouterr().out
    assert "/races/boise/ shared its name and is now “Turkey Trot (Boise)”" in said
    assert "/races/paris/" not in said
