"""Every page that a link, a form or a page number leads to, as a stranger and as an organizer.

The walk is done once and kept; the tests read what it brought home. It takes every eighth of the
real words and every fourth of the races; WHOLE_CRAWL=1 takes them all.
"""

import os
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element
from zlib import crc32

import html5lib
import pytest
from django.conf import settings
from django.core.cache import cache as rate_limits
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from glossary.files import term_files
from organizers.models import Submission
from races.files import race_files
from tests.desk import client_of
from tests.factories import MembershipFactory, SubmissionFactory, load_content, submission_values

# The database is only made when a test is marked so; the walk itself is undone before they run.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("crawl")]

STEP = 1 if os.environ.get("WHOLE_CRAWL") else 4
# A search form alone leads to thousands of addresses; so many are followed of each kind.
QUERIES_OF_A_KIND = 8
QUERIES = 100
PRIVATE = ("/accounts/", "/organizers/")
# What anybody may fill in, and nobody keeps.
FORMS = re.compile(r"/races/(search/alert/|[^/]+/wrong/)")
FLOOR = 150
FIELDS = ("input", "select", "textarea")


@dataclass
class Page:
    url: str
    came_from: str
    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str
    root: Element
    markup_errors: list[str]
    again: int = 0

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def is_public(self) -> bool:
        return not self.path.startswith(PRIVATE) and not FORMS.match(self.path)

    @property
    def title(self) -> str:
        return text_of(self.one("title"))

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.root.iter() if element.tag in tags]

    def one(self, tag: str) -> Element:
        found = self.all(tag)
        assert len(found) == 1, f"{self.url} has {len(found)} <{tag}>"
        return found[0]

    def meta(self, name: str) -> list[str]:
        return [m.get("content", "") for m in self.all("meta") if m.get("name") == name]


@dataclass
class Walk:
    client: Client
    asks_twice: bool
    pages: dict[str, Page] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queue = deque([("/", "the start")])
        self.queries: Counter[tuple[str, ...]] = Counter()
        self.seen = {"/"}

    def go(self) -> "Walk":
        while self.queue:
            url, came_from = self.queue.popleft()
            page = self.fetch(url, came_from)
            if page is None:
                continue
            self.pages[page.url] = page
            self.seen.add(page.url)
            for address in [*links(page), *questions(page)]:
                self.enqueue(urljoin(page.url, address), page.url)
            for address in needed_files(page):
                if address not in self.files:
                    response = self.client.get(address)
                    self.files[address] = response.status_code
                    response.getvalue()  # to the end, which closes the file
        return self

    def enqueue(self, url: str, came_from: str) -> None:
        parts = urlsplit(url)
        url = parts._replace(fragment="").geturl()
        if parts.scheme or parts.netloc or url in self.seen:
            return
        if parts.query:
            kind = parts.path, *sorted(name for name, _ in parse_qsl(parts.query))
            # Every option of the race search leads to a search with one option more.
            combined = (parts.path,) if len(kind) > 2 else kind
            if self.queries[kind] >= QUERIES_OF_A_KIND or self.queries[combined] >= QUERIES:
                return
            self.queries.update({kind, combined})
        self.seen.add(url)
        self.queue.append((url, came_from))

    def fetch(self, url: str, came_from: str) -> Page | None:
        """The page, or the one that it leads to: to sign in, or to a search's short address."""
        response = self.client.get(url)
        if response.status_code == 302 and url.startswith((*PRIVATE, "/races/?")):
            url = response["Location"]
            if url in self.pages:
                return None
            response = self.client.get(url)
        if not response["Content-Type"].startswith("text/html"):
            self.files[url] = response.status_code
            return None
        text = response.content.decode()
        root, errors = parsed(text)
        page = Page(
            url, came_from, response.status_code, dict(response.headers),
            list(response.cookies), text, root, errors,
        )  # fmt: skip
        if "ETag" in response and self.asks_twice:
            page.again = self.client.get(url, HTTP_IF_NONE_MATCH=response["ETag"]).status_code
        return page


@cache
def parsed(text: str) -> tuple[Element, list[str]]:
    """Kept, since parsing is slow and public pages should be the same for both walkers."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(text), [f"{at}: {code}" for at, code, _ in parser.errors]


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def links(page: Page) -> list[str]:
    return [a.get("href", "") for a in page.all("a")]


def needed_files(page: Page) -> set[str]:
    found = {e.get("src") for e in page.all("img", "script") if e.get("src")}
    found |= {
        e.get("href")
        for e in page.all("link")
        if e.get("rel") in {"stylesheet", "icon", "manifest", "apple-touch-icon"}
    }
    images = [m.get("content") for m in page.all("meta") if m.get("property") == "og:image"]
    # To draw them all takes long; one in eight stands for the rest.
    found |= {image for image in images if "?v=" not in image or crc32(image.encode()) % 8 == 0}
    # The QR code of a second factor comes with its page.
    return {a.removeprefix(settings.SITE_URL) for a in found if not a.startswith("data:")}


def questions(page: Page) -> Iterator[str]:
    """What the GET forms of a page can ask: as they stand, and with two choices of each list."""
    for form in page.all("form"):
        if form.get("method", "get").lower() != "get":
            continue
        fields = [e for e in form.iter() if e.tag in FIELDS and e.get("name")]
        standing = {e.get("name", ""): e.get("value", "") for e in fields}
        for choice in fields:
            if choice.tag == "select":
                options = [option.get("value", "") for option in choice.iter("option")]
                standing[choice.get("name", "")] = options[0]
        address = form.get("action") or page.path
        yield f"{address}?{urlencode(standing)}"
        for choice in fields:
            options = [option.get("value", "") for option in choice.iter("option")]
            for value in {*options[1:2], *options[-1:]}:
                yield f"{address}?{urlencode(standing | {choice.get('name', ''): value})}"


@pytest.fixture(scope="module")
def walks(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Walk]:
    # A word brings more pages with it than a race.
    terms = sorted(path.stem for path in term_files.CONTENT.glob("*.md"))[
        :: 1 if STEP == 1 else 2 * STEP
    ]
    races = sorted(path.stem for path in race_files.CONTENT.glob("*.md"))[::STEP]
    with django_db_blocker.unblock(), transaction.atomic():
        # The walk to the sign-in pages must not meet another test's rate limit.
        rate_limits.clear()
        load_content(tmp_path_factory.mktemp("content"), terms, races)
        membership = MembershipFactory()
        for state in Submission.State.values:
            SubmissionFactory(
                organizer=membership.organizer, submitted_by=membership.user, state=state,
                submitted_at="2026-11-01T12:00Z",
                values=submission_values(**{"race-name": f"Race that is {state}"}),
            )  # fmt: skip
        found = {
            "stranger": Walk(Client(), asks_twice=True).go(),
            "organizer": Walk(client_of(membership.user), asks_twice=False).go(),
        }
        transaction.set_rollback(True)
    parsed.cache_clear()
    return found


@pytest.fixture(scope="module", params=["stranger", "organizer"])
def walk(request: pytest.FixtureRequest, walks: dict[str, Walk]) -> Walk:
    return walks[request.param]


@pytest.fixture(scope="module")
def pages(walk: Walk) -> list[Page]:
    return list(walk.pages.values())


@pytest.fixture(scope="module")
def public(pages: list[Page]) -> list[Page]:
    return [page for page in pages if page.is_public]


def test_the_walk_is_long_and_reaches_every_kind_of_page(pages: list[Page]) -> None:
    assert len(pages) >= FLOOR
    paths = {page.path for page in pages}
    first_race = min(path.stem for path in race_files.CONTENT.glob("*.md"))
    for start in [
        "/", "/search/", "/about/", "/glossary/", "/glossary/a-to-z/", "/list-your-race/",
        "/glossary/new/",
        "/glossary/category/recovery-injury/", "/races/", f"/races/{first_race}/",
    ]:  # fmt: skip
        assert start in paths, start
    assert any("page=2" in page.url for page in pages)


def test_a_stranger_is_led_to_the_sign_in_pages_and_no_further(walks: dict[str, Walk]) -> None:
    paths = {page.path for page in walks["stranger"].pages.values()}
    assert {"/accounts/login/code/", "/accounts/signup/", "/accounts/login/"} <= paths
    assert not [path for path in paths if path.startswith("/organizers/")]


def test_an_organizer_reaches_their_own_pages(walks: dict[str, Walk]) -> None:
    paths = {page.path for page in walks["organizer"].pages.values()}
    assert {"/organizers/", "/organizers/profile/", "/organizers/submissions/new/"} <= paths
    # All but the approved one, which stands under the races; two of them can be changed.
    assert len([p for p in paths if re.fullmatch(r"/organizers/submissions/\d+/", p)]) == 5
    assert len([p for p in paths if re.fullmatch(r"/organizers/submissions/\d+/edit/", p)]) == 2


def test_no_link_is_broken(pages: list[Page]) -> None:
    assert not [(p.url, p.came_from, p.status) for p in pages if p.status != 200]


def test_every_file_that_a_page_names_is_there(walk: Walk) -> None:
    assert {"/glossary/feed/", "/llms.txt", "/api/v1/openapi.json"} <= set(walk.files)
    assert not {address for address, status in walk.files.items() if status != 200}


def test_every_page_is_html_without_a_parse_error(pages: list[Page]) -> None:
    """The syntax, as a browser's parser sees it; not whether each attribute's value makes sense."""
    assert not [(page.url, page.markup_errors) for page in pages if page.markup_errors]


def test_every_page_has_one_h1_and_one_main(pages: list[Page]) -> None:
    for page in pages:
        assert text_of(page.one("h1")), page.url
        page.one("main")
        assert page.one("html").get("lang") == "en-GB"


def test_headings_never_skip_a_level(pages: list[Page]) -> None:
    for page in pages:
        levels = [int(e.tag[1]) for e in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
        steps = zip(levels, levels[1:], strict=False)
        assert levels[0] == 1, page.url
        assert not [step for step in steps if step[1] > step[0] + 1], page.url
        assert all(text_of(e) for e in page.all("h2", "h3", "h4")), page.url


def test_every_title_is_the_pages_own(pages: list[Page]) -> None:
    titles: dict[str, set[str]] = {}
    for page in pages:
        assert "Startline" in page.title, page.url
        titles.setdefault(page.title, set()).add(page.path)
    assert not {title: paths for title, paths in titles.items() if len(paths) > 1}


def test_pages_of_a_long_list_have_titles_of_their_own(pages: list[Page]) -> None:
    numbered = [page for page in pages if re.fullmatch(r"/races/(\?page=([2-9]|\d\d))?", page.url)]
    assert len(numbered) > 2
    assert len({page.title for page in numbered}) == len(numbered)


def test_every_field_has_a_label(pages: list[Page]) -> None:
    for page in pages:
        labelled = {label.get("for") for label in page.all("label") if text_of(label)}
        for element in page.all(*FIELDS):
            if element.get("type") in {"hidden", "submit", "button"}:
                continue
            named = element.get("id") in labelled or element.get("aria-label")
            assert named, (page.url, element.attrib)


def test_every_link_and_button_has_a_name(pages: list[Page]) -> None:
    for page in pages:
        for element in page.all("a", "button", "summary"):
            assert text_of(element) or element.get("aria-label"), (page.url, element.attrib)


def test_every_image_has_an_alternative(pages: list[Page]) -> None:
    for page in pages:
        assert not [e.attrib for e in page.all("img") if e.get("alt") is None], page.url
        for element in page.all("{http://www.w3.org/2000/svg}svg", "svg"):
            assert element.get("aria-hidden") == "true" or element.get("aria-label"), page.url


def test_ids_are_unique_and_whatever_names_one_finds_it(pages: list[Page]) -> None:
    for page in pages:
        ids = Counter(e.get("id") for e in page.root.iter() if e.get("id") is not None)
        assert not [name for name, count in ids.items() if count > 1 or not name], page.url
        named = [link[1:] for link in links(page) if link.startswith("#")]
        named += [label.get("for", "") for label in page.all("label")]
        for element in page.root.iter():
            for attribute in ("aria-labelledby", "aria-describedby", "aria-controls"):
                named += element.get(attribute, "").split()
        assert not [name for name in named if unquote(name) not in ids], page.url


def test_a_fragment_of_another_page_is_there(walk: Walk) -> None:
    for page in walk.pages.values():
        for link in links(page):
            address, _, fragment = link.partition("#")
            if fragment and address in walk.pages:
                ids = {e.get("id") for e in walk.pages[address].root.iter()}
                assert unquote(fragment) in ids, (page.url, link)


def test_public_pages_are_described(public: list[Page]) -> None:
    described: dict[str, set[str]] = {}
    for page in public:
        (description,) = page.meta("description")
        assert 20 <= len(description) <= 320, (page.url, description)
        described.setdefault(description, set()).add(page.path)
    words_and_races = [
        paths for paths in described.values() if any(p.count("/") > 2 for p in paths)
    ]
    assert words_and_races
    assert not [paths for paths in words_and_races if len(paths) > 1]


def test_the_canonical_address_is_absolute_and_says_no_more_than_it_must(
    public: list[Page],
) -> None:
    for page in public:
        (found,) = [e.get("href", "") for e in page.all("link") if e.get("rel") == "canonical"]
        address, _, query = found.partition("?")
        assert address == settings.SITE_URL + page.path, page.url
        asked = [(name, value) for name, value in parse_qsl(urlsplit(page.url).query) if value]
        # Each page of a list is one of its own; only of the races, each search is too.
        is_list, is_search = page.path.startswith("/glossary/"), page.path == "/races/"
        is_of_races = page.path in {"/compare/", "/my-list/"}
        expected = [
            (name, value)
            for name, value in asked
            if is_search
            or (is_list and name == "page")
            or (is_of_races and name in {"race", "races"})
            # The map and each month of the calendar are other looks at the same search.
            if name not in {"view", "month"} and (name, value) != ("page", "1")
        ]
        assert parse_qsl(query, keep_blank_values=True) == expected, page.url


OF_NO_USE = ("/search/", "/compare/", "/my-list/", "/embed/")


def test_only_private_pages_searches_and_histories_are_kept_from_search_engines(
    pages: list[Page],
) -> None:
    for page in pages:
        is_hidden = page.meta("robots") == ["noindex"]
        is_of_no_use = page.path.startswith(OF_NO_USE) or page.path.endswith("/history/")
        assert is_hidden == (not page.is_public or is_of_no_use), page.url


def test_public_pages_know_nobody(public: list[Page]) -> None:
    for page in public:
        assert not page.cookies, page.url
        assert "cookie" not in page.headers.get("Vary", "").lower(), page.url
        assert "csrfmiddlewaretoken" not in page.text, page.url
        assert page.headers["Cache-Control"].startswith("public"), page.url


def test_public_pages_are_the_same_for_everyone(walks: dict[str, Walk]) -> None:
    stranger, organizer = walks["stranger"].pages, walks["organizer"].pages
    public = [url for url, page in stranger.items() if page.is_public]
    assert len(public) >= FLOOR
    for url in public:
        assert stranger[url].text == organizer[url].text, url


def test_an_unchanged_public_page_is_not_sent_again(walks: dict[str, Walk]) -> None:
    public = [page for page in walks["stranger"].pages.values() if page.is_public]
    assert {page.again for page in public} == {304}


def test_private_pages_are_kept_by_no_proxy(pages: list[Page]) -> None:
    private = [page for page in pages if not page.is_public]
    assert private
    for page in private:
        kept = page.headers.get("Cache-Control", "")
        assert "public" not in kept, page.url
        assert "no-store" in kept or page.path.startswith("/accounts/"), page.url


def test_only_sources_races_and_licences_lead_to_other_sites(pages: list[Page]) -> None:
    # What organizers typed is shown to them as links, and vouched for by nobody.
    rel = dict.fromkeys(["glossary", "races", "about", "compare"], "noopener")
    rel["organizers"] = "nofollow"
    seen = set()
    for page in pages:
        for a in page.all("a"):
            address = urlsplit(a.get("href", ""))
            # An otpauth link opens the app that makes codes, on the device itself.
            if not address.netloc or address.scheme == "otpauth":
                continue
            if address.scheme == "webcal":
                # A calendar of ours.
                assert address.netloc == urlsplit(settings.SITE_URL).netloc
                continue
            kind = page.path.split("/")[1]
            assert kind in rel, (page.url, a.attrib)
            assert rel[kind] in a.get("rel", "").split(), (page.url, a.attrib)
            assert address.scheme in {"http", "https"}, (page.url, a.attrib)
            seen.add(kind)
    assert seen >= {"glossary", "races", "about"}


def test_no_page_loads_anything_from_another_site_or_runs_inline_code(pages: list[Page]) -> None:
    for page in pages:
        for element in page.root.iter():
            names = {name.lower() for name in element.attrib}
            assert not [name for name in names if name.startswith("on")], (page.url, element.tag)
            assert "style" not in names, (page.url, element.tag)
            if element.tag in {"script", "img", "iframe", "source", "video"}:
                assert not urlsplit(element.get("src", "")).netloc, (page.url, element.attrib)
            if element.tag == "script" and not element.get("src"):
                assert element.get("type") == "application/ld+json", page.url
        assert not page.all("style"), page.url
