"""What is kept no longer than `/privacy/` says. Called daily, and as often as one likes."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from organizers.models import Report, Submission, User

DRAFT = REFUSED = DECIDED_REPORT = timedelta(days=365)
UNCONFIRMED = timedelta(days=7)


def forget_what_is_over() -> dict[str, int]:
    """Return how much of each kind went."""
    now = timezone.now()
    drafts = Submission.objects.filter(submitted_at=None, updated_at__lt=now - DRAFT)
    State = Submission.State  # noqa: N806 - a class
    refused = Submission.objects.filter(
        state__in=[State.REJECTED, State.WITHDRAWN],
        updated_at__lt=now - REFUSED,
        values__has_key="race-sport",
    )
    only_the_name = JSONObject(**{"race-name": F("values__race-name")})
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    # Whoever made the account by hand vouches for it: such people have rights, or a password.
    unconfirmed = User.objects.filter(
        ~Exists(confirmed),
        Exists(EmailAddress.objects.filter(user=OuterRef("pk"))),
        last_login=None, is_staff=False, memberships=None,
        date_joined__lt=now - UNCONFIRMED,
    )  # fmt: skip
    reports = Report.objects.filter(decided_at__lt=now - DECIDED_REPORT)
    return {
        "drafts": drafts.delete()[1].get(Submission._meta.label, 0),
        "refused proposals": refused.update(values=only_the_name),
        "unconfirmed accounts": unconfirmed.delete()[1].get(User._meta.label, 0),
        "decided reports": reports.delete()[0],
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
    }
