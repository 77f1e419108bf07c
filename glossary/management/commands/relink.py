from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from glossary.linking.relinking import relink, relink_all
from glossary.models import LinkedText, Term
from glossary.search.finding import index_terms


class Command(BaseCommand):
    help = (
        "Link the words in all texts anew and index them for search, "
        "or link only where some terms are mentioned."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="slug", help="a term; none: all")

    def handle(self, *args: Any, **options: Any) -> None:
        slugs = set(options["slugs"])
        terms = dict(Term.objects.filter(slug__in=slugs).values_list("slug", "pk"))
        if unknown := slugs - terms.keys():
            raise CommandError(f"There is no term {', '.join(sorted(unknown))}.")
        if terms:
            relink(list(terms.values()))
        else:
            index_terms(Term.objects.all())
            relink_all()
        self.stdout.write(f"{LinkedText.objects.count()} pages have their links.")
