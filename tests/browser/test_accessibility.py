"""Every kind of page as people meet it: dark, light, on any screen, by keyboard, in large type."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from playwright.sync_api import Browser, BrowserContext, Page, expect

from glossary.models import FormerAddress
from organizers.models import Submission, User
from races.models import Distance, Edition
from tests.browser.people import style_guide, watched
from tests.desk import client_of
from tests.factories import (
    CourseFactory,
    MembershipFactory,
    SubmissionFactory,
    UserFactory,
    submission_values,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db,
]

WIDTHS = [320, 390, 768, 1280, 1440]
HEIGHT = 900


def at(address: str) -> Callable[[Page], None]:
    def open_it(page: Page) -> None:
        page.goto(address)

    return open_it


def term_with_its_answers(page: Page) -> None:
    page.goto("/glossary/runners-knee/")
    for question in page.locator("summary").all():
        question.click()


def feedback_with_an_error(page: Page) -> None:
    page.goto("/glossary/runners-knee/feedback/")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".errorlist")).to_be_visible()


def alert_with_an_error(page: Page) -> None:
    page.goto("/races/search/alert/?sport=road-running,curling")
    page.get_by_label("Your email address").fill("not an address")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.locator(".errorlist")).to_be_visible()


def report_with_errors(page: Page) -> None:
    page.goto("/races/london-marathon/wrong/?about=price")
    page.get_by_label("Where can one see that?").fill("their page")
    page.get_by_role("button", name="Send to the moderators").click()
    expect(page.locator(".errorlist")).to_have_count(2)


def code_entry(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("somebody@club.example")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_label("Code")).to_be_visible()


def sign_up_with_an_error(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("not an address")
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator(".errorlist")).to_be_visible()


def too_many_tries(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("nobody@club.example")
    for _ in range(40):
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        if page.get_by_role("heading", level=1).inner_text() == "Too many tries":
            return
    pytest.fail("Nobody stops a guesser.")


def profile_with_errors(page: Page) -> None:
    page.goto("/organizers/profile/")
    page.get_by_label("Name of the organizer").fill("")
    page.get_by_label("Contact email").fill("not an address")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errorlist")).to_have_count(2)


def form_with_errors(page: Page) -> None:
    page.goto("/organizers/submissions/new/")
    page.get_by_role("button", name="Add another distance").click()
    page.get_by_label("Official website").fill("not an address")
    page.get_by_role("button", name="Send for review").click()
    expect(page.get_by_role("alert")).to_be_visible()


def submission_that_is(state: str) -> Callable[[Page], None]:
    def open_it(page: Page) -> None:
        page.goto("/organizers/")
        page.get_by_role("link", name=f"Race that is {state}").click()

    return open_it


def form_with_a_note(page: Page) -> None:
    submission_that_is("changes-requested")(page)
    page.get_by_role("link", name="Make the changes").click()


def forbidden(page: Page) -> None:
    page.goto(f"/admin/organizers/submission/{Submission.objects.first().pk}/decide/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This is not for you to see")


PAGES = {
    "stranger": {
        "style guide": style_guide,
        "home": at("/"),
        "glossary": at("/glossary/"),
        "A to Z": at("/glossary/a-to-z/"),
        "A to Z without the letter": at("/glossary/a-to-z/?letter=Q"),
        "category": at("/glossary/category/recovery-injury/"),
        "category by letter": at("/glossary/category/recovery-injury/?letter=S"),
        "new or changed": at("/glossary/new/"),
        "feedback": at("/glossary/runners-knee/feedback/"),
        "feedback with an error": feedback_with_an_error,
        "feedback, thanked for": at("/glossary/runners-knee/feedback/thanks/"),
        "removed word": at("/glossary/runners-kneee/"),
        "history of a word": at("/glossary/runners-knee/history/"),
        "term": term_with_its_answers,
        "race search": at("/races/"),
        "race search with errors": at("/races/?sport=curling&month_from=last-year"),
        "race search that finds nothing": at("/races/?q=zzzzzz"),
        "race calendar": at("/races/?view=calendar&month=2027-04"),
        "race calendar of an empty month": at("/races/?view=calendar&month=2027-12"),
        "race map": at("/races/?view=map"),
        "alert": at("/races/search/alert/?sport=road-running"),
        "alert with an error": alert_with_an_error,
        "alert, asked for": at("/races/search/alert/sent/?sport=road-running"),
        "alert of nothing": at("/races/search/alert/"),
        "alert, ended": at("/races/search/alert/end/x/"),
        "report": at("/races/london-marathon/wrong/?about=date"),
        "report with errors": report_with_errors,
        "report, thanked for": at("/races/london-marathon/wrong/thanks/"),
        "race": at("/races/london-marathon/"),
        "race with a course": at("/races/hardrock-100/"),
        "cancelled race": at("/races/comrades-marathon/"),
        "compared races": at("/compare/?race=london-marathon&race=hardrock-100&q=comrades"),
        "list of races": at("/my-list/"),
        "races on another site": at("/embed/?race=london-marathon"),
        "search": at("/search/"),
        "search that finds words and races": at("/search/?q=backyard"),
        "search that guesses": at("/search/?q=plantar+fascitiss"),
        "search that finds nothing": at("/search/?q=zzzzzz"),
        "list your race": at("/list-your-race/"),
        "about": at("/about/"),
        "privacy": at("/privacy/"),
        "goodbye": at("/organizers/account/deleted/"),
        "sign-in": at("/accounts/login/code/"),
        "sign-in with a password": at("/accounts/login/"),
        "password reset": at("/accounts/password/reset/"),
        "sign-up": at("/accounts/signup/"),
        "sign-up with an error": sign_up_with_an_error,
        "404": at("/nowhere/"),
    },
    "joiner": {"code entry": code_entry},
    "guesser": {"429": too_many_tries},
    "newcomer": {
        "welcome": at("/organizers/"),
        "second factor, to set up": at("/accounts/2fa/totp/activate/"),
    },
    "organizer": {
        "dashboard": at("/organizers/"),
        "account": at("/organizers/account/"),
        "account to delete": at("/organizers/account/delete/"),
        "address to change": at("/accounts/email/"),
        "profile with errors": profile_with_errors,
        "submission form": at("/organizers/submissions/new/"),
        "submission form with errors": form_with_errors,
        "submission form with a note": form_with_a_note,
        "submission that waits": submission_that_is("pending"),
        "submission to change": submission_that_is("changes-requested"),
    },
    "editor": {
        "403": forbidden,
        "second factor": at("/accounts/2fa/"),
        "code of the app, asked again": at("/accounts/2fa/reauthenticate/"),
        "second factor, to remove": at("/accounts/2fa/totp/deactivate/"),
    },
}
KINDS = [(who, kind) for who, kinds in PAGES.items() for kind in kinds]


@dataclass
class Opened:
    page: Page
    troubles: list[str]


class Tabs:
    """Opens a page of each kind once and keeps it, as it was after opening."""

    def __init__(self, contexts: dict[str, BrowserContext], troubles: dict[str, list[str]]) -> None:
        self.contexts, self.troubles = contexts, troubles
        self.opened: dict[tuple[str, str], Opened] = {}

    def open(self, who: str, kind: str) -> Opened:
        if (who, kind) not in self.opened:
            before = len(self.troubles[who])
            page = self.contexts[who].new_page()
            PAGES[who][kind](page)
            self.opened[who, kind] = Opened(page, self.troubles[who][before:])
        opened = self.opened[who, kind]
        # A tab in the background is drawn late.
        opened.page.bring_to_front()
        opened.page.set_viewport_size({"width": 1280, "height": HEIGHT})
        opened.page.emulate_media(
            color_scheme="light", forced_colors="none", reduced_motion="reduce"
        )
        return opened


@pytest.fixture(scope="module")
def tabs(site: str, browser: Browser) -> Iterator[Tabs]:
    membership = MembershipFactory()
    for state in Submission.State.values:
        submission = SubmissionFactory(
            organizer=membership.organizer, submitted_by=membership.user, state=state,
            submitted_at="2026-11-01T12:00Z",
            values=submission_values(**{"race-name": f"Race that is {state}"}),
        )  # fmt: skip
        if state == "changes-requested":
            submission.decisions.create(state=state, by=UserFactory(), note="Which one is first?")
    FormerAddress.objects.create(slug="runners-kneee")
    Edition.objects.filter(race__slug="comrades-marathon").update(status="cancelled")
    CourseFactory(distance=Distance.objects.filter(edition__race__slug="hardrock-100").first())
    editor = UserFactory(is_staff=True)
    editor.groups.add(Group.objects.get(name="Editors"))
    people: dict[str, User | None] = {
        "stranger": None,
        "joiner": None,
        "guesser": None,
        "newcomer": UserFactory(),
        "organizer": membership.user,
        "editor": editor,
    }
    contexts, troubles = {}, {}
    with ExitStack() as stack:
        for who, user in people.items():
            context = browser.new_context(base_url=site, locale="en-GB")
            context.set_default_timeout(10_000)
            stack.callback(context.close)
            if user:
                session = client_of(user).cookies["sessionid"].value
                context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
            contexts[who], troubles[who] = context, watched(context, site)
        yield Tabs(contexts, troubles)


@pytest.fixture(params=KINDS, ids=[kind.replace(" ", "-") for _, kind in KINDS])
def opened(request: pytest.FixtureRequest, tabs: Tabs) -> Opened:
    return tabs.open(*request.param)


@pytest.fixture
def page(opened: Opened) -> Page:
    return opened.page


def test_nothing_goes_wrong_behind_the_page_and_no_other_host_is_asked(opened: Opened) -> None:
    """The security policy's refusals would stand in the console too."""
    assert not opened.troubles


def test_axe_finds_nothing(page: Page) -> None:
    found = {}
    for scheme, width in product(["light", "dark"], [320, 1280]):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for violation in Axe().run(page).response["violations"]:
            where = [node["html"] for node in violation["nodes"]]
            found[scheme, width, violation["id"]] = where
    assert not found


def test_nothing_scrolls_sideways(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


CUT_OFF = """() => [...document.querySelectorAll('body *')].filter(element => {
    if (element.closest('svg, .visually-hidden, .skip-link, select')) return false;
    const style = getComputedStyle(element);
    if (style.display === 'inline' || !element.checkVisibility()) return false;
    const isText = node => node.nodeType === Node.TEXT_NODE && node.data.trim();
    if (![...element.childNodes].some(isText)) return false;
    const isCut = element.scrollWidth > element.clientWidth + 1
        || (style.overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1);
    return isCut && element.tagName !== 'TEXTAREA';
}).map(element => element.outerHTML.slice(0, 120))"""


def test_text_of_twice_the_size_is_not_cut_off(page: Page) -> None:
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width in [390, 640, 1280]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert not [(width, element) for element in page.evaluate(CUT_OFF)]
    page.evaluate("document.documentElement.style.fontSize = ''")


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(page: Page) -> None:
    page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
    start_from_the_top(page)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main, footer')")


def start_from_the_top(page: Page) -> None:
    """As after loading: the next Tab goes to the first stop."""
    page.evaluate("""() => {
        document.body.tabIndex = -1;
        document.body.focus({preventScroll: true});
        document.body.removeAttribute('tabindex');
    }""")


FOCUS = """() => {
    let element = document.activeElement;
    if (element === document.body || element === document.documentElement) return null;
    // A frame of this site shows the focus inside it.
    element = element.contentDocument?.activeElement ?? element;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    const width = parseFloat(style.outlineWidth), offset = parseFloat(style.outlineOffset);
    const isClipped = style.clipPath !== 'none' && width + offset > 0;
    return {
        element: element.outerHTML.slice(0, 120),
        isFirst: element.matches('.skip-link'),
        isShown: style.outlineStyle !== 'none' && width >= 2 && !isClipped
            && style.outlineColor !== 'rgba(0, 0, 0, 0)',
        isOnScreen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
            && box.right > 0 && box.left < innerWidth,
    };
}"""


def test_every_stop_of_the_keyboard_shows_where_it_is(page: Page) -> None:
    start_from_the_top(page)
    stops = []
    for _ in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["isFirst"]):
            break
        stops.append(stop)
    else:
        pytest.fail("The keyboard is trapped.")
    assert len(stops) > 5
    # The map moves to a mark only once it has the focus.
    still = [stop for stop in stops if 'class="race-map__mark' not in stop["element"]]
    assert not [s["element"] for s in still if not (s["isShown"] and s["isOnScreen"])]


def test_buttons_have_an_edge_in_forced_colours(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    buttons = page.locator(".button, .signpost").filter(visible=True)
    edges = buttons.evaluate_all(
        "all => all.map(b => [b.innerText, parseFloat(getComputedStyle(b).borderTopWidth),"
        " getComputedStyle(b).clipPath])"
    )
    assert not [edge for edge in edges if edge[1] < 1 or edge[2] != "none"]


def test_what_a_ground_says_is_said_in_forced_colours_too(tabs: Tabs) -> None:
    """The course, the marks of a list, what is chosen; the levels of care differ by their frame."""
    page = tabs.open("stranger", "term").page
    page.set_viewport_size({"width": 390, "height": HEIGHT})
    page.emulate_media(forced_colors="active")
    ground = "e => getComputedStyle(e, '::before').backgroundColor"
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for drawn in [".course", ".care__level--self-care li", ".tips li"]:
        assert page.locator(drawn).first.evaluate(ground) != paper, drawn
    edge = "e => getComputedStyle(e).borderBlockEndWidth"
    assert page.locator(".strip [aria-current]").evaluate(edge) == "3px"
    frames = page.locator(".care__level").evaluate_all(
        "all => all.map(e => getComputedStyle(e).borderInlineStartWidth)"
    )
    assert frames == ["0px", "4px", "8px"]


def test_axe_and_the_console_would_tell(tabs: Tabs) -> None:
    """The tests above are worth something only as long as these faults are seen."""
    page = tabs.contexts["stranger"].new_page()
    page.goto("/about/")
    before = len(tabs.troubles["stranger"])
    page.evaluate("""() => {
        const main = document.querySelector('main');
        main.innerHTML += '<p id="pale">Pale.</p><img src="https://elsewhere.example/x.png">';
        document.querySelector('#pale').style.color = '#ccc';
    }""")
    found = {violation["id"] for violation in Axe().run(page).response["violations"]}
    assert {"color-contrast", "image-alt"} <= found
    assert any("Content Security Policy" in t for t in tabs.troubles["stranger"][before:])
    page.close()
