"""Rows for tests, valid unless a test says otherwise."""

import shutil
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

import factory
import frontmatter
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from glossary import models as glossary
from glossary.files import term_files
from glossary.files.loading import load_glossary
from organizers import models as organizers
from races import models as races
from races.files import race_files
from races.files.loading import load_races


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = glossary.Category
        django_get_or_create = ("slug",)

    name = "Training & Workouts"
    slug = "training-workouts"
    description = "The sessions themselves."


class HealthCategoryFactory(CategoryFactory):
    name = "Recovery & Injury"
    slug = "recovery-injury"
    is_health = True


class TermFactory(DjangoModelFactory):
    class Meta:
        model = glossary.Term

    title = factory.Sequence(lambda n: f"Word {n}")
    slug = factory.Sequence(lambda n: f"word-{n}")
    category = factory.SubFactory(CategoryFactory)
    definition = "A word of endurance sport, said plainly."
    body = "One paragraph about it."
    state = "published"
    first_published_at = factory.LazyAttribute(
        lambda term: (
            getattr(term, "publish_at", None) or timezone.now()
            if term.state == "published"
            else None
        )
    )
    changed_on = date(2026, 11, 1)


class RaceFactory(DjangoModelFactory):
    class Meta:
        model = races.Race

    name = factory.Sequence(lambda n: f"Race {n}")
    slug = factory.Sequence(lambda n: f"race-{n}")
    sport = "road-running"
    city = "Girona"
    country = "ES"
    website = "https://race.example/"
    state = "published"


class EditionFactory(DjangoModelFactory):
    class Meta:
        model = races.Edition

    race = factory.SubFactory(RaceFactory)
    start_date = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=60))
    end_date = factory.SelfAttribute("start_date")


class DistanceFactory(DjangoModelFactory):
    class Meta:
        model = races.Distance

    edition = factory.SubFactory(EditionFactory)
    name = "Marathon"
    metres = 42195


class UserFactory(DjangoModelFactory):
    class Meta:
        model = organizers.User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    # None that could be used, as for whoever signed up with a code.
    password = factory.LazyFunction(lambda: make_password(None))


class AuthenticatorFactory(DjangoModelFactory):
    """The app on somebody's phone."""

    class Meta:
        model = Authenticator
        django_get_or_create = ("user", "type")

    user = factory.SubFactory(UserFactory)
    type = Authenticator.Type.TOTP
    data = factory.LazyFunction(lambda: {"secret": get_adapter().encrypt("JBSWY3DPEHPK3PXP")})


class OrganizerFactory(DjangoModelFactory):
    class Meta:
        model = organizers.Organizer

    name = factory.Sequence(lambda n: f"Club {n}")
    plan = factory.LazyFunction(lambda: organizers.Plan.objects.get(slug="starter"))


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = organizers.Membership

    organizer = factory.SubFactory(OrganizerFactory)
    user = factory.SubFactory(UserFactory)


class SubmissionFactory(DjangoModelFactory):
    class Meta:
        model = organizers.Submission

    organizer = factory.SubFactory(OrganizerFactory)
    submitted_by = factory.SubFactory(UserFactory)
    values = factory.LazyFunction(lambda: submission_values())


def submission_values(**changes: str) -> dict[str, str]:
    """What a race director would type, as the form posts it."""
    return {
        "race-name": "Costa Brava Night Run",
        "race-sport": "road-running",
        "race-city": "Girona",
        "race-region": "Catalonia",
        "race-country": "ES",
        "race-website": "https://night.example/",
        "race-description": "Ten kilometres through the old town.",
        "edition-start_date": (timezone.localdate() + timedelta(days=90)).isoformat(),
        "edition-end_date": "",
        "edition-is_confirmed": "on",
        "edition-month": "",
        "edition-registration_url": "https://night.example/enter",
        "edition-registration_state": "open",
        "distance-TOTAL_FORMS": "1",
        "distance-INITIAL_FORMS": "0",
        "distance-0-name": "10K",
        "distance-0-length": "10",
        "distance-0-unit": "km",
        "distance-0-start_time": "21:30",
        "distance-0-cut_off": "1:30",
        "distance-0-price": "18.50",
        "distance-0-currency": "eur",
        **changes,
    }


def load_content(folder: Path, terms: Collection[str], race_slugs: Collection[str]) -> None:
    """Load some of the real words and races. A relation to a word that stays out is left out."""
    (folder / "terms").mkdir()
    (folder / "races").mkdir()
    shutil.copy(term_files.CONTENT / "categories.yaml", folder / "terms")
    for slug in terms:
        post = frontmatter.load(term_files.CONTENT / f"{slug}.md")
        post["related"] = [item for item in post["related"] if item["term"] in terms]
        frontmatter.dump(post, folder / "terms" / f"{slug}.md", sort_keys=False)
    for slug in race_slugs:
        shutil.copy(race_files.CONTENT / f"{slug}.md", folder / "races")
    load_glossary(folder / "terms")
    load_races(folder / "races")
