"""Public facts about races: the perennial race, its editions, and what one enters."""

from races.models.addresses import FormerAddress
from races.models.courses import Course
from races.models.editions import Distance, Edition, PriceTier, bracket
from races.models.places import Place
from races.models.races import (
    DESCRIPTION_LENGTH,
    NAME_TAKEN,
    RESERVED_SLUGS,
    Race,
    validate_time_zone,
)
from races.models.search_base import ChangedRace, SearchBase, SearchBasePart

__all__ = [
    "ChangedRace",
    "Course",
    "DESCRIPTION_LENGTH",
    "Distance",
    "Edition",
    "FormerAddress",
    "NAME_TAKEN",
    "Place",
    "PriceTier",
    "RESERVED_SLUGS",
    "Race",
    "SearchBase",
    "SearchBasePart",
    "bracket",
    "validate_time_zone",
]
