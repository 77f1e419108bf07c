"""Who asks, on pages that nobody else gets to."""

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest


def user_of(request: HttpRequest) -> AbstractBaseUser:
    assert request.user.is_authenticated  # noqa: S101 - for the type checker
    return request.user
