"""Versions of a page, whatever it is of, as django-reversion keeps them: recorded by name."""

from collections.abc import Iterable

import reversion
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet
from django.utils import timezone
from reversion.models import Revision, Version

User = AbstractBaseUser | None
DELETED = "Deleted"


def versions_of(model: type[Model], pk: int) -> QuerySet[Version]:
    """The versions of a page, the newest first."""
    versions: QuerySet[Version] = Version.objects.get_for_object_reference(model, pk)
    return versions.select_related("revision__user")


def latest(model: type[Model], pk: int | None) -> Revision | None:
    version = versions_of(model, pk).first() if pk else None
    return version.revision if version else None


def first(model: type[Model], pk: int | None) -> Revision | None:
    version = versions_of(model, pk).last() if pk else None
    return version.revision if version else None


def record(page: Model, user: User, comment: str, also: Iterable[Model] = ()) -> Revision:
    """Keep a page as it stands now, with other rows if there are any.

    It must be fresh: what was prefetched on it may be older than what is stored.
    """
    with reversion.create_revision(manage_manually=True):
        for row in [page, *also]:
            reversion.add_to_revision(row)
        reversion.set_user(user)
        reversion.set_comment(comment)
        reversion.set_date_created(timezone.now())
    newest = latest(type(page), page.pk)
    assert newest is not None  # noqa: S101 - for the type checker
    return newest
