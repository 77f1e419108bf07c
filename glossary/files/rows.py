"""What a file says as the values of rows, of any model."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from text.content_files import ContentFile, Problem


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without the keys that a file leaves empty."""
    return {key: value for key, value in values.items() if value is not None}


def invalid(file: ContentFile, row: models.Model, where: tuple[str | int, ...]) -> list[Problem]:
    """What the row's fields say of its values, at the line of each.

    Uniqueness and constraints are left to the database: asking it beforehand about every row
    would make loading many times slower.
    """
    # The loader itself has set these, to rows it knows; each would be looked up once more.
    exclude = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude)
    except ValidationError as error:
        return [
            file.problem(f"{field}: {message}", *where, field)
            for field, messages in error.message_dict.items()
            for message in messages
        ]
    return []
