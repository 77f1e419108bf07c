"""Rows and files for tests, valid unless a test says otherwise."""

import gzip
import shutil
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import factory
import frontmatter
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db.models import Model
from django.utils import timezone
from factory.django import DjangoModelFactory

from glossary import models as glossary
from glossary.files import term_files
from glossary.files.loading import load_glossary
from glossary.parts import PARTS
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


class CourseFactory(DjangoModelFactory):
    """One that was read: up a hill to the north, with a checkpoint half-way."""

    class Meta:
        model = races.Course

    distance = factory.SubFactory(DistanceFactory)
    file = gzip.compress(b"<gpx></gpx>")
    metres = 11_120
    ascent_metres = 300
    descent_metres = 0
    highest_metres = 800
    lowest_metres = 500
    steepest_from = 5000
    steepest_rise = 90
    line = factory.LazyFunction(lambda: [[[46, 7], [46.05, 7.01], [46.1, 7]]])
    profile = factory.LazyFunction(lambda: [500, 520, 700, 800])
    waypoints = factory.LazyFunction(
        lambda: [{"name": "CP1, cut-off 14:30", "metres": 5560, "at": [46.05, 7.01]}]
    )


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


TERM = """---
title: Runner's Knee
category: recovery-injury
definition: A dull ache around the kneecap.
aliases:
  - {name: PFPS, kind: abbreviation}
race_query: sport=road-running
key_facts:
  - headline: In front
    detail: The ache sits behind the kneecap.
    source: 1
tips:
  - Do wall sits.
faqs:
  - question: May I run?
    answer: Gently.
related: []
sources:
  - {title: A study, url: "https://study.example/"}
care_advice:
  - {level: self-care, text: Rest a little.}
changed_on: 2026-11-01
---
It aches when you sit.[^1]
"""


CATEGORIES = """
- slug: recovery-injury
  name: Recovery & Injury
  description: Aches.
  is_health: true
"""


RACE = """---
name: Boston Marathon
sport: road-running
city: Hopkinton
country: US
latitude: 42.2297
longitude: -71.5184
website: https://www.baa.org/
usual_month: 4
usual_rule: third Monday of April
distances:
  - name: Marathon
    metres: 42195
sources:
  - {title: A page, url: "https://source.example/"}
---
Point to point.
"""


# What is wrong in a text, and what the form says of it, and the import too.
BAD_BODIES = [
    ("A claim.[^1]", "There is no source 1 to cite: the page has no source."),
    ("A claim.[^a]", "“[^a]” cites nothing"),
    ("A claim.[^100]", "“[^100]” cites nothing"),
    ("[here](#tips)", "“#tips” is no place on this page. It has #confused, #next-event"),
    ("[here](#key-facts)", "“#key-facts” is no place on this page."),
    ("[here](#care)", "“#care” is no place on this page."),
    ("[here](/glossary/nowhere/)", "There is no page at /glossary/nowhere/."),
    ("[here](/glossary/gone/)", "The page /glossary/gone/ was removed."),
    ("[here](/races/nowhere/)", "There is no page at /races/nowhere/."),
    ("[here](/no/such/)", "There is no page at /no/such/."),
    ("[here](/static/css/nothing.css)", "There is no page at /static/css/nothing.css."),
    ("[here](https://startline.example/glossary/nowhere/)", "There is no page at"),
    ("[here][1]\n\n[1]: /glossary/nowhere/", "There is no page at"),
    ("[here](/admin/)", "/admin/ opens for staff alone."),
    ("[here](javascript:alert(1))", "A “javascript:” link is not shown"),
    ("[here](data:text/html,x)", "A “data:” link is not shown"),
    ("[here](ftp://old.example/)", "A “ftp:” link is not shown"),
    ("[here](nowhere)", "“nowhere” is not a whole address"),
    ("[here](../nowhere/)", "“../nowhere/” is not a whole address"),
    ("[here](//other.example/)", "“//other.example/” is not a whole address"),
    ("[here]()", "“” is not a whole address"),
    ("[here](https://)", "“https://” is not a whole address"),
]  # fmt: skip

# What is not content: keys of rows, places in an order, bookkeeping, what is made from the rest.
NOT_CONTENT = {"id", "position", "loaded_digest", "updated_at", "created_at", "search"}


def content(model: type[Model], row: Model) -> dict[str, Any]:
    """A row by its values, with the rows that it points to by their names."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.name not in NOT_CONTENT:
            value = getattr(row, field.name)
            values[field.name] = str(value) if isinstance(value, Model) else value
    return values


def everything() -> dict[str, list[dict[str, Any]]]:
    """All that the glossary holds: lists of rows, ordered as the site orders them."""
    tables: dict[str, list[dict[str, Any]]] = {
        model.__name__: [content(model, row) for row in model._default_manager.all()]
        for model in (glossary.Category, glossary.Term, glossary.FormerAddress)
    }
    for model in [part.model for part in PARTS]:
        rows = model._default_manager.order_by("term__slug", *model._meta.ordering)
        tables[model.__name__] = [content(model, row) for row in rows]
    return tables


def fill(*rows: Model) -> None:
    """Save as the admin does: cleaned first."""
    for row in rows:
        row.full_clean()
        row.save()


def awkward() -> glossary.Term:
    """A term with everything in it that is hard to write down."""
    term = TermFactory.build(
        title="No: “yes” #1 & {10%}",
        slug="no",
        category=HealthCategoryFactory(),
        definition="- It begins like a list: and has “quotes”, 'quotes', \"quotes\" # and no end.",
        body="---\n\ntitle: not this\n---\n\n    code\n\nlast  \nline 🏃 שלום\u200f\r\nend\n\n\n",
        state="draft",
        publish_at=datetime(2027, 1, 2, 3, 4, 5, 678, UTC),
        first_published_at=datetime(2025, 1, 1, tzinfo=UTC),
        link_title=False,
        no_urgent_level=True,
        unlinked_words=["pace", "1", "a: b"],
        reviewed_by="Dr. Ána, MD",
        reviewed_on=date(2026, 1, 1),
        change_note="~",
    )
    fill(term)
    other = TermFactory(
        title="Null", slug="null", first_published_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    first = glossary.Source(
        term=term, title="@home", url="https://a.example/?a=1&b=#c", position=20
    )
    second = glossary.Source(
        term=term, title="2019", url="https://b.example/", year=2019, position=10
    )
    fill(first, second)
    fill(
        glossary.KeyFact(term=term, headline="Three", detail="  - x: y\n  - z  ", position=30),
        glossary.KeyFact(
            term=term, headline="One", detail="Of 5 | 7 > 3", source=first, position=10
        ),
        glossary.KeyFact(term=term, headline="Two", detail="no", source=second, position=20),
        glossary.Tip(term=term, text="a: >-\n" + "b " * 120, position=2),
        glossary.Tip(term=term, text="1.0", position=1),
        glossary.FAQ(term=term, question="?", answer="word  two spaces " + "long " * 40),
        glossary.FAQ(term=term, question="a: >-", answer="# " + "long " * 40, position=1),
        glossary.RelatedTerm(term=term, other=other, kind="often-confused", note="a, b; c}"),
        glossary.CareAdvice(term=term, level="emergency", text="[go]\n\n\tnow", position=1),
        glossary.CareAdvice(term=term, level="self-care", text="`rest`", position=2),
        glossary.Alias(term=term, name="zulu, {brace}", never_link=True),
        glossary.Alias(term=term, name="yes", kind="abbreviation"),
        glossary.Alias(term=term, name="1:30", kind="misspelling"),
        glossary.Alias(term=term, name="sore: legs", kind="symptom"),
        glossary.FormerAddress(slug="on", term=term),
        glossary.FormerAddress(slug="1e3", term=None),
        glossary.FormerAddress(slug="off", term=None),
    )
    return term


def submission_in(state: str, **values: Any) -> organizers.Submission:
    submission: organizers.Submission = SubmissionFactory(
        state=state, submitted_at="2026-11-01T09:00Z", **values
    )
    submission.refresh_from_db()
    return submission


def pending(**changes: str) -> organizers.Submission:
    return submission_in("pending", values=submission_values(**changes))
