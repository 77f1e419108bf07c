"""What is counted of strangers, and that nothing of it says who they are."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from time_machine import TimeMachineFixture

from glossary.models import Feedback, MissedSearch
from tests.factories import TermFactory
from web import limits
from web.models import DaySalt, RateLimit

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

ADDRESS, ANOTHER = "203.0.113.77", "203.0.113.78"


def visit(address: str = ADDRESS, most: int = 3, per: timedelta = limits.HOUR) -> bool:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    return limits.allows(request, "knock", most, per)


def everything_kept() -> str:
    """All rows of all tables but the content, as text."""
    kept = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {connection.ops.quote_name(table)} t")  # noqa: S608
            kept += [row[0] for row in cursor.fetchall()]
    return "\n".join(kept)


def test_so_often_and_no_more(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2027-01-10T10:20Z", tick=False)
    assert [visit() for _ in range(5)] == [True, True, True, False, False]
    assert visit(ANOTHER)
    time_machine.move_to("2027-01-10T11:00Z", tick=False)
    assert visit()


def test_a_household_with_many_addresses_is_one(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2027-01-10T10:20Z", tick=False)
    assert [visit(f"2001:db8::{n}") for n in range(1, 5)] == [True, True, True, False]
    assert visit("2001:db8:0:1::1")


def test_nothing_says_who_it_was(client: Client, time_machine: TimeMachineFixture) -> None:
    """“We do not keep who sent this”, said beside the feedback form."""
    time_machine.move_to("2027-01-10T10:20:31.4159Z", tick=False)
    TermFactory(slug="shin")
    person = {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": "Peculiar/1.0"}
    client.post("/glossary/shin/feedback/", {"answer": "yes"}, **person)
    client.get("/search/", {"q": "nothing like it"}, **person)
    client.post("/accounts/login/code/", {"email": "someone@example.com"}, **person)
    assert Feedback.objects.count() == MissedSearch.objects.count() == 1
    assert RateLimit.objects.count() == 2
    kept = everything_kept()
    assert ADDRESS not in kept
    assert "Peculiar" not in kept
    # Nor when it was: the rows end on the hour, the same for all who came in it.
    assert {row.ends_at.isoformat() for row in RateLimit.objects.all()} == {
        "2027-01-10T11:00:00+00:00"
    }


def test_the_same_person_is_another_one_tomorrow(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2027-01-10T10:20Z", tick=False)
    today = limits.hashed(ADDRESS)
    assert limits.hashed(ADDRESS) == today
    time_machine.move_to("2027-01-11T10:20Z", tick=False)
    limits.forget()
    assert limits.hashed(ADDRESS) != today
    assert [salt.day.isoformat() for salt in DaySalt.objects.all()] == ["2027-01-11"]


def test_what_has_expired_goes(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2027-01-10T10:20Z", tick=False)
    visit()
    visit(ANOTHER, per=timedelta(days=1))
    cache.set("soon", "over", timeout=60)
    cache.set("later", "kept", timeout=7200)
    limits.forget()
    assert (RateLimit.objects.count(), cache.get("soon")) == (2, "over")
    time_machine.move_to("2027-01-10T11:00:01Z", tick=False)
    limits.forget()
    assert RateLimit.objects.count() == 1
    assert cache.get("later") == "kept"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_are_counted_each() -> None:
    together, allowed = Barrier(4), []

    def knock() -> None:
        try:
            together.wait(10)
            allowed.append(visit())
        finally:
            connection.close()

    threads = [Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(allowed) == [False, True, True, True]
    assert DaySalt.objects.count() == 1
