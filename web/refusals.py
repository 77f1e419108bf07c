"""What the database refused a row by."""

from collections.abc import Iterable

from django.db import IntegrityError
from django.db.models import BaseConstraint, Model


def violated(
    error: IntegrityError, models: Iterable[type[Model]]
) -> tuple[type[Model], BaseConstraint] | None:
    """The constraint that was violated, if it is of one of these models."""
    diagnosis = getattr(error.__cause__, "diag", None)
    for model in models:
        for constraint in model._meta.constraints:
            if diagnosis and constraint.name == diagnosis.constraint_name:
                return model, constraint
    return None
