"""schema.org data for races, as Google reads events
(https://developers.google.com/search/docs/appearance/structured-data/event).

SportsEvent needs a true date: one that the organizer has confirmed, or that was the day of what
does not take place. Of any other nothing is claimed; the race itself is an EventSeries.
"""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from races.choices import DatePrecision, EventStatus, RegistrationState
from races.models import Edition, Race
from text.sentences import sentences
from web.addresses import absolute
from web.structured_data import Data, breadcrumbs, graph

STATUSES = {
    EventStatus.SCHEDULED: "EventScheduled",
    EventStatus.POSTPONED: "EventPostponed",
    EventStatus.RESCHEDULED: "EventRescheduled",
    EventStatus.CANCELLED: "EventCancelled",
    EventStatus.MOVED_ONLINE: "EventMovedOnline",
}
AVAILABLE = {
    RegistrationState.OPEN: "InStock",
    RegistrationState.SOLD_OUT: "SoldOut",
    RegistrationState.WAITING_LIST: "SoldOut",
    RegistrationState.NOT_OPEN: "PreOrder",
}


def race(race: Race, edition: Edition | None) -> Data:
    nodes = [
        breadcrumbs(("Races", reverse("races:search")), (race.name, race.get_absolute_url())),
        _series(race),
    ]
    if edition and (edition.is_confirmed or _was_a_day(edition)):
        nodes.append(_event(race, edition))
    return graph(*nodes)


def _was_a_day(edition: Edition) -> bool:
    return edition.is_off and edition.date_precision == DatePrecision.DAY


def _known(**values: Any) -> Data:
    return {name: value for name, value in values.items() if value}


def _about(race: Race) -> Data:
    """What is true of the race and of each of its editions."""
    first = sentences(race.description)[:1]
    name, website = race.organizer_name, race.website
    return {
        "name": race.name,
        "url": absolute(race.get_absolute_url()),
        "sport": race.get_sport_display(),
        "image": [absolute(reverse("races:share_picture", args=[race.slug]))],
        "location": _location(race),
        **_known(
            alternateName=race.latin_name,
            description=first[0] if first else "",
            organizer={"@type": "Organization", "name": name, **_known(url=website)}
            if name
            else None,
            sameAs=website,
        ),
    }


def _series(race: Race) -> Data:
    return {"@type": "EventSeries", "@id": _id(race), **_about(race)}


def _id(race: Race) -> str:
    return f"{absolute(race.get_absolute_url())}#series"


def _event(race: Race, edition: Edition) -> Data:
    status = EventStatus(edition.status)
    event: dict[str, Any] = {
        "@type": "SportsEvent",
        **_about(race),
        "superEvent": {"@id": _id(race)},
        "startDate": edition.start_date.isoformat(),
        "endDate": edition.end_date.isoformat(),
        "eventStatus": f"https://schema.org/{STATUSES[status]}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
    }
    if status == EventStatus.MOVED_ONLINE:
        event["eventAttendanceMode"] = "https://schema.org/OnlineEventAttendanceMode"
        event["location"] = {"@type": "VirtualLocation", "url": race.website or event["url"]}
    if edition.previous_start_date:
        event["previousStartDate"] = edition.previous_start_date.isoformat()
    if not edition.is_off and (offers := list(_offers(edition))):
        event["offers"] = offers
    return event


def _offers(edition: Edition) -> Iterator[Data]:
    """Of each distance the prices that can be had today, or will be."""
    state = edition.registration_state
    for distance in edition.distances.all():
        for tier in distance.price_tiers.all():
            if tier.valid_until is None or tier.valid_until >= edition.race.today:
                yield {
                    "@type": "Offer",
                    "name": f"{distance.name}: {tier.name}",
                    "price": f"{tier.amount:.2f}",
                    "priceCurrency": tier.currency,
                    **_known(
                        validFrom=tier.valid_from and tier.valid_from.isoformat(),
                        validThrough=tier.valid_until and tier.valid_until.isoformat(),
                        url=edition.registration_url,
                        availability=AVAILABLE.get(RegistrationState(state))
                        and f"https://schema.org/{AVAILABLE[RegistrationState(state)]}",
                    ),
                }


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
