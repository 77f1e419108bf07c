"""Signing in, where allauth's way is not ours."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def render_mail(
        self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        """A mail with a code isn't sent once the code is no longer taken."""
        message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        if "code" in context:
            lasts = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
            message.expires_at = timezone.now() + lasts  # type: ignore[attr-defined]
        return message


class PasswordLoginForm(LoginForm):  # type: ignore[misc]
    """With a password: allauth leaves it out of this form where signing up asks for none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = deepcopy(self.base_fields["password"])
        self.order_fields(["login", "password", "remember"])
