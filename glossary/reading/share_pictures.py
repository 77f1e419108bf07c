"""The picture that a link to a word's page is shown with elsewhere."""

from django.urls import reverse

from glossary.models import Term
from web.share_pictures import SharePicture
from web.templatetags.prose import first_sentence


def picture_of(term: Term) -> SharePicture | None:
    return SharePicture.of(
        reverse("glossary:share_picture", args=[term.slug]),
        term.category.name,
        term.title,
        text=first_sentence(term.definition),
    )
