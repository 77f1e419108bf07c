"""Loading the glossary from its files: all of it or nothing, and twice is the same as once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import QuerySet

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

    def note(self, slug: str, *, created: bool, changed: bool) -> None:
        which = self.created if created else self.updated if changed else self.unchanged
        which.append(slug)

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
    """Load categories and terms. Raises ContentError, and then has loaded nothing."""
    categories = _read_categories(folder / "categories.yaml")
    files = content_files.read_folder(folder, term_files.TERM)
    changes = Changes()
    try:
        with transaction.atomic():
            for position, values in enumerate(categories):
                Category.objects.update_or_create(
                    slug=values["slug"], defaults={**values, "position": position}
                )
            _load_terms(files, changes)
            # What is deferred to the end, such as names that collide with an editor's own term,
            # is checked here, so that a dry run finds it too.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    except IntegrityError as error:
        raise ContentError([Problem("the glossary", 1, _first_line(error))]) from error
    return changes


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _read_categories(path: Path) -> list[dict[str, Any]]:
    known = {"slug", "name", "description", "is_health"}
    categories: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for values in categories:
        if not {"slug", "name", "description"} <= set(values) <= known:
            raise ContentError([Problem(path.name, 1, f"a category has the keys {sorted(known)}")])
    return [{"is_health": False, **values} for values in categories]


def _load_terms(files: list[ContentFile], changes: Changes) -> None:
    categories = {category.slug: category for category in Category.objects.all()}
    before = {term.slug: term for term in _whole_terms(files)}
    changed = []
    for file in files:
        term = before.get(file.slug)
        is_changed = (
            term is None or _as_stored(term) != _as_written(file) or not _has_addresses(term, file)
        )
        if is_changed:
            changed.append(file)
        changes.note(file.slug, created=term is None, changed=is_changed)
    # Names move between terms; taking the old ones away first lets them arrive in any order.
    Alias.objects.filter(term__slug__in=[file.slug for file in changed]).delete()
    problems = list(standard.name_problems(files))
    for file in changed:
        problems += saving(file, partial(_save_term, file, before, categories))
    if not problems:
        terms = {term.slug: term for term in Term.objects.defer("body", "search")}
        for file in changed:
            problems += saving(file, partial(_save_parts, file, terms))
    if problems:
        raise ContentError(problems)
    index_terms(Term.objects.filter(slug__in=[file.slug for file in changed]))


def saving(file: ContentFile, save: Callable[[], list[Problem]]) -> list[Problem]:
    """Run `save`, turning what the database refuses into a problem of this file."""
    try:
        with transaction.atomic():
            return save()
    except IntegrityError as error:
        return [file.problem(_first_line(error))]


def _save_term(
    file: ContentFile, before: dict[str, Term], categories: dict[str, Category]
) -> list[Problem]:
    data = file.data
    if data["category"] not in categories:
        return [file.problem(f"there is no category “{data['category']}”", "category")]
    term = before.get(file.slug) or Term(slug=file.slug)
    for name in ("title", "definition", "changed_on", *OPTIONAL_TEXT):
        setattr(term, name, data.get(name) or "")
    term.state = data.get("state") or Term.State.PUBLISHED
    term.reviewed_on = data.get("reviewed_on")
    term.category = categories[data["category"]]
    term.body = file.body
    term.title_key = name_key(term.title)
    problems = invalid(file, term, ())
    if not problems:
        term.save()
    return problems


def _save_parts(file: ContentFile, terms: dict[str, Term]) -> list[Problem]:
    """Replace all that hangs on a term by what the file says."""
    data, term = file.data, terms[file.slug]
    for part in PARTS:
        part._default_manager.filter(term=term).delete()
    parts: list[tuple[TermPart | Alias, tuple[str | int, ...]]] = []
    problems: list[Problem] = []
    sources = [Source(term=term, **_filled(values)) for values in data["sources"]]
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
        relation = RelatedTerm(**{**_filled(values), "term": term, "other": other})
        parts.append((relation, ("related", index)))
    for index, values in enumerate(data["faqs"]):
        parts.append((FAQ(term=term, **_filled(values)), ("faqs", index)))
    for index, values in enumerate(data.get("care_advice") or []):
        parts.append((CareAdvice(term=term, **_filled(values)), ("care_advice", index)))
    for index, values in enumerate(data.get("aliases") or []):
        alias = Alias(term=term, key=name_key(values["name"]), **_filled(values))
        parts.append((alias, ("aliases", index)))
    for row, where in parts:
        if isinstance(row, TermPart):
            row.position = int(where[1])
        problems += invalid(file, row, where)
    if not problems:
        for model in PARTS:
            model._default_manager.bulk_create([row for row, _ in parts if isinstance(row, model)])
        for slug in data.get("formerly") or []:
            # Only ever added: an address that an editor made by renaming must live on.
            FormerAddress.objects.update_or_create(slug=slug, defaults={"term": term})
    return problems


def _filled(values: dict[str, Any]) -> dict[str, Any]:
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


def _whole_terms(files: list[ContentFile]) -> QuerySet[Term]:
    return Term.objects.filter(slug__in=[file.slug for file in files]).prefetch_related(
        "category", "aliases", "sources", "key_facts__source", "tips", "faqs", "relations__other",
        "care_advice", "former_addresses",
    )  # fmt: skip


def _has_addresses(term: Term, file: ContentFile) -> bool:
    have = {address.slug for address in term.former_addresses.all()}
    return set(file.data.get("formerly") or []) <= have


def _as_stored(term: Term) -> list[Any]:
    """All that a file can say of a term, comparable with _as_written()."""
    numbers: dict[int | None, int | None] = {None: None}
    numbers |= {source.pk: number for number, source in enumerate(term.sources.all(), 1)}
    return [
        [term.title, term.category.slug, term.definition, term.body, term.state],
        [term.race_query, term.reviewed_by, term.reviewed_on, term.changed_on],
        sorted((alias.name, alias.kind) for alias in term.aliases.all()),
        [(s.title, s.publisher, s.url, s.year) for s in term.sources.all()],
        [(f.headline, f.detail, numbers[f.source_id]) for f in term.key_facts.all()],
        [tip.text for tip in term.tips.all()],
        [(faq.question, faq.answer) for faq in term.faqs.all()],
        [(relation.other.slug, relation.kind, relation.note) for relation in term.relations.all()],
        [(advice.level, advice.text) for advice in term.care_advice.all()],
    ]


def _as_written(file: ContentFile) -> list[Any]:
    data = file.data

    def items(key: str) -> list[dict[str, Any]]:
        return data.get(key) or []

    return [
        [data["title"], data["category"], data["definition"], file.body]
        + [data.get("state") or Term.State.PUBLISHED],
        [data.get("race_query") or "", data.get("reviewed_by") or ""]
        + [data.get("reviewed_on"), data["changed_on"]],
        sorted((alias["name"], alias["kind"]) for alias in items("aliases")),
        [(s["title"], s.get("publisher") or "", s["url"], s.get("year")) for s in items("sources")],
        [(f["headline"], f["detail"], f.get("source")) for f in items("key_facts")],
        data["tips"],
        [(faq["question"], faq["answer"]) for faq in items("faqs")],
        [
            (r["term"], r.get("kind") or RelatedTerm.Kind.RELATED, r.get("note") or "")
            for r in items("related")
        ],
        [(advice["level"], advice["text"]) for advice in items("care_advice")],
    ]
