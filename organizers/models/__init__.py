"""People and workflow: who a race director is, which races are theirs, and what they proposed."""

from organizers.models.alerts import Alert
from organizers.models.mail import Mail
from organizers.models.people import Membership, Organizer, Plan, User, UserManager
from organizers.models.reports import Report
from organizers.models.submissions import Decision, Listing, Submission

__all__ = [
    "Alert",
    "Decision",
    "Listing",
    "Mail",
    "Membership",
    "Organizer",
    "Plan",
    "Report",
    "Submission",
    "User",
    "UserManager",
]
