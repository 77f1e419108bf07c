"""The gazetteer: which place is meant, and that its address means it again."""

import pytest
from django.core.management import call_command
from django.db import connection

from races.files.places import load_places
from races.models import Place
from races.search import near

pytestmark = pytest.mark.django_db


def analyze() -> None:
    """What autovacuum does by itself where the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE races_place")


def test_the_real_gazetteer() -> None:
    """In one test, because loading it takes seconds."""
    load_places()
    analyze()
    means = {
        "lyon": "Lyon, France",
        "Lyon, FR": "Lyon, France",
        "zurich": "Zürich, Switzerland",
        "cologne": "Köln, Germany",
        "Portland": "Portland, Oregon, United States",
        "Portland, Maine": "Portland, Maine, United States",
        "portland, me": "Portland, Maine, United States",
        "Portland, Maine, US": "Portland, Maine, United States",
        "Springfield, Illinois, US": "Springfield, Illinois, United States",
        "Springfield, IL, usa": "Springfield, Illinois, United States",
        "Springfield, US": "Springfield, Missouri, United States",
        # Georgia is a country and a state.
        "Atlanta, Georgia": "Atlanta, Georgia, United States",
        "Tbilisi, Georgia": "Tbilisi, Georgia",
        "Washington, D.C.": "Washington, District of Columbia, United States",
        "Mianzhu, Deyang, Sichuan": "Mianzhu, Deyang, Sichuan, China",
        "Lyon, Colorado": None,
        "xyzzy": None,
        "": None,
        ",,": None,
        "(999999999)": None,
    }
    spots = {text: near.spot(text) for text in means}
    assert {text: spot and spot.label for text, spot in spots.items()} == means

    places = list(Place.objects.order_by("pk"))
    shadowed = [place for place in places if place.is_shadowed]
    assert 0 < len(shadowed) < len(places) / 20
    assert all(place.address.endswith(f" ({place.pk})") for place in shadowed)
    for place in places[::340] + shadowed[:30]:
        found = near.spot(place.address)
        assert found == near.spot_of(place), place
        assert Place.objects.meant(place.address)[0] == place
    # Nobody bears a number who needs none.
    for place in shadowed[:30]:
        unnumbered = place.address.rpartition(" (")[0]
        assert Place.objects.meant(unnumbered)[0] != place

    # A folder from before regions were known.
    Place.objects.update(region="", is_shadowed=False)
    call_command("load_places", "--if-empty")
    assert Place.objects.get(pk=places[0].pk).address == places[0].address
    assert sum(Place.objects.values_list("is_shadowed", flat=True)) == len(shadowed)
