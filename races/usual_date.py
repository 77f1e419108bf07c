"""The customary date in words, “third Monday of April”, as a day of a given year."""

import calendar
import re
from datetime import date, timedelta

ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
RULE = re.compile(
    rf"^(?:the )?({'|'.join(ORDINALS)}) ({'|'.join([*WEEKDAYS, 'weekend'])})"
    rf" (?:of|in) ({'|'.join(list(MONTHS))})\b",
    re.IGNORECASE,
)


def usual_date(rule: str, year: int) -> date | None:
    """The day that a customary rule means, or None when it is not of this simple kind.

    It only tells whether this year's edition is surely over; it is never shown as a date.
    """
    match = RULE.match(rule)
    if not match:
        return None
    ordinal, weekday, month_name = (part.lower() for part in match.groups())
    month = MONTHS[month_name]
    # A weekend is over on its Sunday.
    number = WEEKDAYS.get(weekday, calendar.SUNDAY)
    first = date(year, month, 1)
    days = [first + timedelta(days=n) for n in range(calendar.monthrange(year, month)[1])]
    return [day for day in days if day.weekday() == number][ORDINALS[ordinal]]
