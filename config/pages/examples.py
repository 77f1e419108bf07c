"""What the style guide shows where real rows would not do."""

from races.maps.drawing import Box, Circle, RaceMap, Spot, draw

# Name, latitude, longitude, place; where every third race is confirmed.
ALPS = [
    ("Annecy Lake 10K", 45.90, 6.13, "Annecy, France"),
    ("Annecy Half", 45.91, 6.12, "Annecy, France"),
    ("Semnoz Climb", 45.88, 6.10, "Annecy, France"),
    ("Geneva Run", 46.20, 6.14, "Geneva, Switzerland"),
    ("Monts du Lyonnais", 45.62, 4.67, "Mornant, France"),
    ("Grenoble 10K", 45.19, 5.72, "Grenoble, France"),
]
OCEAN = [
    ("Nadi Half", -17.80, 177.42, "Nadi, Fiji"),
    ("Taveuni Trail", -16.82, -179.97, "Taveuni, Fiji"),
    ("Apia Run", -13.83, -171.76, "Apia, Samoa"),
    ("Auckland Marathon", -36.85, 174.76, "Auckland, New Zealand"),
    ("Wellington Trail", -41.29, 174.78, "Wellington, New Zealand"),
    ("Wellington Half", -41.28, 174.77, "Wellington, New Zealand"),
]
ELSEWHERE = [
    ("Chicago Marathon", 41.88, -87.63, "Chicago, United States"),
    ("Boston Marathon", 42.35, -71.07, "Boston, United States"),
    ("Anchorage Run", 61.22, -149.90, "Anchorage, United States"),
    ("Cape Town Trail", -33.92, 18.42, "Cape Town, South Africa"),
    ("Nairobi 10K", -1.29, 36.82, "Nairobi, Kenya"),
    ("Tokyo Marathon", 35.69, 139.69, "Tokyo, Japan"),
    ("Rio Half", -22.91, -43.17, "Rio de Janeiro, Brazil"),
    ("Longyearbyen Marathon", 78.22, 15.65, "Longyearbyen, Norway"),
]


def maps() -> list[tuple[str, RaceMap]]:
    lyon = Circle(45.76, 4.84, 150, "150 km around Lyon")
    return [
        ("The world", _drawn([*ALPS, *OCEAN, *ELSEWHERE], unplaced=2)),
        ("Near a place", _drawn(ALPS, near=lyon)),
        ("Across the date line", _drawn(OCEAN)),
        ("No race", _drawn([])),
    ]


def _drawn(
    races: list[tuple[str, float, float, str]], unplaced: int = 0, near: Circle | None = None
) -> RaceMap:
    spots = [
        Spot(latitude, longitude, name, "/races/", place, is_confirmed=not number % 3)
        for number, (name, latitude, longitude, place) in enumerate(races)
    ]
    return draw(spots, map_of=_address, list_of=_address, unplaced=unplaced, near=near)


def _address(box: Box) -> str:
    return f"/races/?box={box}"
