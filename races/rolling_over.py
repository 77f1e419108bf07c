"""Every published race has an edition ahead: when one has passed, the next is expected a year on.

That edition is provisional. Nothing that is there already is changed.
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import count

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from races.choices import DatePrecision
from races.history import versions
from races.models import Distance, Edition, Race, bracket
from races.publishing import changed
from races.usual_date import expected, years_apart

# What is likely to be the same a year later. A gun time, a fee and the like belong to their year.
STAYS = (
    "position", "name", "metres", "minutes", "loop_metres", "distance_class", "legs",
    "cut_off_minutes", "ascent_metres", "descent_metres", "surface", "course_shape", "entry",
    "qualifier", "capacity", "certification", "wheelchair",
)  # fmt: skip


@transaction.atomic
def roll_over() -> list[Race]:
    """Give each published race that has no edition ahead its next one. Returns those races."""
    # Rules may be read better than yesterday, clocks are changed by law, and psql asks nobody.
    last_days = Q(end_date__gte=timezone.localdate() - timedelta(days=1))
    Edition.objects.filter(last_days | Q(over_at__gt=timezone.now())).work_out()
    # What may be over may be behind already; next_expected() knows.
    ahead = Edition.objects.upcoming().filter(race=OuterRef("pk"))
    ahead = ahead.exclude(doubtful_at__lte=timezone.now())
    # Locked against a second run, and against whoever adds an edition meanwhile, since changed()
    # writes the race. What is ahead is looked at anew only then.
    waiting = Race.objects.published().filter(~Exists(ahead)).order_by("pk")
    locked = waiting.select_for_update(of=("self",))
    rolled = [race for race in locked if _rolled_over(race)]
    if rolled:
        changed(rolled, why="The next edition, in its usual month", texts=False)
    return rolled


def _rolled_over(race: Race) -> bool:
    editions = list(race.editions.all())
    following = next_expected(race, editions)
    if following is None:
        return False
    versions.record_first(race)
    start, end, precision = following
    edition = Edition(race=race, start_date=start, end_date=end, date_precision=precision)
    edition.save()
    known = (list(before.distances.all()) for before in reversed(editions))
    for distance in next(filter(None, known), []):
        Distance(edition=edition, **{name: getattr(distance, name) for name in STAYS}).save()
    return True


def next_expected(race: Race, editions: Collection[Edition]) -> tuple[date, date, str] | None:
    """First and last day, and precision, of the edition to add; None when there is one ahead, or
    nothing tells when the race is held.

    An edition that was cancelled or put off was that year's all the same: until its day has
    passed, its page has to say so, and then the next year is looked forward to.
    """
    today = race.today
    last = max(editions, key=lambda edition: edition.start_date, default=None)
    month = race.usual_month
    if month is None and last and last.date_precision != DatePrecision.YEAR:
        month = last.start_date.month
    if month is None:
        if last is None or last.end_date >= today:
            return None
        year = date(max(last.start_date.year + 1, today.year), 1, 1)
        return *bracket(year, None, DatePrecision.YEAR), DatePrecision.YEAR
    if any(_is_ahead(edition, today) for edition in editions):
        return None
    # One that was moved into the next year was still the running of its own. Where a year's running
    # was held in an unusual month, the next one is a year later.
    taken = {(edition.previous_start_date or edition.start_date).year for edition in editions}
    days = usual_days(month, race.usual_rule, today)
    apart, latest = years_apart(race.usual_rule), max(taken, default=today.year)
    first = next(day for day in days if day.year not in taken and not (day.year - latest) % apart)
    return *bracket(first, None, DatePrecision.MONTH), DatePrecision.MONTH


def _is_ahead(edition: Edition, today: date) -> bool:
    # A provisional “April 2027” is behind once the rule says that April's day has passed.
    found = edition.expectation
    return edition.end_date >= today and not (found and found.latest < today)


def usual_days(month: int, rule: str, today: date) -> Iterator[date]:
    """A day of each month ahead in which the race is customarily held, year by year.

    This month counts while it lasts, unless the rule says that this year's day has passed; and a
    rule may lead into another month, as that of the Saturday after Memorial Day does.
    """
    for year in count(today.year):
        found = expected(rule, year, month)
        first, latest = bracket(date(year, month, 1), None, DatePrecision.MONTH)
        if found:
            first, latest = found.first, found.latest
        if latest >= today:
            yield first
