"""A term that was deleted by mistake comes back whole: its page, and what hung on it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from glossary.files.loading import load_glossary
from glossary.models import Feedback, FormerAddress, RelatedTerm, Term
from tests.backstage import run_worker
from tests.desk import delete, form_of, opened, page_of, recover, save, versions
from tests.factories import TermFactory, awkward, content, everything, load_content

pytestmark = pytest.mark.django_db


@pytest.fixture
def rolling() -> Term:
    term: Term = TermFactory(title="Foam Rolling", slug="foam-rolling")
    for slug in ("rolling", "smr"):
        FormerAddress.objects.create(slug=slug, term=term)
    return term


def feedback(term: Term) -> list[dict[str, Any]]:
    return list(Feedback.objects.filter(term=term).order_by("pk").values())


def relations() -> list[dict[str, Any]]:
    return list(RelatedTerm.objects.order_by("pk").values())


def test_former_addresses_lead_to_it_again(desk: Client, rolling: Term) -> None:
    FormerAddress.objects.create(slug="never-its-own")
    delete(desk, rolling)
    for slug in ("rolling", "smr", "foam-rolling"):
        assert Client().get(f"/glossary/{slug}/").status_code == 410
    recover(desk, rolling)
    for slug in ("rolling", "smr"):
        moved = Client().get(f"/glossary/{slug}/")
        assert (moved.status_code, moved["Location"]) == (301, "/glossary/foam-rolling/")
    assert Client().get("/glossary/foam-rolling/").status_code == 200
    assert Client().get("/glossary/never-its-own/").status_code == 410


def test_a_former_address_that_leads_elsewhere_by_now_stays_there(
    desk: Client, rolling: Term
) -> None:
    delete(desk, rolling)
    massage = TermFactory(slug="massage")
    FormerAddress.objects.filter(slug="smr").update(term=massage)
    draft = TermFactory(slug="rolled", state="draft")
    save(desk, draft, "_publish", slug="rolling")
    recover(desk, rolling)
    assert Client().get("/glossary/smr/")["Location"] == "/glossary/massage/"
    assert Client().get("/glossary/rolling/").status_code == 200
    assert not rolling.former_addresses.exists()


def test_other_pages_name_it_again(desk: Client, rolling: Term) -> None:
    for number in range(6):
        TermFactory().relations.create(
            other=rolling, kind="often-confused" if number else "related",
            note=f"Note {number}.", position=number,
        )  # fmt: skip
    taper = TermFactory(slug="taper")
    taper.relations.create(other=rolling, kind="often-confused", note="Set apart.", position=3)
    before = relations()
    assert "Foam Rolling" in page_of("taper")
    delete(desk, rolling)
    assert not RelatedTerm.objects.exists()
    assert "Foam Rolling" not in page_of("taper")
    recover(desk, rolling)
    assert relations() == before
    assert "Set apart." in page_of("taper")


def test_a_page_that_is_gone_itself_is_left_out(desk: Client, rolling: Term) -> None:
    gone, kept = TermFactory(), TermFactory(title="Taper")
    for term in (gone, kept):
        term.relations.create(other=rolling, note="As it was.")
    delete(desk, rolling)
    gone.delete()
    assert recover(desk, rolling, "_draft").status_code == 302
    row = RelatedTerm.objects.get()
    assert (row.term, row.note) == (kept, "As it was.")


@pytest.mark.parametrize("first", [0, 1])
def test_two_pages_deleted_one_after_the_other_name_each_other_again(
    desk: Client, rolling: Term, first: int
) -> None:
    other = TermFactory(title="Massage")
    other.relations.create(other=rolling, note="The one.")
    rolling.relations.create(other=other, note="The other.")
    before = relations()
    delete(desk, rolling)
    delete(desk, other)
    for term in [(rolling, other), (other, rolling)][first]:
        recover(desk, term)
    assert relations() == before


def test_two_pages_deleted_together_name_each_other_again(desk: Client, rolling: Term) -> None:
    other = TermFactory(title="Massage")
    other.relations.create(other=rolling, note="The one.")
    rolling.relations.create(other=other, note="The other.")
    before = relations()
    chosen = {"_selected_action": [rolling.pk, other.pk], "post": "yes"}
    desk.post("/admin/glossary/term/", {"action": "delete_selected", **chosen})
    assert not Term.objects.exists()
    for term in (other, rolling):
        recover(desk, term)
    assert relations() == before


def test_its_feedback_is_back_as_it_was(desk: Client, rolling: Term) -> None:
    Feedback.objects.create(term=rolling, answer="wrong", text="It is \x01 “wrong”", is_done=True)
    Feedback.objects.create(term=rolling, answer="yes")
    Feedback.objects.update(created_at=datetime(2026, 3, 1, 9, 30, 15, 123456, UTC))
    before = feedback(rolling)
    delete(desk, rolling)
    assert not Feedback.objects.exists()
    recover(desk, rolling)
    assert feedback(rolling) == before
    assert len(before) == 2
    # It is not brought back a second time by an old version of the page.
    Feedback.objects.all().delete()
    version = next(v for v in versions(rolling) if v.revision.comment == "Deleted")
    form = desk.get(f"/admin/glossary/term/{rolling.pk}/history/{version.pk}/")["Location"]
    desk.post(urlsplit(form).path, {**opened(desk, form), "_publish": "x"})
    assert not Feedback.objects.exists()


def test_a_new_address_given_while_it_is_recovered_is_a_move(desk: Client, rolling: Term) -> None:
    delete(desk, rolling)
    recover(desk, rolling, slug="roller")
    for slug in ("foam-rolling", "rolling"):
        assert Client().get(f"/glossary/{slug}/")["Location"] == "/glossary/roller/"


def test_looking_at_a_deleted_term_brings_nothing_back(desk: Client, rolling: Term) -> None:
    Feedback.objects.create(term=rolling, answer="yes")
    delete(desk, rolling)
    assert desk.get(form_of(rolling), follow=True).status_code == 200
    response = recover(desk, rolling, title="")
    assert response.status_code == 200, "refused: it has no title"
    assert not Term.objects.exists()
    assert not Feedback.objects.exists()
    assert not FormerAddress.objects.exclude(term=None).exists()
    recover(desk, rolling)
    assert Feedback.objects.filter(term=rolling).count() == 1


def test_all_of_a_page_comes_back_by_an_old_version_too(desk: Client) -> None:
    term = awkward()
    values = {"first_published_at": "2026-05-01T08:00Z", "loaded_digest": "d" * 64}
    Term.objects.update(publish_at=None, **values)
    Feedback.objects.create(term=term, answer="no")
    before, said = everything(), feedback(term)
    delete(desk, term)
    recover(desk, term, "_draft")
    assert everything() == before
    term.refresh_from_db()
    assert term.loaded_digest == "d" * 64
    delete(desk, term)
    oldest = versions(term)[-1]
    form = desk.get(f"/admin/glossary/term/recover/{oldest.pk}/")["Location"]
    desk.post(urlsplit(form).path, {**opened(desk, form), "_draft": "x"})
    assert feedback(term) == said
    assert everything() == before


def test_words_that_the_page_links_and_that_link_it_are_linked_again(
    desk: Client, rolling: Term
) -> None:
    TermFactory(title="Massage", slug="massage", body="Unlike foam rolling.")
    Term.objects.filter(pk=rolling.pk).update(body="A kind of massage.")
    run_worker()
    link, back = 'href="/glossary/foam-rolling/"', 'href="/glossary/massage/"'
    delete(desk, rolling)
    run_worker()
    assert link not in page_of("massage")
    recover(desk, rolling)
    run_worker()
    assert link in page_of("massage")
    assert back in page_of("foam-rolling")


def test_while_it_is_gone_nothing_shows_it(desk: Client, rolling: Term) -> None:
    TermFactory(slug="taper").relations.create(other=rolling)
    delete(desk, rolling)
    assert Client().get("/glossary/foam-rolling/").status_code == 410
    assert Client().get("/api/v1/terms/foam-rolling/").status_code == 410
    assert b"Foam Rolling" not in Client().get("/api/v1/terms/").content
    assert b"/glossary/foam-rolling/" not in Client().get("/search/?q=foam+rolling").content
    assert b"foam-rolling" not in Client().get("/sitemap.xml").content


def test_what_editors_changed_outlives_deletion_recovery_and_a_load(
    desk: Client, tmp_path: Path
) -> None:
    load_content(tmp_path, ["foam-rolling", "doms", "compression"], [])
    term = Term.objects.get(slug="foam-rolling")
    save(desk, term, "_publish", definition="An editor's words.")
    named = content_of_relations(term)
    assert named
    delete(desk, term)
    recover(desk, term)
    assert content_of_relations(term) == named
    load_glossary(tmp_path / "terms")
    assert Term.objects.get(slug="foam-rolling").definition == "An editor's words."


def content_of_relations(term: Term) -> list[dict[str, Any]]:
    return [content(RelatedTerm, row) for row in RelatedTerm.objects.filter(other=term)]
