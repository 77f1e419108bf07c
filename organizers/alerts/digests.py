"""What an alert mails: at most once a week, and nothing when there is nothing to tell."""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from organizers import mail, tasks
from organizers.alerts.searches import (
    NotKept,
    Told,
    as_told,
    date_in_words,
    found_by,
    in_words,
    must_still_be_kept,
)
from organizers.alerts.signing_up import BETWEEN_MAILS, page_of, unsubscribe_headers
from organizers.models import Alert
from races.choices import OFF
from races.models import Edition
from races.search.cards import cards
from races.search.criteria import RaceSearch

MOST_RACES = 50
# So many alerts are told in one transaction.
BATCH = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """Keys of editions: what an alert has not been told yet."""

    off: list[int]
    moved: list[int]
    new: list[int]

    def __len__(self) -> int:
        return len(self.off) + len(self.moved) + len(self.new)

    @property
    def in_words(self) -> str:
        """“1 cancelled or postponed, 2 with another date, 3 new”."""
        counts = [
            (self.off, "cancelled or postponed"),
            (self.moved, "with another date"),
            (self.new, "new"),
        ]
        return ", ".join(f"{len(keys)} {what}" for keys, what in counts if keys)


@dataclass(frozen=True)
class Item:
    edition: Edition
    # The date that was told last, where it does not say that itself.
    before: str = ""


def plan() -> None:
    """Put a task into the queue for each search of which an alert is due, so that one which can't
    be answered stops no other.
    """
    for query in due().order_by("query").values_list("query", flat=True).distinct():
        tasks.send_alerts_of.enqueue(query)


def due() -> QuerySet[Alert]:
    return Alert.objects.filter(quiet_until__lte=timezone.now())


def send_all_of(query: str, after: int = 0) -> None:
    """Look once for all alerts of one search, and tell each what it has not been told: a batch of
    them, those whose keys are higher than `after`.

    What is mailed and what is remembered as told is of one transaction, that of the task: whoever
    is killed in the midst of it sends nothing twice, and loses nothing.
    """
    of_this = due().filter(query=query, pk__gt=after).order_by("pk")
    alerts = list(of_this.select_for_update(skip_locked=True)[:BATCH])
    if len(alerts) == BATCH:
        tasks.send_alerts_of.enqueue(query, alerts[-1].pk)
    try:
        search = must_still_be_kept(query)
        inside = found_by(search)
    except NotKept as reason:
        for alert in alerts:
            _say_that_it_ends(alert, str(reason))
        return
    once_inside = [int(key) for alert in alerts for key in alert.told]
    now = as_told([*inside, *once_inside])
    words = in_words(search)
    for alert in alerts:
        try:
            with transaction.atomic():
                _tell(alert, news_of(alert.told, inside, now), search, words)
                alert.told = {key: now[key] for key in map(str, inside) if key in now}
                alert.save(update_fields=["told", "quiet_until"])
        except Exception:
            # One that is broken keeps no other from its mail.
            logger.exception("%s could not be told its news", alert)


def news_of(before: dict[str, Told], inside: list[int], now: dict[str, Told]) -> News:
    """What differs between what was told and what there is, the soonest first.

    What is off or has moved out of the search is told all the same. What is over, taken from the
    site, or no longer fits for another reason is no news.
    """
    found = set(map(str, inside))
    off, moved, new = [], [], []
    for key, told in now.items():
        is_off = told[2] in OFF
        if key not in before:
            if key in found and not is_off:
                new.append(int(key))
            continue
        was = before[key]
        was_off = was[2] in OFF
        if is_off and not was_off:
            off.append(int(key))
        elif not is_off and (was_off or told[:2] != was[:2]):
            moved.append(int(key))
    return News(off, moved, new)


def _tell(alert: Alert, news: News, search: RaceSearch, words: str) -> None:
    if not len(news):
        return
    keys = [*news.off, *news.moved, *news.new][:MOST_RACES]
    shown = {edition.pk: edition for edition in cards(keys, search.here)}

    def items(chosen: list[int]) -> list[Item]:
        return [Item(shown[key], _before(shown[key], alert)) for key in chosen if key in shown]

    groups = [
        ("Cancelled or postponed", items(news.off)),
        ("On another date, or the date is known better", items(news.moved)),
        ("New in this search", items(news.new)),
    ]
    context = {
        "alert": alert,
        "words": words,
        "groups": [group for group in groups if group[1]],
        "more": len(news) - len(keys),
        "search_address": page_of(search),
        "site_url": settings.SITE_URL,
    }
    # A name with line breaks must not break the header, nor a long search the line.
    subject = " ".join(f"Races: {news.in_words} ({words})".split())
    text = render_to_string("emails/alert_news.txt", context)
    headers = unsubscribe_headers(alert)
    EmailMessage(_short(subject), text, to=[alert.email], headers=headers).send()
    alert.quiet_until = timezone.now() + BETWEEN_MAILS


def _before(edition: Edition, alert: Alert) -> str:
    told = alert.told.get(str(edition.pk))
    is_the_same = told and told[:2] == [f"{edition.start_date}", edition.date_precision]
    if not told or is_the_same or told[0] == f"{edition.previous_start_date}":
        return ""
    return date_in_words(told)


def _short(subject: str, most: int = 150) -> str:
    return subject if len(subject) <= most else f"{subject[: most - 1]}…"


def _say_that_it_ends(alert: Alert, reason: str) -> None:
    search = alert.search
    context = {
        "reason": reason,
        "words": in_words(search),
        "search_address": page_of(search),
    }
    text = render_to_string("emails/alert_over.txt", context)
    mail.send("Your alert has ended", text, alert.email)
    alert.delete()
