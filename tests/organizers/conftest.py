import pytest
from django.test import Client

from organizers.models import Membership
from tests.desk import client_of


@pytest.fixture
def director(membership: Membership) -> Client:
    """A race director at the browser."""
    return client_of(membership.user)
