"""The races of a search as an Atom feed (RFC 4287): what is new or has changed comes first."""

from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from races.machines.asked import Asked, of_a_search
from races.models import Edition
from races.search.cards import cards
from races.templatetags.race_tags import date_in_words, in_a_line
from web.addresses import absolute
from web.feeds import AtomWithContent, tag

ENTRIES = 50
# Of those that come soonest: whoever finds more than these asks for less.
AMONG = 1_000


class RacesOf(Feed[Edition, Asked]):
    feed_type = AtomWithContent
    author_name = "Startline"
    language = "en-GB"

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().__call__(request, *args, **kwargs)
        # Its date is that of the newest entry; public_data knows when one was taken away.
        response.headers.pop("Last-Modified", None)
        return response

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Asked:
        asked: Asked = kwargs["asked"]
        return asked

    def title(self, asked: Asked) -> str:
        return f"Startline: {asked.title}"

    def subtitle(self, asked: Asked) -> str:
        return f"{asked.found.total:,} races fit. The {ENTRIES} that changed last come first."

    # Whole addresses, or it would take the host that the request claims.
    def link(self, asked: Asked) -> str:
        return asked.page

    def feed_url(self, asked: Asked) -> str:
        return asked.elsewhere("search_feed")

    def feed_guid(self, asked: Asked) -> str:
        return tag(f"races?{asked.search.to_query()}")

    def items(self, asked: Asked) -> list[Edition]:
        of_these = Edition.objects.published().filter(pk__in=asked.found.keys(0, AMONG))
        newest = of_these.order_by("-race__updated_at", "pk").values_list("pk", flat=True)
        return cards(list(newest[:ENTRIES]))

    def item_title(self, edition: Edition) -> str:
        return f"{edition.race.full_name}, {date_in_words(edition)}"

    def item_description(self, edition: Edition) -> str:
        return in_a_line(edition)

    def item_link(self, edition: Edition) -> str:
        return absolute(edition.race.get_absolute_url())

    def item_guid(self, edition: Edition) -> str:
        return tag(f"edition/{edition.pk}")

    def item_updateddate(self, edition: Edition) -> datetime:
        return edition.race.updated_at

    def item_pubdate(self, edition: Edition) -> datetime | None:
        return edition.race.first_published_at

    def item_categories(self, edition: Edition) -> list[str]:
        return [edition.race.get_sport_display()]

    def item_extra_kwargs(self, edition: Edition) -> dict[str, Any]:
        lengths = ", ".join(distance.name for distance in edition.distances.all())
        said = (edition.race.location, in_a_line(edition), lengths)
        return {"content": format_html("<p>{}</p><p>{}</p><p>{}</p>", *said)}


feed = RacesOf()


@of_a_search()
def search(request: HttpRequest, asked: Asked) -> HttpResponse:
    response = feed(request, asked=asked)
    response["X-Robots-Tag"] = "noindex"
    return response
