"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    """Context for every page. Costs no query and touches no session."""
    return {
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "site_operator": settings.SITE_OPERATOR,
        "section": request.path.split("/")[1],
    }
