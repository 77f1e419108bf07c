"""Files and database say the same: a dump after a load, and a load after a dump, change nothing."""

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from glossary.files import term_files
from glossary.files.dumping import canonical, contents_of, dump_glossary, text_of
from glossary.files.loading import load_glossary
from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    Category,
    FormerAddress,
    RelatedTerm,
    Source,
    Term,
    Tip,
)
from tests.factories import (
    CategoryFactory,
    TermFactory,
    awkward,
    everything,
    fill,
)
from text import content_files
from text.tidy import tidy

pytestmark = pytest.mark.django_db


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def empty() -> None:
    for model in (Term, FormerAddress, Category):
        model._default_manager.all().delete()


def test_the_content_that_comes_with_the_site_is_written_as_it_was_read(tmp_path: Path) -> None:
    load_glossary()
    with CaptureQueriesContext(connection) as queries:
        dump_glossary(tmp_path)
    assert len(queries) < 20
    assert files(tmp_path) == files(term_files.CONTENT)
    # Written there anew, it is as it was, and loading finds nothing to do.
    assert len(load_glossary(tmp_path).unchanged) == Term.objects.count()


def test_an_awkward_term_survives_files(tmp_path: Path) -> None:
    awkward()
    before, rows = everything(), list(Source.objects.order_by("pk").values())
    dump_glossary(tmp_path)
    changes = load_glossary(tmp_path)
    assert (changes.created, changes.updated) == ([], [])
    # Not rewritten either: the rows are the very same.
    assert list(Source.objects.order_by("pk").values()) == rows
    empty()
    load_glossary(tmp_path)
    assert everything() == before
    again = tmp_path / "again"
    dump_glossary(again)
    assert files(again) == files(tmp_path)


TEXT = st.text(
    st.one_of(
        st.sampled_from(" \n\r\t:#-'\"{}[],&*!|>%@`~?\\.0"),
        st.characters(codec="utf-8"),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(texts=st.lists(TEXT, min_size=6, max_size=6))
def test_whatever_text_is_read_as_it_was_written(texts: list[str]) -> None:
    a, b, c, d, e, f = map(tidy, texts)
    data = {
        "title": a, "category": b, "definition": f"{c} {d}" * 3, "unlinked_words": [e, f],
        "key_facts": [{"headline": a, "detail": f"{b}\n{c}"}], "tips": [d, f"{e}: >-\n{f * 9}"],
        "faqs": [{"question": f, "answer": f"{a} {b} " * 4}], "change_note": c,
        "related": [{"term": d, "note": e}], "changed_on": date(2026, 11, 1),
        "sources": [{"title": f, "url": a}], "care_advice": [{"level": b, "text": c + d}],
    }  # fmt: skip
    written = content_files.ContentFile(Path("t.md"), canonical(data), tidy(f"{a}\n{b}"), 1, {})
    read = content_files.parse(written.path, text_of(written).encode(), term_files.TERM)
    assert (read.data, read.body) == (written.data, written.body)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(TEXT, min_size=8, max_size=8))
def test_whatever_an_editor_can_type_survives_files(tmp_path: Path, texts: list[str]) -> None:
    a, b, c, d, e, f, g, h = texts
    with transaction.atomic():
        term = TermFactory.build(
            title=a, slug="t", category=CategoryFactory(), definition=b, body=f"{c}\n{d}",
            change_note=d[:200], unlinked_words=[tidy(e) or "-"],
            first_published_at=datetime(2026, 11, 1, tzinfo=UTC),
        )  # fmt: skip
        try:
            fill(term)
            fill(
                Tip(term=term, text=c),
                Tip(term=term, text=f, position=1),
                FAQ(term=term, question=g, answer=f"{h} a{e} " * 3),
                Source(term=term, title=b, url="https://s.example/"),
                CareAdvice(term=term, level="emergency", text=f"{g} {a}"),
                Alias(term=term, name=h),
            )
        except ValidationError:
            reject()
        before = everything()
        dump_glossary(tmp_path)
        assert load_glossary(tmp_path).unchanged == ["t"]
        empty()
        load_glossary(tmp_path)
        assert everything() == before
        transaction.set_rollback(True)


def test_a_dump_says_what_is_no_longer_a_term_and_deletes_nothing(tmp_path: Path) -> None:
    term = TermFactory(title="Fartlek", slug="fartlek")
    gone = TermFactory(title="Gone", slug="gone")
    dump_glossary(tmp_path)
    gone.delete()
    FormerAddress.objects.create(slug="gone")
    Term.objects.filter(pk=term.pk).update(slug="speed-play")
    FormerAddress.objects.create(slug="fartlek", term=term)
    out = io.StringIO()
    call_command("dump_glossary", tmp_path, stdout=out)
    assert "delete it: fartlek.md" in out.getvalue()
    assert "delete it: gone.md" in out.getvalue()
    assert (tmp_path / "fartlek.md").exists()
    assert (tmp_path / "removed.yaml").read_text().endswith("- gone\n")
    with pytest.raises(content_files.ContentError, match="fartlek.md:1: this term is now in speed"):
        load_glossary(tmp_path)


def test_a_dump_keeps_out_of_folders_of_other_files(tmp_path: Path) -> None:
    TermFactory(slug="fartlek")
    (tmp_path / "README.md").write_text("Read me.")
    with pytest.raises(CommandError, match="README.md"):
        call_command("dump_glossary", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    call_command("dump_glossary", tmp_path, "--force", stdout=io.StringIO())
    assert (tmp_path / "README.md").read_text() == "Read me."
    assert (tmp_path / "fartlek.md").exists()
    with pytest.raises(CommandError, match=r"README\.md/x: Not a directory"):
        call_command("dump_glossary", tmp_path / "README.md" / "x")


def test_what_was_deleted_stays_deleted_on_another_site(tmp_path: Path) -> None:
    TermFactory(slug="gone")
    dump_glossary(tmp_path)
    (tmp_path / "removed.yaml").write_text("- gone\n- long-gone\n")
    Term.objects.all().delete()
    load_glossary(tmp_path)
    assert not Term.objects.exists()
    (tmp_path / "removed.yaml").write_text("- no slug\n")
    with pytest.raises(content_files.ContentError, match="removed.yaml:1: not a list of addresses"):
        load_glossary(tmp_path)


def test_a_change_of_layout_alone_changes_nothing(tmp_path: Path) -> None:
    term = TermFactory(title="Fartlek", slug="fartlek", state="draft")
    dump_glossary(tmp_path)
    load_glossary(tmp_path)
    Term.objects.update(definition="An editor's own.", state="published")
    path = tmp_path / "fartlek.md"
    path.write_text(path.read_text().replace("title: Fartlek", 'title:   "Fartlek"'))
    assert load_glossary(tmp_path).unchanged == ["fartlek"]
    term.refresh_from_db()
    assert term.definition == "An editor's own."


def test_many_terms_are_read_in_few_queries() -> None:
    awkward()
    with CaptureQueriesContext(connection) as queries:
        list(contents_of(Term.objects.all()))
    few = len(queries)
    for _ in range(5):
        RelatedTerm.objects.create(term=TermFactory(), other=TermFactory())
    with CaptureQueriesContext(connection) as queries:
        list(contents_of(Term.objects.all()))
    assert len(queries) == few <= 9


def test_a_word_written_again_is_not_taken_for_removed(tmp_path: Path) -> None:
    FormerAddress.objects.create(slug="fartlek")
    TermFactory(slug="fartlek", title="Fartlek", state="draft")
    dump_glossary(tmp_path)
    assert "fartlek" not in (tmp_path / "removed.yaml").read_text()
    changed = (tmp_path / "fartlek.md").read_text().replace("title: Fartlek", "title: Speed play")
    (tmp_path / "fartlek.md").write_text(changed)
    assert load_glossary(tmp_path).updated == ["fartlek"]
