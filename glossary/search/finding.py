"""Finding terms: by name first, then by definition and text, with PostgreSQL's full-text search."""

from collections.abc import Collection
from enum import IntEnum
from functools import reduce
from operator import add, attrgetter
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchVector
from django.db import connection, transaction
from django.db.models import Prefetch, Value
from django.utils import timezone

from glossary.models import PUBLISHED, Alias, Term, TermQuerySet
from glossary.parts import PARTS
from glossary.search import spelling
from glossary.search.spelling import TITLE, KnownNames, Likeness, is_misspelt
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


def index_terms(terms: TermQuerySet) -> None:
    """Bring the search index of these terms up to date. To be called when a term has changed."""
    indexed = [part for part in PARTS if part.indexed]
    # Not all: a misspelling in the index would stand in for words that are spelt right.
    rows = [Prefetch(part.name, part.shown()) for part in indexed]
    for term in terms.prefetch_related(*rows):
        texts = {"A": [term.title], "B": [term.definition], "C": [term.body]}
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


def find_terms(query: str, names: KnownNames) -> list[Hit]:
    """All published terms that match, best first. One query, and what it is told to use."""
    about = subject(query)
    if not about:
        return []
    # It thinks that to look into a text costs nothing, and would rather read all 20,000 than its
    # index: ten times slower. No other statement is affected; the transaction ends here.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        return _hits(query, about, names, BY_NAME + MENTIONED)


def suggest_terms(query: str, names: KnownNames, most: int) -> list[Hit]:
    """Published terms with a name that the query may be the beginning of, best first. One query."""
    about = subject(query)
    return _hits(query, about, names, BY_NAME, most)[:most] if about else []


def _hits(
    query: str,
    about: str,
    names: KnownNames,
    ways: str,
    most: int = MOST_NAMED,
) -> list[Hit]:
    keys, begins = {name_key(query[:QUERY_LENGTH]), name_key(about)}, name_key(about)
    inside = _inside(about, names, most)
    named: dict[int, Hit] = {}
    mentions: list[Hit] = []
    given = {
        "keys": list(keys),
        "begins": f"{begins}%",
        "inside": list(inside),
        "about": about,
        "most": most,
        "mentions": MOST_MENTIONS,
        "config": SEARCH_CONFIG,
        "shown": list(Alias.SHOWN),
        "now": timezone.now(),
    }
    for pk, kind, key, name, rank in _rows(ways, given):
        if not kind:
            mentions.append(Hit(pk, Closeness.TEXT, rank=rank))
            continue
        closeness = _closeness(kind, key, keys, begins)
        hit = inside[pk] if closeness is None else Hit(pk, closeness, name, kind)
        others = [known for known in (named.get(pk), inside.get(pk)) if known]
        named[pk] = min([hit, *others], key=attrgetter("order")) if others else hit
    mentions.sort(key=attrgetter("rank"), reverse=True)
    only_mentioned = [hit for hit in mentions if hit.pk not in named]
    return sorted(named.values(), key=attrgetter("order")) + only_mentioned


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
BY_NAME = f"""
WITH readable AS NOT MATERIALIZED (
    SELECT id, title, title_key, search FROM glossary_term
     WHERE {PUBLISHED}
)
(SELECT id, 'title', title_key, title, 0.0::float8 FROM readable
  WHERE title_key = ANY(%(keys)s) OR title_key LIKE %(begins)s OR id = ANY(%(inside)s)
  ORDER BY length(title_key), title_key LIMIT 4 * %(most)s)
UNION ALL
(SELECT term_id, kind, key, name, 0.0 FROM glossary_alias
   JOIN readable ON readable.id = term_id
  WHERE key = ANY(%(keys)s) OR (key LIKE %(begins)s AND kind = ANY(%(shown)s))
  ORDER BY length(key), key LIMIT %(most)s)
"""  # noqa: S608 - a constant of ours
MENTIONED = """
UNION ALL
(SELECT id, '', '', '', ts_rank(search, websearch_to_tsquery(%(config)s::regconfig, %(about)s))
   FROM glossary_term WHERE id IN (
        SELECT id FROM readable
         WHERE search @@ websearch_to_tsquery(%(config)s::regconfig, %(about)s)
         ORDER BY id + 0 LIMIT %(mentions)s))
"""


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


def correct(query: str, names: KnownNames, near: Likeness, others: Collection[str] = ()) -> str:
    """The query spelt as it was surely meant, or "" when nobody can tell.

    `near` is what names.near() says of its subject; `others` are words that are spelt right too,
    such as those of the races' names.
    """
    about = subject(query)
    for name, likeness in near:
        if is_misspelt(about, name, likeness):
            return names.title(name.pk) if name.kind == Alias.Kind.MISSPELLING else name.text
    respelt = names.respelt(about, others)
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
