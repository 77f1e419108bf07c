"""How races are said: dates with their certainty, lengths, times. And races for a term's page."""

from decimal import Decimal
from functools import cache
from urllib.parse import urlsplit

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from races.choices import Certainty, DatePrecision, EventStatus
from races.models import Distance, Edition, PriceTier, Race
from races.models.editions import days_in_words
from races.search.criteria import RaceSearch
from races.search.near import KM_IN
from races.search.saved import races_for

register = template.Library()

METRES_IN_A_MILE = 1609.344


@register.filter
def when(edition: Edition) -> SafeString:
    """“Mon 19 April 2027”, “Sun 10 Oct 2027, expected”, “May 2027, day not known yet”, each in the
    look of how sure that is; without one what is over or does not take place.
    """
    words, doubt = _date_and_doubt(edition)
    said = format_html(
        '<time datetime="{}">{}</time>{}', _machine(edition), words, doubt and f", {doubt}"
    )
    if not (doubt or edition.is_confirmed) or edition.is_over:
        return said
    look = "open" if edition.may_be_over else edition.certainty
    return format_html('<span class="when when--{}">{}</span>', look, said)


def _machine(edition: Edition) -> str:
    """A day that is only expected is told to people, and to no machine."""
    formats = {
        DatePrecision.YEAR: "%Y",
        DatePrecision.MONTH: "%Y-%m",
        DatePrecision.DAY: "%Y-%m-%d",
    }
    return edition.start_date.strftime(formats[DatePrecision(edition.date_precision)])


def date_in_words(edition: Edition) -> str:
    """The same as plain text: “Sun 10 Oct 2027, expected”."""
    return ", ".join(filter(None, _date_and_doubt(edition)))


def _date_and_doubt(edition: Edition) -> tuple[str, str]:
    words, found = edition.date_in_words, edition.expectation
    if edition.is_off or edition.is_over or edition.is_confirmed:
        return words, ""
    if found:
        words = f"{'about ' * found.is_about}{days_in_words(found.first, found.last, 'M')}"
    if edition.may_be_over:
        return words, "may be over"
    if edition.date_precision == DatePrecision.DAY:
        return words, "provisional"
    return words, "expected" if found else f"{_unknown(edition)} not known yet"


def _unknown(edition: Edition) -> str:
    return "day" if edition.date_precision == DatePrecision.MONTH else "month"


@register.filter
def date_block(edition: Edition) -> SafeString:
    """The day as a block. Its frame says how sure it is, as do the words beside it."""
    found = edition.expectation
    first, last = (found.first, found.last) if found else (edition.start_date, edition.end_date)
    above, large = f"{first:%a}", str(first.day)
    if edition.certainty == Certainty.OPEN:
        is_month = edition.date_precision == DatePrecision.MONTH
        above, large = "", f"{first:%b}" if is_month else "?"
    elif first != last:
        above, large = f"{first:%a}–{last:%a}", f"{first.day}–{last.day}"
    return format_html(
        '<time class="day day--{}" datetime="{}"><span>{}</span> <b>{}</b> <span>{}</span></time>',
        Certainty.OPEN if edition.may_be_over else edition.certainty,
        _machine(edition),
        above,
        large,
        f"{first:%Y}" if edition.certainty == Certainty.OPEN else f"{first:%b %Y}",
    )


@register.filter
def both_names(race: Race) -> SafeString:
    """In its own script, and in Latin letters if that is another."""
    if not race.latin_name:
        return format_html("{}", race.name)
    return format_html(
        '<bdi>{}</bdi> <span class="latin-name">{}</span>', race.name, race.latin_name
    )


ROW = """\
<article class="race-row{}">
  {}
  <div class="race-row__what">
    <{tag} class="race-row__name"><a href="{}">{}</a></{tag}>
    <p class="race-row__where">{}{}</p>
    <ul class="chips" aria-label="Sport and distances">
      <li class="chip chip--sport">{}</li>
      {}
    </ul>
  </div>
  <p class="race-row__certainty">{}</p>
</article>"""
CHIPS = 4


@register.simple_tag
def race_row(edition: Edition, unit: str = "", heading: str = "h3") -> SafeString:
    """A race in a list, of rows as races.search.cards reads them; `unit` is that of the search.

    No template: a page shows two dozen, and each would take as long as the search itself.
    """
    race, km = edition.race, getattr(edition, "away_km", None)
    distances = [distance.name for distance in edition.distances.all()]
    chips = distances[:CHIPS] + ["and more"] * (len(distances) > CHIPS)
    return format_html(
        ROW,
        " race-row--off" if edition.is_cancelled else "",
        date_block(edition),
        race.get_absolute_url(),
        both_names(race),
        race.location,
        "" if km is None else format_html(" <strong>{}</strong>", away(km, unit)),
        race.get_sport_display(),
        format_html_join("", '<li class="chip">{}</li>', ((name,) for name in chips)),
        _certainty_of_a_row(edition),
        tag=heading,
    )


def _certainty_of_a_row(edition: Edition) -> SafeString:
    said = certainty(edition) + (f". {since}" if (since := unseen(edition)) else "")
    # As registration() has it, for which a day that has passed decides.
    is_open = registration(edition).split(",")[0] == "open"
    return format_html(
        "{}{}{}{}",
        ""
        if edition.status == EventStatus.SCHEDULED
        else format_html('<strong class="flag">{}</strong> ', edition.get_status_display()),
        SafeString("<strong>May be over.</strong> " if edition.may_be_over else ""),
        said,
        SafeString("<br>Entry open" if is_open and not edition.is_off else ""),
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
    race, doubt = edition.race, "not yet confirmed"
    if race.usual_rule:
        return f"Usually {race.usual_rule}, {doubt}"
    if race.usual_month and race.usual_month == edition.start_date.month:
        return f"Usually {edition.start_date:%B}, {doubt}"
    return doubt.capitalize()


@register.filter
def how_sure(edition: Edition) -> str:
    """The same in a word: “Confirmed”, “Expected”, “Day not known yet”."""
    if edition.is_off:
        return certainty(edition)
    return _date_and_doubt(edition)[1].capitalize() or "Confirmed"


@register.filter
def unseen(edition: Edition) -> str:
    """“Not checked since March 2026”, once that is a year ago."""
    since = edition.unseen_since
    return f"Not checked since {since:%B %Y}" if since else ""


@register.filter
def in_a_line(edition: Edition) -> str:
    """“Sun 16 May 2027. Moved from 9 May 2027: the bridge is closed. Not yet confirmed ...”,
    “Sun 10 Oct 2027, expected (second Sunday of October). Not yet confirmed.”
    """
    words, doubt = _date_and_doubt(edition)
    is_day = edition.date_precision == DatePrecision.DAY
    said = [words if is_day or not doubt else f"{words}, {doubt}"]
    if edition.expectation:
        said[-1] += f" ({edition.race.usual_rule})"
    if edition.status == EventStatus.RESCHEDULED and edition.previous_start_date:
        said.append(f"Moved from {date_format(edition.previous_start_date, 'j F Y')}")
    elif edition.status != EventStatus.SCHEDULED:
        said.append(edition.get_status_display())
    if edition.status_note:
        said[-1] += f": {edition.status_note.rstrip('.')}"
    if edition.expectation:
        said.append("Not yet confirmed")
    elif not edition.is_cancelled:
        said.append(certainty(edition))
    return ". ".join(said) + "."


@register.filter
def registration(edition: Edition) -> str:
    """“open, until 1 January 2027”; empty when nothing is known. A day that has passed decides."""
    opens, closes = edition.registration_opens_on, edition.registration_closes_on
    today = edition.race.today
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
        return f"loops of {metres_in_words(distance.loop_metres)}"
    return metres_in_words(distance.metres or 0)


@register.filter
def metres_in_words(metres: int) -> str:
    """“42.2 km (26.2 mi)”, “750 m (820 yd)”."""
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


@register.filter
def money(tier: PriceTier) -> str:
    """“60 EUR”, “60.50 EUR”, “free”."""
    if not tier.amount:
        return "free"
    return f"{tier.amount:.2f}".removesuffix(".00") + f" {tier.currency}"


@register.filter
def next_price(distance: Distance) -> str:
    """“75 EUR from 1 March 2027”, once a price is known that begins later, where the race is."""
    today = distance.edition.race.today
    for tier in distance.price_tiers.all():
        if tier.valid_from and tier.valid_from > today:
            return f"{money(tier)} from {date_format(tier.valid_from, 'j F Y')}"
    return ""


@register.filter
def is_over(tier: PriceTier) -> bool:
    """Whether the price can't be had any more where the race is."""
    return tier.valid_until is not None and tier.valid_until < tier.distance.edition.race.today


register.simple_tag(races_for)


@register.filter
def address(search: RaceSearch, shown: str = "") -> str:
    """Of the page of a race search; `shown` is how, “view=map”, or empty for the list."""
    return address_of(search.to_query(), shown)


def address_of(query: str, shown: str = "") -> str:
    query = "&".join(filter(None, [query, shown]))
    return f"{_searches()}?{query}" if query else _searches()


@cache
def _searches() -> str:
    return reverse("races:search")


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


@register.filter
def host(url: str) -> str:
    """“baa.org”: where a link leads, in a word."""
    return urlsplit(url).netloc.removeprefix("www.")
