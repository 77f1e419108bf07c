"""The admin, for those who moderate, edit and run the site."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks

from glossary.linking.relinking import relink_soon
from glossary.models import Category, Feedback, FormerAddress, MissedSearch, Term
from organizers.models import Alert, Decision, Listing, Mail, Plan, Report, Submission, User
from organizers.submissions import workflow
from races.models import Distance, Edition, Place, Race
from tests.desk import as_read, client_of
from tests.factories import (
    CategoryFactory,
    DistanceFactory,
    HealthCategoryFactory,
    MembershipFactory,
    RaceFactory,
    SubmissionFactory,
    TermFactory,
    UserFactory,
    submission_values,
)

pytestmark = pytest.mark.django_db

QUEUE = "/admin/organizers/submission/"


@pytest.fixture
def moderating(moderator: User) -> Client:
    return client_of(moderator)


def proposal(name: str, state: str = "pending", day: int = 1) -> Submission:
    submission: Submission = SubmissionFactory(
        values=submission_values(**{"race-name": name}), state=state,
        submitted_at=None if state == "draft" else f"2026-11-{day:02}T09:00Z",
    )  # fmt: skip
    return submission


def decide(client: Client, submission: Submission, **answer: str) -> Any:
    return client.post(f"{QUEUE}{submission.pk}/decide/", answer)


def names_in(page: str) -> list[str]:
    return re.findall(r'field-race_name"><a [^>]*>([^<]*)</a>', page)


# The queue.


def test_the_queue_shows_what_waits_the_oldest_first(moderating: Client) -> None:
    proposal("Second", day=5)
    proposal("First", day=2)
    for state in ["approved", "rejected", "withdrawn", "changes-requested"]:
        proposal(f"Is {state}", state=state)
    assert names_in(moderating.get(QUEUE).content.decode()) == ["First", "Second"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=pending", ["One"]),
        ("state=rejected", ["Two"]),
        ("state=all", ["One", "Two"]),
        ("state=nonsense", []),
        ("q=one", ["One"]),
        ("q=nothing%20like%20it", []),
    ],
)
def test_the_queue_can_be_asked_for_something_else(
    query: str, found: list[str], moderating: Client
) -> None:
    proposal("One", day=1)
    proposal("Two", state="rejected", day=2)
    assert names_in(moderating.get(f"{QUEUE}?{query}").content.decode()) == found


def test_an_organizers_unsent_draft_is_nobody_elses_to_read(
    moderating: Client, root: Client
) -> None:
    """Its page promises so."""
    draft = proposal("Secret Run", state="draft")
    Submission.objects.filter(pk=proposal("Taken Back", state="draft").pk).update(state="withdrawn")
    for client in [moderating, root]:
        for query in ["", "?state=all", "?state=draft", "?state=withdrawn"]:
            assert names_in(client.get(QUEUE + query).content.decode()) == [], query
        shown = client.get(f"{QUEUE}{draft.pk}/change/", follow=True).content.decode()
        assert "Secret Run" not in shown
        assert decide(client, draft, step="approve").status_code == 404


def test_the_queue_costs_the_same_for_one_row_and_for_twenty(moderating: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert moderating.get(QUEUE).status_code == 200
        return len(counted)

    proposal("First")
    queries()  # warms what Django keeps in memory
    one = queries()
    for number in range(19):
        proposal(f"Race {number}")
    assert len(names_in(moderating.get(QUEUE).content.decode())) == 20
    assert queries() == one


def test_the_page_of_a_proposal_costs_the_same_for_any_history(
    moderating: Client, moderator: User
) -> None:
    submission = proposal("Long story")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert moderating.get(f"{QUEUE}{submission.pk}/change/").status_code == 200
        return len(counted)

    Decision.objects.create(submission=submission, state="pending", by=moderator)
    queries()  # warms what Django keeps in memory
    one = queries()
    for _ in range(19):
        Decision.objects.create(submission=submission, state="pending", by=UserFactory())
    assert queries() == one


# Reading and deciding.


def test_the_page_of_a_proposal_has_the_styles_made_for_it(moderating: Client) -> None:
    page = moderating.get(f"{QUEUE}{proposal('Night Run').pk}/change/").content.decode()
    assert re.search(r'href="/static/css/admin(\.\w+)?\.css"', page)


def test_a_moderator_reads_all_that_was_typed(moderating: Client) -> None:
    submission = proposal("Night & <b>Day</b>")
    Decision.objects.create(
        submission=submission, state="changes-requested", by=UserFactory(name="Ann"),
        note="Which <town>?",
    )  # fmt: skip
    page = as_read(moderating.get(f"{QUEUE}{submission.pk}/change/").content.decode())
    for text in [
        "Night &amp; &lt;b&gt;Day&lt;/b&gt;", "Road running", "Girona", "Spain",
        "https://night.example/", "Ten kilometres through the old town.", "21:30", "18.50",
        submission.organizer.name, submission.submitted_by.email, "1 November 2026, 09:00",
        "Which &lt;town&gt;?", "by Ann", "Approve: put the race on the site",
    ]:  # fmt: skip
        assert text in page, text
    assert "<b>Day" not in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize(
    ("step", "state", "subject"),
    [
        ("approve", "approved", "Your race is on Startline: Night Run"),
        ("request-changes", "changes-requested", "Please change something: Night Run"),
        ("reject", "rejected", "We did not list: Night Run"),
    ],
)
def test_a_moderator_decides(
    step: str,
    state: str,
    subject: str,
    moderating: Client,
    moderator: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    submission = proposal("Night Run")
    with django_capture_on_commit_callbacks(execute=True):
        response = decide(moderating, submission, step=step, note="Because.")
    assert response["Location"] == QUEUE
    assert "the decision is recorded." in moderating.get(QUEUE).content.decode()
    submission.refresh_from_db()
    decision = submission.decisions.get()
    assert submission.state == state
    assert (decision.by, decision.state, decision.note) == (moderator, state, "Because.")
    assert [(mail.subject, mail.to) for mail in mailoutbox] == [
        (subject, [submission.submitted_by.email])
    ]
    assert "Because." in mailoutbox[0].body
    assert Race.objects.filter(name="Night Run", state="published").count() == (step == "approve")
    assert Listing.objects.count() == (step == "approve")
    page = moderating.get(f"{QUEUE}{submission.pk}/change/").content.decode()
    assert "Record the decision" not in page
    assert "Because." in page


def test_an_approval_needs_no_note(moderating: Client) -> None:
    submission = proposal("Night Run")
    decide(moderating, submission, step="approve")
    submission.refresh_from_db()
    assert submission.state == "approved"


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"step": "reject", "note": ""}, "Say why: the organizer reads it."),
        ({"step": "request-changes", "note": "  \n "}, "Say why: the organizer reads it."),
        ({"step": "reject", "note": "x" * 2001}, "at most 2000 characters"),
        ({"step": "reject", "note": "nul\x00"}, "Null characters are not allowed."),
        ({"step": "", "note": "Because I say so."}, "This field is required."),
        ({"step": "publish", "note": "Because I say so."}, "not one of the available choices"),
    ],
)
def test_a_decision_that_says_too_little_is_shown_again(
    answer: dict[str, str], complaint: str, moderating: Client
) -> None:
    submission = proposal("Night Run")
    response = decide(moderating, submission, **answer)
    page = response.content.decode()
    assert response.status_code == 200
    assert complaint in page
    assert (
        page.index("Nothing is decided yet.")
        < page.index("The next edition")
        < page.index(complaint)
    )
    assert "<title>Error: Night Run" in page
    if answer["note"].startswith("Because"):
        assert answer["note"] in page
    if answer["step"] in {"reject", "request-changes"}:
        assert re.search(f'value="{answer["step"]}"[^>]*checked', page)
    submission.refresh_from_db()
    assert submission.state == "pending"
    assert not Decision.objects.exists()


def test_looking_at_the_decision_decides_nothing(moderating: Client) -> None:
    submission = proposal("Night Run")
    address = f"{QUEUE}{submission.pk}/decide/"
    for response in [
        moderating.get(f"{address}?step=approve"), moderating.head(address),
        moderating.put(address, "step=approve"),
    ]:  # fmt: skip
        assert response.status_code == 302
        assert response["Location"] == f"{QUEUE}{submission.pk}/change/"
    submission.refresh_from_db()
    assert submission.state == "pending"
    assert not Race.objects.exists()


@pytest.mark.parametrize("state", ["changes-requested", "approved", "rejected", "withdrawn"])
def test_what_is_decided_is_not_decided_again(state: str, moderating: Client) -> None:
    submission = proposal("Night Run", state=state)
    page = moderating.get(f"{QUEUE}{submission.pk}/change/").content.decode()
    assert "Record the decision" not in page
    response = decide(moderating, submission, step="approve")
    assert response["Location"] == f"{QUEUE}{submission.pk}/change/"
    page = moderating.get(response["Location"]).content.decode()
    assert "This submission is already" in page
    submission.refresh_from_db()
    assert submission.state == state
    assert not Race.objects.exists()


def test_a_moderator_is_told_why_a_proposal_cannot_be_approved(moderating: Client) -> None:
    submission = proposal("Night Run")
    Submission.objects.update(values={**submission.values, "edition-start_date": "2020-01-01"})
    response = decide(moderating, submission, step="approve")
    page = moderating.get(response["Location"]).content.decode()
    assert "This day has passed" in page
    assert "Record the decision" in page
    assert not Race.objects.exists()


@pytest.mark.parametrize("address", ["999999/decide/", "x/decide/"])
def test_there_is_nothing_to_decide_where_nothing_is(address: str, moderating: Client) -> None:
    response = moderating.post(QUEUE + address, {"step": "approve"}, follow=True)
    assert response.status_code == 404 or "doesn’t exist" in response.content.decode()


def test_a_proposal_is_not_edited_added_or_deleted_by_anybody(root: Client) -> None:
    submission = proposal("Night Run")
    assert root.get(f"{QUEUE}add/").status_code == 403
    for verb in ["change", "delete"]:
        answer = {"state": "approved", "values": "{}", "post": "yes"}
        assert root.post(f"{QUEUE}{submission.pk}/{verb}/", answer).status_code == 403
    action = {"action": "delete_selected", "_selected_action": str(submission.pk), "post": "yes"}
    root.post(QUEUE, action)
    submission.refresh_from_db()
    assert submission.state == "pending"


def test_reading_is_not_deciding(moderator: User) -> None:
    Group.objects.get(name="Moderators").permissions.remove(
        Permission.objects.get(codename="decide_submission")
    )
    reader, submission = client_of(moderator), proposal("Night Run")
    page = reader.get(f"{QUEUE}{submission.pk}/change/")
    assert page.status_code == 200
    assert "Record the decision" not in page.content.decode()
    assert decide(reader, submission, step="approve").status_code == 403
    assert decide(reader, submission, step="").status_code == 403
    submission.refresh_from_db()
    assert submission.state == "pending"


def test_the_decision_is_guarded_against_forgery(moderator: User) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client_of(moderator).cookies
    submission = proposal("Night Run")
    assert decide(careful, submission, step="approve").status_code == 403
    page = careful.get(f"{QUEUE}{submission.pk}/change/").content.decode()
    token = re.search('name="csrfmiddlewaretoken" value="([^"]*)"', page)
    assert token
    response = decide(careful, submission, step="approve", csrfmiddlewaretoken=token[1])
    assert response["Location"] == QUEUE


# Who sees what.

ALL = {"view", "add", "change", "delete"}
NO_DELETE = {"view", "add", "change"}
RIGHTS = {
    "Editors": {
        **dict.fromkeys(
            ["term", "alias", "keyfact", "tip", "faq", "relatedterm", "source", "careadvice",
             "edition", "distance", "pricetier"], ALL,
        ),
        "category": NO_DELETE,
        "formeraddress": NO_DELETE,
        "race": NO_DELETE,
        "place": {"view"},
        "feedback": {"view", "change", "delete"},
        "missedsearch": {"view", "delete"},
    },
    "Moderators": {
        **dict.fromkeys(["edition", "distance", "pricetier"], ALL),
        **dict.fromkeys(["decision", "organizer", "membership", "listing", "place"], {"view"}),
        "submission": {"view", "decide"},
        "mail": {"view", "send_again"},
        "alert": {"view", "delete"},
        "report": {"view", "decide"},
        "race": {"view", "change"},
    },
}  # fmt: skip


@pytest.mark.parametrize("group", RIGHTS)
def test_a_group_has_just_its_rights(group: str) -> None:
    found = Group.objects.get(name=group).permissions.values_list("codename", flat=True)
    wanted = {f"{verb}_{model}" for model, verbs in RIGHTS[group].items() for verb in verbs}
    assert set(found) == wanted


def test_there_are_just_two_groups() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(RIGHTS)


def models_on_index(client: Client) -> set[str]:
    page = client.get("/admin/").content.decode()
    return set(re.findall('href="/admin/([a-z]+/[a-z]+)/"', page))


def test_an_editor_sees_words_and_races_and_no_submissions(editor: User) -> None:
    assert models_on_index(client_of(editor)) == {
        "glossary/category", "glossary/feedback", "glossary/formeraddress",
        "glossary/missedsearch", "glossary/reports", "glossary/term",
        "races/distance", "races/edition", "races/place", "races/race",
    }  # fmt: skip


def test_a_moderator_sees_races_and_submissions_and_no_words(moderating: Client) -> None:
    assert models_on_index(moderating) == {
        "organizers/alert", "organizers/mail", "organizers/organizer", "organizers/report",
        "organizers/submission",
        "races/distance", "races/edition", "races/place", "races/race",
    }  # fmt: skip


def test_an_editor_finds_no_door_to_a_submission(editor: User) -> None:
    submission, client = proposal("Night Run"), client_of(editor)
    for address in [QUEUE, f"{QUEUE}{submission.pk}/change/", f"{QUEUE}{submission.pk}/history/"]:
        assert client.get(address).status_code == 403, address
    assert decide(client, submission, step="approve").status_code == 403
    submission.refresh_from_db()
    assert submission.state == "pending"


def test_a_moderator_may_mend_a_race_but_not_remove_it(moderating: Client) -> None:
    race = DistanceFactory().edition.race
    assert moderating.get(f"/admin/races/race/{race.pk}/change/").status_code == 200
    removal = moderating.post(f"/admin/races/race/{race.pk}/delete/", {"post": "yes"})
    assert removal.status_code == 403
    assert moderating.get("/admin/races/race/add/").status_code == 403
    assert Race.objects.filter(pk=race.pk).exists()


# Every page of the admin.

READ_ONLY = {Submission, Place, DBTaskResult, Mail, Report}
NEVER_DELETED = READ_ONLY | {FormerAddress}
WRITTEN_ELSEWHERE = {Feedback, MissedSearch, Authenticator, Alert}


def a_row_of(model: type[Model]) -> Model:
    make: dict[Any, Any] = {
        Category: HealthCategoryFactory,
        Term: lambda: TermFactory(category=HealthCategoryFactory()),
        FormerAddress: lambda: FormerAddress.objects.create(slug="old", term=TermFactory()),
        Feedback: lambda: Feedback.objects.create(term=TermFactory(), answer="no"),
        MissedSearch: lambda: MissedSearch.objects.create(query="sofa"),
        Race: lambda: DistanceFactory().edition.race,
        Edition: lambda: DistanceFactory().edition,
        Distance: DistanceFactory,
        Submission: lambda: proposal("Night Run"),
        Plan: Plan.objects.get,
        Report: lambda: Report.objects.create(race=RaceFactory(), about="date", text="No."),
        Alert: lambda: Alert.objects.create(
            email="a@example.com", query="country=ES", asked_at=timezone.now()
        ),
        Group: lambda: Group.objects.get(name="Editors"),
        User: UserFactory,
        Authenticator: Authenticator.objects.get,  # the visitor's own
    }
    if model in make:
        row: Model = make[model]()
        return row
    if model._meta.label == "organizers.Organizer":
        return MembershipFactory().organizer
    if model._meta.label == "account.EmailAddress":
        return model._default_manager.create(user=UserFactory(), email="a@example.com")
    if model is DBTaskResult:
        relink_soon([TermFactory().pk])
        return DBTaskResult.objects.get()
    if model is Mail:
        return Mail.objects.create(to="a@example.com", subject="Hello")
    if model is Place:
        return Place.objects.create(
            geoname_id=1, name="Girona", keys=["girona"], country="ES", latitude=42, longitude=3,
            population=100_000, time_zone="Europe/Madrid",
        )  # fmt: skip
    raise AssertionError(f"A new model in the admin: say here how to make a row of {model}.")


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label)
def test_every_admin_page_opens_for_a_superuser(model: type[Model], root: Client) -> None:
    row, name = a_row_of(model), f"admin:{model._meta.app_label}_{model._meta.model_name}"
    add = root.get(reverse(f"{name}_add"))
    assert add.status_code == (403 if model in READ_ONLY | WRITTEN_ELSEWHERE else 200)
    changelist = reverse(f"{name}_changelist")
    pages = [
        changelist,
        f"{changelist}?q=o" if admin.site._registry[model].search_fields else changelist,
        reverse(f"{name}_change", args=[row.pk]),
        reverse(f"{name}_history", args=[row.pk]),
    ]
    for page in pages:
        response = root.get(page, follow=True)
        assert response.status_code == 200, page
        assert "/change/" in response.content.decode() or page != changelist
    remove = root.get(reverse(f"{name}_delete", args=[row.pk]))
    assert remove.status_code == (403 if model in NEVER_DELETED else 200)


def test_words_of_health_can_be_picked_out(root: Client) -> None:
    TermFactory(title="Sprain", category=HealthCategoryFactory())
    TermFactory(title="Tempo Run", category=CategoryFactory())
    page = root.get("/admin/glossary/term/?category__is_health__exact=1").content.decode()
    assert "Sprain" in page
    assert "Tempo Run" not in page


def lookups() -> list[tuple[type[Model], str]]:
    """Every field of the admin that is filled in by searching, on a page or within one."""
    found = []
    for model_admin in admin.site._registry.values():
        for holder in [model_admin, *model_admin.inlines]:
            found += [(holder.model, name) for name in holder.autocomplete_fields]
    return found


@pytest.mark.parametrize(("model", "field"), lookups())
def test_every_field_filled_in_by_searching_finds_its_rows(
    model: type[Model], field: str, root: Client
) -> None:
    target = model._meta.get_field(field).related_model
    row = a_row_of(target)  # type: ignore[arg-type]
    query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
    answer = root.get("/admin/autocomplete/", {**query, "field_name": field, "term": ""})
    assert str(row.pk) in [item["id"] for item in answer.json()["results"]]


def test_someone_who_joins_the_staff_is_added_in_the_admin(root: Client) -> None:
    answer = {"email": "new@example.com", "usable_password": "false"}
    response = root.post("/admin/organizers/user/add/", answer)
    user = User.objects.get(email="new@example.com")
    assert response["Location"] == f"/admin/organizers/user/{user.pk}/change/"
    assert not user.has_usable_password()
    twice = root.post("/admin/organizers/user/add/", {**answer, "email": "NEW@example.com"})
    assert "already" in twice.content.decode()
    assert User.objects.filter(email__iexact="new@example.com").count() == 1


def test_the_starter_plan_stays_free_in_the_admin(root: Client) -> None:
    plan = Plan.objects.get(slug="starter")
    answer = {"slug": "starter", "name": "Starter", "monthly_price": "9.99"}
    response = root.post(f"/admin/organizers/plan/{plan.pk}/change/", answer)
    assert "The Starter plan stays free." in response.content.decode()
    plan.refresh_from_db()
    assert plan.monthly_price == 0


def test_what_was_sent_again_must_be_read_again(moderating: Client) -> None:
    submission = proposal("Night Run")
    page = moderating.get(f"{QUEUE}{submission.pk}/change/").content.decode()
    read = re.search(r'name="read" value="([^"]+)"', page)
    assert read
    by = submission.submitted_by
    workflow.request_changes(Submission.objects.get(pk=submission.pk), by, "Which town?")
    workflow.submit(Submission.objects.get(pk=submission.pk), by)
    answer = decide(moderating, submission, step="approve", read=read[1])
    assert "sent again meanwhile" in moderating.get(answer["Location"]).content.decode()
    assert not Race.objects.exists()
    again = moderating.get(f"{QUEUE}{submission.pk}/change/").content.decode()
    read = re.search(r'name="read" value="([^"]+)"', again)
    assert read
    decide(moderating, submission, step="approve", read=read[1])
    assert Race.objects.exists()
