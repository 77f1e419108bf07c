"""An alert from its asking to its end. Nobody learns here whether an address is known."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from organizers import mail
from organizers.alerts.searches import as_told, canonical, found_by, in_words
from organizers.models import Alert, Mail
from races.search.criteria import RaceSearch
from web import limits
from web.addresses import absolute

SALT = "organizers.alerts.confirm"
UNCONFIRMED = timedelta(days=2)
BETWEEN_MAILS = timedelta(days=7)
MOST_OF_AN_ADDRESS = 20
# Whoever types somebody else's address again and again fills no mailbox.
MOST_MAILS_A_DAY = 5


@transaction.atomic
def ask(email: str, search: RaceSearch) -> None:
    """Have that address mailed a link that confirms the alert, or what stands against it."""
    email, search = email.lower(), canonical(search)
    query, now = search.to_query(), timezone.now()
    if not limits.allows_to(f"{email} {query}", "mail about an alert", 1):
        return
    if not limits.allows_to(email, "mails about alerts", MOST_MAILS_A_DAY, timedelta(days=1)):
        return
    alert = Alert.objects.filter(email=email, query=query).first()
    if alert is None and Alert.objects.filter(email=email).count() >= MOST_OF_AN_ADDRESS:
        theirs = Alert.objects.filter(email=email)
        _mail("too_many", "No more alerts for this address", email, {"alert": theirs[0]})
        return
    alert, _ = Alert.objects.update_or_create(email=email, query=query, defaults={"asked_at": now})
    context = {"alert": alert, "words": in_words(search), "search_address": page_of(search)}
    if alert.confirmed_at:
        _mail("already", "You have this alert already", email, context)
        return
    token = TimestampSigner(salt=SALT).sign(alert.key)
    # No text of the search's own: anybody could have us mail their words to anybody.
    words = in_words(search.without("q")) or "a search in words of its own"
    address = absolute(reverse("alerts:confirm", args=[token]))
    context = {"alert": alert, "words": words, "address": address, "has_text": bool(search.q)}
    _mail("confirm", f"Confirm your alert: {words}"[:150], email, context)


def _mail(kind: str, subject: str, email: str, context: dict[str, object]) -> None:
    context = {**context, "site_url": settings.SITE_URL, "most": MOST_OF_AN_ADDRESS}
    mail.send(subject, render_to_string(f"emails/alert_{kind}.txt", context), email)


def page_of(search: RaceSearch) -> str:
    query = search.to_query()
    return absolute(reverse("races:search") + (f"?{query}" if query else ""))


def sign_up_address(search: RaceSearch) -> str:
    query = search.to_query()
    return reverse("alerts:sign_up") + (f"?{query}" if query else "")


def meant_by(token: str) -> Alert | None:
    """The alert that a link confirms; None where it is forged, too old, or forgotten."""
    try:
        key = TimestampSigner(salt=SALT).unsign(token, max_age=UNCONFIRMED)
    except BadSignature:
        return None
    return Alert.objects.filter(key=key).first()


@transaction.atomic
def confirm(alert: Alert) -> None:
    """From now on; what there is at this moment is no news. A second time changes nothing.

    Raises NotKept.
    """
    locked = Alert.objects.select_for_update().filter(pk=alert.pk, confirmed_at=None).first()
    if locked is None:
        return
    now = timezone.now()
    locked.told = as_told(found_by(locked.search))
    locked.confirmed_at, locked.quiet_until = now, now + BETWEEN_MAILS
    locked.save()


@transaction.atomic
def end(key: str, *, all_of_its_address: bool = False) -> None:
    """At once, with what waits in the queue to be mailed for it. What is gone is left alone."""
    alert = Alert.objects.filter(key=key).first()
    if alert is None:
        return
    chosen = Alert.objects.filter(email=alert.email) if all_of_its_address else [alert]
    _end(list(chosen))


def end_all_of(emails: list[str]) -> None:
    """Of people who leave, and of addresses that no mail server takes."""
    _end(list(Alert.objects.filter(email__in=[email.lower() for email in emails])))


def _end(alerts: list[Alert]) -> None:
    # The worker may be telling one: what it mails for it must be seen below.
    ended = [alert.pk for alert in alerts]
    list(Alert.objects.select_for_update().filter(pk__in=ended).order_by("pk"))
    for alert in alerts:
        waiting = Mail.objects.filter(
            to=alert.email, message__contains={"headers": unsubscribe_headers(alert)}
        )
        # One that is just being sent isn't waited for.
        keys = waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)
        Mail.objects.filter(pk__in=list(keys)).delete()
    Alert.objects.filter(pk__in=ended).delete()


def unsubscribe_headers(alert: Alert) -> dict[str, str]:
    """By which a mail program ends the alert with one click (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{alert.end_address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def address_refused(email: str) -> None:
    """The mail server says that there is no such address."""
    with transaction.atomic():
        end_all_of([email])


def forget_unconfirmed() -> int:
    old = timezone.now() - UNCONFIRMED
    return Alert.objects.filter(confirmed_at=None, asked_at__lte=old).delete()[0]
