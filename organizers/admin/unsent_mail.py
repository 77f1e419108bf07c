"""Mail that the server has not taken."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from organizers import mail
from organizers.models import Mail, User


def _minute(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%-d %b, %H:%M}"


class MailFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", "Given up"), ("waiting", "Still tried")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        if self.value() == "failed":
            return queryset.filter(failed_at__isnull=False)
        return queryset.filter(failed_at=None) if self.value() == "waiting" else queryset


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin[Mail]):
    """What the mail server has not taken, and why. The text is nobody's to read: see Mail."""

    list_display = ["to", "subject", "reason", "what_follows", "since"]
    list_display_links = ["subject"]
    list_filter = [MailFilter]
    search_fields = ["to", "subject"]
    exclude = ["message"]
    actions = ["send_again"]

    @admin.display(description="what follows")
    def what_follows(self, row: Mail) -> str:
        if row.may_be_sent_again:
            return "Given up. It can be sent again."
        if row.failed_at:
            return "Given up: its code is over. They can ask for a new one."
        if row.next_try_at is None:
            return "About to be sent"
        tries = f"{row.attempts} tries" if row.attempts > 1 else "1 try"
        return f"{tries} so far, the next on {_minute(row.next_try_at)}"

    @admin.display(description="since", ordering="created_at")
    def since(self, row: Mail) -> str:
        return _minute(row.created_at)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Mail not sent", **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return cast(User, request.user).has_perm("organizers.send_again_mail")

    @admin.action(description="Send again what was given up", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        sent = [mail.send_again(row) for row in queryset]
        if any(sent):
            messages.success(request, f"On its way again: {sent.count(True)}.")
        if not all(sent):
            messages.warning(
                request,
                f"Left alone: {sent.count(False)}. What is still tried goes by itself, and a code "
                "that is no longer taken is of no use.",
            )
