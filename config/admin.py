"""The admin: where editors keep the words and moderators the races."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator


class StartlineAdminSite(AdminSite):
    site_header = "Startline"
    site_title = "Startline"
    index_title = "Words, races, organizers"
    site_url = "/"
    enable_nav_sidebar = True

    # Signing in goes through allauth and so through its rate limits.
    @method_decorator(secure_admin_login)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().login(request, extra_context)
