"""Many terms published at once, or taken off the site: what it would do to each is shown first."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from reversion.errors import RevertError

from glossary.models import Term
from glossary.publishing import publish
from glossary.publishing.versions import User
from web.signed_in import user_of

SHOWN = 200


@dataclass(frozen=True)
class Act:
    """Something done to many terms. `becomes` says, in the order of `outcomes`, what of a term."""

    outcomes: dict[str, str]
    becomes: Callable[[Term], str]
    do: Callable[[Term, User], None]
    verb: tuple[str, str]
    done: str
    button: str
    nothing: str

    def question(self, count: int) -> str:
        return f"{self.verb[0]} {count} term{'' if count == 1 else 's'}{self.verb[1]}?"

    def said(self, count: int) -> str:
        return f"{count} {self.done}."


@dataclass(frozen=True)
class Group:
    """Terms of which the same becomes."""

    heading: str
    terms: list[Term]
    is_touched: bool

    @property
    def shown(self) -> list[Term]:
        return self.terms[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.terms[SHOWN:])


class Plan:
    """What an act would do to these terms."""

    def __init__(self, act: Act, terms: Iterable[Term]) -> None:
        self.act = act
        found: dict[str, list[Term]] = {outcome: [] for outcome in act.outcomes}
        for term in terms:
            found[act.becomes(term)].append(term)
        self.groups = [
            Group(act.outcomes[outcome], found[outcome], outcome != UNTOUCHED)
            for outcome in act.outcomes
            if found[outcome]
        ]

    @cached_property
    def touched(self) -> list[Term]:
        return [term for group in self.groups if group.is_touched for term in group.terms]

    @cached_property
    def digest(self) -> str:
        """The same only while the same would become of the same terms."""
        listed = [
            (group.heading, sorted((term.pk, term.draft_id) for term in group.terms))
            for group in self.groups
        ]
        return hashlib.sha256(repr(listed).encode()).hexdigest()


UNTOUCHED = ""


def _published(term: Term) -> str:
    if term.is_public:
        return "draft" if term.draft_id else UNTOUCHED
    if term.is_to_come:
        return "sooner"
    return "back" if term.has_been_public else "new"


PUBLISH = Act(
    outcomes={
        "new": "New to readers",
        "back": "Back on the site, where they were before",
        "sooner": "On the site now, not at the time that was planned",
        "draft": "Their draft takes the place of the page that readers see",
        UNTOUCHED: "Nothing happens: on the site already, without a draft",
    },
    becomes=_published,
    do=publish.publish,
    verb=("Publish", ""),
    done="published",
    button="Publish",
    nothing="Nothing to publish: these are on the site already, and have no draft.",
)


def _hidden(term: Term) -> str:
    if term.is_public:
        return "draft" if term.draft_id else "public"
    return "planned" if term.is_to_come else UNTOUCHED


UNPUBLISH = Act(
    outcomes={
        "public": "Off the site: their addresses will say that the page is gone",
        "draft": "Off the site likewise; their draft stays, and is published no more by itself",
        "planned": "Not to be published at the time that was planned",
        UNTOUCHED: "Nothing happens: not on the site",
    },
    becomes=_hidden,
    do=publish.unpublish,
    verb=("Take", " off the site"),
    done="taken off the site",
    button="Take off the site",
    nothing="Nothing to take off the site: none of these is on it.",
)


class BulkAdmin(admin.ModelAdmin[Term]):
    """What TermAdmin inherits to do so."""

    actions = ["publish_chosen", "unpublish_chosen"]  # noqa: RUF012

    @admin.action(description="Publish the chosen terms", permissions=["change"])
    def publish_chosen(self, request: HttpRequest, terms: QuerySet[Term]) -> HttpResponse | None:
        return self._do_to_chosen(request, PUBLISH, terms)

    @admin.action(description="Take the chosen terms off the site", permissions=["change"])
    def unpublish_chosen(self, request: HttpRequest, terms: QuerySet[Term]) -> HttpResponse | None:
        return self._do_to_chosen(request, UNPUBLISH, terms)

    def _do_to_chosen(
        self, request: HttpRequest, act: Act, terms: QuerySet[Term]
    ) -> HttpResponse | None:
        plan = Plan(act, terms)
        if not plan.touched:
            self.message_user(request, act.nothing, "WARNING")
            return None
        confirmed = request.POST.get("confirmed")
        if confirmed != plan.digest:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": act.question(len(plan.touched)),
                "plan": plan,
                "has_changed": confirmed is not None,
                # Not each one's id: a form has a thousand fields at most.
                "action": request.POST.get("action", ""),
                "is_across": request.POST.get("select_across") == "1",
                "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            }
            return TemplateResponse(request, "admin/glossary/term/confirm_chosen.html", context)
        done = 0
        for term in plan.touched:
            try:
                act.do(term, user_of(request))
                done += 1
            except RevertError:
                self.message_user(request, f"The draft of “{term}” can't be published.", "ERROR")
        self.message_user(request, act.said(done))
        return None
