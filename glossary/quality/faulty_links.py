"""The links in texts that don't lead where they should, of all public pages at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, Exists, F, Func, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Least

from glossary.linking import targets
from glossary.linking.targets import Fate
from glossary.models import Source, Term
from glossary.parts import IN_MARKDOWN, PARTS
from text import markdown


@dataclass(frozen=True)
class LinkFault:
    term: Term
    where: str
    fate: Fate
    message: str


# A text without a match for its number of sources (0 to 8, or 9 and more) has no link that could be
# faulty. Most texts have none, so that the database leaves few of them to be read as Markdown.
FAULTY = [
    rf"\]\(|\]:|<|\[\^([^0-9]|\d{{3}}|\d\d\]|0\]{f'|[{n + 1}-9]' if n < 9 else ''})"
    for n in range(10)
]


def link_faults(*fates: Fate) -> list[LinkFault]:
    """The faulty links of every public page, by title."""
    public = Term.objects.published()
    of_public = [(part, part.shown().filter(term__in=public.values("pk"))) for part in IN_MARKDOWN]
    texts = _linking(public, "pk", "body", "Explanation").union(
        *(_linking(rows, "term", part.text, part.row_label) for part, rows in of_public), all=True
    )
    links = [
        ((pk, where), address) for pk, where, text in texts for address in markdown.addresses(text)
    ]
    ids = _ids_on({pk for (pk, _), address in links if address.startswith("#")})
    found = targets.faults(links, lambda key: ids[key[0]])
    chosen = [(pk, where, fault) for (pk, where), _, fault in found if fault.fate in fates]
    terms = Term.objects.published().for_cards().in_bulk({pk for pk, _, _ in chosen})
    # The same fault twice in a text is one thing to do.
    rows = {
        (terms[pk].title_key, where, fault.message): LinkFault(
            terms[pk], where, fault.fate, fault.message
        )
        for pk, where, fault in chosen
    }
    return [row for _, row in sorted(rows.items())]


def _linking(rows: QuerySet[Any], term: str, text: str, where: str) -> Any:
    sources = Source.objects.filter(term=OuterRef(term)).order_by().values("term")
    count = Coalesce(Subquery(sources.values(count=Count("pk"))), 0)
    pattern = Func(
        Value(FAULTY, ArrayField(TextField())),
        Least(count, 9),
        template="(%(expressions)s]",
        arg_joiner=")[1 + ",
        output_field=TextField(),
    )
    suspect = rows.annotate(pattern=pattern).filter(**{f"{text}__regex": F("pattern")})
    return suspect.order_by().values_list(F(term), Value(where), F(text))


def _ids_on(pks: Iterable[int]) -> Mapping[int, set[str]]:
    """The places on the pages of these terms."""
    has: dict[str, Any] = {
        f"has_{part.key}": Exists(part.shown().filter(term=OuterRef("pk"))) for part in PARTS
    }
    has["has_sources"] = Count("sources")
    terms = Term.objects.filter(pk__in=list(pks)).annotate(**has)
    return {
        row["pk"]: targets.page_ids({part.key: int(row[f"has_{part.key}"]) for part in PARTS})
        for row in terms.values("pk", *has)
    }
