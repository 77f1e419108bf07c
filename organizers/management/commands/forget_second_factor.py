from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError

from organizers.models import User


class Command(BaseCommand):
    help = "For someone who lost their phone and their recovery codes: they set up a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError(f"There is no account with the address {options['email']}.")
        Authenticator.objects.filter(user=user).delete()
        self.stdout.write(f"{user.email} has no second factor any more.")
