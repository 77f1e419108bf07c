"""The picture that a link to a race's page is shown with elsewhere."""

from django.urls import reverse

from races.models import Race
from races.templatetags.race_tags import date_in_words
from web.share_pictures import SharePicture


def picture_of(race: Race) -> SharePicture | None:
    """In Latin letters where the name has others. The editions are at hand, as if prefetched."""
    date, look = _date(race)
    return SharePicture.of(
        reverse("races:share_picture", args=[race.slug]),
        race.get_sport_display(),
        race.name,
        race.latin_name,
        date=date,
        date_look=look,
        text=race.location,
    )


def _date(race: Race) -> tuple[str, str]:
    """What is known of the next date, and in which look: how sure it is."""
    edition = race.next_edition()
    if edition is None:
        # Not last(), which would ask the database.
        over = list(race.editions.all())[-1:]
        if not over:
            return "No date known", "open"
        return f"Last known: {date_in_words(over[0])}", "over"
    words = date_in_words(edition)
    if edition.is_off:
        return f"{words}: {edition.get_status_display().lower()}", "off"
    if edition.is_confirmed:
        return f"{words}, confirmed", "confirmed"
    return words, "open" if edition.may_be_over else edition.certainty
