"""The public pages, with the date of the last change where one is known and true."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from glossary.models import Category, Term
from races.models import Race
from races.reading.whereabouts import worth_finding


class StartlineSitemap(Sitemap[Any]):
    def get_protocol(self, protocol: str | None = None) -> str:
        return str(urlsplit(settings.SITE_URL).scheme)

    def get_domain(self, site: Any = None) -> str:
        return str(urlsplit(settings.SITE_URL).netloc)


class Terms(StartlineSitemap):
    def items(self) -> Any:
        return Term.objects.published().order_by("slug").only("slug", "changed_on")

    def lastmod(self, term: Term) -> date:
        return term.changed_on


class Races(StartlineSitemap):
    def items(self) -> Any:
        return Race.objects.published().order_by("slug").only("slug", "updated_at")

    def lastmod(self, race: Race) -> datetime:
        return race.updated_at


class Places(StartlineSitemap):
    def items(self) -> Any:
        return worth_finding()


class Categories(StartlineSitemap):
    def items(self) -> Any:
        return Category.objects.shelves()


class Pages(StartlineSitemap):
    def items(self) -> list[str]:
        return [
            "home",
            "glossary:home",
            "glossary:a_to_z",
            "glossary:new",
            "races:search",
            "list_your_race",
            "about",
            "privacy",
        ]

    def location(self, name: str) -> str:
        return reverse(name)


SITEMAPS = {
    "pages": Pages,
    "categories": Categories,
    "terms": Terms,
    "races": Races,
    "places": Places,
}
