"""Listing a race, as a race director fills the form in, rightly and wrongly."""

import re
from html import unescape
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from organizers.accounts.profile import OrganizerForm, save_profile
from organizers.models import Decision, Membership, Organizer, Submission
from organizers.submissions.forms import MAX_DISTANCES
from organizers.views.submissions import MAX_OPEN_SUBMISSIONS
from races.models import Race
from tests.clock import NEXT_MONTH, TODAY, day
from tests.desk import NEW, assert_all_kept, client_of, read
from tests.factories import RaceFactory, SubmissionFactory, UserFactory, submission_values

pytestmark = [pytest.mark.django_db, pytest.mark.dates]


def typed(**changes: str) -> dict[str, str]:
    """The form filled in well, with changes: race__name stands for race-name."""
    return submission_values(**{name.replace("__", "-"): text for name, text in changes.items()})


# The profile.


def test_a_newcomer_makes_a_profile_first_and_then_lists_a_race() -> None:
    newcomer = client_of(UserFactory())
    response = newcomer.get(NEW, follow=True)
    assert response.request["PATH_INFO"] == "/organizers/profile/"
    form = read(response)
    assert form.values["next"] == NEW
    response = newcomer.post("/organizers/profile/", {**form.values, "name": "Night Runners"})
    assert response["Location"] == NEW
    assert newcomer.get(NEW).status_code == 200
    organizer = Organizer.objects.get(name="Night Runners")
    assert organizer.plan.slug == "starter"
    assert organizer.plan.monthly_price == 0


def test_the_profile_can_be_changed_and_stays_one(director: Client, membership: Membership) -> None:
    answer = {"name": "New Name", "website": "club.example", "contact_email": "club@example.com"}
    assert director.post("/organizers/profile/", answer)["Location"] == "/organizers/"
    organizer = Organizer.objects.get()
    assert organizer.pk == membership.organizer_id
    assert (organizer.name, organizer.website) == ("New Name", "https://club.example")
    assert Membership.objects.get().role == "owner"


def test_a_profile_cannot_choose_its_plan(director: Client) -> None:
    director.post("/organizers/profile/", {"name": "Club", "plan": "999", "created_at": "x"})
    assert Organizer.objects.get().plan.slug == "starter"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 121),
        ("name", "nul\x00"),
        ("website", "javascript:alert(1)"),
        ("website", "not a website"),
        ("contact_email", "nobody"),
        ("contact_email", "a@example.com\r\nBcc: b@example.com"),
    ],
)
def test_a_wrong_profile_says_so_by_the_field_and_keeps_the_rest(
    field: str, text: str, director: Client
) -> None:
    answer = {
        "name": "Typed", "website": "https://typed.example", "contact_email": "typed@example.com",
        field: text,
    }  # fmt: skip
    response = director.post("/organizers/profile/", answer)
    form = read(response)
    assert form.error_of(field)
    for other in answer.keys() - {field}:
        assert form.values[other] == answer[other]
        assert not form.error_of(other)
    assert not Organizer.objects.filter(name="Typed").exists()


def test_only_an_owner_changes_the_profile(membership: Membership) -> None:
    membership.role = Membership.Role.EDITOR
    membership.save()
    response = client_of(membership.user).post("/organizers/profile/", {"name": "Taken over"})
    assert response.status_code == 403
    assert not Organizer.objects.filter(name="Taken over").exists()
    colleague = client_of(membership.user)
    assert "Change the profile" not in colleague.get("/organizers/").content.decode()
    assert colleague.get(NEW).status_code == 200


# Sending a race.


def test_a_race_is_sent_and_waits_for_review(
    director: Client,
    membership: Membership,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = director.post(NEW, submission_values(), follow=True)
    submission = Submission.objects.get()
    assert response.request["PATH_INFO"] == submission.get_absolute_url()
    page = response.content.decode()
    assert "Sent. We look at every race by hand" in page
    assert "Waiting for review" in page
    for said in ["Costa Brava Night Run", "Road running", "Spain", "10K", "1:30", "18.50"]:
        assert said in page, said
    assert submission.state == "pending"
    assert submission.submitted_by == membership.user
    assert submission.organizer == membership.organizer
    assert submission.submitted_at is not None
    assert submission.values == submission_values()
    assert [mail.subject for mail in mailoutbox] == ["We have your race: Costa Brava Night Run"]
    assert "Costa Brava Night Run" in director.get("/organizers/").content.decode()
    assert not Race.objects.exists()
    assert "Costa Brava" not in Client().get("/races/").content.decode()


def test_month_only_and_no_more_than_needed_is_enough(director: Client) -> None:
    values = typed(
        race__region="", race__description="", edition__start_date="", edition__month=NEXT_MONTH,
        edition__is_confirmed="", edition__registration_url="", edition__registration_state="",
        distance__0__start_time="", distance__0__cut_off="", distance__0__price="",
        distance__0__currency="",
    )  # fmt: skip
    del values["edition-is_confirmed"]
    director.post(NEW, values)
    assert Submission.objects.get().state == "pending"


FUTURE = TODAY.year + 6
LONG = "x" * 10_000

WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no name": ({"race__name": ""}, "race-name"),
    "a name of spaces": ({"race__name": "   "}, "race-name"),
    "a name of 121 letters": ({"race__name": "x" * 121}, "race-name"),
    "a name of 10,000 letters": ({"race__name": LONG}, "race-name"),
    "a name in Arabic alone": ({"race__name": "سباق"}, "race-latin_name"),
    "a name in Japanese and digits": ({"race__name": "富士 100"}, "race-latin_name"),
    "a name in Greek twice": (
        {"race__name": "Αθήνα", "race__latin_name": "Αθήνα"}, "race-latin_name",
    ),
    "a name of digits": ({"race__name": "100"}, "race-latin_name"),
    "a name of emoji": ({"race__name": "🏃🏔️"}, "race-latin_name"),
    "no sport": ({"race__sport": ""}, "race-sport"),
    "an unknown sport": ({"race__sport": "curling"}, "race-sport"),
    "no town": ({"race__city": ""}, "race-city"),
    "a town of 10,000 letters": ({"race__city": LONG}, "race-city"),
    "an unknown country": ({"race__country": "XX"}, "race-country"),
    "no website": ({"race__website": ""}, "race-website"),
    "a script for a website": ({"race__website": "javascript:alert(1)"}, "race-website"),
    "data for a website": ({"race__website": "data:text/html,<b>x"}, "race-website"),
    "no day at all": ({"edition__start_date": ""}, "edition-start_date"),
    "yesterday": ({"edition__start_date": day(-1)}, "edition-start_date"),
    "six years ahead": ({"edition__start_date": f"{FUTURE}-05-01"}, "edition-start_date"),
    "the year 9999": ({"edition__start_date": "9999-12-31"}, "edition-start_date"),
    "no such day": ({"edition__start_date": "2027-02-30"}, "edition-start_date"),
    "a day in words": ({"edition__start_date": "next Sunday"}, "edition-start_date"),
    "both a day and a month": ({"edition__month": NEXT_MONTH}, "edition-month"),
    "a month not on offer": (
        {"edition__start_date": "", "edition__month": "2001-01"}, "edition-month",
    ),
    "an end before the start": ({"edition__end_date": day(89)}, "edition-end_date"),
    "an end two months later": ({"edition__end_date": day(151)}, "edition-end_date"),
    "an end and no start": (
        {"edition__start_date": "", "edition__month": NEXT_MONTH, "edition__end_date": day(90)},
        "edition-end_date",
    ),
    "a month that is final": (
        {"edition__start_date": "", "edition__month": NEXT_MONTH}, "edition-is_confirmed",
    ),
    "a script to register": (
        {"edition__registration_url": "javascript:alert(1)"}, "edition-registration_url",
    ),
    "an unknown registration state": (
        {"edition__registration_state": "maybe"}, "edition-registration_state",
    ),
    "no name of the distance": ({"distance__0__name": ""}, "distance-0-name"),
    "no length": ({"distance__0__length": ""}, "distance-0-length"),
    "a negative length": ({"distance__0__length": "-5"}, "distance-0-length"),
    "no length to speak of": ({"distance__0__length": "0"}, "distance-0-length"),
    "a length that rounds to nothing": (
        {"distance__0__length": "0.4", "distance__0__unit": "m"}, "distance-0-length",
    ),
    "a length beyond the Earth": ({"distance__0__length": "999999"}, "distance-0-length"),
    "a length that is no number": ({"distance__0__length": "NaN"}, "distance-0-length"),
    "an endless length": ({"distance__0__length": "Infinity"}, "distance-0-length"),
    "an unknown unit": ({"distance__0__unit": "furlong"}, "distance-0-unit"),
    "an hour past midnight": ({"distance__0__start_time": "25:00"}, "distance-0-start_time"),
    "a cut-off in letters": ({"distance__0__cut_off": "abc"}, "distance-0-cut_off"),
    "a cut-off of 99 minutes": ({"distance__0__cut_off": "7:99"}, "distance-0-cut_off"),
    "a negative cut-off": ({"distance__0__cut_off": "-7"}, "distance-0-cut_off"),
    "a negative climb": ({"distance__0__ascent_metres": "-1"}, "distance-0-ascent_metres"),
    "more places than people": ({"distance__0__capacity": "9" * 10}, "distance-0-capacity"),
    "a negative fee": ({"distance__0__price": "-1"}, "distance-0-price"),
    "a fee with no currency": ({"distance__0__currency": ""}, "distance-0-currency"),
    "a currency with no fee": ({"distance__0__price": ""}, "distance-0-price"),
    "a currency by its sign": ({"distance__0__currency": "€"}, "distance-0-currency"),
}  # fmt: skip

# What is not on offer cannot stand in a select.
CHOICES = {
    "race-sport", "race-country", "edition-month", "edition-registration_state", "distance-0-unit",
}  # fmt: skip


@pytest.mark.parametrize(("changes", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_field_says_so_and_every_value_is_kept(
    changes: dict[str, str], field: str, director: Client
) -> None:
    values = typed(**changes)
    response = director.post(NEW, values)
    assert response.status_code == 422
    form = read(response)
    assert form.error_of(field)
    assert list(form.errors.values()) == [form.error_of(field)]
    assert "One thing needs another look" in response.content.decode()
    kept = {name: text for name, text in values.items() if name != field or field not in CHOICES}
    assert_all_kept(form, kept)
    assert not Submission.objects.exists()


def test_an_empty_form_names_everything_it_needs_at_once(director: Client) -> None:
    untouched = read(director.get(NEW)).values
    form = read(director.post(NEW, untouched))
    for field in [
        "race-name", "race-sport", "race-city", "race-country", "race-website",
        "edition-start_date", "distance-0-name", "distance-0-length",
    ]:  # fmt: skip
        assert form.error_of(field), field
    assert "List at least one distance." in form.errors.values()
    assert not Submission.objects.exists()


@pytest.mark.parametrize("total", [None, "x", "-1", "9999", "", "0", "1.5", "9" * 400])
def test_a_tampered_count_of_distances_is_refused_politely(
    total: str | None, director: Client
) -> None:
    values = submission_values()
    del values["distance-TOTAL_FORMS"]
    if total is not None:
        values["distance-TOTAL_FORMS"] = total
    response = director.post(NEW, values)
    assert response.status_code == 422
    form = read(response)
    assert form.errors
    assert len([name for name in form.values if name.endswith("-length")]) <= MAX_DISTANCES + 1
    assert form.values["race-name"] == "Costa Brava Night Run"
    assert not Submission.objects.exists()
    again = director.post(NEW, {**values, "add-distance": "1"})
    assert again.status_code == 200
    assert read(again).values["distance-0-name"] == "10K"
    kept = director.post(NEW, {**values, "save-draft": "1"}, follow=True)
    assert kept.status_code == 200
    assert read(kept).values["race-name"] == "Costa Brava Night Run"


@pytest.mark.parametrize("initial", ["x", "-1", "5", ""])
def test_a_tampered_count_of_first_distances_does_no_harm(initial: str, director: Client) -> None:
    values = submission_values(**{"distance-INITIAL_FORMS": initial})
    assert director.post(NEW, values).status_code in {302, 422}
    for submission in Submission.objects.all():
        assert director.get(submission.get_absolute_url()).status_code == 200


TEXTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% now 'Y' %}",
    "Trail 🏔️ Größte Ævintýri",
    "סובב \u202eירושלים 10K",
    "'; DROP TABLE races_race; --",
]


@pytest.mark.parametrize("text", TEXTS)
def test_whatever_is_typed_is_shown_as_text(text: str, director: Client) -> None:
    values = typed(
        race__name=text, race__latin_name="Sovev Yerushalayim", race__city=text,
        race__description=text, distance__0__name=text,
    )  # fmt: skip
    wrong = director.post(NEW, {**values, "distance-0-length": "x"})
    assert_all_kept(read(wrong), {**values, "distance-0-length": "x"})
    director.post(NEW, values)
    submission = Submission.objects.get()
    pages = [wrong, director.get(submission.get_absolute_url()), director.get("/organizers/")]
    for response in pages:
        page = response.content.decode()
        assert text in unescape(page)
        if "<" in text:
            assert text not in page


def test_nul_bytes_are_dropped_and_the_rest_is_kept(director: Client) -> None:
    values = typed(race__name="Night\x00 Run", distance__0__name="\x0010K", race__city="x\x00")
    director.post(NEW, {**values, "race-\x00odd": "x", "save-draft": "1"})
    draft = Submission.objects.get()
    assert draft.values["race-name"] == "Night Run"
    assert director.post(NEW, values).status_code == 302
    # The very same words again: the draft is what was sent.
    assert [item.state for item in Submission.objects.all()] == ["pending"]


def test_a_long_description_is_kept_whole(director: Client) -> None:
    text = "A long way round. " * 500
    director.post(NEW, typed(race__description=text.strip()))
    assert Submission.objects.get().values["race-description"] == text.strip()


def test_a_description_too_long_is_refused_and_not_cut_in_silence(director: Client) -> None:
    response = director.post(NEW, typed(race__description="word " * 4000))
    assert response.status_code == 422
    assert "At most 10,000 characters" in read(response).error_of("race-description")
    assert read(response).values["race-description"] == ("word " * 4000)[:20_000]


def test_a_race_on_the_site_is_not_listed_twice(director: Client) -> None:
    RaceFactory(name="Côsta Brava Night-Run", country="ES")
    response = director.post(NEW, submission_values())
    assert response.status_code == 422
    assert "already have a race" in read(response).error_of("race-name")
    assert director.post(NEW, typed(race__country="FR")).status_code == 302


def test_a_race_that_waits_to_be_published_counts_too(director: Client) -> None:
    """Approval could not put a second one of its name beside it."""
    RaceFactory(name="Costa Brava Night Run", country="ES", state="draft")
    response = director.post(NEW, submission_values())
    assert response.status_code == 422
    assert "We already have a race" in read(response).error_of("race-name")


# Several distances.


def two_distances(**changes: str) -> dict[str, str]:
    second = {"distance__1__name": "5K", "distance__1__length": "5", "distance__1__unit": "km"}
    return typed(distance__TOTAL_FORMS="2", **{**second, **changes})


@pytest.mark.parametrize("name", ["10K", "10 k", "  10k  ", "10-K"])
def test_two_distances_do_not_share_a_name(name: str, director: Client) -> None:
    response = director.post(NEW, two_distances(distance__1__name=name))
    assert response.status_code == 422
    form = read(response)
    assert "Another distance has this name" in form.error_of("distance-1-name")
    assert not form.error_of("distance-0-name")


def test_two_distances_do_not_share_a_name_in_any_script(director: Client) -> None:
    response = director.post(NEW, two_distances(distance__0__name="🏃", distance__1__name="🏃"))
    assert response.status_code == 422
    assert read(response).error_of("distance-1-name")


def test_adding_a_distance_keeps_everything_and_complains_of_nothing(director: Client) -> None:
    values = typed(race__name="", distance__0__cut_off="abc", edition__start_date="soon")
    response = director.post(NEW, {**values, "add-distance": "1"})
    assert response.status_code == 200
    form = read(response)
    assert_all_kept(form, {**values, "distance-TOTAL_FORMS": "2"})
    assert "distance-1-name" in form.values
    assert form.errors == {}
    assert "another look" not in response.content.decode()
    assert not Submission.objects.exists()


def test_there_is_an_end_to_adding_distances(director: Client) -> None:
    values = submission_values()
    for before in [MAX_DISTANCES - 1, MAX_DISTANCES]:
        values = {**values, "distance-TOTAL_FORMS": str(before), "add-distance": "1"}
        response = director.post(NEW, values)
        values = read(response).values
    assert values["distance-TOTAL_FORMS"] == str(MAX_DISTANCES)
    assert 'name="add-distance"' not in response.content.decode()


@pytest.mark.parametrize("cleared", [0, 1])
def test_a_cleared_distance_is_dropped(cleared: int, director: Client) -> None:
    values = two_distances()
    for name in values:
        if name.startswith(f"distance-{cleared}-") and not name.endswith("-unit"):
            values[name] = ""
    assert director.post(NEW, values).status_code == 302


# Drafts.


def test_a_draft_keeps_an_unfinished_form_without_complaint(
    director: Client,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    values = typed(
        race__name="", race__website="javascript:x", edition__start_date="in May",
        distance__0__length="-1", distance__0__cut_off="abc",
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        response = director.post(NEW, {**values, "save-draft": "1"}, follow=True)
    draft = Submission.objects.get()
    assert response.request["PATH_INFO"] == f"/organizers/submissions/{draft.pk}/edit/"
    assert "The draft is kept" in response.content.decode()
    form = read(response)
    assert form.errors == {}
    assert_all_kept(form, values)
    assert (draft.state, draft.submitted_at) == ("draft", None)
    assert mailoutbox == []
    assert not Decision.objects.exists()
    assert "A race without a name yet" in director.get("/organizers/").content.decode()
    assert director.get(draft.get_absolute_url()).status_code == 200


def test_an_empty_draft_is_kept_too(director: Client) -> None:
    response = director.post(NEW, {"save-draft": "1"}, follow=True)
    assert response.status_code == 200
    assert read(response).errors == {}


def test_a_draft_is_finished_and_sent(director: Client) -> None:
    director.post(NEW, {**typed(race__name=""), "save-draft": "1"})
    draft = Submission.objects.get()
    edit = f"/organizers/submissions/{draft.pk}/edit/"
    values = {**read(director.get(edit)).values, "race-name": "Dawn Run"}
    assert director.post(edit, values)["Location"] == draft.get_absolute_url()
    draft.refresh_from_db()
    assert (draft.state, draft.race_name) == ("pending", "Dawn Run")


def test_only_fields_of_the_form_are_kept(director: Client) -> None:
    odd = {"race-" + "x" * 100: "y", "state": "approved", "csrfmiddlewaretoken": "t", "next": "/"}
    director.post(NEW, {**submission_values(), **odd, "save-draft": "1"})
    assert set(Submission.objects.get().values) == set(submission_values())


# Afterwards.


def mine(membership: Membership, **values: Any) -> Submission:
    submission: Submission = SubmissionFactory(
        organizer=membership.organizer, submitted_by=membership.user, **values
    )
    return submission


SENT = {"submitted_at": "2026-11-01T09:00Z"}


def test_after_a_request_for_changes_the_note_is_read_and_the_race_sent_again(
    director: Client, membership: Membership, moderator: Any
) -> None:
    submission = mine(membership, state="changes-requested", **SENT)
    Decision.objects.create(
        submission=submission, state="changes-requested", by=moderator,
        note="Which <b>town</b>?\nSay so.",
    )  # fmt: skip
    page = director.get(submission.get_absolute_url()).content.decode()
    assert "Which &lt;b&gt;town&lt;/b&gt;?<br>Say so." in page
    assert "by a moderator" in page
    assert moderator.email not in page
    response = director.get(f"/organizers/submissions/{submission.pk}/edit/")
    assert "Which &lt;b&gt;town" in response.content.decode()
    values = {**read(response).values, "race-city": "Figueres"}
    director.post(f"/organizers/submissions/{submission.pk}/edit/", values)
    submission.refresh_from_db()
    assert (submission.state, submission.values["race-city"]) == ("pending", "Figueres")


@pytest.mark.parametrize("state", ["pending", "approved", "rejected", "withdrawn"])
def test_what_has_left_the_organizers_hands_is_not_edited(
    state: str, director: Client, membership: Membership
) -> None:
    submission = mine(membership, state=state, **SENT)
    edit = f"/organizers/submissions/{submission.pk}/edit/"
    page = director.get(submission.get_absolute_url()).content.decode()
    assert edit not in page
    assert director.get(edit)["Location"] == submission.get_absolute_url()
    for button in [{}, {"save-draft": "1"}, {"add-distance": "1"}]:
        changed = {**typed(race__city="Elsewhere"), **button}
        assert director.post(edit, changed)["Location"] == submission.get_absolute_url()
    submission.refresh_from_db()
    assert (submission.state, submission.values["race-city"]) == (state, "Girona")


@pytest.mark.parametrize("state", ["draft", "pending", "changes-requested"])
def test_an_open_submission_can_be_withdrawn(
    state: str, director: Client, membership: Membership
) -> None:
    submission = mine(membership, state=state, **SENT)
    withdraw = f"/organizers/submissions/{submission.pk}/withdraw/"
    assert withdraw in director.get(submission.get_absolute_url()).content.decode()
    assert director.get(withdraw).status_code == 405
    response = director.post(withdraw, follow=True)
    assert "Withdrawn. Nobody will look at it" in response.content.decode()
    submission.refresh_from_db()
    assert submission.state == "withdrawn"


@pytest.mark.parametrize("state", ["approved", "rejected", "withdrawn"])
def test_what_is_decided_cannot_be_withdrawn(
    state: str, director: Client, membership: Membership
) -> None:
    submission = mine(membership, state=state, **SENT)
    withdraw = f"/organizers/submissions/{submission.pk}/withdraw/"
    assert withdraw not in director.get(submission.get_absolute_url()).content.decode()
    response = director.post(withdraw, follow=True)
    assert f"This submission is already {state}." in response.content.decode()
    submission.refresh_from_db()
    assert submission.state == state
    assert not Decision.objects.exists()


def test_nobody_floods_the_moderators(director: Client, membership: Membership) -> None:
    for number in range(MAX_OPEN_SUBMISSIONS - 1):
        mine(membership, state=["draft", "pending"][number % 2], **SENT)
    last = mine(membership, state="approved", **SENT)
    assert director.get(NEW).status_code == 200
    last.state = "pending"
    last.save()
    for response in [director.get(NEW), director.post(NEW, submission_values())]:
        assert response.status_code == 429
        assert "That is a lot of races at once" in response.content.decode()
    assert Submission.objects.count() == MAX_OPEN_SUBMISSIONS
    director.post(f"/organizers/submissions/{last.pk}/withdraw/")
    assert director.post(NEW, submission_values()).status_code == 302


def test_a_form_from_another_site_is_refused(membership: Membership) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(membership.user)
    submission = mine(membership, state="pending", **SENT)
    for path in [
        NEW, "/organizers/profile/", f"/organizers/submissions/{submission.pk}/withdraw/"
    ]:  # fmt: skip
        response = careful.post(path, {**submission_values(), "name": "Forged"})
        assert response.status_code == 403, path
        assert "The form was too old" in response.content.decode()
    submission.refresh_from_db()
    assert submission.state == "pending"
    assert Submission.objects.count() == 1


def test_the_dashboard_costs_the_same_for_one_race_and_for_twenty(
    director: Client, membership: Membership
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert director.get("/organizers/").status_code == 200
        return len(counted)

    mine(membership, state="pending", **SENT)
    one = queries()
    for _ in range(19):
        mine(membership, state="pending", **SENT)
    assert queries() == one


def test_the_first_button_of_the_form_is_the_one_that_sends(director: Client) -> None:
    """Since Enter in a field presses it."""
    page = director.get(NEW).content.decode()
    form = page[page.index('<form method="post" novalidate class="long-form"') :]
    first = re.search(r"<button[^>]*>([^<]*)", form)
    assert first
    assert "Send for review" in first[1]
    assert "name=" not in first[0]


def test_a_form_sent_twice_makes_one_submission(director: Client) -> None:
    values = submission_values()
    first = director.post(NEW, values)
    second = director.post(NEW, values, follow=True)
    assert Submission.objects.count() == 1
    assert second.redirect_chain[-1][0] == first["Location"]
    assert "already waiting for review" in second.content.decode()


def test_a_profile_sent_twice_makes_one_organizer(client: Client) -> None:
    user = UserFactory()
    form = OrganizerForm({"name": "Club"})
    again = OrganizerForm({"name": "Club"})
    assert form.is_valid()
    assert again.is_valid()
    # Both were shown before either was saved.
    save_profile(form, user)
    save_profile(again, user)
    assert Organizer.objects.get().memberships.get().user == user
