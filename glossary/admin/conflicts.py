"""What an editor is told who saves a form after somebody else has saved what it shows."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from reversion.models import Revision

from glossary.publishing.versions import DELETED


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


class SeenForm(forms.ModelForm[Any]):
    """A form of a page or a part of it, which knows the newest version there was as it opened."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    # Set by the admin, on a class that it makes for each request.
    newest: Revision | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.newest.pk if self.newest else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.newest:
            self.check_seen(self.newest, cleaned.get("seen"))
        return cleaned

    def check_seen(self, newest: Revision, seen: int | None) -> None:
        if seen == newest.pk:
            return
        opened = Revision.objects.filter(pk=seen).first() if seen else None
        # Saving once more is then a decision, taken with open eyes.
        data = cast("QueryDict", self.data).copy()
        data[self.add_prefix("seen")] = str(newest.pk)
        self.data = data
        raise ValidationError(self.conflict(newest, opened))

    def conflict(self, newest: Revision, opened: Revision | None) -> SafeString:
        """What to say of it. `opened` is the version that was the newest as the form opened."""
        raise NotImplementedError
