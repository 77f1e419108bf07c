"""A deleted term comes back whole: its page, and what hung on it without being part of it.

Readers' feedback and other pages' relations to a term go when it is deleted, and its former
addresses stay without it; all of them are kept beside its last version.
"""

import json

from django.core import serializers
from django.db.models import Model
from reversion.models import Revision

from glossary.models import Deletion, Feedback, FormerAddress, RelatedTerm, Term
from glossary.publishing import history


def keep(pk: int) -> None:
    """To be called before a term is deleted, in the same transaction."""
    hanging: list[Model] = [
        *FormerAddress.objects.filter(term=pk),
        *RelatedTerm.objects.filter(other=pk),
        *Feedback.objects.filter(term=pk),
    ]
    Deletion.objects.update_or_create(term_id=pk, defaults={"rows": _as_json(hanging)})


def _as_json(rows: list[Model]) -> list[dict[str, object]]:
    # Django's own encoder would cut the moments short.
    values: list[dict[str, object]] = json.loads(
        json.dumps(serializers.serialize("python", rows), default=str)
    )
    return values


def bring_back(revision: Revision, pk: int) -> Term:
    """Put a deleted term into the tables as its last version has it, with all that hung on it.

    Raises RevertError when it can't be, as history.bring_back does.
    """
    term = history.bring_back(revision, pk)
    # Its own address needs nobody any more to say that it is gone.
    FormerAddress.objects.filter(slug=term.slug, term=None).delete()
    for version in revision.version_set.all():
        if version._model is RelatedTerm:
            _relate(RelatedTerm(**version.field_dict))
    rows = Deletion.objects.filter(pk=pk).values_list("rows", flat=True).first()
    for item in serializers.deserialize("python", rows or [], ignorenonexistent=True):
        row = item.object
        if isinstance(row, FormerAddress):
            # Unless it was given to another term, or went when one took it as its own.
            FormerAddress.objects.filter(pk=row.pk, term=None).update(term=pk)
        elif isinstance(row, RelatedTerm):
            _relate(row)
        else:
            item.save()
    Deletion.objects.filter(pk=pk).delete()
    return term


def _relate(row: RelatedTerm) -> None:
    """Unless its page names the term again by now. If either is still gone, it comes with that."""
    both = {row.term_id, row.other_id}
    gone = both - set(Term.objects.filter(pk__in=both).values_list("pk", flat=True))
    if not gone and not RelatedTerm.objects.filter(term=row.term_id, other=row.other_id).exists():
        row.save(force_insert=True)
    for later in Deletion.objects.filter(pk__in=gone)[:1]:
        later.rows += _as_json([row])
        later.save()
