"""Mail: put into the queue with its cause, sent by the worker, tried again until it is taken."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.utils import make_msgid, parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from organizers import tasks
from organizers.models import Decision, Mail, Submission, User
from races.publishing import DateChange

# Until the second try, the third and so on: some 40 hours, a weekend's repair nearly.
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 12 * 60, 24 * 60)]
# A code is waited for.
CODE_DELAY = timedelta(minutes=1)
FAILED_KEPT = timedelta(days=30)
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
# What is done when the mail server says that there is no such address.
refused_followers: list[Callable[[str], None]] = []


class QueueBackend(BaseEmailBackend):
    """Django's way of sending: what Django and allauth send is put into the queue too.

    In the transaction of its cause, and so not at all when that is rolled back. A message with an
    attribute `expires_at` is not sent after that time.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            for message in email_messages:
                _put(message)
        return len(email_messages)


def send(subject: str, text: str, to: str) -> None:
    """Have a plain text mailed to one address once this transaction has committed."""
    # A name typed with line breaks must not break the mail's header.
    EmailMessage(" ".join(subject.split()), text, to=[to]).send()


def tell_submitter(decision: Decision, subject: str) -> None:
    """Tell whoever sent the submission what became of it."""
    submission = decision.submission
    context = {"submission": submission, "decision": decision, "site_url": settings.SITE_URL}
    text = render_to_string(f"emails/submission_{decision.state.replace('-', '_')}.txt", context)
    for address in _who_hears(submission):
        send(subject.format(race=submission.race_name), text, address)


def _who_hears(submission: Submission) -> list[str]:
    """Whoever sent it; their colleagues, once that person has left."""
    if submission.submitted_by:
        return [submission.submitted_by.email]
    colleagues = User.objects.filter(memberships__organizer=submission.organizer_id)
    return list(colleagues.values_list("email", flat=True))


def date_changed(changes: Sequence[DateChange], by: AbstractBaseUser | None) -> None:
    """Tell each member who keeps such a race, save who did it, of its other date."""
    for change in changes:
        keepers = User.objects.filter(
            organizers__listings__race=change.edition.race_id, is_active=True
        )
        context = {
            "change": change,
            "site_url": settings.SITE_URL,
            "contact": settings.CONTACT_EMAIL,
        }
        text = render_to_string("emails/date_changed.txt", context)
        for keeper in keepers:
            if keeper != by:
                send(f"We changed the date of your race: {change.edition.race}", text, keeper.email)


def _put(message: EmailMessage) -> None:
    if message.attachments:
        raise ValueError("The queue takes no attachments.")
    kept = {
        "body": message.body,
        "from_email": message.from_email,
        "to": list(message.to),
        "cc": list(message.cc),
        "bcc": list(message.bcc),
        "reply_to": list(message.reply_to),
        "headers": {
            # The same at each try, so that whoever gets it twice sees it once.
            "Message-ID": make_msgid(domain=parseaddr(message.from_email)[1].partition("@")[2]),
            # Nobody's holiday notice is wanted.
            "Auto-Submitted": "auto-generated",
            **message.extra_headers,
        },
        "alternatives": [
            [str(alternative.content), alternative.mimetype]
            for alternative in getattr(message, "alternatives", [])
        ],
    }
    mail = Mail.objects.create(
        to=", ".join(message.recipients()),
        subject=str(message.subject),
        message=kept,
        expires_at=getattr(message, "expires_at", None),
    )
    tasks.send_mail.enqueue(mail.pk)


def deliver(pk: int) -> None:
    """Hand a mail to the mail server; when it can't be, try again later or say so to the staff."""
    mail = Mail.objects.select_for_update().filter(pk=pk, failed_at=None).first()
    if mail is None:
        return
    if mail.expires_at and mail.expires_at <= timezone.now():
        _give_up(mail, mail.reason)
        return
    try:
        message = EmailMultiAlternatives(mail.subject, **mail.message)
        message.connection = get_connection(settings.MAIL_BACKEND)
        message.send()
    except Exception as error:
        mail.attempts += 1
        mail.reason = _reason(error)
        if _is_final(error):
            _give_up(mail, mail.reason)
            if isinstance(error, SMTPRecipientsRefused) and _is_unknown(error):
                for follow in refused_followers:
                    follow(mail.to)
        else:
            _try_later(mail)
    else:
        mail.delete()


def _try_later(mail: Mail) -> None:
    tries = mail.attempts - 1
    if not mail.expires_at and tries >= len(DELAYS):
        _give_up(mail, mail.reason)
        return
    mail.next_try_at = timezone.now() + (CODE_DELAY if mail.expires_at else DELAYS[tries])
    mail.save()
    tasks.send_mail.using(run_after=mail.next_try_at).enqueue(mail.pk)


def _give_up(mail: Mail, reason: str) -> None:
    mail.failed_at, mail.next_try_at = timezone.now(), None
    mail.reason = reason or "No worker sent it in time."
    if mail.expires_at:
        # A code that came too late is of no use, and nobody else's to read.
        mail.message = {}
    mail.save()


def send_again(mail: Mail) -> bool:
    """Begin anew with one that was given up; one whose time is over is left alone."""
    with transaction.atomic():
        locked = Mail.objects.select_for_update().filter(pk=mail.pk).first()
        if locked is None or not locked.may_be_sent_again:
            return False
        locked.failed_at, locked.attempts = None, 0
        locked.save()
        tasks.send_mail.enqueue(locked.pk)
    return True


def forget_failed() -> None:
    Mail.objects.filter(failed_at__lt=timezone.now() - FAILED_KEPT).delete()


def _is_final(error: Exception) -> bool:
    """Whether the server will never take this mail, whatever we do."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def _is_unknown(error: SMTPRecipientsRefused) -> bool:
    """Whether the server says that there is no such address, not that it won't take our mail, or
    has no room: of RFC 3463's codes that is 5.1.x; some servers give none.
    """
    texts = [_text(text) for _, text in error.recipients.values()]
    return all(text.startswith("5.1.") or not ENHANCED.match(text) for text in texts)


def _reason(error: Exception) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        return "; ".join(_answer(code, text) for code, text in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(error, OSError) and error.strerror:
        return f"The mail server could not be reached: {error.strerror}."
    return str(error) or type(error).__name__


def _answer(code: int, text: Any) -> str:
    return f"The mail server refused it: {code} {_text(text)}"


def _text(text: Any) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return " ".join(words.split())
