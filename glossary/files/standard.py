"""The standard a term is written to (docs/content.md), as far as a program can tell."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from glossary.models import DEFINITION_LENGTH, Alias, CareAdvice, RelatedTerm
from glossary.parts import IN_MARKDOWN, Part
from text.content_files import ContentFile, Problem
from text.names import name_key
from text.reading_age import reading_age
from text.sentences import sentences, words

COUNTS = {"key_facts": (3, 6), "tips": (3, 6), "faqs": (2, 5), "related": (3, 6)}
BODY_WORDS = (120, 350)
HEADLINE_LENGTH = 60
PARAGRAPH_SENTENCES = 3
SENTENCE_WORDS = 26
SHARED_SENTENCE_WORDS = 5

# Terms of the health categories that are practices or measures, not injuries or illnesses.
ILLNESS_CATEGORY = "recovery-injury"
PRACTICES = {
    "active-recovery",
    "eccentric-exercise",
    "foam-rolling",
    "return-to-running",
    "rice-and-peace-love",
}
ILLNESSES_ELSEWHERE = {"dehydration", "gi-distress", "hyponatraemia", "iron-deficiency"}


def long_sentences(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        if len(words(sentence)) > SENTENCE_WORDS:
            start = " ".join(sentence.split()[:6])
            yield f"a sentence of {len(words(sentence))} words: “{start} ...”"


def own_sentences(text: str) -> set[str]:
    """Keys of the sentences that are long enough to stand in one text alone."""
    return {name_key(s) for s in sentences(text) if len(words(s)) >= SHARED_SENTENCE_WORDS}


def markdown_texts(term: ContentFile) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Every Markdown text of a term but its body, with where it stands."""
    for part in IN_MARKDOWN:
        for index, row in enumerate(term.data.get(part.key) or []):
            if isinstance(row, str):
                yield row, (part.key, index)
            else:
                yield row[part.text], (part.key, index, part.text)


WHOLE = "The whole page"
# What a file says of a row in one word, which the database knows or refuses.
CHOICES = {
    ("aliases", "kind"): Alias.Kind.values,
    ("related", "kind"): RelatedTerm.Kind.values,
    ("care_advice", "level"): CareAdvice.Level.values,
}


def reading_ages(term: ContentFile) -> dict[str, float | None]:
    """The reading age of each section of a term and, last, of the whole."""
    data = term.data
    names = [data["title"], *(alias["name"] for alias in data.get("aliases") or [])]
    sections = {
        "Definition": data["definition"],
        "Explanation": term.body,
        **{part.label: "\n\n".join(_prose(part, data)) for part in IN_MARKDOWN},
    }
    sections[WHOLE] = "\n\n".join(sections.values())
    return {section: reading_age(text, names) for section, text in sections.items() if text}


def _prose(part: Part, data: dict[str, Any]) -> Iterator[str]:
    for row in data.get(part.key) or []:
        yield from [row] if isinstance(row, str) else [row[name] for name in part.prose]


def needs_care_advice(term: ContentFile) -> bool:
    slug, category = term.slug, term.data["category"]
    return slug in ILLNESSES_ELSEWHERE or (category == ILLNESS_CATEGORY and slug not in PRACTICES)


def _care_reason(term: ContentFile) -> str | None:
    levels = {advice["level"] for advice in term.data.get("care_advice") or []}
    is_urgent = not levels.isdisjoint(CareAdvice.URGENT_LEVELS)
    never_is = term.data.get("no_urgent_level") is True
    if is_urgent and never_is:
        return "it says that no urgent level applies, and has advice of one"
    if not needs_care_advice(term):
        return None
    if not levels:
        return "an injury or illness needs care advice"
    if not is_urgent and not never_is:
        return "it says neither what is urgent nor that no urgent level applies"
    return None


def term_problems(term: ContentFile) -> Iterator[Problem]:
    """What one term's file lacks of the standard."""
    data = term.data
    for key, (least, most) in COUNTS.items():
        if not least <= len(data[key]) <= most:
            yield term.problem(
                f"{len(data[key])} {key.replace('_', ' ')}; the standard is {least} to {most}", key
            )
    if len(data["definition"]) > DEFINITION_LENGTH:
        yield term.problem(f"the definition is over {DEFINITION_LENGTH} characters", "definition")
    if not 1 <= len(sentences(data["definition"])) <= 2:
        yield term.problem("the definition must be one or two sentences", "definition")
    if not data["sources"]:
        yield term.problem("no source", "sources")
    if reason := _care_reason(term):
        yield term.problem(reason, "care_advice")
    for index, alias in enumerate(data.get("aliases") or []):
        if name_key(alias["name"]) == name_key(data["title"]):
            yield term.problem(f"“{alias['name']}” is the title", "aliases", index)
    for (key, name), known in CHOICES.items():
        for index, row in enumerate(data.get(key) or []):
            if row.get(name, known[0]) not in known:
                yield term.problem(f"“{row[name]}” is none of {', '.join(known)}", key, index, name)
    for index, fact in enumerate(data["key_facts"]):
        yield from _key_fact_problems(term, fact, index)
    yield from _body_problems(term)
    for text, where in markdown_texts(term):
        yield from (term.problem(reason, *where) for reason in _text_reasons(term, text))


def _key_fact_problems(term: ContentFile, fact: dict[str, Any], index: int) -> Iterator[Problem]:
    headline, detail = fact["headline"], fact["detail"]
    if len(headline) > HEADLINE_LENGTH:
        reason = f"the headline is over {HEADLINE_LENGTH} characters"
        yield term.problem(reason, "key_facts", index, "headline")
    if name_key(detail).startswith(name_key(headline)):
        yield term.problem("the headline is the detail cut off", "key_facts", index, "headline")
    number = fact.get("source")
    if number is not None and not 1 <= number <= len(term.data["sources"]):
        yield term.problem(f"there is no source {fact['source']}", "key_facts", index, "source")
    if re.search(r"\d\s?km\b", detail) and not re.search(r"\bmi\b|\bmiles?\b|mph", detail):
        yield term.problem("kilometres without miles", "key_facts", index, "detail")


def _body_problems(term: ContentFile) -> Iterator[Problem]:
    count = len(words(term.body))
    least, most = BODY_WORDS
    if not least <= count <= most:
        yield term.body_problem(f"the body has {count} words; the standard is {least} to {most}")
    for paragraph in re.split(r"\n\s*\n", term.body):
        is_list = re.match(r"\s*(?:[-*]|\d+\.)\s", paragraph)
        if not is_list and len(sentences(paragraph)) > PARAGRAPH_SENTENCES:
            start = " ".join(paragraph.split()[:6])
            yield term.body_problem(f"over {PARAGRAPH_SENTENCES} sentences in “{start} ...”")
    yield from (term.body_problem(reason) for reason in _text_reasons(term, term.body))


def _text_reasons(term: ContentFile, text: str) -> Iterator[str]:
    yield from long_sentences(text)
    numbers = {str(number) for number, _ in enumerate(term.data["sources"], 1)}
    for number in re.findall(r"\[\^(\d+)\]", text):
        # Not as a number: Python reads none of over 4,300 digits.
        if number.lstrip("0") not in numbers:
            yield f"there is no source {number} to cite"
    if "!" in text:
        yield "an exclamation mark"
    # Ends where the next could begin, or long rubbish would be read over and over.
    for address in re.findall(r"\]\(([^)\]]*)\)", text):
        if not address.startswith(("https://", "http://")):
            yield f"a link to “{address}”: words link themselves, other links are whole addresses"
    if re.search(r"<[a-zA-Z/]", text):
        yield "raw HTML"


def glossary_problems(terms: Iterable[ContentFile]) -> Iterator[Problem]:
    """What the terms get wrong together: colliding names, repeated sentences, dead relations."""
    terms = list(terms)
    yield from name_problems(terms)
    yield from _relation_problems(terms)
    yield from _repeated_sentences(terms)


def name_problems(terms: list[ContentFile]) -> Iterator[Problem]:
    """Titles and aliases that are the same name, of two terms, or two aliases of one."""
    owners: dict[str, str] = {}
    for term in terms:
        owner = owners.setdefault(name_key(term.data["title"]), term.slug)
        if owner != term.slug:
            yield term.problem(f"“{term.data['title']}” is already the title of {owner}", "title")
    for term in terms:
        for index, alias in enumerate(term.data.get("aliases") or []):
            owner = owners.setdefault(name_key(alias["name"]), f"{term.slug} {index}")
            # An alias that repeats its own title does no harm; term_problems tells of it.
            if owner not in (f"{term.slug} {index}", term.slug):
                reason = f"“{alias['name']}” is already a name of {owner.split()[0]}"
                yield term.problem(reason, "aliases", index)


def _relation_problems(terms: list[ContentFile]) -> Iterator[Problem]:
    slugs = {term.slug for term in terms}
    related_to = set()
    for term in terms:
        for index, relation in enumerate(term.data["related"]):
            if relation["term"] not in slugs or relation["term"] == term.slug:
                reason = f"“{relation['term']}” is no other term"
                yield term.problem(reason, "related", index)
            related_to.add(relation["term"])
    for term in terms:
        if term.slug not in related_to:
            yield term.problem("no other term is related to this one")


def _repeated_sentences(terms: list[ContentFile]) -> Iterator[Problem]:
    seen: dict[str, list[ContentFile]] = defaultdict(list)
    for term in terms:
        texts = [text for text, _ in markdown_texts(term)]
        everything = [term.body, term.data["definition"], *texts]
        for key in set[str]().union(*map(own_sentences, everything)):
            seen[key].append(term)
    openings: dict[str, list[ContentFile]] = defaultdict(list)
    for term in terms:
        openings[" ".join(words(term.body)[:4]).casefold()].append(term)
    for shared, what in ((seen, "a sentence"), (openings, "its opening words")):
        for key, users in shared.items():
            if len(users) > 1:
                others = ", ".join(user.slug for user in users[1:])
                yield users[0].problem(f"{what} stands in {others} too: “{key[:60]}”")
