"""The suite's today: the one moment at which every test finds the clock, unless it moves it."""

import os
from datetime import datetime, timedelta

# SUITE_NOW=2028-02-29T12:00Z has it be another day; `make test-dates` does.
NOW = datetime.fromisoformat(os.environ.get("SUITE_NOW", "2027-03-09T09:00Z"))
TODAY = NOW.date()
# As the form of a race asks for it.
NEXT_MONTH = f"{TODAY.replace(day=1) + timedelta(days=32):%Y-%m}"


def day(days: int) -> str:
    """So many days from the suite's today, as a form has it typed."""
    return (TODAY + timedelta(days=days)).isoformat()
