"""Public pages are made once and kept: never too long, no private one, no junk of strangers."""

import gzip
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import brotli
import psycopg
import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings
from time_machine import TimeMachineFixture

from glossary.models import Term
from races.models import Edition
from tests.clock import NOW, TODAY
from tests.factories import (
    DistanceFactory,
    EditionFactory,
    TermFactory,
    UserFactory,
)
from web import generations
from web.keeping import kept_pages
from web.page_store import PageStore
from web.public_pages import KEPT_BY_OTHERS

pytestmark = pytest.mark.django_db


def kept() -> int:
    return sum(len(caches[name].shelf.kept) for name in ["pages", "searches"])


def test_a_page_is_made_once_and_the_same_for_all(client: Client, made: list[str]) -> None:
    address = TermFactory(title="Taper").get_absolute_url()
    first = client.get(address)
    again = Client(headers={"cookie": "sessionid=whatever; seen=yes"}).get(address)
    assert made == [address]
    assert first.content == again.content
    assert "Taper" in first.content.decode()
    for name in ["Content-Type", "Cache-Control", "Content-Security-Policy", "X-Frame-Options"]:
        assert first.headers[name] == again.headers[name]
    assert again.headers["Vary"] == "Accept-Encoding"
    assert not again.cookies


@pytest.mark.parametrize(
    "change",
    [
        lambda: Term.objects.update(title="Tapering"),
        lambda: Term.objects.get().delete(),
        lambda: TermFactory(title="Another"),
        lambda: connection.cursor().execute("UPDATE glossary_term SET definition = 'New.'"),
    ],
)
def test_whatever_changes_a_row_makes_it_anew(
    client: Client, made: list[str], change: Callable[[], None]
) -> None:
    address = TermFactory(title="Taper").get_absolute_url()
    client.get(address)
    change()
    client.get(address)
    assert made == [address, address]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_page_is_not_kept_under_a_version_it_was_not_made_from() -> None:
    """Somebody's change is committed between the look at the version and the last query."""
    TermFactory(title="Old", slug="word")
    request = RequestFactory().get("/glossary/word/")

    def respond(_: HttpRequest) -> HttpResponse:
        title = Term.objects.get().title
        with psycopg.connect(**elsewhere()) as other:
            other.execute("UPDATE glossary_term SET title = 'New'")
        return HttpResponse(title, headers={"Cache-Control": "public"})

    assert kept_pages(respond)(request).content == b"Old"  # type: ignore[attr-defined]
    assert kept() == 0

    def respond_again(_: HttpRequest) -> HttpResponse:
        return HttpResponse(Term.objects.get().title, headers={"Cache-Control": "public"})

    assert kept_pages(respond_again)(request).content == b"New"  # type: ignore[attr-defined]
    assert kept() == 1


def elsewhere() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    return parameters


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_another_process_learns_of_a_change(
    client: Client, settings: Settings, time_machine: TimeMachineFixture, made: list[str]
) -> None:
    """Two processes share no more than the database: the other one is a connection of its own."""
    settings.KEPT_PAGES_LOOK_SECONDS = 1
    address = TermFactory(title="Taper").get_absolute_url()
    client.get(address)
    client.get(address)
    assert made == [address]
    with psycopg.connect(**elsewhere()) as other:
        other.execute("UPDATE glossary_term SET title = 'Tapering'")
    generations.watch._looked_at -= 1
    assert "Tapering" in client.get(address).content.decode()
    assert made == [address, address]


# Before midnight, whenever the suite's today is.
SOON = NOW + timedelta(minutes=1)


@pytest.mark.dates
@pytest.mark.parametrize(
    ("moment", "fill"),
    [
        # A planned publication, which changes other pages too.
        (SOON, lambda: TermFactory(publish_at=SOON)),
        # Midnight: a race is over, an entry opens or closes, a price begins or ends.
        (datetime.combine(TODAY + timedelta(days=1), datetime.min.time(), UTC), lambda: None),
    ],
)
def test_a_page_ends_at_the_next_moment_that_changes_it(
    client: Client,
    made: list[str],
    time_machine: TimeMachineFixture,
    moment: datetime,
    fill: Callable[[], None],
) -> None:
    fill()
    client.get("/glossary/")
    time_machine.move_to(moment - timedelta(seconds=2), tick=False)
    client.get("/glossary/")
    assert made == ["/glossary/"]
    time_machine.move_to(moment, tick=False)
    client.get("/glossary/")
    assert made == ["/glossary/", "/glossary/"]


@pytest.mark.dates
@pytest.mark.parametrize(
    "values",
    [
        {"registration_closes_on": TODAY},
        {"registration_opens_on": TODAY + timedelta(days=1)},
    ],
)
def test_a_race_page_tells_of_its_entry_on_the_day(
    client: Client, time_machine: TimeMachineFixture, values: dict[str, date]
) -> None:
    edition = EditionFactory(race__slug="race", start_date=TODAY + timedelta(days=90), **values)
    DistanceFactory(edition=edition)
    first = client.get("/races/race/").content
    assert client.get("/races/race/").content == first
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    assert client.get("/races/race/").content != first


@pytest.mark.dates
def test_a_race_leaves_the_list_when_its_day_is_over(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    EditionFactory(race__name="Short Run", start_date=TODAY, end_date=TODAY, date_precision="day")
    assert "Short Run" in client.get("/races/").content.decode()
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    assert Edition.objects.exists()
    assert "Short Run" not in client.get("/races/").content.decode()


def test_what_is_not_changed_is_told_without_being_made(client: Client, made: list[str]) -> None:
    address = TermFactory().get_absolute_url()
    etag = client.get(address).headers["ETag"]
    caches["pages"].clear()
    unchanged = client.get(address, headers={"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert made == [address]
    for name in ["Cache-Control", "ETag", "Vary"]:
        assert unchanged.headers[name] == client.get(address).headers[name]
    TermFactory()
    assert client.get(address, headers={"if-none-match": etag}).status_code == 200
    # Kept, it says so as well.
    etag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"if-none-match": f'"x", {etag}'}).status_code == 304


def test_a_head_is_answered_with_what_a_get_would_be(client: Client, made: list[str]) -> None:
    address = TermFactory().get_absolute_url()
    assert client.head(address).status_code == 200
    assert kept() == 0
    page = client.get(address)
    head = client.head(address)
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(page.content))
    assert made == [address, address]


@pytest.mark.parametrize(
    ("offer", "coding", "unpack"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.decompress),
        ("GZIP ; q=1", "gzip", gzip.decompress),
        ("", None, bytes),
        ("zstd, identity", None, bytes),
        ("br; q=0.000", None, bytes),
        (";;,q=,=", None, bytes),
    ],
)
def test_it_is_sent_as_it_is_wanted(
    client: Client, offer: str, coding: str | None, unpack: Callable[[bytes], bytes]
) -> None:
    address = TermFactory().get_absolute_url()
    plain = client.get(address).content
    for _ in range(2):
        page = client.get(address, headers={"accept-encoding": offer})
        assert page.headers.get("Content-Encoding") == coding
        assert page.headers["Content-Length"] == str(len(page.content))
        assert unpack(page.content) == plain
    assert kept() == 1


@pytest.mark.parametrize("address", ["/", "/glossary/", "/races/", "/races/?sport=trail-running"])
def test_what_a_page_does_not_read_makes_no_other_page(client: Client, address: str) -> None:
    page = client.get(address).content
    sign = "&" if "?" in address else "?"
    for junk in ["utm_source=x", "q[]=1", "csrfmiddlewaretoken=x", "a=" + "x" * 500]:
        assert client.get(f"{address}{sign}{junk}").content == page
    assert kept() == 1


def test_searches_can_not_push_the_words_out(client: Client) -> None:
    address = TermFactory().get_absolute_url()
    client.get(address)
    size = caches["pages"].shelf.size
    for number in range(5):
        client.get(f"/races/?q=a{number}")
    assert caches["pages"].shelf.size == size
    assert len(caches["searches"].shelf.kept) == 5


def test_a_missed_search_is_counted_each_time(client: Client) -> None:
    from glossary.models import MissedSearch

    for _ in range(3):
        client.get("/search/?q=qqqqzz")
    assert MissedSearch.objects.get().count == 3


@pytest.mark.parametrize(
    "address", ["/glossary/no-such-word/", "/races/none/", "/organizers/", "/accounts/login/"]
)
def test_only_public_pages_that_are_there_are_kept(client: Client, address: str) -> None:
    client.get(address)
    client.force_login(UserFactory())
    client.get(address)
    assert kept() == 0


def test_no_form_is_answered_from_what_is_kept(client: Client) -> None:
    address = TermFactory().get_absolute_url()
    client.get(address)
    assert client.post(address).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "private"},
        {"Set-Cookie": "a=b"},
        {"Cache-Control": "public", "Vary": "Cookie"},
    ],
)
def test_what_is_one_persons_is_never_kept(headers: dict[str, str]) -> None:
    def respond(_: HttpRequest) -> HttpResponse:
        response = HttpResponse("For Ann.", headers={"Cache-Control": "public", **headers})
        if "Set-Cookie" in headers:
            del response["Set-Cookie"]
            response.set_cookie("a", "b")
        return response

    kept_pages(respond)(RequestFactory().get("/glossary/"))
    assert kept() == 0


def test_another_host_has_pages_of_its_own(client: Client, made: list[str]) -> None:
    client.get("/")
    client.get("/", headers={"host": "localhost"})
    assert made == ["/", "/"]
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


class Thing:
    def __init__(self, size: int) -> None:
        self.size = size


def test_a_store_is_bounded_in_bytes_and_lets_the_least_used_go() -> None:
    store = PageStore("test 1", {"OPTIONS": {"MAX_BYTES": 100_000}})
    for number in range(50):
        store.set(str(number), Thing(5_000))
        store.get("0")
        assert store.shelf.size <= 100_000
    assert store.get("0")
    assert store.get("49")
    assert store.get("1") is None
    store.set("huge", Thing(200_000))
    assert store.get("huge") is None
    assert store.shelf.size <= 100_000
    store.clear()
    assert store.shelf.size == 0


def test_a_store_knows_the_end_of_what_it_keeps(time_machine: TimeMachineFixture) -> None:
    store = PageStore("test 2", {"OPTIONS": {"MAX_BYTES": 100_000}})
    store.set("over", Thing(1), timeout=0)
    store.set("stays", Thing(1), timeout=None)
    assert store.get("over") is None
    assert store.get("stays")
    assert store.delete("stays")
    assert not store.delete("stays")
    assert store.shelf.size == 0


def test_all_threads_share_what_is_kept(client: Client, made: list[str]) -> None:
    client.get("/about/")
    sizes: list[int] = []
    thread = threading.Thread(target=lambda: sizes.append(kept()))
    thread.start()
    thread.join()
    assert sizes == [1]


def test_many_at_once_leave_the_store_as_it_counts() -> None:
    store = PageStore("test 3", {"OPTIONS": {"MAX_BYTES": 50_000}})

    def work(seed: int) -> None:
        for number in range(500):
            store.set(str((seed * number) % 40), Thing(number * 7 % 4_000))
            store.get(str(number % 40))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.shelf.size == sum(value.size + 2048 for _, value in store.shelf.kept.values())
    assert store.shelf.size <= 50_000


def test_what_others_may_keep() -> None:
    assert KEPT_BY_OTHERS["stale_while_revalidate"] == 300
