from typing import Any

from django.core.management.base import BaseCommand

from glossary.publishing.publish import publish_overdue


class Command(BaseCommand):
    help = "Publish the drafts whose time has passed, such as while no worker ran."

    def handle(self, *args: Any, **options: Any) -> None:
        if count := publish_overdue():
            self.stdout.write(f"drafts that were due: {count}")
