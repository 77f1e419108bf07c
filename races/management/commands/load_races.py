from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from races.files.loading import load_races
from races.files.race_files import CONTENT
from races.models import Race
from text.content_files import ContentError


class Command(BaseCommand):
    help = "Load the races from their files: all of them, or nothing when a file is bad."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=CONTENT)
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when races exist")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Race.objects.exists():
            return
        try:
            changes = load_races(options["folder"], dry_run=options["dry_run"])
        except ContentError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from None
        self.stdout.write(changes.report("races", dry_run=options["dry_run"]))
