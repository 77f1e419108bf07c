"""Pages kept in a Redis: shared, never stale, and never needed. With a real one."""

import json
import logging
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from glossary.models import Term
from tests.backstage import not_there
from tests.factories import TermFactory
from web import keeping, redis_store
from web.keeping import Kept

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("redis")]


def start(socket: Path) -> subprocess.Popen[bytes]:
    program = shutil.which("redis-server")
    if program is None:
        not_there("redis-server")
    options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--maxmemory", "8mb"]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    with redis.Redis(unix_socket_path=str(socket)) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                assert process.poll() is None
                time.sleep(0.05)
            else:
                return process


@pytest.fixture
def socket(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where the Redis is that the site has been told of."""
    socket: Path = tmp_path_factory.mktemp("redis") / "socket"
    there = {
        "BACKEND": "web.redis_store.RedisPageStore",
        "LOCATION": f"unix://{socket}",
    }
    changed = deepcopy(settings.CACHES)
    for name in ["pages", "searches"]:
        changed[name] |= there
    settings.CACHES = changed
    monkeypatch.setattr(redis_store._Redis, "rests_until", float("-inf"))
    monkeypatch.setattr(redis_store._Redis, "logged_at", float("-inf"))
    return socket


@pytest.fixture
def server(socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(socket)
    yield process
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


def what_it_holds(socket: Path) -> list[str]:
    with redis.Redis(unix_socket_path=str(socket), decode_responses=True) as client:
        return [str(key) for key in client.scan_iter()]


def as_another_process() -> None:
    """Nothing but the Redis and the database is left of what was known."""
    del caches["pages"]
    keeping.watch.forget()


@pytest.mark.parametrize("offer", ["br", "gzip", ""])
def test_what_one_process_made_another_answers_with(
    server: Any, socket: Path, client: Client, made: list[str], offer: str
) -> None:
    address = TermFactory(title="Zürich taper").get_absolute_url()
    first = client.get(address, headers={"accept-encoding": offer})
    as_another_process()
    again = client.get(address, headers={"accept-encoding": offer})
    assert made == [address]
    assert again.content == first.content
    assert again.headers == first.headers
    as_another_process()
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert "Zürich taper" in plain.content.decode()
    assert made == [address]


def test_all_that_is_kept_ends_and_searches_end_first(
    server: Any, socket: Path, client: Client
) -> None:
    client.get(TermFactory().get_absolute_url())
    client.get("/races/?q=a")
    with redis.Redis(unix_socket_path=str(socket)) as other:
        hour, day = sorted(other.ttl(key) for key in other.scan_iter())
    assert 3500 < hour <= 3600 < 24 * 3500 < day <= 24 * 3600


def test_a_change_is_seen(server: Any, client: Client, made: list[str]) -> None:
    address = TermFactory(title="Taper").get_absolute_url()
    client.get(address)
    Term.objects.update(title="Tapering")
    as_another_process()
    assert "Tapering" in client.get(address).content.decode()
    assert made == [address, address]


def test_another_release_shows_none_of_its_pages(
    server: Any, client: Client, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = TermFactory().get_absolute_url()
    etag = client.get(address).headers["ETag"]
    monkeypatch.setattr(keeping, "RELEASE", "another")
    assert client.get(address, headers={"if-none-match": etag}).status_code == 200
    assert made == [address, address]


def test_a_release_is_its_code_and_templates(settings: Settings, tmp_path: Path) -> None:
    settings.BASE_DIR, settings.PAGES_ARE_MADE_OF = tmp_path, ["lock.txt", "templates"]
    (tmp_path / "templates" / "races").mkdir(parents=True)
    page, lock = tmp_path / "templates" / "races" / "race.html", tmp_path / "lock.txt"
    page.write_text("a")
    lock.write_text("a")
    seen = {keeping._release()}
    page.write_text("b")
    seen.add(keeping._release())
    lock.write_text("b")
    seen.add(keeping._release())
    settings.CONTACT_EMAIL = "other@startline.example"
    seen.add(keeping._release())
    assert len(seen) == 4
    assert keeping._release() in seen


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_when_it_is_gone_or_hangs_pages_are_made_afresh(
    server: subprocess.Popen[bytes],
    socket: Path,
    client: Client,
    made: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    how: signal.Signals,
) -> None:
    address = TermFactory().get_absolute_url()
    kept = client.get(address).content
    server.send_signal(how)
    monkeypatch.setattr(redis_store, "REST_SECONDS", 0)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            response = client.get(address)
            assert (response.status_code, response.content) == (200, kept)
    assert made == [address] * 4
    assert [record.name for record in caplog.records] == ["web.redis_store"]


def test_one_that_did_not_answer_is_left_alone_for_a_while_and_then_used(
    socket: Path, client: Client, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = TermFactory().get_absolute_url()
    assert client.get(address).status_code == 200
    process = start(socket)
    try:
        client.get(address)
        assert what_it_holds(socket) == []
        monkeypatch.setattr(redis_store._Redis, "rests_until", time.monotonic())
        client.get(address)
        assert len(what_it_holds(socket)) == 1
        client.get(address)
        assert made == [address] * 3
    finally:
        process.kill()
        process.wait()


def test_a_full_one_does_no_harm(
    server: Any, socket: Path, client: Client, made: list[str]
) -> None:
    with redis.Redis(unix_socket_path=str(socket)) as other:
        other.config_set("maxmemory", 1)
    address = TermFactory().get_absolute_url()
    assert [client.get(address).status_code for _ in range(2)] == [200, 200]
    assert made == [address] * 2


def test_what_is_in_it_is_no_pickle() -> None:
    page = Kept({"Content-Type": "text/html"}, {"identity": b"a\nb\xff", "br": b"\n\n"})
    data = redis_store.AsBytes().dumps(page)
    assert redis_store.AsBytes().loads(data) == page
    assert json.loads(data.partition(b"\n")[0])[0] == page.headers
