"""The admin: where editors keep the words and moderators the races."""

from functools import wraps
from traceback import extract_tb
from typing import Any, cast
from urllib.parse import unquote

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, FieldError, PermissionDenied, ValidationError
from django.db import DataError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse

# What Django's admin lets through when a word of the address can't be what it stands for.
NONSENSE = (ValueError, OverflowError, DataError, FieldError, IncorrectLookupParameters)
# What our own links say, and our own code reads with care: it is no reason for such an error.
OURS = {"revision", "older", "newer", "page", "next", "_changelist_filters"}


def are_keys(view: Any, chosen: list[str]) -> bool:
    """Whether these can be keys of rows of the list: Django looks for whatever it gets."""
    model_admin = getattr(view, "__self__", None)
    if not isinstance(model_admin, ModelAdmin):
        return True
    try:
        for key in chosen:
            model_admin.opts.pk.clean(key, None)
    except ValidationError:
        return False
    return True


def is_of_a_key(error: BaseException) -> bool:
    """Whether Django stumbled over what was sent for a field that looks its choices up.

    It asks the database for it as the form is shown again, after the form has refused it. No
    browser sends such a thing.
    """
    return any(frame.name == "optgroups" for frame in extract_tb(error.__traceback__))


class StartlineAdminSite(AdminSite):
    site_header = "Startline"
    site_title = "Startline"
    index_title = "Words, races, organizers"
    site_url = "/"
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLResolver | URLPattern]:
        # Only now are the models ready.
        from glossary.admin import reports  # noqa: PLC0415

        return [*reports.urls(self), *super().get_urls()]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """With the mail that gave trouble and what readers find wrong, for those who may look."""
        from organizers.models import Mail, Report  # noqa: PLC0415

        context, user = extra_context or {}, cast(Any, request.user)
        if user.has_perm("organizers.view_report"):
            context["open_reports"] = Report.objects.filter(state=Report.State.OPEN).count()
        if user.has_perm("organizers.view_mail"):
            context["mail_not_sent"] = Mail.objects.aggregate(
                given_up=Count("pk", filter=Q(failed_at__isnull=False)),
                still_tried=Count("pk", filter=Q(failed_at=None, attempts__gt=0)),
            )
        return super().index(request, context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "\x00" in unquote(request.get_full_path()):
                raise BadRequest("A NUL in the address.")
            if not are_keys(view, request.POST.getlist(ACTION_CHECKBOX_NAME)):
                raise BadRequest("Chosen is what can't be a row.")
            try:
                response: HttpResponse = inner(request, *args, **kwargs)
                # Much of what the address asks for is read only now.
                return response.render() if isinstance(response, TemplateResponse) else response
            except NONSENSE as error:
                if is_of_a_key(error):
                    raise BadRequest("A key in the form can't be one.") from error
                # Where nothing else was asked for, the fault is ours, unless it is the asking.
                is_asked = isinstance(error, IncorrectLookupParameters) or set(request.GET) - OURS
                if request.method == "POST" or not is_asked:
                    raise
                raise BadRequest("The address asks for what can't be.") from error

        return guarded

    def has_permission(self, request: HttpRequest) -> bool:
        from organizers.accounts import signing_in  # noqa: PLC0415

        return super().has_permission(request) and signing_in.passed_second_factor(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in where everybody does, with its rate limits: by password first, as staff have one.

        Someone signed in who may not see the admin gets 403, not a form that would not help them.
        """
        wanted = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted, reverse("account_login"))
        if not super().has_permission(request):
            raise PermissionDenied
        if not self.has_permission(request):
            from organizers.accounts import signing_in  # noqa: PLC0415

            return signing_in.ask_for_second_factor(request, wanted)
        return super().login(request, extra_context)
