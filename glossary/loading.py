"""Loading the glossary from its files: all of it or nothing, and twice is the same as once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from glossary import content_files, standard, term_files
from glossary.content_files import ContentError, ContentFile, Problem
from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    Category,
    FormerAddress,
    KeyFact,
    RelatedTerm,
    Source,
    Term,
    TermPart,
    Tip,
)
from glossary.names import name_key
from glossary.relinking import relink
from glossary.search import index_terms

OPTIONAL_TEXT = ("race_query", "reviewed_by")
PARTS: Sequence[type[models.Model]] = (
    Alias,
    Source,
    KeyFact,
    Tip,
    FAQ,
    RelatedTerm,
    CareAdvice,
)


@dataclass
class Changes:
    """What a load did, or with a dry run would do, by slug."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def report(self, what: str, *, dry_run: bool) -> str:
        """Lines for the terminal: every slug that changed, then the counts."""
        lines = [f"  new      {slug}" for slug in self.created]
        lines += [f"  changed  {slug}" for slug in self.updated]
        if not dry_run:
            lines = []
        return "\n".join(
            [
                *lines,
                f"{what}: {len(self.created)} new, {len(self.updated)} changed, "
                f"{len(self.unchanged)} as before" + (" (dry run)" if dry_run else ""),
            ]
        )


class DryRun(Exception):  # noqa: N818 - not an error: it undoes the load
    pass


def load_glossary(folder: Path = term_files.CONTENT, *, dry_run: bool = False) -> Changes:
    """Load categories and terms. Raises ContentError, and then has loaded nothing.

    Only a file that differs from what was last loaded is loaded again, and then it wins over what
    was changed in admin; `dry_run` tells which. What an editor deleted stays deleted.
    """
    files = content_files.read_folder(folder, term_files.TERM)
    changes = Changes()
    try:
        with transaction.atomic():
            categories = _load_categories(folder / "categories.yaml")
            _load_terms(files, categories, changes)
            # What is deferred to the end, such as names that collide with an editor's own term,
            # is checked here, so that a dry run finds it too.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            if dry_run:
                raise DryRun
            changed = Term.objects.filter(slug__in=changes.created + changes.updated)
            relink(list(changed.values_list("pk", flat=True)))
    except DryRun:
        pass
    except IntegrityError as error:
        raise ContentError([Problem("the glossary", 1, _first_line(error))]) from error
    return changes


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _load_categories(path: Path) -> dict[str, Category]:
    """Make the categories that are not there yet; those that are belong to the editors."""
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
        for position, values in enumerate(rows):
            category = Category(position=position, **values)
            category.clean_fields()
            if not Category.objects.filter(slug=category.slug).exists():
                category.save()
    except (OSError, yaml.YAMLError, TypeError, ValidationError) as error:
        reason = " ".join(str(error).split())
        raise ContentError([Problem(path.name, 1, f"not a list of categories: {reason}")]) from None
    return {category.slug: category for category in Category.objects.all()}


def _load_terms(
    files: list[ContentFile], categories: dict[str, Category], changes: Changes
) -> None:
    terms = _terms_of(files)
    removed = set(FormerAddress.objects.filter(term=None).values_list("slug", flat=True))
    changed = []
    for file in files:
        term = terms.get(file.slug)
        # A file that is as it was last time has nothing to say: what editors changed since, stays.
        is_same = term is not None and term.loaded_digest == file.digest
        if is_same or file.slug in removed:
            changes.unchanged.append(file.slug)
        else:
            changed.append(file)
            (changes.updated if term else changes.created).append(file.slug)
    # Names move between terms; taking the old ones away first lets them arrive in any order.
    ours = [terms[file.slug].pk for file in changed if file.slug in terms]
    Alias.objects.filter(term__in=ours).delete()
    problems = list(standard.name_problems(files))
    for file in changed:
        problems += saving(file, partial(_save_term, file, terms, categories))
    if not problems:
        others = {term.slug: term for term in Term.objects.defer("body", "search")} | terms
        for file in changed:
            problems += saving(file, partial(_save_parts, file, others))
    if problems:
        raise ContentError(problems)
    index_terms(Term.objects.filter(pk__in=[terms[file.slug].pk for file in changed]))


def _terms_of(files: list[ContentFile]) -> dict[str, Term]:
    """The term of each file that has one: by its slug, or by an address that it once had."""
    terms = {term.slug: term for term in Term.objects.all()}
    for address in FormerAddress.objects.exclude(term=None).select_related("term"):
        if address.term:
            terms.setdefault(address.slug, address.term)
    found = {}
    for file in files:
        names = [file.slug, *(file.data.get("formerly") or [])]
        term = next((terms[name] for name in names if name in terms), None)
        if term:
            found[file.slug] = term
    return found


def saving(file: ContentFile, save: Callable[[], list[Problem]]) -> list[Problem]:
    """Run `save`, turning what the database refuses into a problem of this file."""
    try:
        with transaction.atomic():
            return save()
    except IntegrityError as error:
        return [file.problem(_first_line(error))]


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
    # Whether it is public is the editors' to say, once it is there; unless the file insists.
    term.state = data.get("state") or term.state
    term.reviewed_on = data.get("reviewed_on")
    term.category = categories[data["category"]]
    term.body = file.body
    term.title_key = name_key(term.title)
    term.loaded_digest = file.digest
    problems = invalid(file, term, ())
    if not problems:
        term.save()
        for slug in formerly:
            # Only ever added: an address that an editor made by renaming must live on.
            FormerAddress.objects.update_or_create(slug=slug, defaults={"term": term})
        FormerAddress.objects.filter(slug=term.slug).delete()
    return problems


def _save_parts(file: ContentFile, terms: dict[str, Term]) -> list[Problem]:
    """Replace all that hangs on a term by what the file says."""
    data, term = file.data, terms[file.slug]
    for part in PARTS:
        part._default_manager.filter(term=term).delete()
    parts: list[tuple[TermPart | Alias, tuple[str | int, ...]]] = []
    problems: list[Problem] = []
    sources = [Source(term=term, **filled(values)) for values in data["sources"]]
    parts += [(source, ("sources", index)) for index, source in enumerate(sources)]
    for index, values in enumerate(data["key_facts"]):
        number = values.get("source")
        if number is not None and not 1 <= number <= len(sources):
            reason = f"there is no source {number}"
            problems.append(file.problem(reason, "key_facts", index, "source"))
            continue
        source = sources[number - 1] if number else None
        fact = KeyFact(term=term, **{**values, "source": source})
        parts.append((fact, ("key_facts", index)))
    for index, text in enumerate(data["tips"]):
        parts.append((Tip(term=term, text=text), ("tips", index)))
    for index, values in enumerate(data["related"]):
        other = terms.get(values["term"])
        if other is None:
            reason = f"there is no term “{values['term']}”"
            problems.append(file.problem(reason, "related", index, "term"))
            continue
        relation = RelatedTerm(**{**filled(values), "term": term, "other": other})
        parts.append((relation, ("related", index)))
    for index, values in enumerate(data["faqs"]):
        parts.append((FAQ(term=term, **filled(values)), ("faqs", index)))
    for index, values in enumerate(data.get("care_advice") or []):
        parts.append((CareAdvice(term=term, **filled(values)), ("care_advice", index)))
    for index, values in enumerate(data.get("aliases") or []):
        alias = Alias(term=term, key=name_key(values["name"]), **filled(values))
        parts.append((alias, ("aliases", index)))
    for row, where in parts:
        if isinstance(row, TermPart):
            row.position = int(where[1])
        problems += invalid(file, row, where)
    if not problems:
        for model in PARTS:
            model._default_manager.bulk_create([row for row, _ in parts if isinstance(row, model)])
    return problems


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without the keys that a file leaves empty."""
    return {key: value for key, value in values.items() if value is not None}


def invalid(file: ContentFile, row: models.Model, where: tuple[str | int, ...]) -> list[Problem]:
    """What the row's fields say of its values, at the line of each.

    Uniqueness and constraints are left to the database: asking it beforehand about every row
    would make loading many times slower.
    """
    # The loader itself has set these, to rows it knows; each would be looked up once more.
    exclude = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude)
    except ValidationError as error:
        return [
            file.problem(f"{field}: {message}", *where, field)
            for field, messages in error.message_dict.items()
            for message in messages
        ]
    return []
