"""Terms as files: the other way round of glossary.files.loading."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Prefetch

from glossary.files import term_files
from glossary.models import (
    Alias,
    Category,
    FormerAddress,
    KeyFact,
    RelatedTerm,
    Term,
    TermQuerySet,
)
from glossary.parts import PARTS, Part
from text.content_files import ContentFile
from text.tidy import tidy

WIDTH = 100
# A text longer than this does not fit behind its key.
ON_ONE_LINE = 84
# What an optional key means that is not there.
DEFAULTS = {
    "link_title": True,
    "never_link": False,
    "no_urgent_level": False,
    "state": "published",
    "kind": "related",
}
# What a file holds on one line, and what it folds when it is long.
FLOWING = ("aliases", "related")
FOLDED = ("definition", "answer", "text")
FOLDED_HEAD = ": >-"
TOP_KEY = re.compile(r"[a-z_]+:")


def content_of(term: Term) -> ContentFile:
    """The stored term as its file would have it. For many terms, see contents_of."""
    return next(contents_of(Term.objects.filter(pk=term.pk)))


def content_in(term: Term) -> ContentFile:
    """The same of a term whose parts are at hand, as prefetched."""
    numbers = {source.pk: number for number, source in enumerate(term.sources.all(), 1)}
    data = {
        **_values(term, "title", "definition", "link_title", "unlinked_words", "race_query"),
        **_values(term, "reviewed_by", "reviewed_on", "state", "publish_at", "changed_on"),
        **_values(term, "change_note", "no_urgent_level"),
        "category": term.category.slug,
        **{part.key: [_row(part, row, numbers) for row in _rows(part, term)] for part in PARTS},
        "formerly": sorted(address.slug for address in term.former_addresses.all()),
    }
    if term.first_published_at != first_published(term):
        data["first_published_at"] = term.first_published_at
    return ContentFile(Path(f"{term.slug}.md"), canonical(data), tidy(term.body), 1, {})


def _rows(part: Part, term: Term) -> list[Any]:
    rows = getattr(term, part.name).all()
    # In the order in which they were written: a hand put the best known first.
    return sorted(rows, key=attrgetter("pk")) if part.model is Alias else list(rows)


def _row(part: Part, row: Any, numbers: dict[int, int]) -> Any:
    """What a file says of a row: a text by itself, or values by their names."""
    if part.shape is str:
        return getattr(row, part.text)
    return {name: _said(row, name, numbers) for name in (key.rstrip("?") for key in part.shape)}


def _said(row: Any, name: str, numbers: dict[int, int]) -> Any:
    if isinstance(row, KeyFact) and name == "source":
        return numbers.get(row.source_id or 0)
    if isinstance(row, RelatedTerm) and name == "term":
        return row.other.slug
    return getattr(row, name)


def contents_of(terms: TermQuerySet) -> Iterator[ContentFile]:
    """The files of these terms, in few queries however many there are."""
    yield from map(content_in, with_parts(terms).iterator(chunk_size=1000))


def with_parts(terms: TermQuerySet) -> TermQuerySet:
    """Adds what content_in() reads."""
    relations = RelatedTerm.objects.select_related("other").only(
        *("term_id", "position", "kind", "note"),
        *("other__slug", "other__title", "other__state", "other__publish_at"),
    )
    parts = [part.name for part in PARTS if part.model is not RelatedTerm]
    whole = terms.select_related("category").defer("search")
    return whole.prefetch_related(*parts, "former_addresses", Prefetch("relations", relations))


def _values(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def first_published(term: Term) -> datetime | None:
    """When readers first saw the term, as far as that follows from what else is known of it."""
    if term.state != Term.State.PUBLISHED:
        return None
    midnight = datetime.combine(term.changed_on, datetime.min.time(), UTC)
    return term.publish_at or midnight


def canonical(data: dict[str, Any]) -> dict[str, Any]:
    """A term's data in the order of its shape, tidied, without what goes without saying."""
    shaped: dict[str, Any] = _in_shape(data, term_files.TERM)
    return shaped


def _in_shape(value: Any, shape: Any) -> Any:
    if isinstance(shape, dict):
        items = {key: _in_shape(value.get(key.rstrip("?")), inner) for key, inner in shape.items()}
        return {
            key.rstrip("?"): item for key, item in items.items() if not _goes_without(key, item)
        }
    if isinstance(shape, list):
        return [_in_shape(item, shape[0]) for item in value or []]
    if isinstance(value, str):
        return tidy(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _goes_without(key: str, item: Any) -> bool:
    return key.endswith("?") and item in (None, "", [], DEFAULTS.get(key.rstrip("?")))


class Flow(dict[str, Any]):
    """Written on one line, in braces."""


class Folded(str):
    """Written as lines of a paragraph."""

    __slots__ = ()


class Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _flow(dumper: Dumper, data: Flow) -> yaml.Node:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)
    for key, value in node.value:
        if key.value == "note" or re.search(r"[,\[\]{}]", value.value):
            value.style = '"'
    return node


def _text(dumper: Dumper, text: str) -> yaml.Node:
    style = None
    if "\n" in text:
        # What looks like the head of a folded text must not stand on a line of its own: see _lines.
        style = '"' if FOLDED_HEAD in text else "|"
    elif NEEDS_QUOTES.search(text):
        # Left to itself YAML takes single quotes, and doubles each apostrophe inside.
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style)


def _time(dumper: Dumper, time: datetime) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", time.isoformat())


NEEDS_QUOTES = re.compile(r"^[-?:,\[\]{}#&*!|>'\"%@`]|: | #|:$")
# Folding and reading again would not give back any other space than a single one.
FOLDABLE = re.compile(r"\S+( \S+)+", re.ASCII)
Dumper.add_representer(Flow, _flow)
Dumper.add_representer(str, _text)
Dumper.add_representer(datetime, _time)
Dumper.add_representer(
    Folded,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), ">"),
)


def text_of(file: ContentFile) -> str:
    """The file's text, in the one form that these data have."""
    header = "\n".join(_lines(_styled(canonical(file.data))))
    return f"---\n{header}\n---\n{file.body}\n"


def readable(key: str, value: list[Any]) -> str:
    """A list as its file would have it, for people to compare."""
    return textwrap.dedent("\n".join([*_lines({key: _styled(value, key)})][1:]))


def _styled(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        styled = {name: _styled(item, name) for name, item in value.items()}
        return Flow(styled) if key in FLOWING else styled
    if isinstance(value, list):
        return [_styled(item, key) for item in value]
    if key in FOLDED and FOLDABLE.fullmatch(value) and len(value) > ON_ONE_LINE:
        return Folded(value)
    return value


def _yaml(data: Any) -> str:
    text: str = yaml.dump(
        data, Dumper=Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False,
        width=1 << 30,
    )  # fmt: skip
    return text


def _lines(data: dict[str, Any]) -> Iterator[str]:
    """YAML as a hand would write it: items of lists indented, folded texts wrapped."""
    is_list = is_folded = False
    for line in _yaml(data).rstrip("\n").split("\n"):
        if TOP_KEY.match(line):
            is_list = line.endswith(":")
        elif is_list and line:
            line = f"  {line}"
        if is_folded:
            indent = " " * (len(line) - len(line.lstrip()))
            yield from textwrap.wrap(
                line, WIDTH, subsequent_indent=indent,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
        else:
            yield line
        is_folded = line.endswith(FOLDED_HEAD)


@dataclass
class Dump:
    """What a dump wrote, by file name; `stale` are files of terms that are gone or moved."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    stale: list[str] = field(default_factory=list)


class StrangeFiles(Exception):  # noqa: N818 - it says what is in the way
    """The folder holds Markdown files that are no terms of this database."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        super().__init__(", ".join(names))


def dump_glossary(folder: Path, *, force: bool = False) -> Dump:
    """Write every term, the categories and the removed addresses into the folder.

    Deletes nothing. Raises StrangeFiles, and then has written nothing, when the folder holds a
    Markdown file that no term of this database ever had, unless forced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    slugs = set(Term.objects.values_list("slug", flat=True))
    former = set(FormerAddress.objects.values_list("slug", flat=True)) - slugs
    there = {path.stem for path in folder.glob("*.md")}
    strange = sorted(f"{slug}.md" for slug in there - slugs - former)
    if strange and not force:
        raise StrangeFiles(strange)
    dump = Dump(stale=sorted(f"{slug}.md" for slug in there & former))
    for name, text in texts():
        _write(folder / name, text, dump)
    return dump


def texts() -> Iterator[tuple[str, str]]:
    """The whole glossary as file names and texts."""
    yield "categories.yaml", categories_text()
    yield "removed.yaml", removed_text()
    for file in contents_of(Term.objects.order_by("slug")):
        yield file.path.name, text_of(file)


def _write(path: Path, text: str, dump: Dump) -> None:
    if path.exists() and path.read_bytes() == text.encode():
        dump.unchanged += 1
        return
    # Renamed into place, so that an interruption leaves the old file or the new one.
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8", newline="\n")
    half.replace(path)
    dump.written.append(path.name)


def categories_text() -> str:
    """categories.yaml, in the order of the site."""
    rows = [
        {"slug": row.slug, "name": row.name, "description": row.description}
        | ({"is_health": True} if row.is_health else {})
        for row in Category.objects.all()
    ]
    return f"# The categories, in the order the site shows them.\n{_yaml(rows)}"


def removed_text() -> str:
    """removed.yaml: the addresses that are gone for good."""
    gone = FormerAddress.objects.filter(term=None).exclude(slug__in=Term.objects.values("slug"))
    slugs = gone.values_list("slug", flat=True)
    listed = _yaml(list(slugs)) if slugs else ""
    return f"# Addresses of terms that were deleted: they answer “gone”.\n{listed}"
