"""Keeping the links between words true: which pages to link anew when a term has changed."""

from collections.abc import Collection
from datetime import datetime

from django_tasks import task

from glossary.models import LinkedText


def relink(pks: Collection[int]) -> None:
    """Link anew the pages of these terms and every page that mentions them or links to them.

    An id of a term that is gone is welcome: its former mentions become plain text.
    """
    LinkedText.objects.filter(term__in=pks).delete()


@task()
def relink_task(pks: list[int]) -> None:
    relink(pks)


def relink_soon(pks: Collection[int], run_after: datetime | None = None) -> None:
    """Have the worker do it, once this transaction has committed, or at a later time."""
    relink_task.using(run_after=run_after).enqueue(list(pks))
