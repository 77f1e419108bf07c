"""The addresses that races once had, and what answers there."""

from django.http import Http404

from glossary.publishing.versions import User
from races.history import versions as history
from races.history.rows import race_in, rows_in
from races.models import FormerAddress, Race


class Gone(Exception):
    """A race that readers once could see. `race` is what is known of it; one that was deleted is
    as its last version has it, not to be saved.
    """

    def __init__(self, race: Race | None) -> None:
        self.race = race


def successor(slug: str) -> Race:
    """The public race whose address this once was. Raises Gone, or Http404 if it never was."""
    former = FormerAddress.objects.select_related("race", "version").filter(slug=slug).first()
    # A draft has never been promised to anyone: it does not stand in the way of what was.
    here = Race.objects.filter(slug=slug, first_published_at__isnull=False).first()
    race = here or (former.race if former else None)
    if race and race.is_public:
        return race
    if race and race.has_been_public:
        raise Gone(race)
    if race or former is None:
        raise Http404("No such race.")
    raise Gone(race_in(former.version) if former.version else None)


def keep_addresses(race: Race, *, old_slug: str = "") -> None:
    """To be called when a race was saved: its old address leads to it, and its own is its own."""
    if race.is_public:
        FormerAddress.objects.filter(slug=race.slug).delete()
    if old_slug and old_slug != race.slug and race.has_been_public:
        FormerAddress.objects.update_or_create(
            slug=old_slug, defaults={"race": race, "version": None}
        )


def before_deletion(race: Race, user: User = None) -> None:
    """Keep a last version, to be recovered, and the addresses, which from now on say 410."""
    version = history.record_deletion(race, user)
    race.former_addresses.update(race=None, version=version)
    if race.has_been_public:
        FormerAddress.objects.update_or_create(
            slug=race.slug, defaults={"race": None, "version": version}
        )


def after_recovery(race: Race) -> None:
    """Give a race that is back its addresses, and what apps above had hung on it."""
    versions = history.versions_of(race.pk)
    theirs = FormerAddress.objects.filter(version__in=versions.values("revision"))
    theirs.update(race=race, version=None)
    keep_addresses(race)
    # A race off the site has its own address by itself.
    FormerAddress.objects.filter(slug=race.slug, race=race).delete()
    deleted = versions.first()
    if deleted:
        rows = rows_in(deleted.revision)
        for follower in history.followers:
            follower.recover(race, rows)
