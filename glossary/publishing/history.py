"""The history of a term's whole page: every version of it and its parts, kept by django-reversion.

A version holds the words, not their publication: bringing an old one back changes neither whether
readers see the term nor the dates they see.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import reversion
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone
from reversion.errors import RevertError
from reversion.models import Revision, Version

from glossary.models import Alias, Category, RelatedTerm, Source, Term
from glossary.parts import PARTS

OUTSIDE_HISTORY = (
    "state",
    "publish_at",
    "first_published_at",
    "changed_on",
    "draft",
    "draft_publish_at",
    "draft_is_major",
    "loaded_digest",
    "updated_at",
    "search",
)

for part in PARTS:
    reversion.register(part.model)
# The stamp stays in, for a row can't be brought back without one; so do the public dates and what
# its file said, for a term that is recovered after it was deleted.
RECOVERED = {"updated_at", "first_published_at", "changed_on", "loaded_digest"}
outside = set(OUTSIDE_HISTORY) - RECOVERED
reversion.register(Term, follow=[part.name for part in PARTS], exclude=outside)

# What editors do not type.
DERIVED = {*RECOVERED, "title_key", "key", "id", "term_id"}
DELETED = "Deleted"

User = AbstractBaseUser | None


def record(term: Term, user: User = None, comment: str = "") -> Revision:
    """Keep the page as it stands now as its newest version."""
    # What was prefetched on this instance may be older than what is stored.
    fresh = Term.objects.get(pk=term.pk)
    with reversion.create_revision(manage_manually=True):
        reversion.add_to_revision(fresh)
        reversion.set_user(user)
        reversion.set_comment(comment)
        reversion.set_date_created(timezone.now())
    newest = latest(term.pk)
    assert newest is not None  # noqa: S101 - for the type checker
    return newest


def record_first(term: Term) -> None:
    """Before a term's first recorded change, keep how it stood."""
    if latest(term.pk) is None:
        record(term, comment="As it stood before its first change here")


def latest(pk: int) -> Revision | None:
    """The newest version of a term's page, draft or not."""
    versions = Version.objects.get_for_object_reference(Term, pk)
    version = versions.select_related("revision__user").first()
    return version.revision if version else None


def first(pk: int) -> Revision | None:
    """The oldest version of a term's page."""
    versions = Version.objects.get_for_object_reference(Term, pk)
    version = versions.select_related("revision").last()
    return version.revision if version else None


def belongs(revision_pk: int, pk: int) -> bool:
    """Whether this revision is a version of that term."""
    versions = Version.objects.get_for_object_reference(Term, pk)
    return bool(versions.filter(revision=revision_pk).exists())


def bring_back(revision: Revision, pk: int) -> None:
    """Put a version's words in place of those in the tables.

    Raises RevertError when it can't be, for its category is gone. Relations to terms that are gone
    are left out. A name in it may belong to another term by now: it can be looked at, and mended,
    but not committed; see check_names.
    """
    defer_names()
    kept = Term.objects.filter(pk=pk).values(*OUTSIDE_HISTORY).first()
    revision.revert(delete=True)
    if kept:
        Term.objects.filter(pk=pk).update(**kept)
    RelatedTerm.objects.filter(term=pk).exclude(other__in=Term.objects.all()).delete()
    if not Category.objects.filter(terms=pk).exists():
        raise RevertError("The category of this version is gone.")


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


def taken_names(pk: int) -> list[str]:
    """The names of a term, as it stands in the tables, that are another term's as well."""
    names = dict(Alias.objects.filter(term=pk).values_list("key", "name"))
    names |= dict(Term.objects.filter(pk=pk).values_list("title_key", "title"))
    others = Term.objects.exclude(pk=pk).filter(title_key__in=names)
    aliases = Alias.objects.exclude(term=pk).filter(key__in=names)
    taken = {*others.values_list("title_key", flat=True), *aliases.values_list("key", flat=True)}
    return sorted(names[key] for key in taken)


@contextmanager
def as_in(revision: Revision | None, pk: int) -> Iterator[None]:
    """See the page as in this version, for reading; afterwards the tables are as before."""
    with transaction.atomic():
        if revision:
            # Locked first, as by the form: two that lock a page's parts in another order would wait
            # for each other.
            Term.objects.select_for_update(no_key=True).filter(pk=pk).first()
            bring_back(revision, pk)
        yield
        transaction.set_rollback(True)


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


def changed_sections(before: Revision, after: Revision) -> list[str]:
    """The parts of the page in which two versions differ, by the names editors see."""
    return [name for name, old, new in side_by_side(before, after) if old != new]


def side_by_side(before: Revision, after: Revision) -> list[tuple[str, list[str], list[str]]]:
    """Each part of the page with its lines in the one version and in the other."""
    old, new = contents(before), contents(after)
    return [(name, old.get(name, []), new.get(name, [])) for name in {**old, **new}]


def contents(revision: Revision) -> dict[str, list[str]]:
    """A version of the page as text: its parts by the names editors see, a line for each row."""
    found: dict[str, list[str]] = {}
    rows: dict[type[Model], list[dict[str, Any]]] = defaultdict(list)
    for version in revision.version_set.select_related("content_type").order_by("pk"):
        rows[version._model].append(version.field_dict)
    for fields in rows.pop(Term, []):
        category = Category.objects.filter(pk=fields["category_id"]).first()
        for field in Term._meta.concrete_fields:
            if field.attname in fields and field.attname not in DERIVED:
                value = category if field.name == "category" else fields[field.attname]
                found[str(field.verbose_name)] = _lines(value)
    sources = {row["id"]: row["title"] for row in rows[Source]}
    others = {row["other_id"] for row in rows[RelatedTerm]}
    titles = dict(Term.objects.filter(pk__in=others).values_list("pk", "title"))
    for part in PARTS:
        ordered = sorted(rows[part.model], key=lambda row: (row.get("position", 0), row["id"]))
        found[str(part.model._meta.verbose_name_plural)] = [
            _row_as_text(row, sources, titles) for row in ordered
        ]
    return found


def _lines(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value).splitlines() if value not in (None, "") else []


def _row_as_text(row: dict[str, Any], sources: dict[int, str], titles: dict[int, str]) -> str:
    named = {
        **{name: row[name] for name in row if name not in DERIVED | {"position"}},
        **({"source_id": sources.get(row["source_id"])} if "source_id" in row else {}),
        **(
            {"other_id": titles.get(row["other_id"], "a term that is gone")}
            if "other_id" in row
            else {}
        ),
        **(
            {"never_link": "never linked" if row["never_link"] else ""}
            if "never_link" in row
            else {}
        ),
    }
    return " · ".join(str(value) for value in named.values() if value not in (None, ""))
