"""The races of a country, a region of it, a sport there: /races/in/us/colorado/trail-running/."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify

from races.choices import Sport
from races.countries import country_names
from races.models import Distance, PriceTier
from races.search import days
from races.search.criteria import RaceSearch
from races.search.facets import BY_NAME
from races.search.index import Answer, Counts, RaceIndex, answer, present
from web.public_pages import public_page

# With fewer races a page is of use to whoever follows a link, and none to find from outside.
WORTH_FINDING = 5
SHOWN = 24
# “in the Netherlands”.
WITH_ARTICLE = {"AE", "BS", "CD", "CF", "CG", "DO", "GB", "GM", "MV", "NL", "PH", "US"}


@dataclass(frozen=True)
class Whereabouts:
    """A country, with a region or a sport or both."""

    country: str
    region: str = ""
    sport: str = ""

    @property
    def search(self) -> RaceSearch:
        return RaceSearch(
            country=(self.country,),
            region=(self.region,) if self.region else (),
            sport=(self.sport,) if self.sport else (),
        )

    @property
    def place(self) -> str:
        country = country_names()[self.country]
        if self.region:
            return f"{self.region}, {country}"
        return f"the {country}" if self.country in WITH_ARTICLE else country

    @property
    def heading(self) -> str:
        return f"{Sport(self.sport).label if self.sport else 'Races'} in {self.place}"

    def get_absolute_url(self) -> str:
        parts = filter(None, [self.country.lower(), slugify(self.region), self.sport])
        return reverse("races:in", args=["/".join(parts)])


def whereabouts_of(path: str, index: RaceIndex) -> Whereabouts | None:
    """What “us/colorado/trail-running” means; None where there is no such place or sport."""
    code, *rest = path.split("/")
    found = Whereabouts(code.upper())
    if found.country not in country_names() or code != code.lower():
        return None
    regions = {slugify(region): region for region in index.regions.get(found.country, ())}
    if rest and rest[0] in regions:
        found = replace(found, region=regions[rest.pop(0)])
    if rest and rest[0] in Sport.values:
        found = replace(found, sport=rest.pop(0))
    return None if rest else found


@public_page
def races_in(request: HttpRequest, path: str) -> HttpResponse:
    here = whereabouts_of(path, present())
    if here is None:
        raise Http404("No such place.")
    found = answer(here.search)
    context = {
        "here": here,
        "total": found.total,
        "months": _busiest(found.counts["when"]),
        "longest": _longest(found),
        "cheapest": _cheapest(found),
        "editions": found[:SHOWN],
        "query": here.search.to_query(),
        "narrower": list(_narrower(here, found.counts)),
        "is_worth_finding": found.total >= WORTH_FINDING,
    }
    return render(request, "races/in.html", context)


def _busiest(counts: dict[str, int]) -> list[tuple[str, int]]:
    """The months with most races, several each, at most three, in their order."""
    months = [(value, count) for value, count in counts.items() if count > 1 and days.month(value)]
    best = sorted(months, key=lambda row: -row[1])[:3]
    options = BY_NAME["when"].options()
    return [(options[value].label, count) for value, count in sorted(best)]


def _longest(found: Answer) -> Distance | None:
    """Nothing to compare where the longest is told by time or loops alone."""
    key = found.longest()
    public = Distance.objects.filter(edition__race__state="published")
    return public.select_related("edition__race").filter(pk__in=key).first()


def _cheapest(found: Answer) -> PriceTier | None:
    """Of the currency in which most entries are paid: two can't be compared."""
    key = found.cheapest()
    public = PriceTier.objects.filter(distance__edition__race__state="published")
    return public.select_related("distance__edition__race").filter(pk__in=key).first()


def _narrower(here: Whereabouts, counts: Counts) -> Iterator[tuple[str, int, str]]:
    """The pages below this one, with what they hold: sports, then regions."""
    below = []
    if not here.sport:
        below += [(replace(here, sport=sport.value), sport.label) for sport in Sport]
    if not here.region and not here.sport:
        below += [(replace(here, region=region), region) for region in sorted(counts["region"])]
    for page, label in below:
        count = counts["sport" if page.sport else "region"].get(page.sport or page.region)
        if count:
            yield label, count, page.get_absolute_url()


def worth_finding() -> list[Whereabouts]:
    """Those of the sitemap: countries, their regions and sports, with races enough."""
    found = []
    for country, count in answer(RaceSearch()).counts["country"].items():
        if count < WORTH_FINDING:
            continue
        here = Whereabouts(country)
        counts = answer(here.search).counts
        found.append(here)
        found += [
            replace(here, region=region)
            for region, many in sorted(counts["region"].items())
            if many >= WORTH_FINDING
        ]
        found += [
            replace(here, sport=sport)
            for sport, many in counts["sport"].items()
            if many >= WORTH_FINDING
        ]
    return found
