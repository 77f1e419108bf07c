from typing import Any

from django.core.management.base import BaseCommand

from web import content_version


class Command(BaseCommand):
    help = "To be run once after a backup was restored: nothing kept from before counts any more."

    def handle(self, *args: Any, **options: Any) -> None:
        content_version.renew()
