"""What the worker does for the words. A task's path never changes: rows in the queue hold it."""

from django_tasks import task

# Imported where they are used: these modules put the tasks into the queue.


@task()
def relink(pks: list[int]) -> None:
    from glossary.linking import relinking

    relinking.relink(pks)


@task()
def publish_draft(pk: int, revision_pk: int) -> None:
    from glossary.publishing import publish

    publish.publish_if_due(pk, revision_pk)


@task()
def publish_overdue() -> None:
    from glossary.publishing import publish

    publish.publish_overdue()
