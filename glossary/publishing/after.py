"""What must follow when a public fact about terms has changed, whoever changed it."""

from collections.abc import Collection, Mapping

from glossary.linking.relinking import relink, relink_in_time, relink_soon
from glossary.models import FormerAddress, Term
from glossary.search.finding import index_terms


def changed(
    terms: Collection[Term], *, old_slugs: Mapping[int, str] | None = None, now: bool = False
) -> None:
    """To be called, in the transaction of the change, when terms and their parts were saved.

    `old_slugs` holds, by key, the address that a term had before. `now` links here instead of
    leaving it to the worker, so that a first load needs none.
    """
    own = [term.slug for term in terms if term.is_public]
    FormerAddress.objects.filter(slug__in=own).delete()
    for term in terms:
        old_slug = (old_slugs or {}).get(term.pk, "")
        if old_slug and old_slug != term.slug and term.has_been_public:
            FormerAddress.objects.update_or_create(slug=old_slug, defaults={"term": term})
    pks = [term.pk for term in terms]
    index_terms(Term.objects.filter(pk__in=pks))
    if pks:
        (relink if now else relink_soon)(pks)
        relink_in_time(pks)
