"""Search results as they are shown: each with the words it was found by marked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import F, OuterRef, TextField, Value
from django.db.models.functions import Concat
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from glossary.models import Alias, Term
from glossary.parts import PARTS, Part
from glossary.search.finding import SEARCH_CONFIG, Closeness, Hit, terms_of
from glossary.search.wording import alternatives, content_words
from text.markdown import without_markup

# Of the private use area: no text has a reason to hold them.
START, STOP = "\ue000", "\ue001"
WHOLE = f"StartSel={START}, StopSel={STOP}, HighlightAll=true"
PIECES = (
    f"StartSel={START}, StopSel={STOP}, MaxFragments=2, MinWords=8, MaxWords=18, "
    'FragmentDelimiter=" … "'
)
# Of the text, in which an excerpt shows the words; names and definitions are shown whole.
WITH_PASSAGES = [part for part in PARTS if part.indexed and part.weight == "C"]


@dataclass
class Result:
    """One term on the page of results."""

    url: str
    title: SafeString
    category: str
    definition: SafeString
    # Where the text holds the words, when neither the name nor the definition does.
    snippet: SafeString
    # The other name it was found by.
    alias: str


def results(hits: Collection[Hit], query: str) -> list[Result]:
    """What the page shows of these hits. Three queries, two when all were found by name."""
    terms = Term.objects.published().select_related("category")
    shown = terms.only("title", "slug", "definition", "category__name")
    found = terms_of(hits, shown)
    about = [other for word in content_words(query) for other in alternatives(word)]
    passages = _passages([hit.pk for hit in hits if hit.closeness == Closeness.TEXT], about)
    texts = []
    for _, term in found:
        texts += [(term.title, WHOLE), (term.definition, WHOLE)]
        texts += [(passages.get(term.pk, ""), PIECES)]
    marked = iter(mark(" ".join(about), texts))
    return [_result(hit, term, next(marked), next(marked), next(marked)) for hit, term in found]


def _passages(pks: Collection[int], words: Sequence[str]) -> dict[int, str]:
    """Of each term found by its text, the piece of it that holds most of the words."""
    if not pks:
        return {}
    terms = Term.objects.filter(pk__in=pks).only("body")
    terms = terms.annotate(**{f"{part.name}_texts": _texts(part) for part in WITH_PASSAGES})
    return {term.pk: _passage(term, words) for term in terms}


def _texts(part: Part) -> ArraySubquery:
    first, *others = part.indexed
    between = [column for name in others for column in (Value(part.joint), F(name))]
    text = Concat(F(first), *between, output_field=TextField()) if others else F(first)
    return ArraySubquery(part.shown().filter(term=OuterRef("pk")).values_list(text))


def _passage(term: Term, words: Sequence[str]) -> str:
    """The paragraph, fact, tip or answer with most of the words, as plain text."""
    passages = term.body.split("\n\n")
    for part in WITH_PASSAGES:
        passages += getattr(term, f"{part.name}_texts")
    # The database knows the stems; their beginnings tell well enough where to let it look.
    stems = [word[: max(3, len(word) - 3)] for word in words]
    best = max(passages, key=lambda text: sum(stem in text.casefold() for stem in stems))
    return without_markup(best)


def _result(
    hit: Hit, term: Term, title: SafeString, definition: SafeString, snippet: SafeString
) -> Result:
    return Result(
        url=term.get_absolute_url(),
        title=title,
        category=term.category.name,
        definition=definition,
        snippet=SafeString() if "<mark>" in definition else snippet,
        alias=hit.name if hit.kind in Alias.SHOWN else "",
    )


def mark(query: str, texts: Sequence[tuple[str, str]]) -> list[SafeString]:
    """Each text with its options for ts_headline, as HTML with the words of the query marked.

    Any of the words: the index joins the parts of a term, and a part may hold only some of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT ts_headline(%(config)s::regconfig, text, query, options)
            FROM unnest(%(texts)s::text[], %(options)s::text[])
                WITH ORDINALITY AS rows (text, options, number),
                CAST(replace(
                    plainto_tsquery(%(config)s::regconfig, %(query)s)::text, '&', '|'
                ) AS tsquery) AS query
            ORDER BY number
            """,
            {
                "config": SEARCH_CONFIG,
                "query": query,
                "texts": [text.replace(START, "").replace(STOP, "") for text, _ in texts],
                "options": [options for _, options in texts],
            },
        )
        return [_as_html(row[0]) for row in cursor.fetchall()]


def _as_html(text: str) -> SafeString:
    safe = escape(text).replace(START, "<mark>").replace(STOP, "</mark>")
    return mark_safe(safe)  # noqa: S308 - escaped above, and the marks are ours
