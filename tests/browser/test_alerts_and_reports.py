"""An alert from the search to its end, and a wrong fact told and decided, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from organizers.models import Alert, Report
from tests.browser.people import People, newest_mail_to

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(people: People) -> Page:
    page = people.another()
    page.set_viewport_size(PHONE)
    return page


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_an_alert_is_asked_for_confirmed_and_ended(phone: Page, people: People) -> None:
    email = f"ana-{people.has_javascript}@example.com".lower()
    phone.goto("/races/?sport=road-running")
    phone.get_by_role("link", name="Alert by mail").click()
    heading(phone, "Alert by mail")
    phone.get_by_label("Your email address").fill("ana@")
    phone.get_by_role("button", name="Send me the link").click()
    expect(phone.get_by_text("This is no email address")).to_be_visible()
    expect(phone.get_by_label("Your email address")).to_have_value("ana@")
    phone.get_by_label("Your email address").fill(email)
    phone.get_by_label("Your email address").press("Enter")
    heading(phone, "Look into your mail")

    link = re.search(r"https?://[^/\s]+(/\S+/confirm/\S+)", str(newest_mail_to(email).body))
    assert link
    phone.goto(link[1])
    heading(phone, "Confirm your alert")
    assert Alert.objects.get(email=email).confirmed_at is None
    phone.get_by_role("button", name="Confirm the alert").click()
    heading(phone, "Your alert is on")
    assert Alert.objects.get(email=email).confirmed_at

    phone.get_by_role("link", name="End this alert").click()
    heading(phone, "End this alert?")
    assert Alert.objects.filter(email=email).exists()
    phone.get_by_role("button", name="End this alert").click()
    heading(phone, "The alert has ended")
    assert not Alert.objects.filter(email=email).exists()
    phone.reload()
    heading(phone, "The alert has ended")
    assert not phone.context.cookies()
    assert people.troubles == [[]]


def test_what_is_wrong_is_told_in_a_few_words(phone: Page, people: People) -> None:
    phone.goto("/races/london-marathon/wrong/?about=date")
    heading(phone, "Is the date wrong?")
    phone.get_by_role("button", name="Send to the moderators").click()
    expect(phone.get_by_text("Write a few words")).to_be_visible()
    phone.get_by_label("What is right instead?").fill("A week later.")
    phone.get_by_label("Where can one see that?").fill("javascript:alert(1)")
    phone.get_by_role("button", name="Send to the moderators").click()
    expect(phone.get_by_text("This is no web address")).to_be_visible()
    expect(phone.get_by_label("What is right instead?")).to_have_value("A week later.")
    phone.get_by_label("Where can one see that?").fill("tcslondonmarathon.com")
    phone.get_by_role("button", name="Send to the moderators").click()
    heading(phone, "Thank you")
    kept = Report.objects.latest("pk")
    assert (kept.about, kept.text) == ("date", "A week later.")
    assert kept.evidence == "https://tcslondonmarathon.com"
    assert kept.said
    phone.get_by_role("link", name=re.compile("^Back to")).click()
    heading(phone, "London Marathon")
    assert not phone.context.cookies()
    assert people.troubles == [[]]
