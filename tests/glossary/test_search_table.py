"""What people type, and the word of the real glossary that must come first."""

import pytest

from glossary.files.loading import load_glossary
from glossary.models import Term
from glossary.search.finding import correct, find_terms, subject, terms_of
from glossary.search.spelling import names

pytestmark = pytest.mark.django_db

FIRST = {
    # Titles, in whatever case, with whatever marks.
    "runner's knee": "Runner's Knee",
    "runners knee": "Runner's Knee",
    "RUNNER’S KNEE": "Runner's Knee",
    "runner knee": "Runner's Knee",
    "vo2 max": "VO2max",
    "VO2max": "VO2max",
    "VO₂max": "VO2max",
    "v.o2 max": "VO2max",
    "mortons neuroma": "Morton's Neuroma",
    "swimmers shoulder": "Swimmer's Shoulder",
    "randonnee": "Randonnée",
    "RANDONNÉE": "Randonnée",
    "cross country": "Cross-Country",
    "crosscountry": "Cross-Country",
    "warm up": "Warm-Up",
    "warmup": "Warm-Up",
    "cooldown": "Cool-Down",
    "run walk": "Run-Walk",
    "reds": "RED-S",
    "otillo": "Swimrun",
    "rice": "RICE and PEACE & LOVE",
    "w'": "W Prime",
    # Abbreviations.
    "ITBS": "IT Band Syndrome",
    "PFPS": "Runner's Knee",
    "mtss": "Shin Splints",
    "hrv": "HRV",
    "rpe": "RPE",
    "bq": "Qualifying Time",
    "pb": "Personal Best",
    "PR": "Personal Best",
    "xc": "Cross-Country",
    "tt": "Time Trial",
    "lsd": "LSD (Long Slow Distance)",
    "css": "Critical Swim Speed",
    "acwr": "Acute:Chronic Workload Ratio",
    "w/kg": "Watts per Kilogram",
    "gct": "Ground Contact Time",
    "rhr": "Resting Heart Rate",
    # Numbers.
    "70.3": "70.3",
    "80/20": "80/20 Training",
    "80 20": "80/20 Training",
    "5 k": "5K",
    "5k": "5K",
    "5km": "5K",
    "10 km": "10K",
    "10 percent": "10% Rule",
    "ten percent rule": "10% Rule",
    "26.2": "Marathon",
    "13.1": "Half Marathon",
    "zone 2": "Zone 2 Training",
    # Two countries.
    "periodization": "Periodisation",
    "periodisation": "Periodisation",
    "polarized training": "Polarised Training",
    "polarized": "Polarised Training",
    "fueling": "Fuelling",
    "fuelling": "Fuelling",
    "hyponatremia": "Hyponatraemia",
    "hyponatraemia": "Hyponatraemia",
    "capillarization": "Capillarisation",
    "normalized power": "Normalised Power",
    "fast twitch fiber": "Fast-Twitch Fibre",
    "slow twitch fibers": "Slow-Twitch Fibre",
    "anemia": "Iron Deficiency",
    "vertical kilometer": "Vertical Kilometre",
    "swimming induced pulmonary edema": "Swimming-Induced Pulmonary Oedema",
    "heat acclimatization": "Heat Acclimation",
    "pedaling": "Pedal Stroke",
    "headlamp": "Headtorch",
    "head torch": "Headtorch",
    "return to run program": "Return to Running",
    # One and many.
    "tapers": "Taper",
    "blister": "Blisters",
    "cramps": "Cramp",
    "shin splint": "Shin Splints",
    "stress fractures": "Stress Fracture",
    "marathons": "Marathon",
    "energy gels": "Energy Gel",
    "negative splits": "Negative Split",
    "super shoes": "Super Shoe",
    "wetsuits": "Wetsuit",
    "hill repeat": "Hill Repeats",
    "aid stations": "Aid Station",
    # Parts.
    "achilles": "Achilles Tendinopathy",
    "threshold": "Threshold Run",
    "band syndrome": "IT Band Syndrome",
    "plantar": "Plantar Fasciitis",
    "fasciitis": "Plantar Fasciitis",
    "vo2": "VO2max",
    "neuroma": "Morton's Neuroma",
    "knee": "Runner's Knee",
    "ultra": "Ultramarathon",
    "hamstring": "Hamstring Strain",
    "periodis": "Periodisation",
    "foam": "Foam Rolling",
    # Questions.
    "what is a taper": "Taper",
    "what is a taper?": "Taper",
    "vo2 max meaning": "VO2max",
    "what does DNF mean": "DNF",
    "definition of cadence": "Cadence",
    "fartlek definition": "Fartlek",
    "what's a negative split": "Negative Split",
    "how to carb load": "Carb Loading",
    "how long should i taper for a 5k": "Taper",
    # Typing errors.
    "plantar fascitis": "Plantar Fasciitis",
    "planter fascitis": "Plantar Fasciitis",
    "runers nee": "Runner's Knee",
    "runnners knee": "Runner's Knee",
    "lactate treshold": "Lactate Threshold",
    "lactate treshold training": "Threshold Run",
    "maraton": "Marathon",
    "maraton pace": "Marathon-Pace Run",
    "half marathn": "Half Marathon",
    "fartleck": "Fartlek",
    "cadense": "Cadence",
    "achilies tendonitis": "Achilles Tendinopathy",
    "achilles tendinitus": "Achilles Tendinopathy",
    "shin splits": "Shin Splints",
    "illiotibial band": "IT Band Syndrome",
    "stress fracure": "Stress Fracture",
    "overtraning": "Overtraining Syndrome",
    "glycogin": "Glycogen",
    "electrolites": "Electrolytes",
    "proprioseption": "Proprioception",
    "periodizaton": "Periodisation",
    "plyometic": "Plyometrics",
    "mitochondira": "Mitochondria",
    "pirifomis": "Piriformis Syndrome",
    "hyponatrmia": "Hyponatraemia",
    "negitive splits": "Negative Split",
    "tempo rnu": "Tempo Run",
    "vo2maks": "VO2max",
    "bakyard ultra": "Backyard Ultra",
    "suppination": "Supination",
    "dehidration": "Dehydration",
    # Other names.
    "hitting the wall": "The Wall",
    "jumper's knee": "Patellar Tendinopathy",
    "charley horse": "Cramp",
    "broom wagon": "Sweeper",
    "heart rate monitor": "Chest Strap",
    "last one standing": "Backyard Ultra",
    "sportive": "Gran Fondo",
    "lactic acid": "Lactate",
    "ironman": "Full-Distance Triathlon",
    "half ironman": "70.3",
    "beetroot": "Nitrate",
    "muscle soreness": "DOMS",
    "pacemaker": "Pacer",
}  # fmt: skip
# Nobody knows what is meant, so no guess is shown.
NONSENSE = ["xyzzy", "qwertyuiop", "asdf", "fghjk", "zzzzzz", "blorptang", "wjkqp vvbnm", "1234567"]


def test_the_meant_word_comes_first() -> None:
    """In one test, because loading the words takes seconds: all that fail are told together."""
    load_glossary()
    known = names()

    def guess(query: str) -> str:
        return correct(query, known, known.near(subject(query)))

    def first_of(query: str) -> str:
        hits = find_terms(query, known) or find_terms(guess(query), known)
        shown = terms_of(hits[:1], Term.objects.published())
        return shown[0][1].title if shown else "nothing"

    wrong = {
        query: (title, found)
        for query, title in FIRST.items()
        if (found := first_of(query)) != title
    }
    assert wrong == {}
    assert {query: guess(query) for query in NONSENSE} == dict.fromkeys(NONSENSE, "")
