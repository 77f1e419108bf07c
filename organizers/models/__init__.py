from organizers.models.people import (
    Decision,
    Listing,
    Mail,
    Membership,
    Organizer,
    Plan,
    Submission,
    User,
    UserManager,
)

__all__ = [
    "Decision",
    "Listing",
    "Mail",
    "Membership",
    "Organizer",
    "Plan",
    "Submission",
    "User",
    "UserManager",
]
