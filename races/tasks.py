"""What the worker does for the races. A task's path never changes: rows in the queue hold it."""

from django_tasks import task

# Imported where they are used: these modules put the tasks into the queue.


@task()
def link_descriptions(pks: list[int]) -> None:
    from glossary.relinking import current_names
    from races import descriptions
    from races.models import Race

    descriptions.link_descriptions(Race.objects.filter(pk__in=pks), current_names())


@task()
def roll_over() -> None:
    """Give each race whose edition has passed its next, provisional one."""
    from races.loading import load_races
    from races.models import Race

    # Files are not the way in of a site that has loaded none.
    if Race.objects.exclude(loaded_digest="").exists():
        load_races()
