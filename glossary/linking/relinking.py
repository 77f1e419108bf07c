"""Keeping the links between words true: which pages to link anew when a term has changed.

A page's links are kept as HTML (LinkedText), so that showing it costs no query and no time.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db import connection, transaction
from django.db.models import BigIntegerField, F, Func, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from glossary import tasks
from glossary.models import Alias, LinkedText, RelatedTerm, Term, TermQuerySet
from glossary.reading.page import LINKED_TEXTS, digest_of, texts_of, with_texts
from glossary.search.finding import SEARCH_CONFIG
from text import linking, markdown
from text.linking import LinkableNames
from text.names import fold, name_key

BATCH = 500
# Of more changed terms than this, looking for each one's mentions takes longer than linking all.
MANY = 100
# Of the first 249 pages, nine in ten link to at most six others and none to more than ten. With
# more than twelve, readers meet a link in every other sentence.
MOST_LINKS = 12
# A page that leads to one word or none is an end of the road, or has words that nobody wrote yet.
FEWEST_LINKS = 2

# What else links terms and is told by the apps above. It links what mentions the changed terms:
# what holds a link to these ids, or fits the search; everything when both are None.
Follower = Callable[[LinkableNames, Collection[int] | None, SearchQuery | None], None]
followers: list[Follower] = []


def relink(pks: Collection[int]) -> None:
    """Link anew the pages of these terms and every page that mentions them or links to them.

    An id of a term that is gone is welcome: its former mentions become plain text.
    """
    if not pks:
        return
    if len(pks) > MANY:
        relink_all()
        return
    with transaction.atomic():
        _one_run_at_a_time()
        names, mentions = current_names(), mentions_of(pks)
        published = Term.objects.published()
        LinkedText.objects.filter(term__in=pks).exclude(term__in=published).delete()
        pages = {
            *pks,
            *LinkedText.objects.filter(links__overlap=list(pks)).values_list("pk", flat=True),
        }
        if mentions:
            pages |= set(published.filter(search=mentions).values_list("pk", flat=True))
        _link(pages, names)
        for follow in followers:
            follow(names, pks, mentions)


def relink_all() -> None:
    """Link every page anew: after a deployment that changes how pages are linked or rendered."""
    with transaction.atomic():
        _one_run_at_a_time()
        names = current_names()
        published = Term.objects.published()
        LinkedText.objects.exclude(term__in=published).delete()
        _link(published.values_list("pk", flat=True), names)
        for follow in followers:
            follow(names, None, None)


def relink_soon(pks: Collection[int], run_after: datetime | None = None) -> None:
    """Have the worker do it, once this transaction has committed, or at a later time."""
    tasks.relink.using(run_after=run_after).enqueue(list(pks))


def relink_in_time(pks: Collection[int]) -> None:
    """Have those of these terms that are published for later linked when their time has come."""
    to_come = Term.objects.to_come().filter(pk__in=pks)
    for pk, publish_at in to_come.values_list("pk", "publish_at"):
        relink_soon([pk], run_after=publish_at)


def _one_run_at_a_time() -> None:
    """Or a run that began earlier might write its older links over those of a later one."""
    with connection.cursor() as cursor:
        # Readers don't wait for this, so that it may take longer than a page.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('glossary.relinking'))")


def current_names() -> LinkableNames:
    """The names of all public terms that may be linked."""
    published = Term.objects.published()
    terms = list(published.values_list("pk", "slug", "title_key", "title", "link_title"))
    rows = [(pk, key, title, False) for pk, _, key, title, may_link in terms if may_link]
    aliases = _linked_aliases().filter(term__in=published)
    rows += [
        (pk, key, name, kind == Alias.Kind.ABBREVIATION)
        for pk, key, name, kind in aliases.values_list("term", "key", "name", "kind")
    ]
    # One for all, since making each takes a second for 20,000.
    before, after = reverse("glossary:term", args=["-slug-"]).split("-slug-")
    return LinkableNames({pk: f"{before}{slug}{after}" for pk, slug, *_ in terms}, rows)


def _linked_aliases() -> QuerySet[Alias]:
    return Alias.objects.shown().filter(never_link=False)


def mentions_of(pks: Collection[int]) -> SearchQuery | None:
    """Finds in a search index every text that may mention these terms, and a few that don't.

    Except a name of words such as "off and on" alone, which the index leaves out.
    """
    terms = Term.objects.published().filter(pk__in=pks)
    names = [*terms.filter(link_title=True).values_list("title", flat=True)]
    names += _linked_aliases().filter(term__in=terms).values_list("name", flat=True)
    phrases = dict.fromkeys(phrase for name in names for phrase in _spellings(name))
    if not phrases:
        return None
    # fold() leaves letters, digits and spaces, so nothing here can be an operator.
    raw = " | ".join("(" + phrase.replace(" ", " <-> ") + ")" for phrase in phrases)
    return SearchQuery(raw, config=SEARCH_CONFIG, search_type="raw")


def _spellings(name: str) -> Iterable[str]:
    """The ways in which texts may write a name: in one word or two, with the s of the plural."""
    words, key = fold(name).split(), name_key(name)
    forms = [words, [key], *([key[:cut], key[cut:]] for cut in range(1, len(key)))]
    forms += [
        [*words[:joint], words[joint] + words[joint + 1], *words[joint + 2 :]]
        for joint in range(len(words) - 1)
    ]
    for form in forms:
        yield " ".join(form)
        # The index's own stemming leaves abbreviations alone: DNFs.
        yield " ".join(form) + "s"


def _link(pages: Collection[int] | Iterable[int], names: LinkableNames) -> None:
    pks = sorted(pages)
    for first in range(0, len(pks), BATCH):
        some = Term.objects.published().filter(pk__in=pks[first : first + BATCH])
        terms = with_texts(some.only("body", "unlinked_words"))
        LinkedText.objects.bulk_create(
            [linked_text(term, names) for term in terms],
            update_conflicts=True,
            unique_fields=["term"],
            update_fields=["html", "links"],
        )


def linked_text(term: Term, names: LinkableNames) -> LinkedText:
    """The texts of a term read by with_texts(), with the terms that they mention linked."""
    texts = texts_of(term)
    parsed = {part: [LINKED_TEXTS[part](text) for text in texts[part]] for part in LINKED_TEXTS}
    in_order = [tokens for part in LINKED_TEXTS for tokens in parsed[part]]
    links = linking.link(in_order, names, own=term.pk, vetoed=term.unlinked_words)
    html = {part: [markdown.to_html(tokens) for tokens in parsed[part]] for part in parsed}
    return LinkedText(term=term, html={"digest": digest_of(texts), **html}, links=links)


LINK_COUNT = Coalesce(F("linked_text__links__len"), 0)


def over_linked() -> TermQuerySet:
    """Public terms whose texts link to too many others, with `link_count`, the most first."""
    counted = Term.objects.published().annotate(link_count=LINK_COUNT)
    return counted.filter(link_count__gt=MOST_LINKS).order_by("-link_count", "title_key")


def under_linked() -> TermQuerySet:
    """Public terms whose texts link to hardly any other, with `link_count`, the fewest first."""
    linked = Term.objects.published().filter(linked_text__isnull=False)
    counted = linked.annotate(link_count=LINK_COUNT)
    return counted.filter(link_count__lt=FEWEST_LINKS).order_by("link_count", "title_key")


def orphans() -> TermQuerySet:
    """Public terms to which no other term's page leads, by its text or as a related term.

    Their `link_count` is, as everywhere here, how many terms their own texts link to.
    """
    published = Term.objects.published()
    linked = LinkedText.objects.filter(term__in=published.values("pk")).values_list(
        Func(F("links"), function="unnest", output_field=BigIntegerField())
    )
    related = RelatedTerm.objects.filter(term__in=published.values("pk")).values("other")
    unreached = published.exclude(pk__in=linked).exclude(pk__in=related)
    return unreached.annotate(link_count=LINK_COUNT).order_by("changed_on", "title_key")
