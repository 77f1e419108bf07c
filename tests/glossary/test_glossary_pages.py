"""The words, as an athlete reads them."""

import html
import json
import re

import html5lib
import pytest
from django.core.cache import caches
from django.test import Client
from time_machine import TimeMachineFixture

from glossary.models import FAQ, CareAdvice, FormerAddress, KeyFact, RelatedTerm, Source, Tip
from glossary.reading import views
from tests.factories import (
    CategoryFactory,
    DistanceFactory,
    EditionFactory,
    HealthCategoryFactory,
    TermFactory,
)
from web.templatetags.structured import json_ld

pytestmark = pytest.mark.django_db


def test_a_term_page_shows_all_its_parts(client: Client) -> None:
    term = TermFactory(
        title="Runner's Knee", slug="runners-knee", category=HealthCategoryFactory(),
        body="It aches.[^1]",
    )  # fmt: skip
    source = Source.objects.create(term=term, title="A study", url="https://study.example/")
    KeyFact.objects.create(term=term, headline="In front", detail="Of the knee.", source=source)
    Tip.objects.create(term=term, text="Do wall sits.")
    FAQ.objects.create(term=term, question="May I run?", answer="Gently.")
    CareAdvice.objects.create(term=term, level="emergency", text="Go to a hospital.")
    other = TermFactory(title="Shin Splints")
    RelatedTerm.objects.create(term=term, other=other)

    page = client.get("/glossary/runners-knee/").content.decode()

    for text in [
        "Understanding Runner&#x27;s Knee", "In front", "Of the knee.", "Do wall sits.",
        "<summary>May I run?</summary>", "Shin Splints", "View all in Recovery &amp; Injury",
        'id="source-1"', "A study", "Emergency: get help at once", "Go to a hospital.",
        "Not yet reviewed by a clinician", "Find your next event", "List your race",
        "race directors and event organizers", "no account needed", "No credit card",
        "the Starter plan stays free",
    ]:  # fmt: skip
        assert text in page, text
    assert page.count('href="#source-1"') == 2


def test_a_draft_is_nowhere(client: Client) -> None:
    term = TermFactory(title="Hidden Word", state="draft", slug="hidden")
    neighbour = TermFactory(slug="seen")
    RelatedTerm.objects.create(term=neighbour, other=term)
    assert client.get("/glossary/hidden/").status_code == 404
    for address in ["/glossary/", "/glossary/a-to-z/", "/glossary/category/training-workouts/",
                    "/glossary/seen/", "/search/?q=hidden", "/sitemap.xml", "/"]:  # fmt: skip
        response = client.get(address)
        assert response.status_code == 200
        assert "Hidden Word" not in response.content.decode(), address
        assert "/glossary/hidden/" not in response.content.decode(), address


def test_a_term_waits_for_its_time(client: Client, time_machine: TimeMachineFixture) -> None:
    TermFactory(slug="later", publish_at="2027-01-01T09:00Z")
    time_machine.move_to("2027-01-01T08:59Z")
    assert client.get("/glossary/later/").status_code == 404
    time_machine.move_to("2027-01-01T09:01Z")
    assert client.get("/glossary/later/").status_code == 200


CARE = ["emergency", "self-care", "leave-out", "see-someone", "same-day"]


def test_care_advice_comes_before_the_essay_an_emergency_first_and_is_never_folded_away(
    client: Client,
) -> None:
    term = TermFactory(slug="knee")
    for position, level in enumerate(reversed(CARE)):
        CareAdvice.objects.create(term=term, level=level, text=f"Text {level}", position=position)
    KeyFact.objects.create(term=term, headline="In front", detail="Of the knee.")
    FAQ.objects.create(term=term, question="May I run?", answer="Gently.")
    page = client.get("/glossary/knee/").content.decode()
    places = [page.index(text) for text in [
        'id="care-heading"', "<h3>Emergency: get help at once</h3>", "Text emergency",
        "<h3>What to do now</h3>", "Text self-care", "<h3>What to leave out</h3>",
        "Text leave-out", "<h3>See someone about it</h3>", "Text see-someone",
        "<h3>Be seen the same day</h3>", "Text same-day", "Not yet reviewed by a clinician",
        "One paragraph about it.", "In front", "<details",
    ]]  # fmt: skip
    assert places == sorted(places)
    for folded in re.findall("<details.*?</details>", page, re.S):
        assert "Text" not in folded


@pytest.mark.parametrize(
    ("is_health", "has_advice", "is_reviewed", "says"),
    [
        (
            True,
            True,
            True,
            "Reviewed by Dr Ada on 1 October 2026, next review due by 1 October 2029. This page",
        ),
        (True, True, False, "Not yet reviewed by a clinician. This page explains"),
        (
            True,
            False,
            True,
            "Reviewed by Dr Ada on 1 October 2026, next review due by 1 October 2029. This page",
        ),
        (True, False, False, "Not yet reviewed by a clinician. This page explains"),
        (
            False,
            True,
            True,
            "Reviewed by Dr Ada on 1 October 2026, next review due by 1 October 2029. This page",
        ),
        (False, True, False, "Not yet reviewed by a clinician. This page explains"),
        (
            False,
            False,
            True,
            "Reviewed by Dr Ada on 1 October 2026, next review due by 1 October 2029.",
        ),
        (False, False, False, ""),
    ],
)
def test_a_review_is_told_of_once_and_only_if_true(
    client: Client, is_health: bool, has_advice: bool, is_reviewed: bool, says: str
) -> None:
    review = {"reviewed_by": "Dr Ada", "reviewed_on": "2026-10-01"} if is_reviewed else {}
    category = HealthCategoryFactory() if is_health else CategoryFactory()
    term = TermFactory(slug="knee", category=category, **review)
    if has_advice:
        CareAdvice.objects.create(term=term, level="emergency", text="Go.")
    page = client.get("/glossary/knee/").content.decode()
    text = " ".join(re.sub("<script.*?</script>|<.*?>", "", page, flags=re.S).split())
    assert len(re.findall("[Rr]eviewed", text)) == (1 if says else 0)
    assert says in text
    assert ("diagnose" in text) == (is_health or has_advice)
    assert "Last changed on 1 November 2026." in text
    medical = structured_data(page)["@graph"][2]
    assert medical["@type"] == ("MedicalWebPage" if is_health else "WebPage")
    assert medical["dateModified"] == "2026-11-01"
    assert medical.get("lastReviewed") == ("2026-10-01" if is_reviewed else None)
    assert ("reviewedBy" in medical) == is_reviewed


def pairs(client: Client, slug: str) -> list[tuple[str, ...]]:
    """Of each pair on a page: its heading, the difference, the other word and its definition."""
    page = client.get(f"/glossary/{slug}/").content.decode()
    found = re.findall(r'<div class="pair">.*?(?=<div class="pair">|</section>)', page, re.S)
    texts = [re.findall(r">\s*([^<>]*\w[^<>]*)<", pair) for pair in found]
    return [tuple(html.unescape(text.strip()) for text in texts_of_one) for texts_of_one in texts]


def test_two_words_often_confused_are_told_apart_on_both_pages(client: Client) -> None:
    knee = TermFactory(title="Runner's Knee", slug="knee", definition="In front.")
    band = TermFactory(title="IT Band", slug="band", definition="Outside.")
    RelatedTerm.objects.create(term=knee, other=band, kind="often-confused", note="The side.")
    assert pairs(client, "knee") == [
        ("Runner's Knee or IT Band?", "The side.", "IT Band", ": Outside.")
    ]
    assert pairs(client, "band") == [
        ("IT Band or Runner's Knee?", "The side.", "Runner's Knee", ": In front.")
    ]


def test_a_pair_stands_once_with_this_pages_own_words(client: Client) -> None:
    knee, band = TermFactory(title="Knee", slug="knee"), TermFactory(title="Band", slug="band")
    own = RelatedTerm.objects.create(term=knee, other=band, kind="often-confused", note="Own.")
    RelatedTerm.objects.create(term=band, other=knee, kind="often-confused", note="Theirs.")
    assert [pair[1] for pair in pairs(client, "knee")] == ["Own."]
    RelatedTerm.objects.filter(pk=own.pk).update(note="")
    assert [pair[1] for pair in pairs(client, "knee")] == ["Theirs."]
    # Related here, confused there: it is told apart and not listed twice.
    RelatedTerm.objects.filter(pk=own.pk).update(kind="related")
    page = client.get("/glossary/knee/").content.decode()
    assert [pair[1] for pair in pairs(client, "knee")] == ["Theirs."]
    section = page[page.index('id="related"') : page.index('id="sources"')]
    assert 'href="/glossary/band/"' not in section


def test_a_hidden_word_is_confused_with_nothing(client: Client) -> None:
    knee, hidden = TermFactory(slug="knee"), TermFactory(title="Hidden Word", state="draft")
    RelatedTerm.objects.create(term=hidden, other=knee, kind="often-confused", note="Secret.")
    assert pairs(client, "knee") == []
    page = client.get("/glossary/knee/").content.decode()
    assert not re.search("Hidden Word|Secret", page)


BAD = (
    '<script>alert(1)</script> <img src=x onerror="alert(1)"> <iframe src="https://evil.example">'
    "</iframe> [a](javascript:alert(1)) [b](data:text/html;base64,PHNjcmlwdD4=) <b onclick=x>c</b>"
)


def test_nothing_active_comes_out_of_any_text_of_a_page(client: Client) -> None:
    term = TermFactory(
        slug="bad", title="<script>t</script>", body=BAD, definition=BAD, change_note=BAD[:190],
        reviewed_by="<script>r</script>", reviewed_on="2026-10-01",
    )  # fmt: skip
    other = TermFactory(slug="other", definition=BAD)
    KeyFact.objects.create(term=term, headline="<script>h</script>", detail=BAD)
    Tip.objects.create(term=term, text=BAD)
    FAQ.objects.create(term=term, question=BAD[:190], answer=BAD)
    CareAdvice.objects.create(term=term, level="emergency", text=BAD)
    RelatedTerm.objects.create(term=term, other=other, kind="often-confused", note=BAD)
    Source.objects.create(term=term, title=BAD, url="https://s.example/")
    for address in ["/glossary/bad/", "/glossary/new/", "/glossary/category/training-workouts/"]:
        root = html5lib.parse(client.get(address).content.decode(), namespaceHTMLElements=False)
        for element in root.iter():
            assert element.tag not in {"iframe", "img", "b"}, address
            assert not [name for name in element.attrib if name.startswith("on")], address
            href = element.get("href", "")
            assert not re.match("javascript|data", href), address
            if element.tag == "script":
                assert element.get("src") or element.get("type") == "application/ld+json"


def test_a_former_address_redirects_and_a_removed_one_is_gone(client: Client) -> None:
    term = TermFactory(slug="new-name")
    FormerAddress.objects.create(slug="old-name", term=term)
    FormerAddress.objects.create(slug="removed")
    FormerAddress.objects.create(slug="old-draft", term=TermFactory(state="draft"))
    response = client.get("/glossary/old-name/")
    assert (response.status_code, response["Location"]) == (301, "/glossary/new-name/")
    gone = client.get("/glossary/removed/")
    assert gone.status_code == 410
    assert "/glossary/a-to-z/" in gone.content.decode()
    assert client.get("/glossary/old-draft/").status_code == 404


def test_a_removed_word_leads_on(client: Client) -> None:
    TermFactory(title="Shin Splints", slug="shin-splints-2")
    term = TermFactory(
        title="Shin Splint", slug="shin-splint", state="draft",
        first_published_at="2026-01-01T00:00Z",
    )  # fmt: skip
    FormerAddress.objects.create(slug="shin-splimts")
    FormerAddress.objects.create(slug="older", term=term)
    for slug in ["shin-splint", "shin-splimts"]:
        gone = client.get(f"/glossary/{slug}/")
        page = gone.content.decode()
        assert gone.status_code == 410
        assert 'href="/glossary/shin-splints-2/"' in page
        assert f'name="q" value="{slug.replace("-", " ")}"' in page
        assert 'content="noindex"' in page
        assert not gone.cookies
    assert client.get("/glossary/older/").status_code == 410
    # Its shelf is known as long as the row is there.
    assert "training-workouts" in client.get("/glossary/shin-splint/").content.decode()
    # It was never promised to anyone.
    TermFactory(slug="draft", state="draft")
    assert client.get("/glossary/draft/").status_code == 404
    later = TermFactory(slug="later", publish_at="2099-01-01T00:00Z")
    assert client.get(later.get_absolute_url()).status_code == 404


def test_the_races_offered_fit_the_word(client: Client) -> None:
    ultra = DistanceFactory(name="100 miles", metres=160934, edition__race__name="Long One").edition
    DistanceFactory(name="5K", metres=5000, edition__race__name="Short One")
    TermFactory(slug="ultra", race_query="distance=ultra")
    page = client.get("/glossary/ultra/").content.decode()
    assert ultra.race.get_absolute_url() in page
    assert "Short One" not in page
    assert "/races/?distance=ultra" in page


def test_without_a_fitting_race_the_soonest_are_offered(client: Client) -> None:
    EditionFactory(race__name="Only One")
    TermFactory(slug="swim", race_query="sport=swimrun")
    page = client.get("/glossary/swim/").content.decode()
    assert "Only One" in page
    assert "The next races on the calendar" in page
    assert "/races/?sport=swimrun" not in page


def test_a_cancelled_or_past_race_is_not_offered(client: Client) -> None:
    EditionFactory(race__name="Cancelled One", status="cancelled")
    EditionFactory(race__name="Past One", start_date="2020-01-01", end_date="2020-01-01")
    EditionFactory(race__name="Draft One", race__state="draft")
    TermFactory(slug="word")
    page = client.get("/glossary/word/").content.decode()
    assert not re.search("(Cancelled|Past|Draft) One", page)


@pytest.mark.parametrize("name", ["Knee <b", "Knee <!--<script", "Knee </script", "K & <"])
def test_nothing_in_structured_data_ends_or_opens_anything(client: Client, name: str) -> None:
    TermFactory(slug="knee", title=name)
    page = client.get("/glossary/knee/").content.decode()
    [script] = re.findall('<script type="application/ld\\+json">(.*?)</script>', page, re.S)
    assert not set("<>&") & set(script)
    assert json.loads(script)["@graph"][1]["name"] == name


def test_structured_data_says_only_what_is_true(client: Client) -> None:
    category = HealthCategoryFactory()
    term = TermFactory(slug="knee", title="Knee </script><b>", category=category)
    data = structured_data(client.get("/glossary/knee/").content.decode())
    kinds = [node["@type"] for node in data["@graph"]]
    assert kinds == ["BreadcrumbList", "DefinedTerm", "MedicalWebPage"]
    medical = data["@graph"][2]
    assert "lastReviewed" not in medical
    assert medical["dateModified"] == "2026-11-01"
    assert data["@graph"][1]["name"] == "Knee </script><b>"

    term.reviewed_by, term.reviewed_on = "Dr Ada Example", "2026-10-01"
    term.save()
    page = client.get("/glossary/knee/").content.decode()
    assert structured_data(page)["@graph"][2]["lastReviewed"] == "2026-10-01"
    assert "Reviewed by Dr Ada Example" in page


def structured_data(page: str) -> dict:
    match = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert match
    return json.loads(match[1])


def test_a_to_z_groups_by_letter_and_digits(client: Client) -> None:
    for title in ["Éalain", "Easy Run", "10% Rule"]:
        TermFactory(title=title)
    page = client.get("/glossary/a-to-z/").content.decode()
    assert re.search(r'id="letter-0–9".*10% Rule.*id="letter-E".*Éalain.*Easy Run', page, re.S)
    assert '<span>Q<span class="visually-hidden">: no words</span></span>' in page


def titles(page: str) -> list[str]:
    return re.findall(r'<li><a href="/glossary/[\w-]+/">(.*?)</a> <span class="soft">', page)


def test_a_long_a_to_z_has_a_page_for_each_letter(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for title in ["Fartlek", "Kick", "Kit", "10% Rule", "Βήτα"]:
        TermFactory(title=title)
    address = "/glossary/a-to-z/"
    canonical = f'rel="canonical" href="https://startline.example{address}'
    # Few words: one page, and a letter in the address narrows it.
    page = client.get(address).content.decode()
    assert titles(page) == ["10% Rule", "Fartlek", "Kick", "Kit", "Βήτα"]
    assert 'href="#letter-K"' in page
    page = client.get(f"{address}?letter=k").content.decode()
    assert titles(page) == ["Kick", "Kit"]
    assert f'{canonical}"' in page
    assert f'<a href="{address}">All words' in page

    monkeypatch.setattr(views, "WORDS_ON_A_PAGE", 1)
    caches["pages"].clear()
    page = client.get(address).content.decode()
    assert titles(page) == ["10% Rule"]
    assert f'{canonical}"' in page
    assert 'href="?letter=K"' in page
    assert "5 words" in page
    page = client.get(f"{address}?letter=K").content.decode()
    assert titles(page) == ["Kick"]
    assert f'{canonical}?letter=K"' in page
    assert 'href="?letter=K&amp;page=2"' in page
    page = client.get(f"{address}?letter=K&page=2").content.decode()
    assert titles(page) == ["Kit"]
    assert f'{canonical}?letter=K&amp;page=2"' in page
    assert titles(client.get(f"{address}?letter=0-9").content.decode()) == ["10% Rule"]
    assert titles(client.get(f"{address}?letter=β").content.decode()) == ["Βήτα"]


ODD_LETTERS = ["Q", "kk", "%00", "<script>", "%F0%9F%8F%83", "%25", "'", "z" * 10_000]


@pytest.mark.parametrize("letter", ODD_LETTERS, ids=lambda letter: letter[:8])
def test_a_letter_without_words_says_so_and_offers_all(client: Client, letter: str) -> None:
    TermFactory(title="Kick")
    TermFactory(title="Fartlek")
    for address in ["/glossary/a-to-z/", "/glossary/category/training-workouts/"]:
        response = client.get(f"{address}?letter={letter}")
        page = response.content.decode()
        assert response.status_code == 200
        assert "Kick" in page
        assert "Fartlek" in page
        assert "<script>" not in page.replace('<script type="module"', "")
        assert ("begins with" in page) == (letter != "%00")
        assert ('content="noindex"' in page) == (letter != "%00")
        assert "Z" * 21 not in page


def test_a_shelf_is_filtered_by_letter_and_paged(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CARDS_ON_A_PAGE", 2)
    for title in ["Kick", "Kit", "Knee", "Fartlek"]:
        TermFactory(title=title)
    TermFactory(title="Zone", category=HealthCategoryFactory())
    TermFactory(title="Hidden", state="draft")
    address = "/glossary/category/training-workouts/"
    canonical = f'rel="canonical" href="https://startline.example{address}'

    def cards(query: str) -> list[str]:
        page = client.get(address + query).content.decode()
        return re.findall(r'class="card__title"><a [^>]*>(.*?)</a>', page)

    assert cards("") == ["Fartlek", "Kick"]
    assert cards("?page=2") == ["Kit", "Knee"]
    assert cards("?letter=K") == ["Kick", "Kit"]
    assert cards("?letter=K&page=2") == ["Knee"]
    for page in ["0", "-1", "x", "", "%00", "9" * 30, "9" * 5000]:
        assert cards(f"?page={page}") in (["Fartlek", "Kick"], ["Kit", "Knee"])
    page = client.get(f"{address}?letter=K").content.decode()
    letters = re.findall(
        r'<a href="[^"?]+workouts/(?:\?letter=(\w))?"( aria-current="true")?>', page
    )
    assert letters == [("", ""), ("F", ""), ("K", ' aria-current="true"')]
    assert 'href="?letter=K&amp;page=2"' in page
    assert f'{canonical}"' in page
    assert f'{canonical}"' in client.get(f"{address}?letter=K&page=2").content.decode()
    assert f'{canonical}?page=2"' in client.get(f"{address}?page=2").content.decode()


def test_one_letter_needs_no_filter(client: Client) -> None:
    TermFactory(title="Kick")
    page = client.get("/glossary/category/training-workouts/").content.decode()
    assert "letter-links" not in page


def test_what_is_new_or_changed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = {"first_published_at": "2026-01-01T00:00Z"}
    TermFactory(title="Old News", changed_on="2026-10-01", change_note="Fixed.", **long_ago)
    TermFactory(title="No Note", changed_on="2026-11-02", definition="Says this.", **long_ago)
    TermFactory(title="Newcomer", changed_on="2026-11-03", first_published_at="2026-11-02T23:59Z")
    TermFactory(title="Hidden", changed_on="2026-11-04", state="draft")
    page = client.get("/glossary/new/").content.decode()
    rows = re.findall(
        r'datetime="([\d-]+)">.*?<a [^>]*>(.*?)</a> <span class="chip">(\w+)<.*?__note">(.*?)</p>',
        page, re.S,
    )  # fmt: skip
    assert rows == [
        ("2026-11-03", "Newcomer", "New", "A word of endurance sport, said plainly."),
        ("2026-11-02", "No Note", "Changed", "Says this."),
        ("2026-10-01", "Old News", "Changed", "Fixed."),
    ]
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == ["November 2026", "October 2026"]
    assert 'href="/glossary/feed/"' in page
    assert 'href="/glossary/new/"' in client.get("/glossary/").content.decode()

    monkeypatch.setattr(views, "CARDS_ON_A_PAGE", 2)
    assert "Old News" in client.get("/glossary/new/?page=2").content.decode()
    for number in ["x", "-3", "9" * 40, "%00"]:
        assert client.get(f"/glossary/new/?page={number}").status_code == 200


def test_every_page_of_the_glossary_names_the_feed(client: Client) -> None:
    TermFactory(slug="word")
    for address in ["", "a-to-z/", "new/", "category/training-workouts/", "word/"]:
        page = client.get(f"/glossary/{address}").content.decode()
        assert 'rel="alternate" type="application/atom+xml"' in page, address


def test_empty_glossary_says_so(client: Client) -> None:
    CategoryFactory()
    assert "No word is published" in client.get("/glossary/").content.decode()
    assert "No word is published" in client.get("/glossary/a-to-z/").content.decode()
    assert "No word is published" in client.get("/glossary/new/").content.decode()
    page = client.get("/glossary/category/training-workouts/").content.decode()
    assert "No word is published here yet" in page
    assert client.get("/glossary/category/nope/").status_code == 404


@pytest.mark.parametrize("text", ["<", "<!--", "</script", "a > b", "&lt;"])
def test_no_word_ends_the_block_of_structured_data(text: str) -> None:
    inside = json_ld({"name": text}).split('"application/ld+json">')[1].removesuffix("</script>")
    assert not set("<>&") & set(inside)
    assert json.loads(inside) == {"name": text}
