import pytest
from django.test import Client

from organizers.models import User
from tests.desk import client_of


@pytest.fixture
def desk(editor: User) -> Client:
    return client_of(editor)
