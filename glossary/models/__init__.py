from glossary.models.addresses import FormerAddress
from glossary.models.links import LinkedText
from glossary.models.readers import FEEDBACK_LENGTH, Feedback, MissedSearch
from glossary.models.term_parts import (
    FAQ,
    Alias,
    CareAdvice,
    KeyFact,
    RelatedTerm,
    Source,
    TermPart,
    Tip,
)
from glossary.models.terms import (
    BODY_LENGTH,
    DEFINITION_LENGTH,
    DIGITS,
    PUBLISHED,
    Category,
    Deletion,
    Term,
    TermQuerySet,
)
from glossary.models.tidy_text import TidyText, at_most, no_longer
from glossary.models.versions import PublicVersion

__all__ = [
    "Alias",
    "BODY_LENGTH",
    "CareAdvice",
    "Category",
    "DEFINITION_LENGTH",
    "DIGITS",
    "Deletion",
    "FAQ",
    "FEEDBACK_LENGTH",
    "Feedback",
    "FormerAddress",
    "KeyFact",
    "LinkedText",
    "MissedSearch",
    "PUBLISHED",
    "PublicVersion",
    "RelatedTerm",
    "Source",
    "Term",
    "TermPart",
    "TermQuerySet",
    "TidyText",
    "Tip",
    "at_most",
    "no_longer",
]
