"""schema.org data for races. SportsEvent needs a true date: one that the organizer has confirmed,
or that was the day of what does not take place. Of any other nothing is claimed.
"""

from typing import Any

from django.urls import reverse

from races.choices import DatePrecision, EventStatus
from races.models import Edition, Race
from web.addresses import absolute
from web.structured_data import Data, breadcrumbs, graph

STATUSES = {
    EventStatus.SCHEDULED: "EventScheduled",
    EventStatus.POSTPONED: "EventPostponed",
    EventStatus.RESCHEDULED: "EventRescheduled",
    EventStatus.CANCELLED: "EventCancelled",
    EventStatus.MOVED_ONLINE: "EventMovedOnline",
}


def race(race: Race, edition: Edition | None) -> Data:
    nodes = [
        breadcrumbs(("Races", reverse("races:search")), (race.name, race.get_absolute_url())),
    ]
    if edition and (edition.is_confirmed or _was_a_day(edition)):
        nodes.append(_event(race, edition))
    return graph(*nodes)


def _was_a_day(edition: Edition) -> bool:
    return edition.is_off and edition.date_precision == DatePrecision.DAY


def _event(race: Race, edition: Edition) -> Data:
    event: dict[str, Any] = {
        "@type": "SportsEvent",
        "name": race.name,
        "url": absolute(race.get_absolute_url()),
        "sport": race.get_sport_display(),
        "startDate": edition.start_date.isoformat(),
        "endDate": edition.end_date.isoformat(),
        "eventStatus": f"https://schema.org/{STATUSES[EventStatus(edition.status)]}",
        "location": _location(race),
    }
    if race.latin_name:
        event["alternateName"] = race.latin_name
    if race.organizer_name:
        event["organizer"] = {"@type": "Organization", "name": race.organizer_name}
    if edition.previous_start_date:
        event["previousStartDate"] = edition.previous_start_date.isoformat()
    if race.website:
        event["sameAs"] = race.website
    return event


def _location(race: Race) -> Data:
    address = {
        "@type": "PostalAddress",
        "addressLocality": race.city,
        "addressRegion": race.region,
        "addressCountry": race.country,
    }
    location: Data = {
        "@type": "Place",
        "name": race.location,
        "address": {key: value for key, value in address.items() if value},
    }
    if race.latitude is not None:
        location["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": race.latitude,
            "longitude": race.longitude,
        }
    return location
