"""Two to four races side by side: /compare/?race=boston-marathon&race=london-marathon."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from races.models import Distance, Edition, FormerAddress, PriceTier, Race
from races.search.text import suggest_races
from races.templatetags.race_tags import (
    certainty,
    climb,
    duration,
    host,
    length_in_words,
    registration,
    unseen,
    when,
)
from web.public_pages import public_page, reads

MOST = 4
# Of an address; who writes a longer one is not helped by it.
MOST_READ = 12
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,120}")
SUGGESTED = 8
# Of one race; the others are on its page.
MOST_DISTANCES = 5

Say = Callable[["Column"], SafeString]


@dataclass(frozen=True)
class Column:
    """A race with the edition that its own page shows."""

    race: Race
    # The address of the comparison without it.
    without: str = ""

    @cached_property
    def next(self) -> Edition | None:
        return self.race.next_edition()

    @cached_property
    def edition(self) -> Edition | None:
        return self.next or max(self.race.editions.all(), key=_start, default=None)

    @property
    def distances(self) -> list[Distance]:
        return list(self.edition.distances.all())[:MOST_DISTANCES] if self.edition else []

    @property
    def more(self) -> int:
        """How many distances it has beside those."""
        return len(self.edition.distances.all()) - len(self.distances) if self.edition else 0


@dataclass(frozen=True)
class Row:
    """A fact of each race, empty where we do not know it."""

    label: str
    cells: list[SafeString]

    @property
    def is_known(self) -> bool:
        return any(self.cells)

    @property
    def is_the_same(self) -> bool:
        return len(set(self.cells)) == 1 < len(self.cells)


@reads("race", "q")
@public_page
def compare(request: HttpRequest) -> HttpResponse:
    asked = list(dict.fromkeys(filter(None, map(str.strip, request.GET.getlist("race")))))
    found, unknown = _races(asked[:MOST_READ])
    chosen, over = found[:MOST], found[MOST:]
    slugs = [race.slug for race in chosen]
    columns = [Column(race, _query(slug for slug in slugs if slug != race.slug)) for race in chosen]
    rows = [Row(label, [say(column) for column in columns]) for label, say in FACTS]
    text = request.GET.get("q", "").strip()
    context = {
        "section": "races",
        "columns": columns,
        "rows": [row for row in rows if row.is_known],
        "unknown_rows": [row.label.lower() for row in rows if not row.is_known],
        "canonical_query": _query(slugs),
        "most": MOST,
        "unknown": unknown,
        "over": [race.name for race in over],
        "unread": len(asked[MOST_READ:]),
        "text": text,
        "suggested": [
            (race, _query([*slugs, race.slug]))
            for race in suggest_races(text, SUGGESTED)
            if race.slug not in slugs
        ],
    }
    return render(request, "races/compare.html", context)


def _races(slugs: list[str]) -> tuple[list[Race], list[str]]:
    """The public races at these addresses, or that once were there; and the addresses of none."""
    readable = [slug for slug in slugs if SLUG.fullmatch(slug)]
    formers = FormerAddress.objects.filter(slug__in=readable, race__state="published")
    moved = dict(formers.values_list("slug", "race_id"))
    wanted = Q(slug__in=readable) | Q(pk__in=moved.values())
    races = Race.objects.published().for_race_page().filter(wanted)
    by_slug, by_key = {race.slug: race for race in races}, {race.pk: race for race in races}
    found = [by_slug.get(slug) or by_key.get(moved.get(slug) or 0) for slug in slugs]
    unknown = [slug for slug, race in zip(slugs, found, strict=True) if race is None]
    return list(dict.fromkeys(race for race in found if race)), unknown


def _query(slugs: Iterable[str]) -> str:
    return urlencode([("race", slug) for slug in slugs])


def _start(edition: Edition) -> str:
    return f"{edition.start_date}"


def _when(column: Column) -> SafeString:
    edition = column.edition
    if edition is None:
        return SafeString()
    if column.next is None:
        return format_html(
            "Last known: {}<small>The next date is not known yet</small>", when(edition)
        )
    flag = "" if edition.status == "scheduled" else edition.get_status_display()
    said = ". ".join(filter(None, [certainty(edition), unseen(edition)]))
    return format_html(
        "{}{}<small>{}</small>",
        format_html('<strong class="flag">{}</strong> ', flag) if flag else "",
        when(edition),
        said,
    )


def _registration(column: Column) -> SafeString:
    edition = column.next
    if edition is None or edition.is_off:
        return SafeString()
    said = registration(edition).capitalize()
    if not edition.registration_url:
        return format_html("{}", said)
    link = format_html('<a href="{}" rel="noopener">Registration</a>', edition.registration_url)
    return format_html("{}<br>{}", said, link) if said else link


def _website(column: Column) -> SafeString:
    address = column.race.website
    if not address:
        return SafeString()
    return format_html('<a href="{}" rel="noopener">{}</a>', address, host(address))


def _distances(column: Column) -> SafeString:
    said = _list((distance.name, length_in_words(distance)) for distance in column.distances)
    return said + format_html("<small>and {} more</small>", column.more) if column.more else said


def _of_distances(value: Callable[[Distance], str]) -> Say:
    """A fact of each distance under its name, of several that share it once for all."""

    def say(column: Column) -> SafeString:
        known = [(distance.name, value(distance)) for distance in column.distances]
        values = {said for _, said in known}
        if len(values) == 1:
            return format_html("{}", values.pop())
        return _list((name, said or "unknown") for name, said in known)

    return say


def _list(pairs: Iterable[tuple[str, str]]) -> SafeString:
    items = format_html_join("", "<li><small>{}</small> {}</li>", pairs)
    return format_html("<ul>{}</ul>", items) if items else items


def _climb(distance: Distance) -> str:
    return "" if distance.ascent_metres is None else climb(distance.ascent_metres)


def _cut_off(distance: Distance) -> str:
    return duration(distance.cut_off_minutes) if distance.cut_off_minutes else ""


def _entry(distance: Distance) -> str:
    return ". ".join(filter(None, [distance.get_entry_display(), distance.qualifier]))


def _price(distance: Distance) -> str:
    return "; ".join(map(_tier, distance.price_tiers.all()))


def _tier(tier: PriceTier) -> str:
    until = f" until {date_format(tier.valid_until, 'j M Y')}" if tier.valid_until else ""
    return f"{tier.name} {tier.amount} {tier.currency}{until}"


FACTS: list[tuple[str, Say]] = [
    ("When", _when),
    ("Where", lambda column: format_html("{}", column.race.location)),
    ("Sport", lambda column: format_html("{}", column.race.get_sport_display())),
    ("Distances", _distances),
    ("Climb", _of_distances(_climb)),
    ("Cut-off", _of_distances(_cut_off)),
    ("Getting in", _of_distances(_entry)),
    ("Entry fee", _of_distances(_price)),
    ("Registration", _registration),
    ("Official site", _website),
]
