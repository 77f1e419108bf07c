"""Words and races from files: all or nothing, twice is once, and every refusal names its line."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from time_machine import TimeMachineFixture

from glossary.models import Alias, FormerAddress, KeyFact, LinkedText, Term
from races.models import Edition, Race
from tests.backstage import load
from tests.factories import CATEGORIES, RACE, TERM, EditionFactory, TermFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def words(tmp_path: Path) -> Path:
    (tmp_path / "categories.yaml").write_text(CATEGORIES)
    (tmp_path / "runners-knee.md").write_text(TERM)
    return tmp_path


@pytest.fixture
def races(tmp_path: Path) -> Path:
    (tmp_path / "boston-marathon.md").write_text(RACE)
    return tmp_path


def test_a_term_is_loaded_whole(words: Path, client: Client) -> None:
    assert "1 new" in load("load_glossary", words)
    term = Term.objects.published().get(slug="runners-knee")
    assert term.key_facts.get().source == term.sources.get()
    assert term.category.is_health
    page = client.get("/glossary/runners-knee/").content.decode()
    assert "It aches when you sit." in page
    assert b"Runner" in client.get("/search/?q=pfps").content


def test_loading_twice_changes_nothing(words: Path) -> None:
    load("load_glossary", words)
    before = list(Term.objects.values()), list(KeyFact.objects.values())
    assert "0 new, 0 changed, 1 as before" in load("load_glossary", words)
    assert (list(Term.objects.values()), list(KeyFact.objects.values())) == before


def test_a_changed_file_changes_its_term_and_no_other(words: Path) -> None:
    second = TERM.replace("Runner's Knee", "Shin Splints").replace("PFPS", "MTSS")
    (words / "shin-splints.md").write_text(second)
    load("load_glossary", words)
    (words / "shin-splints.md").write_text(second.replace("Gently.", "No."))
    assert "1 changed, 1 as before" in load("load_glossary", words)
    assert Term.objects.get(slug="shin-splints").faqs.get().answer == "No."
    assert KeyFact.objects.count() == 2


def test_a_dry_run_tells_and_writes_nothing(words: Path) -> None:
    assert "new      runners-knee" in load("load_glossary", words, "--dry-run")
    assert not Term.objects.exists()


def test_if_empty_leaves_what_editors_changed(words: Path) -> None:
    TermFactory()
    assert load("load_glossary", words, "--if-empty") == ""
    assert Term.objects.count() == 1


BAD_TERMS = [
    ("---\nnot: [closed\n---\nx", 3, "YAML"),
    (TERM.replace("title:", "titel:"), 2, "unknown key “titel”"),
    (TERM.replace("title: Runner's Knee\n", ""), 1, "“title” is missing"),
    (TERM.replace("category: recovery-injury", "category: nope"), 3, "no category “nope”"),
    (TERM.replace("kind: abbreviation", "kind: acronym"), 6, "not a valid choice"),
    (TERM.replace("sport=road-running", "sport=curling"), 7, "race search"),
    (TERM.replace("sport=road-running", "discipline=ultra"), 7, "race search"),
    (TERM.replace("source: 1", "source: 9"), 11, "no source 9"),
    (TERM.replace("source: 1", "source: one"), 11, "whole number"),
    (TERM.replace("related: []", "related: [{term: nowhere}]"), 17, "no term “nowhere”"),
    (TERM.replace("https://study.example/", "not an address"), 19, "valid URL"),
    (TERM.replace("level: self-care", "level: panic"), 21, "“panic” is no level"),
    (TERM.replace("level: self-care", "level: urgent"), 21, "same-day, emergency"),
    (TERM.replace("2026-11-01", "soon"), 22, "a date"),
    (TERM.replace("A dull ache around the kneecap.", "x" * 301), 4, "300 characters"),
    (TERM + "x" * 10_001, 1, "At most 10,000 characters"),
    (TERM.replace("Gently.", "x" * 2_001), 16, "At most 2,000 characters"),
    (TERM.replace("Rest a little.", "x" * 2_001), 21, "At most 2,000 characters"),
    (TERM.replace("headline: In front", "headline: The ache sits"), 8, "headline"),
    (TERM.replace("tips:\n", "tips:\n  - Twice.\ntips:\n"), 14, "“tips” is given twice"),
    ("no front matter", 1, "must begin with"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BAD_TERMS)
def test_a_bad_term_is_refused_with_its_line(
    words: Path, text: str, line: int, reason: str
) -> None:
    (words / "a-good-one.md").write_text(
        TERM.replace("Runner's Knee", "Good").replace("PFPS", "GD")
    )
    (words / "bad.md").write_text(text.replace("PFPS", "BDX").replace("Runner's Knee", "Bad"))
    with pytest.raises(CommandError) as refusal:
        load("load_glossary", words)
    lines = [text for text in str(refusal.value).splitlines() if text.startswith("bad.md:")]
    assert any(text.startswith(f"bad.md:{line}: ") and reason in text for text in lines), lines
    assert "Nothing was loaded." in str(refusal.value)
    assert not Term.objects.exists()


def test_names_that_collide_are_refused(words: Path) -> None:
    (words / "other.md").write_text(TERM.replace("Runner's Knee", "P.F.P.S."))
    with pytest.raises(
        CommandError, match=r"runners-knee\.md:6: “PFPS” is already a name of other"
    ):
        load("load_glossary", words)
    assert not Term.objects.exists()


def test_the_database_itself_refuses_an_alias_that_is_a_title() -> None:
    TermFactory(title="Fartlek")
    other = TermFactory(title="Speed Play")
    with transaction.atomic():
        Alias.objects.create(term=other, name="fartlek")
        # Deferred to the end of the transaction, and the test's own never ends by itself.
        with pytest.raises(IntegrityError, match="title of another term"):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_a_renamed_file_keeps_the_old_address(words: Path, client: Client) -> None:
    text = TERM.replace("changed_on", "formerly: [knee-ache]\nchanged_on")
    (words / "runners-knee.md").write_text(text)
    load("load_glossary", words)
    assert client.get("/glossary/knee-ache/")["Location"] == "/glossary/runners-knee/"
    FormerAddress.objects.create(slug="by-an-editor", term=Term.objects.get())
    (words / "runners-knee.md").write_text(text.replace("Gently.", "No."))
    load("load_glossary", words)
    assert client.get("/glossary/by-an-editor/").status_code == 301


def test_a_race_gets_a_provisional_edition(
    races: Path, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-11-23T12:00Z")
    assert "1 new" in load("load_races", races)
    edition = Edition.objects.get()
    assert (str(edition.start_date), str(edition.end_date)) == ("2027-04-01", "2027-04-30")
    assert edition.date_precision == "month"
    assert edition.distances.get().distance_class == "marathon"
    page = client.get("/races/boston-marathon/").content.decode()
    assert '<time datetime="2027-04">Mon 19 Apr 2027</time>, expected</span>' in page
    assert "(third Monday of April)" in page
    assert "0 new, 0 changed, 1 as before" in load("load_races", races)


def test_a_year_later_the_next_edition_follows(
    races: Path, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-11-23T12:00Z")
    load("load_races", races)
    time_machine.move_to("2027-04-18T12:00Z")
    assert "1 as before" in load("load_races", races)
    # The third Monday is the 19th: on the 20th this year's race is over.
    time_machine.move_to("2027-04-20T12:00Z")
    load("load_races", races)
    assert [edition.start_date.year for edition in Edition.objects.all()] == [2027, 2028]


def test_a_race_held_in_an_unusual_month_keeps_its_edition(
    races: Path, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-11-23T12:00Z")
    load("load_races", races)
    edition = Edition.objects.get()
    edition.correct_date(date(2027, 2, 6), None, "day", confirmed_on=date(2026, 12, 1))
    edition.save()
    time_machine.move_to("2027-03-01T12:00Z")
    load("load_races", races)
    dates = [str(edition.start_date) for edition in Edition.objects.all()]
    assert dates == ["2027-02-06", "2028-04-01"]


def test_two_editions_of_one_year_stay_two(races: Path, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-23T12:00Z")
    twice = "editions:\n  - {start_date: 2027-04-19}\n  - {start_date: 2027-10-11}\nsources:"
    (races / "boston-marathon.md").write_text(RACE.replace("sources:", twice))
    load("load_races", races)
    assert Edition.objects.count() == 2


def test_what_the_organizer_confirmed_is_left_alone(
    races: Path, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-11-23T12:00Z")
    load("load_races", races)
    edition = Edition.objects.get()
    edition.delete()
    race = Race.objects.get()
    EditionFactory(race=race, start_date="2027-04-19", end_date="2027-04-19",
                   confirmed_on="2026-11-01")  # fmt: skip
    (races / "boston-marathon.md").write_text(RACE.replace("Point to point.", "Downhill."))
    load("load_races", races)
    race.refresh_from_db()
    assert race.description == "Downhill."
    assert str(Edition.objects.get().start_date) == "2027-04-19"


def test_what_editors_changed_survives_the_next_load(words: Path, client: Client) -> None:
    (words / "shin-splints.md").write_text(
        TERM.replace("Runner's Knee", "Shin Splints").replace("PFPS", "MTSS")
    )
    load("load_glossary", words)
    knee = Term.objects.get(slug="runners-knee")
    Term.objects.filter(pk=knee.pk).update(definition="An editor's own.", state="draft")
    knee.tips.create(text="An editor's tip.")
    assert "2 as before" in load("load_glossary", words)
    # Even when the file changes, whether the page is public stays the editors' to say.
    path = words / "runners-knee.md"
    path.write_text(path.read_text().replace("Gently.", "No."))
    load("load_glossary", words)
    knee.refresh_from_db()
    assert (knee.state, knee.definition) == ("draft", "A dull ache around the kneecap.")


def test_what_an_editor_renamed_or_deleted_stays_so(words: Path, client: Client) -> None:
    load("load_glossary", words)
    Term.objects.update(slug="kneecap-pain")
    FormerAddress.objects.create(slug="runners-knee", term=Term.objects.get())
    path = words / "runners-knee.md"
    path.write_text(path.read_text().replace("Gently.", "No."))
    assert "1 changed" in load("load_glossary", words)
    assert Term.objects.get().slug == "kneecap-pain"
    assert Term.objects.get().faqs.get().answer == "No."
    Term.objects.all().delete()
    load("load_glossary", words)
    assert not Term.objects.exists()
    assert client.get("/glossary/runners-knee/").status_code == 410


def test_a_file_renamed_later_takes_its_term_along(words: Path, client: Client) -> None:
    load("load_glossary", words)
    pk = Term.objects.get().pk
    text = (words / "runners-knee.md").read_text()
    (words / "runners-knee.md").unlink()
    text = text.replace("changed_on", "formerly: [runners-knee]\nchanged_on")
    (words / "kneecap-pain.md").write_text(text)
    assert "1 changed" in load("load_glossary", words)
    assert (Term.objects.get().pk, Term.objects.get().slug) == (pk, "kneecap-pain")
    assert client.get("/glossary/runners-knee/")["Location"] == "/glossary/kneecap-pain/"


def test_what_is_not_content_at_all_is_refused_in_words(words: Path) -> None:
    with pytest.raises(CommandError, match="there is no such folder"):
        load("load_glossary", words / "nowhere")
    (words / "runners-knee.md").write_text(TERM.replace("Gently.", "Gen\x08tly."))
    with pytest.raises(CommandError, match=r"runners-knee\.md:1: the YAML can't be read"):
        load("load_glossary", words)
    (words / "runners-knee.md").write_text(TERM)
    for bad in ["", "- slug: [", "- {slug: a}", "- {slug: a, name: b, description: c, x: d}",
                CATEGORIES.replace("Aches.", "x" * 999)]:  # fmt: skip
        (words / "categories.yaml").write_text(bad)
        with pytest.raises(CommandError, match=r"categories\.yaml:1: not a list of categories"):
            load("load_glossary", words)
    assert not Term.objects.exists()


def test_the_daily_load_undoes_nothing(races: Path, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-23T12:00Z")
    dated = "editions:\n  - {start_date: 2027-04-19}\nsources:"
    (races / "boston-marathon.md").write_text(RACE.replace("sources:", dated))
    load("load_races", races)
    race = Race.objects.get()
    Race.objects.update(state="draft", website="https://new.example/")
    race.editions.update(
        start_date="2027-04-26", end_date="2027-04-26", status="rescheduled",
        previous_start_date="2027-04-19",
    )  # fmt: skip
    distance = race.editions.get().distances.get()
    distance.price_tiers.create(name="Early", amount=100, currency="USD")
    assert "1 as before" in load("load_races", races)
    # When its file does change, the moved edition stays where it was moved, and its fees stay.
    path = races / "boston-marathon.md"
    path.write_text(path.read_text().replace("Point to point.", "Downhill."))
    load("load_races", races)
    race.refresh_from_db()
    assert (race.state, race.description) == ("draft", "Downhill.")
    edition = race.editions.get()
    assert (str(edition.start_date), edition.status) == ("2027-04-26", "rescheduled")
    assert edition.distances.get().price_tiers.get().name == "Early"


BAD_RACES = [
    (RACE.replace("sport: road-running", "sport: curling"), 3, "not a valid choice"),
    (RACE.replace("country: US", "country: XX"), 5, "not a valid choice"),
    (RACE.replace("latitude: 42.2297", "latitude: 142.2"), 6, "less than or equal to 90"),
    (RACE.replace("latitude: 42.2297\n", ""), 1, "race_coordinates_are_a_pair"),
    (RACE.replace("usual_month: 4", "usual_month: 13"), 9, "not a valid choice"),
    (RACE.replace("    metres: 42195\n", ""), 1, "distance_has_one_measure"),
    (RACE.replace("metres: 42195", "metres: 42195\n    minutes: 60"), 1, "one_measure"),
    (RACE.replace("metres: 42195", "metres: far"), 13, "whole number"),
    (RACE.replace("www.baa.org", "www baa org"), 8, "valid URL"),
    (RACE + "x" * 10_001, 1, "At most 10,000 characters"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BAD_RACES)
def test_a_bad_race_is_refused_with_its_line(
    races: Path, text: str, line: int, reason: str
) -> None:
    (races / "bad.md").write_text(text)
    with pytest.raises(CommandError) as refusal:
        load("load_races", races)
    lines = [text for text in str(refusal.value).splitlines() if text.startswith("bad.md:")]
    assert any(text.startswith(f"bad.md:{line}: ") and reason in text for text in lines), lines
    assert not Race.objects.exists()


def test_the_content_that_comes_with_the_site_loads(tmp_path: Path) -> None:
    load("load_glossary", Path("glossary/content"))
    load("load_races", Path("races/content"))
    assert Term.objects.published().count() >= 225
    assert Race.objects.published().count() >= 250
    assert Term.objects.get(slug="runners-knee").relations.count() >= 5
    shutil.rmtree(tmp_path)


def test_words_are_linked_by_the_time_they_are_loaded(words: Path, client: Client) -> None:
    """With nobody there to do it later. What the files say about it is kept."""
    never = TERM.replace("Runner's Knee", "Ache").replace("name: PFPS", "name: Ached")
    (words / "ache.md").write_text(never.replace("title: Ache", "title: Ache\nlink_title: false"))
    sit = TERM.replace("Runner's Knee", "Wall sit").replace("PFPS", "Sit")
    (words / "wall-sit.md").write_text(
        sit.replace("kind: abbreviation", "kind: synonym, never_link: true")
    )
    plain = TERM.replace("Runner's Knee", "Plain").replace("PFPS", "PLN")
    (words / "plain.md").write_text(
        plain.replace("race_query", "unlinked_words: [wall sits]\nrace_query")
    )
    load("load_glossary", words)
    for slug, links in [("runners-knee", ["wall-sit"]), ("plain", []), ("wall-sit", [])]:
        assert linked(client, f"/glossary/{slug}/") == links


def linked(client: Client, address: str) -> list[str]:
    page = client.get(address).content.decode()
    return re.findall(r'href="/glossary/([^"]*)/" class="term-link"', page)


def test_a_race_is_linked_by_the_time_it_is_loaded(races: Path, client: Client) -> None:
    TermFactory(title="Point to point", slug="point-to-point")
    load("load_races", races)
    assert linked(client, "/races/boston-marathon/") == ["point-to-point"]
    text = RACE.replace("usual_month", "unlinked_words: [Point-to-point]\nusual_month")
    (races / "boston-marathon.md").write_text(text)
    load("load_races", races)
    assert linked(client, "/races/boston-marathon/") == []


def test_a_dry_run_links_nothing(words: Path) -> None:
    load("load_glossary", words, "--dry-run")
    assert not LinkedText.objects.exists()
