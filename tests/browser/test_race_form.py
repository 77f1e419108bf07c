"""A race director types a comma, and is signed out before pressing Send."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from organizers.models import Submission
from tests.browser.people import (
    People,
    code_mailed_to,
    first_day,
    make_the_profile,
    send_button,
    sign_up_from_the_words_page,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

DAY = date.today() + timedelta(days=120)


def test_a_comma_counts_and_what_was_typed_survives_signing_in_again(people: People) -> None:  # noqa: F811
    kind = "scripted" if people.has_javascript else "plain"
    email, race = f"comma-{kind}@club.example", f"富士 100 {'一二'[people.has_javascript]}"
    page = people.another()
    sign_up_from_the_words_page(page, email)
    make_the_profile(page, f"Comma {kind}")
    page.get_by_label("Name of the race").fill(race)
    page.get_by_label("Sport", exact=True).select_option("Trail & mountain running")
    page.get_by_label("Town where it starts").fill("富士吉田市")
    page.get_by_label("Country").select_option("Japan")
    page.get_by_label("Official website").fill("https://fuji.example/")
    first_day(page).fill(DAY.isoformat())
    distance = page.get_by_role("group", name="Distance 1")
    distance.get_by_label("Name").fill("100 miles")
    distance.get_by_label("Length").press_sequentially("160,9")
    distance.get_by_label("Cut-off").fill("4:60")
    send = send_button(page)

    # As when it has run out: the browser holds no session that the site knows.
    page.context.clear_cookies(name="sessionid")
    send.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(
        page.get_by_role("status").filter(has_text="the form comes back as you typed it")
    ).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(code_mailed_to(email))
    page.get_by_role("main").get_by_role("button").first.click()

    expect(page.get_by_text("This is as you typed it.")).to_be_visible()
    expect(page.get_by_label("Name of the race")).to_have_value(race)
    expect(distance.get_by_label("Length")).to_have_value("160,9")
    expect(distance.get_by_text("We read: 160.9 km (100 mi)")).to_be_visible()
    expect(distance.get_by_label("Cut-off")).to_have_value("4:60")

    distance.get_by_label("Cut-off").fill("10")
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("Give the name in Latin letters too.")
    page.get_by_label("The name in Latin letters").fill(f"Mt Fuji 100 {kind}")
    expect(page.get_by_text("This is faster than the world’s best on foot.").last).to_be_visible()
    page.get_by_label("Yes, 10 hours for 160.9 km (100 mi) is right").check()
    send.click()
    expect(page.get_by_role("status").filter(has_text="Sent.")).to_be_visible()
    expect(page.get_by_text("160.9 km (100 mi)").first).to_be_visible()
    expect(page.get_by_text("The organizer said that it is right.")).to_be_visible()
    assert Submission.objects.get(submitted_by__email=email).state == "pending"
    assert not any(people.troubles), people.troubles
