"""The addresses that a file of a term or a race speaks of: those it had, those that are gone."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.core.exceptions import ValidationError

from glossary.files.rows import invalid
from text.content_files import ContentError, ContentFile, Problem

Page = TypeVar("Page", bound=Any)


def pages_of(files: list[ContentFile], pages: Mapping[str, Page]) -> dict[str, Page]:
    """The page of each file that has one: by its slug, or by an address that it once had."""
    found = {}
    for file in files:
        names = [file.slug, *(file.data.get("formerly") or [])]
        page = next((pages[name] for name in names if name in pages), None)
        if page:
            found[file.slug] = page
    return found


def left_behind(files: list[ContentFile], pages: Mapping[str, Any]) -> Iterator[Problem]:
    """Two files of one page: it was renamed, and the file of its old name was left behind."""
    known = [(file, pages[file.slug]) for file in files if file.slug in pages]
    by_page: dict[int, ContentFile] = {}
    for file, page in sorted(known, key=lambda pair: pair[1].slug != pair[0].slug):
        if (first := by_page.setdefault(page.pk, file)) is not file:
            thing = page._meta.verbose_name
            yield file.problem(f"this {thing} is now in {first.path.name}; delete the file")


def save_addresses(
    file: ContentFile, page: Any, slugs: list[str], model: Any, **values: Any
) -> list[Problem]:
    """Keep the page's former addresses, as rows of `model` with these values."""
    problems = []
    living = type(page)._default_manager.filter(slug__in=slugs)
    taken = set(living.values_list("slug", flat=True))
    for index, slug in enumerate(slugs):
        where = ("formerly", index)
        problems += invalid(file, model(slug=slug), where)
        if slug in taken:
            thing = page._meta.verbose_name
            problems.append(file.problem(f"“{slug}” is the address of a {thing}", *where))
        if not problems:
            # Only ever added: an address that was made by renaming in admin must live on.
            model.objects.update_or_create(slug=slug, defaults=values)
    return problems


def removed_addresses(path: Path, model: Any) -> list[Any]:
    """The slugs that a file lists, if there is one, as rows of `model` that are not saved."""
    try:
        slugs = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
        addresses = [model(slug=slug) for slug in slugs or []]
        for address in addresses:
            address.clean_fields()
    except (OSError, yaml.YAMLError, TypeError, ValidationError) as error:
        reason = " ".join(str(error).split())
        raise ContentError([Problem(path.name, 1, f"not a list of addresses: {reason}")]) from None
    return addresses
