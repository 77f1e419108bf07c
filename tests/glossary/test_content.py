"""The words and races that come with the site are to standard; and the check can tell."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from glossary.files import term_files
from races.choices import DistanceClass, Sport
from races.files import race_files
from races.files.standard import distance_classes
from text import content_files
from text.sentences import sentences, words

FACTS = """
  - {headline: One, detail: First fact.}
  - {headline: Two, detail: Second fact.}
  - {headline: Three, detail: Third fact., source: 1}
"""
BODY = "\n\n".join(
    f"Plain words number {n} stand here so that nothing is missing at all. Each words line says "
    f"{n} in a way of its own. Readers of words number {n} go on to the next one."
    for n in range(5)
)


def term(name: str, other: str) -> str:
    return f"""---
title: {name.title()}
category: recovery-injury
definition: A word, {name}, said plainly.
aliases:
  - {{name: also {name}, kind: synonym}}
race_query: sport=road-running
key_facts:{FACTS.replace("fact", f"fact of {name}")}
tips: [Do {name} first., Do {name} then., Do {name} last.]
faqs:
  - {{question: Why?, answer: For {name}.}}
  - {{question: How?, answer: By {name}.}}
related: [{{term: {other}}}, {{term: c-word}}, {{term: d-word}}]
sources:
  - {{title: A study, url: "https://study.example/"}}
care_advice:
  - {{level: self-care, text: Rest for {name}.}}
  - {{level: same-day, text: Be seen for {name}.}}
changed_on: 2026-11-01
---
{name} opens it.

{BODY.replace("words", name)}
""".replace("{term: " + name + "}", "{term: a-word}")


RACE = """---
name: Boston Marathon
sport: road-running
city: Boston
country: US
latitude: 42.3
longitude: -71.1
website: https://www.baa.org/
usual_month: 4
usual_rule: third Monday of April
distances:
  - {name: Marathon, metres: 42195, cut_off_minutes: 360}
sources:
  - {title: A page, url: "https://source.example/"}
---
""" + " ".join(f"The course passes {n} towns and drops {n} metres." for n in range(6))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    terms, races = tmp_path / "terms", tmp_path / "races"
    terms.mkdir()
    races.mkdir()
    (terms / "categories.yaml").write_text((term_files.CONTENT / "categories.yaml").read_text())
    names = ["a-word", "b-word", "c-word", "d-word"]
    for name in names:
        (terms / f"{name}.md").write_text(term(name, "b-word" if name == "a-word" else "a-word"))
    (races / "boston-marathon.md").write_text(RACE)
    return terms, races


def check(folders: tuple[Path, Path]) -> str:
    out = io.StringIO()
    call_command("check_content", "--terms", folders[0], "--races", folders[1], stdout=out)
    return out.getvalue()


def test_the_content_of_the_site_is_to_standard() -> None:
    out = check((term_files.CONTENT, race_files.CONTENT))
    terms = content_files.read_folder(term_files.CONTENT, term_files.TERM)
    races = content_files.read_folder(race_files.CONTENT, race_files.RACE)
    assert len(terms) >= 225
    assert len({term.data["category"] for term in terms}) == 10
    assert len(races) >= 250
    assert len({race.data["country"] for race in races}) >= 40
    assert {race.data["usual_month"] for race in races} == set(range(1, 13))
    # No choice of the race search leads to nothing.
    assert {race.data["sport"] for race in races} == set(Sport.values)
    assert set().union(*map(distance_classes, races)) == set(DistanceClass.values)
    for line in out.splitlines():
        if " * " in line:
            sourced, age = line.split()[-2:]
            assert sourced == "100%"
            assert float(age) <= 14


def test_good_files_pass(folders: tuple[Path, Path]) -> None:
    assert "races 1, countries 1" in check(folders)


ADVICE = """care_advice:
  - {level: self-care, text: Rest for a-word.}
  - {level: same-day, text: Be seen for a-word.}
"""
BAD_TERMS = [
    ("  - {headline: One, detail: First fact of a-word.}\n", "", "2 key facts; the standard is"),
    ("tips: [Do a-word first., ", "tips: [", "2 tips; the standard is"),
    ("  - {question: Why?, answer: For a-word.}\n", "", "1 faqs; the standard is"),
    (", {term: d-word}]", "]", "2 related; the standard is"),
    ("A word, a-word, said plainly.", "x" * 301, "over 300 characters"),
    ("said plainly.", "said. Twice. Thrice.", "one or two sentences"),
    ("headline: One", "headline: First fact", "the detail cut off"),
    ("headline: One", f"headline: {'o' * 61}", "over 60 characters"),
    ("source: 1", "source: 4", "there is no source 4"),
    ("First fact of a-word.", "It is 5 km long.", "kilometres without miles"),
    (
        'sources:\n  - {title: A study, url: "https://study.example/"}\n',
        "sources: []\n",
        "no source",
    ),
    (ADVICE, "", "needs care advice"),
    ("  - {level: same-day, text: Be seen for a-word.}\n", "", "says neither what is urgent nor"),
    (
        "changed_on: 2026-11-01",
        "no_urgent_level: true\nchanged_on: 2026-11-01",
        "and has advice of",
    ),
    ("level: same-day", "level: urgent", "says neither what is urgent nor"),
    ("level: same-day", "level: urgent", "“urgent” is none of self-care"),
    ("kind: synonym", "kind: regional", "“regional” is none of synonym"),
    ("{term: c-word}", "{term: c-word, kind: near}", "“near” is none of related"),
    ("a-word opens it.", "a-word opens it.[^7]", "no source 7 to cite"),
    ("a-word opens it.", "a-word opens it!", "exclamation mark"),
    ("a-word opens it.", "a-word <b>opens</b> it.", "raw HTML"),
    ("a-word opens it.", "a-word [opens](/glossary/nowhere/) it.", "words link themselves"),
    ("a-word opens it.", f"a-word {'opens ' * 30}it.", "a sentence of"),
    ("a-word opens it.", "A one. A two. A three. A four.", "over 3 sentences"),
    ("a-word opens it.\n", "a-word opens it.\n" + "\n\nMore of it." * 130, "the standard is 120"),
    ("sport=road-running", "sport=swimrun", "no race fits"),
    ("also a-word", "B-Word", "is already"),
    ("{term: c-word}", "{term: nowhere}", "is no other term"),
    ("{term: c-word}", "{term: a-word}", "is no other term"),
]


@pytest.mark.parametrize(("good", "bad", "reason"), BAD_TERMS)
def test_each_rule_for_a_term_can_fail(
    folders: tuple[Path, Path], good: str, bad: str, reason: str
) -> None:
    path = folders[0] / "a-word.md"
    text = path.read_text()
    assert good in text
    path.write_text(text.replace(good, bad))
    with pytest.raises(CommandError, match=re.escape(reason)):
        check(folders)


def test_a_saved_search_is_asked_as_the_race_search_asks(folders: tuple[Path, Path]) -> None:
    word, race = folders[0] / "a-word.md", folders[1] / "boston-marathon.md"
    word.write_text(word.read_text().replace("sport=road-running", "distance=50k,marathon"))
    assert "races 1" in check(folders)
    word.write_text(word.read_text().replace("distance=50k,marathon", "distance=50k,100mi"))
    with pytest.raises(CommandError, match="no race fits"):
        check(folders)
    race.write_text(race.read_text().replace("Marathon, metres: 42195", "50 km, metres: 50200"))
    assert "races 1" in check(folders)


def test_a_short_body_fails(folders: tuple[Path, Path]) -> None:
    path = folders[0] / "a-word.md"
    path.write_text(path.read_text().replace(BODY.replace("words", "a-word"), ""))
    with pytest.raises(CommandError, match="the standard is 120 to 350"):
        check(folders)


def test_a_sentence_in_two_terms_fails(folders: tuple[Path, Path]) -> None:
    for name in ("a-word", "b-word"):
        path = folders[0] / f"{name}.md"
        path.write_text(path.read_text() + "\n\nThis very sentence stands in both of them.")
    with pytest.raises(CommandError, match="a sentence stands in b-word too"):
        check(folders)


def test_the_same_opening_in_two_terms_fails(folders: tuple[Path, Path]) -> None:
    for name in ("a-word", "b-word"):
        path = folders[0] / f"{name}.md"
        path.write_text(
            path.read_text().replace(f"{name} opens it.", f"Long ago there was {name}.")
        )
    with pytest.raises(CommandError, match="its opening words stands in b-word too"):
        check(folders)


def test_an_orphan_fails(folders: tuple[Path, Path]) -> None:
    path = folders[0] / "e-word.md"
    path.write_text(term("e-word", "b-word"))
    with pytest.raises(CommandError, match=r"e-word\.md:1: no other term is related"):
        check(folders)


def edition(values: str) -> str:
    return f"editions: [{{{values}}}]\nsources:"


RACE_SOURCES = 'sources:\n  - {title: A page, url: "https://source.example/"}\n'
BAD_RACES = [
    ("The course passes 0 towns", "The course! passes 0 towns", "exclamation mark"),
    ("metres: 42195", "metres: 40000", "“Marathon” of 40000 m"),
    ("cut_off_minutes: 360", "cut_off_minutes: 3600", "no sane cut-off"),
    ("name: Marathon, metres: 42195, cut_off_minutes: 360", "name: Lap, metres: 4", "of 4 m"),
    ("metres: 42195, cut_off_minutes: 360", "minutes: 6", "a duration of 6 minutes"),
    ("latitude: 42.3", "latitude: 32.3", "km from Boston"),
    ("longitude: -71.1", "longitude: 11.1", "km from any town of US"),
    ("usual_month: 4", "usual_month: 14", "there is no month 14"),
    ("usual_month: 4", "usual_month: 5", "names another month"),
    (RACE_SOURCES, "sources: []\n", "no source"),
    ("sources:", edition("start_date: 2207-04-19"), "an edition in 2207"),
    ("sources:", edition("start_date: 2027-04-19, end_date: 2027-04-01"), "an edition from"),
    ("sources:", edition("start_date: 2027-04-19, confirmed_on: 2099-01-01"), "in the future"),
    ("sport: road-running", "sport: triathlon", "multisport needs its legs"),
    (RACE.split("---\n")[2], "Too short.", "2 words; the standard is 40 to 120"),
    ("The course passes 0 towns", "The course " + "passes " * 26 + "0 towns", "a sentence of"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "reason"), BAD_RACES)
def test_each_rule_for_a_race_can_fail(
    folders: tuple[Path, Path], good: str, bad: str, reason: str
) -> None:
    path = folders[1] / "boston-marathon.md"
    text = path.read_text()
    assert good in text
    path.write_text(text.replace(good, bad))
    with pytest.raises(CommandError, match=re.escape(reason)):
        check(folders)


def test_a_race_twice_fails(folders: tuple[Path, Path]) -> None:
    (folders[1] / "boston-again.md").write_text(RACE)
    with pytest.raises(CommandError, match="the same race as boston-again"):
        check(folders)


def test_sentences_are_told_apart() -> None:
    text = "It takes 3.5 km, e.g. on St. Moritz hills. Then? “Yes.” It ends[^1].\n\n- One\n- Two"
    assert sentences(text) == [
        "It takes 3.5 km, e.g on St Moritz hills.", "Then?", "“Yes.”", "It ends.", "One", "Two",
    ]  # fmt: skip
    assert words("A *run* of 42.2 km[^3] isn't [long](https://x.example)") == [
        "A", "run", "of", "42.2", "km", "isn't", "long",
    ]  # fmt: skip
