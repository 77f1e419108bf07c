"""Which pages are linked anew when a term changes, when, and by whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from glossary.linking import relinking
from glossary.linking.relinking import relink, relink_all, relink_soon
from glossary.models import FAQ, Alias, KeyFact, LinkedText, RelatedTerm, Term, Tip
from glossary.search.finding import index_terms
from organizers.models import User
from races.models import Race
from races.search.text import index_races
from tests.backstage import run_worker
from tests.desk import as_read, client_of, save
from tests.factories import CategoryFactory, RaceFactory, TermFactory
from text import linking

pytestmark = pytest.mark.django_db


def make(title: str, body: str = "Nothing.", **more: object) -> Term:
    term: Term = TermFactory(title=title, slug=title.lower().replace(" ", "-"), body=body, **more)
    index_terms(Term.objects.filter(pk=term.pk))
    return term


@pytest.fixture
def work() -> Callable[[], None]:
    """What the worker does when it next looks."""
    return run_worker


def page_of(term: Term | Race) -> str:
    return Client().get(term.get_absolute_url()).content.decode()


def anchor(words: str, address: str) -> str:
    return f'<a href="{address}" class="term-link" data-preview="" rel="noopener">{words}</a>'


def links_to(term: Term) -> set[str]:
    return set(LinkedText.objects.filter(links=[term.pk]).values_list("term__slug", flat=True))


def test_a_term_is_linked_in_all_its_readers_texts_but_not_in_care_advice() -> None:
    for title in ("Taper", "Bonk", "Strides", "Century"):
        make(title)
    plan = make("Plan", "A taper.")
    KeyFact.objects.create(term=plan, headline="A fact on the bonk", detail="Bonk or taper.")
    Tip.objects.create(term=plan, text="Run *strides*.")
    FAQ.objects.create(term=plan, question="What is a century?", answer="Two centuries.")
    plan.care_advice.create(level="emergency", text="Never bonk.")
    relink([plan.pk])
    html = as_read(page_of(plan))
    assert f"<p>A {anchor('taper', '/glossary/taper/')}.</p>" in html
    assert f"<dd>{anchor('Bonk', '/glossary/bonk/')} or taper.</dd>" in html
    assert f"<li>Run <em>{anchor('strides', '/glossary/strides/')}</em>.</li>" in html
    assert f"<p>Two {anchor('centuries', '/glossary/century/')}.</p>" in html
    assert html.count("term-link") == 4


def test_publishing_links_what_mentions_it_and_a_request_only_asks_for_it(
    work: Callable[[], None],
) -> None:
    plan = make("Plan", "Then tapers come.")
    race = RaceFactory(description="Time for a taper.")
    index_races(Race.objects.all())
    taper = make("Taper", state="draft")
    relink_all()
    assert "term-link" not in page_of(plan) + page_of(race)

    Term.objects.filter(pk=taper.pk).update(state="published")
    with CaptureQueriesContext(connection) as queries:
        relink_soon([taper.pk])
    assert len(queries) == 1
    assert "term-link" not in page_of(plan) + page_of(race)
    work()
    assert anchor("tapers", "/glossary/taper/") in page_of(plan)
    assert anchor("taper", "/glossary/taper/") in page_of(race)


@pytest.mark.parametrize("how", ["unpublished", "deleted", "no longer linked by its title"])
def test_what_is_gone_is_no_longer_linked(how: str, work: Callable[[], None]) -> None:
    taper, plan = make("Taper"), make("Plan", "A taper.")
    race = RaceFactory(description="A taper.")
    relink_all()
    assert "term-link" in page_of(plan)
    pk = taper.pk
    if how == "deleted":
        taper.delete()
    elif how == "unpublished":
        Term.objects.filter(pk=pk).update(state="draft")
    else:
        Term.objects.filter(pk=pk).update(link_title=False)
    relink_soon([pk])
    work()
    assert "term-link" not in page_of(plan) + page_of(race)
    assert not LinkedText.objects.filter(links__contains=[pk]).exists()
    assert not Race.objects.filter(links__contains=[pk]).exists()
    assert LinkedText.objects.filter(term=pk).exists() == (how.startswith("no"))


def test_a_new_address_and_a_new_name_are_followed(work: Callable[[], None]) -> None:
    taper, plan = make("Taper"), make("Plan", "A taper, some rest.")
    relink_all()
    Term.objects.filter(pk=taper.pk).update(slug="tapering")
    relink_soon([taper.pk])
    work()
    assert anchor("taper", "/glossary/tapering/") in page_of(plan)

    taper.refresh_from_db()
    taper.title = "Rest"
    taper.save()
    index_terms(Term.objects.filter(pk=taper.pk))
    relink([taper.pk])
    assert anchor("rest", "/glossary/tapering/") in page_of(plan)
    assert page_of(plan).count("term-link") == 1


def test_a_term_that_is_due_later_is_linked_then(work: Callable[[], None]) -> None:
    due = timezone.now() + timedelta(hours=1)
    taper, plan = make("Taper", publish_at=due), make("Plan", "A taper.")
    relink_soon([taper.pk], run_after=due)
    work()
    relink_all()
    assert "term-link" not in page_of(plan)
    Term.objects.update(publish_at=timezone.now())
    DBTaskResult.objects.update(run_after=timezone.now())
    work()
    assert "term-link" in page_of(plan)


def test_a_text_changed_since_is_shown_without_links_rather_than_as_it_was() -> None:
    make("Taper")
    plan = make("Plan", "A taper.")
    relink_all()
    Term.objects.filter(pk=plan.pk).update(body="Another taper.")
    assert "<p>Another taper.</p>" in page_of(plan)
    tip = Tip.objects.create(term=plan, text="A taper.")
    relink([plan.pk])
    assert "Another <a" in page_of(plan)
    tip.delete()
    assert "<p>Another taper.</p>" in page_of(plan)


def test_editors_words_are_kept() -> None:
    taper = make("Taper")
    Alias.objects.create(term=taper, name="Base", never_link=True)
    Alias.objects.create(term=taper, name="Tapper", kind="misspelling")
    Alias.objects.create(term=taper, name="Heavy legs", kind="symptom")
    Alias.objects.create(term=taper, name="TPR", kind="abbreviation")
    make("One", "The base, a tapper, heavy legs, tpr.")
    make("Two", "A taper.", unlinked_words=["tapers", "taper"])
    make("Three", "The TPR.")
    RaceFactory(description="A taper.", unlinked_words=["Taper"])
    relink_all()
    assert links_to(taper) == {"three"}
    assert Race.objects.get().links == []


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("VO2max", "synonym", "VO2 max"),
        ("VO2 max", "synonym", "vo2max"),
        ("Ultramarathon", "synonym", "ultra-marathons"),
        ("Ultra trail run", "synonym", "an ultratrail run"),
        ("Ultra trail run", "synonym", "an ultra-trailrun"),
        ("DNF", "abbreviation", "two DNFs"),
        ("The Wall", "synonym", "the walls"),
        ("Runner's knee", "synonym", "runners’ knees"),
        ("Century", "synonym", "centuries"),
        ("Crutch", "synonym", "crutches"),
        ("Côte", "synonym", "the cotes"),
        ("Analysis", "synonym", "analysis's"),
        ("10% rule", "synonym", "10% rules"),
        ("R.I.C.E. rule", "synonym", "RICE rule"),
        ("Out and back", "synonym", "an out-and-back"),
    ],
)
def test_whatever_is_linked_was_found_by_the_search_index(name: str, kind: str, text: str) -> None:
    """Or relinking one term and relinking all would differ."""
    term = make("Zzyzx")
    Alias.objects.create(term=term, name=name, kind=kind)
    plan = make("Plan", f"It is {text}.")
    relink([term.pk])
    assert LinkedText.objects.get(term=plan).links == [term.pk]


def test_many_changed_terms_are_one_run_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relinking, "MANY", 1)
    taper, bonk, plan = make("Taper"), make("Bonk"), make("Plan", "A taper, a bonk.")
    relink([taper.pk, bonk.pk])
    assert LinkedText.objects.get(term=plan).links == [taper.pk, bonk.pk]


def test_links_cost_the_pages_no_query() -> None:
    make("Taper")
    plan, race = make("Plan", "A taper."), RaceFactory(description="A taper.")
    for page in (plan, race):
        with CaptureQueriesContext(connection) as before:
            assert "term-link" not in page_of(page)
        relink_all()
        with CaptureQueriesContext(connection) as after:
            assert "term-link" in page_of(page)
        assert len(after) == len(before)
        LinkedText.objects.all().delete()
        Race.objects.update(description_html=None)


def test_showing_a_linked_page_looks_for_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    make("Taper")
    plan = make("Plan", "A taper.")
    relink_all()
    monkeypatch.setattr(linking, "link", None)
    assert "term-link" in page_of(plan)


def test_the_command_links_all_or_what_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    make("Taper")
    plan = make("Plan", "A taper.")
    call_command("relink")
    assert "2 pages" in capsys.readouterr().out
    assert "term-link" in page_of(plan)
    LinkedText.objects.all().delete()
    call_command("relink", "taper")
    assert "term-link" in page_of(plan)
    with pytest.raises(CommandError, match="There is no term nowhere"):
        call_command("relink", "nowhere", "taper")


def test_reports_of_pages_with_too_many_links_too_few_and_none_to_them() -> None:
    CategoryFactory()
    words = [make(f"Zork {chr(97 + n)}") for n in range(relinking.MOST_LINKS + 1)]
    full = make("Full", ", ".join(word.title for word in words))
    right = make("Right", ", ".join(word.title for word in words[:-1]))
    lone = make("Lone", words[0].title)
    draft = make("Draft", "Full, Lone.", state="draft")
    RelatedTerm.objects.create(term=lone, other=right)
    RelatedTerm.objects.create(term=draft, other=full)
    relink_all()
    assert [(t.slug, t.link_count) for t in relinking.over_linked()] == [
        ("full", relinking.MOST_LINKS + 1)
    ]
    under = [(t.slug, t.link_count) for t in relinking.under_linked()]
    assert under[0] == ("zork-a", 0)
    assert under[-1] == ("lone", 1)
    assert len(under) == len(words) + 1
    assert {t.slug for t in relinking.orphans()} == {"full", "lone"}
    assert {t.slug: t.link_count for t in relinking.orphans()} == {"full": 13, "lone": 1}


def test_an_editor_changes_a_race_and_its_links_follow(
    editor: User, work: Callable[[], None]
) -> None:
    make("Taper")
    race = RaceFactory(description="Hot.")
    relink_all()
    client = client_of(editor)
    assert save(client, race, description="A taper, and a taper.").status_code == 302
    assert "<p>A taper, and a taper.</p>" in page_of(race)
    work()
    assert f"<p>A {anchor('taper', '/glossary/taper/')}, and a taper.</p>" in page_of(race)

    assert save(client, race, unlinked_words="tapers, taper").status_code == 302
    work()
    assert "<p>A taper, and a taper.</p>" in page_of(race)
    assert save(client, race, city="Olot").status_code == 302
    assert save(client, race, unlinked_words="tapers").status_code == 302


def test_a_card_is_what_a_link_can_show() -> None:
    taper = make("Taper", definition="Less & less <b>.")
    response = Client().get("/glossary/taper/card/")
    assert "Less &amp; less &lt;b&gt;." in response.content.decode()
    assert "<a" not in response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"
    assert "public" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")
    assert Client().post("/glossary/taper/card/").status_code == 405

    taper.former_addresses.create(slug="tapper")
    moved = Client().get("/glossary/tapper/card/")
    assert (moved.status_code, moved["Location"]) == (301, "/glossary/taper/card/")
    make("Hidden", state="draft")
    assert Client().get("/glossary/hidden/card/").status_code == 404
    assert Client().get("/glossary/nowhere/card/").status_code == 404
    taper.former_addresses.update(term=None)
    assert Client().get("/glossary/tapper/card/").status_code == 410


def test_a_word_to_come_is_linked_when_it_has_come() -> None:
    later = timezone.now() + timedelta(days=2)
    term = TermFactory(publish_at=later)
    relinking.relink_in_time([term.pk, TermFactory().pk])
    assert [task.run_after for task in DBTaskResult.objects.all()] == [later]
