"""The public history of a word: what readers saw change, when and by whom, and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from importlib import import_module
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.utils import timezone
from reversion.models import Revision

from glossary.models import PublicVersion, Source, Term, Tip
from glossary.parts import PARTS
from glossary.publishing import contents, history, publish
from glossary.publishing.public_versions import CHANGES_ON_A_PAGE, READERS_WORDS
from organizers.models import User
from organizers.privacy import leaving
from tests.backstage import load, run_worker
from tests.desk import bring_in, client_of, delete, opened, recover, save, sheet
from tests.factories import CATEGORIES, TERM, TermFactory, UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/glossary/taper/history/"


@pytest.fixture
def taper(db: None) -> Term:
    term: Term = TermFactory(title="Taper", slug="taper", first_published_at="2026-05-01T12:00Z")
    Source.objects.create(term=term, title="A study", url="https://s.example/1")
    Tip.objects.create(term=term, text="Live tip.")
    return term


def listed(address: str = ADDRESS) -> list[tuple[str, str]]:
    """What changed, and who is said to have done it; the latest first."""
    page = Client().get(address).content.decode()
    row = r'<strong>(.*?)</strong>\s*<span class="soft">by <bdi>(.*?)</bdi></span>'
    rows = re.findall(row, page, re.S)
    return [(unescape(what), unescape(who)) for what, who in rows]


def test_it_is_reached_from_the_word_and_says_when_nothing_has_changed(taper: Term) -> None:
    assert f'href="{ADDRESS}"' in Client().get("/glossary/taper/").content.decode()
    answer = Client().get(ADDRESS)
    page = answer.content.decode()
    assert "Nothing has changed since it was published." in page
    assert "1 May 2026" in page
    assert answer["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    assert answer["Cache-Control"].startswith("public")


def test_each_change_says_what_and_who(desk: Client, taper: Term, editor: User) -> None:
    save(desk, taper, "_publish", definition="Less, before a race.")
    assert listed() == [("Definition", "an editor")]
    User.objects.filter(pk=editor.pk).update(public_name="Ann Bell")
    save(desk, taper, "_publish", body="Other words.", race_query="sport=triathlon")
    expected = [("Explanation, races offered", "Ann Bell"), ("Definition", "Ann Bell")]
    assert listed() == expected
    # What readers can't see changed is none.
    save(desk, taper, "_publish", unlinked_words="pace")
    publish.discard_draft(taper)
    assert listed() == expected


def test_readers_have_a_word_for_every_part(taper: Term) -> None:
    names = set(contents.contents(history.record(taper)))
    assert set(READERS_WORDS) <= names
    hidden = {"link this title", "unlinked words", "no urgent level applies", "what changed"}
    assert names - set(READERS_WORDS) == hidden
    assert len(PARTS) == 7


def test_no_draft_is_in_it_before_it_is_published(desk: Client, taper: Term, editor: User) -> None:
    save(desk, taper, "_draft", definition="Never said.")
    save(desk, taper, "_draft", body="Said later.", definition=taper.definition)
    assert listed() == []
    publish.publish(Term.objects.get(), editor)
    # The definition is as readers had it: that a draft had another is nobody's business.
    assert listed() == [("Explanation", "an editor")]


def test_a_draft_that_is_planned_is_in_it_when_it_is_published(
    desk: Client, taper: Term, editor: User
) -> None:
    User.objects.filter(pk=editor.pk).update(public_name="Ann Bell")
    at = timezone.now() + timedelta(hours=2)
    day, time = f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}"
    save(desk, taper, "_publish", body="New.", publish_at_0=day, publish_at_1=time)
    assert listed() == []
    with time_machine.travel(at + timedelta(minutes=1), tick=False):
        run_worker()
        assert listed() == [("Explanation", "Ann Bell")]


def test_what_was_planned_and_came_otherwise_never_was(
    desk: Client, taper: Term, editor: User
) -> None:
    save(desk, taper, "_publish", body="First.")
    publish.unpublish(taper)
    at = timezone.now() + timedelta(hours=2)
    day, time = f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}"
    save(desk, taper, "_publish", body="Second.", publish_at_0=day, publish_at_1=time)
    save(desk, taper, "_draft", body="First.", definition="Third.")
    publish_at = Term.objects.get().publish_at
    assert publish_at
    with time_machine.travel(publish_at + timedelta(minutes=1), tick=False):
        assert listed() == [("Definition", "an editor"), ("Explanation", "an editor")]


@pytest.mark.parametrize("hide", [publish.unpublish, Term.delete])
def test_a_word_off_the_site_has_none(
    desk: Client, taper: Term, hide: Callable[[Term], None]
) -> None:
    save(desk, taper, "_publish", definition="Less.")
    hide(Term.objects.get())
    answer = Client().get(ADDRESS)
    assert answer.status_code in {404, 410}
    assert "Definition" not in answer.content.decode()


def test_a_word_that_never_was_public_has_none(desk: Client) -> None:
    term = TermFactory(slug="fartlek", state="draft")
    save(desk, term, "_draft", definition="Speed play.")
    assert Client().get("/glossary/fartlek/history/").status_code == 404
    assert Client().get("/glossary/no-such-word/history/").status_code == 404
    term = TermFactory(slug="later", publish_at=timezone.now() + timedelta(days=1))
    assert Client().get("/glossary/later/history/").status_code == 404


def test_it_moves_with_the_word_and_comes_back_with_it(desk: Client, taper: Term) -> None:
    save(desk, taper, "_publish", slug="tapering")
    moved = Client().get(ADDRESS)
    assert (moved.status_code, moved["Location"]) == (301, "/glossary/tapering/history/")
    delete(desk, Term.objects.get())
    recover(desk, taper)
    assert listed("/glossary/tapering/history/") == [("Address", "an editor")]


def test_what_files_and_imports_change_is_in_it(desk: Client, tmp_path: Path) -> None:
    (tmp_path / "categories.yaml").write_text(CATEGORIES)
    (tmp_path / "runners-knee.md").write_text(TERM)
    load("load_glossary", tmp_path)
    address = "/glossary/runners-knee/history/"
    assert listed(address) == []
    (tmp_path / "runners-knee.md").write_text(TERM.replace("Do wall sits.", "Do squats."))
    load("load_glossary", tmp_path)
    bring_in(desk, sheet({"slug": "runners-knee", "definition": "It aches."}), "csv")
    assert listed(address) == [("Definition", "an editor"), ("Tips", "an editor")]


HOSTILE = "<script>alert(1)</script>\u202e"


def test_no_address_leaks_and_hostile_names_are_text(taper: Term) -> None:
    for n, name in enumerate(["", HOSTILE, "Ann"]):
        who = UserFactory(email=f"secret{n}@example.com", name=f"private {n}", public_name=name)
        Term.objects.filter(pk=taper.pk).update(body=f"Body {n}.")
        history.record(Term.objects.get(), who, "Published by secret@example.com")
    assert [who for _, who in listed()] == ["Ann", HOSTILE]
    page = Client().get(ADDRESS).content.decode()
    for hidden in ["secret", "example.com", "private", "<script>alert"]:
        assert hidden not in page


def test_a_name_changes_at_once_and_goes_with_its_account(taper: Term) -> None:
    who = UserFactory(public_name="Ann Bell")
    history.record(taper)
    Term.objects.update(body="New.")
    history.record(taper, who)
    assert listed() == [("Explanation", "Ann Bell")]
    User.objects.filter(pk=who.pk).update(public_name="A. Bell")
    assert listed() == [("Explanation", "A. Bell")]
    leaving.delete_account(who)
    assert listed() == [("Explanation", "an editor")]


def test_many_changes_have_pages_of_them(taper: Term) -> None:
    now = timezone.now()
    for n in range(CHANGES_ON_A_PAGE + 1):
        revision = Revision.objects.create(date_created=now)
        PublicVersion.objects.create(
            revision=revision,
            term_id=taper.pk,
            since=now - timedelta(days=n),
            changed=[f"part {n}"],
        )
    first, last = Client().get(ADDRESS).content.decode(), f"{ADDRESS}?page=2"
    assert len(listed()) == CHANGES_ON_A_PAGE
    assert listed(last) == [(f"Part {CHANGES_ON_A_PAGE}", "an editor")]
    # The beginning stands at the end.
    assert "<strong>Published</strong>" not in first
    assert "<strong>Published</strong>" in Client().get(last).content.decode()
    assert "Page 2 of 2" in Client().get(f"{ADDRESS}?page=99").content.decode()


def test_what_was_published_before_is_told_by_what_was_said_of_it(
    desk: Client, taper: Term, editor: User
) -> None:
    save(desk, taper, "_draft", definition="A draft.")
    save(desk, taper, "_publish", definition="Less.")
    save(desk, taper, "_publish", title="The Taper")
    expected = listed()
    assert expected == [("Name", "an editor"), ("Definition", "an editor")]
    PublicVersion.objects.all().delete()
    assert listed() == []
    import_module("glossary.migrations.0012_public_versions").note_what_was_public(apps, None)
    assert listed() == expected


def test_what_was_loaded_or_imported_while_nobody_saw_it_is_not_told(desk: Client) -> None:
    """Of a word that was a draft, and of one that was off the site."""
    term = TermFactory(slug="taper", state="draft")
    for body, why in [("One.", "Imported"), ("Two.", "Imported"), ("Two.", "Published"),
                      ("Two.", "Taken off the site"), ("Three.", "Loaded from its file"),
                      ("Two.", "Published"), ("Four.", "Imported")]:  # fmt: skip
        Term.objects.update(body=body)
        if why == "Published":
            publish.publish(term)
        elif why == "Taken off the site":
            publish.unpublish(term)
        else:
            history.record(term, comment=why)
    assert listed() == [("Explanation", "an editor")]
    PublicVersion.objects.all().delete()
    import_module("glossary.migrations.0012_public_versions").note_what_was_public(apps, None)
    assert listed() == [("Explanation", "an editor")]


def test_an_editor_gives_a_name_that_is_no_address(desk: Client, editor: User) -> None:
    address = "/admin/organizers/user/your-name/"
    assert f'href="{address}"' in desk.get("/admin/").content.decode()
    form = opened(desk, address)
    assert form["public_name"] == ""
    refused = desk.post(address, {**form, "public_name": "ann@example.com"}).content.decode()
    assert "it can’t be an address" in refused
    assert 'value="ann@example.com"' in refused
    desk.post(address, {**form, "public_name": "Ann Bell", "is_superuser": "on"})
    editor.refresh_from_db()
    assert (editor.public_name, editor.is_superuser) == ("Ann Bell", False)
    for stranger in [client_of(UserFactory()), Client()]:
        assert stranger.get(address)["Location"].startswith("/admin/login/")
