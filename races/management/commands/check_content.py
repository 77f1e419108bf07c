from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from glossary.files import standard, term_files
from races.files import race_files
from races.files.standard import catalogue_problems, fitting, race_problems
from text import content_files
from text.content_files import ContentError, ContentFile, Problem
from text.sentences import words


class Command(BaseCommand):
    """Stands in races, the higher of the two apps, because it reads the files of both."""

    help = "Check all words and races against the standard of docs/content.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--terms", type=Path, default=term_files.CONTENT)
        parser.add_argument("--races", type=Path, default=race_files.CONTENT)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            terms = content_files.read_folder(options["terms"], term_files.TERM)
            races = content_files.read_folder(options["races"], race_files.RACE)
        except ContentError as error:
            raise CommandError(str(error)) from None
        problems = sorted(content_problems(terms, races))
        for line in [*category_table(terms, options["terms"]), "", *catalogue_summary(races)]:
            self.stdout.write(line)
        if problems:
            listing = "\n".join(map(str, problems))
            raise CommandError(f"{listing}\n{len(problems)} below the standard")


def content_problems(terms: list[ContentFile], races: list[ContentFile]) -> Iterator[Problem]:
    for term in terms:
        yield from standard.term_problems(term)
        query = term.data.get("race_query")
        if query and not fitting(query, races):
            yield term.problem(f"no race fits “{query}”", "race_query")
    yield from standard.glossary_problems(terms)
    for race in races:
        yield from race_problems(race)
    yield from catalogue_problems(races)


def category_table(terms: list[ContentFile], folder: Path) -> Iterator[str]:
    """A line for each category: terms, words and sources a term, share sourced, reading age."""
    categories = yaml.safe_load((folder / "categories.yaml").read_text(encoding="utf-8"))
    yield f"{'category':<26}{'terms':>6}{'words':>7}{'sources':>9}{'sourced':>9}{'age':>6}"
    for category in categories:
        own = [term for term in terms if term.data["category"] == category["slug"]]
        if own:
            name = category["slug"] + (" *" if category.get("is_health") else "")
            length = mean(len(words(term.body)) for term in own)
            sources = mean(len(term.data["sources"]) for term in own)
            sourced = mean(bool(term.data["sources"]) for term in own)
            age = median(standard.reading_ages(term)[standard.WHOLE] or 0 for term in own)
            yield f"{name:<26}{len(own):>6}{length:>7.0f}{sources:>9.1f}{sourced:>9.0%}{age:>6.1f}"
    yield f"{'all':<26}{len(terms):>6}    (* health; age: the reading age in years, median)"


def catalogue_summary(races: list[ContentFile]) -> Iterator[str]:
    countries = {race.data["country"] for race in races}
    yield f"races {len(races)}, countries {len(countries)}"
    sports = Counter(race.data["sport"] for race in races)
    yield "by sport: " + ", ".join(f"{sport} {count}" for sport, count in sports.most_common())
    months = Counter(race.data["usual_month"] for race in races)
    yield "by month: " + ", ".join(f"{month} {months[month]}" for month in range(1, 13))
