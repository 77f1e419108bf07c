"""Countries by their ISO 3166-1 code. The settings name some as readers know them."""

from functools import cache

from django_countries import countries

from text.names import fold


@cache
def country_names() -> dict[str, str]:
    """Code to name, sorted by name."""
    return {code: str(name) for code, name in countries}


def in_country(code: str) -> str:
    """“in France”, “in the United States”."""
    name = country_names().get(code, code)
    return f"in the {name}" if code in WITH_ARTICLE or name.endswith("Islands") else f"in {name}"


def country_codes(text: str) -> list[str]:
    """The code of the country that goes by this name or code; none, if there is none."""
    key = fold(text)
    code = OTHER_NAMES.get(key) or _codes_by_name().get(key)
    return [code] if code else []


@cache
def _codes_by_name() -> dict[str, str]:
    by_code = {code.lower(): code for code in country_names()}
    return by_code | {fold(name): code for code, name in country_names().items()}


def country_choices() -> list[tuple[str, str]]:
    return list(country_names().items())


# As GeoNames has them: who stands on two continents is on that of the capital, or of most land.
CONTINENTS = {
    "africa": (
        "Africa",
        (
            "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY "
            "MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA "
            "ZM ZW"
        ),
    ),
    "antarctica": (
        "Antarctica",
        ("AQ BV GS HM TF"),
    ),
    "asia": (
        "Asia",
        (
            "AE AF AM AZ BD BH BN BT CC CN GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB "
            "LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TM TR TW UZ VN YE"
        ),
    ),
    "europe": (
        "Europe",
        (
            "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT "
            "JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"
        ),
    ),
    "north-america": (
        "North America",
        (
            "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS "
            "MX NI PA PM PR SV SX TC TT US VC VG VI"
        ),
    ),
    "oceania": (
        "Oceania",
        ("AS AU CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS"),
    ),
    "south-america": (
        "South America",
        ("AR BO BR CL CO EC FK GF GY PE PY SR UY VE"),
    ),
}

# What people type, beside a country's own name and code, as text.names.fold() has it.
OTHER_NAMES = {
    "usa": "US", "america": "US", "united states of america": "US", "the us": "US", "us": "US",
    "uk": "GB", "great britain": "GB", "britain": "GB", "uae": "AE", "emirates": "AE",
    "holland": "NL", "the netherlands": "NL", "czech republic": "CZ", "korea": "KR",
    "south korea": "KR", "deutschland": "DE", "espana": "ES", "italia": "IT", "osterreich": "AT",
    "schweiz": "CH", "suisse": "CH", "brasil": "BR", "turkiye": "TR", "viet nam": "VN",
}  # fmt: skip

WITH_ARTICLE = {"AE", "BS", "CD", "CF", "CG", "DO", "GB", "GM", "MV", "NL", "PH", "US"}

# By their postal codes.
US_STATES = {
    "AK": "Alaska", "AL": "Alabama", "AR": "Arkansas", "AZ": "Arizona", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DC": "District of Columbia", "DE": "Delaware",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "IA": "Iowa", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "MA": "Massachusetts",
    "MD": "Maryland", "ME": "Maine", "MI": "Michigan", "MN": "Minnesota", "MO": "Missouri",
    "MS": "Mississippi", "MT": "Montana", "NC": "North Carolina", "ND": "North Dakota",
    "NE": "Nebraska", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NV": "Nevada",
    "NY": "New York", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VA": "Virginia", "VT": "Vermont", "WA": "Washington",
    "WI": "Wisconsin", "WV": "West Virginia", "WY": "Wyoming",
}  # fmt: skip
_STATES_BY_NAME = {fold(name): name for name in US_STATES.values()} | {
    "washington dc": "District of Columbia",
    "d c": "District of Columbia",
}


def us_state(text: str) -> str:
    """The name of the state that goes by this name or code; blank, if there is none."""
    key = fold(text)
    return US_STATES.get(key.upper()) or _STATES_BY_NAME.get(key, "")
