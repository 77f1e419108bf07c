"""Signing in, where allauth's way is not ours: staff's second factor, and asking again."""

import time
from copy import deepcopy
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from organizers.models import User

# From signing in to having to do so again: a working day.
STAFF_SESSION = timedelta(hours=12)
PUT_OFF = "second-factor-put-off"


def end_staff_session_soon(request: HttpRequest) -> None:
    if request.user.is_authenticated and request.user.is_staff:
        request.session.set_expiry(timezone.now() + STAFF_SESSION)


class PasswordLoginForm(LoginForm):  # type: ignore[misc]
    """With a password: allauth leaves it out of this form where signing up asks for none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = deepcopy(self.base_fields["password"])
        self.order_fields(["login", "password", "remember"])

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response: HttpResponse = super().login(request, redirect_url)
        # "Remember me" has just made it longer.
        end_staff_session_soon(request)
        return response


class PasswordResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Not for staff without a second factor: a mailbox alone must not lead to the admin."""

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users: list[User] = [
            user for user in self.users if not user.is_staff or is_mfa_enabled(user)
        ]
        return email


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

    def is_safe_url(self, url: str) -> bool:
        try:
            return bool(super().is_safe_url(url))
        except ValueError:  # no address at all, such as http://[::1
            return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        end_staff_session_soon(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        user = self.request.user
        if _proved_moments_ago(self.request, user):
            return False
        if way_to_prove(user) == "code":
            # allauth knows no way to ask such a person, and would let them through.
            raise ReauthenticationRequired
        return True

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """One way for each person, the strongest that they have."""
        if not user.is_authenticated:
            return []
        ways = {
            "mfa": "mfa_reauthenticate",
            "password": "account_reauthenticate",
            "code": "organizers:again",
        }
        way = way_to_prove(user)
        return [{"id": way, "description": "", "url": reverse(ways[way])}]


def way_to_prove(user: User) -> str:
    """How someone shows that it is them: as allauth names it in the session."""
    if is_mfa_enabled(user):
        return "mfa"
    return "password" if user.has_usable_password() else "code"


def _proved_moments_ago(request: HttpRequest, user: User) -> bool:
    """Signing in counts as well as having been asked again."""
    way = way_to_prove(user)
    if way == "code" and user.is_staff:
        return False
    times = [
        record["at"]
        for record in get_authentication_records(request, user)
        if record["method"] == way
    ]
    return bool(times) and time.time() - times[-1] < app_settings.REAUTHENTICATION_TIMEOUT


# The second factor.


def second_factor_can_wait(request: HttpRequest) -> bool:
    """On a machine of one's own, and as long as there is none."""
    return bool(settings.SECOND_FACTOR_CAN_WAIT) and not is_mfa_enabled(cast(User, request.user))


def passed_second_factor(request: HttpRequest) -> bool:
    """In this session, not long ago, with a factor that the user still has."""
    user = request.user
    earliest = time.time() - STAFF_SESSION.total_seconds()
    passed = [
        record["id"]
        for record in get_authentication_records(request, user)
        if record["method"] == "mfa" and record["at"] > earliest
    ]
    if passed and Authenticator.objects.filter(user_id=user.pk, pk__in=passed).exists():
        return True
    return PUT_OFF in request.session and second_factor_can_wait(request)


def ask_for_second_factor(request: HttpRequest, wanted: str) -> HttpResponse:
    """Lead staff to the code of their app, or to the page that sets one up."""
    there = "mfa_reauthenticate" if is_mfa_enabled(request.user) else "organizers:second_factor"
    return redirect(f"{reverse(there)}?{urlencode({'next': wanted})}")
