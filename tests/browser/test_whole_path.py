"""From a word that somebody looks up to a race that somebody else has put on the site."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from organizers.models import User
from tests.backstage import not_there
from tests.browser.people import (
    PASSWORD,
    People,
    code_mailed_to,
    first_day,
    make_the_profile,
    newest_mail_to,
    send_button,
    sign_up_from_the_words_page,
)
from tests.desk import app_code

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

DAY = date.today() + timedelta(days=120)


def test_a_word_leads_to_a_race_and_a_race_director_to_a_listing(people: People) -> None:
    kind = "scripted" if people.has_javascript else "plain"
    race, email = f"Costa Brava {kind} run".title(), f"{kind}@club.example"

    athlete = people.another()
    look_up_a_word(athlete)
    read_an_answer(athlete)
    go_on_to_a_race(athlete)

    director = people.another()
    sign_up_from_the_words_page(director, email)
    make_the_profile(director, f"Club {kind}")
    make_a_mistake_and_lose_nothing(director, race)
    add_a_distance_and_keep_a_draft(director, race)
    send(director, race)
    assert not is_on_the_site(athlete, race)

    moderator = people.another()
    sign_in_with_a_password(moderator, f"{kind}@startline.example")
    decide(moderator, race, "Request changes", "Which of the two starts first?")
    assert newest_mail_to(email).subject == f"Please change something: {race}"
    read_the_note_and_change(director, race, "Which of the two starts first?")
    assert not is_on_the_site(athlete, race)

    decide(moderator, race, "Approve: put the race on the site", "")
    assert newest_mail_to(email).subject == f"Your race is on Startline: {race}"
    assert is_on_the_site(athlete, race)
    find_the_race_everywhere(athlete, race)
    see_it_on_the_dashboard_and_sign_out(director, race)
    sign_in_and_delete_the_account(director, email)
    assert is_on_the_site(athlete, race)
    assert not User.objects.filter(email=email).exists()
    assert not any(people.troubles), people.troubles


def look_up_a_word(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Look up a word or a race").fill("pfps")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=pfps$"))
    page.get_by_role("link", name="Runner's Knee", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runner's Knee")


def read_an_answer(page: Page) -> None:
    answer = page.locator(".question").get_by_text("Often yes, at a reduced volume.")
    expect(answer).to_be_hidden()
    page.locator("summary", has_text="Can I keep running with runner's knee?").click()
    expect(answer).to_be_visible()


def go_on_to_a_race(page: Page) -> None:
    events = page.get_by_role("region", name="Find your next event")
    race = events.get_by_role("article").first.get_by_role("link")
    name = race.inner_text()
    race.click()
    expect(page).to_have_url(re.compile("/races/[a-z0-9-]+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def make_a_mistake_and_lose_nothing(page: Page, race: str) -> None:
    page.get_by_label("Name of the race").fill(race)
    page.get_by_label("Sport", exact=True).select_option("Road running")
    page.get_by_label("Town where it starts").fill("Girona")
    page.get_by_label("Country").select_option("Spain")
    page.get_by_label("Official website").fill("https://costabrava.example/")
    first_day(page).fill((date.today() - timedelta(days=9)).isoformat())
    first = page.get_by_role("group", name="Distance 1")
    first.get_by_label("Name").fill("Short one")
    first.get_by_label("Length").fill("12")
    send_button(page).click()

    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("One thing needs another look")
    summary.get_by_role("link", name="Day").click()
    day = first_day(page)
    expect(day).to_be_focused()
    expect(day).to_have_accessible_description(re.compile("This day has passed."))
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name of the race")).to_have_value(race)
    expect(page.get_by_label("Sport", exact=True)).to_have_value("road-running")
    expect(page.get_by_role("group", name="Distance 1").get_by_label("Length")).to_have_value("12")
    day.fill(DAY.isoformat())


def add_a_distance_and_keep_a_draft(page: Page, race: str) -> None:
    page.get_by_role("button", name="Add another distance").click()
    second = page.get_by_role("group", name="Distance 2")
    second.get_by_label("Name").fill("Long one")
    second.get_by_label("Length").fill("31.5")
    second.get_by_label("Gun time").fill("07:30")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("status").filter(has_text="The draft is kept.")).to_be_visible()
    expect(first_day(page)).to_have_value(DAY.isoformat())
    expect(page.get_by_role("group", name="Distance 2").get_by_label("Length")).to_have_value(
        "31.5"
    )
    page.goto("/organizers/")
    expect(page.get_by_role("listitem").filter(has_text=race)).to_contain_text("Draft")
    page.get_by_role("link", name=race).click()
    page.get_by_role("link", name="Go on with the draft").click()


def send(page: Page, race: str) -> None:
    send_button(page).click()
    expect(page.get_by_role("status").filter(has_text="Sent.")).to_be_visible()
    way_back = page.get_by_role("navigation", name="Breadcrumb")
    way_back.get_by_role("link", name="Your races").click()
    expect(page.get_by_role("listitem").filter(has_text=race)).to_contain_text("Waiting for review")


def is_on_the_site(page: Page, race: str) -> bool:
    answer = page.goto(f"/races/{race.lower().replace(' ', '-')}/")
    assert answer
    return answer.status == 200


def sign_in_with_a_password(page: Page, email: str) -> None:
    page.goto("/admin/")
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=/admin/"))
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(code_mailed_to(email))
    page.get_by_role("main").get_by_role("button").first.click()
    set_up_the_second_factor(page)
    expect(page).to_have_url(re.compile("/admin/$"))


def set_up_the_second_factor(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("A second factor")
    page.get_by_role("link", name="Set it up").click()
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("img", name="The key below")).to_be_visible()
    secret = page.locator("code").inner_text()
    page.get_by_label("Authenticator code").fill(app_code(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_label("Code").fill(app_code(secret))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("main").locator("code")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()


def decide(page: Page, race: str, decision: str, note: str) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="Submissions").first.click()
    page.get_by_role("link", name=race).click()
    expect(page.get_by_text("31.5")).to_be_visible()
    page.get_by_label(decision).check()
    page.get_by_label("Note to the organizer").fill(note)
    page.get_by_role("button", name="Record the decision").click()
    expect(page.get_by_text("the decision is recorded.")).to_be_visible()
    expect(page.get_by_role("link", name=race)).to_have_count(0)


def read_the_note_and_change(page: Page, race: str, note: str) -> None:
    page.goto("/organizers/")
    expect(page.get_by_role("listitem").filter(has_text=race)).to_contain_text("Changes requested")
    page.get_by_role("link", name=race).click()
    expect(page.get_by_text(note)).to_be_visible()
    page.get_by_role("link", name="Make the changes").click()
    expect(page.get_by_text(note)).to_be_visible()
    page.get_by_role("group", name="Distance 1").get_by_label("Gun time").fill("09:00")
    send(page, race)


def find_the_race_everywhere(page: Page, race: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(race)
    expect(page.get_by_text("Not yet confirmed by the organizer")).to_be_visible()
    expect(page.get_by_role("heading", name="Long one")).to_contain_text("31.5 km")
    page.goto("/races/")
    page.get_by_label("What, where, when").fill(race)
    page.get_by_role("button", name="Show races").click()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("link", name=race, exact=True)).to_be_visible()
    page.goto("/search/")
    page.get_by_role("main").locator("input[name=q]").fill("girona")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=race).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(race)


def see_it_on_the_dashboard_and_sign_out(page: Page, race: str) -> None:
    page.goto("/organizers/")
    expect(page.get_by_role("region", name="On the site")).to_contain_text(race)
    expect(page.get_by_role("region", name="Sent and unfinished")).not_to_contain_text(race)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Know the word. Find the race.")
    page.goto("/organizers/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def sign_in_and_delete_the_account(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(code_mailed_to(email))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="Delete the account").click()
    page.get_by_label("Delete my account").check()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is deleted")
    page.goto("/organizers/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_without_chromium_a_build_fails_and_a_developer_may_go_on(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no Chromium"):
        not_there("Chromium")
