"""Which words of a text become links, and which never do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text import markdown
from text.linking import LinkableNames, link
from text.names import name_key

CITED = '<sup><a class="citation" href="#source-1" rel="noopener">[1]</a></sup>'
TITLES = [
    "Taper", "VO2max", "Ultramarathon", "RICE", "Long Run", "Marathon", "Marathon Pace",
    "Runner's Knee", "10% Rule", "Strides", "Bonk", "5K", "Recovery", "Côte", "Even Pace Run",
    "Century", "FTP", "Min/km", "13.1",
]  # fmt: skip
ABBREVIATIONS = ["DNF", "LSD"]
PKS = {name: pk for pk, name in enumerate(TITLES + ABBREVIATIONS, 1)}
NAMES = LinkableNames(
    {pk: f"/glossary/{pk}/" for pk in PKS.values()},
    [(pk, name_key(name), name, name in ABBREVIATIONS) for name, pk in PKS.items()],
)


def linked(text: str, **options: object) -> str:
    """The text as HTML, each automatic link as [words|title]."""
    tokens = markdown.parse(text)
    link([tokens], NAMES, **options)  # type: ignore[arg-type]
    titles = {pk: name for name, pk in PKS.items()}
    return re.sub(
        r'<a href="/glossary/(\d+)/" class="term-link" data-preview="" rel="noopener">(.*?)</a>',
        lambda match: f"[{match[2]}|{titles[int(match[1])]}]",
        markdown.to_html(tokens).strip(),
        flags=re.DOTALL,
    ).removeprefix("<p>").removesuffix("</p>")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Spelling: case, accents, hyphens, spaces, lines.
        ("a taper.", "a [taper|Taper]."),
        ("VO₂max, VO2 max", "[VO₂max|VO2max], VO2 max"),
        ("his VO2-max", "his [VO2-max|VO2max]"),
        ("an ultra-marathon", "an [ultra-marathon|Ultramarathon]"),
        ("a long\nrun", "a [long\nrun|Long Run]"),
        ("a cote", "a [cote|Côte]"),
        ("a co\u0302te", "a [co\u0302te|Côte]"),
        ("runner’s knee", "[runner’s knee|Runner's Knee]"),
        ("runners' knee", "[runners' knee|Runner's Knee]"),
        ("the 10% rule", "the [10% rule|10% Rule]"),
        ("5 min/km", "5 [min/km|Min/km]"),
        # Plurals and possessives, never the other way round.
        ("two tapers", "two [tapers|Taper]"),
        ("the taper’s end", "the [taper’s|Taper] end"),
        ("her tapers' end", "her [tapers|Taper]' end"),
        ("centuries", "[centuries|Century]"),
        ("one stride", "one stride"),
        ("DNFs", "[DNFs|DNF]"),
        # Capitals.
        ("RICE is not rice", "[RICE|RICE] is not rice"),
        ("rice, Rice, dnf, DNFS", "rice, Rice, dnf, DNFS"),
        ("a 5k", "a [5k|5K]"),
        # A number alone may count anything.
        ("131 runners, 13.1 miles, 13/1", "131 runners, 13.1 miles, 13/1"),
        # The longest name, and once only.
        ("marathon pace", "[marathon pace|Marathon Pace]"),
        ("a marathon paced", "a [marathon|Marathon] paced"),
        ("even pace running", "even pace running"),
        ("taper, taper, Tapers", "[taper|Taper], taper, Tapers"),
        ("marathon-pace run", "[marathon-pace|Marathon Pace] run"),
        # Parts of something longer.
        ("taper-like pre-taper taper- and", "taper-like pre-taper taper- and"),
        ("tapered, untaper", "tapered, untaper"),
        ("1.5K and 2,5K", "1.5K and 2,5K"),
        ("taper.com www.example.com/taper", "taper.com www.example.com/taper"),
        ("https://x.example/a/taper", "https://x.example/a/taper"),
        ("bonk@taper.example", "bonk@taper.example"),
        ("taper_bonk", "taper_bonk"),
        ("**ta**per", "<strong>ta</strong>per"),
        # Not across a pause.
        ("long, run", "long, run"),
        ("so long. Run", "so long. Run"),
        ("long – run", "long – run"),
        ("long *run*", "long <em>run</em>"),
        # Where no link may be.
        ("`taper`", "<code>taper</code>"),
        ("    taper\n", "<code>taper\n</code>"),
        ("## Taper\n\nA bonk", "<h2>Taper</h2>\n<p>A [bonk|Bonk]"),
        ("[a taper](https://x.example)", '<a href="https://x.example" rel="noopener">a taper</a>'),
        # Where it may.
        ("*taper*[^1]", f"<em>[taper|Taper]</em>{CITED}"),
        ("- taper", "<ul>\n<li>[taper|Taper]</li>\n</ul>"),
        ("**Taper**", "<strong>[Taper|Taper]</strong>"),
        ("taper & bonk <b>", "[taper|Taper] &amp; [bonk|Bonk] &lt;b&gt;"),
        ("a taper/bonk", "a [taper|Taper]/[bonk|Bonk]"),
        ("well, we'll", "well, we'll"),
    ],
)  # fmt: skip
def test_what_is_linked(text: str, expected: str) -> None:
    assert linked(text) == expected


def test_a_contraction_is_no_word() -> None:
    names = LinkableNames({1: "/glossary/1/"}, [(1, "well", "Well", False)])
    assert link([markdown.parse("we'll")], names) == []
    assert link([markdown.parse("well")], names) == [1]


def test_the_page_itself_is_not_linked_nor_a_part_of_its_name() -> None:
    text = "Marathon pace, marathon"
    assert linked(text, own=PKS["Marathon Pace"]) == "Marathon pace, [marathon|Marathon]"
    assert linked(text, own=PKS["Marathon"]) == "[Marathon pace|Marathon Pace], marathon"


def test_an_editor_may_veto_a_name_in_any_spelling() -> None:
    text = "Marathon pace, marathon, VO2 max"
    vetoed = ["MARATHON-pace", "vo2max"]
    assert linked(text, vetoed=vetoed) == "Marathon pace, [marathon|Marathon], VO2 max"
    assert linked("tapers", vetoed=["Taper"]) == "tapers"
    assert linked("tapers", vetoed=["tapers"]) == "tapers"


def test_a_link_made_by_hand_is_the_first_mention_wherever_it_stands() -> None:
    by_hand = f'<a href="/glossary/{PKS["Taper"]}/#x" data-preview="" rel="noopener">it</a>'
    text = f"A taper and a bonk, see [it](/glossary/{PKS['Taper']}/#x)"
    assert linked(text) == f"A taper and a [bonk|Bonk], see {by_hand}"
    tokens = markdown.parse(text)
    assert link([tokens], NAMES) == [PKS["Taper"], PKS["Bonk"]]


def test_the_first_mention_of_a_page_counts_not_of_each_text() -> None:
    texts = [markdown.parse("# A taper"), markdown.parse_inline("taper"), markdown.parse("Taper")]
    assert link(texts, NAMES) == [PKS["Taper"]]
    assert ["term-link" in markdown.to_html(text) for text in texts] == [False, True, False]


@pytest.mark.parametrize(
    "bad",
    [
        '<a class="term-link" data-preview="" href="/glossary/1/">taper</a>',
        "[x](/glossary/999/ \"onclick=alert(1)\"){.term-link data-preview=''}",
        '[x](/x/" data-preview="" onmouseover="alert(1))',
        "[x](javascript:alert(1)//glossary/1/)",
        '[taper" data-preview="](data:text/html,x)',
    ],
)
def test_what_an_editor_types_can_not_pass_for_a_preview(bad: str) -> None:
    html = linked(bad)
    tags = re.findall(r"<a [^>]*>", html)
    for tag in tags:
        assert not re.search(r" (on\w+|data-preview|class)=", tag), html
        assert "javascript:" not in tag
        assert "data:" not in tag


MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from([*TITLES, *ABBREVIATIONS, "tapers", "long", "run", "marathon"]),
        st.sampled_from(["*", "**", "`", "[", "](/x/)", "](/glossary/1/)", "\n", "\n\n", "## "]),
        st.sampled_from([" ", "-", "’s", ".", ", ", "_", "&", "<b>", "[^1]", "> ", "- ", "\\", "![",
                         "https://", "&amp;", "@", "  \n", "    ", "\ufffc", "é", "\u0301"]),
    ),
    max_size=25,
).map("".join)  # fmt: skip
ANCHOR = re.compile(r'<a href="[^"]*" class="term-link" data-preview="" rel="noopener">|</a>')


@given(MARKDOWN)
def test_only_anchors_are_added_and_never_where_none_may_be(text: str) -> None:
    tokens = markdown.parse(text)
    links = link([tokens], NAMES)
    html, plain = markdown.to_html(tokens), markdown.render(text)
    without = re.sub(r"</?a\b[^>]*>", "", html)
    assert without == re.sub(r"</?a\b[^>]*>", "", plain)
    assert html.count("<a ") == html.count("</a>")
    assert not re.search(r"<a [^>]*>(?:(?!</a>).)*<a ", html, re.DOTALL)
    for tag in ("code", "h2", "h3"):
        for inner in re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL):
            assert "term-link" not in inner
    targets = re.findall(r'href="(/glossary/\d+/)" class="term-link"', html)
    assert len(targets) == len(set(targets))
    assert {f"/glossary/{pk}/" for pk in links} >= set(targets)

    assert sorted(link([tokens], NAMES)) == sorted(links)
    assert markdown.to_html(tokens) == html
