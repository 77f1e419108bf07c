from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from organizers.models import Membership, User
from tests.factories import MembershipFactory, UserFactory


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _staff(group: str) -> User:
    user: User = UserFactory(is_staff=True, email=f"{group.lower()}@example.com")
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def editor(db: None) -> User:
    return _staff("Editors")


@pytest.fixture
def moderator(db: None) -> User:
    return _staff("Moderators")


@pytest.fixture
def membership(db: None) -> Membership:
    """A race director with a profile."""
    membership: Membership = MembershipFactory()
    return membership


@pytest.fixture
def personas(
    editor: User, moderator: User, membership: Membership
) -> dict[str, Callable[[], Client]]:
    """Everyone who may knock at a door, each as a maker of a fresh client."""
    other = MembershipFactory()
    return {
        "stranger": Client,
        "organizer": lambda: client_of(membership.user),
        "another organizer": lambda: client_of(other.user),
        "editor": lambda: client_of(editor),
        "moderator": lambda: client_of(moderator),
    }
