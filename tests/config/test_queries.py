"""Pages cost the same number of queries for one row as for twenty, and few."""

from collections.abc import Callable

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from reversion.models import Revision

from glossary.models import (
    FAQ,
    Alias,
    CareAdvice,
    KeyFact,
    PublicVersion,
    RelatedTerm,
    Source,
    Term,
    Tip,
)
from glossary.search.finding import index_terms
from organizers.models import User
from races.models import PriceTier, Race
from races.search.text import index_races
from tests.desk import client_of, form_of, opened, shared_link
from tests.factories import (
    CourseFactory,
    DistanceFactory,
    EditionFactory,
    HealthCategoryFactory,
    MembershipFactory,
    RaceFactory,
    SubmissionFactory,
    TermFactory,
    UserFactory,
)
from web import generations

pytestmark = pytest.mark.django_db


def count_queries(client: Client, address: str) -> int:
    """Of a page made afresh, without the two looks at the content version around it."""
    # The first also makes what is kept for all pages, such as the index of the race search.
    generations.watch.look_if_there()
    for _ in range(2):
        caches["pages"].clear()
        caches["searches"].clear()
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
    assert response.status_code == 200
    looks = [query for query in queries if "web_contentversion" in query["sql"]]
    return len(queries) - len(looks)


@pytest.fixture(autouse=True)
def _the_next_turn_is_known(settings: Settings) -> None:
    settings.KEPT_PAGES_LOOK_SECONDS = 60


def fill_glossary(rows: int) -> None:
    category = HealthCategoryFactory()
    term = Term.objects.filter(slug="it").first() or TermFactory(slug="it", category=category)
    for n in range(term.tips.count(), rows):
        source = Source.objects.create(term=term, title="S", url=f"https://s.example/{n}")
        KeyFact.objects.create(term=term, headline=f"H{n}", detail="D", source=source)
        Tip.objects.create(term=term, text="T")
        FAQ.objects.create(term=term, question="Q", answer="A")
        Alias.objects.create(term=term, name=f"alias {n}")
        other = TermFactory(category=category, title=f"Knee {n}")
        RelatedTerm.objects.create(term=term, other=other)
        RelatedTerm.objects.create(term=other, other=term, kind="often-confused")
        fill_races(n + 1)
    CareAdvice.objects.get_or_create(term=term, level="emergency", text="T")
    index_terms(Term.objects.all())


def fill_history(rows: int) -> None:
    fill_glossary(1)
    term = Term.objects.get(slug="it")
    for n in range(rows):
        revision = Revision.objects.create(
            date_created=timezone.now(), user=UserFactory(public_name=f"Editor {n}")
        )
        PublicVersion.objects.create(
            revision=revision, term_id=term.pk, since=timezone.now(), changed=["definition"]
        )


def fill_races(rows: int) -> None:
    race = Race.objects.filter(slug="it").first() or RaceFactory(slug="it", name="Knee Run")
    for n in range(race.editions.count(), rows):
        edition = EditionFactory(race=race, start_date=f"20{30 + n}-05-01")
        for name in ("a", "b"):
            distance = DistanceFactory(edition=edition, name=name)
            PriceTier.objects.create(distance=distance, name="p", amount=1, currency="EUR")
            CourseFactory(distance=distance)
        DistanceFactory(edition__race__name=f"Knee {n}")
    index_races(Race.objects.all())


@pytest.mark.parametrize(
    ("address", "fill", "most"),
    [
        ("/", fill_glossary, 8),
        ("/glossary/", fill_glossary, 6),
        ("/glossary/a-to-z/", fill_glossary, 6),
        ("/glossary/a-to-z/?letter=k", fill_glossary, 6),
        ("/glossary/category/recovery-injury/", fill_glossary, 6),
        ("/glossary/category/recovery-injury/?letter=k", fill_glossary, 6),
        ("/glossary/new/", fill_glossary, 3),
        ("/glossary/feed/", fill_glossary, 3),
        ("/glossary/it.md", fill_glossary, 3),
        ("/glossary/it/history/", fill_history, 3),
        ("/api/v1/terms/", fill_glossary, 5),
        ("/api/v1/terms/it/", fill_glossary, 3),
        ("/llms.txt", fill_glossary, 4),
        ("/glossary/it/", fill_glossary, 6),
        ("/races/", fill_races, 8),
        ("/races/?q=knee&sport=road-running&distance=marathon&country=ES", fill_races, 8),
        ("/races/?sport=aquathlon", fill_races, 8),
        ("/races/?view=calendar", fill_races, 8),
        ("/races/?q=knee&view=calendar&month=2027-05", fill_races, 8),
        ("/races/?view=map", fill_races, 8),
        ("/races/it/", fill_races, 6),
        ("/races/it/wrong/?about=price", fill_races, 5),
        ("/races/search/alert/?sport=road-running&country=ES", fill_races, 5),
        ("/races/search/alert/?q=knee&near=1,1", fill_races, 8),
        ("/compare/?race=it&q=knee", fill_races, 6),
        ("/my-list/", fill_races, 0),
        ("/embed/races/", fill_races, 4),
        ("/embed/races/it/", fill_races, 4),
        ("/embed/?race=it", fill_races, 1),
        ("/races/places/?q=it", fill_races, 3),
        ("/near/?near=Lyon", fill_races, 5),
        ("/near/?near=1,1", fill_races, 5),
        ("/near/it/?near=1,1", fill_glossary, 6),
        ("/search/?q=knee", fill_glossary, 8),
        ("/search/?q=knee&page=2", fill_glossary, 8),
        ("/search/suggestions/?q=knee", fill_glossary, 5),
        ("/search/suggestions/?q=kneee", fill_glossary, 5),
        ("/sitemap.xml", fill_glossary, 8),
    ],
)
def test_queries_do_not_grow(
    client: Client, address: str, fill: Callable[[int], None], most: int
) -> None:
    # Where fewer races are found, the search asks besides what would give more.
    fill(4)
    few = count_queries(client, address)
    fill(20)
    many = count_queries(client, address)
    assert many == few
    assert many <= most


def test_the_dashboard_does_not_grow() -> None:
    membership = MembershipFactory()
    client = client_of(membership.user)
    owner = {"organizer": membership.organizer, "submitted_by": membership.user}
    SubmissionFactory(**owner)
    few = count_queries(client, "/organizers/")
    for _ in range(19):
        SubmissionFactory(**owner)
    assert count_queries(client, "/organizers/") == few


def test_a_draft_costs_little_more_the_more_its_page_holds(editor: User) -> None:
    desk = client_of(editor)
    # An editor opens a draft, saves one field of it, and somebody looks at its preview.
    bars = {"open": 75, "save": 120, "preview": 12}
    found = []
    for rows in (2, 20):
        fill_glossary(rows)
        Term.objects.update(draft=None)
        term = Term.objects.get(slug="it")
        address = form_of(term)
        counts = {}
        for body in ("First draft.", "Second draft."):
            with CaptureQueriesContext(connection) as queries:
                values = opened(desk, address)
            counts["open"] = len(queries)
            with CaptureQueriesContext(connection) as queries:
                response = desk.post(address, {**values, "body": body, "_draft": "x"})
            counts["save"] = len(queries)
            assert response.status_code == 302
        counts["preview"] = count_queries(Client(), shared_link(desk, term))
        found.append(counts)
    few, many = found
    # Each of the 18 more related terms is looked up by itself, in its own field.
    assert many["save"] - few["save"] <= 2 * 18
    assert many["open"] - few["open"] <= 3 * 18
    assert many["preview"] == few["preview"]
    assert few == {name: min(count, bars[name]) for name, count in few.items()}
