"""What the page of a race says of one fact, in a few words: what is found wrong is kept with it."""

from collections.abc import Callable, Iterator

from django.utils.text import Truncator

from organizers.models import Report
from organizers.models.reports import SAID_LENGTH
from races.models import Edition, Race
from races.templatetags.race_tags import in_a_line, length_in_words, registration

UNKNOWN = "unknown"
About = Report.About


def shown_edition(race: Race) -> Edition | None:
    """That which the page shows, of a race read by for_race_page()."""
    return race.next_edition() or max(
        race.editions.all(), key=lambda edition: edition.start_date, default=None
    )


def said(race: Race, about: str) -> str:
    """Empty where it is nothing in particular."""
    text = SAYS[About(about)](race, shown_edition(race)) if about != About.OTHER else ""
    return Truncator(text).chars(SAID_LENGTH)


def _date(race: Race, edition: Edition | None) -> str:
    return in_a_line(edition) if edition else "No edition is known yet."


def _place(race: Race, edition: Edition | None) -> str:
    return race.location


def _distances(race: Race, edition: Edition | None) -> str:
    names = (f"{d.name}: {length_in_words(d)}" for d in edition.distances.all()) if edition else ()
    return _lines(names)


def _price(race: Race, edition: Edition | None) -> str:
    def tiers() -> Iterator[str]:
        for distance in edition.distances.all() if edition else ():
            for tier in distance.price_tiers.all():
                until = f" until {tier.valid_until:%-d %B %Y}" if tier.valid_until else ""
                yield f"{distance.name}: {tier.name} {tier.amount} {tier.currency}{until}"

    return _lines(tiers())


def _registration(race: Race, edition: Edition | None) -> str:
    return _lines([registration(edition), edition.registration_url] if edition else [])


def _entry(race: Race, edition: Edition | None) -> str:
    def ways() -> Iterator[str]:
        for distance in edition.distances.all() if edition else ():
            parts = [distance.get_entry_display() or UNKNOWN, distance.qualifier]
            yield f"{distance.name}: {'. '.join(filter(None, parts))}"

    return _lines(ways())


def _website(race: Race, edition: Edition | None) -> str:
    return race.website or UNKNOWN


def _description(race: Race, edition: Edition | None) -> str:
    return race.description or UNKNOWN


def _lines(texts: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    return "\n".join(filter(None, texts)) or UNKNOWN


SAYS: dict[str, Callable[[Race, Edition | None], str]] = {
    About.DATE: _date,
    About.PLACE: _place,
    About.DISTANCES: _distances,
    About.PRICE: _price,
    About.REGISTRATION: _registration,
    About.ENTRY: _entry,
    About.WEBSITE: _website,
    About.DESCRIPTION: _description,
}
