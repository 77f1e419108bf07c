"""The one search, over words and races, and the suggestions while one types."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from glossary.models import Alias, Category, Term
from glossary.search import missed, snippets, spelling
from glossary.search.alarms import Alarm, alarm
from glossary.search.finding import (
    QUERY_LENGTH,
    Closeness,
    Hit,
    correct,
    look,
    misspelt_terms,
    nearest_terms,
    subject,
    suggest_terms,
    terms_of,
)
from glossary.search.spelling import KnownNames
from races.models import Race
from races.search.criteria import RaceSearch
from races.search.text import find_races, suggest_races, words_of_races
from web import limits
from web.public_pages import public_page, reads

PAGE_SIZE, RACES = 10, 10
SUGGESTED_TERMS, SUGGESTED_RACES, SHORTEST = 6, 4, 2
# What covers less of what was asked was not what was looked for.
HALF = 0.5
# Of one address in an hour. Few people miss more words; a program that fills the table would.
MOST_MISSES = 30


@dataclass
class Found:
    """What a query finds: all words, but only the first races, who say how many there are."""

    # The query, or what was surely meant by it.
    query: str
    terms: list[Hit] = field(default_factory=list)
    races: list[Race] = field(default_factory=list)
    # Words of the query that no page holds.
    unknown: list[str] = field(default_factory=list)
    # When there is nothing else.
    nearest: list[Hit] = field(default_factory=list)
    # What comes before all.
    alarm: Alarm | None = None

    def __bool__(self) -> bool:
        return bool(self.terms or self.races)

    @property
    def share(self) -> float:
        """How much of what was asked the best of it covers, from 0 to 1."""
        return 1 if self.races else max((hit.share for hit in self.terms[:3]), default=0)

    @property
    def is_by_misspelling(self) -> bool:
        """Whether the words are found by a misspelling that an editor foresaw."""
        return self.terms[:1] != [] and (
            self.terms[0].closeness == Closeness.ALIAS
            and self.terms[0].kind == Alias.Kind.MISSPELLING
        )


@reads("q", "page")
@public_page
def search(request: HttpRequest) -> HttpResponse:
    query = asked(request)
    names = spelling.names()
    found = answer(query, names)
    is_lost = bool(query) and not found
    # Even if a guess is shown: the guess may be wrong, and then the word is one to write.
    is_missed = bool(query) and (found.query != query or found.share < HALF or is_lost)
    if is_missed:
        note_missed(request, query)
    meant = names.title(found.terms[0].pk) if found.is_by_misspelling else ""
    # Garbage and huge page numbers give the first and the last page.
    page = Paginator(found.terms, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "query": query,
        "found": found,
        "is_too_long": len(query) > QUERY_LENGTH,
        "is_lost": is_lost,
        "is_half": bool(found) and found.share < HALF,
        "page": page,
        "results": snippets.results(found.nearest or list(page.object_list), meant or found.query),
        "meant": meant,
        "page_query": urlencode({"q": query[:QUERY_LENGTH]}),
        "race_query": RaceSearch(q=subject(found.query)).to_query(),
        "categories": Category.objects.shelves() if is_lost else [],
    }
    response = render(request, "search.html", context)
    # Each time somebody misses a word is to be counted.
    response.keep = not is_missed  # type: ignore[attr-defined]
    return response


def asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()


def answer(query: str, names: KnownNames) -> Found:
    """What the query finds, or finds more of when it is spelt as it was surely meant."""
    found = look_up(query, names)
    # A name that was found is spelt right, even if no text holds it.
    is_by_name = found.terms[:1] != [] and found.terms[0].closeness != Closeness.TEXT
    if query and not is_by_name and not found.races and (found.unknown or not found):
        near = names.near(subject(query))
        meant = correct(query, names, near, words_of_races(), found.unknown)
        guessed = look_up(meant, names)
        if guessed and (not found or len(guessed.unknown) < len(found.unknown)):
            found = guessed
        elif not found:
            found.nearest = nearest_terms(query, names, near)
    found.alarm = alarm(found.query, names)
    if found.alarm:
        pk = found.alarm.pk
        found.terms.sort(key=lambda hit: hit.pk != pk)
    return found


def look_up(query: str, names: KnownNames) -> Found:
    """Words and races that match. Two queries, none for an empty query."""
    if not query:
        return Found(query)
    hits, unknown = look(query, names)
    races = find_races(subject(query)).with_total()[:RACES]
    return Found(query, hits, list(races), unknown)


def note_missed(request: HttpRequest, query: str) -> None:
    # Page 2 of nothing, or a HEAD, is no one looking for a word.
    if request.method != "GET" or request.GET.get("page", "1") != "1":
        return
    if limits.allows(request, "missed search", MOST_MISSES):
        missed.record(query)


@reads("q")
@public_page
def suggestions(request: HttpRequest) -> HttpResponse:
    """A list of options for the search box: words, then races. Nothing for a single letter."""
    query = asked(request)
    words: list[tuple[Hit, Term]] = []
    races: list[Race] = []
    if len(query) >= SHORTEST:
        names = spelling.names()
        hits = suggest_terms(query, names, SUGGESTED_TERMS)
        races = suggest_races(subject(query), SUGGESTED_RACES)
        if not hits and not races:
            hits = misspelt_terms(query, names, SUGGESTED_TERMS)
        words = terms_of(hits, Term.objects.published().for_cards())
    response = render(request, "partials/suggestions.html", {"words": words, "races": races})
    response["X-Robots-Tag"] = "noindex"
    return response
