"""What the term form says of what is typed: errors where it is wrong, remarks where it is weak."""

import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glossary.files import standard
from glossary.files.dumping import content_of
from glossary.files.refusals import part_counts
from glossary.linking.targets import page_ids
from glossary.models import (
    FAQ,
    CareAdvice,
    FormerAddress,
    KeyFact,
    MissedSearch,
    RelatedTerm,
    Source,
    Term,
    Tip,
)
from glossary.quality import checks
from tests.desk import errors, opened, term_values
from tests.factories import BAD_BODIES, HealthCategoryFactory, RaceFactory, TermFactory
from text.reading_age import reading_age, syllables

ADD = "/admin/glossary/term/add/"


def row(part: str, number: int = 0, **values: str) -> dict[str, str]:
    """One row of a part of the form, as a browser posts it."""
    posted = {f"{part}-{number}-{name}": value for name, value in values.items()}
    return {f"{part}-TOTAL_FORMS": str(number + 1), f"{part}-{number}-position": "0", **posted}


SOURCE = row("sources", title="A study", url="https://study.example/")


def refused(desk: Client, values: dict[str, str]) -> dict[str, str]:
    response = desk.post(ADD, values)
    assert response.status_code == 200, "it was saved"
    return errors(response.content.decode())


# What is wrong: refused, beside the field.


@pytest.mark.parametrize(("body", "message"), BAD_BODIES)
def test_each_dead_anchor_is_told(db: None, body: str, message: str) -> None:
    FormerAddress.objects.create(slug="gone")
    found = list(checks.dead_anchors([("here", body)], page_ids(NOTHING)))
    assert [key for key, _ in found] == ["here"]
    assert message in found[0][1]


def test_a_dead_anchor_in_the_explanation_is_refused_beside_it(desk: Client) -> None:
    body = "Claim.[^1] [a](/glossary/nowhere/) [b](javascript:alert(1)) Kept text."
    response = desk.post(ADD, term_values(body=body))
    assert response.status_code == 200
    page = response.content.decode()
    assert "Kept text." in page
    found = errors(page)
    assert found.keys() == {"id_body"}
    for message in ["There is no source 1", "no page at /glossary/nowhere/", "“javascript:”"]:
        assert message in found["id_body"]
    assert not Term.objects.exists()


PIECES = ["[a]", "(", ")", "<", ">", "http://", "https:", "//", "[", "]", "^", "1", "#", "/", "?",
          "glossary/", "races/", "%", "%5B", "%00", "\x00", "é", "℀", "@", ":", " ", "\n",
]  # fmt: skip


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_no_text_is_too_odd_to_be_checked(db: None, text: str) -> None:
    for link in (text, f"[a]({text})", f"[a](</{text}>)", f"<https://{text}>"):
        for _, message in checks.dead_anchors([("body", link)], page_ids(NOTHING)):
            assert message


NOTHING = dict.fromkeys(["key_facts", "tips", "faqs", "care_advice", "sources"], 0)

LIVE_BODIES = [
    "A claim.[^1] And `[^7]`, \\[^8].",
    "[a](#sources), [b](#source-1), [c](#understanding), [d](#related), [e](#next-event)",
    "[a](/glossary/strides/) [b](https://startline.example/glossary/strides/#sources)",
    "[a](/glossary/), [b](/races/?sport=trail-running), [c](/races/costa-brava/), [d](/)",
    "[a](/search/?q=nothing+of+that+name), [b](/list-your-race/), [c](/static/css/site.css)",
    "[a](https://other.example/nowhere), <https://other.example/>, [b](mailto:a@other.example)",
]


def test_live_anchors_are_saved(desk: Client) -> None:
    TermFactory(title="Strides", slug="strides")
    RaceFactory(slug="costa-brava")
    body = "\n\n".join(LIVE_BODIES)
    response = desk.post(ADD, {**term_values(body=body), **SOURCE})
    assert response.status_code == 302, errors(response.content.decode())
    # Looking a link up must not count as a reader's search.
    assert not MissedSearch.objects.exists()


def parts(text: str) -> dict[str, str]:
    """One row of each part that is written in Markdown."""
    return {
        **row("key_facts", headline="One", detail=f"A fact {text}"),
        **row("tips", text=f"A tip {text}"),
        **row("faqs", question="Why?", answer=f"An answer {text}"),
        **row("care_advice", level="emergency", text=f"Advice {text}"),
    }


def test_a_dead_anchor_in_any_part_is_refused_beside_it(desk: Client) -> None:
    found = refused(desk, {**term_values(), **SOURCE, **parts("cites.[^2]")})
    assert found.keys() == {
        "id_key_facts-0-detail", "id_tips-0-text", "id_faqs-0-answer", "id_care_advice-0-text",
    }  # fmt: skip
    assert set(found.values()) == {"There is no source 2 to cite: the page has 1 source."}
    response = desk.post(ADD, {**term_values(), **SOURCE, **parts("cites.[^1]")})
    assert response.status_code == 302


def test_the_places_of_parts_that_are_typed_can_be_linked(desk: Client) -> None:
    other = TermFactory()
    confused = row("relations", other=str(other.pk), kind="often-confused", note="Longer.")
    links = "[a](#key-facts) [b](#pro-tips) [c](#questions) [d](#care) [e](#confused)"
    response = desk.post(ADD, {**term_values(body=links), **parts("here."), **confused})
    assert response.status_code == 302


def test_a_pair_that_another_page_names_can_be_linked(desk: Client) -> None:
    assert desk.post(ADD, term_values(body="[Not the same](#confused).")).status_code == 302


def test_a_source_that_goes_takes_its_citations_with_it(desk: Client) -> None:
    desk.post(ADD, {**term_values(body="A claim.[^1]"), **SOURCE})
    term, source = Term.objects.get(), Source.objects.get()
    address = f"/admin/glossary/term/{term.pk}/change/"
    kept = {
        **opened(desk, address),
        **term_values(body="A claim.[^1]"), **SOURCE, "sources-INITIAL_FORMS": "1",
        "sources-0-id": str(source.pk), "sources-0-term": str(term.pk),
    }  # fmt: skip
    response = desk.post(address, {**kept, "sources-0-DELETE": "on"})
    assert "Source 1, “A study”, is marked" in errors(response.content.decode())["id_body"]
    assert Source.objects.exists()
    assert desk.post(address, kept).status_code == 302
    without = {**kept, **opened(desk, address), "body": "A claim.", "sources-0-DELETE": "on"}
    assert desk.post(address, without).status_code == 302
    assert not Source.objects.exists()


def test_a_text_that_is_taken_away_is_not_checked(desk: Client) -> None:
    gone = {**row("tips", text="Cites.[^5]"), "tips-0-DELETE": "on"}
    assert desk.post(ADD, {**term_values(), **gone}).status_code == 302


def test_rubbish_in_the_forms_own_fields_is_no_crash(desk: Client) -> None:
    values = term_values(**{"sources-TOTAL_FORMS": "many", "category": "999999"}, body="[^1]")
    response = desk.post(ADD, values)
    assert response.status_code == 200
    assert "There is no source 1" in response.content.decode()


# What is weak: saved, and said.


def remarks(term: Term) -> list[tuple[str, str]]:
    return [(remark.section, remark.message) for remark in checks.warnings(checks.stored(term.pk))]


BODY = " ".join(f"This is sentence number {n} of the page.\n\n" for n in range(20))


@pytest.fixture
def good(db: None) -> Term:
    """A health term of which nothing is to be said."""
    term: Term = TermFactory(title="Sore Foot", category=HealthCategoryFactory(), body=BODY)
    Source.objects.create(term=term, title="S", url="https://s.example/")
    for n in range(3):
        KeyFact.objects.create(term=term, headline=f"H{n}", detail="It is so.")
        Tip.objects.create(term=term, text="Do this.")
        FAQ.objects.create(term=term, question="Why?", answer="It is so.")
        RelatedTerm.objects.create(term=term, other=TermFactory())
    CareAdvice.objects.create(term=term, level="emergency", text="Stop.")
    return term


def test_a_good_term_gets_no_remark(good: Term) -> None:
    assert remarks(good) == []


def _related(term: Term, **values: str) -> None:
    other = TermFactory(title="Sore Toe", state=values.pop("state", "published"))
    RelatedTerm.objects.create(term=term, other=other, position=9, **values)


def _body(term: Term, text: str) -> None:
    term.body += text
    term.save()


WEAK = [
    (lambda t: t.sources.all().delete(), ("Sources", "No source.")),
    (lambda t: t.care_advice.all().delete(),
     ("Care advice", "An injury or illness needs care advice.")),
    (lambda t: t.care_advice.update(level="see-someone"),
     ("Care advice", "It says neither what is urgent nor that no urgent level applies.")),
    (lambda t: setattr(t, "no_urgent_level", True) or t.save(),
     ("Care advice", "It says that no urgent level applies, and has advice of one.")),
    (lambda t: t.tips.all().delete(), ("Tips", "0 tips; the standard is 3 to 6.")),
    (lambda t: t.key_facts.all().delete(), ("Key facts", "0 key facts; the standard is 3 to 6.")),
    (lambda t: t.tips.filter(pk=t.tips.last().pk).update(text="Go!"),
     ("Tip 3", "An exclamation mark.")),
    (lambda t: t.key_facts.filter(pk=t.key_facts.last().pk).update(detail="It is 5 km."),
     ("Key fact 3", "Kilometres without miles.")),
    (lambda t: _related(t, state="draft"),
     ("Related term 4", "Readers can't see “Sore Toe” yet: it is left out.")),
    (lambda t: _related(t, kind="often-confused"),
     ("Related term 4", "Nothing says what sets “Sore Toe” apart.")),
    (lambda t: _body(t, "# One"),
     ("Explanation", "The heading “One” is shown as plain text: begin it with ## or ###.")),
    (lambda t: _body(t, "[a](https://startline.example/glossary/old/)"),
     ("Explanation", "/glossary/old/ has moved: link to /glossary/toe/.")),
    (lambda t: _body(t, "[a](https://startline.example/glossary)"),
     ("Explanation", "/glossary has moved: link to /glossary/.")),
    (lambda t: _body(t, "[a](https://startline.example/glossary/toe)"),
     ("Explanation", "/glossary/toe has moved: link to /glossary/toe/.")),
    (lambda t: _body(t, "[a](https://startline.example/glossary/draft/)"),
     ("Explanation", "“Draft Word” is linked, but readers can't see it yet.")),
]  # fmt: skip


@pytest.mark.parametrize(("weaken", "remark"), WEAK, ids=[remark[1] for _, remark in WEAK])
def test_each_weakness_is_remarked(good: Term, weaken: object, remark: tuple[str, str]) -> None:
    new = TermFactory(slug="toe")
    FormerAddress.objects.create(slug="old", term=new)
    TermFactory(slug="draft", title="Draft Word", state="draft")
    assert callable(weaken)
    weaken(good)
    assert remarks(good) == [remark]


def test_a_good_confused_pair_and_level_two_headings_are_fine(good: Term) -> None:
    _related(good, kind="often-confused", note="That one is higher up.")
    _body(good, "## Two\n\nMore.\n\n### Three\n\nMore.")
    assert remarks(good) == []


def test_a_practice_needs_no_care_advice(good: Term) -> None:
    good.care_advice.all().delete()
    good.slug = next(iter(standard.PRACTICES))
    good.save()
    assert remarks(good) == []


def test_what_is_weak_is_saved_and_said_once(desk: Client) -> None:
    response = desk.post(ADD, term_values(), follow=True)
    term = Term.objects.get()
    notes = [str(note) for note in response.context["messages"] if "another look" in str(note)]
    count = len(checks.warnings(checks.stored(term.pk)))
    assert count > 3
    address = f"/admin/glossary/term/{term.pk}/change/"
    assert notes == [
        f'Saved, and <a href="{address}#checks">{count} things are worth another look</a>.'
    ]
    page = desk.get(address).content.decode()
    panel = re.search(r'<details class="module checks" open>(.*?)</details>', page, re.S)
    assert panel
    assert f"Worth another look: {count}" in panel[1]
    for anchor in re.findall(r'href="#([^"]*)"', panel[1]):
        assert f'id="{anchor}"' in page
    assert 'href="#sources-group">Sources</a> No source.' in panel[1]


def test_a_good_term_is_saved_without_a_remark(desk: Client, good: Term) -> None:
    page = desk.get(f"/admin/glossary/term/{good.pk}/change/")
    form = page.context["adminform"].form
    values = term_values(
        **{name: form[name].value() or "" for name in ("title", "slug", "category", "definition")},
        body=good.body,
    )
    for part in page.context["inline_admin_formsets"]:
        prefix = part.formset.prefix
        values |= {
            f"{prefix}-{name}": str(value)
            for name, value in part.formset.management_form.initial.items()
        }
        for inline in part.formset.initial_forms:
            values |= {
                inline.add_prefix(name): str(inline[name].value() or "") for name in inline.fields
            }
            values[inline.add_prefix("position")] = str(inline["position"].value())
    response = desk.post(f"/admin/glossary/term/{good.pk}/change/", values, follow=True)
    assert [m.level_tag for m in response.context["messages"]] == ["success"]
    page_text = desk.get(f"/admin/glossary/term/{good.pk}/change/").content.decode()
    assert "Nothing here needs another look" in page_text


def test_a_new_term_has_no_panel(desk: Client) -> None:
    assert "module checks" not in desk.get(ADD).content.decode()


def test_beside_a_refused_text_stands_what_is_stored(desk: Client, good: Term) -> None:
    refused_values = term_values(title="", body="Go! [^7]")
    response = desk.post(f"/admin/glossary/term/{good.pk}/change/", refused_values)
    assert response.status_code == 200
    page = response.content.decode()
    assert "Go! [^7]" in page
    assert "Nothing here needs another look" in page


def test_each_remark_of_a_row_points_at_its_row(desk: Client, good: Term) -> None:
    good.tips.filter(pk=good.tips.last().pk).update(text="Go <script>!")
    page = desk.get(f"/admin/glossary/term/{good.pk}/change/").content.decode()
    assert '<a href="#tips-2">Tip 3</a> An exclamation mark.' in page
    assert re.search(r'id="tips-2"', page)
    assert "Go <script>" not in page


def test_the_panel_costs_the_same_for_any_number_of_rows(good: Term) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            checks.panel(checks.stored(good.pk))
        return len(queries)

    checks.panel(checks.stored(good.pk))
    _body(good, "[a](/glossary/toe/) [b](/races/)")
    before = cost()
    for n in range(10):
        _body(good, f"[a](/glossary/new-{n}/) [^{n}]")
        Tip.objects.create(term=good, text=f"[a](/glossary/newer-{n}/)")
        RelatedTerm.objects.create(term=good, other=TermFactory())
    assert cost() == before


# Reading age.

PLAIN = "The sun is up. We go out and run. It is a good day. The dog can run too. " * 3
DENSE = (
    "Physiological adaptation necessitates progressively increasing cardiovascular "
    "requirements, notwithstanding individual variability. " * 4
)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "a the mile miles ran stretched hers 3.5 don't"),
        (2, "muscle muscles metres paces going rhythm rested coaches special"),
        (3, "recover medial enthuses CDE injury"),
        (4, "enthusiasm temperatures activities"),
    ],
)
def test_syllables_are_counted_by_their_spelling(count: int, words: str) -> None:
    assert {word: syllables(word) for word in words.split()} == dict.fromkeys(words.split(), count)


def test_a_dense_text_reads_older_than_a_plain_one() -> None:
    plain, dense = reading_age(PLAIN, ["X"]), reading_age(DENSE, ["X"])
    assert plain is not None
    assert dense is not None
    assert plain < 9
    assert dense > 20


def test_the_own_names_are_not_counted() -> None:
    text = "Rhabdomyolysis is bad. You may get rhabdomyolysis or “rhabdo-emergency” if ill. " * 4
    counted = reading_age(text, ["X"])
    spared = reading_age(text, ["Rhabdomyolysis", "rhabdo-emergency"])
    assert counted is not None
    assert spared is not None
    assert spared < counted - 1


def test_a_decimal_point_ends_no_sentence() -> None:
    words = "we run for about {} miles on the long and level road by the sea each day. " * 3
    assert reading_age(words.format("3.5", "4.5", "5.5"), ["X"]) == pytest.approx(
        reading_age(words.format("35", "45", "55"), ["X"]), abs=0.3
    )


def test_a_short_text_is_too_short_to_tell(desk: Client, good: Term) -> None:
    assert reading_age("One two three.", ["X"]) is None
    page = desk.get(f"/admin/glossary/term/{good.pk}/change/").content.decode()
    ages = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page)
    assert [section for section, _ in ages] == [
        "Definition", "Explanation", "Key facts", "Tips", "Questions", "Care advice",
        "The whole page",
    ]  # fmt: skip
    assert dict(ages)["Tips"] == "too short to tell"
    assert re.fullmatch(r"about \d+", dict(ages)["Explanation"])


def test_the_places_of_a_page_are_those_of_its_template(good: Term) -> None:
    _related(good, kind="often-confused", note="Higher up.")
    page = Client().get(good.get_absolute_url()).content.decode()
    ids = page_ids(part_counts(content_of(good)))
    assert len(ids) == 10
    for id_ in ids:
        assert f'id="{id_}"' in page
