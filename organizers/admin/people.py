"""Who may sign in, and what they prove themselves with."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as DjangoUserChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from organizers.models import User
from organizers.privacy import leaving
from web.signed_in import user_of


class FreeAddress:
    """For a form of a user: the address is nobody else's, not even as a second one."""

    def clean_email(self: Any) -> str:
        email: str = self.cleaned_data["email"].lower()
        theirs = EmailAddress.objects.filter(email=email, verified=True)
        if theirs.exclude(user_id=self.instance.pk).exists():
            raise ValidationError("There is already an account with this email address.")
        return email


class UserCreationForm(FreeAddress, AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email"]


class UserChangeForm(FreeAddress, DjangoUserChangeForm[User]):
    pass


class NameForReadersForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["public_name"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "public_name")}),
        (
            "Rights",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_urls(self) -> list[URLPattern]:
        view: Any = self.admin_site.admin_view(self.name_for_readers)
        return [path("your-name/", view, name="organizers_user_your_name"), *super().get_urls()]

    def name_for_readers(self, request: HttpRequest) -> HttpResponse:
        """One's own, whatever rights one has: no other person's, and nothing else of oneself."""
        user = get_object_or_404(User, email=user_of(request).get_username())
        form = NameForReadersForm(request.POST or None, instance=user)
        if request.method == "POST" and form.is_valid():
            form.save()
            messages.success(request, "Your name for readers is saved.")
            return redirect("admin:index")
        context = {**self.admin_site.each_context(request), "title": "Your name for readers"}
        return render(request, "admin/organizers/your_name.html", {**context, "form": form})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with a person is theirs, whatever rights there are on it alone."""
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        leaving.delete_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            for user in queryset:
                leaving.delete_account(user)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except leaving.LastAdministrator as error:
            messages.error(request, error.message)
            return redirect("admin:organizers_user_changelist")

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().response_action(request, *args, **kwargs)
        except leaving.LastAdministrator as error:
            messages.error(request, error.message)
            return redirect("admin:organizers_user_changelist")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            # Staff vouch for it, so that signing in takes one code, sent to this address alone.
            EmailAddress.objects.filter(user=obj, primary=True).delete()
            EmailAddress.objects.update_or_create(
                user=obj, email=obj.email, defaults={"verified": True, "primary": True}
            )


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(admin.ModelAdmin[Authenticator]):
    """Taken away when somebody has lost their phone. The secret itself is nobody's to read."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False
