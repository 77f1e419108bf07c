import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from pytest_django import Settings

from organizers.models import Membership
from tests.backstage import MailServer, use_mail_server
from tests.desk import client_of


@pytest.fixture
def director(membership: Membership) -> Client:
    """A race director at the browser."""
    return client_of(membership.user)


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    use_mail_server(settings, port)
    yield server
    controller.stop()
