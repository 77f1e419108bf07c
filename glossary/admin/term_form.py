"""A term as its editors type it, with what they say about publishing it."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.safestring import SafeString
from reversion.models import Revision

from glossary.admin.checks import CheckedTermForm
from glossary.admin.conflicts import SeenForm, conflict_message, save_again
from glossary.models import Term
from glossary.publishing.contents import changed_sections

MINOR, MAJOR = "minor", "major"


class TermForm(SeenForm, CheckedTermForm):
    # The version that the form shows.
    base = forms.IntegerField(widget=forms.HiddenInput, required=False)
    significance = forms.ChoiceField(
        label="This change is",
        choices=[
            (MINOR, "minor: a slip, a link, a clearer word"),
            (MAJOR, "major: readers should know (moves the public date and enters the feed)"),
        ],
        initial=MINOR,
        widget=forms.RadioSelect,
        required=False,
    )

    class Meta:
        model = Term
        fields = [  # noqa: RUF012
            *("title", "slug", "category", "definition", "body"),
            *("race_query", "link_title", "unlinked_words", "no_urgent_level"),
            *("reviewed_by", "reviewed_on", "change_note", "publish_at"),
        ]
        help_texts = {  # noqa: RUF012
            "publish_at": "Empty: as soon as you press Publish. Times are UTC.",
        }

    # Set by the admin, on a class that it makes for each request.
    shown: Revision | None = None
    is_major = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].initial = self.shown.pk if self.shown else None
        self.fields["significance"].initial = MAJOR if self.is_major else MINOR

    def conflict(self, newest: Revision, opened: Revision | None) -> SafeString:
        address = reverse("admin:glossary_term_change", args=[self.instance.pk])
        return conflict_message(
            "page",
            newest,
            changed_sections(opened, newest) if opened else [],
            save_again("See their version", f"{address}?revision={newest.pk}"),
        )
