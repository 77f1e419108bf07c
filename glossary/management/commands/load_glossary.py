from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from glossary.files.loading import load_glossary
from glossary.files.term_files import CONTENT
from glossary.models import Term
from text.content_files import ContentError


class Command(BaseCommand):
    help = "Load the glossary from its files: all of it, or nothing when a file is bad."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=CONTENT)
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when terms exist")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Term.objects.exists():
            return
        try:
            changes = load_glossary(options["folder"], dry_run=options["dry_run"])
        except ContentError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from None
        self.stdout.write(changes.report("terms", dry_run=options["dry_run"]))
