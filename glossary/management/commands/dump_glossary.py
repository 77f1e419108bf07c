from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from glossary.files.dumping import StrangeFiles, dump_glossary
from glossary.files.term_files import CONTENT


class Command(BaseCommand):
    help = "Write the glossary into files, as load_glossary reads them. Deletes no file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=CONTENT)
        parser.add_argument(
            "--force", action="store_true", help="even beside Markdown files that are no terms"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            dump = dump_glossary(options["folder"], force=options["force"])
        except StrangeFiles as error:
            raise CommandError(
                f"Nothing was written: {options['folder']} holds files that are no terms of this "
                f"database. Load them first, choose another folder, or add --force to leave them "
                f"as they are.\n{error}"
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        for name in dump.stale:
            self.stdout.write(f"  no longer a term, delete it: {name}")
        self.stdout.write(f"files: {len(dump.written)} written, {dump.unchanged} as before")
