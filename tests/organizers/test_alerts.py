"""Alerts by mail: asked for, confirmed, told, ended; and what must never happen with an address."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.admin.models import LogEntry
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings
from time_machine import TimeMachineFixture

from organizers import mail
from organizers.alerts import digests, signing_up
from organizers.models import Alert, Mail, Membership, User
from races.choices import OFF, EventStatus
from races.models import Edition, Race
from races.publishing import changed
from tests.backstage import MailServer, run_worker
from tests.desk import as_read, client_of
from tests.factories import EditionFactory, RaceFactory
from web import queue
from web.models import RateLimit

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

QUERY = "sport=trail-running"
ALERT = "/races/search/alert/"
ADDRESS = f"{ALERT}?{QUERY}"
ANA = "ana@example.com"


@pytest.fixture(autouse=True)
def _today(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2027-03-09T09:00Z", tick=False)


@pytest.fixture
def client() -> Client:
    """One that would be refused if a token were needed."""
    return Client(enforce_csrf_checks=True)


def race(name: str, days: int = 60, **values: Any) -> Edition:
    day = timezone.localdate() + timedelta(days=days)
    made = RaceFactory(name=name, slug=name.lower().replace(" ", "-"), sport="trail-running")
    edition: Edition = EditionFactory(race=made, start_date=day, **values)
    changed([made])
    return edition


def save(edition: Edition) -> None:
    edition.save()
    changed([edition.race])


def later(time_machine: TimeMachineFixture, **more: int) -> None:
    time_machine.move_to(timezone.now() + timedelta(**more), tick=False)


def link_in(message: EmailMessage, part: str) -> str:
    """The path of the link of ours whose address has that part."""
    found = re.search(rf"^(?:To .*: )?https?://[^/\s]+(/\S*{part}\S*)$", str(message.body), re.M)
    assert found, message.body
    return found[1]


def ask(client: Client, address: str = ADDRESS, email: str = ANA, **more: str) -> Any:
    return client.post(address, {"email": email, "website": "", **more})


@pytest.fixture
def alert(client: Client, mailoutbox: list[EmailMessage]) -> Alert:
    """Asked for and confirmed by the link in the mail."""
    return confirmed(client, mailoutbox)


def confirmed(client: Client, outbox: list[EmailMessage], address: str = ADDRESS) -> Alert:
    assert ask(client, address).status_code == 303
    link = link_in(outbox[-1], "/confirm/")
    assert client.post(link).status_code == 303
    return Alert.objects.get(confirmed_at=timezone.now())


def tell(outbox: list[EmailMessage]) -> list[EmailMessage]:
    """What the worker mails when it looks for news."""
    before = len(outbox)
    digests.plan()
    run_worker()
    return list(outbox)[before:]


# Asking.


def test_a_search_leads_to_its_alert(client: Client) -> None:
    assert "Alert by mail" not in client.get("/races/").content.decode()
    page = client.get(f"/races/?{QUERY}").content.decode()
    assert "Get a mail when there is one" in page
    race("Ridge Run")
    page = client.get(f"/races/?{QUERY}").content.decode()
    assert f'<a href="{ADDRESS}" rel="nofollow">Alert by mail</a>' in page
    assert "Get a mail when there is one" not in page


def test_nobody_has_us_mail_their_own_words_to_somebody(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    text = "You won, collect at https://evil.example/claim"
    ask(client, f"{ALERT}?q={quote(text)}&country=FR")
    ask(client, f"{ALERT}?q={quote(text)}", email="other@example.com")
    for message, words in zip(mailoutbox, ["France", "words of its own"], strict=True):
        assert "evil" not in f"{message.subject} {message.body}"
        assert "won" not in f"{message.subject} {message.body}"
        assert words in message.body
    # Whoever follows the link reads what was asked for.
    page = client.get(link_in(mailoutbox[0], "/confirm/")).content.decode()
    assert "evil.example" in page


def test_the_page_says_the_search_in_words_and_what_is_kept(client: Client) -> None:
    response = client.get(
        f"{ALERT}?country=FR&{QUERY}&sort=name&climb=under-100&price=40&currency=EUR"
    )
    page = as_read(response.content.decode())
    words = "Trail &amp; mountain running, France, climb in all under 100 m, up to 40 EUR"
    assert f"<strong>{words}</strong>" in page
    query = f"{QUERY}&country=FR&climb=under-100&price=40&currency=EUR"
    assert f'action="{ALERT}?{query.replace("&", "&amp;")}"' in page
    for words in ["What we keep", "whether or not we know it", "after two days", "noindex"]:
        assert words in page
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert "csrfmiddlewaretoken" not in page


def test_what_is_unknown_is_named_and_left_out(client: Client) -> None:
    page = as_read(client.get(f"{ALERT}?sport=curling,trail-running").content.decode())
    assert "We left out “curling”: it is no sport that we know." in page
    assert f'action="{ADDRESS}"' in page


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "This search finds every race."),
        ("sort=name&unit=mi", "This search finds every race."),
        ("sport=curling", "This search finds every race."),
        ("when=2026-12", "The days that this search asks for are over."),
        ("end=2027-03-08", "The days that this search asks for are over."),
        (f"{QUERY}&region={'%C3%A9' * 80},{'%C3%A8' * 80}", ""),
        ("region=" + ",".join(f"{n:03}{'%C3%A9' * 70}" for n in range(9)), "too much at once"),
    ],
)
def test_a_search_of_which_no_alert_makes_sense(client: Client, query: str, reason: str) -> None:
    address = f"{ALERT}?{query}"
    page, answer = client.get(address), ask(client, address)
    assert page.status_code == 200
    assert (reason or "What we keep") in page.content.decode()
    assert answer.status_code == (422 if reason else 303)
    assert Alert.objects.count() == (not reason)


def test_a_search_that_finds_too_many_is_asked_to_narrow(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("organizers.alerts.searches.MOST_FOUND", 1)
    race("Ridge Run")
    assert ask(client).status_code == 303
    race("Vale Run")
    assert "This search finds 2 races, too many" in client.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    ("email", "error"),
    [
        ("", "Where shall we write to?"),
        ("not an address", "This is no email address"),
        ("ana@example.com\nBcc: all@example.com", "This is no email address"),
        ("ana@example.com%0aBcc:x@example.com", "This is no email address"),
        ('"ana,ben"@example.com', "We can’t write to an address of this kind."),
        ("ana@[192.0.2.1]", "We can’t write to an address of this kind."),
        ("a" * 250 + "@example.com", "at most 254 characters"),
        ("a@b.com, c@d.com", "This is no email address"),
        ("\x00ana@example.com", "Null characters are not allowed"),
        ("<script>alert(1)</script>@example.com", "This is no email address"),
    ],
)
def test_a_bad_address_comes_back_with_the_error_beside_it(
    client: Client, email: str, error: str
) -> None:
    response = ask(client, email=email)
    page = response.content.decode()
    assert response.status_code == 422
    assert error in page
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page
    if email == "not an address":
        assert 'value="not an address"' in page
    assert not Alert.objects.exists()
    assert not Mail.objects.exists()


def test_the_answer_is_the_same_whether_or_not_the_address_is_known(
    client: Client, alert: Alert, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    later(time_machine, hours=1)
    known, unknown = ask(client), ask(client, email="ben@example.com")
    assert known["Location"] == unknown["Location"] == f"{ALERT}sent/?{QUERY}"
    assert known.content == unknown.content
    page = client.get(known["Location"]).content.decode()
    assert "Look into your mail" in page
    subjects = {message.to[0]: message.subject for message in list(mailoutbox)[-2:]}
    assert subjects[ANA] == "You have this alert already"
    assert subjects["ben@example.com"] == "Confirm your alert: Trail & mountain running"
    assert link_in(mailoutbox[-2], "/end/") == f"{ALERT}end/{alert.key}/"


def test_asking_twice_makes_one_alert_and_one_mail_an_hour(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    for email, query in [(ANA, QUERY), ("Ana@Example.com", QUERY), (ANA, f"{QUERY}&sort=name")]:
        assert ask(client, f"{ALERT}?{query}", email).status_code == 303
    assert Alert.objects.count() == len(mailoutbox) == 1
    later(time_machine, hours=1)
    ask(client)
    assert (Alert.objects.count(), len(mailoutbox)) == (1, 2)
    assert client.post(link_in(mailoutbox[0], "/confirm/")).status_code == 303


def test_nobody_can_fill_anothers_mailbox(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    for number in range(8):
        ask(client, f"{ALERT}?{QUERY}&shorter={number + 1}")
    assert len(mailoutbox) == Alert.objects.count() == signing_up.MOST_MAILS_A_DAY
    # Nothing of what is counted tells whose address it is.
    assert not any("ana" in row.key for row in RateLimit.objects.all())
    later(time_machine, days=1)
    ask(client, f"{ALERT}?{QUERY}&shorter=9")
    assert len(mailoutbox) == signing_up.MOST_MAILS_A_DAY + 1


def test_too_many_from_one_network_wait_and_what_was_typed_stays(client: Client) -> None:
    for number in range(10):
        assert ask(client, email=f"p{number}@example.com").status_code == 303
    response = ask(client)
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert f'value="{ANA}"' in response.content.decode()
    assert not Alert.objects.filter(email=ANA).exists()
    other = client.post(ADDRESS, {"email": ANA}, REMOTE_ADDR="198.51.100.7")
    assert other.status_code == 303


def test_an_address_has_twenty_alerts_and_is_told_so_by_mail_alone(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    for number in range(20):
        Alert.objects.create(email=ANA, query=f"shorter={number + 1}", asked_at=timezone.now())
    assert ask(client)["Location"] == f"{ALERT}sent/?{QUERY}"
    assert Alert.objects.count() == 20
    assert "This address has 20 already" in str(mailoutbox[-1].body)
    assert mailoutbox[-1].subject == "No more alerts for this address"


def test_a_program_and_another_site_get_nothing(client: Client) -> None:
    assert ask(client, website="https://spam.example").status_code == 303
    forged = client.post(ADDRESS, {"email": ANA}, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert not Alert.objects.exists()


# Confirming.


def test_the_link_only_asks_and_the_button_confirms(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    race("Ridge Run")
    ask(client)
    message = mailoutbox[0]
    assert "Trail & mountain running" in str(message.body)
    assert "It was not you? Do nothing" in str(message.body)
    link = link_in(message, "/confirm/")
    for _ in range(2):
        page = client.get(link)
        assert page.status_code == 200
        assert "Confirm the alert" in page.content.decode()
    assert Alert.objects.get().confirmed_at is None
    response = client.post(link)
    assert (response.status_code, response["Location"]) == (303, link)
    assert not response.cookies
    page = client.get(link).content.decode()
    assert "Your alert is on" in page
    first = Alert.objects.get()
    assert len(first.told) == 1
    # A second press changes nothing.
    assert client.post(link).status_code == 303
    assert Alert.objects.get().confirmed_at == first.confirmed_at


def test_a_link_that_is_old_or_forged_confirms_nothing(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    ask(client)
    link = link_in(mailoutbox[0], "/confirm/")
    key = Alert.objects.get().key
    forged = [link[:-3] + "xx/", f"{ALERT}confirm/{key}/", f"{ALERT}confirm/x:y:z/"]
    later(time_machine, days=2, seconds=1)
    for address in [link, *forged]:
        for answer in [client.get(address), client.post(address)]:
            assert answer.status_code == 410, address
            assert "This link no longer works" in answer.content.decode()
    assert Alert.objects.get().confirmed_at is None


def test_another_site_cannot_confirm(client: Client, mailoutbox: list[EmailMessage]) -> None:
    ask(client)
    link = link_in(mailoutbox[0], "/confirm/")
    assert client.post(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


# organizers.tasks.forget_unconfirmed_alerts
def test_what_is_not_confirmed_goes_after_two_days(
    client: Client, alert: Alert, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    ask(client, email="never@example.com")
    queue.plan_periodic()
    later(time_machine, days=1, hours=23)
    run_worker()
    assert Alert.objects.count() == 2
    later(time_machine, hours=1)
    run_worker()
    assert list(Alert.objects.all()) == [alert]


# Telling.


def test_what_is_new_moved_or_off_is_told_and_only_that(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    stays, moves, goes = race("Stays"), race("Moves", 61), race("Goes", 62)
    alert = confirmed(client, mailoutbox)
    race("Road")  # it is made a road race below
    Race.objects.filter(name="Road").update(sport="road-running")
    changed([Race.objects.get(name="Road")])
    race("Comes", 90)
    moves.reschedule(moves.start_date + timedelta(days=7), None, "day")
    save(moves)
    goes.cancel()
    goes.status_note = "The bridge is closed"
    save(goes)
    later(time_machine, days=7)
    (message,) = tell(mailoutbox)
    assert message.to == [ANA]
    assert message.subject == (
        "Races: 1 cancelled or postponed, 1 with another date, 1 new (Trail & mountain running)"
    )
    body = str(message.body)
    assert "Stays" not in body and "Road" not in body  # noqa: PT018
    order = ["CANCELLED OR POSTPONED", "Goes, Girona, Spain", "Cancelled: The bridge is closed",
             "ON ANOTHER DATE", "Moves, Girona, Spain", "Moved from 9 May 2027",
             "/races/moves/", "NEW IN THIS SEARCH", "Comes", "All that it finds",
             f"/end/{alert.key}/"]  # fmt: skip
    places = [body.index(words) for words in order]
    assert places == sorted(places)
    assert "\n\n\n" not in body
    assert f"/races/?{QUERY}" in body
    assert stays.race.name not in body
    # All of it is told now.
    later(time_machine, days=7)
    assert tell(mailoutbox) == []


EDITIONS = st.dictionaries(
    st.sampled_from("123456"),
    st.tuples(
        st.sampled_from(["2027-05-01", "2027-06-01"]),
        st.sampled_from(["day", "month"]),
        st.sampled_from(EventStatus.values),
    ).map(list),
)


@given(before=EDITIONS, now=EDITIONS, inside=st.sets(st.integers(1, 6)))
def test_each_edition_is_told_once_and_only_for_what_changed(
    before: dict[str, list[str]], now: dict[str, list[str]], inside: set[int]
) -> None:
    news = digests.news_of(before, sorted(inside), now)
    told = [*news.off, *news.moved, *news.new]
    assert len(told) == len(set(told)) == len(news)
    assert set(map(str, told)) <= set(now)
    for key in map(int, now):
        was, is_now = before.get(str(key)), now[str(key)]
        if was == is_now:
            assert key not in told
        if was and was[2] not in OFF and is_now[2] in OFF:
            assert key in news.off
        if was and was[:2] != is_now[:2] and is_now[2] not in OFF:
            assert key in news.moved
        assert (key in news.new) == (was is None and key in inside and is_now[2] not in OFF)
    # Told once, it is no news a second time, whatever is inside.
    assert len(digests.news_of(now, sorted(inside), now)) == 0


def test_no_news_no_mail_and_never_more_than_one_in_a_week(
    alert: Alert, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    race("First")
    later(time_machine, days=6, hours=23)
    assert tell(mailoutbox) == []
    later(time_machine, hours=1)
    assert len(tell(mailoutbox)) == 1
    race("Second")
    assert tell(mailoutbox) == []
    later(time_machine, days=6)
    assert tell(mailoutbox) == []
    later(time_machine, days=1)
    assert "Second" in str(tell(mailoutbox)[0].body)
    # After quiet weeks news is told the day that it comes.
    later(time_machine, days=10)
    assert tell(mailoutbox) == []
    later(time_machine, days=1)
    race("Third")
    assert "Third" in str(tell(mailoutbox)[0].body)


def test_what_leaves_the_search_by_being_cancelled_or_moved_is_told_once(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    goes = race("Goes", confirmed_on="2027-03-01")
    moves = race("Moves", confirmed_on="2027-03-01")
    over, hidden = race("Over", 3, confirmed_on="2027-03-01"), race("Hidden")
    Edition.objects.filter(pk=hidden.pk).update(confirmed_on="2027-03-01")
    changed([hidden.race])
    confirmed(client, mailoutbox, f"{ALERT}?{QUERY}&when=2027-05,2027-03&certainty=confirmed")
    assert len(Alert.objects.get().told) == 4
    goes.cancel()
    save(goes)
    moves.reschedule(moves.start_date + timedelta(days=90), None, "day")
    save(moves)
    for edition in [over, hidden]:
        edition.refresh_from_db()
        edition.cancel()
        save(edition)
    Race.objects.filter(pk=hidden.race_id).update(state="draft")
    changed([hidden.race])
    later(time_machine, days=7)
    (message,) = tell(mailoutbox)
    assert message.subject.startswith("Races: 1 cancelled or postponed, 1 with another date (")
    for name in ["Over", "Hidden"]:
        assert name not in str(message.body)
    assert Alert.objects.get().told == {}
    later(time_machine, days=7)
    assert tell(mailoutbox) == []


def test_a_date_that_is_known_better_is_told(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    edition = race("Month")
    edition.correct_date(edition.start_date.replace(day=1), None, "month")
    save(edition)
    confirmed(client, mailoutbox)
    edition.correct_date(edition.start_date.replace(day=15), None, "day")
    save(edition)
    later(time_machine, days=7)
    (message,) = tell(mailoutbox)
    assert "We told you before: May 2027." in str(message.body)
    assert "Sat 15 May 2027" in str(message.body)


def test_a_mail_names_fifty_races_and_says_how_many_more(
    alert: Alert, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    for number in range(53):
        made = RaceFactory(sport="trail-running")
        EditionFactory(race=made, start_date=timezone.localdate() + timedelta(days=50 + number))
    changed(list(Race.objects.all()))
    later(time_machine, days=7)
    (message,) = tell(mailoutbox)
    assert str(message.body).count("/races/race-") == 50
    assert "And 3 more: see the search." in str(message.body)
    assert "53 new" in message.subject


def test_many_alerts_of_one_search_are_answered_once_and_each_by_what_it_knows(
    client: Client,
    mailoutbox: list[EmailMessage],
    time_machine: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    for email in ["a@example.com", "b@example.com"]:
        Alert.objects.create(
            email=email, query=QUERY, asked_at=now, confirmed_at=now, quiet_until=now
        )
    first = race("First")
    told = {str(first.pk): [first.start_date.isoformat(), "day", "scheduled"]}
    Alert.objects.filter(email="b@example.com").update(told=told)
    asked = []
    answer = digests.found_by
    monkeypatch.setattr(digests, "found_by", lambda s: asked.append(s) or answer(s))
    assert [message.to for message in tell(mailoutbox)] == [["a@example.com"]]
    assert len(asked) == 1


def test_a_search_of_very_many_alerts_is_told_in_batches(
    mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "BATCH", 2)
    now = timezone.now()
    edition = race("First")
    told = {str(edition.pk): [f"{edition.start_date}", "day", "scheduled"]}
    for number in range(7):
        # Some have no news, and stay due.
        Alert.objects.create(
            email=f"p{number}@example.com", query=QUERY, asked_at=now, confirmed_at=now,
            quiet_until=now, told=told if number < 3 else {},
        )  # fmt: skip
    assert [message.to[0][:2] for message in tell(mailoutbox)] == ["p3", "p4", "p5", "p6"]


def test_an_alert_that_the_database_refuses_keeps_no_other_from_its_mail(
    mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    race("First")
    for email in ["a@example.com", "b@example.com"]:
        Alert.objects.create(
            email=email, query=QUERY, asked_at=now, confirmed_at=now, quiet_until=now
        )
    real = digests._tell

    def refused(alert: Alert, *about: Any) -> None:
        if alert.email == "a@example.com":
            Alert.objects.create(email=alert.email, query=alert.query, asked_at=now)
        real(alert, *about)

    monkeypatch.setattr(digests, "_tell", refused)
    assert [message.to for message in tell(mailoutbox)] == [["b@example.com"]]


def test_one_broken_alert_and_one_broken_search_stop_no_other(
    mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    now = timezone.now()
    edition = race("First")
    for email, query, told in [
        ("broken@example.com", QUERY, {str(edition.pk): "what?"}),
        ("good@example.com", QUERY, {}),
        ("gone@example.com", "sport=curling", {}),
        ("other@example.com", "country=ES", {}),
    ]:
        Alert.objects.create(
            email=email, query=query, asked_at=now, confirmed_at=now, quiet_until=now, told=told
        )
    sent = {message.to[0]: message for message in tell(mailoutbox)}
    assert set(sent) == {"good@example.com", "gone@example.com", "other@example.com"}
    assert "could not be told its news" in caplog.text
    assert "broken@example.com" not in caplog.text
    # A search that can't be read any more ends, and says why.
    over = sent["gone@example.com"]
    assert over.subject == "Your alert has ended"
    assert "We do not know “curling” any more" in str(over.body)
    assert not Alert.objects.filter(email="gone@example.com").exists()
    # The next look finds the broken one as it was.
    assert Alert.objects.get(email="broken@example.com").quiet_until == now


def test_an_alert_of_days_that_are_over_ends(
    client: Client, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    confirmed(client, mailoutbox, f"{ALERT}?{QUERY}&when=2027-03")
    later(time_machine, days=22)
    assert tell(mailoutbox) == []
    later(time_machine, days=1)
    (message,) = tell(mailoutbox)
    assert "The days that it asks for are over." in str(message.body)
    assert not Alert.objects.exists()


def test_a_worker_killed_in_the_midst_sends_nothing_twice_and_loses_nothing(
    alert: Alert,
    mailoutbox: list[EmailMessage],
    time_machine: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    race("First")
    later(time_machine, days=7)
    digests.plan()

    class Killed(BaseException):
        pass

    put = mail._put

    def put_and_die(message: EmailMessage) -> None:
        put(message)
        raise Killed

    monkeypatch.setattr(mail, "_put", put_and_die)
    with pytest.raises(Killed):
        queue.do_all()
    assert not Mail.objects.exists()
    assert Alert.objects.get().told == {}
    monkeypatch.setattr(mail, "_put", put)
    later(time_machine, minutes=5)
    before = len(mailoutbox)
    digests.plan()  # it comes round again meanwhile
    run_worker()
    assert len(mailoutbox) - before == 1


# Ending.


def test_one_click_ends_it_without_cookie_token_or_page(
    alert: Alert, mailoutbox: list[EmailMessage], time_machine: TimeMachineFixture
) -> None:
    race("First")
    later(time_machine, days=7)
    (message,) = tell(mailoutbox)
    address = message.extra_headers["List-Unsubscribe"]
    assert re.fullmatch(rf"<https?://[^/]+{ALERT}end/[\w-]{{43}}/>", address)
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.sub(r"^<https?://[^/]+|>$", "", address)
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        page = program.get(path)
        assert page.status_code == 200
        assert "End this alert?" in page.content.decode()
    assert Alert.objects.exists()
    later(time_machine, days=3000)  # it never expires
    for _ in range(2):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}
        answer = program.post(path, {"List-Unsubscribe": "One-Click"}, headers=headers)
        assert answer.status_code == 200
        assert not answer.cookies
        assert not Alert.objects.exists()
    assert "The alert has ended" in program.get(path).content.decode()


def test_an_end_takes_what_waits_to_be_mailed_and_nothing_else(
    alert: Alert, client: Client, time_machine: TimeMachineFixture
) -> None:
    race("First")
    other = Alert.objects.create(
        email=ANA, query="country=ES", asked_at=timezone.now(),
        confirmed_at=timezone.now(), quiet_until=timezone.now(),
    )  # fmt: skip
    later(time_machine, days=7)
    digests.plan()
    while queue.do_next("default"):
        pass
    assert Mail.objects.count() == 2
    client.post(f"{ALERT}end/{alert.key}/")
    waiting = Mail.objects.get().message["headers"]["List-Unsubscribe"]
    assert other.key in waiting


def test_all_alerts_of_an_address_can_be_ended_at_once(alert: Alert, client: Client) -> None:
    for email in [ANA, "ben@example.com"]:
        Alert.objects.create(email=email, query="country=ES", asked_at=timezone.now())
    path = f"{ALERT}end/{alert.key}/"
    assert "End all 2 alerts of this address" in client.get(path).content.decode()
    assert client.post(path, {"which": "all"}).status_code == 200
    assert [each.email for each in Alert.objects.all()] == ["ben@example.com"]


def test_a_guessed_key_ends_nothing(alert: Alert, client: Client) -> None:
    for key in ["x", alert.key[:-1], alert.key.swapcase(), str(alert.pk)]:
        assert client.post(f"{ALERT}end/{key}/").status_code == 200
    assert Alert.objects.get() == alert


# What becomes of an address.


def test_with_an_account_go_the_alerts_of_its_address(membership: Membership) -> None:
    from organizers.privacy import leaving

    user = membership.user
    for email in [user.email, "other@example.com"]:
        Alert.objects.create(email=email, query=QUERY, asked_at=timezone.now())
    leaving.delete_account(user)
    assert [alert.email for alert in Alert.objects.all()] == ["other@example.com"]


def test_links_in_mails_are_those_of_the_site(
    client: Client, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.SITE_URL = "https://startline.example"
    client.post(ADDRESS, {"email": ANA}, headers={"Host": "testserver"})
    assert "https://startline.example/races/search/alert/confirm/" in str(mailoutbox[0].body)


# As a mail program reads it, over SMTP.


def test_a_mail_program_ends_the_alert_by_the_header_alone(
    client: Client,
    alert: Alert,
    mail_server: MailServer,
    time_machine: TimeMachineFixture,
    settings: Settings,
) -> None:
    settings.SITE_URL = "https://startline.example"
    made = RaceFactory(name="富士 Run\r\nBcc: x@example.com", latin_name="Fuji Run",
                       slug="fuji", sport="trail-running")  # fmt: skip
    EditionFactory(race=made)
    changed([made])
    later(time_machine, days=7)
    digests.plan()
    run_worker()
    (sent,) = mail_server.mails
    assert not Mail.objects.exists()
    # As RFC 5322 has it read: a header may be folded onto a second line.
    message = message_from_bytes(sent.as_bytes(), policy=policy.default)
    assert (message["To"], message["Bcc"]) == (ANA, None)
    assert message["Subject"] == "Races: 1 new (Trail & mountain running)"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # One HTTPS address between angle brackets (RFC 8058, 3.1).
    found = re.fullmatch(r"<https://startline\.example(/\S+)>", message["List-Unsubscribe"].strip())
    assert found, repr(message["List-Unsubscribe"])
    text = message.get_content()
    assert "富士 Run" in text
    assert found[1] in text
    program = Client(enforce_csrf_checks=True)
    body, kind = "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"
    assert program.post(found[1], body, content_type=kind, secure=True).status_code == 200
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 we are on a block list", "552 5.2.2 its mailbox is full"]
)
def test_a_server_that_takes_no_mail_of_ours_ends_no_alert(
    alert: Alert, mail_server: MailServer, time_machine: TimeMachineFixture, answer: str
) -> None:
    race("First")
    later(time_machine, days=7)
    digests.plan()
    mail_server.answer = answer
    run_worker()
    assert Alert.objects.exists()


@pytest.mark.parametrize("answer", ["550 no such box", "550 5.1.1 no such box"])
def test_an_address_that_no_server_takes_has_no_alert_any_more(
    client: Client, alert: Alert, mail_server: MailServer, time_machine: TimeMachineFixture,
    answer: str,
) -> None:  # fmt: skip
    race("First")
    later(time_machine, days=7)
    digests.plan()
    mail_server.answer = "451 later, please"
    run_worker()
    assert Alert.objects.exists()
    mail_server.answer = answer
    later(time_machine, minutes=1)
    run_worker()
    assert not Alert.objects.exists()


def test_a_moderator_takes_an_alert_away_and_no_trace_of_the_address_stays(
    alert: Alert, moderator: User
) -> None:
    desk, path = client_of(moderator), "/admin/organizers/alert/"
    page = desk.get(path, {"q": ANA}).content.decode()
    assert ANA in page
    assert "Trail &amp; mountain running" in page
    assert alert.key not in page + desk.get(f"{path}{alert.pk}/change/").content.decode()
    assert desk.post(f"{path}{alert.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Alert.objects.exists()
    assert ANA not in str(LogEntry.objects.values())
