"""The words for programs: JSON held to its description, Markdown, the feed, answers of 304."""

import re
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker
from markdown_it import MarkdownIt
from openapi_spec_validator import validate
from time_machine import TimeMachineFixture

from glossary.machines import markdown
from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    FormerAddress,
    KeyFact,
    RelatedTerm,
    Source,
    Term,
    Tip,
)  # fmt: skip
from tests.factories import CategoryFactory, HealthCategoryFactory, TermFactory
from web.content_version import fold

pytestmark = pytest.mark.django_db

SITE = "https://startline.example"
MACHINE = [
    "/api/v1/terms/",
    "/api/v1/terms/knee/",
    "/glossary/knee.md",
    "/glossary/feed/",
    "/llms.txt",
]
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def knee() -> Term:
    """A word with one of everything."""
    term: Term = TermFactory(
        title="Runner's Knee", slug="knee", category=HealthCategoryFactory(),
        definition="An ache <around> the *kneecap*.", body="It aches.[^1]",
        race_query="sport=road-running&distance=5k", change_note="A new trial.",
        first_published_at="2026-01-01T00:00Z",
    )  # fmt: skip
    source = Source.objects.create(
        term=term, title="A [real] study", url="https://study.example/a_(b)", year=2020
    )
    KeyFact.objects.create(term=term, headline="In front", detail="Of the *knee*.", source=source)
    KeyFact.objects.create(term=term, headline="No source", detail="At all.")
    Tip.objects.create(term=term, text="Do wall sits.")
    FAQ.objects.create(term=term, question="May I run?", answer="Gently.")
    CareAdvice.objects.create(term=term, level="self-care", text="Rest.")
    CareAdvice.objects.create(term=term, level="emergency", text="Go to a hospital.")
    Alias.objects.create(term=term, name="PFPS", kind="abbreviation")
    Alias.objects.create(term=term, name="Runers nee", kind="misspelling")
    Alias.objects.create(term=term, name="Hurts on stairs", kind="symptom")
    band = TermFactory(title="IT Band", slug="band")
    RelatedTerm.objects.create(term=term, other=TermFactory(title="Shin", slug="shin"))
    RelatedTerm.objects.create(term=band, other=term, kind="often-confused", note="Outer side.")
    return term


def assert_is(schema: str, data: Any, client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    whole = {**document, "$ref": f"#/components/schemas/{schema}"}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(data)


def test_the_description_is_openapi_and_names_this_site(client: Client) -> None:
    response = client.get("/api/v1/openapi.json")
    validate(response.json())
    assert response.json()["servers"] == [{"url": SITE}]
    assert response["Last-Modified"]
    assert response["ETag"]


def test_a_term_holds_all_that_its_page_says(client: Client, knee: Term) -> None:
    data = client.get("/api/v1/terms/knee/").json()
    assert_is("Term", data, client)
    assert data["url"] == f"{SITE}/glossary/knee/"
    assert data["markdown_url"] == f"{SITE}/glossary/knee.md"
    assert data["category"] == {"slug": "recovery-injury", "name": "Recovery & Injury"}
    assert data["aliases"] == ["PFPS"]
    assert data["body"] == "It aches.[^1]"
    assert [fact["source"] for fact in data["key_facts"]] == [1, None]
    assert [advice["level"] for advice in data["care_advice"]] == ["emergency", "self-care"]
    assert data["tips"] == ["Do wall sits."]
    assert data["faqs"] == [{"question": "May I run?", "answer": "Gently."}]
    assert [other["slug"] for other in data["related"]] == ["shin"]
    (confused,) = data["often_confused"]
    assert (confused["slug"], confused["note"]) == ("band", "Outer side.")
    assert data["race_search"] == f"{SITE}/races/?sport=road-running&distance=5k"
    assert (data["reviewed_by"], data["reviewed_on"]) == (None, None)

    Term.objects.filter(pk=knee.pk).update(reviewed_by="Dr Ada", reviewed_on="2026-10-01")
    data = client.get("/api/v1/terms/knee/").json()
    assert_is("Term", data, client)
    assert (data["reviewed_by"], data["reviewed_on"]) == ("Dr Ada", "2026-10-01")


def test_a_bare_term_fits_the_description_too(client: Client) -> None:
    TermFactory(slug="bare")
    data = client.get("/api/v1/terms/bare/").json()
    assert_is("Term", data, client)
    assert (data["race_search"], data["sources"]) == (None, [])


def test_the_list_is_paged_and_leads_on(client: Client, knee: Term) -> None:
    for n in range(60):
        TermFactory(title=f"Zone {n:02}")
    first = client.get("/api/v1/terms/?letter=z").json()
    assert_is("TermList", first, client)
    assert (first["count"], len(first["results"]), first["previous"]) == (60, 50, None)
    assert first["next"] == f"{SITE}/api/v1/terms/?letter=z&page=2"
    second = client.get(first["next"].removeprefix(SITE)).json()
    assert_is("TermList", second, client)
    assert (len(second["results"]), second["next"]) == (10, None)
    assert second["previous"] == f"{SITE}/api/v1/terms/?letter=z&page=1"
    slugs = [row["slug"] for row in first["results"] + second["results"]]
    assert len(set(slugs)) == 60


def test_the_list_can_be_narrowed(client: Client, knee: Term) -> None:
    TermFactory(title="10% Rule", slug="ten", changed_on="2026-11-20")
    TermFactory(title="Hidden", slug="hidden", state="draft", changed_on="2026-11-21")

    def found(query: str) -> list[str]:
        return [row["slug"] for row in client.get(f"/api/v1/terms/?{query}").json()["results"]]

    assert found("category=recovery-injury") == ["knee"]
    assert found("letter=0-9") == found("changed_since=2026-11-20") == ["ten"]
    assert found("letter=q") == []
    assert found("category=recovery-injury&letter=R&page=1") == ["knee"]
    # An empty parameter asks nothing.
    assert set(found("category=&letter=&changed_since=&page=")) == {"ten", "band", "knee", "shin"}
    (row,) = client.get("/api/v1/terms/?category=recovery-injury").json()["results"]
    assert row["aliases"] == ["PFPS"]


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ("page=x", 400, "page"), ("page=0", 400, "page"), ("page=-1", 400, "page"),
        ("page=2", 404, "page"), ("page=" + "9" * 30, 404, "page"),
        ("page=" + "9" * 5000, 400, "page"), ("page=%00", 400, "page"),
        ("category=nope", 400, "category"), ("category=%00", 400, "category"),
        ("category=" + "a" * 10_000, 400, "category"),
        ("letter=%00", 400, "letter"), ("letter=toolong", 400, "letter"),
        ("changed_since=yesterday", 400, "changed_since"),
        ("changed_since=2026-02-30", 400, "changed_since"),
        ("q=knee", 400, "q"), ("%00=1", 400, "\x00"), ("<script>=1", 400, "<script>"),
    ],
)  # fmt: skip
def test_bad_input_is_named(client: Client, query: str, status: int, parameter: str) -> None:
    TermFactory()
    response = client.get(f"/api/v1/terms/?{query}")
    assert response.status_code == status
    assert response.json()["parameter"] == parameter
    assert_is("Error", response.json(), client)


def test_what_is_not_there_says_so_in_json(client: Client) -> None:
    TermFactory(slug="draft", state="draft")
    for address in ["terms/nope/", "terms/draft/", "nope/", "terms/knee/nope/"]:
        response = client.get(f"/api/v1/{address}")
        assert response.status_code == 404, address
        assert_is("Error", response.json(), client)
    refused = client.post("/api/v1/terms/")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")
    assert_is("Error", refused.json(), client)
    assert client.get("/api/v1/terms")["Location"] == "/api/v1/terms/"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/api/v1/terms/{}/", "/api/v1/terms/knee/"),
        ("/glossary/{}.md", "/glossary/knee.md"),
        ("/glossary/{}/", "/glossary/knee/"),
    ],
)
def test_renamed_hidden_and_removed_words_in_every_form(
    client: Client, knee: Term, old: str, new: str
) -> None:
    FormerAddress.objects.create(slug="old", term=knee)
    FormerAddress.objects.create(slug="removed")
    TermFactory(slug="hidden", state="draft", first_published_at="2026-01-01T00:00Z")
    TermFactory(slug="draft", state="draft")
    moved = client.get(old.format("old"))
    assert (moved.status_code, moved["Location"]) == (301, new)
    for slug, status in {"removed": 410, "hidden": 410, "draft": 404, "never": 404}.items():
        assert client.get(old.format(slug)).status_code == status, slug


@pytest.mark.parametrize("address", MACHINE)
def test_an_unchanged_answer_is_not_sent_again(
    client: Client, knee: Term, address: str, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-01T08:00Z")
    settle(time_machine)
    response = client.get(address)
    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    dated = {"If-Modified-Since": response["Last-Modified"]}
    assert client.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304
    again = client.get(address, headers=dated)
    assert again.status_code == 304
    assert "public" in again["Cache-Control"]
    # Another word's title stands on this page too; renaming that one changes this one.
    Term.objects.get(slug="shin").save()
    assert client.get(address, headers=dated).status_code == 200
    settle(time_machine)
    changed = client.get(address, headers=dated)
    assert changed.status_code == 200
    assert parsedate_to_datetime(changed["Last-Modified"]) > parsedate_to_datetime(
        response["Last-Modified"]
    )


def settle(time_machine: TimeMachineFixture) -> None:
    """Let the worker sum up what has changed, and the second pass in which it did."""
    fold()
    time_machine.shift(1)


def test_a_word_that_appears_in_time_moves_the_date(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-01T08:00Z", tick=False)
    TermFactory()
    TermFactory(publish_at="2027-01-01T09:00Z")
    assert "Last-Modified" not in client.get("/api/v1/terms/")
    settle(time_machine)
    before = client.get("/api/v1/terms/")
    assert before["Last-Modified"] == "Fri, 01 Jan 2027 08:00:00 GMT"
    time_machine.move_to("2027-01-01T10:00Z", tick=False)
    after = client.get("/api/v1/terms/", headers={"If-Modified-Since": before["Last-Modified"]})
    assert (after.status_code, after.json()["count"]) == (200, 2)
    assert after["Last-Modified"] == "Fri, 01 Jan 2027 09:00:00 GMT"
    time_machine.move_to("2027-01-01T11:00Z", tick=False)
    FormerAddress.objects.create(slug="removed")
    settle(time_machine)
    assert client.get("/llms.txt")["Last-Modified"] == "Fri, 01 Jan 2027 11:00:00 GMT"
    time_machine.move_to("2027-01-01T12:00Z", tick=False)
    CategoryFactory(slug="another", name="Another")
    settle(time_machine)
    assert client.get("/llms.txt")["Last-Modified"] == "Fri, 01 Jan 2027 12:00:00 GMT"


def test_any_site_may_read_the_api_and_nothing_else(client: Client, knee: Term) -> None:
    for address in ["terms/", "terms/knee/", "terms/nope/", "openapi.json", "nope/"]:
        assert client.get(f"/api/v1/{address}")["Access-Control-Allow-Origin"] == "*", address
    assert "Access-Control-Allow-Origin" not in client.get("/glossary/knee/")


def test_the_markdown_says_what_the_page_says(client: Client, knee: Term) -> None:
    response = client.get("/glossary/knee.md")
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    text = response.content.decode()
    html = MarkdownIt().render(text)
    headings = re.findall(r"<h([123])>(.*?)</h", html)
    assert headings == [
        ("1", "Runner's Knee"), ("2", "What to do"), ("3", "Emergency: get help at once"),
        ("3", "What to do now"), ("2", "Understanding Runner's Knee"), ("2", "Key facts"),
        ("2", "Pro tips"), ("2", "Questions"), ("3", "May I run?"), ("2", "Often confused"),
        ("2", "Related terms"), ("2", "Sources"), ("2", "About this page"),
    ]  # fmt: skip
    # Plain text stays plain: no tag, no emphasis comes of it.
    assert "An ache &lt;around&gt; the *kneecap*." in html
    assert "Of the <em>knee</em>. [^1]" in html
    assert "[^1]: [A \\[real\\] study](<https://study.example/a_(b)>), 2020" in text
    assert f"[IT Band]({SITE}/glossary/band.md): Outer side." in text
    assert f"[Shin]({SITE}/glossary/shin.md): " in text
    for words in [f"{SITE}/glossary/knee/", "1 November 2026", "Not yet reviewed", "Also: PFPS"]:
        assert words in text
    assert "Runers nee" not in text
    page = client.get("/glossary/knee/").content.decode()
    assert 'type="text/markdown"' in page
    assert 'href="/glossary/knee.md"' in page


def test_the_markdown_of_a_bare_word_has_no_empty_section(client: Client) -> None:
    TermFactory(slug="bare", title="Bare", reviewed_by="Dr Ada", reviewed_on="2026-10-01")
    text = client.get("/glossary/bare.md").content.decode()
    assert re.findall("^#+ (.*)", text, re.M) == ["Bare", "Understanding Bare", "About this page"]
    assert "Reviewed by Dr Ada on 1 October 2026" in text
    assert "diagnose" not in text


def test_llms_txt_lists_every_word_with_its_markdown(client: Client, knee: Term) -> None:
    TermFactory(slug="hidden", state="draft")
    text = client.get("/llms.txt").content.decode()
    assert re.match(r"# Startline\n\n> .+\n", text)
    assert f"## Recovery & Injury\n\n- [Runner's Knee]({SITE}/glossary/knee.md): An ache" in text
    assert "hidden" not in text
    for address in re.findall(r"\]\((.*?)\)", text):
        assert client.get(address.removeprefix(SITE)).status_code == 200, address
    assert f"{SITE}/api/v1/openapi.json" in text
    assert f"{SITE}/sitemap.xml" in text


def test_llms_txt_of_a_large_glossary_names_its_subjects(
    client: Client, knee: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown, "WORDS_LISTED", 2)
    text = client.get("/llms.txt").content.decode()
    assert "## Subjects" in text
    assert f"[Recovery & Injury]({SITE}/api/v1/terms/?category=recovery-injury): " in text
    assert "knee.md" not in text


def test_the_feed_is_atom_with_addresses_that_last(client: Client, knee: Term) -> None:
    TermFactory(title="Newer & <b>", slug="newer", changed_on="2026-11-20")
    TermFactory(slug="hidden", state="draft", changed_on="2026-11-21")
    response = client.get("/glossary/feed/", headers={"host": "127.0.0.1"})
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for needed in ["id", "title", "updated", "author/a:name"]:
        assert feed.findtext(f"a:{needed}", "", ATOM), needed
    links = {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)}
    assert links == {"self": f"{SITE}/glossary/feed/", "alternate": f"{SITE}/glossary/new/"}
    entries = feed.findall("a:entry", ATOM)
    titles = [entry.findtext("a:title", "", ATOM) for entry in entries]
    assert titles[0] == "Newer & <b>"
    assert len(titles) == 4
    entry = entries[titles.index("Runner's Knee")]
    assert entry.findtext("a:updated", "", ATOM) == "2026-11-01T00:00:00+00:00"
    assert entry.findtext("a:summary", "", ATOM) == "An ache &lt;around&gt; the *kneecap*."
    assert "<p>A new trial.</p><p>An ache &lt;around" in entry.findtext("a:content", "", ATOM)
    assert "<p>New.</p>" in entries[0].findtext("a:content", "", ATOM)
    link = entry.find("a:link", ATOM)
    assert link is not None
    assert link.get("href") == f"{SITE}/glossary/knee/"

    # A reader's program must not take the renamed word for another one.
    before = entry.findtext("a:id", "", ATOM)
    Term.objects.filter(pk=knee.pk).update(slug="renamed", title="Renamed")
    again = ElementTree.fromstring(client.get("/glossary/feed/").content)  # noqa: S314
    ids = {e.findtext("a:title", "", ATOM): e.findtext("a:id", "", ATOM)
           for e in again.findall("a:entry", ATOM)}  # fmt: skip
    assert ids["Renamed"] == before
    assert before.startswith("tag:startline.example,2026:")
    assert len(set(ids.values())) == 4


def test_the_feed_is_short(client: Client) -> None:
    for _ in range(32):
        TermFactory()
    feed = ElementTree.fromstring(client.get("/glossary/feed/").content)  # noqa: S314
    assert len(feed.findall("a:entry", ATOM)) == 30


def test_an_empty_glossary_answers_programs_too(client: Client) -> None:
    for address in ["/api/v1/terms/", "/glossary/feed/", "/llms.txt"]:
        assert client.get(address).status_code == 200
    assert client.get("/api/v1/terms/").json()["results"] == []
