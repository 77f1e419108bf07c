"""Writing terms and their parts as files have them, in any order: all that the database refuses is
said at the line that it is about.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from glossary.files import dumping, standard
from glossary.files.addresses import save_addresses
from glossary.files.refusals import refusals
from glossary.files.rows import filled, invalid
from glossary.models import (
    Alias,
    Category,
    FormerAddress,
    KeyFact,
    RelatedTerm,
    Source,
    Term,
    TermPart,
)
from glossary.parts import PARTS, SOURCES_FIRST, Part
from glossary.publishing import after, history
from text.content_files import ContentFile, KeyPath, Problem
from text.names import name_key
from web.refusals import violated

OPTIONAL_TEXT = ("race_query", "reviewed_by", "change_note")
# The key of a file that each table is filled from, and that each rule of a term's own is about.
KEYS: dict[type[models.Model], str] = {Term: ""}
KEYS |= {part.model: part.key for part in PARTS}
CONSTRAINED = {
    "term_title_once": "title",
    "term_slug_once": "slug",
    "term_slug_not_reserved": "slug",
    "term_definition_is_short": "definition",
    "term_body_has_an_end": "body",
    "term_review_is_whole": "reviewed_by",
}


def save_terms(
    files: list[ContentFile],
    terms: dict[str, Term],
    why: str,
    user: AbstractBaseUser | None = None,
    *,
    is_tried: bool = False,
    now: bool = False,
) -> list[Problem]:
    """Write terms and all that hangs on them as these files have them, in any order.

    `terms` holds those that exist, by the slug of their file, and afterwards all; the history of
    those that existed says `why`, unless this is only tried. `now` links them here. To be called
    in a transaction, which the caller undoes when there are problems.
    """
    existing = [terms[file.slug] for file in files if file.slug in terms and not is_tried]
    for term in existing:
        history.record_first(term)
    categories = {category.slug: category for category in Category.objects.all()}
    # Names move between terms; taking the old ones away first lets them arrive in any order.
    ours = [terms[file.slug].pk for file in files if file.slug in terms]
    for part in reversed(SOURCES_FIRST):
        part.model._default_manager.filter(term__in=ours).delete()
    Term.objects.filter(pk__in=ours).update(
        title_key=Concat(Value(" "), "pk", output_field=models.CharField())
    )
    problems = [*standard.name_problems(files), *_taken_names(files, ours)]
    faulty = {problem.file for problem in problems}
    for file in files:
        if file.path.name not in faulty:
            problems += saving(file, partial(_save_term, file, terms, categories))
    if not problems:
        others = {term.slug: term for term in Term.objects.defer("body", "search")} | terms
        for file in files:
            problems += saving(file, partial(_save_parts, file, others))
    if not problems:
        problems += [*refusals(files, is_alone=True), *_unchecked()]
    if not problems:
        after.changed([terms[file.slug] for file in files], now=now)
        for term in existing:
            history.record(term, user, why)
    return problems


def _unchecked() -> list[Problem]:
    """What the database checks at the end of a transaction, checked now, for a dry run too."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        return [Problem("the glossary", 1, _first_line(error))]
    return []


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _taken_names(files: list[ContentFile], ours: list[int]) -> Iterator[Problem]:
    """Titles and aliases that are names of terms which these files leave alone."""
    others = Term.objects.exclude(pk__in=ours)
    owners = dict(Alias.objects.values_list("key", "term__title"))
    owners |= dict(others.values_list("title_key", "title"))
    for file in files:
        names: list[tuple[str, KeyPath]] = [(file.data["title"], ("title",))]
        for index, alias in enumerate(file.data.get("aliases") or []):
            names.append((alias["name"], ("aliases", index)))
        for name, where in names:
            if owner := owners.get(name_key(name)):
                yield file.problem(f"“{name}” is already a name of “{owner}”", *where)


def saving(file: ContentFile, save: Callable[[], list[Problem]]) -> list[Problem]:
    """Run `save`, turning what the database refuses into a problem of this file."""
    try:
        with transaction.atomic():
            return save()
    except IntegrityError as error:
        return [_refusal(file, error)]


def _refusal(file: ContentFile, error: IntegrityError) -> Problem:
    """The refusal in the words of the constraint, at the part of the file that it is about."""
    if not (found := violated(error, KEYS)):
        return file.problem(_first_line(error))
    model, constraint = found
    reason = str(constraint.get_violation_error_message())
    return file.problem(reason, KEYS[model] or CONSTRAINED[constraint.name])


def _save_term(
    file: ContentFile, terms: dict[str, Term], categories: dict[str, Category]
) -> list[Problem]:
    """Save the file's term and put it into `terms`."""
    data = file.data
    if data["category"] not in categories:
        return [file.problem(f"there is no category “{data['category']}”", "category")]
    term = terms.setdefault(file.slug, Term(slug=file.slug, state=Term.State.PUBLISHED))
    formerly = data.get("formerly") or []
    if term.slug in formerly:
        term.slug = file.slug
    for name in ("title", "definition", "changed_on", *OPTIONAL_TEXT):
        setattr(term, name, data.get(name) or "")
    term.link_title = data.get("link_title") is not False
    term.unlinked_words = data.get("unlinked_words") or []
    term.no_urgent_level = data.get("no_urgent_level") is True
    # Whether it is public is the editors' to say, once it is there; unless the file insists.
    term.state = data.get("state") or term.state
    if "publish_at" in data:
        term.publish_at = data["publish_at"]
    term.reviewed_on = data.get("reviewed_on")
    term.category = categories[data["category"]]
    term.body = file.body
    term.title_key = name_key(term.title)
    term.loaded_digest = file.digest or term.loaded_digest
    problems = invalid(file, term, ())
    if not term.title_key and not problems:
        problems.append(file.problem("a title needs letters or digits", "title"))
    if not problems:
        term.first_published_at = term.first_published_at or _first_published(term, data)
        term.save()
        problems += save_addresses(file, term, formerly, FormerAddress, term=term)
    return problems


def _first_published(term: Term, data: dict[str, Any]) -> datetime | None:
    if not term.is_public or data.get("first_published_at"):
        return data.get("first_published_at")
    # A new term's file tells by its dates, so that a site built anew from files says the same.
    known = None if term.pk else dumping.first_published(term)
    return min(known or timezone.now(), timezone.now())


def _save_parts(file: ContentFile, terms: dict[str, Term]) -> list[Problem]:
    """Save all that hangs on a term, of which nothing is there yet."""
    data, term = file.data, terms[file.slug]
    rows: dict[type[models.Model], list[Any]] = defaultdict(list)
    problems: list[Problem] = []
    for part in SOURCES_FIRST:
        for index, said in enumerate(data.get(part.key) or []):
            where = (part.key, index)
            values = {part.text: said} if isinstance(said, str) else filled(said)
            if nowhere := _point(part, values, rows[Source], terms):
                problems.append(file.problem(nowhere.reason, *where, nowhere.key))
                continue
            row: Any = part.model(term=term, **values)
            if isinstance(row, TermPart):
                row.position = index
            rows[part.model].append(row)
            problems += invalid(file, row, where)
    if not problems:
        for model, there in rows.items():
            model._default_manager.bulk_create(there)
    return problems


class Nowhere(NamedTuple):
    """A file points at something that is not there."""

    reason: str
    key: str


def _point(
    part: Part, values: dict[str, Any], sources: list[Source], terms: dict[str, Term]
) -> Nowhere | None:
    """Put rows in place of the numbers and slugs by which a file means them."""
    if part.model is Alias:
        values["key"] = name_key(values["name"])
    elif part.model is KeyFact and "source" in values:
        number = values["source"]
        if not 1 <= number <= len(sources):
            return Nowhere(f"there is no source {number}", "source")
        values["source"] = sources[number - 1]
    elif part.model is RelatedTerm:
        slug = values.pop("term")
        if slug not in terms:
            return Nowhere(f"there is no term “{slug}”", "term")
        values["other"] = terms[slug]
    return None
