"""What an editor is told who saves a form after somebody else has saved what it shows."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from reversion.models import Revision

from glossary.publishing.history import DELETED


def conflict_message(
    thing: str, newest: Revision, sections: Iterable[str], what_now: str
) -> SafeString:
    """Who saved what since the form was opened, and that nothing is lost."""
    what = ", ".join(sections)
    return format_html(
        "{} {} this {} at {}, after you opened it{}. What you typed is below, not saved yet. {}",
        newest.user or "The site",
        "deleted" if newest.get_comment() == DELETED else "saved",
        thing,
        f"{timezone.localtime(newest.date_created):%H:%M on %-d %B}",
        f" ({what})" if what else "",
        what_now,
    )


def save_again(link: str, address: str) -> SafeString:
    return format_html(
        '<a href="{}" target="_blank">{}</a>; save again to put yours in its place. Theirs stays '
        "in the history.",
        address,
        link,
    )
