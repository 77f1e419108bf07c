#!/usr/bin/env python
"""Django's commands, for Startline."""

import os
import sys

from django.core.management import execute_from_command_line

from config.local import postgres, serve


def main() -> None:
    """Run one command, with the settings of `make run` when the environment has none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    serve.read_env_file()
    if not os.environ.get("SECRET_KEY"):
        serve.use_local_settings()
    try:
        execute_from_command_line(sys.argv)
    except postgres.PostgresError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
