"""“Was this page helpful?”, answered by people, by programs, and by too many at once."""

import pytest
from django.core.cache import cache
from django.test import Client
from time_machine import TimeMachineFixture

from glossary.models import Feedback, FormerAddress, Term
from tests.desk import client_of
from tests.factories import TermFactory, UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/glossary/knee/feedback/"
THANKS = "/glossary/knee/feedback/thanks/"


@pytest.fixture(autouse=True)
def knee() -> Term:
    cache.clear()
    term: Term = TermFactory(title="Runner's Knee", slug="knee")
    return term


@pytest.fixture
def client() -> Client:
    """One that would be refused if a token were needed."""
    return Client(enforce_csrf_checks=True)


def test_the_page_asks_and_needs_no_script(client: Client) -> None:
    page = client.get("/glossary/knee/").content.decode()
    assert f'action="{ADDRESS}" method="post"' in page
    for answer in ["yes", "no", "wrong"]:
        assert f'type="submit" name="answer" value="{answer}"' in page


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_click_is_kept_and_thanked_for(client: Client, knee: Term, answer: str) -> None:
    response = client.post(ADDRESS, {"answer": answer, "website": ""})
    assert (response.status_code, response["Location"]) == (303, THANKS)
    kept = Feedback.objects.get()
    assert (kept.term, kept.answer, kept.text, kept.is_done) == (knee, answer, "", False)
    thanks = client.get(THANKS)
    assert thanks.status_code == 200
    assert 'href="/glossary/knee/"' in thanks.content.decode()


def test_what_is_wrong_is_asked_for_and_kept(client: Client, knee: Term) -> None:
    response = client.post(ADDRESS, {"answer": "wrong", "website": ""})
    assert (response.status_code, response["Location"]) == (303, ADDRESS)
    assert not Feedback.objects.exists()
    page = client.get(ADDRESS).content.decode()
    assert '<label for="id_text">What is wrong?</label>' in page
    response = client.post(ADDRESS, {"answer": "wrong", "text": "  A typo.\r\nHere.\x00 "})
    assert (response.status_code, response["Location"]) == (303, THANKS)
    kept = Feedback.objects.get()
    assert (kept.term, kept.answer, kept.text) == (knee, "wrong", "A typo.\nHere.")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "Write a few words"),
        (" \r\n\x00 ", "Write a few words"),
        ("x" * 10_000, "At most 1000 characters; this has 10000."),
        ("‮<script>alert(1)</script>🏃" * 50, "At most 1000 characters; this has 1350."),
    ],
)
def test_a_bad_text_comes_back_with_the_error_beside_it(
    client: Client, text: str, error: str
) -> None:
    response = client.post(ADDRESS, {"answer": "wrong", "text": text})
    assert response.status_code == 422
    page = response.content.decode()
    assert error in page
    assert 'aria-invalid="true"' in page
    assert "id_text_error" in page
    assert "<script>alert" not in page
    if text.startswith("x"):
        assert text in page
    assert not Feedback.objects.exists()


def test_line_breaks_count_once(client: Client) -> None:
    text = "\r\n".join(["x" * 99] * 10)
    assert client.post(ADDRESS, {"answer": "wrong", "text": text}).status_code == 303
    assert len(Feedback.objects.get().text) == 999


@pytest.mark.parametrize("answer", [{}, {"answer": "maybe"}, {"answer": "\x00"}])
def test_no_answer_of_ours_gets_the_form(client: Client, answer: dict[str, str]) -> None:
    response = client.post(ADDRESS, answer)
    assert response.status_code == 400
    assert "What is wrong?" in response.content.decode()
    assert not Feedback.objects.exists()


def test_a_program_that_fills_every_field_is_thanked_and_forgotten(client: Client) -> None:
    for data in [{"answer": "yes"}, {"answer": "wrong", "text": "Buy this."}]:
        response = client.post(ADDRESS, {**data, "website": "https://spam.example"})
        assert (response.status_code, response["Location"]) == (303, THANKS)
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("cross-site", None, 403),
        ("same-site", None, 403),
        ("same-origin", None, 303),
        ("none", None, 303),
        (None, None, 303),
        # Browsers that know no Sec-Fetch-Site.
        (None, "https://evil.example", 403),
        (None, "http://testserver.evil.example", 403),
        (None, "https://testserver", 403),
        (None, "null", 403),
        (None, "http://testserver", 303),
        (None, "https://startline.example", 303),
        # One of the two is enough to tell, and one that hides itself has said enough.
        ("same-origin", "https://evil.example", 403),
        ("cross-site", "http://testserver", 403),
        ("same-origin", "null", 303),
    ],
)
def test_another_site_cannot_answer_for_its_visitors(
    client: Client, site: str | None, origin: str | None, status: int
) -> None:
    given = {"Sec-Fetch-Site": site, "Origin": origin}
    headers = {name: value for name, value in given.items() if value}
    assert client.post(ADDRESS, {"answer": "yes"}, headers=headers).status_code == status
    assert Feedback.objects.count() == (status == 303)


def test_too_many_answers_wait_and_what_was_typed_stays(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2027-01-10T10:00Z", tick=False)
    for _ in range(10):
        assert client.post(ADDRESS, {"answer": "yes"}).status_code == 303
    click = client.post(ADDRESS, {"answer": "no"})
    assert click.status_code == 429
    assert "<h1>Too many tries</h1>" in click.content.decode()
    typed = client.post(ADDRESS, {"answer": "wrong", "text": "A long text of mine."})
    assert typed.status_code == 429
    page = typed.content.decode()
    assert "A long text of mine." in page
    assert "wait an hour" in page
    assert Feedback.objects.count() == 10
    # Someone else is not stopped, nor the same one by an address of their own making, nor for ever.
    assert client.post(ADDRESS, {"answer": "no"}, REMOTE_ADDR="198.51.100.7").status_code == 303
    forged = client.post(ADDRESS, {"answer": "no"}, HTTP_X_FORWARDED_FOR="198.51.100.8")
    assert forged.status_code == 429
    time_machine.shift(3601)
    assert client.post(ADDRESS, {"answer": "no"}).status_code == 303


def test_nobody_is_known_and_nothing_is_cached(client: Client) -> None:
    answers = [
        client.get(ADDRESS),
        client.get(THANKS),
        client.post(ADDRESS, {"answer": "yes"}),
        client.post(ADDRESS, {"answer": "wrong", "text": ""}),
        client_of(UserFactory()).get(ADDRESS),
        client_of(UserFactory()).post(ADDRESS, {"answer": "yes"}),
    ]
    for response in answers:
        assert "no-store" in response["Cache-Control"]
        assert "Cookie" not in response.get("Vary", "")
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in response.content.decode()
    assert client.put(ADDRESS).status_code == 405


def test_only_published_words_take_answers(client: Client, knee: Term) -> None:
    FormerAddress.objects.create(slug="old", term=knee)
    FormerAddress.objects.create(slug="removed")
    TermFactory(slug="draft", state="draft")
    TermFactory(slug="hidden", state="draft", first_published_at="2026-01-01T00:00Z")
    moved = client.get("/glossary/old/feedback/")
    assert (moved.status_code, moved["Location"]) == (301, ADDRESS)
    # With what was typed: a browser repeats the POST after 308.
    sent_on = client.post("/glossary/old/feedback/", {"answer": "wrong", "text": "T"}, follow=True)
    assert sent_on.redirect_chain[0] == (ADDRESS, 308)
    assert Feedback.objects.get().text == "T"
    for slug, status in {"removed": 410, "hidden": 410, "draft": 404, "never": 404}.items():
        assert client.get(f"/glossary/{slug}/feedback/").status_code == status, slug
        assert client.post(f"/glossary/{slug}/feedback/", {"answer": "yes"}).status_code == status
        assert client.get(f"/glossary/{slug}/feedback/thanks/").status_code == 404
    assert Feedback.objects.count() == 1
