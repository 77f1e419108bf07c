"""Who signs in, and the organizers that they belong to."""

from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **values: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **values: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **values)


class User(AbstractUser):
    """Someone who signs in: a race director, an editor or a moderator. The email is the login."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    # Read by glossary.publishing.public_versions, as a field of settings.AUTH_USER_MODEL.
    public_name = models.CharField(
        "name for readers",
        max_length=80,
        blank=True,
        help_text="Everybody may read it: it stands in the history of a word beside what you "
        "changed. Empty: “an editor”.",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []  # noqa: RUF012

    objects = UserManager()  # type: ignore[assignment, misc]

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message="There is already an account with this email address.",
            ),
            models.CheckConstraint(
                condition=~models.Q(public_name__contains="@"),
                name="user_public_name_is_no_address",
                violation_error_message="Everybody may read this name: it can’t be an address.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.email


class Plan(models.Model):
    """What an organizer pays, in euros a month. Starter is free and stays free."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=40, unique=True)
    monthly_price = models.DecimalField(max_digits=7, decimal_places=2, default=0)

    class Meta:
        ordering = ["monthly_price"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(slug="starter") | models.Q(monthly_price=0),
                name="starter_plan_is_free",
                violation_error_message="The Starter plan stays free.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Organizer(models.Model):
    """The profile of whoever puts races on: a club, a company, one person."""

    name = models.CharField(max_length=120)
    website = models.URLField(max_length=300, blank=True)
    contact_email = models.EmailField(
        blank=True, help_text="Only our moderators see it. Empty: the address you sign in with."
    )
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="organizers")
    members = models.ManyToManyField(User, through="Membership", related_name="organizers")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's place with an organizer. An owner may also change the profile."""

    class Role(models.TextChoices):
        OWNER = "owner"
        EDITOR = "editor"

    organizer = models.ForeignKey(Organizer, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.OWNER)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organizer", "user"],
                name="membership_once",
                violation_error_message="This person is already a member.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display().lower()} at {self.organizer}"
