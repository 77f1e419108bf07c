"""Finding terms: by name first, then by definition and text, with PostgreSQL's full-text search."""

from collections.abc import Sequence

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from rapidfuzz import fuzz, process

from glossary.markdown import CITATION
from glossary.models import Alias, Term
from glossary.names import fold, name_key
from glossary.querysets import TermQuerySet

CONFIG = "english"
QUERY_LENGTH = 100
# Of 100. "Plantar fascitis" scores 97 with the right spelling; words that only rhyme, under 70.
NEAR_ENOUGH = 75


def index_terms(terms: TermQuerySet) -> None:
    """Bring the search index of these terms up to date. To be called when a term has changed."""
    for term in terms.prefetch_related("aliases", "key_facts", "tips", "faqs"):
        names = [term.title, *(alias.name for alias in term.aliases.all())]
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


def find_terms(query: str) -> TermQuerySet:
    """Published terms that match, best first: the exact name, names beginning so, full text."""
    folded, key = fold(query[:QUERY_LENGTH]), name_key(query[:QUERY_LENGTH])
    published = Term.objects.published()
    if not key:
        return published.none()
    text = SearchQuery(folded, config=CONFIG, search_type="websearch")
    has_alias = Alias.objects.filter(term=OuterRef("pk"))
    exact_alias = Exists(has_alias.filter(key=key))
    prefix_alias = Exists(
        has_alias.filter(key__startswith=key, kind__in=["synonym", "abbreviation"])
    )
    begins_so = Q(title_key__startswith=key)
    return (
        published.filter(Q(search=text) | begins_so | Q(exact_alias) | Q(prefix_alias))
        .annotate(
            closeness=Case(
                When(title_key=key, then=Value(0)),
                When(exact_alias, then=Value(1)),
                When(begins_so, then=Value(2)),
                When(prefix_alias, then=Value(3)),
                default=Value(4),
                output_field=IntegerField(),
            ),
            rank=SearchRank(F("search"), text),
        )
        .order_by("closeness", "-rank", "title_key")
        .for_cards()
    )


def nearest_terms(query: str, most: int = 6) -> Sequence[Term]:
    """Published terms whose title or alias is spelt nearly like the query, nearest first.

    For the page that found nothing: it compares with every name, which full-text search need not.
    """
    key = name_key(query[:QUERY_LENGTH])
    published = Term.objects.published()
    names = [*published.values_list("pk", "title_key")]
    names += Alias.objects.filter(term__in=published).values_list("term", "key")
    matches = process.extract(
        key,
        [name for _, name in names],
        scorer=fuzz.ratio,
        score_cutoff=NEAR_ENOUGH,
        limit=most * 3,
    )
    # A term with several near names is listed once, where its nearest stands.
    pks = list(dict.fromkeys(names[index][0] for _, _, index in matches))[:most]
    found = published.for_cards().in_bulk(pks)
    return [found[pk] for pk in pks]
