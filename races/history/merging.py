"""Two races that are one: what the one has more goes to the other, whose address stays."""

from collections.abc import Collection, Iterator
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from glossary.publishing.versions import User
from races.choices import Certainty
from races.history import versions
from races.models import Course, Distance, Edition, FormerAddress, Race

# What is taken together from one of the two. The name is a choice of its own.
FACTS: dict[str, tuple[str, ...]] = {
    "name": ("name", "latin_name"),
    "sport": ("sport",),
    "description": ("description", "unlinked_words"),
    "website": ("website",),
    "organizer": ("organizer_name",),
    "place": ("city", "region", "country", "place", "latitude", "longitude", "time_zone"),
    "usual date": ("usual_month", "usual_rule"),
}
# An edition, and what it was before.
Moved = tuple[Edition, Edition]
SURE = [Certainty.OPEN, Certainty.EXPECTED, Certainty.PROVISIONAL, Certainty.CONFIRMED]
# Set by their verbs, or worked out.
DATES = {
    "start_date", "end_date", "date_precision", "confirmed_on", "status", "status_note",
    "status_since", "previous_start_date", "sequence", "expected_on", "over_at", "doubtful_at",
}  # fmt: skip


def differences(kept: Race, other: Race) -> Iterator[tuple[str, str, str]]:
    """Of each fact that is not the same: its name, and what each of the two says."""
    for name, fields in FACTS.items():
        if name == "place":
            said = [f"{race.location} {_position(race)}".strip() for race in (kept, other)]
        else:
            said = [
                ", ".join(_said(race, field) for field in fields if getattr(race, field))
                for race in (kept, other)
            ]
        if said[0] != said[1]:
            yield name, said[0], said[1]


def _said(race: Race, field: str) -> str:
    """As people read it, of a choice too."""
    value = getattr(race, field)
    if isinstance(value, list):
        return ", ".join(value)
    of_a_choice = getattr(race, f"get_{field}_display", None)
    return str(of_a_choice() if of_a_choice else value)


def _position(race: Race) -> str:
    if race.latitude is None or race.longitude is None:
        return ""
    return f"({race.latitude:.3f}, {race.longitude:.3f})"


def merge(kept: Race, other: Race, take: Collection[str], by: User = None) -> list[Moved]:
    """Give `kept` the editions, listing and addresses of `other`, and those of FACTS that are named
    in `take`, and delete `other`. To be called in a transaction, followed by changed() with the
    editions that have another date now, each with what it was.

    Raises ValidationError where an organizer would lose a race, or readers one that is public.
    """
    if kept.pk == other.pk:
        raise ValidationError("These are one race already.")
    if other.is_public and not kept.is_public:
        raise ValidationError("Readers see only one of them: that one has to stay.")
    for race in sorted((kept, other), key=lambda race: race.pk):
        versions.record_first(race)
        race.refresh_from_db()
    for follower in versions.followers:
        follower.merge(kept, other)
    versions.record_deletion(other, by)
    FormerAddress.objects.filter(race=other).update(race=kept)
    # Each of them is one edition of the other at most.
    free = list(kept.editions.all())
    moved = [found for edition in other.editions.all() if (found := _move(edition, kept, free))]
    slug = other.slug
    facts = {field: getattr(other, field) for name in take for field in FACTS[name]}
    urls = {source["url"] for source in kept.sources}
    sources = [source for source in other.sources if source["url"] not in urls]
    other.delete()
    # Only now: there is one of its name in its country.
    for field, value in facts.items():
        setattr(kept, field, value)
    kept.sources = [*kept.sources, *sources]
    kept.full_clean(exclude=["place"])
    kept.save()
    # Of a draft too: its file must not come back as a race of its own.
    FormerAddress.objects.update_or_create(
        slug=slug, defaults={"race": kept, "version": None, "was_merged": True}
    )
    return moved


def _move(edition: Edition, race: Race, free: list[Edition]) -> Moved | None:
    """To the race, or into that of its editions which it is: one of those that are free."""
    same_start = race.editions.filter(start_date=edition.start_date)
    meant = [mine for mine in free if _overlap(mine, edition)] or list(same_start)
    if not meant:
        edition.race = race
        edition.save()
        return None
    mine = meant[0]
    was = copy(mine)
    _into(mine, edition)
    free[:] = [each for each in free if each != mine]
    return mine, was


def _overlap(mine: Edition, edition: Edition) -> bool:
    return mine.start_date <= edition.end_date and edition.start_date <= mine.end_date


def _into(mine: Edition, edition: Edition) -> None:
    """What mine lacks; its date too, where the other is surer of it."""
    if mine.is_off != edition.is_off:
        raise ValidationError(
            f"Only one of the two says that the edition of {mine.date_in_words} does not take"
            " place: put that right first."
        )
    is_surer = SURE.index(edition.certainty) > SURE.index(mine.certainty)
    _fill(mine, edition, DATES | {"id", "race"})
    distances = {distance.name.casefold(): distance for distance in mine.distances.all()}
    for distance in edition.distances.all():
        if same := distances.get(distance.name.casefold()):
            _into_distance(same, distance)
        else:
            distance.edition = mine
            distance.save()
    dates, confirmed_on = edition.dates, edition.confirmed_on
    edition.delete()
    if is_surer and not mine.is_off:
        mine.correct_date(*dates, confirmed_on=confirmed_on)
    mine.save()


def _into_distance(mine: Distance, other: Distance) -> None:
    measures = {"metres", "minutes", "loop_metres"}
    _fill(mine, other, {"id", "edition", "position", "name", "distance_class", *measures})
    mine.save()
    if not mine.price_tiers.exists():
        other.price_tiers.update(distance=mine)
    if not Course.objects.filter(distance=mine).exists():
        Course.objects.filter(distance=other).update(distance=mine)


def _fill(mine: Model, other: Model, leave: Collection[str]) -> None:
    for field in mine._meta.concrete_fields:
        empty: tuple[Any, ...] = (None, "")
        if field.name not in leave and getattr(mine, field.attname) in empty:
            setattr(mine, field.attname, getattr(other, field.attname))
