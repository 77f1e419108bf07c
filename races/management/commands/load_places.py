from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from races.files.places import know_regions, load_places
from races.models import Place


class Command(BaseCommand):
    help = "Fill the gazetteer with the cities over 15,000 people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when places exist and know regions"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Place.objects.exists() and know_regions():
            return
        self.stdout.write(f"places: {load_places()}")
