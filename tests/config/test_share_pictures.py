"""The pictures that links to a word and to a race are shown with elsewhere, and what says so."""

import io
import re
from html import unescape
from xml.etree import ElementTree

import pytest
from django.core.cache import caches
from django.test import Client
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from glossary.models import FormerAddress, Term
from glossary.publishing.previews import preview_address
from races.models import Edition
from tests.clock import TODAY
from tests.desk import as_read
from tests.factories import EditionFactory, RaceFactory, TermFactory
from web import display_face, share_pictures
from web.share_pictures import SharePicture, svg_of

SITE = "https://startline.example"
PAPER = (252, 252, 250)


def meta_of(client: Client, address: str) -> dict[str, str]:
    page = as_read(client.get(address).content.decode())
    return {
        name: unescape(content)
        for name, content in re.findall(r'<meta property="(og:[^"]+)" content="([^"]*)">', page)
    }


def address_of(client: Client, page: str) -> str:
    return meta_of(client, page)["og:image"].removeprefix(SITE)


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def ink(image: Image.Image, left: int, top: int, right: int, bottom: int) -> int:
    """How many colours there are in a part of the picture besides its paper."""
    colours = image.crop((left, top, right, bottom)).getcolors(1 << 24)
    return len({colour for _, colour in colours or []} - {PAPER})


def texts(svg: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    return [element for element in root.iter() if element.tag.endswith("}text")]


def words(svg: str) -> list[str]:
    return [element.text or "" for element in texts(svg)]


@pytest.mark.django_db
def test_a_word_has_a_picture_of_its_own(client: Client) -> None:
    TermFactory(
        slug="word", title='Ötillö <b>& "so"', definition="One thing. And then another one."
    )
    meta = meta_of(client, "/glossary/word/")
    assert (meta["og:image:width"], meta["og:image:height"]) == ("1200", "630")
    assert meta["og:image:alt"] == 'Ötillö <b>& "so". One thing'
    response = client.get(meta["og:image"].removeprefix(SITE))
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert response["Cache-Control"] == "public, max-age=2592000"
    drawn = picture(response.content)
    assert drawn.size == (1200, 630)
    # Title and text; nothing in the margins.
    assert ink(drawn, 76, 130, 1124, 230) > 2
    assert ink(drawn, 76, 240, 1124, 320) > 2
    assert ink(drawn, 0, 0, 70, 490) == ink(drawn, 1130, 0, 1200, 490) == 0


@pytest.mark.django_db
def test_a_picture_says_what_the_page_says(client: Client) -> None:
    term = TermFactory(title="<b>& Co", definition="One thing. And then another one.")
    drawn = SharePicture.of("/x", term.category.name, term.title, text="One thing.")
    assert drawn
    assert words(svg_of(drawn)) == ["Startline", "Training & Workouts", "<b>& Co", "One thing."]


@pytest.mark.django_db
def test_changed_words_make_another_address_and_the_old_one_leads_on(client: Client) -> None:
    term = TermFactory(slug="word")
    old = address_of(client, "/glossary/word/")
    Term.objects.filter(pk=term.pk).update(definition="Said otherwise.")
    new = address_of(client, "/glossary/word/")
    assert new != old
    for former in [old, "/glossary/word/share.png", "/glossary/word/share.png?v=%00x"]:
        response = client.get(former)
        assert (response.status_code, response["Location"]) == (302, new)
        assert "public" not in response["Cache-Control"]
    # What else changes leaves it as it is.
    TermFactory(title="Another word")
    assert address_of(client, "/glossary/word/") == new
    assert client.post(new).status_code == 405


@pytest.mark.django_db
def test_only_what_is_public_has_a_picture(client: Client) -> None:
    TermFactory(slug="draft", state="draft")
    RaceFactory(slug="draft", state="draft")
    for address in ["/glossary/draft/", "/glossary/none/", "/races/draft/", "/races/none/"]:
        assert client.get(f"{address}share.png").status_code == 404
    gone = TermFactory(slug="gone")
    Term.objects.filter(pk=gone.pk).update(state="draft")
    assert client.get("/glossary/gone/share.png").status_code == 410
    FormerAddress.objects.create(slug="old", term=TermFactory(slug="now"))
    moved = client.get("/glossary/old/share.png")
    assert (moved.status_code, moved["Location"]) == (301, "/glossary/now/share.png")


@pytest.mark.django_db
def test_a_preview_has_the_picture_of_the_site(client: Client) -> None:
    meta = meta_of(client, preview_address(TermFactory(state="draft")))
    assert meta["og:image"] == f"{SITE}/static/img/share.png"
    assert meta["og:image:width"] == "1200"


@pytest.mark.django_db
def test_a_picture_is_drawn_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    TermFactory(slug="word")
    drawn: list[str] = []
    draw = share_pictures.svg_of
    monkeypatch.setattr(
        share_pictures, "svg_of", lambda shown: drawn.append(shown.title) or draw(shown)
    )
    address = address_of(client, "/glossary/word/")
    assert drawn == []
    first = client.get(address)
    TermFactory(title="Another word, so that pages are made anew")
    assert client.get(address).content == first.content
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    client.get("/glossary/word/share.png?v=another")
    assert len(drawn) == 1
    # It stands with the searches, and once.
    assert caches["pages"].shelf.size < len(first.content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("edition", "said", "look"),
    [
        ({"confirmed_on": TODAY}, "Mon 19 April 2027, confirmed", "confirmed"),
        ({}, "Mon 19 April 2027, provisional", "provisional"),
        (
            {
                "start_date": "2027-04-01",
                "end_date": "2027-04-30",
                "date_precision": "month",
                "race__usual_rule": "third Monday of April",
            },
            "Mon 19 Apr 2027, expected",
            "expected",
        ),
        (
            {"start_date": "2027-04-01", "end_date": "2027-04-30", "date_precision": "month"},
            "April 2027, day not known yet",
            "open",
        ),
        (
            {"status": "cancelled", "status_since": TODAY},
            "Mon 19 April 2027: cancelled",
            "off",
        ),
        ({"start_date": "2026-04-20"}, "Last known: Mon 20 April 2026", "over"),
    ],
)
def test_a_race_says_when_and_how_sure_that_is(
    client: Client, edition: dict[str, str], said: str, look: str
) -> None:
    given_date = {"start_date": "2027-04-19"} | edition
    EditionFactory(race__slug="run", race__name="Big Run", **given_date)
    meta = meta_of(client, "/races/run/")
    assert meta["og:image:alt"] == f"Big Run. {said}. Girona, Spain"
    assert client.get(meta["og:image"].removeprefix(SITE)).status_code == 200
    svg = svg_of(SharePicture("/x", "Road running", "Big Run", said, look, "Girona, Spain"))
    assert words(svg) == ["Startline", "Road running", "Big Run", said, "Girona, Spain"]
    assert f"date--{look}" in svg


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["富士 100", "ماراثون دبي", "Алматы марафон", "თბილისი", "🏃"])
def test_a_name_in_other_letters_is_drawn_in_latin_ones(client: Client, name: str) -> None:
    race = RaceFactory(slug="run", name=name, latin_name="Fuji 100")
    assert meta_of(client, "/races/run/")["og:image:alt"].startswith("Fuji 100. No date known")
    race.latin_name = ""
    race.save()
    # Better the picture of the site than one of boxes.
    assert address_of(client, "/races/run/") == "/static/img/share.png"
    assert client.get("/races/run/share.png").status_code == 404


def test_letters_with_accents_that_the_face_lacks_lose_them() -> None:
    assert share_pictures.written("Al Fuḩayḩil") == "Al Fuhayhil"
    assert share_pictures.written("Đà Nẵng, Łódź, Chișinău") == "Đà Nẵng, Łódź, Chișinău"
    assert share_pictures.written("β-alanine") == ""
    assert share_pictures.written("a\x00\u202eb\tc\ufeff") == "ab c"


def test_the_face_has_every_letter_that_we_count_on() -> None:
    with TTFont(display_face.path()) as face:
        assert set(face.getBestCmap()) >= display_face.LETTERS
        assert "SIL Open Font License" in face["name"].getDebugName(13)


WORDS = st.text(st.sampled_from("abcWWMi’ –<&Ö%1"), max_size=150)


@given(title=WORDS, subject=WORDS, date=WORDS, text=WORDS | WORDS.map(lambda words: words * 2))
@hypothesis_settings(max_examples=100)
def test_nothing_runs_out_of_a_picture(title: str, subject: str, date: str, text: str) -> None:
    shown = SharePicture.of("/x", subject, title, date=date, date_look="open", text=text)
    if shown is None:
        assert not title.strip()
        return
    for element in texts(svg_of(shown)):
        face = share_pictures.HEADING if element.get("class") == "heading" else share_pictures.TEXT
        length = face.length(element.text or "", int(element.attrib["font-size"]))
        place = float(element.attrib["x"])
        left = place - length if element.get("text-anchor") == "end" else place
        assert left >= 70
        assert left + length <= share_pictures.RIGHT + 1
        assert 60 < float(element.attrib["y"]) < share_pictures.BOTTOM


@pytest.mark.django_db
def test_what_is_measured_is_what_is_drawn(client: Client) -> None:
    """The longest that a director may type, in the widest letters."""
    EditionFactory(
        race__slug="run", race__name="W" * 120, race__city="W" * 80, race__region="M" * 80
    )
    drawn = picture(client.get(address_of(client, "/races/run/")).content)
    assert ink(drawn, 76, 130, 1124, 490) > 2
    assert ink(drawn, 1128, 0, 1200, 490) == 0
    # Between the words and the line at the ground stays a gap.
    assert ink(drawn, 0, 499, 500, 530) == 0


@pytest.mark.django_db
def test_a_search_that_is_shared_says_what_it_found_and_where(client: Client) -> None:
    EditionFactory.create_batch(2, race__sport="trail-running")
    EditionFactory()
    meta = meta_of(client, "/races/?sport=trail-running&utm_source=mail")
    assert meta["og:title"] == "Trail & mountain running races"
    assert meta["og:description"] == (
        "Trail & mountain running races: 2 found, with how sure each date is."
    )
    assert meta["og:url"] == f"{SITE}/races/?sport=trail-running"
    assert meta_of(client, "/races/")["og:url"] == f"{SITE}/races/"
    assert "by place, day, distance" in meta_of(client, "/races/")["og:description"]
    assert Edition.objects.count() == 3
