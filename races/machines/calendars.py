"""Races as calendars (RFC 5545): a search to subscribe to, and one edition to take along.

All of them are days, no hours: a day is the same in every zone, and a phone that is somewhere else
shows the race on the right one. When the gun goes stands in the words.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from icalendar import Calendar, Event, vDuration

from races.choices import Certainty
from races.machines.asked import Asked, of_a_search
from races.models import Distance, Edition
from races.search.cards import cards
from races.search.kept import kept, keys_in
from races.templatetags.race_tags import in_a_line, length_in_words
from web.addresses import absolute
from web.json import for_programs
from web.public_pages import public_data, reads

# As many as calendar programs bear, and a page is made of within a second.
MOST = 500
DATED = (Certainty.CONFIRMED, Certainty.PROVISIONAL, Certainty.EXPECTED)
LOOK_AGAIN = timedelta(hours=12)
STATUSES = {Certainty.CONFIRMED: "CONFIRMED"}
# What a calendar shows of an event is its summary: what is no fact says so there.
DOUBTS = {Certainty.PROVISIONAL: " (not yet confirmed)", Certainty.EXPECTED: " (expected)"}


@of_a_search()
def search(request: HttpRequest, asked: Asked) -> HttpResponse:
    editions, dated = _dated(asked)
    events = [_event(edition) for edition in editions if edition.days]
    said = [asked.page]
    if dated > len(editions):
        said.insert(0, f"These are the first {MOST} of {dated:,}.")
    if without := asked.found.total - dated + len(editions) - len(events):
        said.insert(0, f"{without:,} more fit, of which the day is not known.")
    calendar = _calendar(asked.title, events)
    for name in ("description", "x-wr-caldesc"):
        calendar.add(name, " ".join(said))
    calendar.add("url", asked.page)
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(LOOK_AGAIN))
    return _response(calendar, "races")


def _dated(asked: Asked) -> tuple[list[Edition], int]:
    """The first of those that have a day, or one that is expected, and how many there are."""
    chosen = asked.found.search.certainty
    certainty = tuple(each for each in DATED if each in chosen or not chosen)
    if not certainty:
        return [], 0
    found = asked.found.of(replace(asked.found.search, certainty=certainty, sort=""))
    return found.cards(0, MOST), found.total


@for_programs(public_data)
def edition(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    for found in cards([key]):
        if found.race.slug == slug and found.days:
            return _response(_calendar(found.race.name, [_event(found)]), slug)
    raise Http404


@reads("races")
@for_programs(public_data)
def my_list(request: HttpRequest) -> HttpResponse:
    """The races of a list, of which a day is known or expected."""
    editions = kept(keys_in(request.GET.get("races", ""))).editions
    events = [_event(edition) for edition in editions if edition.days]
    return _response(_calendar("My races", events), "my-races")


def _calendar(name: str, events: Iterable[Event]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//Startline//{urlsplit(settings.SITE_URL).hostname}//EN")
    calendar.add("version", "2.0")
    # RFC 7986 has names for these; what is older knows the others.
    for key in ("name", "x-wr-calname"):
        calendar.add(key, name)
    for event in events:
        calendar.add_component(event)
    return calendar


def _event(edition: Edition) -> Event:
    assert edition.days  # noqa: S101 - asked before
    (first, last), race = edition.days, edition.race
    page = absolute(race.get_absolute_url())
    event = Event()
    event.add("uid", f"edition-{edition.pk}@{urlsplit(settings.SITE_URL).hostname}")
    # Without a METHOD it is when the event was last revised.
    event.add("dtstamp", race.updated_at)
    event.add("last-modified", race.updated_at)
    event.add("sequence", edition.sequence)
    event.add("dtstart", first)
    # The first day that it is over.
    event.add("dtend", last + timedelta(days=1))
    event.add("summary", _summary(edition))
    is_on = not edition.is_off
    event.add("status", STATUSES.get(edition.certainty, "TENTATIVE") if is_on else "CANCELLED")
    # Nobody is busy because of a race that they look at.
    event.add("transp", "TRANSPARENT")
    event.add("location", race.location)
    if race.latitude is not None:
        event.add("geo", (race.latitude, race.longitude))
    event.add("categories", [race.get_sport_display()])
    event.add("description", "\n".join(_description(edition, page)))
    event.add("url", page)
    return event


def _summary(edition: Edition) -> str:
    if edition.is_off:
        return f"{edition.get_status_display()}: {edition.race.full_name}"
    return edition.race.full_name + DOUBTS.get(edition.certainty, "")


def _description(edition: Edition, page: str) -> Iterable[str]:
    yield in_a_line(edition)
    if not edition.is_off:
        yield from map(_distance, edition.distances.all())
    yield f"What we know, and since when: {page}"


def _distance(distance: Distance) -> str:
    said = f"{distance.name}: {length_in_words(distance)}"
    return f"{said}, start at {distance.start_time:%H:%M}" if distance.start_time else said


def _response(calendar: Calendar, name: str) -> HttpResponse:
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response
