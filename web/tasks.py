"""What comes round again in any site. A task's path never changes: rows in the queue hold it."""

from django_tasks import task

from web import content_version, limits, queue


@task()
def fold_content_version() -> None:
    content_version.fold()


@task()
def forget_counts() -> None:
    limits.forget()


@task()
def forget_failed_tasks() -> None:
    queue.forget_failed()
