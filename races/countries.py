"""Countries by their ISO 3166-1 code. The settings name some as readers know them."""

from functools import cache

from django_countries import countries


@cache
def country_names() -> dict[str, str]:
    """Code to name, sorted by name."""
    return {code: str(name) for code, name in countries}


def country_choices() -> list[tuple[str, str]]:
    return list(country_names().items())
