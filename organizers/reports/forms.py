"""What a reader may say of a fact that is wrong."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from organizers.models.reports import EVIDENCE_LENGTH, TEXT_LENGTH

MOST_LINKS = 2
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def plain(text: str) -> str:
    """Without what nobody typed: control characters, and two characters for a line's end."""
    text = text.replace("\r\n", "\n")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"})


class ReportForm(forms.Form):
    text = forms.CharField(
        label="What is right instead?",
        help_text="A few words do. Nothing about yourself: we can’t answer, and we do not keep who "
        "sent this.",
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        error_messages={
            "required": "Write a few words, so that we know what to look at.",
            "max_length": "At most %(limit_value)d characters; this has %(show_value)d.",
        },
    )
    evidence = forms.CharField(
        label="Where can one see that?",
        help_text="A link, such as the organizer’s page.",
        required=False,
        max_length=EVIDENCE_LENGTH,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        error_messages={
            "max_length": "At most %(limit_value)d characters; this has %(show_value)d.",
        },
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if len(LINK.findall(text)) > MOST_LINKS:
            raise ValidationError("These are many links. Put the one that shows it below.")
        return text

    def clean_evidence(self) -> str:
        evidence: str = self.cleaned_data["evidence"]
        if (
            evidence
            and "://" not in evidence
            and re.match(r"[\w-]+(\.[\w-]+)+(?![^/?#])", evidence)
        ):
            evidence = f"https://{evidence}"
        if evidence:
            try:
                URLValidator(schemes=["http", "https"])(evidence)
            except ValidationError:
                raise ValidationError(
                    "This is no web address: it looks like https://example.org/race."
                ) from None
        return evidence
