"""Mail about submissions."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from organizers.models import Decision, Submission, User

SUBJECTS = {
    Submission.State.PENDING: "We have your race: {race}",
    Submission.State.CHANGES_REQUESTED: "Please change something: {race}",
    Submission.State.APPROVED: "Your race is on Startline: {race}",
    Submission.State.REJECTED: "We did not list: {race}",
}


def tell_submitter(decision: Decision) -> None:
    """Tell whoever sent the submission what became of it. A withdrawal is their own doing."""
    state = Submission.State(decision.state)
    if state not in SUBJECTS:
        return
    submission = decision.submission
    # A name typed with line breaks must not break the mail's header.
    subject = " ".join(SUBJECTS[state].format(race=submission.race_name).split())
    context = {"submission": submission, "decision": decision, "site_url": settings.SITE_URL}
    text = render_to_string(f"emails/submission_{state.replace('-', '_')}.txt", context)
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, _who_hears(submission))


def _who_hears(submission: Submission) -> list[str]:
    """Whoever sent it; their colleagues, once that person has left."""
    if submission.submitted_by:
        return [submission.submitted_by.email]
    colleagues = User.objects.filter(memberships__organizer=submission.organizer_id)
    return list(colleagues.values_list("email", flat=True))
