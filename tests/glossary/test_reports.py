"""The reports for editors, and what readers said, read in admin."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags
from time_machine import TimeMachineFixture

from glossary.models import (
    FAQ,
    Category,
    Feedback,
    FormerAddress,
    LinkedText,
    MissedSearch,
    RelatedTerm,
    Source,
    Term,
    Tip,
)
from glossary.models.terms import REVIEW_YEARS, years_after
from glossary.quality import faulty_links, reports
from organizers.models import User
from tests.desk import client_of
from tests.factories import CategoryFactory, HealthCategoryFactory, TermFactory

INDEX = "/admin/glossary/reports/"


def rows(client: Client, key: str) -> list[list[str]]:
    """The cells of each row of a report, as one reads them."""
    response = client.get(f"{INDEX}{key}/")
    assert response.status_code == 200
    body = response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [unescape(strip_tags(cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
    ]


def counts(client: Client) -> dict[str, int]:
    page = client.get(INDEX).content.decode()
    found = re.findall(r'reports/([\w-]+)/">.*?report__number">(\d+)<', page, re.S)
    return {key: int(count) for key, count in found}


def test_with_nothing_to_do_each_report_says_so(desk: Client) -> None:
    assert counts(desk) == dict.fromkeys(reports.REPORTS, 0)
    for report in reports.REPORTS.values():
        page = desk.get(f"{INDEX}{report.key}/").content.decode()
        assert f"Nothing here: {report.empty}." in unescape(page)
        assert "report__table" not in page


def test_the_reports_are_found_from_where_editors_are(desk: Client) -> None:
    for address in ["/admin/", "/admin/glossary/", "/admin/glossary/term/"]:
        assert f'href="{INDEX}"' in desk.get(address).content.decode()
    assert INDEX not in desk.get("/admin/races/").content.decode()
    page = desk.get(INDEX).content.decode()
    for key in reports.REPORTS:
        assert f'href="{INDEX}{key}/"' in page


@pytest.mark.parametrize("address", [INDEX, f"{INDEX}no-source/", f"{INDEX}feedback/"])
def test_editors_alone_read_the_reports(
    personas: dict[str, Callable[[], Client]], address: str
) -> None:
    codes = {who: client().get(address).status_code for who, client in personas.items()}
    assert codes == {
        "stranger": 302, "organizer": 302, "another organizer": 302, "editor": 200,
        "moderator": 403,
    }  # fmt: skip


def test_a_report_that_is_not_there_is_not_found(desk: Client) -> None:
    assert desk.get(f"{INDEX}nothing/").status_code == 404


# Which terms.


def test_review_due_is_for_public_health_terms(desk: Client) -> None:
    health = HealthCategoryFactory()
    today = timezone.localdate()
    due = reports.years_after(today, -3)
    for title, values in {
        "Never": {},
        "Overdue": {"reviewed_on": due - timedelta(days=1), "reviewed_by": "Dr Ada"},
        "Today": {"reviewed_on": due, "reviewed_by": "Dr Ada"},
        "In Time": {"reviewed_on": due + timedelta(days=1), "reviewed_by": "Dr Ada"},
        "Draft": {"state": "draft"},
    }.items():
        TermFactory(title=title, category=health, **values)
    TermFactory(title="No Health")
    Term.objects.filter(title="Never").update(first_published_at=datetime(2026, 5, 1, tzinfo=UTC))
    found = rows(desk, "review-due")
    assert [row[0] for row in found] == ["Never", "Overdue", "Today"]
    assert found[0] == ["Never", "Recovery & Injury", "Never reviewed", "1 May 2026"]
    assert found[2][2].startswith("Last reviewed by Dr Ada on ")
    # On a leap day it was yesterday.
    fell_due = reports.years_after(due, 3)
    assert found[2][3] == f"{fell_due.day} {fell_due:%b %Y}"
    assert today - fell_due <= timedelta(days=1)
    page = desk.get("/admin/glossary/term/?review=due").content.decode()
    assert "3 terms" in page


@pytest.mark.parametrize("reviewed_on", ["2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28"])
def test_a_review_is_due_from_the_day_that_the_report_names(
    desk: Client, reviewed_on: str, time_machine: TimeMachineFixture
) -> None:
    reviewed = date.fromisoformat(reviewed_on)
    TermFactory(category=HealthCategoryFactory(), reviewed_on=reviewed, reviewed_by="Dr Ada")
    due = years_after(reviewed, REVIEW_YEARS)
    for days, count in [(-1, 0), (0, 1), (1, 1)]:
        time_machine.move_to(datetime.combine(due, time(12), UTC) + timedelta(days=days))
        assert reports.review_due().count() == count


def test_a_review_on_a_leap_day_falls_due() -> None:
    assert years_after(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_no_source_has_health_first(desk: Client) -> None:
    TermFactory(title="Plain", changed_on=date(2020, 1, 1))
    TermFactory(title="Health", category=HealthCategoryFactory())
    TermFactory(title="Draft", state="draft")
    Source.objects.create(term=TermFactory(title="Sourced"), title="S", url="https://s.example/")
    found = rows(desk, "no-source")
    assert [row[0] for row in found] == ["Health", "Plain"]
    assert found[1] == ["Plain", "Training & Workouts", "No source", "1 Jan 2020"]
    assert counts(desk)["no-source"] == 2
    # The draft counts in the list of terms, which holds drafts too.
    assert "3 terms" in desk.get("/admin/glossary/term/?sources=none").content.decode()


def test_no_care_advice_spares_practices(desk: Client) -> None:
    injury = HealthCategoryFactory()
    food = CategoryFactory(name="Nutrition", slug="nutrition-hydration", is_health=True)
    TermFactory(title="Sore Foot", category=injury)
    TermFactory(title="Foam Rolling", slug="foam-rolling", category=injury)
    TermFactory(title="Dehydration", slug="dehydration", category=food)
    TermFactory(title="Energy Gel", slug="energy-gel", category=food)
    TermFactory(title="Cared", category=injury).care_advice.create(level="emergency", text="Stop.")
    said = TermFactory(title="Said", category=injury, no_urgent_level=True)
    half = TermFactory(title="Half Cared", category=injury)
    for term in (said, half):
        for level in ("self-care", "see-someone"):
            term.care_advice.create(level=level, text="Ask.")
    found = [row[0] for row in rows(desk, "no-care-advice")]
    assert sorted(found) == ["Dehydration", "Half Cared", "Sore Foot"]


def test_orphans_are_those_no_public_page_links_to(desk: Client) -> None:
    lone, related, linked, by_draft = (TermFactory(title=f"T{n}") for n in range(4))
    draft = TermFactory(title="Draft", state="draft")
    RelatedTerm.objects.create(term=lone, other=related)
    LinkedText.objects.create(term=lone, html={}, links=[linked.pk, draft.pk])
    RelatedTerm.objects.create(term=draft, other=by_draft)
    LinkedText.objects.create(term=draft, html={}, links=[by_draft.pk])
    assert sorted(row[0] for row in rows(desk, "orphans")) == ["T0", "T3"]


def test_pages_with_many_and_few_links_are_listed(desk: Client) -> None:
    for title, number in {"Many": 13, "Enough": 12, "Some": 2, "One": 1, "None": 0}.items():
        LinkedText.objects.create(term=TermFactory(title=title), html={}, links=[*range(number)])
    TermFactory(title="Not linked yet")
    assert [row[:3:2] for row in rows(desk, "over-linked")] == [["Many", "Links to 13 other terms"]]
    assert [row[:3:2] for row in rows(desk, "under-linked")] == [
        ["None", "Links to 0 other terms"],
        ["One", "Links to 1 other term"],
    ]


# Which links.


def test_broken_and_redirecting_links_are_told_apart(desk: Client) -> None:
    there = TermFactory(title="There", slug="there")
    FormerAddress.objects.create(slug="old", term=there)
    TermFactory(title="Hidden", slug="hidden", state="draft", body="[a](/glossary/unseen/)")
    page = TermFactory(
        title="Page",
        body="[a](/glossary/there/) [b](/glossary/old/) [c](#sources) [d](#source-2) [e](#tips)",
    )
    Source.objects.create(term=page, title="S", url="https://s.example/")
    Tip.objects.create(term=page, text="[a](/glossary/nowhere/) [b](#pro-tips)")
    FAQ.objects.create(term=page, question="Why?", answer="[a](/glossary/hidden/)")
    TermFactory(title="Citing", body="Claim.[^1] Claim.[^1]")
    cited = TermFactory(title="Rightly citing", body="Claim.[^1]")
    Source.objects.create(term=cited, title="S", url="https://s.example/")
    TermFactory(title="Another", body="[a][1]\n\n[1]: https://startline.example/races/nowhere/")
    found = rows(desk, "broken-links")
    assert [row[0] for row in found] == ["Another", "Citing", "Page", "Page", "Page", "Page"]
    told = "\n".join(row[2] for row in found)
    for message in [
        "Explanation: There is no page at /races/nowhere/.",
        "Explanation: There is no source 2 to cite: the page has 1 source.",
        "Explanation: “#tips” is no place on this page.",
        "Tip: There is no page at /glossary/nowhere/.",
        "Question: “Hidden” is linked, but readers can't see it yet.",
    ]:
        assert message in told
    assert [row[:3:2] for row in rows(desk, "redirecting-links")] == [
        ["Page", "Explanation: /glossary/old/ has moved: link to /glossary/there/."]
    ]
    assert (counts(desk)["broken-links"], counts(desk)["redirecting-links"]) == (6, 1)


@pytest.mark.parametrize("sources", range(13))
def test_only_a_text_without_a_dead_citation_may_be_passed_over(sources: int) -> None:
    pattern = faulty_links.FAULTY[min(sources, 9)]
    for cited in range(100):
        is_read = re.search(pattern, f"A claim.[^{cited}] More.") is not None
        is_dead = not 1 <= cited <= sources
        assert is_read or not is_dead
        assert is_dead or not is_read or cited >= 10


# What readers say and seek.


def test_words_to_write_begin_a_term_or_are_dismissed(desk: Client) -> None:
    rare = MissedSearch.objects.create(query="rare <b>", count=2)
    MissedSearch.objects.create(query="sisu & grit", count=12)
    found = rows(desk, "words-to-write")
    assert [row[:2] for row in found] == [["sisu & grit", "12"], ["rare <b>", "2"]]
    page = desk.get(f"{INDEX}words-to-write/").content.decode()
    assert "rare <b>" not in page
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', page)]
    (add,) = [link for link in links if "sisu" in link]
    assert 'value="sisu &amp; grit"' in desk.get(add).content.decode()
    delete = f"/admin/glossary/missedsearch/{rare.pk}/delete/"
    assert delete in links
    assert desk.post(delete, {"post": "yes"}).status_code == 302
    assert [row[0] for row in rows(desk, "words-to-write")] == ["sisu & grit"]


def say(term: Term, *answers: str, text: str = "") -> None:
    for answer in answers:
        Feedback.objects.create(term=term, answer=answer, text=text)


def test_feedback_by_page_has_what_is_wrong_first(desk: Client) -> None:
    loved, unloved, wrong = (TermFactory(title=title) for title in ("Loved", "Unloved", "Mistaken"))
    say(loved, "yes", "yes", "yes", "no")
    say(unloved, "no", "no", text="Too long.")
    say(wrong, "wrong", text="The year is off.")
    found = rows(desk, "feedback")
    assert [row[:1] + row[2:7] for row in found] == [
        ["Mistaken", "0", "0", "1", "", "1"],
        ["Unloved", "0", "2", "0", "0%", "2"],
        ["Loved", "3", "1", "0", "75%", "0"],
    ]
    Feedback.objects.filter(term=wrong).update(is_done=True)
    assert [row[0] for row in rows(desk, "feedback")] == ["Unloved", "Loved", "Mistaken"]
    page = desk.get(f"{INDEX}feedback/").content.decode()
    listed = f"/admin/glossary/feedback/?term__id__exact={unloved.pk}"
    assert listed in page
    assert "2 feedback" in desk.get(listed).content.decode()


def test_feedback_is_read_and_dealt_with_but_not_rewritten(desk: Client) -> None:
    say(TermFactory(title="Taper"), "wrong", text="<script>alert(1)</script> It is eight days.")
    row = Feedback.objects.get()
    page = desk.get("/admin/glossary/feedback/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; It is eight days." in page
    assert "<script>alert" not in page
    assert "Something is wrong" in page
    chosen = {"action": "mark_done", "_selected_action": [row.pk]}
    desk.post("/admin/glossary/feedback/", chosen)
    assert Feedback.objects.get().is_done
    address = f"/admin/glossary/feedback/{row.pk}/change/"
    desk.post(address, {"answer": "yes", "text": "All is well."})
    row.refresh_from_db()
    assert (row.answer, row.text[-17:], row.is_done) == ("wrong", "It is eight days.", False)
    assert desk.get("/admin/glossary/feedback/add/").status_code == 403


@pytest.mark.parametrize(("query", "count"), [
    ("is_done__exact=1", 1), ("answer__exact=wrong", 1), ("q=eight", 1), ("q=Taper", 2),
    ("q=nothing", 0),
])  # fmt: skip
def test_feedback_is_filtered_and_searched(desk: Client, query: str, count: int) -> None:
    term = TermFactory(title="Taper")
    say(term, "wrong", text="It is eight days.")
    Feedback.objects.create(term=term, answer="yes", is_done=True)
    response = desk.get(f"/admin/glossary/feedback/?{query}")
    assert response.context["cl"].result_count == count


def test_missed_searches_are_read_and_deleted_alone(desk: Client) -> None:
    row = MissedSearch.objects.create(query="sisu")
    assert "sisu" in desk.get("/admin/glossary/missedsearch/").content.decode()
    assert desk.get("/admin/glossary/missedsearch/add/").status_code == 403
    address = f"/admin/glossary/missedsearch/{row.pk}/change/"
    desk.post(address, {"query": "other"})
    assert MissedSearch.objects.get().query == "sisu"


@pytest.mark.parametrize("model", ["feedback", "missedsearch"])
def test_moderators_have_no_feedback(moderator: User, model: str) -> None:
    assert client_of(moderator).get(f"/admin/glossary/{model}/").status_code == 403


# Pages and cost.


def test_a_report_has_pages_and_forgives_their_numbers(desk: Client) -> None:
    MissedSearch.objects.bulk_create(MissedSearch(query=f"q{n:03}") for n in range(51))
    assert len(rows(desk, "words-to-write")) == 50
    address = f"{INDEX}words-to-write/"
    second = desk.get(f"{address}?page=2").content.decode()
    assert "51 in all" in second
    assert 'aria-current="page">2<' in second
    for number in ["9999999999", "-1", "two", ""]:
        assert desk.get(f"{address}?page={number}").status_code == 200


def fill(number: int, category: Category) -> None:
    """Rows that put something into every report."""
    for n in range(number):
        body = f"[a](/glossary/none-{n}/) [b](#nowhere) [c](/glossary) [d](/races/)"
        term = TermFactory(category=category, body=body)
        Tip.objects.create(term=term, text=f"[a](/glossary/gone-{n}/)")
        LinkedText.objects.create(term=term, html={}, links=[])
        LinkedText.objects.create(
            term=TermFactory(category=category), html={}, links=[*range(1000, 1020)]
        )
        MissedSearch.objects.create(query=f"q{term.pk}")
        say(term, "yes", "wrong")


@pytest.mark.parametrize("key", ["", *(f"{key}/" for key in reports.REPORTS)])
def test_a_report_costs_the_same_for_any_number_of_rows(desk: Client, key: str) -> None:
    category = HealthCategoryFactory()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert "Nothing here" not in desk.get(INDEX + key).content.decode()
        return len(queries)

    fill(1, category)
    before = cost()
    fill(4, category)
    assert cost() == before


def test_the_list_of_feedback_costs_the_same_for_any_number(desk: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get("/admin/glossary/feedback/")
        return len(queries)

    say(TermFactory(), "yes")
    before = cost()
    for _ in range(5):
        say(TermFactory(), "yes")
    assert cost() == before
