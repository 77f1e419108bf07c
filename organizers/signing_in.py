"""Signing in, where allauth's way is not ours."""

from copy import deepcopy
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_safe_url(self, url: str) -> bool:
        try:
            return bool(super().is_safe_url(url))
        except ValueError:  # no address at all, such as http://[::1
            return False


class PasswordLoginForm(LoginForm):  # type: ignore[misc]
    """With a password: allauth leaves it out of this form where signing up asks for none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = deepcopy(self.base_fields["password"])
        self.order_fields(["login", "password", "remember"])
