"""Names that move, are taken, or are wanted by two at once; and what no version may move."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from glossary.models import Alias, LinkedText, Term
from glossary.publishing import history, publish
from glossary.search.finding import index_terms
from organizers.models import User
from tests.backstage import CONCURRENT, run_worker, second_person, wait_until_somebody_waits_for_us
from tests.desk import (
    alias_values,
    as_read,
    client_of,
    errors,
    form_of,
    opened,
    page_of,
    save,
    shared_link,
    term_values,
)
from tests.factories import TermFactory, UserFactory

ADD = "/admin/glossary/term/add/"


@pytest.fixture
def taper(db: None) -> Term:
    term: Term = TermFactory(title="Taper", slug="taper", body="Live body.")
    for name in ("Tapering", "Wind down"):
        Alias.objects.create(term=term, name=name)
    return term


def names_of(term: Term) -> dict[int, str]:
    return dict(Alias.objects.filter(term=term).values_list("pk", "name"))


# Names that move.


def test_two_aliases_are_swapped(desk: Client, taper: Term) -> None:
    (one, first), (two, second) = names_of(taper).items()
    swap = {"aliases-0-name": second, "aliases-1-name": first}
    assert save(desk, taper, "_publish", **swap).status_code == 302
    assert names_of(taper) == {one: second, two: first}


def test_an_alias_goes_and_comes_in_one_save(desk: Client, taper: Term) -> None:
    typed = {"aliases-0-DELETE": "on", "aliases-2-name": "Tapering", "aliases-2-kind": "synonym"}
    response = save(desk, taper, "_publish", **{"aliases-TOTAL_FORMS": "3"}, **typed)
    assert response.status_code == 302
    assert sorted(names_of(taper).values()) == ["Tapering", "Wind down"]


def test_an_alias_moves_to_another_term_in_two_saves(desk: Client, taper: Term) -> None:
    other = TermFactory()
    typed = alias_values("Tapering")
    assert save(desk, other, "_publish", **typed).status_code == 200
    save(desk, taper, "_publish", **{"aliases-0-DELETE": "on"})
    assert save(desk, other, "_publish", **typed).status_code == 302
    assert list(names_of(other).values()) == ["Tapering"]


def test_an_old_version_opens_whose_aliases_were_swapped_since(desk: Client, taper: Term) -> None:
    before = names_of(taper)
    save(desk, taper, "_publish")
    oldest = history.latest(taper.pk)
    assert oldest
    swap = {"aliases-0-name": "Wind down", "aliases-1-name": "Tapering"}
    save(desk, taper, "_publish", **swap)
    values = opened(desk, f"{form_of(taper)}?revision={oldest.pk}")
    assert desk.post(form_of(taper), {**values, "_publish": "x"}).status_code == 302
    assert names_of(taper) == before


# Names that another term has by now.


def give_away_alias() -> None:
    Alias.objects.create(term=TermFactory(title="Other"), name="Given away")


def give_away_title() -> None:
    TermFactory(title="Given away")


def give_away_slug() -> None:
    TermFactory(title="Other", slug="given-away")


TAKEN = [
    ({"aliases-0-name": "Given away"}, give_away_alias, "id_aliases-0-name", "“Other” already has"),
    ({"aliases-0-name": "Given away"}, give_away_title, "id_aliases-0-name", "is the title of"),
    ({"title": "Given away"}, give_away_title, "id_title", "Another term has this title."),
    ({"title": "Given away"}, give_away_alias, "id_title", "“Other” has this name as an alias."),
    ({"slug": "given-away"}, give_away_slug, "id_slug", "already exists"),
]


@pytest.mark.parametrize(("typed", "give_away", "field", "said"), TAKEN)
def test_a_draft_opens_whose_name_was_given_away(
    desk: Client,
    taper: Term,
    typed: dict[str, str],
    give_away: Callable[[], None],
    field: str,
    said: str,
) -> None:
    save(desk, taper, body="Draft body.", **typed)
    give_away()
    address = form_of(taper)
    page = desk.get(address).content.decode()
    assert "Draft body." in page
    assert next(iter(typed.values())) in page
    assert "It can’t be published like this" in page
    assert said in errors(page)[field]
    # Saved as it is, it is refused; mended, it is published.
    refused = save(desk, taper, "_publish")
    assert said in errors(refused.content.decode())[field]
    mended = dict.fromkeys(typed, "ours-alone")
    assert save(desk, taper, "_publish", **mended).status_code == 302
    assert "Draft body." in page_of(Term.objects.get(pk=taper.pk).slug)


@pytest.mark.parametrize(("typed", "give_away"), [case[:2] for case in TAKEN])
def test_such_a_draft_is_previewed_and_says_so(
    desk: Client, taper: Term, typed: dict[str, str], give_away: Callable[[], None]
) -> None:
    save(desk, taper, body="Draft body.", **typed)
    give_away()
    response = Client().get(shared_link(desk, taper))
    assert response.status_code == 200
    page = as_read(response.content.decode())
    assert "Draft body." in page
    if "slug" not in typed:
        assert "It can’t be published like this: “Given away” is a name of another term" in page
    assert "Live body." in page_of("taper")


@pytest.mark.parametrize(("typed", "give_away"), [case[:2] for case in TAKEN])
def test_such_a_draft_is_not_published(
    desk: Client, taper: Term, typed: dict[str, str], give_away: Callable[[], None]
) -> None:
    save(desk, taper, body="Draft body.", **typed)
    give_away()
    chosen = {"action": "publish_chosen", "_selected_action": [taper.pk]}
    desk.post("/admin/glossary/term/", chosen)
    taper.refresh_from_db()
    assert (taper.body, taper.title, taper.slug) == ("Live body.", "Taper", "taper")
    assert "Tapering" in names_of(taper).values()


def test_an_ordinary_draft_says_nothing_of_the_kind(desk: Client, taper: Term) -> None:
    save(desk, taper, body="Draft body.")
    assert "can’t be published" not in desk.get(form_of(taper)).content.decode()
    assert "can’t be published" not in Client().get(shared_link(desk, taper)).content.decode()


# Two at once.


def take_title() -> None:
    TermFactory(title="Fartlek", slug="theirs")


def take_slug() -> None:
    TermFactory(title="Theirs", slug="fartlek")


def take_as_alias() -> None:
    Alias.objects.create(term=TermFactory(title="Theirs"), name="Fartlek")
    history.check_now()


def take_alias() -> None:
    Alias.objects.create(term=TermFactory(title="Theirs"), name="Speed play")


def take_alias_as_title() -> None:
    TermFactory(title="Speed play")
    history.check_now()


@CONCURRENT
@pytest.mark.parametrize(
    ("take", "field", "said"),
    [
        (take_title, "id_title", "Another term has this title."),
        (take_slug, "id_slug", "already exists"),
        (take_as_alias, "id_title", "“Theirs” has this name as an alias."),
        (take_alias, "id_aliases-0-name", "“Theirs” already has this alias."),
        (take_alias_as_title, "id_aliases-0-name", "This is the title of “Speed play”."),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_who_is_second_by_a_moment_gets_the_form_back(
    editor: User, take: Callable[[], None], field: str, said: str, is_new: bool
) -> None:
    desk = client_of(editor)
    values = term_values(**alias_values("Speed play"), body="Typed with care.")
    address = ADD
    if not is_new:
        mine = TermFactory(title="Mine", slug="mine", state="draft")
        address = form_of(mine)
        values = {**opened(desk, address), **values}
    responses: list[Any] = []
    thread, outcome = second_person(lambda: responses.append(desk.post(address, values)))
    with transaction.atomic():
        take()
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(30)
    assert outcome == ["done"]
    assert responses[0].status_code == 200
    page = responses[0].content.decode()
    assert said in errors(page)[field]
    assert "Typed with care." in page
    assert "Saved" not in page
    assert not Term.objects.filter(body="Typed with care.").exists()


@CONCURRENT
def test_a_draft_waits_for_the_colleague_who_saves_just_now_and_says_so(editor: User) -> None:
    taper = TermFactory(title="Taper", slug="taper", body="Live body.")
    history.record_first(taper)
    desk, other = client_of(editor), UserFactory(email="second@example.com")
    address = form_of(taper)
    values = {**opened(desk, address), "body": "My body.", "_draft": "x"}
    responses: list[Any] = []
    thread, outcome = second_person(lambda: responses.append(desk.post(address, values)))
    with transaction.atomic():
        theirs = Term.objects.select_for_update(no_key=True).get(pk=taper.pk)
        theirs.body = "Their body."
        theirs.save()
        history.record(theirs, other, "Published")
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(30)
    assert outcome == ["done"]
    assert responses[0].status_code == 200
    page = responses[0].content.decode()
    assert "second@example.com saved this page" in page
    assert "My body." in page
    taper.refresh_from_db()
    assert (taper.body, taper.draft) == ("Their body.", None)


# What no version may move, and what must follow from a publication.

FIRST = datetime(2026, 5, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("is_public", [True, False])
def test_an_old_version_moves_no_publication(desk: Client, taper: Term, is_public: bool) -> None:
    Term.objects.update(state="draft", first_published_at=None, changed_on=date(2026, 1, 1))
    history.record(taper)
    old = history.latest(taper.pk)
    assert old
    state = "published" if is_public else "draft"
    Term.objects.update(state=state, first_published_at=FIRST, changed_on=date(2026, 5, 1))
    Term.objects.update(body="New body.")
    history.record(taper)
    fields = ("state", "publish_at", "first_published_at", "changed_on", "draft_publish_at")
    before = Term.objects.values(*fields).get()
    address = form_of(taper)
    values = {**opened(desk, f"{address}?revision={old.pk}"), "body": "Live body."}
    values |= {"_publish" if is_public else "_draft": "x"}
    assert desk.post(address, values).status_code == 302
    assert Term.objects.values(*fields).get() == before
    assert Term.objects.get().body == "Live body."
    with transaction.atomic():
        history.bring_back(old, taper.pk)
    assert Term.objects.values(*fields).get() == before


@pytest.mark.parametrize("way", ["form", "action", "unpublish"])
def test_other_pages_link_what_was_published(desk: Client, way: str) -> None:
    user = TermFactory(title="Intervals", slug="intervals", body="Unlike a fartlek run.")
    term = TermFactory(title="Fartlek", slug="fartlek", state="draft")
    index_terms(Term.objects.all())
    if way == "unpublish":
        publish.publish(term)
        run_worker()
        publish.unpublish(term)
    elif way == "form":
        save(desk, term, "_publish")
    else:
        publish.publish(term)
    run_worker()
    linked = LinkedText.objects.filter(links=[term.pk]).values_list("term", flat=True)
    assert list(linked) == ([] if way == "unpublish" else [user.pk])
    assert ('href="/glossary/fartlek/"' in page_of("intervals")) == (way != "unpublish")


# What the database refuses, whoever writes.


@pytest.mark.parametrize("constraint", ["term_title_once", "term_slug_once", "alias_once"])
def test_a_name_that_is_there_is_refused_at_once(db: None, constraint: str) -> None:
    term = TermFactory(title="Taper", slug="taper")
    Alias.objects.create(term=term, name="Tapering")
    other = TermFactory()
    steps: dict[str, Callable[[], Any]] = {
        "term_title_once": lambda: Term.objects.filter(pk=other.pk).update(title_key="taper"),
        "term_slug_once": lambda: Term.objects.filter(pk=other.pk).update(slug="taper"),
        "alias_once": lambda: Alias.objects.create(term=other, name="tapering"),
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        steps[constraint]()


def test_a_name_put_off_is_refused_in_the_end(db: None) -> None:
    Alias.objects.create(term=TermFactory(), name="Tapering")
    history.defer_names()
    Alias.objects.create(term=TermFactory(), name="tapering")
    with pytest.raises(IntegrityError, match="alias_once"), transaction.atomic():
        history.check_now()
    transaction.set_rollback(True)


@pytest.mark.parametrize("index", ["term_title_begins", "alias_begins"])
def test_search_may_ask_how_names_begin(db: None, index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index])
        assert "varchar_pattern_ops" in cursor.fetchone()[0]
