"""How races are said: dates with their certainty, lengths, times. And races for a term's page."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from races.choices import DatePrecision, EventStatus
from races.models import Distance, Edition, Race
from races.search.criteria import RaceSearch
from races.search.near import KM_IN
from web import content_version
from web.content_version import Version

register = template.Library()

METRES_IN_A_MILE = 1609.344
OFFERED = 3


@register.filter
def when(edition: Edition) -> SafeString:
    """“Monday 19 April 2027”, “18–20 June 2027”, “April 2027”, in a time element."""
    formats = {
        DatePrecision.YEAR: "%Y",
        DatePrecision.MONTH: "%Y-%m",
        DatePrecision.DAY: "%Y-%m-%d",
    }
    machine = edition.start_date.strftime(formats[DatePrecision(edition.date_precision)])
    return format_html('<time datetime="{}">{}</time>', machine, edition.date_in_words)


@register.filter
def date_block(edition: Edition) -> SafeString:
    """The day as a block. Its frame says how sure it is, as do the words beside it."""
    is_day = edition.date_precision == DatePrecision.DAY
    first = edition.start_date if is_day else edition.expected_on
    if first is None:
        kind, month = "month", "" if edition.date_precision == DatePrecision.YEAR else "F"
        above, large = "", date_format(edition.start_date, month) if month else "?"
        below, machine = f"{edition.start_date:%Y}", f"{edition.start_date:%Y-%m}"
    else:
        kind = "confirmed" if edition.confirmed_on else "announced" if is_day else "expected"
        last = edition.end_date if is_day else first
        above = date_format(first, "D") if first == last else f"{first:%a}–{last:%a}"
        large = str(first.day) if first == last else f"{first.day}–{last.day}"
        below, machine = date_format(first, "M Y"), first.isoformat()
    return format_html(
        '<time class="day day--{}" datetime="{}"><span>{}</span> <b>{}</b> <span>{}</span></time>',
        kind,
        machine,
        above,
        large,
        below,
    )


@register.filter
def away(km: float, unit: str) -> str:
    """“96 km away”, “60 mi away”."""
    length = km / KM_IN[unit or "km"]
    return f"{length:.0f} {unit or 'km'} away" if length >= 1 else "right there"


@register.filter
def certainty(edition: Edition) -> str:
    """How sure the date is, in a few words that make no promise."""
    if edition.is_off:
        return "Does not take place" if edition.is_cancelled else "A new date is not known yet"
    if edition.confirmed_on:
        confirmed = date_format(edition.confirmed_on, "j F Y")
        return f"Confirmed by the organizer on {confirmed}"
    if edition.date_precision == DatePrecision.DAY:
        return "Not yet confirmed by the organizer"
    if edition.date_precision == DatePrecision.YEAR:
        return "Month not yet known"
    race, doubt = edition.race, "not yet confirmed"
    if edition.start_date <= timezone.localdate() <= edition.end_date:
        # Nobody has told us the day, and the month has begun.
        doubt = "may be over"
    if race.usual_rule:
        return f"Usually {race.usual_rule}, {doubt}"
    if race.usual_month == edition.start_date.month:
        return f"Usually {edition.start_date:%B}, {doubt}"
    return f"Day not known, {doubt}"


@register.filter
def in_a_line(edition: Edition) -> str:
    """“Sun 16 May 2027. Moved from 9 May 2027: the bridge is closed. Not yet confirmed ...”"""
    said = [edition.date_in_words]
    if edition.status == EventStatus.RESCHEDULED and edition.previous_start_date:
        said.append(f"Moved from {date_format(edition.previous_start_date, 'j F Y')}")
    elif edition.status != EventStatus.SCHEDULED:
        said.append(edition.get_status_display())
    if edition.status_note:
        said[-1] += f": {edition.status_note.rstrip('.')}"
    if not edition.is_cancelled:
        said.append(certainty(edition))
    return ". ".join(said) + "."


@register.filter
def registration(edition: Edition) -> str:
    """“open, until 1 January 2027”; empty when nothing is known. A day that has passed decides."""
    opens, closes = edition.registration_opens_on, edition.registration_closes_on
    today = timezone.localdate()
    if closes and closes < today:
        return f"closed on {date_format(closes, 'j F Y')}"
    if opens and opens > today:
        return f"opens on {date_format(opens, 'j F Y')}"
    known = edition.get_registration_state_display().lower() if edition.registration_state else ""
    until = f"until {date_format(closes, 'j F Y')}" if closes else ""
    return ", ".join(part for part in (known, until) if part)


@register.filter
def length_in_words(distance: Distance) -> str:
    """“42.2 km (26.2 mi)”, “24 hours”, “loops of 6.7 km (4.17 mi), one every hour”."""
    if distance.minutes:
        return duration(distance.minutes)
    if distance.loop_metres:
        return f"loops of {_both(distance.loop_metres)}"
    return _both(distance.metres or 0)


def _both(metres: int) -> str:
    if metres < 1000:
        return f"{metres} m ({metres * 1.0936:.0f} yd)"
    return f"{short(metres / 1000)} km ({short(metres / METRES_IN_A_MILE)} mi)"


def short(number: float) -> str:
    """“26.2”, “100”: as exact as anyone needs to know."""
    rounded = round(Decimal(number), 0 if number >= 100 else 1)
    return f"{rounded:f}".removesuffix(".0")


@register.filter
def duration(minutes: int) -> str:
    """“24 hours”, “7 h 30 min”."""
    hours, rest = divmod(minutes, 60)
    if not rest:
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


@register.filter
def climb(metres: int) -> str:
    return f"{metres:,} m ({metres * 3.28084:,.0f} ft)"


@register.simple_tag
def races_for(race_query: str) -> dict[str, object]:
    """Up to three upcoming races that fit a saved search, else the soonest of all.

    Gives `editions`, and `query`: the search they came from, empty when it led to nothing.
    """
    return _races_for(race_query, timezone.localdate(), content_version.current())


# Many words share a search. Found once for all of them, it is half the work of a word's page.
@lru_cache(maxsize=64)
def _races_for(race_query: str, today: date, version: Version) -> dict[str, object]:
    search = RaceSearch.from_query(race_query)
    editions = list(search.editions().surely_ahead().for_cards()[:OFFERED])
    if not editions and search.is_filtered:
        search = RaceSearch()
        editions = list(search.editions().surely_ahead().for_cards()[:OFFERED])
    return {"editions": editions, "query": search.to_query()}


@register.filter
def map_link(race: Race) -> str:
    """The start on OpenStreetMap, which every browser can open."""
    place = f"{race.latitude:.4f}/{race.longitude:.4f}"
    marker = f"mlat={race.latitude:.4f}&mlon={race.longitude:.4f}"
    return f"https://www.openstreetmap.org/?{marker}#map=13/{place}"


@register.filter
def map_app_link(race: Race) -> str:
    """The geo: address of the start, which a phone opens in its own map (RFC 5870)."""
    return f"geo:{race.latitude:.4f},{race.longitude:.4f}"
