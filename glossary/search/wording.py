"""What people type, read as the words that a page would use. Strings in, strings out."""

import re
from collections.abc import Iterator
from functools import lru_cache

from text.names import fold

# What carries no meaning of its own: question words, the small words of English, and courtesies.
FILLERS = frozenset(
    """
    a about actually after again all also always am an and any anybody anyone anything are arent as
    ask at be because been before being best both but by calculate can cannot cant come
    could did do does doesnt doing dont during each else even ever every explain explained few find
    for from get gets getting give go goes going good got guys had has have having he hello help her
    here hey hi him his how i id if ill im in into is isnt it its itself ive just keep keeps know
    lately let like lot make makes many may maybe me mean meaning means might more most much must my
    myself need no nor normal not now of ok okay on once only or other our out over people please
    properly quite really recommend right s same say says she should shouldnt since so some somebody
    someone something still such sure t tell than thanks that thats the their them then there these
    they thing things think this those to too try trying until up us use using usually very want was
    way we were what whats when where which while who whole whos why will with without wont work
    worth would you your yourself
    definition define
    """.split()  # noqa: SIM905 - a hundred quotation marks are no easier to read
)
# Where something is: it tells symptoms apart, and PostgreSQL leaves it out of every index.
PLACES = frozenset(["above", "below", "between", "down", "off", "through", "under"])
# "How long", "how far": the length that is asked for, not the "long" of a long run.
ASKED_FOR = re.compile(r"\bhow (long|far|often|much|many|fast|hard|high|big|soon|bad)\b")

# Said in several words what a page says in one.
PHRASES = {
    "cant breathe": "breathless",
    "cannot breathe": "breathless",
    "cant catch my breath": "breathless",
    "hard to breathe": "breathless",
    "struggling to breathe": "breathless",
    "struggle to breathe": "breathless",
    "trouble breathing": "breathless",
    "difficulty breathing": "breathless",
    "too little breath": "breathless",
    "not breathe": "breathless",
    "not breathing": "breathless",
    "short of breath": "breathless",
    "shortness of breath": "breathless",
    "passed out": "faint",
    "pass out": "faint",
    "passes out": "faint",
    "passing out": "faint",
    "blacked out": "faint",
    "blacking out": "faint",
    "knocked out": "unconscious",
    "throwing up": "vomit",
    "throw up": "vomit",
    "threw up": "vomit",
    "being sick": "vomit",
    "getting up": "rise",
    "out of bed": "morning bed",
    "wake up": "morning",
    "woke up": "morning",
    "waking up": "morning",
    "knee cap": "kneecap",
    "down stairs": "stairs downstairs",
    "up stairs": "stairs upstairs",
    "heart beat": "heartbeat",
    "work out": "workout",
    "work outs": "workouts",
    "d plus": "ascent",
    "heart attack": "chest pain",
}
# Words that are the same to whoever looks for help: as typed, as a page has it.
THE_SAME = [
    group.split()
    for group in """
    pain ache aching achy hurt hurting painful sore soreness
    pee peeing peed urine urinate urinating wee weeing
    poo poop pooping stool stools bowel
    faint fainted fainting
    unconscious unresponsive
    breathless breathlessness
    vomit vomiting vomited puke puking
    nausea nauseous queasy sick sickness
    tummy belly stomach gut abdominal
    bum butt buttock buttocks glute glutes
    hot heat
    cold chilly freezing
    confused confusion disoriented
    dizzy dizziness lightheaded
    swollen swelling swell swells
    numb numbness
    seizure seizures convulsion
    stairs stair downstairs upstairs
    downhill descent descents descend
    uphill climb climbs climbing ascent ascents elevation incline
    sudden suddenly
    weak weakness
    tired tiredness fatigue fatigued exhausted exhaustion
    pregnant pregnancy trimester
    baby birth postnatal postpartum
    period periods menstrual menstruation
    fever feverish
    toenail toenails nail nails
    pinky finger fingers
    foot feet
    leg legs
    bike bicycle cycling cycle cyclist ride riding
    swim swimming swam swimmer
    run running ran runner jog jogging
    race races racing
    lottery ballot draw
    coffee caffeine
    beetroot beet
    carbs carb carbohydrate carbohydrates
    drink drinking drank fluid
    sweat sweating sweaty
    torch headlamp headlight headtorch
    crash crashed fall fell falling
    begin start starting beginner beginning
    speed faster quick quickly quicker
    injured injury injuries
    mileage miles
    food eat eating meal ate
    jump jumping jumps hop
    itch itchy itching
    rub rubbing rubs raw chafe chafed
    """.splitlines()
    if group.strip()
]
UNITS = re.compile(r"\b(\d+)(kms?|mi|miles?|m|mins?|hrs?|h|c|f|kg|g|ml|l|w|bpm|yo)\b")
ASCENT = re.compile(r"\bd ?\+(?!\w)", re.IGNORECASE)


def content_words(text: str) -> list[str]:
    """The words that say what is meant, in their order; all words where none does."""
    return list(_content_words(text))


@lru_cache(maxsize=256)
def _content_words(text: str) -> tuple[str, ...]:
    said = fold(ASCENT.sub(" d plus ", text))
    words = UNITS.sub(r"\1 \2", said)
    words = ASKED_FOR.sub(" ", f" {words} ")
    words = _PHRASE.sub(lambda match: PHRASES[match[0]], words)
    kept = [word for word in words.split() if word not in FILLERS]
    return tuple(dict.fromkeys(kept or said.split()))


_PHRASE = re.compile(rf"\b({'|'.join(sorted(PHRASES, key=len, reverse=True))})\b")


def stem(word: str) -> str:
    """Alike for the forms of a word; no word of English itself."""
    if len(word) < 4 or any(letter.isdigit() for letter in word):
        return word
    for ending in ("nesses", "ness", "ings", "ing", "ions", "ion", "ied", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            if ending == "s" and word.endswith(("ss", "us", "is")):
                break
            word = word.removesuffix(ending)
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word


_GROUP_OF = {stem(word): group for group in THE_SAME for word in group}


def alternatives(word: str) -> list[str]:
    """The word, and those that are the same to whoever looks for help."""
    return list(dict.fromkeys([word, *_GROUP_OF.get(stem(word), ())]))


def sense(word: str) -> str:
    """One stem for all words that are the same."""
    group = _GROUP_OF.get(stem(word))
    return stem(group[0]) if group else stem(word)


def senses(text: str) -> frozenset[str]:
    return frozenset(map(sense, content_words(text)))


def spans(words: list[str], longest: int = 5) -> Iterator[tuple[int, int]]:
    """Where each run of neighbouring words begins and ends, the longest first."""
    for length in range(min(longest, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield start, start + length
