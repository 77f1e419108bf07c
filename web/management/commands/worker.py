import logging
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from web import queue

LOOK_SECONDS = 1
# After trouble, most likely with the database.
PAUSE_SECONDS = 5

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Do what requests leave for later and what comes round again, until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due, and then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            queue.do_all()
            return
        stop = threading.Event()

        def told_to(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, told_to)
        signal.signal(signal.SIGINT, told_to)
        # Each queue has its own thread, so that a mail with a code need not wait for long work.
        threads = [
            threading.Thread(target=work, args=(name, stop), name=name) for name in queue.queues()
        ]
        for thread in threads:
            thread.start()
        # In turns, since a signal waits for an endless join on some systems.
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(LOOK_SECONDS)


def work(name: str, stop: threading.Event) -> None:
    planned = in_trouble = False
    while not stop.is_set():
        close_old_connections()
        try:
            if not planned:
                queue.plan_periodic()
                planned = True
            found = queue.do_next(name)
        except Exception as error:
            # Once, not every few seconds while the database is away.
            if not in_trouble:
                logger.warning("The worker can't go on, and tries until it can: %s", error)
            in_trouble = True
            stop.wait(PAUSE_SECONDS)
            continue
        in_trouble = False
        if not found:
            close_old_connections()
            stop.wait(LOOK_SECONDS)
    close_old_connections()
