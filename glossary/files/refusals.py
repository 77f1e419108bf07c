"""What the form would refuse of a term's texts, said of its file: to loaders and imports alike."""

from collections.abc import Iterator, Sequence

from glossary.files import standard
from glossary.linking import targets
from glossary.linking.targets import Fate
from glossary.parts import PARTS
from text import markdown
from text.content_files import ContentFile, Problem
from web import deadline


def refusals(files: Sequence[ContentFile], *, is_alone: bool = False) -> Iterator[Problem]:
    """What the form would refuse of the texts of these terms, which are stored by now.

    `is_alone`: only what each file tells by itself, without the pages that its links lead to.
    """
    ids = [targets.page_ids(part_counts(file)) for file in files]
    links = []
    for number, file in enumerate(files):
        deadline.check()
        for text, where in [(file.body, ("body",)), *standard.markdown_texts(file)]:
            links += [((number, where), address) for address in markdown.addresses(text)]
    find = targets.faults_alone if is_alone else targets.faults
    for (number, where), _, fault in find(links, lambda key: ids[key[0]]):
        if fault.fate is Fate.DEAD:
            file = files[number]
            is_body = where == ("body",)
            yield (
                file.body_problem(fault.message) if is_body else file.problem(fault.message, *where)
            )


def part_counts(content: ContentFile) -> dict[str, int]:
    """How many rows it has of each part, by its key."""
    return {part.key: len(content.data.get(part.key) or []) for part in PARTS}
