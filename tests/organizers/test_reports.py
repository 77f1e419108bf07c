"""“Wrong?” beside a fact of a race: said by anybody, decided by moderators, forgotten in time."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from time_machine import TimeMachineFixture

from organizers.models import Report, User
from organizers.privacy.keeping import forget_what_is_over
from organizers.reports.deciding import AlreadyDecided, decide
from races.models import FormerAddress, PriceTier, Race
from tests.backstage import CONCURRENT, second_person, wait_until_somebody_waits_for_us
from tests.desk import as_read, client_of
from tests.factories import DistanceFactory, EditionFactory, RaceFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.dates]

WRONG = "/races/ridge-run/wrong/"
THANKS = f"{WRONG}thanks/"
LIST = "/admin/organizers/report/"


@pytest.fixture(autouse=True)
def _today(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2027-03-09T09:00Z", tick=False)
    cache.clear()


@pytest.fixture
def race(db: None) -> Race:
    made: Race = RaceFactory(name="Ridge Run", slug="ridge-run", description="Up and down.")
    edition = EditionFactory(
        race=made, start_date="2027-05-16", registration_url="https://race.example/enter",
        registration_state="open",
    )  # fmt: skip
    distance = DistanceFactory(edition=edition, entry="ballot", qualifier="Lots in January")
    PriceTier.objects.create(distance=distance, name="Early", amount="40", currency="EUR")
    return made


@pytest.fixture
def client(race: Race) -> Client:
    """One that would be refused if a token were needed."""
    return Client(enforce_csrf_checks=True)


def send(client: Client, about: str = "date", **typed: str) -> Any:
    typed = {"text": "It is on 23 May.", "evidence": "", "website": "", **typed}
    return client.post(f"{WRONG}?about={about}", typed)


# Saying it.


@pytest.mark.parametrize(
    ("about", "heading", "said"),
    [
        ("date", "Is the date wrong?", "Sun 16 May 2027. Not yet confirmed by the organizer."),
        ("place", "Is the place wrong?", "Girona, Spain"),
        ("distances", "Are the distances wrong?", "Marathon: 42.2 km (26.2 mi)"),
        ("price", "Is the price wrong?", "Marathon: Early 40.00 EUR"),
        ("registration", "Is the registration wrong?", "open<br>https://race.example/enter"),
        ("entry", "Is how to get in wrong?", "Marathon: Ballot. Lots in January"),
        ("website", "Is the website wrong?", "https://race.example/"),
        ("description", "Is the description wrong?", "Up and down."),
    ],
)
def test_the_page_asks_about_one_fact_and_says_what_we_say_now(
    client: Client, about: str, heading: str, said: str
) -> None:
    response = client.get(f"{WRONG}?about={about}")
    page = as_read(response.content.decode())
    assert response.status_code == 200
    assert f"<h1>{heading}</h1>" in page
    assert f'<blockquote class="said"><p>{said}</p></blockquote>' in page
    assert '<meta name="robots" content="noindex">' in page
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert "csrfmiddlewaretoken" not in page
    assert send(client, about)["Location"] == THANKS
    kept = Report.objects.get()
    assert (kept.about, kept.said.replace("\n", "<br>"), kept.state) == (about, said, "open")


@pytest.mark.parametrize("about", ["other", "", "weather", "\x00", "date" * 500])
def test_what_is_unknown_is_about_something_else(client: Client, about: str) -> None:
    for answer in [client.get(WRONG, {"about": about}), client.get(WRONG)]:
        assert "<h1>Is something wrong?</h1>" in answer.content.decode()
    client.post(WRONG, {"text": "The map is upside down."}, query_params={"about": about})
    assert (Report.objects.get().about, Report.objects.get().said) == ("other", "")


def test_a_race_of_which_little_is_known_can_be_wrong_too(client: Client) -> None:
    RaceFactory(slug="bare", website="")
    for about in Report.About.values:
        answer = client.get(f"/races/bare/wrong/?about={about}")
        assert answer.status_code == 200, about


def test_a_report_is_kept_as_it_was_typed_and_thanked_for(client: Client, race: Race) -> None:
    response = send(
        client, text="  On 23 May.\r\nSee there.\x00\x07 ", evidence=" race.example/news "
    )
    assert (response.status_code, response["Location"]) == (303, THANKS)
    kept = Report.objects.get()
    assert (kept.race, kept.text) == (race, "On 23 May.\nSee there.")
    assert kept.evidence == "https://race.example/news"
    page = client.get(THANKS).content.decode()
    assert 'href="/races/ridge-run/"' in page
    assert "noindex" in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("HTTPS://Race.example/News", "HTTPS://Race.example/News"),
        ("www.race.example", "https://www.race.example"),
        ("http://race.example:8080/?a=1#b", "http://race.example:8080/?a=1#b"),
        ("https://müller.example/später", "https://müller.example/später"),
    ],
)
def test_a_link_is_taken_as_people_write_it(client: Client, typed: str, kept: str) -> None:
    assert send(client, evidence=typed).status_code == 303
    assert Report.objects.get().evidence == kept


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"text": ""}, "Write a few words"),
        ({"text": " \r\n\x00 "}, "Write a few words"),
        ({"text": "x" * 1001}, "At most 1000 characters; this has 1001."),
        ({"text": "https://a.example www.b.example http://c.example"}, "These are many links."),
        ({"evidence": "javascript:alert(1)"}, "This is no web address"),
        ({"evidence": "data:text/html,x"}, "This is no web address"),
        ({"evidence": "ftp://race.example/x"}, "This is no web address"),
        ({"evidence": "their page"}, "This is no web address"),
        ({"evidence": "https://a.example/\nX: y"}, "This is no web address"),
        ({"evidence": "//race.example"}, "This is no web address"),
        ({"evidence": "https://a.example/" + "x" * 500}, "At most 500 characters"),
    ],
)
def test_what_is_bad_comes_back_with_the_error_beside_it(
    client: Client, typed: dict[str, str], error: str
) -> None:
    response = send(client, **{"text": "A long text of mine.", **typed})
    page = response.content.decode()
    assert response.status_code == 422
    assert error in page
    assert 'aria-invalid="true"' in page
    if "text" not in typed:
        assert "A long text of mine." in page
    assert not Report.objects.exists()


def test_looking_writes_nothing(client: Client) -> None:
    for path in [f"{WRONG}?about=date&text=x", THANKS]:
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert client.put(WRONG).status_code == 405
    assert not Report.objects.exists()


def test_a_program_and_another_site_say_nothing(client: Client) -> None:
    assert send(client, website="https://spam.example")["Location"] == THANKS
    forged = client.post(WRONG, {"text": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert not Report.objects.exists()


def test_too_many_wait_and_what_was_typed_stays(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    for _ in range(10):
        assert send(client).status_code == 303
    response = send(client, text="A long text of mine.")
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert "A long text of mine." in response.content.decode()
    assert Report.objects.count() == 10
    time_machine.shift(3601)
    assert send(client).status_code == 303


def test_only_races_on_the_site_can_be_wrong(client: Client, race: Race) -> None:
    FormerAddress.objects.create(slug="old-run", race=race)
    FormerAddress.objects.create(slug="removed")
    RaceFactory(slug="draft", state="draft")
    RaceFactory(slug="hidden", state="draft", first_published_at="2026-01-01T00:00Z")
    moved = client.get("/races/old-run/wrong/?about=price")
    assert (moved.status_code, moved["Location"]) == (301, f"{WRONG}?about=price")
    for slug, status in {"removed": 410, "hidden": 410, "draft": 404, "never": 404}.items():
        address = f"/races/{slug}/wrong/"
        assert client.get(address).status_code == status, slug
        assert client.post(address, {"text": "x"}).status_code == status
        assert client.get(f"{address}thanks/").status_code == status
    assert not Report.objects.exists()


def test_nothing_is_kept_of_who_said_it(client: Client) -> None:
    client.post(WRONG, {"text": "x"}, REMOTE_ADDR="198.51.100.77", HTTP_USER_AGENT="Her own")
    assert "198.51" not in str(Report.objects.values())
    assert {f.name for f in Report._meta.concrete_fields} == {
        "id", "race", "about", "said", "text", "evidence", "created_at", "state",
        "decided_by", "decided_at", "note",
    }  # fmt: skip


# Deciding.


def report(race: Race, **values: Any) -> Report:
    values = {"about": "date", "text": "It is on 23 May.", **values}
    made: Report = Report.objects.create(race=race, **values)
    return made


def test_a_moderator_sees_what_is_open_the_soonest_race_first(race: Race, moderator: User) -> None:
    sooner = EditionFactory(start_date="2027-03-20", race__name="Sooner").race
    without = RaceFactory(name="Without a date")
    made = [report(without), report(race), report(race, about="price"), report(sooner)]
    report(race, text="Old.", state="done", decided_at=timezone.now())
    desk = client_of(moderator)
    page = desk.get(LIST).content.decode()
    places = [page.index(f"{LIST}{each.pk}/") for each in [made[3], made[1], made[2], made[0]]]
    assert places == sorted(places)
    assert "Old." not in page
    assert "Old." in desk.get(f"{LIST}?state=all").content.decode()
    assert "Old." in desk.get(f"{LIST}?state=done").content.decode()
    home = as_read(desk.get("/admin/").content.decode())
    assert f'<a href="{LIST}">Reports of something wrong</a>: 4 open.' in home


def test_others_see_nothing_of_it(race: Race, editor: User) -> None:
    report(race)
    assert "something wrong" not in client_of(editor).get("/admin/").content.decode()


def test_a_report_is_read_safely_and_leads_to_the_race(race: Race, moderator: User) -> None:
    made = report(
        race,
        text="<script>alert(1)</script>",
        said="<b>Sun</b>",
        evidence="https://e.example/?a=1&b",
    )
    page = client_of(moderator).get(f"{LIST}{made.pk}/change/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>Sun" not in page
    rel = 'rel="nofollow noopener noreferrer"'
    assert f'<a href="https://e.example/?a=1&amp;b" {rel}>' in page
    assert f'href="/admin/races/race/{race.pk}/change/"' in page
    assert 'href="/races/ridge-run/"' in page
    assert "<script>alert" not in client_of(moderator).get(LIST).content.decode()


@pytest.mark.parametrize(
    ("state", "note"), [("done", ""), ("done", "Mended."), ("declined", "No.")]
)
def test_a_decision_is_recorded(race: Race, moderator: User, state: str, note: str) -> None:
    made = report(race)
    desk = client_of(moderator)
    answer = desk.post(f"{LIST}{made.pk}/decide/", {"state": state, "note": note}, follow=True)
    assert "the decision is recorded" in answer.content.decode()
    made.refresh_from_db()
    assert (made.state, made.note, made.decided_by) == (state, note, moderator)
    assert made.decided_at == timezone.now()
    page = desk.get(f"{LIST}{made.pk}/change/").content.decode()
    assert "What became of it" in page
    assert "Record the decision" not in page


@pytest.mark.parametrize(
    ("typed", "error"),
    [({"state": "declined"}, "Say why"), ({}, "Choose one."), ({"state": "open"}, "valid choice")],
)
def test_a_decision_that_says_too_little_is_none(
    race: Race, moderator: User, typed: dict[str, str], error: str
) -> None:
    made = report(race)
    page = client_of(moderator).post(f"{LIST}{made.pk}/decide/", typed).content.decode()
    assert error in page
    assert "Nothing is decided yet." in page
    assert Report.objects.get().is_open


def test_the_second_of_two_moderators_is_told_and_changes_nothing(
    race: Race, moderator: User
) -> None:
    made = report(race)
    decide(made, "declined", "It was right.", UserFactory(email="quick@example.com"))
    answer = client_of(moderator).post(f"{LIST}{made.pk}/decide/", {"state": "done"}, follow=True)
    page = as_read(answer.content.decode())
    assert "Already decided: “Declined”, by quick@example.com. Nothing was changed." in page
    assert Report.objects.get().state == "declined"


@CONCURRENT
def test_two_moderators_at_once_decide_once() -> None:
    from django.db import transaction

    made = report(RaceFactory())
    first, second = UserFactory(), UserFactory()
    thread, outcome = second_person(lambda: decide(made, "declined", "No.", second))
    with transaction.atomic():
        decide(made, "done", "", first)
        thread.start()
        wait_until_somebody_waits_for_us()
    thread.join(10)
    assert isinstance(outcome[0], AlreadyDecided)
    assert Report.objects.get().decided_by == first


# Keeping.


# organizers.tasks.forget_what_is_over
def test_what_was_decided_goes_after_a_year_and_what_was_not_never(
    race: Race, time_machine: TimeMachineFixture
) -> None:
    waits = report(race)
    report(race, state="done", decided_at=timezone.now() - timedelta(days=1))
    time_machine.shift(timedelta(days=364, seconds=1))
    forget_what_is_over()
    assert list(Report.objects.all()) == [waits]
    time_machine.shift(timedelta(days=3000))
    assert forget_what_is_over()["decided reports"] == 0
    assert list(Report.objects.all()) == [waits]


def test_who_decided_may_leave(race: Race, moderator: User) -> None:
    made = report(race)
    decide(made, "done", "", moderator)
    moderator.delete()
    assert Report.objects.get().decided_by is None


def test_a_report_goes_with_its_race(race: Race) -> None:
    report(race)
    race.delete()
    assert not Report.objects.exists()
