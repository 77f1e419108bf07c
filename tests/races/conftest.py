import pytest
from django.test import Client

from organizers.models import User
from tests.desk import client_of


@pytest.fixture
def desk(moderator: User) -> Client:
    return client_of(moderator)


@pytest.fixture
def editing(editor: User) -> Client:
    return client_of(editor)
