"""The race search of an address that programs ask: as its page reads it, but nothing is guessed.

A page leaves out what it can't read, and says so; of a feed nobody would see that it found more.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from races.reading.search_page import heading
from races.search.criteria import FORMER, RaceSearch, read
from races.search.index import Answer, answer
from races.search.understanding import understand
from races.templatetags.race_tags import address
from web.addresses import absolute
from web.json import error, for_programs
from web.public_pages import View, public_data, reads_all

OF_A_SEARCH = {field.name for field in fields(RaceSearch)} | set(FORMER)
# How its page is shown says nothing of what it finds: whoever copies an address may leave it in.
OF_A_PAGE = {"view", "month", "page"}


@dataclass(frozen=True)
class Asked:
    """What was asked, and what it finds. `title` says it in words."""

    search: RaceSearch
    found: Answer
    title: str

    @property
    def page(self) -> str:
        """The address of the same search for people."""
        return absolute(address(self.search))

    def elsewhere(self, name: str) -> str:
        """The same search for programs, by the name of the route."""
        query = self.search.to_query()
        return absolute(reverse(f"races:{name}")) + (f"?{query}" if query else "")


def of_a_search(*also: str) -> Callable[[Callable[[HttpRequest, Asked], HttpResponse]], View]:
    """A view that is given what a search of races finds; it may ask `also` something else."""

    def decorator(view: Callable[[HttpRequest, Asked], HttpResponse]) -> View:
        @reads_all
        @for_programs(public_data)
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if unknown := sorted(set(request.GET) - OF_A_SEARCH - OF_A_PAGE - set(also)):
                return error(400, "There is no such parameter.", parameter=unknown[0])
            search, problems = read(request.GET)
            for problem in problems:
                return error(400, problem.message, parameter=problem.name)
            understood = understand(search).search
            asked = Asked(search, answer(understood), heading(understood))
            return view(request, asked)

        return wrapped

    return decorator
