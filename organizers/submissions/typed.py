"""What was typed into a form when its sender was no longer signed in, kept until they are again.

It waits in the browser's own session and only for the person who was shown the form: the form
carries a signed note of who that was. So nothing typed reaches another account, and a page of
somebody else's can't put anything into this one.
"""

from typing import Any, TypedDict

from django.core import signing
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import timezone

SESSION_KEY = "typed"
WRITER = "written-by"
SALT = "organizers.typed"
# A day; and more letters than any race needs, but no flood.
KEPT_SECONDS = 24 * 3600
MOST_LETTERS, MOST_FORMS = 100_000, 5
BUTTONS = {"add-distance", "save-draft", "go-on", "start-afresh", "csrfmiddlewaretoken"}
FORMS = {"organizers:new_submission", "organizers:edit_submission", "organizers:profile"}


class Kept(TypedDict):
    writer: int
    at: float
    values: dict[str, str]


def writer_note(user: Any) -> str:
    """What a form carries, so that it is known whose it was."""
    return signing.dumps(user.pk, salt=SALT)


def posted(request: HttpRequest) -> dict[str, str]:
    """What was typed into a form that is posted, without its buttons."""
    values = {name: str(value).replace("\x00", "") for name, value in request.POST.items()}
    return {name: text for name, text in values.items() if name not in BUTTONS}


def is_kept_form(request: HttpRequest) -> bool:
    """Whether what is posted here is worth keeping."""
    try:
        return request.method == "POST" and resolve(request.path).view_name in FORMS
    except Resolver404:
        return False


def keep(request: HttpRequest) -> bool:
    """Keep what a form brought whose writer is not signed in. Says whether it did."""
    values = posted(request)
    try:
        writer = signing.loads(values.pop(WRITER, ""), salt=SALT)
    except signing.BadSignature:
        return False
    if sum(len(name) + len(text) for name, text in values.items()) > MOST_LETTERS:
        return False
    kept: dict[str, Kept] = request.session.get(SESSION_KEY, {})
    kept.pop(request.path, None)
    newest = dict(list(kept.items())[-(MOST_FORMS - 1) :])
    entry = Kept(writer=writer, at=timezone.now().timestamp(), values=values)
    request.session[SESSION_KEY] = {**newest, request.path: entry}
    return True


def kept(request: HttpRequest) -> dict[str, str] | None:
    """What this person had typed into the form at this address, if anything waits for them."""
    entry: Kept | None = request.session.get(SESSION_KEY, {}).get(request.path)
    if entry is None or entry["writer"] != request.user.pk:
        return None
    return entry["values"] if timezone.now().timestamp() - entry["at"] < KEPT_SECONDS else None


def forget(request: HttpRequest) -> None:
    """The form at this address was dealt with."""
    waiting = request.session.get(SESSION_KEY, {})
    if request.path in waiting:
        request.session[SESSION_KEY] = {
            path: entry for path, entry in waiting.items() if path != request.path
        }
