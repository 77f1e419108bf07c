from typing import Any

from django.core.management.base import BaseCommand

from organizers.privacy.keeping import forget_what_is_over


class Command(BaseCommand):
    help = "Delete what need not be kept any longer, as /privacy/ promises. Daily."

    def handle(self, *args: Any, **options: Any) -> None:
        for kind, count in forget_what_is_over().items():
            self.stdout.write(f"{kind}: {count} gone")
