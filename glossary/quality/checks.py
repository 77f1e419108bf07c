"""What is weak on a term's page, said to its editor: a hint, never a gate."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.template.defaultfilters import capfirst

from glossary.files import standard
from glossary.files.dumping import content_in, with_parts
from glossary.files.refusals import part_counts
from glossary.linking import targets
from glossary.linking.targets import Fate
from glossary.models import RelatedTerm, Term
from glossary.parts import PARTS
from text import markdown
from text.content_files import ContentFile, KeyPath

Key = TypeVar("Key")


def dead_anchors(
    texts: Iterable[tuple[Key, str]], ids: set[str], deleted: Mapping[int, str] | None = None
) -> Iterator[tuple[Key, str]]:
    """What the links of one page's texts get wrong, each with the key of its text.

    `deleted` says it of sources that are about to go, by their numbers.
    """
    going = {f"#source-{number}": message for number, message in (deleted or {}).items()}
    links = ((key, address) for key, text in texts for address in markdown.addresses(text))
    for key, address, fault in targets.faults(links, lambda _: ids):
        if fault.fate is Fate.DEAD:
            yield key, going.get(address, fault.message)


@dataclass(frozen=True)
class Remark:
    """Something worth another look: the section of the form, its id there, and why."""

    section: str
    anchor: str
    message: str


@dataclass(frozen=True)
class Age:
    """The reading age of a section; without `years`, the section is too short to tell."""

    section: str
    years: int | None


@dataclass(frozen=True)
class Panel:
    """What the form of a term shows beside what was typed."""

    remarks: list[Remark]
    ages: list[Age]
    usual_ages = "9 to 12"

    @property
    def whole(self) -> int | None:
        return self.ages[-1].years


# What there is to remark on, as people and the form call it, and what one of its rows is called.
SECTIONS = {
    "title": ("Title", "id_title", ""),
    "definition": ("Definition", "id_definition", ""),
    "body": ("Explanation", "id_body", ""),
    **{part.key: (part.label, part.name, part.row_label) for part in PARTS},
}


def stored(pk: int) -> Term:
    """A term with all its parts, as panel() and warnings() want it."""
    return with_parts(Term.objects.filter(pk=pk)).get()


def panel(term: Term) -> Panel:
    """What the editor of a term should see, its parts being at hand."""
    content = content_in(term)
    ages = standard.reading_ages(content).items()
    return Panel(
        _remarks(term, content),
        [Age(section, None if age is None else round(age)) for section, age in ages],
    )


def warnings(term: Term) -> list[Remark]:
    """What is weak on a term, in the order of the form."""
    return _remarks(term, content_in(term))


def _remarks(term: Term, content: ContentFile) -> list[Remark]:
    found = [(problem.where, problem.reason) for problem in standard.term_problems(content)]
    found += [*_heading_reasons(content), *_link_reasons(content), *_related_reasons(term)]
    order = list(SECTIONS)
    found.sort(key=lambda item: (order.index(str(item[0][0])), str(item[0][1:2])))
    return [_remark(where, reason) for where, reason in found]


def _remark(where: KeyPath, reason: str) -> Remark:
    name, anchor, row = SECTIONS[str(where[0])]
    if len(where) > 1:
        name, anchor = f"{row} {int(where[1]) + 1}", f"{anchor}-{where[1]}"
    elif row:
        anchor = f"{anchor}-group"
    return Remark(name, anchor, f"{capfirst(reason).rstrip('.')}.")


def _heading_reasons(content: ContentFile) -> Iterator[tuple[KeyPath, str]]:
    for heading in markdown.lost_headings(content.body):
        yield ("body",), f"the heading “{heading}” is shown as plain text: begin it with ## or ###"


def _link_reasons(content: ContentFile) -> Iterator[tuple[KeyPath, str]]:
    texts = [(content.body, ("body",)), *standard.markdown_texts(content)]
    links = [(where, address) for text, where in texts for address in markdown.addresses(text)]
    ids = targets.page_ids(part_counts(content))
    for where, address, fault in targets.faults(links, lambda _: ids):
        # The standard has said this one already.
        if not address.startswith("#source-"):
            yield where, fault.message


CONFUSED = RelatedTerm.Kind.OFTEN_CONFUSED


def _related_reasons(term: Term) -> Iterator[tuple[KeyPath, str]]:
    for index, relation in enumerate(term.relations.all()):
        if not relation.other.is_public:
            yield ("related", index), f"readers can't see “{relation.other}” yet: it is left out"
        if relation.kind == CONFUSED and not relation.note:
            yield ("related", index), f"nothing says what sets “{relation.other}” apart"
