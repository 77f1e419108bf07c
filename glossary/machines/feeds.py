"""The Atom feed of what is new or changed."""

from datetime import date, datetime, time
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import escape, format_html_join
from django.utils.timezone import make_aware

from glossary.models import Term, TermQuerySet
from glossary.reading.news import is_new, new_and_changed
from web.addresses import absolute
from web.feeds import AtomWithContent, tag
from web.public_pages import public_data

ENTRIES = 30


class NewAndChanged(Feed[Term, None]):
    feed_type = AtomWithContent
    title = "Startline glossary: new and changed"
    subtitle = "Words of endurance sport in plain language."
    author_name = "Startline"
    language = "en-GB"

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().__call__(request, *args, **kwargs)
        # Its date is the day of the newest entry; public_data knows the moment.
        del response["Last-Modified"]
        return response

    # Whole addresses, or it would take the host that the request claims.
    def link(self) -> str:
        return absolute(reverse("glossary:new"))

    def feed_url(self) -> str:
        return absolute(reverse("glossary:feed"))

    def feed_guid(self) -> str:
        return tag("glossary")

    def items(self) -> TermQuerySet:
        return new_and_changed().for_cards()[:ENTRIES]

    def item_title(self, term: Term) -> str:
        return term.title

    def item_description(self, term: Term) -> str:
        return escape(term.definition)

    def item_link(self, term: Term) -> str:
        return absolute(term.get_absolute_url())

    def item_guid(self, term: Term) -> str:
        # By its number, which a new title or address leaves as it is.
        return tag(f"term/{term.pk}")

    def item_updateddate(self, term: Term) -> datetime:
        return start_of(term.changed_on)

    def item_pubdate(self, term: Term) -> datetime | None:
        return term.first_published_at

    def item_categories(self, term: Term) -> list[str]:
        return [term.category.name]

    def item_extra_kwargs(self, term: Term) -> dict[str, Any]:
        note = "New." if is_new(term) else term.change_note
        paragraphs = [(text,) for text in (note, term.definition) if text]
        return {"content": format_html_join("", "<p>{}</p>", paragraphs)}


def start_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))


feed = public_data(NewAndChanged())
