"""From where a form was sent, by what browsers say and pages can't."""

from django.conf import settings
from django.http import HttpRequest


def sent_from_here(request: HttpRequest) -> bool | None:
    """Whether the form stood on a page of ours; None where the browser says nothing of it.

    Newer browsers send Sec-Fetch-Site, older ones Origin alone. Either is enough to tell.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    origin = request.headers.get("Origin", "")
    own = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    if site not in {"", "none", "same-origin"} or origin not in {"", "null", *own}:
        return False
    # A browser that is to tell nobody where it comes from says "null", even to the site itself;
    # without the other header, so does a page that hides.
    if origin == "null" and not site:
        return False
    return True if site == "same-origin" or origin in own else None
