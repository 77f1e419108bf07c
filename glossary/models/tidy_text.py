"""What the texts of every row keep to: they are tidied, and each has an end."""

from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Length

from text.tidy import tidy

# For definition__length and the like below.
models.TextField.register_lookup(Length)


def no_longer(length: int) -> MaxLengthValidator:
    """Says it beside the field. Not max_length, by which browsers cut off what is pasted."""
    return MaxLengthValidator(length, f"At most {length:,} characters; this has %(show_value)d.")


def at_most(length: int, field: str, name: str) -> models.CheckConstraint:
    """The same, by the database."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__length__lte": length}),
        name=name,
        violation_error_message=f"At most {length:,} characters.",
    )


class TidyText(models.Model):
    """Its texts are tidied when they are cleaned, so that its file holds exactly what it holds."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Any = None) -> None:
        for field in self._meta.concrete_fields:
            value = getattr(self, field.attname)
            if isinstance(value, str):
                setattr(self, field.attname, tidy(value))
        super().clean_fields(exclude)
