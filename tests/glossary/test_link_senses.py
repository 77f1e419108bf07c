"""The site's own texts link a name only where it has the sense of the page behind it."""

import re
from functools import cache

import pytest
from markdown_it.token import Token

from glossary.files import term_files
from glossary.reading.page import LINKED_TEXTS
from races.files import race_files
from text import content_files, markdown
from text.linking import LinkableNames, link
from text.names import name_key

FILES = {
    folder: {file.slug: file for file in content_files.read_folder(folder, shape)}
    for folder, shape in (
        (term_files.CONTENT, term_files.TERM),
        (race_files.CONTENT, race_files.RACE),
    )
}
TERMS, RACES = FILES[term_files.CONTENT], FILES[race_files.CONTENT]
PKS = {slug: pk for pk, slug in enumerate(TERMS)}


@cache
def names() -> LinkableNames:
    rows = []
    for slug, file in TERMS.items():
        if file.data.get("link_title", True):
            title = file.data["title"]
            rows.append((PKS[slug], name_key(title), title, False))
        for alias in file.data.get("aliases", []):
            if alias["kind"] in {"synonym", "abbreviation"} and not alias.get("never_link"):
                name, is_short = alias["name"], alias["kind"] == "abbreviation"
                rows.append((PKS[slug], name_key(name), name, is_short))
    return LinkableNames({pk: f"/glossary/{slug}/" for slug, pk in PKS.items()}, rows)


def linked(texts: list[list[Token]], **options: object) -> str:
    """The texts, each automatic link as [words|slug] and nothing else marked."""
    link(texts, names(), **options)  # type: ignore[arg-type]
    html = " ".join(map(markdown.to_html, texts))
    html = re.sub(
        r'<a href="/glossary/([^"]+)/" class="term-link"[^>]*>(.*?)</a>', r"[\2|\1]", html
    )
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


@cache
def page_of(slug: str) -> str:
    if slug in RACES:
        race = RACES[slug]
        return linked([markdown.parse(race.body)], vetoed=race.data.get("unlinked_words", ()))
    term = TERMS[slug]
    texts = {
        "body": [term.body],
        "key_facts": [fact["detail"] for fact in term.data["key_facts"]],
        "tips": term.data["tips"],
        "faqs": [faq["answer"] for faq in term.data["faqs"]],
    }
    parsed = [parse(text) for part, parse in LINKED_TEXTS.items() for text in texts[part]]
    return linked(parsed, own=PKS[slug], vetoed=term.data.get("unlinked_words", ()))


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        # Another sense of the same word.
        ("heat-exhaustion", "Rest, cool down and drink"),
        ("lactate", "whenever it splits sugar"),
        ("vo2max", "Norwegian cross-country skier"),
        ("altitude-training", "live high, train low"),
        ("aerobic-decoupling", "You warm up and sweat"),
        ("stress-fracture", "Bone does not warm up"),
        ("rhabdomyolysis", "creatine kinase measurement"),
        ("eccentric-exercise", "as the heel drops"),
        ("gut-training", "at regular intervals"),
        ("hydration-vest", "then the chest straps"),
        ("lactate-threshold", "the higher threshold runs the same speed"),
        ("split", "The official times are"),
        ("la-marmotte", "Eat on the long run down"),
        ("marabana-havana-marathon", "Waves sometimes break"),
        # The sense of the page.
        ("lactate", "[Cool down|cool-down] with ten minutes"),
        ("t1-and-t2", "as [split times|split]"),
        ("lidingoloppet", "this [cross-country|cross-country] weekend"),
        ("time-trial", "and [warm up|warm-up] as you would"),
        ("the-wall", "the first [energy gel|energy-gel]"),
        ("caffeine", "use [gels|energy-gel], gum"),
        ("gun-time", "brought in [start waves|wave-start]"),
        ("valencia-10k", "[Start waves|wave-start] are"),
        ("intensity-factor", "hours and by 100, and you have [TSS|tss]"),
        ("tempo-run", "and a [cool-down|cool-down]"),
        ("piriformis-syndrome", "worse than [long runs|long-run]"),
    ],
)
def test_a_page_links_the_sense_that_is_meant(slug: str, words: str) -> None:
    assert words in page_of(slug)


@pytest.mark.parametrize(
    "text",
    [
        "3 sets of 10 reps, or twelve repetitions",
        "IF YOU ARE ILL, STAY AT HOME",
        "The Isle of Man TT",
        "A gel for the skin",
        "Waves break over the sea wall",
        "The path splits below a rock stack, before descending",
        "131 runners, 262 km, 703 m up",
        "A rabbit, a stitch in the hem and bandits of old",
        "Spring is the sweet spot, with the freshness of the woods",
        "Organised by Winterlauf AG, with a climb peaking at 900 m",
        "Sitting in the river is one way of cooling down",
    ],
)
def test_an_everyday_word_links_nowhere(text: str) -> None:
    assert linked([markdown.parse(text)]) == text
