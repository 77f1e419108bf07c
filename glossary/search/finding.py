"""Finding terms: by name first, then by definition and text, with PostgreSQL's full-text search."""

from collections.abc import Collection
from enum import IntEnum
from functools import reduce
from math import log
from operator import add, attrgetter
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchVector
from django.db import connection, transaction
from django.db.models import Prefetch, Value
from django.utils import timezone

from glossary.models import PUBLISHED, Alias, Term, TermQuerySet
from glossary.parts import PARTS
from glossary.search import spelling
from glossary.search.spelling import TITLE, KnownNames, Likeness, Spoken, is_misspelt
from glossary.search.wording import PLACES, alternatives, content_words
from text.markdown import CITATION
from text.names import fold, name_key

SEARCH_CONFIG = "english"
QUERY_LENGTH = 100
# Beyond these nobody reads; a common word stands in the text of nearly every term, and to rank
# them all takes longer than a reader waits.
MOST_NAMED, MOST_MENTIONS = 100, 150

# What people put around a word when they ask for its meaning.
ASKING = frozenset(
    ["what", "whats", "is", "are", "a", "an", "the", "does", "do", "mean", "means", "meaning",
     "of", "definition", "define", "explain", "explained"]
)  # fmt: skip
# Of a sentence; and a word is common enough to weigh next to nothing when more pages hold it.
MOST_WORDS, MOST_COUNTED = 16, 500
# Spaces in a name; what has more is a sentence, whatever it begins with.
LONGEST_NAME = 4
# What a word tells about a page that holds it, wherever; what its place in the page adds is at
# most 1, by these weights of care advice to names (see PARTS).
HELD = 0.25
WEIGHTS = "{0.05, 0.15, 0.4, 1}"
# And when it is one of a name, or of a symptom, that stands in the sentence whole.
WHOLE = 0.5
# A page that says so much less about the words than the best is left out, unless it has them all.
LEAST = 0.35


def index_terms(terms: TermQuerySet) -> None:
    """Bring the search index of these terms up to date. To be called when a term has changed."""
    indexed = [part for part in PARTS if part.indexed]
    rows = [Prefetch(part.name, part.searched()) for part in indexed]
    for term in terms.prefetch_related(*rows):
        texts = {"A": [term.title], "B": [term.definition], "C": [term.body], "D": []}
        for part in indexed:
            texts[part.weight] += [
                part.joint.join(getattr(row, name) for name in part.indexed)
                for row in getattr(term, part.name).all()
            ]
        vectors = [weighted(" ".join(texts[weight]), weight) for weight in texts]
        Term.objects.filter(pk=term.pk).update(search=reduce(add, vectors))


def weighted(text: str, weight: str) -> SearchVector:
    """A part of a search index; weight is A to D."""
    # Folded on the way in, as queries are: core PostgreSQL can't take accents off.
    folded = fold(CITATION.sub(" ", text))
    return SearchVector(Value(folded), weight=weight, config=SEARCH_CONFIG)


class Closeness(IntEnum):
    """How a term was found, the best first."""

    TITLE = 0
    ALIAS = 1
    PLURAL = 2
    TITLE_BEGINS = 3
    WORDS_IN_TITLE = 4
    ALIAS_BEGINS = 5
    WORDS_IN_ALIAS = 6
    WORD_BEGINS = 7
    SPELT_NEARLY = 8
    TEXT = 9


class Hit(NamedTuple):
    """A term that was found, and by which of its names, or how well its text holds the words."""

    pk: int
    closeness: Closeness
    name: str = ""
    kind: str = ""
    rank: float = 0
    # How much of what was asked it covers, by the weight of the words, from 0 to 1.
    share: float = 1

    @property
    def order(self) -> tuple[float, ...]:
        """Among names that are as close, titles and short ones come first."""
        return self.closeness, self.kind != TITLE, len(self.name), self.pk


def subject(query: str) -> str:
    """What a question is about: "What is a taper?" is about "taper". Folded."""
    words = fold(query[:QUERY_LENGTH]).split()
    start, end = 0, len(words)
    while start < end and words[start] in ASKING:
        start += 1
    while end > start and words[end - 1] in ASKING:
        end -= 1
    return " ".join(words[start:end] or words)


class Finding(NamedTuple):
    """What is found, best first, and which words of the query no page holds."""

    hits: list[Hit]
    unknown: list[str]


def find_terms(query: str, names: KnownNames) -> list[Hit]:
    """All published terms that match, best first."""
    return look(query, names).hits


def look(query: str, names: KnownNames) -> Finding:
    """All published terms that match. One query, and what it is told to use."""
    about = subject(query)
    if not about:
        return Finding([], [])
    # It thinks that to look into a text costs nothing, and would rather read all 20,000 than its
    # index: ten times slower. No other statement is affected; the transaction ends here.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        return _look(query, about, names, NAMED_OR_MENTIONED)


def suggest_terms(query: str, names: KnownNames, most: int) -> list[Hit]:
    """Published terms with a name that the query may be the beginning of, or that a sentence is
    about; best first. One query.
    """
    about = subject(query)
    if not about:
        return []
    is_sentence = about.count(" ") > LONGEST_NAME
    named = [] if is_sentence else _look(query, about, names, NAMED, most).hits[:most]
    return named or (look(query, names).hits[:most] if " " in about else [])


def _look(
    query: str,
    about: str,
    names: KnownNames,
    ways: str,
    most: int = MOST_NAMED,
) -> Finding:
    keys, begins = {name_key(query[:QUERY_LENGTH]), name_key(about)}, name_key(about)
    inside = _inside(about, names, most)
    words = content_words(query[:QUERY_LENGTH])[:MOST_WORDS]
    spoken = names.spoken(words)
    named: dict[int, Hit] = {}
    held: dict[int, list[float]] = {}
    counts = [0] * len(words)
    given = {
        "keys": list(keys),
        "begins": f"{begins}%",
        "inside": list(inside),
        "most": most,
        "words": [" | ".join(alternatives(word)) for word in words],
        "spoken": list(spoken),
        "mentions": MOST_MENTIONS,
        "counted": MOST_COUNTED,
        "weights": WEIGHTS,
        "config": SEARCH_CONFIG,
        "shown": list(Alias.SHOWN),
        "now": timezone.now(),
    }
    for pk, kind, key, name, number in _rows(ways, given):
        if kind == COUNT:
            counts[pk] = int(number)
        elif not kind:
            held.setdefault(pk, [0.0] * len(words))[int(key)] = number
        else:
            closeness = _closeness(kind, key, keys, begins)
            hit = inside[pk] if closeness is None else Hit(pk, closeness, name, kind)
            others = [known for known in (named.get(pk), inside.get(pk)) if known]
            named[pk] = min([hit, *others], key=attrgetter("order")) if others else hit
    # The rarer, the more it tells.
    weights = [
        0 if word in PLACES else log(1 + len(names.titles) / max(count, 1))
        for word, count in zip(words, counts, strict=True)
    ]
    mentions = _weighed(held, weights, spoken)
    only_mentioned = [hit for hit in mentions if hit.pk not in named]
    hits = sorted(named.values(), key=attrgetter("order")) + only_mentioned
    unknown = [word for word, count in zip(words, counts, strict=True) if not count]
    return Finding(hits, [word for word in unknown if word not in PLACES])


def _weighed(
    held: dict[int, list[float]], weights: list[float], spoken: dict[int, Spoken]
) -> list[Hit]:
    """Terms by the words of the query that their pages hold, best first, without the far worse."""
    hits = []
    for pk, ranks in held.items():
        said = spoken.get(pk)
        covered = score = 0.0
        for place, (weight, rank) in enumerate(zip(weights, ranks, strict=True)):
            is_said = said is not None and place in said.words
            covered += weight * bool(rank or is_said)
            score += weight * (bool(rank) * HELD + rank + is_said * WHOLE)
        share = covered / (sum(weights) or 1)
        name, kind = (said.name, said.kind) if said else ("", "")
        hits.append(Hit(pk, Closeness.TEXT, name, kind, score, share))
    hits.sort(key=attrgetter("rank"), reverse=True)
    most = max((hit.share for hit in hits), default=0)
    return [hit for hit in hits if hit.rank >= LEAST * hits[0].rank or hit.share >= most]


def _inside(about: str, names: KnownNames, most: int) -> dict[int, Hit]:
    """What the names in the process add to those that the database finds by their beginning."""
    inside: dict[int, Hit] = {}
    for name in names.the_same(about, most):
        inside.setdefault(name.pk, Hit(name.pk, Closeness.PLURAL, name.text, name.kind))
    for name in names.holding(about, most):
        is_title = name.kind == TITLE
        closeness = Closeness.WORDS_IN_TITLE if is_title else Closeness.WORDS_IN_ALIAS
        inside.setdefault(name.pk, Hit(name.pk, closeness, name.text, name.kind))
    for name in names.holding_begun(about, most):
        inside.setdefault(name.pk, Hit(name.pk, Closeness.WORD_BEGINS, name.text, name.kind))
    return inside


# Written out, because to put it together anew for each search took Django longer than it takes
# PostgreSQL to answer. Each way of finding stands apart: only so does each use its own index. The
# shortest names come first, the name itself before what it is the beginning of; mentions come in an
# order of their own, so that page 2 continues page 1 where there are more than can be ranked. (By
# id alone, without the sum, PostgreSQL would read every text up to the limit.)
# Whether a term is published is asked again before it is shown.
READABLE = f"""
WITH readable AS NOT MATERIALIZED (
    SELECT id, title, title_key, search FROM glossary_term
     WHERE {PUBLISHED}
)
"""  # noqa: S608 - a constant of ours
BY_NAME = """
(SELECT id, 'title', title_key, title, 0.0::float8 FROM readable
  WHERE title_key = ANY(%(keys)s) OR title_key LIKE %(begins)s OR id = ANY(%(inside)s)
  ORDER BY length(title_key), title_key LIMIT 4 * %(most)s)
UNION ALL
(SELECT term_id, kind, key, name, 0.0 FROM glossary_alias
   JOIN readable ON readable.id = term_id
  WHERE key = ANY(%(keys)s) OR (key LIKE %(begins)s AND kind = ANY(%(shown)s))
  ORDER BY length(key), key LIMIT %(most)s)
"""
COUNT = "count"
# Each word apart, so that not every one is required. A page's index is unpacked only for the pages
# that hold most of the words, the rare ones before all.
WORDS_HELD = """
, word AS MATERIALIZED (
    SELECT number - 1 AS number, asked
      FROM unnest(%(words)s::text[]) WITH ORDINALITY AS words (text, number),
           to_tsquery(%(config)s::regconfig, text) AS asked
), held AS MATERIALIZED (
    SELECT number, id
      FROM word, LATERAL (
          SELECT id FROM readable WHERE search @@ asked LIMIT %(counted)s) AS holding
), counted AS MATERIALIZED (
    SELECT number, count(*) AS pages FROM held GROUP BY number
), best AS (
    SELECT id FROM held JOIN counted USING (number)
     GROUP BY id
     ORDER BY id = ANY(%(spoken)s) DESC, sum(ln(1 + %(counted)s / pages::float8)) DESC, id
     LIMIT %(mentions)s
)
"""
MENTIONED = f"""
SELECT number, '{COUNT}', '', '', pages::float8 FROM counted
UNION ALL
SELECT id, '', number::text, '',
       least(1, ts_rank(%(weights)s::float4[], search, asked) * (numnode(asked) + 1) / 2)
  FROM best JOIN glossary_term USING (id) JOIN word ON search @@ asked
"""  # noqa: S608 - a constant of ours
NAMED = READABLE + BY_NAME
NAMED_OR_MENTIONED = f"{READABLE}{WORDS_HELD}{BY_NAME}UNION ALL{MENTIONED}"


def _rows(ways: str, given: dict[str, Any]) -> list[tuple[int, str, str, str, float]]:
    """Published terms as (pk, kind of the name, its key, the name, rank), each way apart."""
    with connection.cursor() as cursor:
        cursor.execute(ways, given)
        rows: list[tuple[int, str, str, str, float]] = cursor.fetchall()
        return rows


def _closeness(kind: str, key: str, keys: Collection[str], begins: str) -> Closeness | None:
    """How near a name is to the query; None for a title found by what `_inside` told."""
    if key in keys:
        return Closeness.TITLE if kind == TITLE else Closeness.ALIAS
    if key.startswith(begins):
        return Closeness.TITLE_BEGINS if kind == TITLE else Closeness.ALIAS_BEGINS
    return None


def correct(
    query: str,
    names: KnownNames,
    near: Likeness,
    others: Collection[str] = (),
    unknown: Collection[str] | None = None,
) -> str:
    """The query spelt as it was surely meant, or "" when nobody can tell.

    `near` is what names.near() says of its subject; `others` are words that are spelt right too,
    such as those of the races' names. `unknown` are the words that no page holds: no other is
    touched. None where that was not asked.
    """
    about = subject(query)
    for name, likeness in near:
        # A slip in one abbreviation is another abbreviation.
        if name.kind != Alias.Kind.ABBREVIATION and is_misspelt(about, name, likeness):
            return names.title(name.pk) if name.kind == Alias.Kind.MISSPELLING else name.text
    respelt = names.respelt(about, others, unknown)
    return respelt if respelt != about else ""


def nearest_terms(query: str, names: KnownNames, near: Likeness, most: int = 6) -> list[Hit]:
    """Terms with a name that is spelt remotely like the query or shares a word with it."""
    remote = [name for name, _ in near]
    pks = dict.fromkeys(name.pk for name in [*remote, *names.sharing(subject(query), most)])
    return [Hit(pk, Closeness.SPELT_NEARLY) for pk in pks][:most]


def nearest_to(text: str) -> list[Term]:
    """Published terms to offer for words that lead nowhere."""
    names = spelling.names()
    hits = nearest_terms(text, names, names.near(subject(text)))
    return [term for _, term in terms_of(hits, Term.objects.published().for_cards())]


def misspelt_terms(query: str, names: KnownNames, most: int) -> list[Hit]:
    """Terms that the query surely means although it spells none of their names. No query."""
    about = subject(query)
    near = [name for name, likeness in names.near(about) if is_misspelt(about, name, likeness)]
    meant = near or names.holding_begun(names.respelt(about), most)
    pks = dict.fromkeys(name.pk for name in meant)
    return [Hit(pk, Closeness.SPELT_NEARLY) for pk in pks][:most]


def terms_of(hits: Collection[Hit], terms: TermQuerySet) -> list[tuple[Hit, Term]]:
    """The hits that are among these terms, in their order, each with its term. One query."""
    found = terms.in_bulk([hit.pk for hit in hits])
    return [(hit, found[hit.pk]) for hit in hits if hit.pk in found]
