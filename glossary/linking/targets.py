"""Where the links in texts lead: to a place on the page, to a page of this site, or nowhere."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve

from glossary.models import FormerAddress, Term
from glossary.parts import PARTS

Key = TypeVar("Key")


class Fate(Enum):
    DEAD = auto()
    # The page is there, but readers can't see it yet.
    HIDDEN = auto()
    MOVED = auto()


@dataclass(frozen=True)
class Fault:
    """What is wrong with one link."""

    fate: Fate
    message: str


# The ids on every term's page, and those that come with a part of it; see glossary/term.html.
# Pairs may come from another page that names this one as often confused, so they count as there.
IDS = ("understanding", "confused", "next-event")


def page_ids(counts: Mapping[str, int]) -> set[str]:
    """The places on the page of a term that has this many of each part, by its key."""
    headed = (part for part in PARTS if part.page_id)
    ids = {*IDS, *(part.page_id for part in headed if part.is_always_on_page or counts[part.key])}
    return ids | {f"source-{number}" for number in range(1, counts["sources"] + 1)}


def faults(
    links: Iterable[tuple[Key, str]], ids_on: Callable[[Key], set[str]]
) -> Iterator[tuple[Key, str, Fault]]:
    """The links that don't lead where they should, each with its key and its address.

    `ids_on` says the ids of the page that a key stands on. Costs two queries, however many links
    there are, and the making of each public page that is no term's.
    """
    links = list(links)
    elsewhere = _faults_elsewhere({address for _, address in links if not _is_on_page(address)})
    for key, address in links:
        if _is_on_page(address):
            fault = _fault_on_page(address, ids_on(key))
        else:
            fault = elsewhere.get(address)
        if fault:
            yield key, address, fault


def faults_alone(
    links: Iterable[tuple[Key, str]], ids_on: Callable[[Key], set[str]]
) -> Iterator[tuple[Key, str, Fault]]:
    """The same, as far as it can be told without looking at any other page."""
    for key, address in links:
        if _is_on_page(address):
            fault = _fault_on_page(address, ids_on(key))
        else:
            try:
                fault = _fault_of_form(address, urlsplit(address))
            except ValueError:
                fault = _no_address(address)
        if fault:
            yield key, address, fault


def _is_on_page(address: str) -> bool:
    return address.startswith(("#", "[^"))


def _fault_on_page(address: str, ids: set[str]) -> Fault | None:
    if address.startswith("[^"):
        return Fault(Fate.DEAD, f"“{address}” cites nothing: write a source's number, as in [^1].")
    if unquote(address[1:]) in ids:
        return None
    number = address.removeprefix("#source-")
    if number.isdecimal():
        count = sum(id_.startswith("source-") for id_ in ids)
        has = f"{count} source{'' if count == 1 else 's'}" if count else "no source"
        return Fault(Fate.DEAD, f"There is no source {number} to cite: the page has {has}.")
    places = ", ".join(f"#{id_}" for id_ in sorted(ids) if not id_.startswith("source-"))
    return Fault(Fate.DEAD, f"“{address}” is no place on this page. It has {places}.")


def _faults_elsewhere(addresses: set[str]) -> dict[str, Fault]:
    found: dict[str, Fault] = {}
    paths: dict[str, str] = {}
    for address in addresses:
        try:
            parts = urlsplit(address)
        except ValueError:
            found[address] = _no_address(address)
            continue
        fault = _fault_of_form(address, parts)
        if fault:
            found[address] = fault
        elif parts.netloc == urlsplit(settings.SITE_URL).netloc or not parts.scheme:
            paths[address] = unquote(parts.path) or "/"
    by_path = _faults_of_paths(set(paths.values()))
    return found | {address: by_path[path] for address, path in paths.items() if path in by_path}


def _no_address(address: str) -> Fault:
    return Fault(Fate.DEAD, f"“{address}” is not an address.")


def _fault_of_form(address: str, parts: SplitResult) -> Fault | None:
    """What can be told from the address alone."""
    if parts.scheme == "mailto" or (parts.scheme in {"http", "https"} and parts.hostname):
        return None
    if parts.scheme and parts.scheme not in {"http", "https"}:
        return Fault(Fate.DEAD, f"A “{parts.scheme}:” link is not shown: begin with https://.")
    if not parts.scheme and not parts.netloc and address.startswith("/"):
        return None
    return Fault(Fate.DEAD, f"“{address}” is not a whole address: begin with https://.")


def _faults_of_paths(paths: set[str]) -> dict[str, Fault]:
    found: dict[str, Fault] = {}
    slugs: dict[str, str] = {}
    for path in paths:
        match = _match(path) or _match(f"{path}/")
        if match is None:
            is_file = path.startswith(settings.STATIC_URL) and finders.find(
                path.removeprefix(settings.STATIC_URL)
            )
            if not is_file:
                found[path] = _dead(path)
        elif match.view_name == "glossary:term":
            slugs[path] = match.kwargs["slug"]
        elif fault := _answer(path, match):
            found[path] = fault
        elif _match(path) is None:
            found[path] = _moved(path, f"{path}/")
    terms = _faults_of_terms(set(slugs.values()))
    for path, slug in slugs.items():
        if slug in terms:
            found[path] = terms[slug]
        elif not path.endswith("/"):
            found[path] = _moved(path, f"{path}/")
    return found


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None


def _dead(path: str) -> Fault:
    return Fault(Fate.DEAD, f"There is no page at {path}.")


def _moved(path: str, to: str) -> Fault:
    return Fault(Fate.MOVED, f"{path} has moved: link to {to}.")


def _faults_of_terms(slugs: set[str]) -> dict[str, Fault]:
    found: dict[str, Fault] = {}
    terms = Term.objects.only("title", "slug", "state", "publish_at")
    known = {term.slug: term for term in terms.filter(slug__in=slugs)}
    former = FormerAddress.objects.select_related("term").filter(slug__in=slugs - known.keys())
    moved = {address.slug: address.term for address in former}
    for slug in slugs:
        term = known.get(slug) or moved.get(slug)
        if slug in moved and term is None:
            found[slug] = Fault(Fate.DEAD, f"The page /glossary/{slug}/ was removed.")
        elif term is None:
            found[slug] = _dead(f"/glossary/{slug}/")
        elif not term.is_public:
            found[slug] = Fault(Fate.HIDDEN, f"“{term}” is linked, but readers can't see it yet.")
        elif slug in moved:
            found[slug] = _moved(f"/glossary/{slug}/", term.get_absolute_url())
    return found


def _answer(path: str, match: ResolverMatch) -> Fault | None:
    """What a page says that is no term's: asked in place, for only it knows its own table."""
    if "admin" in match.app_names:
        return Fault(Fate.DEAD, f"{path} opens for staff alone.")
    if not getattr(match.func, "is_public_page", False):
        return None
    request = HttpRequest()
    request.method = "HEAD"
    request.path = request.path_info = path
    # Without what follows the "?": a search that finds nothing would be recorded as asked.
    try:
        response = match.func(request, *match.args, **match.kwargs)
    except (Http404, PermissionDenied):
        return _dead(path)
    if response.status_code in {404, 410}:
        return _dead(path)
    is_redirect = 300 <= response.status_code < 400
    return _moved(path, response["Location"]) if is_redirect else None
