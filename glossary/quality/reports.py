"""What the glossary needs from its editors: each report finds pages, or words, and says why."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from glossary.files import standard
from glossary.linking import relinking
from glossary.linking.targets import Fate
from glossary.models import CareAdvice, Feedback, MissedSearch, Term
from glossary.models.terms import REVIEW_YEARS, years_after
from glossary.quality.faulty_links import LinkFault, link_faults

LINK_REPORTS = {"broken-links": (Fate.DEAD, Fate.HIDDEN), "redirecting-links": (Fate.MOVED,)}


@dataclass(frozen=True)
class Cell:
    text: str
    url: str = ""


@dataclass(frozen=True)
class Report:
    """A list of things to do. `find` is asked only for what one page of the report shows."""

    key: str
    name: str
    why: str
    # Said when there is nothing to do.
    empty: str
    headings: Sequence[str]
    find: Callable[[], Any]
    cells: Callable[[Any], list[Cell]]


def count_all() -> list[tuple[Report, int]]:
    """Every report with how much it finds. The links are looked up once for all who ask."""
    fates = Counter(row.fate for row in link_faults(*Fate))
    return [
        (
            report,
            sum(fates[fate] for fate in LINK_REPORTS[report.key])
            if report.key in LINK_REPORTS
            else report.find().count(),
        )
        for report in REPORTS.values()
    ]


# Which terms.


def review_due() -> QuerySet[Term]:
    """Public health terms: those never reviewed, then those reviewed too long ago."""
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    # The second is a 29 February, of which years_after() makes a 28th.
    last = max(
        years_after(today, -REVIEW_YEARS), years_after(tomorrow, -REVIEW_YEARS) - timedelta(days=1)
    )
    is_due = Q(reviewed_on=None) | Q(reviewed_on__lte=last)
    terms = Term.objects.published().for_cards().filter(is_due, category__is_health=True)
    first = F("reviewed_on").asc(nulls_first=True)
    return terms.order_by(first, F("first_published_at").asc(nulls_last=True), "title_key")


def no_source() -> QuerySet[Term]:
    # Health first: there a wrong number does harm.
    terms = Term.objects.published().for_cards().filter(sources=None)
    return terms.order_by("-category__is_health", "changed_on")


def no_care_advice() -> QuerySet[Term]:
    is_illness = Q(category__slug=standard.ILLNESS_CATEGORY) & ~Q(slug__in=standard.PRACTICES)
    needs = is_illness | Q(slug__in=standard.ILLNESSES_ELSEWHERE)
    urgent = CareAdvice.objects.filter(term=OuterRef("pk"), level__in=CareAdvice.URGENT_LEVELS)
    lacks = Q(care_advice=None) | (Q(no_urgent_level=False) & ~Exists(urgent))
    terms = Term.objects.published().for_cards().filter(needs, lacks).distinct()
    return terms.order_by("changed_on", "title_key")


def over_linked() -> QuerySet[Term]:
    return relinking.over_linked().for_cards()


def under_linked() -> QuerySet[Term]:
    return relinking.under_linked().for_cards()


def orphans() -> QuerySet[Term]:
    return relinking.orphans().for_cards()


# What readers say and seek.


def words_to_write() -> QuerySet[MissedSearch]:
    return MissedSearch.objects.order_by("-count", "-last_asked_at")


def feedback_by_page() -> QuerySet[Any, Any]:
    """Each page with feedback: open reports of a mistake first, then the least helpful."""

    def answers(answer: str, **more: Any) -> Count:
        return Count("pk", filter=Q(answer=answer, **more))

    return (
        Feedback.objects.order_by()
        .values("term", "term__title", "term__category__name")
        .annotate(
            yes=answers("yes"),
            no=answers("no"),
            wrong=answers("wrong"),
            open_wrong=answers("wrong", is_done=False),
            open_texts=Count("pk", filter=Q(is_done=False) & ~Q(text="")),
            last=Max("created_at"),
        )
        .order_by("-open_wrong", "-open_texts", "-no", "term__title_key")
    )


# What their rows say.


def day(value: date | None) -> str:
    return date_format(value, "j M Y") if value else ""


def term_cells(term: Term, what: str, since: date | None) -> list[Cell]:
    address = reverse("admin:glossary_term_change", args=[term.pk])
    return [Cell(term.title, address), Cell(term.category.name), Cell(what), Cell(day(since))]


TERM_HEADINGS = ["Term", "Category", "What is wrong"]


def _review_cells(term: Term) -> list[Cell]:
    if term.reviewed_on is None:
        published = term.first_published_at
        return term_cells(term, "Never reviewed", published.date() if published else None)
    what = f"Last reviewed by {term.reviewed_by} on {day(term.reviewed_on)}"
    return term_cells(term, what, term.next_review_on)


def _changed_cells(what: str) -> Callable[[Term], list[Cell]]:
    return lambda term: term_cells(term, what, term.changed_on)


def _link_count_cells(term: Any) -> list[Cell]:
    links = f"Links to {term.link_count} other term{'' if term.link_count == 1 else 's'}"
    return term_cells(term, links, term.changed_on)


def _fault_cells(row: LinkFault) -> list[Cell]:
    return term_cells(row.term, f"{row.where}: {row.message}", row.term.changed_on)


def _search_cells(search: MissedSearch) -> list[Cell]:
    add = f"{reverse('admin:glossary_term_add')}?{urlencode({'title': search.query})}"
    delete = reverse("admin:glossary_missedsearch_delete", args=[search.pk])
    return [
        Cell(search.query),
        Cell(str(search.count)),
        Cell("Write this word", add),
        Cell("Dismiss", delete),
        Cell(day(search.first_asked_at)),
        Cell(day(search.last_asked_at)),
    ]


def _feedback_cells(row: dict[str, Any]) -> list[Cell]:
    share = f"{row['yes'] / (row['yes'] + row['no']):.0%}" if row["yes"] + row["no"] else ""
    listed = f"{reverse('admin:glossary_feedback_changelist')}?term__id__exact={row['term']}"
    return [
        Cell(row["term__title"], reverse("admin:glossary_term_change", args=[row["term"]])),
        Cell("Read it", listed),
        *(Cell(str(row[answer])) for answer in ("yes", "no", "wrong")),
        Cell(share),
        Cell(str(row["open_texts"])),
        Cell(day(row["last"])),
        Cell(row["term__category__name"]),
    ]


REPORTS = {
    report.key: report
    for report in [
        Report(
            "review-due",
            "Review due",
            f"Health pages that no clinician has read in the last {REVIEW_YEARS} years.",
            "every health page was reviewed in time",
            [*TERM_HEADINGS, "Due since"],
            review_due,
            _review_cells,
        ),
        Report(
            "no-source",
            "No source",
            "Readers can't see where the claims of these pages come from.",
            "every page names a source",
            [*TERM_HEADINGS, "Last changed"],
            no_source,
            _changed_cells("No source"),
        ),
        Report(
            "no-care-advice",
            "No care advice",
            "Injuries and illnesses that don't say when to get help, or how urgently.",
            "every injury and illness says when to get help, and how urgently",
            [*TERM_HEADINGS, "Last changed"],
            no_care_advice,
            _changed_cells("No care advice"),
        ),
        Report(
            "broken-links",
            "Broken links",
            "A reader who follows these within the site finds nothing.",
            "every link within the site leads somewhere",
            [*TERM_HEADINGS, "Last changed"],
            lambda: link_faults(*LINK_REPORTS["broken-links"]),
            _fault_cells,
        ),
        Report(
            "redirecting-links",
            "Redirecting links",
            "These arrive by a detour; the new address is quicker and stays true.",
            "every link within the site goes straight there",
            [*TERM_HEADINGS, "Last changed"],
            lambda: link_faults(*LINK_REPORTS["redirecting-links"]),
            _fault_cells,
        ),
        Report(
            "orphans",
            "Orphans",
            "No other page links to these, so readers find them by searching alone.",
            "every page is linked from another one",
            [*TERM_HEADINGS, "Last changed"],
            orphans,
            _changed_cells("No page links here"),
        ),
        Report(
            "over-linked",
            "Over-linked pages",
            "So many links that none stands out: veto some, or mark everyday words “never link”.",
            f"no page links to more than {relinking.MOST_LINKS} others",
            [*TERM_HEADINGS, "Last changed"],
            over_linked,
            _link_count_cells,
        ),
        Report(
            "under-linked",
            "Under-linked pages",
            "Their texts hardly lead on: they may want other words of the glossary.",
            f"every page links to at least {relinking.FEWEST_LINKS} others",
            [*TERM_HEADINGS, "Last changed"],
            under_linked,
            _link_count_cells,
        ),
        Report(
            "words-to-write",
            "Words to write",
            "What people searched for and did not find, the most wanted first.",
            "every search found something",
            ["Search", "Times", "", "", "First asked", "Last asked"],
            words_to_write,
            _search_cells,
        ),
        Report(
            "feedback",
            "Feedback by page",
            "What readers answered to “was this page helpful?”, open reports of a mistake first.",
            "no reader has answered yet",
            ["Term", "", "Yes", "No", "Wrong", "Helpful", "Open texts", "Last answer", "Category"],
            feedback_by_page,
            _feedback_cells,
        ),
    ]
}
