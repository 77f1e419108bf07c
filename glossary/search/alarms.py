"""An emergency comes first: what somebody typed is a symptom that a page has its own card for."""

from dataclasses import dataclass

from glossary.models import CareAdvice, Term
from glossary.search.spelling import KnownNames
from glossary.search.wording import content_words, senses
from text.sentences import sentences


@dataclass
class Alarm:
    """A page to read first, and the first line of what it says of an emergency."""

    pk: int
    title: str
    url: str
    line: str


# What is grave whatever stands beside it, if the card says it too.
GRAVE = senses("breathless faint unconscious confused seizure collapsed")
# "Shoulder hurts when I swim" is no emergency, though pain is a word of every card.
PAIN = senses("pain")


def alarm(query: str, names: KnownNames) -> Alarm | None:
    """The emergency that a query tells of. One query, none where no symptom is told.

    A page has symptoms that are harmless too: of the others, most words stand on its card.
    """
    told = names.told_by(content_words(query))
    if not told:
        return None
    terms = Term.objects.published().filter(pk__in=[pk for pk, _ in told])
    cards = CareAdvice.objects.filter(level=CareAdvice.Level.EMERGENCY, term__in=terms)
    urgent = {card.term_id: card for card in cards.select_related("term")}
    # Of several, the one that says most of what was typed: "can't breathe" of a swim.
    for pk, symptom in sorted(told, key=lambda row: len(row[1]), reverse=True):
        if pk in urgent and _is_grave(symptom, senses(urgent[pk].text)):
            card = urgent[pk]
            line = sentences(card.text)[0]
            return Alarm(pk, card.term.title, card.term.get_absolute_url(), line)
    return None


def _is_grave(symptom: frozenset[str], card: frozenset[str]) -> bool:
    said = symptom & card
    return bool(said & GRAVE) or 2 * len(said - PAIN) > len(symptom - PAIN)
