"""What people type, and the word of the real glossary that must come first, or among the first."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from config.pages.search import Found, answer
from glossary.files.loading import load_glossary
from glossary.models import Term
from glossary.search.finding import terms_of
from glossary.search.spelling import names

pytestmark = pytest.mark.xdist_group("search_table")

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
    "max hr": "Maximum Heart Rate",
    "z2": "Zone 2 Training",
    "lthr": "Lactate Threshold",
    "c25k": "Couch to 5K",
    "MLSS": "Lactate Threshold",
    "mlss": "Lactate Threshold",
    "NP": "Normalised Power",
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
# As runners, riders and swimmers ask in forums: the symptom, the place, the distance, their fillers
# and slips. One of the words must be among the first three.
SENTENCES = {
    # Where it hurts.
    "my knee hurts under the kneecap": "Runner's Knee",
    "why does my knee hurt going down stairs": "Runner's Knee",
    "front of knee pain after sitting at my desk all day": "Runner's Knee",
    "ache behind kneecap when squatting": "Runner's Knee",
    "pain on the outside of my knee when running": "IT Band Syndrome",
    "outer knee pain that starts after 3 miles": "IT Band Syndrome",
    "sharp pain side of knee running downhill": "IT Band Syndrome",
    "pain below kneecap when jumping": "Patellar Tendinopathy",
    "knee locks and clicks after twisting it": "Meniscus Tear",
    "my knee is stiff in the morning and i am over 50": "Osteoarthritis of the Knee",
    "is running bad for your knees": "Osteoarthritis of the Knee | Runner's Knee",
    "heel hurts first thing in the morning": "Plantar Fasciitis",
    "stabbing heel pain first steps out of bed": "Plantar Fasciitis",
    "pain in the arch of my foot": "Plantar Fasciitis | Tibialis Posterior Tendinopathy",
    "pain in back of heel and tendon stiff in the morning": "Achilles Tendinopathy",
    "sore achilles after speed work should i stop": "Achilles Tendinopathy",
    "front of my shins hurt when i run": "Shin Splints",
    "pain along inside of shin bone": "Shin Splints",
    "one spot on my shin really hurts to touch": "Stress Fracture | Shin Splints",
    "bone pain in foot getting worse even when resting": "Stress Fracture",
    "calf feels tight and numb after 10 minutes of running": "Compartment Syndrome",
    "sudden pop in my calf": "Calf Strain",
    "pulled muscle back of thigh sprinting": "Hamstring Strain",
    "deep pain in butt when sitting": "Piriformis Syndrome",
    "pain running down my leg from my buttock": "Piriformis Syndrome",
    "pain on side of hip lying in bed": "Gluteal Tendinopathy",
    "pinching in groin when lifting knee": "Hip Impingement | Hip Flexor Strain",
    "rolled my ankle on a trail": "Ankle Sprain",
    "twisted ankle how long until i can run": "Ankle Sprain",
    "ball of foot pain feels like walking on a pebble": "Morton's Neuroma | Metatarsalgia",
    "numb toes and burning between the toes": "Morton's Neuroma",
    "burning under the ball of my foot": "Metatarsalgia | Morton's Neuroma",
    "bump on big toe joint": "Bunion",
    "my toenail turned black after a marathon": "Black Toenail",
    "lower back hurts after a long ride": "Low Back Pain",
    "shoulder hurts when i swim freestyle": "Swimmer's Shoulder",
    "pinky finger numb after long bike ride": "Cyclist's Palsy",
    "itchy ear after swimming": "Swimmer's Ear",
    "sore bum from saddle": "Saddle Sores",
    "inner thighs rubbing raw": "Chafing",
    "nipples bleed when i run": "Chafing",
    "pain under ribs when running": "Side Stitch",
    "legs so sore two days after race can't walk downstairs": "DOMS",
    "calves cramping at mile 20": "Cramp",
    "wake up with leg cramp at night": "Cramp",
    "leaking pee when i run": "Pelvic Floor",
    "why do my arches collapse ankle inside swollen": "Tibialis Posterior Tendinopathy",
    # Something is wrong.
    "peeing brown after ultra": "Rhabdomyolysis",
    "urine like cola after crossfit": "Rhabdomyolysis",
    "can't breathe in cold water": "Cold Water Shock",
    "coughing up pink froth while swimming": "Swimming-Induced Pulmonary Oedema",
    "confused in the heat": "Heatstroke",
    "dizzy and nauseous running in hot weather": "Heat Exhaustion | Heatstroke",
    "tight chest when running uphill": "Chest Pain",
    "someone collapsed at a race not breathing": "Sudden Cardiac Arrest",
    "how do i use an aed": "Defibrillator",
    "wheezing after running in cold air": "Exercise-Induced Asthma",
    "hit my head in a bike crash and feel foggy": "Concussion",
    "shivering uncontrollably after swim": "Hypothermia | Cold-Water Immersion",
    "headache and nausea at high altitude": "Altitude Sickness",
    "drank too much water during marathon": "Hyponatraemia",
    "swollen fingers and nausea in ultra": "Hyponatraemia",
    "have to poop when running": "GI Distress",
    "stomach cramps and diarrhea during marathon": "GI Distress",
    "throwing up gels": "GI Distress",
    "can i run with a cold": "Exercising with a Cold",
    "should i train with a fever": "Exercising with a Cold",
    "always tired and resting heart rate is up": "Overtraining Syndrome | Resting Heart Rate",
    "tired all the time low ferritin": "Iron Deficiency",
    "lost my period from running": "RED-S | Female Athlete Triad",
    "missed periods and stress fractures": "Female Athlete Triad | RED-S",
    "running while pregnant is it safe": "Running in Pregnancy",
    "when can i run after having a baby": "Postnatal Running",
    "period and race day performance": "Menstrual Cycle",
    "hot flushes and training": "Menopause",
    # Numbers about oneself.
    "what is a good vo2 max": "VO2max",
    "how to increase vo2 max": "VO2max",
    "what is a good resting heart rate for a runner": "Resting Heart Rate",
    "how do i calculate my max heart rate": "Maximum Heart Rate",
    "220 minus age wrong": "Maximum Heart Rate",
    "my heart rate is too high on easy runs":
        "Heart-Rate Zones | Zone 2 Training | Easy Run | Cardiac Drift",
    "why does my heart rate creep up on long runs": "Cardiac Drift",
    "how do i find my ftp": "FTP",
    "good watts per kg for a beginner cyclist": "Watts per Kilogram",
    "what cadence should i run at": "Cadence",
    "is 180 steps per minute best": "Cadence",
    "hrv dropped after hard workout": "HRV",
    "what does tss mean in trainingpeaks": "TSS",
    "how much should ctl go up per week": "CTL",
    "form and freshness number negative": "TSB",
    "what is a good swolf score": "SWOLF",
    "how much sweat do i lose per hour": "Sweat Rate",
    "how fast should my easy runs be": "Easy Run | Talk Test",
    "can't hold a conversation while running": "Talk Test",
    "how hard should it feel out of 10": "RPE",
    "compare my time with younger runners": "Age Grading",
    # Training.
    "how long to taper for marathon": "Taper",
    "feel sluggish during taper": "Taper",
    "difference between tempo and threshold": "Tempo Run | Threshold Run",
    "how long should my long run be": "Long Run",
    "how many days a week should i do intervals": "Intervals | HIIT",
    "how to start running when unfit": "Couch to 5K | Run-Walk",
    "is it ok to walk during a run": "Run-Walk",
    "how much can i increase mileage each week": "10% Rule",
    "what to do on rest days": "Active Recovery | Cross-Training | Recovery Run",
    "running twice a day": "Double Day",
    "do i need strength training for running": "Strength Training",
    "jumping exercises for runners": "Plyometrics",
    "how fast do you lose fitness when you stop": "Detraining",
    "coming back to running after injury": "Return to Running",
    "long runs on saturday and sunday for ultra": "Back-to-Back Long Runs",
    "bike then run workout legs feel like jelly": "Brick Workout",
    "should i stretch before or after running": "Stretching | Warm-Up",
    "does foam rolling work": "Foam Rolling",
    "how to run faster downhill without falling": "Downhill Technique",
    "walk the uphills in an ultra": "Power Hiking",
    "train easy most of the time hard sometimes": "80/20 Training | Polarised Training",
    "the long slow stuff between easy and hard is useless": "Junk Miles",
    "how to pace a half marathon": "Pace | Half Marathon | Even Split",
    "run the second half faster than first": "Negative Split",
    "training in the heat to adapt": "Heat Acclimation",
    "sleep high train low": "Altitude Training",
    # Eating and drinking.
    "what to eat night before marathon": "Carb Loading",
    "how many gels for a half marathon": "Energy Gel | Fuelling",
    "how many carbs per hour cycling":
        "Fuelling | Gut Training | Multiple Transportable Carbohydrates",
    "ran out of energy at 30k legs empty": "The Wall | Bonk",
    "hit the wall at mile 20": "The Wall",
    "should i run before breakfast": "Fasted Training",
    "does coffee before a run help": "Caffeine",
    "does beetroot juice make you faster": "Nitrate",
    "how much protein after long run": "Recovery Protein",
    "do i need salt tablets": "Electrolytes | Sodium Loading",
    "train your stomach to take more carbs": "Gut Training",
    "is creatine good for runners": "Creatine",
    # Races.
    "how long is a half marathon in km": "Half Marathon",
    "how far is an ironman": "Full-Distance Triathlon",
    "what happens if i miss the cutoff": "Cut-Off",
    "how to get into london marathon lottery": "Ballot",
    "what time do i need for boston": "Qualifying Time",
    "give my race number to a friend": "Bib | Bandit | Deferral",
    "can i defer my entry to next year": "Deferral",
    "difference between gun time and chip time": "Gun Time | Chip Time",
    "what do i have to carry in a mountain race": "Mandatory Kit",
    "last runner standing race every hour": "Backyard Ultra",
    "free 5k on saturday morning": "parkrun",
    "how to not get lost in open water swim": "Sighting",
    "following close behind another cyclist": "Drafting",
    "caught drafting on bike penalty": "Drafting | Penalty Tent",
    "how to change quickly from swim to bike": "T1 and T2",
    # Things.
    "are carbon shoes worth it": "Super Shoe | Carbon Plate",
    "do i need a wetsuit for 18 degrees": "Wetsuit",
    "how high should the heel be in running shoes": "Heel Drop",
    "what does flat feet rolling in mean": "Pronation",
    "landing on my heels is that bad": "Foot Strike | Overstriding",
    "best light for running in the dark": "Headtorch",
    "hiking poles for ultra allowed": "Trekking Poles",
    "watch says wrong distance": "GPS Watch | Certified Course",
    "indoor bike for winter": "Turbo Trainer",
    "does kt tape do anything": "Kinesiology Tape",
    "massage gun on sore calves": "Massage Gun",
    "do compression socks help": "Compression",
    # With typing errors, units and marks.
    "my nee hurts wen going down stares": "Runner's Knee",
    "achiles pain in the mornign": "Achilles Tendinopathy",
    "how to loose wieght running fasted": "Fasted Training",
    "d+ per km for vertical race": "Vertical Kilometre | Grade-Adjusted Pace",
    "100km 5000m D+ training": "Ultramarathon | Power Hiking | Trail Race | Back-to-Back Long Runs",
    "pace per km on hills": "Grade-Adjusted Pace",
    "16:8 fasting and long-runs": "Fasted Training",
}  # fmt: skip
# What must be said before all else, on which page.
ALARMS = {
    "brown urine": "Rhabdomyolysis",
    "peeing brown after ultra": "Rhabdomyolysis",
    "can't breathe": "Exercise-Induced Asthma",
    "cant breathe in the swim": "Swimming-Induced Pulmonary Oedema",
    "chest pain": "Chest Pain",
    "my chest hurts when i run": "Chest Pain",
    "confused in the heat": "Heatstroke",
    "friend hot and confused after race": "Heatstroke",
    "confused at altitude": "Altitude Sickness",
    "passed out during run": "Sudden Cardiac Arrest",
    "pink froth": "Swimming-Induced Pulmonary Oedema",
    "knocked out in bike crash": "Concussion",
    "calf swollen and short of breath": "Calf Strain",
    "seizure after marathon": "Hyponatraemia",
    "black poo after ultra": "GI Distress",
}
# No false alarm: who is frightened for nothing does not look the next time.
CALM = [
    "knee pain", "numb toes", "calf cramp", "running in the heat", "heart rate zones", "stitch",
    "sore muscles", "swollen knee", "how to breathe when swimming", "cold water swim", "blisters",
    "back pain", "brown shoes", "chest strap", "shin splints", "my shins hurt", "black toenail",
    "shoulder hurts when i swim", "numb fingers cycling", "pee before race", "sickle cell trait",
]  # fmt: skip
# Nobody knows what is meant, so no guess is shown. An abbreviation is no slip of another.
NONSENSE = ["xyzzy", "qwertyuiop", "asdf", "fghjk", "zzzzzz", "blorptang", "wjkqp vvbnm", "1234567",
            "MTSX", "ltsr"]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _the_real_words(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Once for all, because loading them takes seconds."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_glossary()
        yield
        transaction.set_rollback(True)


def titles(found: Found, most: int) -> list[str]:
    return [term.title for _, term in terms_of(found.terms[:most], Term.objects.published())]


def test_the_meant_word_comes_first() -> None:
    known = names()
    firsts = {query: titles(answer(query, known), 1) for query in FIRST}
    wrong = {query: found for query, found in firsts.items() if found != [FIRST[query]]}
    assert len(wrong) <= 0.02 * len(FIRST), wrong


def test_a_sentence_finds_its_word_among_the_first_three() -> None:
    known = names()
    found = {query: titles(answer(query, known), 3) for query in SENTENCES}
    wrong = {
        query: three
        for query, three in found.items()
        if not set(three) & set(SENTENCES[query].split(" | "))
    }
    assert len(SENTENCES) >= 120
    assert len(wrong) <= 0.1 * len(SENTENCES), wrong


def test_an_emergency_comes_first_and_nothing_else_does() -> None:
    known = names()
    alarms = {query: answer(query, known) for query in ALARMS}
    said = {query: found.alarm and found.alarm.title for query, found in alarms.items()}
    assert said == ALARMS
    assert {query: titles(found, 1)[0] for query, found in alarms.items()} == ALARMS
    assert [query for query in CALM if answer(query, known).alarm] == []


def test_nobody_guesses_at_nonsense() -> None:
    known = names()
    found = {query: answer(query, known) for query in NONSENSE}
    assert {query: answer.query for query, answer in found.items()} == {q: q for q in NONSENSE}
    assert not any(answer.terms for answer in found.values())
