from races.models.races import (
    DESCRIPTION_LENGTH,
    NAME_TAKEN,
    RESERVED_SLUGS,
    Distance,
    Edition,
    FormerAddress,
    Place,
    PriceTier,
    Race,
    bracket,
    validate_time_zone,
)

__all__ = [
    "DESCRIPTION_LENGTH",
    "Distance",
    "Edition",
    "FormerAddress",
    "NAME_TAKEN",
    "Place",
    "PriceTier",
    "RESERVED_SLUGS",
    "Race",
    "bracket",
    "validate_time_zone",
]
