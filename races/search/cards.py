"""What cards and rows show of editions, read by their keys.

The two statements are put together once in a process: Django takes several times as long to do so
as PostgreSQL to answer.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.query import RawQuerySet

from races.models import Distance, Edition, Race
from races.search.near import Spot, kilometres

# Long, and in no list.
UNUSED = {"search", "description", "description_html", "sources", "unlinked_words", "links"}
RACE_FIELDS = [field.attname for field in Race._meta.concrete_fields if field.attname not in UNUSED]
# Tells the columns of a race from those of its edition.
OF_RACE = "of_race_"
# Stands for the keys that are asked for.
KEYS = [-1]


def cards(
    pks: Sequence[int], here: Spot | None = None, *, by_name_alone: bool = False
) -> list[Edition]:
    """Those that readers may see, in the order of their keys, with race, distances and when the
    date was last seen; with `away_km` from `here`; distances unread where names alone are shown.
    """
    keys = list(pks)
    if not keys:
        return []
    distances: defaultdict[int, list[Distance]] = defaultdict(list)
    for distance in () if by_name_alone else _asked(Distance, _distances(), keys):
        distances[distance.edition_id].append(distance)
    found = {}
    for edition in _asked(Edition, _editions(), keys):
        edition.race = _race(edition, vars(edition))
        if here:
            edition.away_km = kilometres(here, edition.race.latitude, edition.race.longitude)
        if not by_name_alone:
            edition._prefetched_objects_cache = {"distances": _prefetched(edition, distances)}
        found[edition.pk] = edition
    return [found[key] for key in keys if key in found]


def _asked(model: Any, statement: tuple[str, list[Any]], keys: list[int]) -> RawQuerySet[Any]:
    sql, parameters = statement
    rows: RawQuerySet[Any] = model.objects.raw(sql, [*parameters, keys])
    return rows


def _race(edition: Edition, row: dict[str, Any]) -> Race:
    values = [row.pop(f"{OF_RACE}{name}") for name in RACE_FIELDS]
    return Race.from_db(edition._state.db, RACE_FIELDS, values)


def _prefetched(edition: Edition, by_edition: dict[int, list[Distance]]) -> QuerySet[Distance]:
    queryset = Distance.objects.none()
    queryset._result_cache = by_edition[edition.pk]
    return queryset


@cache
def _editions() -> tuple[str, list[Any]]:
    columns = {f"{OF_RACE}{name}": F(f"race__{name}") for name in RACE_FIELDS}
    editions = Edition.objects.published().with_last_seen().annotate(**columns)
    return _statement(editions.filter(pk__in=KEYS).order_by())


@cache
def _distances() -> tuple[str, list[Any]]:
    return _statement(Distance.objects.filter(edition__in=KEYS))


def _statement(rows: QuerySet[Any]) -> tuple[str, list[Any]]:
    """For any number of keys, which are the last of its parameters."""
    sql, parameters = rows.query.sql_with_params()
    *others, keys = parameters
    assert keys == KEYS[0] and sql.count(" IN (%s)") == 1, sql  # noqa: S101, PT018
    return sql.replace(" IN (%s)", " = ANY(%s)"), others
