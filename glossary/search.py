"""Finding terms: by name first, then by definition and text, with PostgreSQL's full-text search."""

from collections.abc import Collection, Iterable
from enum import IntEnum
from operator import attrgetter
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connection, transaction
from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.functions import Length

from glossary import spelling
from glossary.markdown import CITATION
from glossary.models import Alias, Term
from glossary.names import fold, name_key
from glossary.querysets import TermQuerySet
from glossary.spelling import TITLE, Likeness, Names, is_misspelt

CONFIG = "english"
QUERY_LENGTH = 100
# Beyond these nobody reads; a common word stands in the text of nearly every term, and to rank
# them all takes longer than a reader waits.
MOST_NAMED, MOST_MENTIONS = 100, 300

# What people put around a word when they ask for its meaning.
ASKING = frozenset(
    ["what", "whats", "is", "are", "a", "an", "the", "does", "do", "mean", "means", "meaning",
     "of", "definition", "define", "explain", "explained"]
)  # fmt: skip


def index_terms(terms: TermQuerySet) -> None:
    """Bring the search index of these terms up to date. To be called when a term has changed."""
    for term in terms.prefetch_related("aliases", "key_facts", "tips", "faqs"):
        # A misspelling in the index would stand in for words that are spelt right.
        aliases = [alias for alias in term.aliases.all() if alias.kind != Alias.Kind.MISSPELLING]
        names = [term.title, *(alias.name for alias in aliases)]
        text = [term.body, *(f"{fact.headline} {fact.detail}" for fact in term.key_facts.all())]
        text += [tip.text for tip in term.tips.all()]
        text += [f"{faq.question} {faq.answer}" for faq in term.faqs.all()]
        Term.objects.filter(pk=term.pk).update(
            search=weighted(" ".join(names), "A")
            + weighted(term.definition, "B")
            + weighted(" ".join(text), "C")
        )


def weighted(text: str, weight: str) -> SearchVector:
    """A part of a search index; weight is A to D."""
    # Folded on the way in, as queries are: core PostgreSQL can't take accents off.
    folded = fold(CITATION.sub(" ", text))
    return SearchVector(Value(folded), weight=weight, config=CONFIG)


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


def find_terms(query: str, names: Names) -> list[Hit]:
    """All published terms that match, best first. One query, and what it is told to use."""
    about = subject(query)
    if not about:
        return []
    text = SearchQuery(about, config=CONFIG, search_type="websearch")
    # In an order of their own, so that page 2 continues page 1 where there are more than can be
    # ranked. The sum is there because by pk alone PostgreSQL would read every text up to the limit.
    mentions = Term.objects.published().filter(search=text).order_by(F("pk") + 0)
    ranked = Term.objects.filter(pk__in=mentions.values("pk")[:MOST_MENTIONS])
    ranked = ranked.order_by().annotate(rank=SearchRank(F("search"), text))
    # It thinks that to look into a text costs nothing, and would rather read all 20,000 than its
    # index: ten times slower. No other statement is affected; the transaction ends here.
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        return _hits(query, about, names, ranked)


def suggest_terms(query: str, names: Names, most: int) -> list[Hit]:
    """Published terms with a name that the query may be the beginning of, best first. One query."""
    about = subject(query)
    return _hits(query, about, names, most=most)[:most] if about else []


def _hits(
    query: str,
    about: str,
    names: Names,
    ranked: QuerySet[Any] | None = None,
    most: int = MOST_NAMED,
) -> list[Hit]:
    keys, begins = {name_key(query[:QUERY_LENGTH]), name_key(about)}, name_key(about)
    inside = _inside(about, names, most)
    named: dict[int, Hit] = {}
    mentions: list[Hit] = []
    for pk, kind, key, name, rank in _rows(keys, begins, inside, ranked, most):
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


def _inside(about: str, names: Names, most: int) -> dict[int, Hit]:
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


def _rows(
    keys: Collection[str],
    begins: str,
    inside: Collection[int],
    ranked: QuerySet[Any] | None,
    most: int,
) -> Iterable[tuple[int, str, str, str, float]]:
    """Published terms as (pk, kind of the name, its key, the name, rank), each way apart.

    In one query, but not in one condition: only so does each way use its own index. The shortest
    names come first, the name itself before what it is the beginning of.
    """
    no_rank = Value(0.0, FloatField())
    by_title = Term.objects.published().filter(
        Q(title_key__in=keys) | Q(title_key__startswith=begins) | Q(pk__in=list(inside))
    )
    titles = by_title.order_by(Length("title_key"), "title_key").values_list(
        "pk", Value(TITLE), "title_key", "title", no_rank
    )
    shown = ~Q(kind=Alias.Kind.MISSPELLING)
    by_alias = Alias.objects.filter(term__in=Term.objects.published()).filter(
        Q(key__in=keys) | Q(key__startswith=begins) & shown
    )
    aliases = by_alias.order_by(Length("key"), "key").values_list(
        "term", "kind", "key", "name", no_rank
    )
    ways = [aliases[:most]]
    if ranked is not None:
        ways.append(ranked.values_list("pk", Value(""), Value(""), Value(""), "rank"))
    return titles[: 4 * most].union(*ways, all=True)


def _closeness(kind: str, key: str, keys: Collection[str], begins: str) -> Closeness | None:
    """How near a name is to the query; None for a title found by what `_inside` told."""
    if key in keys:
        return Closeness.TITLE if kind == TITLE else Closeness.ALIAS
    if key.startswith(begins):
        return Closeness.TITLE_BEGINS if kind == TITLE else Closeness.ALIAS_BEGINS
    return None


def correct(query: str, names: Names, near: Likeness, others: Collection[str] = ()) -> str:
    """The query spelt as it was surely meant, or "" when nobody can tell.

    `near` is what Names.near() says of its subject; `others` are words that are spelt right too,
    such as those of the races' names.
    """
    about = subject(query)
    for name, likeness in near:
        if is_misspelt(about, name, likeness):
            return names.title(name.pk) if name.kind == Alias.Kind.MISSPELLING else name.text
    respelt = names.respelt(about, others)
    return respelt if respelt != about else ""


def nearest_terms(query: str, names: Names, near: Likeness, most: int = 6) -> list[Hit]:
    """Terms with a name that is spelt remotely like the query or shares a word with it."""
    remote = [name for name, _ in near]
    pks = dict.fromkeys(name.pk for name in [*remote, *names.sharing(subject(query), most)])
    return [Hit(pk, Closeness.SPELT_NEARLY) for pk in pks][:most]


def nearest_to(text: str) -> list[Term]:
    """Published terms to offer for words that lead nowhere."""
    names = spelling.names()
    hits = nearest_terms(text, names, names.near(subject(text)))
    return [term for _, term in terms_of(hits, Term.objects.published().for_cards())]


def misspelt_terms(query: str, names: Names, most: int) -> list[Hit]:
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
