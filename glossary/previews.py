"""Links to a page that is not public yet: signed, to be shared, and of limited life."""

from django.core import signing
from django.urls import reverse

SALT = "glossary.preview"
LIFE_IN_DAYS = 7


def preview_address(pk: int) -> str:
    return reverse("glossary:preview", args=[signing.dumps(pk, salt=SALT)])


def term_of(token: str) -> int:
    """The id of the term that a link is for. Raises SignatureExpired, or BadSignature if forged."""
    pk: int = signing.loads(token, salt=SALT, max_age=LIFE_IN_DAYS * 24 * 3600)
    return pk
