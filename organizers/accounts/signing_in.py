"""Signing in, where allauth's way is not ours: staff's second factor, and asking again."""

import time
from copy import deepcopy
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
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
PROOFS = "proofs"


def remember_step(request: HttpRequest, user: User, method: str, **said: Any) -> None:
    """A password or a mailed code was right."""
    # Of a factor, remember_factor is told which.
    if method != "mfa":
        _remember(request, user, method)


def remember_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **said: Any
) -> None:
    _remember(request, user, "mfa", factor=authenticator.pk)


def _remember(request: HttpRequest, user: User, way: str, factor: int | None = None) -> None:
    proof = {"user": user.pk, "way": way, "at": time.time(), "factor": factor}
    request.session[PROOFS] = [*request.session.get(PROOFS, []), proof]


def _proofs(request: HttpRequest, way: str) -> list[dict[str, Any]]:
    """The times in this session that they showed in this way that it is them, the last one last."""
    return [
        proof
        for proof in request.session.get(PROOFS, [])
        if (proof["user"], proof["way"]) == (request.user.pk, way)
    ]


def has_second_factor(user: User | AnonymousUser) -> bool:
    return bool(get_adapter().is_mfa_enabled(user))


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
            user for user in self.users if not user.is_staff or has_second_factor(user)
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
            raise ImmediateHttpResponse(_lead_to("organizers:again", self.request.get_full_path()))
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
    """How someone shows that it is them, in allauth's words."""
    if has_second_factor(user):
        return "mfa"
    return "password" if user.has_usable_password() else "code"


def _proved_moments_ago(request: HttpRequest, user: User) -> bool:
    """Signing in counts as well as having been asked again."""
    way = way_to_prove(user)
    if way == "code" and user.is_staff:
        return False
    proofs = _proofs(request, way)
    timeout: int = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return bool(proofs) and time.time() - proofs[-1]["at"] < timeout


# The second factor.


def second_factor_can_wait(request: HttpRequest) -> bool:
    """On a machine of one's own, and as long as there is none."""
    return bool(settings.SECOND_FACTOR_CAN_WAIT) and not has_second_factor(request.user)


def passed_second_factor(request: HttpRequest) -> bool:
    """In this session, not long ago, with a factor that the user still has."""
    earliest = time.time() - STAFF_SESSION.total_seconds()
    passed = [proof["factor"] for proof in _proofs(request, "mfa") if proof["at"] > earliest]
    if passed and Authenticator.objects.filter(user_id=request.user.pk, pk__in=passed).exists():
        return True
    return PUT_OFF in request.session and second_factor_can_wait(request)


def ask_for_second_factor(request: HttpRequest, wanted: str) -> HttpResponse:
    """Lead staff to the code of their app, or to the page that sets one up."""
    has_one = has_second_factor(request.user)
    return _lead_to("mfa_reauthenticate" if has_one else "organizers:second_factor", wanted)


def _lead_to(page: str, wanted: str) -> HttpResponse:
    return redirect(f"{reverse(page)}?{urlencode({'next': wanted})}")
