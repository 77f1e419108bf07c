"""Every published race has an edition ahead: when one has passed, the next is expected a year on.

That edition is provisional. Nothing that is there already is changed.
"""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from races.choices import DatePrecision
from races.history import versions
from races.models import Distance, Edition, Race, bracket
from races.publishing import changed
from races.usual_date import expected

# What is likely to be the same a year later. A gun time, a fee and the like belong to their year.
STAYS = (
    "position", "name", "metres", "minutes", "loop_metres", "distance_class", "legs",
    "cut_off_minutes", "ascent_metres", "descent_metres", "surface", "course_shape", "entry",
    "qualifier", "capacity", "certification",
)  # fmt: skip


@transaction.atomic
def roll_over() -> list[Race]:
    """Give each published race that has no edition ahead its next one. Returns those races."""
    today = timezone.localdate()
    # A month that has begun may be behind already; next_expected() knows.
    is_sure = ~Q(date_precision=DatePrecision.MONTH) | Q(start_date__gt=today)
    ahead = Edition.objects.filter(is_sure, race=OuterRef("pk"), end_date__gte=today)
    # Locked against a second run, and against whoever adds an edition meanwhile, since changed()
    # writes the race. What is ahead is looked at anew only then.
    waiting = Race.objects.published().filter(~Exists(ahead)).order_by("pk")
    locked = waiting.select_for_update(of=("self",))
    rolled = [race for race in locked if _rolled_over(race, today)]
    if rolled:
        changed(rolled, why="The next edition, in its usual month", texts=False)
    return rolled


def _rolled_over(race: Race, today: date) -> bool:
    editions = list(race.editions.all())
    following = next_expected(race, editions, today)
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


def next_expected(
    race: Race, editions: Collection[Edition], today: date
) -> tuple[date, date, str] | None:
    """First and last day, and precision, of the edition to add; None when there is one ahead, or
    nothing tells when the race is held.

    An edition that was cancelled or put off was that year's all the same: until its day has
    passed, its page has to say so, and then the next year is looked forward to.
    """
    last = max(editions, key=lambda edition: edition.start_date, default=None)
    month = race.usual_month
    if month is None and last and last.date_precision != DatePrecision.YEAR:
        month = last.start_date.month
    if month is None:
        if last is None or last.end_date >= today:
            return None
        year = date(max(last.start_date.year + 1, today.year), 1, 1)
        return *bracket(year, None, DatePrecision.YEAR), DatePrecision.YEAR
    first, end = usual_bracket(month, race.usual_rule, today)
    if any(_is_ahead(edition, first, today) for edition in editions):
        return None
    # One that was moved into the next year was still the running of its own.
    taken = {(edition.previous_start_date or edition.start_date).year for edition in editions}
    while first.year in taken:
        # That year's running was held in an unusual month; the next one is a year later.
        first, end = bracket(first.replace(year=first.year + 1), None, DatePrecision.MONTH)
    return first, end, DatePrecision.MONTH


def _is_ahead(edition: Edition, first: date, today: date) -> bool:
    # A provisional “April 2027” is behind once the rule says that April's day has passed.
    is_behind = edition.start_date < first and edition.start_date.month == first.month
    is_month = edition.date_precision == DatePrecision.MONTH
    return edition.end_date >= today and not (is_month and is_behind)


def usual_bracket(month: int, rule: str, today: date) -> tuple[date, date]:
    """The first and last day of the next such month.

    This month counts while it lasts, unless the rule says that this year's day has passed.
    """
    year = today.year + (month < today.month)
    customary = expected(rule, year, month)
    if customary and customary.latest < today and month == today.month:
        year += 1
    return bracket(date(year, month, 1), None, DatePrecision.MONTH)
