"""Editors' drafts, publishing, previews, history, and two editors on one page."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from glossary.models import Alias, FormerAddress, Source, Term, Tip
from glossary.parts import PARTS
from glossary.publishing import history, publish
from organizers.models import User
from tests.backstage import run_worker
from tests.desk import (
    INLINES,
    client_of,
    form_of,
    opened,
    page_of,
    save,
    shared_link,
    term_values,
    versions,
)
from tests.factories import CategoryFactory, TermFactory, UserFactory

INLINE_FIELDS = {
    "aliases": ["name", "kind"],
    "key_facts": ["position", "headline", "detail", "cites"],
    "tips": ["position", "text"],
    "faqs": ["position", "question", "answer"],
    "relations": ["position", "other", "kind", "note"],
    "sources": ["position", "number", "title", "publisher", "url", "year"],
    "care_advice": ["position", "level", "text"],
}


@pytest.fixture
def other_desk(editor: User) -> Client:
    second = UserFactory(is_staff=True, email="second@example.com")
    second.groups.set(editor.groups.all())
    return client_of(second)


@pytest.fixture
def taper(db: None) -> Term:
    term: Term = TermFactory(
        title="Taper", slug="taper", body="Live body.", changed_on=date(2026, 5, 1)
    )
    Source.objects.create(term=term, title="A study", url="https://s.example/1")
    Tip.objects.create(term=term, text="Live tip.")
    Alias.objects.create(term=term, name="Tapering")
    return term


def test_a_new_term_is_nobodys_business_until_it_is_published(desk: Client) -> None:
    values = term_values()
    del values["_publish"]
    desk.post("/admin/glossary/term/add/", {**values, "_draft": "x"})
    term = Term.objects.get()
    assert Client().get("/glossary/fartlek/").status_code == 404
    save(desk, term, "_publish")
    assert "Run fast when you like." in page_of("fartlek")
    assert Term.objects.get().changed_on == timezone.localdate()


def test_enter_saves_and_does_not_publish(desk: Client, taper: Term) -> None:
    page = desk.get(form_of(taper)).content.decode()
    buttons = re.findall(r'type="submit" name="(\w+)"', page)
    assert buttons[0] == "_draft"


def test_a_saved_draft_leaves_the_live_page_as_it_is(desk: Client, taper: Term) -> None:
    before = page_of("taper")
    response = save(
        desk, taper, body="Draft body.", title="Tapering off",
        **{"tips-0-text": "Draft tip.", "aliases-0-name": "Draft alias",
           "tips-TOTAL_FORMS": "2", "tips-1-position": "1", "tips-1-text": "Second draft tip."},
    )  # fmt: skip
    assert response.status_code == 302
    assert page_of("taper") == before
    assert [tip.text for tip in Tip.objects.all()] == ["Live tip."]
    page = desk.get(form_of(taper)).content.decode()
    for words in [
        "Draft body.",
        "Draft tip.",
        "Second draft tip.",
        "Draft alias",
        "You see its draft",
    ]:
        assert words in page
    # Neither search nor the index know of it.
    assert b"Draft body" not in Client().get("/search/?q=draft+body").content


def test_publishing_the_draft_makes_it_live_with_all_its_parts(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.", **{"tips-0-text": "Draft tip."})
    save(desk, taper, **{"sources-0-title": "Another study"})
    save(desk, taper, "_publish")
    page = page_of("taper")
    for words in ["Draft body.", "Draft tip.", "Another study"]:
        assert words in page
    taper.refresh_from_db()
    assert taper.draft is None
    assert b"/glossary/taper/" in Client().get("/search/?q=draft+body").content


def test_a_draft_may_be_discarded_and_is_kept_in_the_history(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    address = f"/admin/glossary/term/{taper.pk}/discard-draft/"
    assert desk.get(address).status_code == 200
    desk.post(address)
    assert "Live body." in desk.get(form_of(taper)).content.decode()
    bodies = [version.field_dict["body"] for version in versions(taper)]
    assert "Draft body." in bodies


def test_only_a_major_change_moves_the_public_date(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", body="A slip mended.", change_note="A slip")
    taper.refresh_from_db()
    assert (taper.changed_on, taper.change_note) == (date(2026, 5, 1), "")
    save(
        desk, taper, "_publish", body="New advice.", significance="major", change_note="New advice"
    )
    taper.refresh_from_db()
    assert (taper.changed_on, taper.change_note) == (timezone.localdate(), "New advice")
    assert timezone.localdate().isoformat() in Client().get("/sitemap.xml").content.decode()


def test_a_major_draft_is_still_major_when_it_is_published_later(desk: Client, taper: Term) -> None:
    save(desk, taper, body="New advice.", significance="major")
    taper.refresh_from_db()
    assert taper.changed_on == date(2026, 5, 1)
    publish.publish(taper)
    taper.refresh_from_db()
    assert taper.changed_on == timezone.localdate()


class TestLater:
    def test_a_draft_goes_live_at_its_time(self, desk: Client, taper: Term) -> None:
        later = timezone.now() + timedelta(days=3)
        save(desk, taper, "_publish", body="Later body.",
             publish_at_0=f"{later:%Y-%m-%d}", publish_at_1=f"{later:%H:%M:%S}")  # fmt: skip
        run_worker()
        assert "Live body." in page_of("taper")
        form = desk.get(form_of(taper)).content.decode()
        assert f"it goes live on {later:%-d %B %Y, %H:%M}" in form
        with time_machine.travel(later + timedelta(seconds=1)):
            run_worker()
        assert "Later body." in page_of("taper")

    def test_a_plan_that_was_dropped_does_not_happen(self, desk: Client, taper: Term) -> None:
        later = timezone.now() + timedelta(days=3)
        when = {"publish_at_0": f"{later:%Y-%m-%d}", "publish_at_1": f"{later:%H:%M:%S}"}
        save(desk, taper, "_publish", body="Later body.", **when)
        save(desk, taper, publish_at_0="", publish_at_1="")
        with time_machine.travel(later + timedelta(seconds=1)):
            run_worker()
        assert "Live body." in page_of("taper")
        taper.refresh_from_db()
        assert taper.draft_publish_at is None

    def test_a_new_term_appears_at_its_time(self, desk: Client) -> None:
        later = timezone.now() + timedelta(days=3)
        values = term_values(publish_at_0=f"{later:%Y-%m-%d}", publish_at_1=f"{later:%H:%M:%S}")
        desk.post("/admin/glossary/term/add/", values)
        assert Client().get("/glossary/fartlek/").status_code == 404
        with time_machine.travel(later + timedelta(seconds=1)):
            assert "Run fast" in page_of("fartlek")
        assert Term.objects.get().changed_on == timezone.localdate(later)

    def test_a_time_without_a_plan_is_said_to_be_unused(self, desk: Client, taper: Term) -> None:
        response = desk.post(
            form_of(taper),
            {**opened(desk, form_of(taper)), "publish_at_0": "2030-01-01",
             "publish_at_1": "08:00:00", "_draft": "x"},
            follow=True,
        )  # fmt: skip
        assert "The time was not used" in response.content.decode()

    def test_no_task_failed(self, desk: Client, taper: Term) -> None:
        save(desk, taper, "_publish", body="Now.")
        run_worker()
        assert not DBTaskResult.objects.filter(run_after__lte=timezone.now()).exists()


def test_a_draft_is_previewed_by_a_link_that_can_be_shared(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    link = shared_link(desk, taper)
    response = Client().get(link)
    page = response.content.decode()
    assert "Draft body." in page
    assert "readers do not see this page yet" in page
    assert 'name="robots" content="noindex"' in page
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert "Live body." in page_of("taper")


def test_a_term_never_published_is_previewed(desk: Client) -> None:
    draft = TermFactory(state="draft", slug="draft", body="Not yet for readers.")
    assert "Not yet for readers." in Client().get(shared_link(desk, draft)).content.decode()
    assert Client().get(f"/admin/glossary/term/{draft.pk}/preview/").status_code == 302


def test_a_preview_link_expires_and_cannot_be_forged(desk: Client, taper: Term) -> None:
    link = shared_link(desk, taper)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        response = Client().get(link)
    assert response.status_code == 410
    assert "This preview has ended" in response.content.decode()
    assert Client().get(link[:-2] + "x/").status_code == 404
    assert Client().get("/glossary/preview/nonsense/").status_code == 404


def test_an_old_version_opens_in_the_form_and_comes_back(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", body="Second body.", **{"tips-0-DELETE": "on"})
    assert "Live tip." not in page_of("taper")
    history_page = desk.get(f"/admin/glossary/term/{taper.pk}/history/").content.decode()
    oldest = versions(taper)[-1]
    address = f"/admin/glossary/term/{taper.pk}/history/{oldest.pk}/"
    assert address in history_page
    old_form = desk.get(address)["Location"]
    values = opened(desk, old_form)
    assert values["body"] == "Live body."
    assert "Second body." in page_of("taper")
    desk.post(form_of(taper), {**values, "_publish": "x"})
    page = page_of("taper")
    assert "Live body." in page
    assert "Live tip." in page


def test_an_old_version_brings_no_publication_back(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", body="Second body.")
    oldest = versions(taper)[-1]
    desk.post(f"/admin/glossary/term/{taper.pk}/unpublish/")
    old_form = desk.get(f"/admin/glossary/term/{taper.pk}/history/{oldest.pk}/")["Location"]
    desk.post(form_of(taper), {**opened(desk, old_form), "_draft": "x"})
    taper.refresh_from_db()
    assert taper.body == "Live body."
    assert taper.state == Term.State.DRAFT
    assert Client().get("/glossary/taper/").status_code in {404, 410}


def test_two_versions_stand_side_by_side(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", body="Second body.", **{"tips-0-text": "Other tip."})
    new, old = versions(taper)[:2]
    page = desk.get(
        f"/admin/glossary/term/{taper.pk}/history/compare/",
        {"older": old.revision_id, "newer": new.revision_id},
    ).content.decode()
    assert "<del>Live </del><span>body." in page
    assert "<ins>Second </ins><span>body." in page
    assert "<del>Live </del><span>tip." in page
    assert "<ins>Other </ins><span>tip." in page
    assert "A study" not in page  # what is the same is left out


def test_the_history_offers_the_two_newest_versions(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", body="Second body.")
    save(desk, taper, "_publish", body="Third body.")
    page = desk.get(f"/admin/glossary/term/{taper.pk}/history/").content.decode()
    new, old = versions(taper)[:2]
    for name, version in [("older", old), ("newer", new)]:
        assert re.search(
            rf'name="{name}" value="{version.revision_id}"\s+aria-label="[^"]+"\s+checked', page
        )


def test_comparing_needs_two_versions_of_this_term(desk: Client, taper: Term) -> None:
    other = TermFactory(body="Other words.")
    save(desk, taper, "_publish")
    save(desk, other, "_publish")
    address = f"/admin/glossary/term/{taper.pk}/history/compare/"
    mine, theirs = versions(taper)[0].revision_id, versions(other)[0].revision_id
    for pair in [(mine, mine), (mine, theirs), ("x", ""), (mine, 10**12)]:
        response = desk.get(address, {"older": pair[0], "newer": pair[1]})
        assert response["Location"].endswith("/history/")


def test_what_an_editor_typed_is_escaped_when_compared(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", body="<script>alert(1)</script>")
    new, old = versions(taper)[:2]
    page = desk.get(
        f"/admin/glossary/term/{taper.pk}/history/compare/",
        {"older": old.revision_id, "newer": new.revision_id},
    ).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_draft_can_be_compared_with_the_live_page(desk: Client, taper: Term) -> None:
    save(
        desk,
        taper,
        **{"tips-TOTAL_FORMS": "2", "tips-1-position": "1", "tips-1-text": "A new tip."},
    )
    new, old = versions(taper)[:2]
    page = desk.get(
        f"/admin/glossary/term/{taper.pk}/history/compare/",
        {"older": old.revision_id, "newer": new.revision_id},
    ).content.decode()
    assert "<ins>A new tip.</ins>" in page.replace("\n", "")


def test_a_deleted_term_is_recovered_whole(desk: Client, taper: Term) -> None:
    desk.post(f"/admin/glossary/term/{taper.pk}/delete/", {"post": "yes"})
    assert Client().get("/glossary/taper/").status_code == 410
    page = desk.get("/admin/glossary/term/recover/").content.decode()
    address = re.search(r'href="(/admin/glossary/term/recover/\d+/)"', page)
    assert address, page
    assert "Open a term to read what it said" in page
    form = desk.get(address[1])["Location"]
    assert "This term was deleted" in desk.get(form).content.decode()
    assert not Term.objects.exists()
    response = desk.post(urlsplit(form).path, {**opened(desk, form), "_publish": "x"})
    assert response.status_code == 302
    page = page_of("taper")
    for words in ["Live body.", "Live tip.", "A study", "Tapering"]:
        assert words in page


def test_the_second_to_save_is_told_and_loses_nothing(
    desk: Client, other_desk: Client, taper: Term
) -> None:
    address = form_of(taper)
    save(desk, taper, "_publish", body="Opening body.")
    mine = opened(desk, address)
    # Meanwhile another editor changes the body and takes the tip away.
    save(other_desk, taper, "_publish", body="Their body.", **{"tips-0-DELETE": "on"})
    mine |= {"body": "My body.", "tips-0-text": "My tip.", "_publish": "x"}
    response = desk.post(address, mine)
    assert response.status_code == 200
    page = response.content.decode()
    assert "second@example.com saved this page" in page
    # On a phone, too, that is seen without scrolling; and what is below is theirs to save, not old.
    assert page.index("saved this page") < page.index('class="standing"')
    assert "This is an older version" not in page
    assert "You began from an older version" in page
    assert re.search(r"\((body, tips|tips, body)\)", page)
    assert "My body." in page
    assert "My tip." in page
    assert "Their body." in page_of("taper")
    # With open eyes, mine goes in; theirs stays in the history.
    again = {**mine, "seen": str(response.context["adminform"].form["seen"].value())}
    assert desk.post(address, again).status_code == 302
    assert "My body." in page_of("taper")
    assert "My tip." in page_of("taper")
    assert "Their body." in [version.field_dict["body"] for version in versions(taper)]


def test_the_first_two_changes_ever_made_do_not_collide_unseen(
    desk: Client, other_desk: Client, taper: Term
) -> None:
    address = form_of(taper)
    mine = opened(desk, address)
    save(other_desk, taper, body="Their draft.", **{"tips-0-DELETE": "on"})
    response = desk.post(address, {**mine, "body": "My body.", "_draft": "x"})
    assert "second@example.com saved this page" in response.content.decode()
    assert "Live tip." in response.content.decode()


def test_a_page_that_is_off_the_site_says_so(desk: Client, taper: Term) -> None:
    address = f"/admin/glossary/term/{taper.pk}/unpublish/"
    assert desk.get(address).status_code == 200
    assert Client().get("/glossary/taper/").status_code == 200
    desk.post(address)
    assert Client().get("/glossary/taper/").status_code in {404, 410}
    assert "Off the site" in desk.get(form_of(taper)).content.decode()


def do_to_chosen(desk: Client, action: str, *pks: int) -> str:
    """Choose terms in the list and say yes to what is asked. The page that follows."""
    chosen = {"action": action, "_selected_action": pks}
    asked = desk.post("/admin/glossary/term/", chosen)
    confirmed = {"confirmed": asked.context["plan"].digest}
    return desk.post("/admin/glossary/term/", chosen | confirmed, follow=True).content.decode()


def test_terms_are_published_and_taken_off_together(desk: Client) -> None:
    pks = [TermFactory(state="draft").pk for _ in range(2)]
    for action, count in [("publish_chosen", 2), ("unpublish_chosen", 0)]:
        do_to_chosen(desk, action, *pks)
        assert Term.objects.published().count() == count


def test_a_draft_that_was_never_public_leaves_no_address_behind(desk: Client) -> None:
    draft = TermFactory(state="draft", slug="first-try")
    save(desk, draft, slug="second-try")
    assert not FormerAddress.objects.exists()
    desk.post(f"/admin/glossary/term/{draft.pk}/delete/", {"post": "yes"})
    assert Client().get("/glossary/second-try/").status_code == 404


def test_a_rename_in_a_draft_moves_the_address_when_it_is_published(
    desk: Client, taper: Term
) -> None:
    save(desk, taper, slug="tapering")
    assert Client().get("/glossary/tapering/").status_code == 404
    save(desk, taper, "_publish", slug="tapering")
    assert Client().get("/glossary/taper/")["Location"] == "/glossary/tapering/"
    save(desk, taper, "_publish", slug="tapering-off")
    assert Client().get("/glossary/taper/")["Location"] == "/glossary/tapering-off/"


def test_a_renamed_term_keeps_its_old_address(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", slug="tapering")
    moved = Client().get("/glossary/taper/")
    assert (moved.status_code, moved["Location"]) == (301, "/glossary/tapering/")
    # And back: the address that is in use again must not redirect to itself.
    save(desk, taper, "_publish", slug="taper")
    assert Client().get("/glossary/taper/").status_code == 200
    assert Client().get("/glossary/tapering/")["Location"] == "/glossary/taper/"


def test_what_is_wrong_in_a_draft_is_said_and_kept(desk: Client, taper: Term) -> None:
    TermFactory(title="Strides")
    save(desk, taper, body="Draft body.")
    response = save(desk, taper, title="Strides", body="Kept text.")
    assert response.status_code == 200
    page = response.content.decode()
    assert "Another term has this title." in page
    assert "Kept text." in page


def test_relations_to_terms_that_are_gone_do_not_break_an_old_version(
    desk: Client, taper: Term
) -> None:
    other = TermFactory(title="Gone")
    save(desk, taper, "_publish", **{
        "relations-TOTAL_FORMS": "1", "relations-0-position": "0",
        "relations-0-other": str(other.pk), "relations-0-kind": "related"})  # fmt: skip
    revision = history.latest(taper.pk)
    assert revision
    other.delete()
    save(desk, taper, "_publish", body="After.")
    values = opened(desk, f"{form_of(taper)}?revision={revision.pk}")
    assert desk.post(form_of(taper), {**values, "_publish": "x"}).status_code == 302
    assert Client().get("/glossary/taper/").status_code == 200


def test_someone_elses_version_is_not_opened(desk: Client, taper: Term) -> None:
    other = TermFactory(body="Other words.")
    save(desk, other, "_publish")
    revision = history.latest(other.pk)
    assert revision
    page = desk.get(f"{form_of(taper)}?revision={revision.pk}").content.decode()
    assert "Live body." in page
    for rubbish in ["abc", "999999999", "-1", "1" * 30]:
        address = f"{form_of(taper)}?revision={rubbish}"
        assert desk.get(address).status_code == 200


def test_drafts_are_for_editors(personas: dict[str, Callable[[], Client]], taper: Term) -> None:
    for name in ["stranger", "organizer", "moderator"]:
        client = personas[name]()
        for route in ["preview", "unpublish", "discard-draft", "history"]:
            address = f"/admin/glossary/term/{taper.pk}/{route}/"
            assert client.get(address).status_code in {302, 403, 404}
            assert client.post(address).status_code in {302, 403, 404, 405}
    taper.refresh_from_db()
    assert taper.is_public


def test_the_form_asks_the_same_however_much_a_term_holds() -> None:
    assert set(INLINES) == set(INLINE_FIELDS) == {part.name for part in PARTS}


def test_a_category_keeps_its_terms(desk: Client, taper: Term) -> None:
    assert CategoryFactory().terms.count() == 1


# What two people, or a person and a clock, do to each other.


@pytest.mark.parametrize("is_public", [True, False])
def test_what_is_typed_in_a_popup_is_kept(desk: Client, taper: Term, is_public: bool) -> None:
    if not is_public:
        publish.unpublish(taper)
    response = save(desk, taper, body="From the popup.", _popup="1")
    assert response.status_code == 200
    assert "From the popup." in desk.get(form_of(taper)).content.decode()
    taper.refresh_from_db()
    assert taper.body == ("Live body." if is_public else "From the popup.")


def test_a_draft_does_not_stand_in_the_way_of_an_old_address(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", slug="tapering")
    values = term_values(title="New", slug="taper")
    del values["_publish"]
    desk.post("/admin/glossary/term/add/", {**values, "_draft": "x"})
    assert Term.objects.filter(slug="taper").exists()
    assert Client().get("/glossary/taper/")["Location"] == "/glossary/tapering/"
    FormerAddress.objects.update(term=None)
    assert Client().get("/glossary/taper/").status_code == 410


def test_one_terms_draft_does_not_colour_the_next_form(desk: Client, taper: Term) -> None:
    save(desk, taper, significance="major")
    desk.get(form_of(taper))
    form = desk.get("/admin/glossary/term/add/").context["adminform"].form
    assert form["significance"].value() == "minor"
    assert not form["base"].value()


def test_a_form_that_shows_a_discarded_draft_is_told_so(
    desk: Client, other_desk: Client, taper: Term
) -> None:
    save(desk, taper, **{"tips-TOTAL_FORMS": "2", "tips-1-position": "1", "tips-1-text": "More."})
    address = form_of(taper)
    mine = opened(desk, address)
    other_desk.post(f"/admin/glossary/term/{taper.pk}/discard-draft/")
    response = desk.post(address, {**mine, "body": "My body.", "_draft": "x"})
    page = response.content.decode()
    assert "second@example.com saved this page" in page
    assert "My body." in page
    assert "More." in page


def test_saving_what_a_colleague_deleted_is_told_first(
    desk: Client, other_desk: Client, taper: Term
) -> None:
    address = form_of(taper)
    mine = opened(desk, address)
    other_desk.post(f"/admin/glossary/term/{taper.pk}/delete/", {"post": "yes"})
    response = desk.post(address, {**mine, "body": "My body.", "_draft": "x"})
    assert "second@example.com deleted this page" in response.content.decode()
    assert "My body." in response.content.decode()
    assert not Term.objects.exists()


def test_a_recovered_term_keeps_its_dates(desk: Client, taper: Term) -> None:
    Term.objects.update(first_published_at="2026-05-01T08:00Z")
    desk.post(f"/admin/glossary/term/{taper.pk}/delete/", {"post": "yes"})
    version = versions(taper)[0]
    form = desk.get(f"/admin/glossary/term/recover/{version.pk}/")["Location"]
    desk.post(urlsplit(form).path, {**opened(desk, form), "_publish": "x"})
    taper.refresh_from_db()
    assert (f"{taper.first_published_at:%Y-%m-%d}", taper.changed_on) == (
        "2026-05-01",
        date(2026, 5, 1),
    )


def planned(desk: Client, term: Term, **changes: str) -> datetime:
    later = timezone.now() + timedelta(days=3)
    when = {"publish_at_0": f"{later:%Y-%m-%d}", "publish_at_1": f"{later:%H:%M:%S}"}
    assert save(desk, term, "_publish", **when, **changes).status_code == 302
    return later


def test_a_plan_that_cannot_be_carried_out_ends_and_says_why(desk: Client, taper: Term) -> None:
    later = planned(desk, taper, **{"aliases-0-name": "Wind down"})
    Alias.objects.create(term=TermFactory(), name="Wind down")
    with time_machine.travel(later + timedelta(seconds=1)):
        run_worker()
    taper.refresh_from_db()
    assert taper.draft_publish_at is None
    assert taper.draft
    page = desk.get(f"/admin/glossary/term/{taper.pk}/history/").content.decode()
    assert "not published as planned" in page
    assert not DBTaskResult.objects.filter(run_after__lte=timezone.now()).exists()


def test_a_plan_does_not_undo_what_was_changed_since(desk: Client, taper: Term) -> None:
    later = planned(desk, taper, body="Later body.")
    Term.objects.filter(pk=taper.pk).update(body="Imported body.")
    history.record(taper, comment="Imported")
    form = desk.get(form_of(taper)).content.decode()
    assert "The live page has changed since this draft" in form
    with time_machine.travel(later + timedelta(seconds=1)):
        run_worker()
    assert "Imported body." in page_of("taper")


def test_what_no_worker_published_is_made_good(desk: Client, taper: Term) -> None:
    later = planned(desk, taper, body="Later body.")
    call_command("publish_overdue")
    assert "Live body." in page_of("taper")
    with time_machine.travel(later + timedelta(seconds=1)):
        call_command("publish_overdue")
    assert "Later body." in page_of("taper")


def test_publishing_a_name_that_was_given_away_is_refused_whole(desk: Client, taper: Term) -> None:
    save(desk, taper, title="Wind Down", body="Draft body.")
    Alias.objects.create(term=TermFactory(), name="Wind down")
    page = do_to_chosen(desk, "publish_chosen", taper.pk)
    assert "can’t be published" in page.replace("&#x27;", "’")
    assert "Live body." in page_of("taper")
