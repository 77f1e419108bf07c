"""Numbers of a race as people type them: how they are read, said back, and asked about."""

from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from organizers.models import Submission, User
from organizers.submissions import workflow
from organizers.submissions.numbers import LONGEST, plain, read_hours, read_number, split_unit
from organizers.submissions.submission_forms import SubmissionForms
from races.models import Distance, PriceTier
from tests.desk import NEW, client_of, read
from tests.factories import SubmissionFactory, UserFactory, submission_values

# Reading.


@pytest.mark.parametrize(
    ("text", "as_decimal", "as_thousands"),
    [
        ("160,9", "160.9", None),
        ("160.9", "160.9", None),
        (" 160.90 ", "160.90", None),
        ("100", "100", None),
        (",5", "0.5", None),
        ("0,500", "0.500", None),
        ("42,195", "42.195", "42195"),
        ("42.195", "42.195", "42195"),
        ("1,000", "1.000", "1000"),
        ("1 609", None, "1609"),
        ("1\u202f609,5", "1609.5", None),
        ("1’609.5", "1609.5", None),
        ("1.609,5", "1609.5", None),
        ("1,609.5", "1609.5", None),
        ("1.234.567", None, "1234567"),
        ("21,0975", "21.0975", None),
        ("-5", "-5", None),
        ("١٦٠٫٩", "160.9", None),
        ("１６０．９", "160.9", None),
        *[
            (text, None, None)
            for text in [
                "", " ", "x", "NaN", "Infinity", "1e3", "1,2,3", "1.2.3", "1,23.4", "12 34", "1,,5",
                "5,", "10²", "0x10", "--5", "1 2,5", "1234,567.8", "9" * (LONGEST + 1),
            ]
        ],
    ],
)  # fmt: skip
def test_a_number_is_read(text: str, as_decimal: str | None, as_thousands: str | None) -> None:
    read = read_number(text)
    assert read.as_decimal == (Decimal(as_decimal) if as_decimal else None)
    assert read.as_thousands == (Decimal(as_thousands) if as_thousands else None)


NUMBERS = st.decimals(min_value=0, max_value=9_999_999, places=3)


@given(NUMBERS, st.sampled_from([(",", "."), (".", ","), (" ", ","), (" ", "."), ("’", ".")]))
def test_a_number_with_its_groups_means_itself(number: Decimal, marks: tuple[str, str]) -> None:
    group, mark = marks
    whole, _, rest = f"{number:,.3f}".partition(".")
    read = read_number(whole.replace(",", group) + mark + rest)
    # Below a thousand there is no group, and three digits may be taken for one.
    assert read.as_decimal == number
    assert number < 1000 or read.all == [number]


@given(NUMBERS)
def test_plain_digits_are_never_doubtful(number: Decimal) -> None:
    assert read_number(str(int(number))).all == [int(number)]
    assert read_number(plain(number)).as_decimal == number


@given(st.text(max_size=60))
@example("0¼")
@example("5 İ")
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    for value in read_number(text).all:
        assert value.is_finite()
    minutes = read_hours(text)
    assert minutes is None or 0 <= minutes < 100_000
    number, unit = split_unit(text)
    assert not unit or unit.isalpha()
    assert read_number(number).all == read_number(split_unit(number)[0]).all


@given(st.text(alphabet="0123456789,. ", max_size=12))
def test_a_comma_and_a_point_are_read_alike(text: str) -> None:
    swapped = text.translate(str.maketrans(",.", ".,"))
    assert read_number(text) == read_number(swapped)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("7:30", 450), ("7", 420), ("7h30", 450), ("7 h 30 min", 450), ("7,5", 450), ("7.5 h", 450),
        ("90 min", 90), ("100:00", 6000), ("7：30", 450), ("1 hour", 60),
        ("1.30", None), ("1,75", None), ("7:99", None), ("-7", None), ("abc", None),
        ("1:2:3", None),
    ],
)  # fmt: skip
def test_hours_are_read(text: str, minutes: int | None) -> None:
    assert read_hours(text) == minutes


# In the form.

pytestmark = pytest.mark.django_db


def one(**fields: str) -> dict[str, str]:
    """The form filled in well, with changes to its one distance, or race__sport to the race."""
    changes = {
        name.replace("__", "-") if "__" in name else f"distance-0-{name}": text
        for name, text in fields.items()
    }
    return submission_values(**{"distance-0-cut_off": "", **changes})


def understood(**fields: str) -> dict[str, str]:
    forms = SubmissionForms(one(**fields))
    assert forms.is_valid(), forms.wrong()
    said: dict[str, str] = forms.distances.forms[0].understood
    return said


@pytest.mark.parametrize(
    ("length", "unit", "said", "metres"),
    [
        ("160,9", "km", "160.9 km (100 mi)", 160_900),
        ("160.9", "km", "160.9 km (100 mi)", 160_900),
        ("100", "mi", "100 mi (161 km)", 160_934),
        ("42,195", "km", "42.195 km (26.2 mi)", 42_195),
        ("42.195", "km", "42.195 km (26.2 mi)", 42_195),
        ("10 km", "km", "10 km (6.2 mi)", 10_000),
        ("26.2 mi", "km", "26.2 mi (42.2 km)", 42_165),
        ("26,2 Miles", "mi", "26.2 mi (42.2 km)", 42_165),
        ("10,000", "m", "10000 m (6.2 mi)", 10_000),
        ("42.195", "m", "42195 m (26.2 mi)", 42_195),
        ("1 609", "m", "1609 m (1 mi)", 1_609),
        ("10K", "km", "10 km (6.2 mi)", 10_000),
    ],
)
def test_a_length_is_said_back(length: str, unit: str, said: str, metres: int) -> None:
    assert understood(length=length, unit=unit)["length"] == said
    values = one(length=length, unit=unit)
    sent = SubmissionFactory(state="pending", submitted_at="2026-11-01T09:00Z", values=values)
    sent.refresh_from_db()
    workflow.approve(sent, UserFactory())
    assert Distance.objects.get().metres == metres


@pytest.mark.parametrize(
    ("length", "unit", "said"),
    [
        ("24 h", "km", "24 hours"),
        ("24", "h", "24 hours"),
        ("6,706", "loop", "loops of 6.706 km (4.2 mi)"),
        ("4.167 mi", "loop", "loops of 4.167 mi (6.7 km)"),
    ],
)
def test_hours_and_loops_are_said_back(length: str, unit: str, said: str) -> None:
    assert understood(length=length, unit=unit)["length"] == said


@pytest.mark.parametrize(
    ("length", "unit"),
    [("10 km", "mi"), ("26.2 mi", "m"), ("100 km", "h"), ("24 h", "loop"), ("24 h", "mi")],
)
def test_a_typed_unit_that_was_not_chosen_is_refused(
    length: str, unit: str, director: Client
) -> None:
    form = read(director.post(NEW, one(length=length, unit=unit)))
    assert "Which is it?" in form.error_of("distance-0-length")


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("ascent_metres", "1.250", "1,250 m (4,101 ft)"),
        ("ascent_metres", "1,250 m", "1,250 m (4,101 ft)"),
        ("ascent_metres", "1 250", "1,250 m (4,101 ft)"),
        ("ascent_metres", "4,000 ft", "1,219 m (3,999 ft)"),
        ("capacity", "1.500", "1,500 places"),
        ("price", "18,50", "18.50 EUR"),
        ("price", "18.5", "18.50 EUR"),
        ("cut_off", "1,5", "1 h 30 min"),
    ],
)
def test_other_numbers_are_said_back(field: str, text: str, said: str) -> None:
    assert understood(**{field: text, "length": "20"})[field] == said


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("ascent_metres", "12.5"), ("ascent_metres", "12 km"), ("capacity", "many"),
        ("price", "18,50 €"), ("price", "1,5,0"), ("cut_off", "1.30"), ("length", "ten"),
        ("length", "10 furlongs"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_said_by_its_field(field: str, text: str, director: Client) -> None:
    form = read(director.post(NEW, one(**{field: text})))
    assert form.error_of(f"distance-0-{field}").startswith("Write ")
    assert form.values[f"distance-0-{field}"] == text


def test_no_field_is_a_number_field_which_drops_commas(director: Client) -> None:
    page = director.get(NEW).content.decode()
    assert 'type="number"' not in page
    for name, keys in {"length": "decimal", "price": "decimal", "ascent_metres": "numeric"}.items():
        [tag] = [tag for tag in page.split("<") if f'name="distance-0-{name}"' in tag]
        assert 'type="text"' in tag
        assert f'inputmode="{keys}"' in tag


# Questions.

ODD = {
    "400 km on foot": ({"length": "400"}, "length"),
    "a marathon in metres": ({"length": "42.2", "unit": "m"}, "length"),
    "a number with two meanings": ({"length": "1,000"}, "length"),
    "2,000 km by bike": ({"length": "2000", "race__sport": "gravel-cycling"}, "length"),
    "300 km on skis": ({"length": "300", "race__sport": "cross-country-skiing"}, "length"),
    "60 km swimming": ({"length": "60", "race__sport": "open-water"}, "length"),
    "a month of running": ({"length": "720", "unit": "h"}, "length"),
    "a loop of a marathon": ({"length": "42.2", "unit": "loop"}, "length"),
    "a marathon in 2:00": ({"length": "42.195", "cut_off": "2:00"}, "cut_off"),
    "100 km in 6:00": ({"length": "100", "cut_off": "6"}, "cut_off"),
    "10 km in 90 hours": ({"length": "10", "cut_off": "90"}, "cut_off"),
    "180 km by bike in 2:30": (
        {"length": "180", "cut_off": "2:30", "race__sport": "road-cycling"}, "cut_off",
    ),
    "10 km swimming in 1:30": (
        {"length": "10", "cut_off": "1:30", "race__sport": "open-water"}, "cut_off",
    ),
    "24 hours with a cut-off of 12": ({"length": "24", "unit": "h", "cut_off": "12"}, "cut_off"),
    "a climb for the length": ({"length": "10", "ascent_metres": "10000"}, "ascent_metres"),
    "a climb on water": (
        {"length": "5", "race__sport": "open-water", "ascent_metres": "50"}, "ascent_metres",
    ),
    "a fee in thousands": ({"price": "1.850"}, "price"),
    "a million places": ({"capacity": "1000000"}, "capacity"),
    "no places": ({"capacity": "0"}, "capacity"),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "asked"), ODD.values(), ids=ODD.keys())
def test_what_is_hard_to_believe_is_asked_and_taken_once_it_is_confirmed(
    fields: dict[str, str], asked: str, director: Client
) -> None:
    values = one(**fields)
    response = director.post(NEW, values)
    assert response.status_code == 422
    form = read(response)
    name = f"distance-0-{asked}"
    assert form.error_of(name).endswith("Is it right?")
    assert list(form.errors.values()) == [form.error_of(name)]
    assert not Submission.objects.exists()
    page = response.content.decode()
    box = page[page.index(f'name="{name}_sure"') :]
    about = box[box.index('value="') + 7 :].partition('"')[0]
    assert about in box[box.index("<label") :].partition("</label>")[0]
    confirmed = {**values, f"{name}_sure": about}
    # Another number is asked about anew.
    other = {**confirmed, f"{name}_sure": "something else"}
    assert director.post(NEW, other).status_code == 422
    assert director.post(NEW, confirmed).status_code == 302
    assert Submission.objects.get().values[f"{name}_sure"] == about


FINE = {
    "a kilometre": {"length": "1"},
    "the Tor des Géants": {"length": "330", "cut_off": "150", "ascent_metres": "24000"},
    "a vertical kilometre": {"length": "2,2", "ascent_metres": "1000", "cut_off": "2"},
    "a fast marathon": {"length": "42,195", "cut_off": "2:30"},
    "a long triathlon": {"length": "226", "cut_off": "16", "race__sport": "triathlon"},
    "a fast ski marathon": {
        "length": "42",
        "cut_off": "1:50",
        "race__sport": "cross-country-skiing",
    },
    "a dear one": {"price": "850"},
    "a race in yen": {"price": "18.000", "currency": "JPY"},
    "a day": {"length": "24", "unit": "h", "cut_off": "24"},
}


@pytest.mark.parametrize("fields", FINE.values(), ids=FINE.keys())
def test_what_races_are_like_is_not_asked(fields: dict[str, str], director: Client) -> None:
    assert director.post(NEW, one(**fields)).status_code == 302


def test_a_draft_is_kept_without_an_answer_and_says_what_was_understood(director: Client) -> None:
    values = one(length="400,5", cut_off="1:30")
    response = director.post(NEW, {**values, "save-draft": "1"}, follow=True)
    page = response.content.decode()
    assert "We read: 400.5 km (249 mi)" in page
    assert "We read: 1 h 30 min" in page
    form = read(response)
    assert form.errors == {}
    # A screen reader says it with the field.
    assert "id_distance-0-length_understood" in form.described["distance-0-length"]
    assert 'name="distance-0-length_sure"' in page


def test_the_review_and_the_moderator_see_what_was_understood_asked_and_answered(
    director: Client, moderator: User
) -> None:
    values = one(length="400,0", cut_off="1:30")
    about = {
        "distance-0-length_sure": "400 km (249 mi)",
        "distance-0-cut_off_sure": "1 h 30 min for 400 km (249 mi)",
    }
    director.post(NEW, {**values, **about})
    submission = Submission.objects.get()
    admin = f"/admin/organizers/submission/{submission.pk}/change/"
    for client, path in [
        (director, submission.get_absolute_url()), (client_of(moderator), admin)
    ]:  # fmt: skip
        page = client.get(path).content.decode()
        assert "400 km (249 mi)" in page
        assert "typed as “400,0”" in page
        assert "This is longer than almost any race on foot." in page
        assert page.count("The organizer said that it is right.") == 2
        assert "18.50 EUR" in page
        assert "Not answered" not in page


def test_a_race_sent_before_there_were_questions_can_be_approved(moderator: User) -> None:
    old = one(length="400", cut_off="1:30", price="18.5", ascent_metres="12000", capacity="50")
    submission = SubmissionFactory(state="pending", submitted_at="2026-11-01T09:00Z", values=old)
    admin = f"/admin/organizers/submission/{submission.pk}/"
    client = client_of(moderator)
    assert "Not answered." in client.get(f"{admin}change/").content.decode()
    client.post(f"{admin}decide/", {"step": "approve", "note": ""})
    distance = Distance.objects.get()
    assert (distance.metres, distance.cut_off_minutes, distance.ascent_metres) == (
        400_000, 90, 12_000,
    )  # fmt: skip
    assert (distance.capacity, PriceTier.objects.get().amount) == (50, Decimal("18.50"))
