"""The answer first, and what stands beside it."""

import re

import pytest
from django.test import Client

from glossary.models import FAQ, CareAdvice, KeyFact, RelatedTerm, Source, Tip
from tests.desk import as_read
from tests.factories import CategoryFactory, HealthCategoryFactory, TermFactory
from text.sentences import itemised

pytestmark = pytest.mark.django_db


def page_of(slug: str) -> str:
    return Client().get(f"/glossary/{slug}/").content.decode()


def stops(page: str, around: str) -> list[str]:
    (listed,) = re.findall(rf'class="{around}".*?</nav>', page, re.S)
    return re.findall(r'<a [^>]*href="#([\w-]+)">', listed)


def text_of(page: str, element: str) -> str:
    (part,) = re.findall(rf"<{element}.*?</section>", page, re.S)
    return as_read(re.sub("<[^>]+>", " ", part)).strip()


def test_a_page_with_everything_can_be_moved_through_by_its_sections() -> None:
    term = TermFactory(slug="full", category=HealthCategoryFactory())
    KeyFact.objects.create(term=term, headline="A", detail="Fact.")
    Tip.objects.create(term=term, text="Tip.")
    FAQ.objects.create(term=term, question="Why?", answer="So.")
    CareAdvice.objects.create(term=term, level="self-care", text="Rest.")
    other = TermFactory(slug="other", title="Other")
    RelatedTerm.objects.create(term=term, other=other, kind="often-confused", note="It differs.")
    page = page_of("full")
    expected = [
        "care", "understanding", "key-facts", "pro-tips", "questions", "confused", "related",
        "sources", "next-event",
    ]  # fmt: skip
    assert stops(page, "strip") == expected
    assert stops(page, "rail__course") == expected
    assert [page.index(f'id="{stop}"') for stop in expected] == sorted(
        page.index(f'id="{stop}"') for stop in expected
    )
    assert "Other It differs." in text_of(page, 'section aria-labelledby="rail-confused"')


def test_a_page_with_nothing_lists_what_every_page_has() -> None:
    TermFactory(slug="bare")
    page = page_of("bare")
    expected = ["understanding", "related", "sources", "next-event"]
    assert stops(page, "strip") == stops(page, "rail__course") == expected
    for absent in ['id="in-short"', 'id="care"', 'id="rail-confused"', 'rel="prev"', 'rel="next"']:
        assert absent not in page


def test_in_short_is_two_facts_and_a_tip_in_plain_words() -> None:
    term = TermFactory(slug="word")
    source = Source.objects.create(term=term, title="S", url="https://s.example/")
    for number in range(3):
        KeyFact.objects.create(
            term=term, headline=f"F{number}", detail="So *much*. [^1]", source=source
        )
        Tip.objects.create(term=term, text=f"Do {number}.")
    short = text_of(page_of("word"), 'section class="in-short"')
    assert short == "In short F0: So much. F1: So much. Try this: Do 0."


def test_whoever_is_hurt_reads_what_to_do_then_whether_and_how_long() -> None:
    term = TermFactory(slug="hurt", category=HealthCategoryFactory())
    Tip.objects.create(term=term, text="A tip.")
    CareAdvice.objects.create(term=term, level="self-care", text="Rest. Then walk, e.g. Daily.[^1]")
    CareAdvice.objects.create(term=term, level="same-day", text="It is hot. Go.")
    for question, answer in [
        ("What is it?", "A pain."),
        ("How long should I train?", "An hour."),
        ("How long does it take?", "Weeks. Half are well after 49 days.[^1] Some never."),
        ("Can I keep running?", "Yes, as long as it stays mild during the run and after. Slowly."),
    ]:
        FAQ.objects.create(term=term, question=question, answer=answer)
    page = page_of("hurt")
    assert 'id="in-short"' not in page
    care = page[page.index('id="care"') : page.index('id="understanding"')]
    assert re.findall("<li>(.*?)</li>", care, re.S)[0] == "Rest."
    assert care.count("<li>") == 2
    assert "<p>It is hot. Go.</p>" in care
    said = as_read(re.sub("<[^>]+>", "", care))
    assert "Can I keep running? Yes, as long as it stays mild during the run and after." in said
    assert "Slowly" not in said
    assert "How long does it take? Weeks. Half are well after 49 days." in said
    assert "Some never" not in said
    assert "An hour" not in said
    assert care.index("Can I keep") < care.index("How long does")
    # Its “more” leads to the whole answer.
    place = re.search(r'href="#(question-\d)">More', care)
    assert place
    assert re.search(rf'id="{place[1]}"><p>Yes, as long', page)


def test_a_source_leads_back_to_each_place_that_cites_it_and_says_its_number_aloud() -> None:
    term = TermFactory(slug="cited", body="One.[^2] Two.[^1] Again.[^2]")
    first = Source.objects.create(term=term, title="First", url="https://s.example/1")
    Source.objects.create(term=term, title="Second", url="https://s.example/2", position=1)
    Source.objects.create(term=term, title="Third", url="https://s.example/3", position=2)
    KeyFact.objects.create(term=term, headline="The one", detail="Fact.", source=first)
    FAQ.objects.create(term=term, question="Q?", answer="A.[^1]")
    page = page_of("cited")
    citations = re.findall(
        r'<a class="citation" href="#source-(\d)" id="([\w-]+)" aria-label="(.*?)"', page
    )
    assert len(citations) == page.count('class="citation"') == 5
    assert len({place for _, place, _ in citations}) == 5
    for number, _, name in citations:
        assert name == f"source {number}"
    for number in "123":
        (item,) = re.findall(rf'<li id="source-{number}">.*?</li>', page, re.S)
        back = re.findall(r'class="cited" href="#([\w-]+)"', item)
        assert back == [place for source, place, _ in citations if source == number]


def test_the_words_before_and_after_are_of_its_subject_and_public() -> None:
    shelf = CategoryFactory()
    for title in ["Able", "Baker", "Cable", "Delta"]:
        TermFactory(title=title, slug=title.lower(), category=shelf)
    TermFactory(title="Bad", slug="bad", category=shelf, state="draft")
    TermFactory(title="Bat", slug="bat", category=HealthCategoryFactory())
    subject = text_of(page_of("baker"), 'section aria-labelledby="rail-subject"')
    assert "Before Able After Cable All of its words" in subject
    assert "Before" not in text_of(page_of("able"), 'section aria-labelledby="rail-subject"')
    assert "After" not in text_of(page_of("delta"), 'section aria-labelledby="rail-subject"')


def test_a_related_words_line_ends_at_a_sentence() -> None:
    term = TermFactory(slug="word")
    long = "It is a word with a long first sentence of more than eighteen words, " * 2
    other = TermFactory(title="Other", definition=f"{long.strip(', ')}. And a second sentence.")
    RelatedTerm.objects.create(term=term, other=other)
    page = page_of("word")
    section = page[page.index('id="related"') : page.index('id="sources"')]
    assert f"{long.strip(', ')}.</span>" in section


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("Rest, e.g. On Sunday. Walk.", ["Rest, e.g. On Sunday.", "Walk."]),
        ("It locks.[^7] A hot knee.[^6]", ["It locks.[^7]", "A hot knee.[^6]"]),
        ("At 2.5 km stop. *Then* rest.", ["At 2.5 km stop.", "*Then* rest."]),
        ("No end", ["No end"]),
    ],
)
def test_a_paragraph_becomes_a_list_of_its_sentences(text: str, items: list[str]) -> None:
    assert itemised(text) == "\n".join(f"- {item}" for item in items)


@pytest.mark.parametrize("text", ["One.\n\nTwo.", "- One. Two.", "1. One. Two.", "## A. B"])
def test_what_has_an_order_of_its_own_stays(text: str) -> None:
    assert itemised(text) == text
