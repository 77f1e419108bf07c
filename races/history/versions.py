"""The history of a race's whole page: every version of it, its editions, distances and prices.

Kept by django-reversion, recorded by name: whoever changes a race calls record_first() before and
races.publishing.changed() after, in one transaction.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from reversion.models import Revision, Version

from glossary.publishing import versions
from glossary.publishing.versions import DELETED, User
from races.history.contents import contents
from races.history.rows import TO_RACE, Rows, rows_in, rows_now
from races.models import Race


@dataclass(frozen=True)
class Follower:
    """What an app above hangs on a race: the rows to keep with a race that is deleted, and what to
    do with them when it is recovered, or when a race (the second) is merged into another; that
    raises ValidationError where they can't. OrganizersConfig adds one.
    """

    rows: Callable[[Race], Iterable[Model]]
    recover: Callable[[Race, Rows], None]
    merge: Callable[[Race, Race], None]


followers: list[Follower] = []


def lock(pk: int | None) -> Race | None:
    """Hold the race until the transaction ends: who changes any part of it takes this first.

    A stronger lock would keep others from adding an edition or a listing at all.
    """
    return Race.objects.select_for_update(no_key=True).filter(pk=pk or 0).first()


def record(
    race: Race, user: User = None, comment: str = "", also: Iterable[Model] = ()
) -> Revision:
    """Keep the race as it stands now as its newest version, with other rows if there are any."""
    fresh = Race.objects.select_for_update(no_key=True).get(pk=race.pk)
    return versions.record(fresh, user, comment, also)


def record_first(race: Race) -> None:
    """Before a change: hold the race, and keep how it stands if no version has it so."""
    if not lock(race.pk):
        return
    newest = latest(race.pk)
    if newest is None:
        record(race, comment="As it stood before its first change here")
    elif contents(rows_in(newest)) != contents(rows_now(race.pk)):
        record(race, comment="As it stood before the next change")


def record_deletion(race: Race, user: User = None) -> Revision:
    """Keep all that goes when the race is deleted, so that it can be recovered whole."""
    record_first(race)
    theirs = [row for follower in followers for row in follower.rows(race)]
    return record(race, user, DELETED, also=theirs)


def versions_of(pk: int) -> QuerySet[Version]:
    """The versions of a race, the newest first."""
    return versions.versions_of(Race, pk)


def latest(pk: int | None) -> Revision | None:
    return versions.latest(Race, pk)


def first(pk: int | None) -> Revision | None:
    return versions.first(Race, pk)


def race_pk_of(model: type[Model], pk: int) -> int | None:
    """The race that a row belongs to, or belonged to before it was deleted."""
    if model is Race:
        return pk
    there = model._default_manager.filter(pk=pk).values_list(TO_RACE[model], flat=True).first()
    if there:
        return int(there)
    version = Version.objects.get_for_object_reference(model, pk).first()
    races = rows_in(version.revision)[Race] if version else []
    return races[0].pk if races else None
