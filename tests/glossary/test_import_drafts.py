"""An import refuses what the form refuses, and readers see nothing of it before it is published."""

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from glossary.files.dumping import dump_glossary
from glossary.files.loading import load_glossary
from glossary.models import Alias, FormerAddress, Source, Term
from glossary.publishing import history, publish
from organizers.models import User
from tests.desk import (
    IMPORT,
    as_read,
    bring_in,
    client_of,
    confirm,
    form_of,
    new,
    page_of,
    preview,
    save,
    sheet,
    versions,
)
from tests.factories import BAD_BODIES, TermFactory, everything
from text.content_files import ContentError

pytestmark = pytest.mark.django_db


@pytest.fixture
def taper() -> Term:
    term: Term = TermFactory(title="Taper", slug="taper", definition="Live.", body="Live body.")
    Alias.objects.create(term=term, name="Tapering")
    return term


# What the form refuses.


@pytest.mark.parametrize("how", ["drafts", "at-once"])
@pytest.mark.parametrize(("body", "message"), BAD_BODIES)
def test_a_text_that_the_form_refuses_is_refused_by_row_and_column(
    desk: Client, taper: Term, body: str, message: str, how: str
) -> None:
    FormerAddress.objects.create(slug="gone")
    before = everything()
    page = preview(desk, sheet({"slug": "taper", "body": body}), "csv", how)
    found = re.findall(
        r"<tr><td>(\d+)</td><td>(.*?)</td><td><code>(\w+)</code></td><td>(.*?)<", page
    )
    assert [row[:3] for row in found] == [("2", "taper", "body")]
    assert message in unescape(found[0][3])
    assert 'name="confirm"' not in page
    assert everything() == before


PARTS = [
    ("key_facts", [{"headline": "H", "detail": "[a](javascript:x)"}], "1 detail: A “javascript:”"),
    ("tips", ["Fine.", "Cite.[^3]"], "2: There is no source 3 to cite"),
    ("faqs", [{"question": "Q?", "answer": "[a](#tips)"}], "1 answer: “#tips” is no place"),
    (
        "care_advice",
        [{"level": "emergency", "text": "[a](/no/)"}],
        "1 text: There is no page at /no/",
    ),
]


@pytest.mark.parametrize(("column", "value", "message"), PARTS)
def test_every_part_is_checked(
    desk: Client, taper: Term, column: str, value: object, message: str
) -> None:
    page = preview(desk, sheet({"slug": "taper", column: json.dumps(value)}), "csv")
    assert f"<code>{column}</code></td><td>{message}" in unescape(page)


def test_rows_of_one_file_may_link_each_other(desk: Client) -> None:
    rows = [new("a", body="[b](/glossary/b/)"), new("b", body="[a](/glossary/a/)")]
    assert "2 new" in bring_in(desk, sheet(*rows), "csv")


@pytest.mark.parametrize(
    ("body", "reason"),
    [("[a](javascript:alert(1))", "“javascript:” link is not shown"),
     ("[a][1]\n\n[1]: javascript:x", "“javascript:” link is not shown"),
     ("A claim.[^2]", "There is no source 2 to cite")],
)  # fmt: skip
def test_a_file_with_such_a_link_is_not_loaded(
    tmp_path: Path, taper: Term, body: str, reason: str
) -> None:
    dump_glossary(tmp_path)
    file = tmp_path / "taper.md"
    file.write_text(file.read_text().replace("Live body.", body))
    with pytest.raises(ContentError, match=re.escape(reason)) as refused:
        load_glossary(tmp_path)
    line = refused.value.problems[0].line
    assert file.read_text().splitlines()[line - 1] == body.splitlines()[0]
    assert page_of("taper").count("Live body.")


# As drafts.


def test_drafts_are_what_an_import_makes_unless_told_otherwise(desk: Client, taper: Term) -> None:
    form = desk.get(IMPORT).content.decode()
    assert re.search(r'value="drafts"[^>]* checked', form)
    for how in ("drafts", "", "rubbish"):
        page = preview(desk, sheet({"slug": "taper", "definition": f"New {how}."}), "csv", how)
        assert 'value="Import and publish"' not in page


def test_a_public_page_gets_a_draft_beside_it(desk: Client, taper: Term) -> None:
    before = page_of("taper")
    data = sheet({"slug": "taper", "definition": "New.", "tips": '["A tip."]', "aliases": ""})
    page = preview(desk, data, "csv", "drafts")
    assert "The public page stays; this becomes its draft." in page
    assert "1 changed" in page
    assert not Term.objects.exclude(draft=None).exists()
    assert "Imported as drafts: 0 new, 1 changed" in confirm(desk, page)
    assert page_of("taper") == before
    form = desk.get(form_of(taper)).content.decode()
    for words in ("New.", "A tip.", "You see its draft"):
        assert words in form
    assert b"New." not in Client().get("/api/v1/terms/taper/").content
    taper.refresh_from_db()
    publish.publish(taper)
    taper.refresh_from_db()
    assert (taper.definition, taper.body, taper.aliases.count()) == ("New.", "Live body.", 0)
    assert taper.tips.get().text == "A tip."


def test_a_new_term_is_a_draft_whatever_its_row_says(desk: Client, taper: Term) -> None:
    FormerAddress.objects.create(slug="easing", term=taper)
    row = new("wind-down", state="published", formerly='["easing"]', changed_on="2026-11-01",
              first_published_at="2026-11-01T00:00:00+00:00")  # fmt: skip
    page = preview(desk, sheet(row), "csv", "drafts")
    assert "No draft holds <code>state, changed_on, first_published_at, formerly</code>" in page
    confirm(desk, page)
    term = Term.objects.get(slug="wind-down")
    assert (term.state, term.first_published_at) == ("draft", None)
    assert Client().get("/glossary/easing/")["Location"] == "/glossary/taper/"


def test_a_draft_may_relate_to_a_term_that_is_new_in_the_file(desk: Client, taper: Term) -> None:
    rows = [
        {**new("wind-down"), "related": '[{"term": "taper"}]'},
        {
            "slug": "taper",
            "title": "Taper",
            "category": taper.category.slug,
            "definition": "Live.",
            "body": "Live body.",
            "related": '[{"term": "wind-down"}]',
        },
    ]
    bring_in(desk, sheet(*rows), "csv", "drafts")
    taper.refresh_from_db()
    publish.publish(taper)
    assert taper.relations.get().other.slug == "wind-down"


def test_taking_a_page_off_the_site_is_not_done_by_a_draft(desk: Client, taper: Term) -> None:
    page = preview(desk, sheet({"slug": "taper", "state": "draft"}), "csv", "drafts")
    assert "0 new, 0 changed, 1 as before" in page
    data = sheet({"slug": "taper", "state": "draft", "definition": "New."})
    page = preview(desk, data, "csv", "drafts")
    assert "No draft holds <code>state</code>: left as it is." in as_read(page)
    confirm(desk, page)
    assert Client().get("/glossary/taper/").status_code == 200


def test_what_a_pending_draft_changed_and_the_row_did_not_stays(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.", definition="Draft definition.", slug="tapering")
    taper.refresh_from_db()
    older = taper.draft_id
    row = {"slug": "taper", "definition": "Row definition.", "body": "Live body."}
    page = preview(desk, sheet(row), "csv", "drafts")
    assert "It has an unpublished draft. This goes into it" in page
    assert "<del>Draft </del><ins>Row </ins>" in page
    confirm(desk, page)
    taper.refresh_from_db()
    assert taper.draft_id != older
    assert older in [version.revision_id for version in versions(taper)]
    publish.publish(taper)
    taper.refresh_from_db()
    assert (taper.body, taper.definition) == ("Draft body.", "Row definition.")
    assert taper.slug == "tapering"


def test_a_row_that_says_what_readers_see_leaves_a_draft_alone(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    taper.refresh_from_db()
    before = taper.draft_id
    page = preview(desk, sheet({"slug": "taper", "body": "Live body."}), "csv", "drafts")
    assert "0 new, 0 changed, 1 as before" in page
    taper.refresh_from_db()
    assert taper.draft_id == before


def test_a_planned_draft_keeps_its_plan(desk: Client, taper: Term) -> None:
    later = timezone.now() + timedelta(days=3)
    save(desk, taper, "_publish", body="Draft body.", publish_at_0=f"{later:%Y-%m-%d}",
         publish_at_1=f"{later:%H:%M:%S}", significance="major")  # fmt: skip
    bring_in(desk, sheet({"slug": "taper", "definition": "New."}), "csv", "drafts")
    taper.refresh_from_db()
    assert taper.draft_publish_at == later.replace(microsecond=0)
    assert taper.draft_is_major


def test_a_name_that_a_draft_gives_up_is_still_taken(desk: Client, taper: Term) -> None:
    rows = [
        {**new("other"), "aliases": '[{"name": "Tapering", "kind": "synonym"}]'},
        {**new("taper"), "title": "Taper", "aliases": ""},
    ]
    page = preview(desk, sheet(*rows), "csv", "drafts")
    assert "already a name of “Taper”" in page
    assert not history.latest(taper.pk)


# Who may.


def test_an_import_needs_both_rights(editor: User) -> None:
    for only in ("add_term", "change_term"):
        editor.groups.clear()
        editor.user_permissions.set(Permission.objects.filter(codename__in=["view_term", only]))
        client = client_of(User.objects.get(pk=editor.pk))
        assert client.get("/admin/glossary/term/").status_code == 200
        assert client.get(IMPORT).status_code == 403, only
        assert client.post("/admin/glossary/term/process_import/").status_code == 403
    editor.user_permissions.set(
        Permission.objects.filter(codename__in=["add_term", "change_term", "view_term"])
    )
    assert client_of(User.objects.get(pk=editor.pk)).get(IMPORT).status_code == 200


def test_sources_do_not_move_under_texts_that_are_not_in_the_file(desk: Client) -> None:
    term = TermFactory(slug="kick", title="Kick", body="First.[^1] Second.[^2]")
    first, second, third = (
        {"title": f"Study {n}", "url": f"https://study.example/{n}"} for n in (1, 2, 3)
    )
    Source.objects.create(term=term, position=0, **first)
    Source.objects.create(term=term, position=1, **second)
    for sources in [[second, first], [third, first, second], [first]]:
        page = unescape(
            preview(desk, sheet({"slug": "kick", "sources": json.dumps(sources)}), "csv")
        )
        assert "moves or goes, and a text cites it that is not in the file" in page
    # One more at the end moves nobody's, and whoever gives the text says what it cites.
    added = [first, second, third]
    bring_in(desk, sheet({"slug": "kick", "sources": json.dumps(added)}), "csv")
    both = {"sources": json.dumps([second, first]), "body": "First.[^2] Second.[^1]"}
    bring_in(desk, sheet({"slug": "kick", **both}), "csv")
    titles = term.sources.values_list("title", flat=True)
    assert list(titles) == ["Study 2", "Study 1"]
