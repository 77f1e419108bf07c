"""A glossary of many made-up words, to measure with.

    DATA_DIR=/tmp/bench .venv/bin/python -m bench.generate --into-this-database 20000
    DATA_DIR=/tmp/bench .venv/bin/python -m bench.generate --into-this-database --remove

The words of the bodies and how often they come are those of the real glossary. Each made-up word
is mentioned on about 5 to 50 pages of others. Every made-up slug begins with "bench-".
"""

import argparse
import random
import re
import sys
import time
from collections import Counter
from datetime import date, timedelta
from itertools import accumulate, product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import frontmatter

from config.local import serve

if TYPE_CHECKING:
    from glossary.models import Category, Term

PREFIX = "bench-"
BATCH = 1000
CONTENT = Path(__file__).resolve().parent.parent / "glossary" / "content"
HEADS = [
    *("Run", "Pace", "Threshold", "Syndrome", "Strain", "Interval", "Session", "Zone", "Phase"),
    *("Split", "Drift", "Load", "Base", "Ride", "Swim", "Race", "Trail", "Distance", "Score"),
    *("Index", "Ratio", "Test", "Drill", "Stride", "Cadence", "Shoe", "Vest", "Watch", "Gel"),
    *("Window", "Rate", "Reserve", "Economy", "Technique", "Position", "Stroke", "Fracture"),
    *("Soreness", "Fatigue", "Recovery", "Taper", "Block", "Cycle", "Start", "Finish", "Record"),
    *("Category", "Ballot", "Label", "Course", "Station", "Method", "Rule", "Effect", "Training"),
    *("Strength", "Power", "Meter", "Foam", "Plate"),
]
# A stem is one of each: "Dan" + "e" + "ri" + "x".
SYLLABLES = [
    ("bar", "cor", "dan", "fel", "gor", "hal", "jen", "kar", "lam", "mor", "nel", "pol", "tar"),
    "aeiou",
    ("bo", "ca", "do", "fa", "ga", "ka", "la", "mi", "no", "pa", "ri", "so", "ta", "vu"),
    ("ck", "l", "m", "n", "r", "s", "t", "x"),
]


class Name(NamedTuple):
    title: str
    synonym: str
    abbreviation: str


def make_names(count: int, chance: random.Random) -> list[Name]:
    stems = ["".join(parts).capitalize() for parts in product(*SYLLABLES)]
    chance.shuffle(stems)
    pairs = [f"{stem} {head}" for stem in stems[: max(200, count // 12)] for head in HEADS]
    chance.shuffle(pairs)
    titles, synonyms = pairs[:count], pairs[count : 2 * count]
    return [
        Name(title, synonym, f"{title[:1]}{synonym[:1]}{title.split()[1][:1]}{number:x}".upper())
        for number, (title, synonym) in enumerate(zip(titles, synonyms, strict=True))
    ]


def words_as_written() -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in CONTENT.glob("*.md"):
        counts.update(re.findall(r"[a-z]{2,}", frontmatter.load(path).content.casefold()))
    return counts


class Prose:
    """Writes sentences in which other names are mentioned."""

    def __init__(self, names: list[Name], chance: random.Random) -> None:
        counts = words_as_written()
        self.words, self.word_odds = list(counts), list(accumulate(counts.values()))
        # Some are household words: skewed, so that most come on 5 to 50 pages.
        self.names = names
        self.name_odds = list(accumulate(chance.lognormvariate(0, 0.6) for _ in names))
        self.chance = chance

    def text(self, length: int, mentions: int = 0) -> str:
        words = self.chance.choices(self.words, cum_weights=self.word_odds, k=length)
        for name in self.chance.choices(self.names, cum_weights=self.name_odds, k=mentions):
            words.insert(self.chance.randrange(len(words)), name.title.lower())
        parts = [words[start : start + 12] for start in range(0, len(words), 12)]
        return " ".join(" ".join(part).capitalize() + "." for part in parts)


def fill(count: int) -> None:
    from glossary.models import Category, Term

    categories = list(Category.objects.all())
    if not categories:
        sys.exit("There are no categories: load the glossary first.")
    if Term.objects.filter(slug__startswith=PREFIX).exists():
        sys.exit("Made-up words are here already; --remove takes them away.")
    chance = random.Random(20_000)  # noqa: S311 - the same words each time
    names = make_names(count, chance)
    prose = Prose(names, chance)
    for start in range(0, count, BATCH):
        fill_batch(start, names[start : start + BATCH], prose, categories)
        print(f"\r{min(start + BATCH, count)} of {count}", end="", flush=True)
    tidy()


def fill_batch(start: int, names: list[Name], prose: Prose, categories: "list[Category]") -> None:
    from django.db import transaction

    from glossary.models import FAQ, Alias, KeyFact, Term, Tip
    from text.names import name_key

    def text(length: int) -> str:
        return prose.text(length)[:200]

    chance = prose.chance
    with transaction.atomic():
        terms = Term.objects.bulk_create(
            Term(
                title=name.title,
                title_key=name_key(name.title),
                slug=f"{PREFIX}{number}",
                category=chance.choice(categories),
                definition=prose.text(24)[:300],
                body="\n\n".join(prose.text(38, mentions=5) for _ in range(3)),
                state="published",
                changed_on=date.today() - timedelta(days=chance.randrange(900)),
            )
            for number, name in enumerate(names, start)
        )
        pairs = list(zip(terms, names, strict=True))
        Alias.objects.bulk_create(
            Alias(term=term, name=alias, key=name_key(alias), kind=kind)
            for term, name in pairs
            for alias, kind in [(name.synonym, "synonym"), (name.abbreviation, "abbreviation")]
        )
        KeyFact.objects.bulk_create(
            KeyFact(term=term, headline=f"Fact {n}", detail=text(18), position=n)
            for term in terms
            for n in range(3)
        )
        Tip.objects.bulk_create(
            Tip(term=term, text=text(14), position=n) for term in terms for n in range(3)
        )
        FAQ.objects.bulk_create(
            FAQ(term=term, question=text(8), answer=prose.text(30)) for term in terms
        )
        index(terms)


def index(terms: "list[Term]") -> None:
    """As index_terms of glossary.search.finding, for a thousand: nothing here needs folding."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE glossary_term t SET search =
                setweight(to_tsvector('english', t.title || ' ' || coalesce(
                    (SELECT string_agg(name, ' ') FROM glossary_alias WHERE term_id = t.id), '')
                ), 'A')
                || setweight(to_tsvector('english', t.definition), 'B')
                || setweight(to_tsvector('english', concat_ws(' ', t.body,
                    (SELECT string_agg(headline || ' ' || detail, ' ')
                        FROM glossary_keyfact WHERE term_id = t.id),
                    (SELECT string_agg(text, ' ') FROM glossary_tip WHERE term_id = t.id),
                    (SELECT string_agg(question || ' ' || answer, ' ')
                        FROM glossary_faq WHERE term_id = t.id)
                )), 'C')
            WHERE t.id = ANY(%s)
            """,
            [[term.pk for term in terms]],
        )


def tidy() -> None:
    """What autovacuum would do a minute later."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for name in ("term", "alias", "keyfact", "tip", "faq"):
            cursor.execute(f"VACUUM ANALYZE glossary_{name}")


def remove() -> None:
    from django.db import connection

    from glossary.models import Term

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    pks = list(Term.objects.filter(slug__startswith=PREFIX).values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        Term.objects.filter(pk__in=pks[start : start + BATCH]).delete()
    tidy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("--remove", action="store_true", help="take the made-up words away")
    parser.add_argument(
        "--into-this-database",
        action="store_true",
        help="yes, into the one that DATABASE_URL or DATA_DIR names; nothing is done without it",
    )
    options = parser.parse_args()
    if not options.into_this_database:
        parser.error("say --into-this-database: readers of that site will see the made-up words")
    serve.use_local_settings()
    import django

    django.setup()
    start = time.monotonic()
    if options.remove:
        remove()
    else:
        fill(options.count)
    print(f"\nDone in {time.monotonic() - start:.0f} s.")


if __name__ == "__main__":
    main()
