"""The history of a term's whole page: every version of it and its parts, kept by django-reversion.

A version holds the words, not their publication: bringing an old one back changes neither whether
readers see the term nor the dates they see.
"""

from collections import defaultdict
from operator import attrgetter
from typing import Any

import reversion
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from reversion.errors import RevertError
from reversion.models import Revision, Version

from glossary.models import Alias, Category, RelatedTerm, Term
from glossary.parts import PARTS
from glossary.publishing import public_versions, versions
from glossary.publishing.contents import RECOVERED
from glossary.publishing.versions import User

OUTSIDE_HISTORY = (
    "state",
    "publish_at",
    "first_published_at",
    "changed_on",
    "draft",
    "draft_publish_at",
    "draft_is_major",
    "previews_stopped",
    "loaded_digest",
    "updated_at",
    "search",
)

for part in PARTS:
    reversion.register(part.model)
outside = set(OUTSIDE_HISTORY) - RECOVERED
reversion.register(Term, follow=[part.name for part in PARTS], exclude=outside)


def record(term: Term, user: User = None, comment: str = "") -> Revision:
    """Keep the page as it stands now as its newest version."""
    stored = Term.objects.get(pk=term.pk)
    revision = versions.record(stored, user, comment)
    public_versions.note(stored, revision)
    return revision


def record_first(term: Term) -> None:
    """Before a term's first recorded change, keep how it stood."""
    if latest(term.pk) is None:
        record(term, comment="As it stood before its first change here")


def latest(pk: int) -> Revision | None:
    """The newest version of a term's page, draft or not."""
    return versions.latest(Term, pk)


def first(pk: int) -> Revision | None:
    """The oldest version of a term's page."""
    return versions.first(Term, pk)


def belongs(revision_pk: int, pk: int) -> bool:
    """Whether this revision is a version of that term."""
    versions = Version.objects.get_for_object_reference(Term, pk)
    return bool(versions.filter(revision=revision_pk).exists())


def rows_in(revision: Revision) -> dict[type[Model], list[Any]]:
    """All rows of a version, by their model, in memory."""
    rows: dict[type[Model], list[Any]] = defaultdict(list)
    for version in revision.version_set.order_by("pk"):
        rows[version._model].append(version._model(**version.field_dict))
    return rows


def term_in(revision: Revision, live: Term | None = None) -> Term:
    """The page as a version has it, in memory, its parts as if they were prefetched.

    Publication is that of the live term. Relations to terms that are gone are left out. Raises
    RevertError when its category is gone.
    """
    rows = rows_in(revision)
    term: Term = rows[Term][0]
    # Not what was deferred: the index is large, and nobody reads it.
    for field in Term._meta.concrete_fields:
        if live and field.name in OUTSIDE_HISTORY and field.attname in vars(live):
            setattr(term, field.attname, getattr(live, field.attname))
    category = Category.objects.filter(pk=term.category_id).first()
    if category is None:
        raise RevertError("The category of this version is gone.")
    term.category = category
    others = Term.objects.defer("body", "search").in_bulk(
        [relation.other_id for relation in rows[RelatedTerm]]
    )
    relations = [relation for relation in rows[RelatedTerm] if relation.other_id in others]
    for relation in relations:
        relation.other = others[relation.other_id]
    rows[RelatedTerm] = relations
    places = _in_order_of_names([alias.name for alias in rows[Alias]])
    rows[Alias].sort(key=lambda alias: places[alias.name])
    rows[Alias].sort(key=attrgetter("kind"), reverse=True)
    for model in (part.model for part in PARTS):
        if model is not Alias:
            rows[model].sort(key=attrgetter("position", "pk"))
    vars(term)["_prefetched_objects_cache"] = {part.name: rows[part.model] for part in PARTS}
    return term


def _in_order_of_names(names: list[str]) -> dict[str, int]:
    """The place of each name, as the database would sort them: each has its own alphabet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM unnest(%s::text[]) AS name ORDER BY name", [names])
        return {name: place for place, (name,) in enumerate(cursor.fetchall())}


def bring_back(revision: Revision, pk: int) -> Term:
    """Put a version's words in place of those in the tables; only rows that differ are written.

    Raises RevertError when it can't be, as term_in does. A name in it may belong to another term by
    now: it can be looked at, and mended, but not committed; see check_names.
    """
    defer_names()
    live = Term.objects.defer("search").filter(pk=pk).first()
    term = term_in(revision, live)
    try:
        with transaction.atomic():
            if live is None:
                term.save(force_insert=True)
            elif changed := _changed(live, term):
                Term.objects.filter(pk=pk).update(**changed)
            for name, model in ((part.name, part.model) for part in PARTS):
                _put(model, list(getattr(term, name).all()), pk)
    except IntegrityError as error:
        raise RevertError("the tables no longer take what this version holds") from error
    return term


def _changed(old: Model, new: Model) -> dict[str, Any]:
    """What the new one has otherwise, by column."""
    columns = [field.attname for field in old._meta.concrete_fields if field.attname in vars(old)]
    return {name: vars(new)[name] for name in columns if vars(old)[name] != vars(new)[name]}


def _put(model: type[Model], rows: list[Model], pk: int) -> None:
    """Make these rows those that the term has."""
    there = model._default_manager.filter(term=pk).in_bulk()
    gone = there.keys() - {row.pk for row in rows}
    if gone:
        model._default_manager.filter(pk__in=gone).delete()
    changed = [row for row in rows if row.pk not in there or _changed(there[row.pk], row)]
    columns = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    if changed:
        model._default_manager.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=columns
        )


def defer_names() -> None:
    """From now on, names may be another's too, until they are checked or all is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def check_now() -> None:
    """Let the database refuse now what it would refuse as all is committed.

    Here one may have to wait for somebody who is saving the same name. That must be over before the
    triggers take the lock of names, for which the other would wait in turn.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS term_title_once, term_slug_once, alias_once IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def check_names() -> None:
    """Raise RevertError if a name belongs to two terms, as the database would at the very end."""
    try:
        with transaction.atomic():
            check_now()
            defer_names()
    except IntegrityError as error:
        raise RevertError("a name in it belongs to another term by now") from error


def taken_names(term: Term) -> list[str]:
    """The names of a term, wherever it was read from, that are another term's as well."""
    names = {alias.key: alias.name for alias in term.aliases.all()} | {term.title_key: term.title}
    others = Term.objects.exclude(pk=term.pk).filter(title_key__in=names)
    aliases = Alias.objects.exclude(term=term.pk).filter(key__in=names)
    taken = {*others.values_list("title_key", flat=True), *aliases.values_list("key", flat=True)}
    return sorted(names[key] for key in taken)


def set_aside(revision: Revision) -> list[Version]:
    """Read a version out of the database, to be kept when the transaction is undone."""
    versions = list(revision.version_set.all())
    for version in versions:
        version.pk = None
        version._state.adding = True
    return versions


def keep(revision: Revision, versions: list[Version]) -> Revision:
    """Store a version that was set aside."""
    revision.pk = None
    revision._state.adding = True
    revision.save()
    for version in versions:
        version.revision = revision
    Version.objects.bulk_create(versions)
    return revision
