"""Loading the glossary from its files: all of it or nothing, and twice is the same as once."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction

from glossary.files import dumping, term_files
from glossary.files.addresses import left_behind, pages_of, removed_addresses
from glossary.files.saving import save_terms
from glossary.models import Category, FormerAddress, Term
from text import content_files
from text.content_files import ContentError, ContentFile, Problem

# Where a file is silent on these, what editors said stays.
THE_EDITORS = ("state", "publish_at", "first_published_at")


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
            _load_categories(folder / "categories.yaml")
            _load_removed(folder / "removed.yaml")
            _load_terms(files, changes, now=not dry_run)
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    return changes


def _load_categories(path: Path) -> None:
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


def _load_removed(path: Path) -> None:
    """Keep the addresses of deleted terms answering “gone”, unless a term has one of them."""
    addresses = removed_addresses(path, FormerAddress)
    taken = set(Term.objects.values_list("slug", flat=True))
    FormerAddress.objects.bulk_create(
        [address for address in addresses if address.slug not in taken], ignore_conflicts=True
    )


def _load_terms(files: list[ContentFile], changes: Changes, *, now: bool) -> None:
    terms = _terms_of(files)
    gone = FormerAddress.objects.filter(term=None).exclude(slug__in=Term.objects.values("slug"))
    removed = set(gone.values_list("slug", flat=True))
    for file in files:
        file.digest = _digest(file)
    # A file that is as it was last time has nothing to say: what editors changed since, stays.
    changed = [
        file
        for file in files
        if file.slug not in removed
        and (file.slug not in terms or terms[file.slug].loaded_digest != file.digest)
    ]
    same = _already_so([file for file in changed if file.slug in terms], terms)
    changed = [file for file in changed if file.slug not in same]
    loaded = {file.slug for file in changed}
    changes.unchanged += [file.slug for file in files if file.slug not in loaded]
    changes.updated += [file.slug for file in changed if file.slug in terms]
    changes.created += [file.slug for file in changed if file.slug not in terms]
    problems = list(left_behind(files, terms))
    if not problems:
        problems += save_terms(changed, terms, "Loaded from its file", now=now)
    if problems:
        raise ContentError(problems)
    for file in files:
        if file.slug in same:
            Term.objects.filter(pk=terms[file.slug].pk).update(loaded_digest=file.digest)


def _digest(file: ContentFile) -> str:
    """Of what the file says, however it is laid out."""
    said = json.dumps([file.data, file.body], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _already_so(files: list[ContentFile], terms: dict[str, Term]) -> set[str]:
    """The slugs of the files that say of their terms what the database says too."""
    stored = Term.objects.filter(pk__in=[terms[file.slug].pk for file in files])
    there = {content.slug: content for content in dumping.contents_of(stored)}
    same = set()
    for file in files:
        content = there[terms[file.slug].slug]
        # On these a file may be silent: they are the editors' to say.
        silent = {key: content.data[key] for key in THE_EDITORS if key in content.data}
        formerly = {*content.data.get("formerly", []), *(file.data.get("formerly") or [])}
        data = dumping.canonical({**silent, **file.data, "formerly": sorted(formerly)})
        if (file.slug, data, file.body) == (content.slug, content.data, content.body):
            same.add(file.slug)
    return same


def _terms_of(files: list[ContentFile]) -> dict[str, Term]:
    """The term of each file that has one: by its slug, or by an address that it once had."""
    terms = {term.slug: term for term in Term.objects.defer("search")}
    for address in FormerAddress.objects.exclude(term=None).select_related("term"):
        if address.term:
            terms.setdefault(address.slug, address.term)
    return pages_of(files, terms)
