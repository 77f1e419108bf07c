"""“Your races” in the header: for organizers, on pages that are theirs alone."""

import pytest
from django.test import Client

from organizers.models import Membership
from tests.desk import client_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LINK = '<a href="/organizers/"'


def header(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode().partition("</header>")[0]


def test_organizers_get_their_races_in_the_header_of_their_own_pages(
    membership: Membership,
) -> None:
    client = client_of(membership.user)
    for address in ["/organizers/", "/organizers/profile/", "/organizers/account/"]:
        assert header(client, address).count(LINK) == 1, address
        assert 'aria-current="true">Your races' in header(client, address)
    assert f"{LINK}>Your races" in header(client, "/accounts/2fa/")


def test_whoever_has_no_races_to_list_has_no_link_to_them() -> None:
    assert LINK not in header(Client(), "/accounts/login/")
    assert LINK not in header(client_of(UserFactory()), "/organizers/account/")


def test_public_pages_are_the_same_for_organizers(membership: Membership) -> None:
    for address in ["/", "/races/", "/list-your-race/", "/privacy/"]:
        assert LINK not in header(client_of(membership.user), address)
