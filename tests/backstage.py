"""What goes on behind the desk: commands, the worker, a second person, the served site."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from threading import Thread
from typing import NoReturn

import psutil
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

BASE = Path(__file__).resolve().parent.parent


def load(command: str, folder: Path, *options: str) -> str:
    out = io.StringIO()
    call_command(command, folder, *options, stdout=out)
    return out.getvalue()


def run_worker() -> None:
    """Do all that is due, as the worker does, and then stop. No task may fail."""
    call_command("worker", once=True)
    assert [row.traceback for row in DBTaskResult.objects.exclude(traceback="")] == []


class MailServer:
    """Answers as it is told to, and keeps what it takes."""

    def __init__(self) -> None:
        self.answer = "250 kept"
        self.mails: list[Message] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("5"):
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content))
        if self.answer == "drop":
            server.transport.abort()
        return self.answer


def use_mail_server(settings: Settings, port: int) -> None:
    settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 1


# Two at once need transactions that are really committed.
CONCURRENT = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def second_person(step: Callable[[], None]) -> tuple[Thread, list[BaseException | str]]:
    """Somebody else, with a database connection of their own, and what came of it."""
    outcome: list[BaseException | str] = []

    def act() -> None:
        try:
            step()
            outcome.append("done")
        except Exception as error:  # noqa: BLE001
            outcome.append(error)
        finally:
            connection.close()

    return Thread(target=act), outcome


def wait_until_somebody_waits_for_us() -> None:
    deadline = time.monotonic() + 10
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    waiting += " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits for us: nothing is locked.")


@contextmanager
def rows_that_go_again() -> Iterator[None]:
    """Leave the database as it was found, with the rows that the migrations have made."""
    before = connection.creation.serialize_db_to_string()
    cache.clear()
    try:
        yield
    finally:
        # Sequences that began anew would give the keys of the migrations' rows once more.
        call_command(
            "flush",
            verbosity=0,
            interactive=False,
            inhibit_post_migrate=True,
            reset_sequences=False,
        )
        connection.creation.deserialize_db_from_string(before)
        cache.clear()


def serve(
    data: Path, port: int, *, stderr: int = subprocess.PIPE, **environment: str
) -> subprocess.Popen[str]:
    """`make run`."""
    # Empty says "not given", also where a developer's .env gives something.
    environment = {"DATABASE_URL": "", "SECRET_KEY": "", "SITE_URL": ""} | environment
    environment = {"HOST": "127.0.0.1", "DEBUG": "false"} | environment
    environment |= {"PORT": str(port), "DATA_DIR": str(data)}
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "WORKERS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "config.local.serve"],
        cwd=BASE,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def is_task_worker(process: psutil.Process) -> bool:
    return process.cmdline()[-2:] == ["config.local.serve", "worker"]


def not_there(program: str) -> NoReturn:
    """On a machine of one's own its tests may be left out; where all must pass they may not."""
    if os.environ.get("CI"):
        pytest.fail(f"There is no {program}, which tests need.")
    pytest.skip(f"There is no {program} on this machine.")
