"""What comes round again in any site. A task's path never changes: rows in the queue hold it."""

from django.core.management import call_command
from django_tasks import task

from web import queue


@task()
def clear_sessions() -> None:
    call_command("clearsessions")


@task()
def forget_failed_tasks() -> None:
    queue.forget_failed()
