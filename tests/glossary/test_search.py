"""Looking words and races up, as people type."""

import re
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.html import escape
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from glossary.models import FAQ, Alias, CareAdvice, MissedSearch, RelatedTerm, Term, Tip
from glossary.search import missed
from glossary.search.finding import (
    correct,
    find_terms,
    index_terms,
    misspelt_terms,
    nearest_terms,
    subject,
    suggest_terms,
    terms_of,
)
from glossary.search.snippets import START, STOP, WHOLE, mark
from glossary.search.spelling import names
from glossary.search.wording import content_words, sense
from races.models import Race
from races.search.text import find_races, index_races
from tests.factories import CategoryFactory, RaceFactory, TermFactory
from text.names import fold, name_key


def found_for(query: str) -> list[str]:
    hits = find_terms(query, names())
    return [term.title for _, term in terms_of(hits, Term.objects.published())]


def search(client: Client, query: str, **more: str) -> str:
    return client.get("/search/", {"q": query, **more}).content.decode()


def suggestions(client: Client, query: str) -> str:
    return client.get("/search/suggestions/", {"q": query}).content.decode()


@pytest.fixture(autouse=True)
def no_one_has_searched_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def words(db: None) -> None:
    knee = TermFactory(
        title="Runner's Knee", definition="A dull ache behind the kneecap.", body="Wall sits help."
    )
    Alias.objects.create(term=knee, name="Patellofemoral pain syndrome")
    Alias.objects.create(term=knee, name="PFPS", kind="abbreviation")
    Alias.objects.create(term=knee, name="Runers nee", kind="misspelling")
    FAQ.objects.create(term=knee, question="Is cycling fine?", answer="Often, in an easy gear.")
    TermFactory(title="VO2max", definition="The most oxygen you can use.", body="Measured on test.")
    TermFactory(title="Randonnée", definition="A long ride.", body="With control points.")
    TermFactory(title="Shin Splints", definition="An ache in the shin, not in the knee.", body="x")
    TermFactory(title="Hidden Knee", state="draft", body="kneecap")
    index_terms(Term.objects.all())


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("runner's knee", "Runner's Knee"),
        ("RUNNERS KNEE", "Runner's Knee"),
        ("runner’s knee", "Runner's Knee"),
        ("pfps", "Runner's Knee"),
        ("patellofemoral", "Runner's Knee"),
        ("runers nee", "Runner's Knee"),
        ("kneecap", "Runner's Knee"),
        ("wall sits", "Runner's Knee"),
        ("cycling gear", "Runner's Knee"),
        ("vo2 max", "VO2max"),
        ("VO₂max", "VO2max"),
        ("vo2", "VO2max"),
        ("randonnee", "Randonnée"),
        ("shin splint", "Shin Splints"),
        ("knee", "Runner's Knee"),
    ],
)
def test_the_right_word_comes_first(query: str, first: str) -> None:
    found = found_for(query)
    assert found[0] == first
    assert "Hidden Knee" not in found


@pytest.mark.usefixtures("words")
def test_a_word_is_listed_once_however_many_names_match() -> None:
    assert found_for("p") == ["Runner's Knee"]


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("typed", "meant", "title"),
    [
        ("runnners kneee", "Runner's Knee", "Runner's Knee"),
        ("patelofemoral pain sindrome", "Patellofemoral pain syndrome", "Runner's Knee"),
        ("randonee", "Randonnée", "Randonnée"),
        ("vo2maks", "VO2max", "VO2max"),
        ("what is a randonee?", "Randonnée", "Randonnée"),
        ("syndrome patelofemoral", "syndrome patellofemoral", "Runner's Knee"),
    ],
)
def test_a_typing_error_is_forgiven(client: Client, typed: str, meant: str, title: str) -> None:
    page = search(client, typed)
    assert f"Showing results for <strong>{escape(meant)}</strong>" in page
    assert f"Nothing is spelt “{escape(typed)}”" in page
    assert titles(page)[0] == title
    assert "Nothing found" not in page
    assert "Hidden Knee" not in page


@pytest.mark.usefixtures("words")
def test_a_known_misspelling_says_what_it_stands_for(client: Client) -> None:
    page = search(client, "Runers  nee")
    assert "Showing results for <strong>Runner&#x27;s Knee</strong>" in page.replace(
        "<mark>", ""
    ).replace("</mark>", "")
    assert "Nothing is spelt" not in page
    assert "Showing results for" not in search(client, "runners knee")


@pytest.mark.usefixtures("words")
def test_a_misspelling_does_not_stand_in_for_the_words_of_a_text() -> None:
    assert found_for("nee") == []


@pytest.mark.usefixtures("words")
def test_a_draft_is_never_the_guess(client: Client) -> None:
    TermFactory(title="Gastrocnemius", publish_at="2999-01-01T00:00Z")
    for typed in ["hiden knee", "hidden kneee", "gastrocnemus", "gastrocnemius"]:
        page = search(client, typed) + suggestions(client, typed)
        assert "Hidden" not in page.replace("hidden", "")
        assert "Gastrocnemius" not in page


@pytest.mark.usefixtures("words")
def test_a_name_that_changed_is_known_at_once(client: Client) -> None:
    assert "Nothing found" in search(client, "iliotibial")
    term = TermFactory(title="Iliotibial Band")
    assert titles(search(client, "iliotibal bnad")) == ["Iliotibial Band"]
    term.title = "Cadence"
    term.save()
    assert "Nothing found" in search(client, "iliotibal bnad")
    assert titles(search(client, "cadense")) == ["Cadence"]
    term.delete()
    assert "Cadence" not in search(client, "cadense")


def titles(page: str) -> list[str]:
    found = re.findall(r'class="result__title"><a href="[^"]*">(.*?)</a>', page)
    return [unescape(re.sub("</?mark>", "", title)) for title in found]


RUBBISH = ["%", "_", "'", '"', "<script>alert(1)</script>", "or and not -", "\x00", "a" * 10_000,
           "\u202eknee", "🏃" * 50, "&", "|", ":*", "( ) ! <->", "\\", "NULL", "مرحبا"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_gives_an_ordinary_page(client: Client, rubbish: str) -> None:
    for address, name in [("/search/", "q"), ("/races/", "q"), ("/races/", "sport"),
                          ("/races/", "month_from"), ("/races/", "page"), ("/search/", "page"),
                          ("/search/suggestions/", "q")]:  # fmt: skip
        response = client.get(address, {name: rubbish})
        assert response.status_code in {200, 400}
        assert b"<script>alert" not in response.content


class AnyTextTest(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=60))
    def test_any_text_can_be_searched(self, text: str) -> None:
        known = names()
        find_terms(text, known)
        suggest_terms(text, known, 6)
        misspelt_terms(text, known, 6)
        nearest_terms(text, known, known.near(text))
        correct(text, known, known.near(text))
        list(find_races(text))

    @settings(max_examples=30, deadline=None)
    @given(st.text(max_size=60))
    def test_any_text_gives_a_page_and_suggestions(self, text: str) -> None:
        TermFactory(title="Runner's Knee")
        for address in ("/search/", "/search/suggestions/"):
            assert self.client.get(address, {"q": text}).status_code == 200

    @given(st.text(max_size=60))
    def test_a_subject_has_words_where_the_query_has(self, text: str) -> None:
        assert bool(subject(text)) == bool(fold(text))

    @given(st.text(max_size=60))
    def test_folding_is_stable(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)
        assert " " not in name_key(text)


def test_races_are_found_by_name_town_country_and_sport(db: None) -> None:
    RaceFactory(name="Maratona de São Paulo", city="São Paulo", country="BR")
    RaceFactory(name="Hidden São Paulo", state="draft")
    index_races(Race.objects.all())
    for query in ["sao paulo", "Marat", "brazil", "road running", "sao brazil"]:
        assert [race.name for race in find_races(query)] == ["Maratona de São Paulo"], query
    assert list(find_races("lisbon")) == []


@pytest.mark.usefixtures("words")
def test_the_search_page_shows_both_halves(client: Client) -> None:
    RaceFactory(name="Knee Deep Trail")
    index_races(Race.objects.all())
    page = search(client, "knee")
    assert titles(page)[0] == "Runner's Knee"
    assert "Knee Deep Trail" in page
    assert "races for “knee”" not in page


def test_many_races_lead_to_the_race_search(client: Client) -> None:
    for number in range(12):
        RaceFactory(name=f"Trail & Error {number}")
    index_races(Race.objects.all())
    page = search(client, "trail & error")
    assert page.count('<a href="/races/race-') == 10
    assert "All 12 races for “trail &amp; error”" in page
    assert 'href="/races/?q=trail+error"' in page


def test_a_typing_error_in_a_race_is_forgiven(client: Client) -> None:
    RaceFactory(name="Costa Brava Night Run", city="Girona")
    index_races(Race.objects.all())
    page = search(client, "costa brva gironna")
    assert "Showing results for <strong>costa brava girona</strong>" in page
    assert "Costa Brava Night Run" in page


def test_nothing_found_leads_on(client: Client) -> None:
    TermFactory(title="Lactate Threshold")
    CategoryFactory(name="Empty Shelf", slug="empty-shelf")
    index_terms(Term.objects.all())
    page = search(client, "xyzzy")
    assert "Nothing found" in page
    assert "/glossary/a-to-z/" in page
    assert "/glossary/category/training-workouts/" in page
    assert "empty-shelf" not in page
    assert "Did you mean" not in page
    page = search(client, "lattice threshing")
    assert "Did you mean one of these?" in page
    assert titles(page) == ["Lactate Threshold"]


@pytest.mark.usefixtures("words")
def test_what_covers_only_half_says_so_and_is_counted(client: Client) -> None:
    page = search(client, "juggling flaming kneecap torches")
    assert titles(page)[0] == "Runner's Knee"
    assert "Nothing here has all of these words. These come nearest." in page
    assert counts() == {"juggling flaming kneecap torches": 1}
    assert "come nearest" not in search(client, "dull kneecap ache")
    assert len(counts()) == 1


def test_without_a_question_nothing_is_said_to_be_missing(client: Client) -> None:
    page = client.get("/search/").content.decode()
    assert "Nothing found" not in page
    assert not MissedSearch.objects.exists()


def test_a_hit_in_the_text_shows_where_and_escapes_it(client: Client) -> None:
    term = TermFactory(
        title="Shin Splints",
        definition="An ache & nothing <script>alert(1)</script>.",
        body="Long ago [^1] they said **so**. A <script>alert(1)</script> towpath & x < y. Really.",
    )
    Tip.objects.create(term=term, text="Swap the kerb for grass.")
    index_terms(Term.objects.all())
    page = search(client, "towpaths")
    assert "<mark>towpath</mark> &amp; x &lt; y" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "[^1]" not in page
    assert "**" not in page
    assert "An ache &amp; nothing &lt;script&gt;" in page
    assert "the <mark>kerb</mark> for" in search(client, "kerb")
    # What the title or the definition shows need not be shown again.
    assert "result__snippet" not in search(client, "aches")
    assert "<mark>ache</mark>" in search(client, "aches")
    assert "result__snippet" not in search(client, "shin")


def test_a_text_can_not_bring_its_own_marks(db: None) -> None:
    assert mark("knee", [(f"{START}ache{STOP} of the knee", WHOLE)]) == [
        "ache of the <mark>knee</mark>"
    ]


def test_pages_of_ten(client: Client) -> None:
    for number in range(25):
        TermFactory(title=f"Pace {number:02}")
    RaceFactory(name="Pace Race")
    index_terms(Term.objects.all())
    index_races(Race.objects.all())
    first, second = search(client, "pace"), search(client, "pace", page="2")
    third = search(client, "pace", page="3")
    assert [len(titles(page)) for page in (first, second, third)] == [10, 10, 5]
    assert len({*titles(first), *titles(second), *titles(third)}) == 25
    assert 'href="?q=pace&amp;page=2"' in first
    assert 'href="?q=pace&amp;page=1"' in second
    assert "Pace Race" in first
    assert "Pace Race" not in second
    for number, same in [("9" * 40, third), ("knee", first), ("-1", third), ("", first)]:
        assert titles(search(client, "pace", page=number)) == titles(same), number


def counts() -> dict[str, int]:
    return dict(MissedSearch.objects.values_list("query", "count"))


@pytest.mark.usefixtures("words")
def test_what_is_not_found_is_counted(client: Client) -> None:
    for typed in ["Xyzzy", "xyzzy ", "Ünknown-thing!", "patelofemoral syndrome", "knee", "%%%", ""]:
        search(client, typed)
    assert counts() == {"xyzzy": 2, "unknown thing": 1, "patelofemoral syndrome": 1}


def test_who_does_not_look_is_not_counted(client: Client, db: None) -> None:
    client.head("/search/?q=xyzzy")
    search(client, "xyzzy", page="2")
    suggestions(client, "xyzzy")
    assert counts() == {}
    search(client, "xyzzy", page="1")
    assert counts() == {"xyzzy": 1}


def test_a_long_query_is_kept_short(client: Client, db: None) -> None:
    search(client, "xy " * 5000)
    [(query, _)] = counts().items()
    assert len(query) <= 100


def test_one_address_can_not_fill_the_list(client: Client, db: None) -> None:
    for number in range(35):
        assert "Nothing found" in search(client, f"xyzzy{number}")
    assert len(counts()) == 30
    client.get("/search/?q=another", REMOTE_ADDR="192.0.2.7")
    assert "another" in counts()


def test_in_a_full_list_the_oldest_makes_room(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missed, "MOST_ROWS", 2)
    for query in ["one", "two", "three", "two"]:
        missed.record(query)
    assert counts() == {"two": 2, "three": 1}


@pytest.mark.usefixtures("words")
def test_nothing_is_left_with_who_searches(client: Client) -> None:
    for address in ["/search/?q=xyzzy", "/search/?q=knee", "/search/suggestions/?q=knee"]:
        response = client.get(address)
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert "public" in response["Cache-Control"]
        assert "max-age=60" in response["Cache-Control"]
        assert client.post(address).status_code == 405


def options(html: str) -> list[tuple[str, str]]:
    found = re.findall(
        r'<li role="option" id="([^"]+)" data-url="([^"]+)">(.*?)</li>', html, flags=re.S
    )
    assert len({id_ for id_, _, _ in found}) == len(found) == html.count("<li")
    return [(url, " ".join(unescape(re.sub(r"<.*?>", "", text)).split())) for _, url, text in found]


@pytest.mark.usefixtures("words")
def test_suggestions_are_words_then_races(client: Client) -> None:
    RaceFactory(name="Knee Deep Trail", slug="deep", city="Girona")
    index_races(Race.objects.all())
    knee = Term.objects.get(title="Runner's Knee").get_absolute_url()
    about = "Training & Workouts"
    for typed, expected in {
        "knee": [
            (knee, f"Runner's Knee {about}"),
            ("/races/deep/", "Knee Deep Trail Race · Girona"),
        ],
        "pfp": [(knee, f"Runner's Knee PFPS · {about}")],
        "runer": [(knee, f"Runner's Knee {about}")],
        "Pain Syn": [(knee, f"Runner's Knee Patellofemoral pain syndrome · {about}")],
        "runners nee": [(knee, f"Runner's Knee {about}")],
        "patelofemoral syn": [(knee, f"Runner's Knee {about}")],
        "xyzzy": [],
        "k": [],
        "": [],
        "%": [],
    }.items():
        assert options(suggestions(client, typed)) == expected, typed
    assert client.get("/search/suggestions/?q=knee")["X-Robots-Tag"] == "noindex"


def test_suggestions_are_few(client: Client, db: None) -> None:
    for number in range(9):
        TermFactory(title=f"Pace {number}")
        RaceFactory(name=f"Pace Race {number}")
    index_races(Race.objects.all())
    found = [url for url, _ in options(suggestions(client, "pac"))]
    assert len([url for url in found if url.startswith("/glossary/")]) == 6
    assert len([url for url in found if url.startswith("/races/")]) == 4


def test_every_search_box_can_suggest(client: Client, db: None) -> None:
    for address in ["/", "/glossary/", "/search/", "/nowhere/"]:
        page = client.get(address).content.decode()
        assert 'data-suggestions="/search/suggestions/"' in page, address
        assert re.search(r'<script type="module" src="/static/js/combobox[.\w]*js">', page), address


@pytest.mark.usefixtures("words")
def test_a_foreseen_misspelling_marks_what_was_meant(client: Client) -> None:
    page = search(client, "runers nee")
    assert "Showing results for <strong>Runner&#x27;s Knee</strong>." in page
    assert "<mark>Knee</mark>" in page


def test_rare_words_weigh_more_and_not_every_word_is_required(db: None) -> None:
    for number in range(8):
        TermFactory(title=f"Run {number}", body="You run and run again.")
    TermFactory(title="Bunion", body="A bump on the toe.")
    index_terms(Term.objects.all())
    assert found_for("how do i run with a bump on my toe")[0] == "Bunion"


@pytest.mark.usefixtures("words")
def test_care_advice_notes_and_symptoms_are_searched(client: Client) -> None:
    knee, shin = Term.objects.get(title="Runner's Knee"), Term.objects.get(title="Shin Splints")
    CareAdvice.objects.create(term=knee, level="self-care", text="Use a walnut.")
    RelatedTerm.objects.create(term=knee, other=shin, note="Only one of them likes marzipan.")
    Alias.objects.create(term=knee, name="Hurts when going downstairs", kind="symptom")
    index_terms(Term.objects.filter(pk=knee.pk))
    for query in ["walnut", "marzipan", "why am i sore going downstairs", "pain on stairs"]:
        assert found_for(query)[0] == "Runner's Knee", query
    page = search(client, "hurts downstairs")
    assert titles(page)[0] == "Runner's Knee"
    # It is no name of the word.
    assert "Hurts when" not in page
    assert "Hurts when" not in client.get(knee.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("How long should my long run be?", ["long", "run"]),
        ("5000m D+ in 100km", ["5000", "m", "ascent", "100", "km"]),
        ("long-runs", ["long", "runs"]),
        ("I can't breathe!", ["breathless"]),
        ("what is the", ["what", "is", "the"]),
        ("", []),
    ],
)
def test_fillers_fall_away_and_marks_are_read(typed: str, words: list[str]) -> None:
    assert content_words(typed) == words


@pytest.mark.parametrize(
    ("one", "same"),
    [("confused", "confusion"), ("hurts", "aching"), ("peeing", "urine"), ("breathlessness",
     "breathless"), ("collapsed", "collapse"), ("knees", "knee")],
)  # fmt: skip
def test_words_of_one_sense(one: str, same: str) -> None:
    assert sense(one) == sense(same)
    assert sense("fasted") != sense("faster")


@pytest.mark.usefixtures("words")
def test_what_a_page_holds_is_not_corrected(client: Client) -> None:
    Alias.objects.create(term=Term.objects.get(title="Shin Splints"), name="MTSS",
                         kind="abbreviation")  # fmt: skip
    term = TermFactory(title="Wall Ball", body="Measured as MLSX on the kerb.")
    index_terms(Term.objects.filter(pk=term.pk))
    for typed in ["kerb", "mlsx", "MLSX"]:
        page = search(client, typed)
        assert titles(page) == ["Wall Ball"], typed
        assert "Showing results for" not in page
    # A slip in one abbreviation is another abbreviation.
    assert "Nothing found" in search(client, "MTSK")


@pytest.fixture
def grave(words: None) -> Term:
    term = TermFactory(title="Rhabdomyolysis", body="Muscle breaks down.")
    CareAdvice.objects.create(
        term=term, level="emergency", text="Go in at once for dark brown urine.[^1] Call for <b>."
    )
    for name in ["Brown urine", "Sore after squats"]:
        Alias.objects.create(term=term, name=name, kind="symptom")
    TermFactory(title="Brown", body="Brown urine brown urine brown pee.")
    index_terms(Term.objects.all())
    return term


def test_an_emergency_comes_first_with_its_first_line(client: Client, grave: Term) -> None:
    page = search(client, "peeing brown after ultra")
    assert titles(page)[0] == "Rhabdomyolysis"
    alarm = page.split('class="alarm"')[1].split("</section>")[0]
    assert "Emergency: get help at once" in alarm
    assert "<p>Go in at once for dark brown urine.</p>" in alarm
    assert f'href="{grave.get_absolute_url()}#care"' in alarm
    assert page.index('class="alarm"') < page.index('class="results"')
    # A harmless symptom of the same page, and a part of one.
    for typed in ["sore after squats", "brown"]:
        assert 'class="alarm"' not in search(client, typed)


def test_an_emergency_that_is_not_public_is_not_said(client: Client, grave: Term) -> None:
    grave.state = "draft"
    grave.save()
    assert 'class="alarm"' not in search(client, "brown urine")


@pytest.mark.usefixtures("words")
def test_a_whole_sentence_is_suggested_its_words(client: Client) -> None:
    RaceFactory(name="Great Run", slug="great", city="Girona", description="A band plays for it.")
    index_races(Race.objects.all())
    found = options(suggestions(client, "why is there an ache behind my kneecap"))
    assert [text.split(" Training")[0] for _, text in found][0] == "Runner's Knee"
    for typed, count in [("it band", 0), ("road running", 0), ("girona", 1), ("spain gre", 1)]:
        races = [url for url, _ in options(suggestions(client, typed)) if "/races/" in url]
        assert len(races) == count, typed


def test_whoever_has_asked_nothing_is_not_told_that_little_was_found(client: Client) -> None:
    for query in ["", "?q=", "?q=%20"]:
        assert "come nearest" not in client.get(f"/search/{query}").content.decode()
