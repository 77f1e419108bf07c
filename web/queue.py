"""What requests leave for later: done by `manage.py worker`, at least once, in the order it is due.

The rows are django-tasks' own. Its worker tries once and forgets what a killed one left; here each
try says beforehand when the next one is due, and then does the task and takes its row away in one
transaction. So whatever ends a try (an error, a killed worker, a lost database) leaves the task to
be done again, and the work on the database is never done by half.
"""

import logging
import os
from datetime import timedelta
from traceback import format_exception
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, QuerySet, When
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from web.lost_database import is_unreachable

# Until the second try, the third and so on; after the last the task is given up.
DELAYS = [
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
]
FAILED_KEPT = timedelta(days=30)

logger = logging.getLogger(__name__)
Task = DBTaskResult[Any, Any]


def due() -> QuerySet[Any]:
    """The tasks that wait for a worker now, with `due_at`, the longest waiting first."""
    since = Case(When(run_after=get_date_max(), then=F("enqueued_at")), default=F("run_after"))
    return DBTaskResult.objects.ready().annotate(due_at=since).order_by("due_at")


def longest_wait() -> timedelta:
    """How long the oldest task that is due has waited: more than seconds when no worker runs."""
    oldest = due().values_list("due_at", flat=True).first()
    return timezone.now() - oldest if oldest else timedelta()


def do_next(queue: str) -> bool:
    """Do the task that is due in this queue, if there is one."""
    row = _claimed(queue)
    if row is None:
        return False
    try:
        with transaction.atomic():
            mine = DBTaskResult.objects.filter(pk=row.pk, run_after=row.run_after)
            # Held while it is done, so that one that takes longer than its delay isn't begun twice.
            if mine.select_for_update(skip_locked=True).first() is None:
                return True
            row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
            row.delete()
            if every := settings.PERIODIC_TASKS.get(row.task_path):
                row.task.using(run_after=timezone.now() + every).enqueue()
    except Exception as error:
        # Whoever calls says that the database went, once; the task is due again by itself.
        if is_unreachable(error):
            raise
        _failed(row, "".join(format_exception(error)))
    return True


def _claimed(queue: str) -> Task | None:
    with transaction.atomic():
        waiting = due().filter(queue_name=queue).select_for_update(skip_locked=True)
        row: Task | None = waiting.first()
        if row is None:
            return None
        tries = len(row.worker_ids)
        row.worker_ids = [*row.worker_ids, f"{os.uname().nodename}:{os.getpid()}"]
        row.started_at = timezone.now()
        row.run_after = row.started_at + DELAYS[min(tries, len(DELAYS) - 1)]
        row.save(update_fields=["worker_ids", "started_at", "run_after"])
    if tries <= len(DELAYS):
        return row
    _failed(row, row.traceback or "Each worker that began it was killed.")
    return None


def _failed(row: Task, reason: str) -> None:
    changes = {"traceback": reason}
    # What comes round again is never given up.
    last = len(row.worker_ids) > len(DELAYS) and row.task_path not in settings.PERIODIC_TASKS
    if last:
        changes["status"] = TaskResultStatus.FAILED
    DBTaskResult.objects.filter(pk=row.pk, run_after=row.run_after).update(
        **changes, finished_at=timezone.now()
    )
    what = "was given up" if last else f"is tried again at {row.run_after:%Y-%m-%d %H:%M:%S %Z}"
    logger.error("%s %s\n%s", row.task_path, what, reason)


def do_all() -> None:
    """Do whatever is due, and what that makes due, and then stop."""
    while any(do_next(queue) for queue in queues()):
        pass


def queues() -> list[str]:
    return list(settings.TASKS["default"]["QUEUES"])


def plan_periodic() -> None:
    """See that each task of settings.PERIODIC_TASKS waits for its next time; a new one is due."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('web.queue'))")
        waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
        planned = set(waiting.values_list("task_path", flat=True))
        for path in settings.PERIODIC_TASKS:
            if path not in planned:
                import_string(path).enqueue()


def forget_failed() -> None:
    """What was given up has been looked at by then, or never will be."""
    old = timezone.now() - FAILED_KEPT
    DBTaskResult.objects.failed().filter(finished_at__lt=old).delete()
