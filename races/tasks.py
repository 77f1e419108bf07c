"""What the worker does for the races. A task's path never changes: rows in the queue hold it."""

from django_tasks import task

# Imported where they are used: these modules put the tasks into the queue.


@task()
def link_descriptions(pks: list[int]) -> None:
    from glossary.linking.relinking import current_names
    from races.models import Race
    from races.reading import descriptions

    descriptions.link_descriptions(Race.objects.filter(pk__in=pks), current_names())


@task()
def roll_over() -> None:
    from races import rolling_over

    rolling_over.roll_over()


@task()
def renew_search_base() -> None:
    from races.search import base

    base.renew()


@task()
def read_course(distance_pk: int) -> None:
    from races.courses import incoming
    from races.publishing import changed

    if race := incoming.read_upload(distance_pk):
        changed([race], texts=False)
