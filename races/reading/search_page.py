"""What the page of a race search shows: what was asked, what can be asked besides, what helps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urlencode

from django.template.defaultfilters import pluralize
from django.utils.dateformat import format as format_date
from django.utils.safestring import SafeString

from races.choices import DistanceClass
from races.search import days
from races.search.criteria import RaceSearch, read
from races.search.facets import BY_NAME, FACETS, Facet
from races.search.index import Answer
from races.search.understanding import Part
from races.templatetags.race_tags import address_of

# With fewer races than this, the page says what would give more.
FEW = 6
HELP = 3
# What is offered at once, of which facets and in this order, and how many of each.
AT_ONCE = {"sport": 2, "distance": 2, "registration": 1, "when": 2, "days": 1, "slope": 1}
MOST_AT_ONCE = 6
UNNAMED = DistanceClass.OTHER.label
# A list of options begins with so many; the rest of a long one is behind "more".
FIRST = 8
LONGEST_HEADING = 110
ARIA_CURRENT = ' aria-current="true"'
TAKE_OFF = '<span class="visually-hidden">, chosen, take off</span>'


@dataclass(frozen=True)
class Step:
    """A link to another search: one option more or less. How many races it leads to, if counted."""

    label: str
    search: RaceSearch
    count: int | None = None
    is_chosen: bool = False


@dataclass(frozen=True)
class Choice:
    """An option of a facet, and how many races there would be with it."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Choices:
    """A facet with the options that lead to a race."""

    search: RaceSearch
    name: str
    label: str
    choices: list[Choice]
    # How the search is shown: see address() of race_tags.
    how: str = ""

    @property
    def first(self) -> SafeString:
        return self._links(self.choices[:FIRST])

    @property
    def rest(self) -> SafeString:
        return self._links(self.choices[FIRST:], FIRST + 1)

    @property
    def rest_count(self) -> int:
        return max(len(self.choices) - FIRST, 0)

    @property
    def is_chosen(self) -> bool:
        return any(choice.is_chosen for choice in self.choices)

    def _links(self, choices: list[Choice], number: int = 1) -> SafeString:
        """Items of a list, each a link that puts an option on or off, numbered from `number`.

        A page has more than a hundred: a template for each would be a third of the page's work,
        and format_html() a tenth. What is not our own text is escaped here.
        """
        query = self.search.queries_toggled(self.name)
        return SafeString(
            "\n".join(
                f'<li><a class="facet__step" id="{self.name}-{place}"'
                f' href="{escape(address_of(query(choice.value), self.how))}"'
                f' rel="nofollow"{ARIA_CURRENT if choice.is_chosen else ""}>'
                f"<span>{escape(choice.label)}{TAKE_OFF if choice.is_chosen else ''}</span>"
                f' <span class="step__count">{choice.count:,}'
                f'<span class="visually-hidden"> race{pluralize(choice.count)}</span>'
                "</span></a></li>"
                for place, choice in enumerate(choices, start=number)
            )
        )


@dataclass(frozen=True)
class SearchPage:
    search: RaceSearch
    total: int
    # Each part of what is asked, and the search without it.
    chosen: list[Step]
    at_once: list[Step]
    facets: list[Choices]
    # What to leave out or widen, where little was found.
    helps: list[Step]

    def shown(self, how: str) -> "SearchPage":
        """The same, with links that keep how it is shown."""
        return replace(self, facets=[replace(facet, how=how) for facet in self.facets])


def search_page(found: Answer) -> SearchPage:
    search = found.search
    facets = [_choices(search, facet, found.counts[facet.name]) for facet in FACETS]
    chosen = list(parts(search))
    return SearchPage(
        search=search,
        total=found.total,
        chosen=chosen,
        at_once=list(_at_once(facets, found.total)),
        facets=[facet for facet in facets if facet.choices],
        helps=list(_helps(search, found, chosen)) if found.total < FEW else [],
    )


def _choices(search: RaceSearch, facet: Facet, counts: dict[str, int]) -> Choices:
    chosen, options = getattr(search, facet.name), facet.options()
    choices = []
    for value in dict.fromkeys([*counts, *chosen]):
        if not (counts.get(value) or value in chosen):
            continue
        if option := options.get(value) or facet.option(value):
            count, is_chosen = counts.get(value, 0), value in chosen
            choices.append(Choice(value, option.label, count, is_chosen))
    return Choices(search, facet.name, facet.label, choices)


def _at_once(facets: list[Choices], total: int) -> Iterator[Step]:
    """The options that divide what was found, the most useful of each facet."""
    by_name = {facet.name: facet for facet in facets}
    given = 0
    for name, most in AT_ONCE.items():
        if by_name[name].is_chosen:
            continue
        choices = [choice for choice in by_name[name].choices if 0 < choice.count < total]
        # Nobody looks for what has no name.
        choices = [choice for choice in choices if choice.label != UNNAMED]
        # Months are offered as they come, all else by how much there is of it.
        choices.sort(key=lambda choice: 0 if name == "when" else -choice.count)
        for choice in choices[: min(most, MOST_AT_ONCE - given)]:
            given += 1
            other = by_name[name].search.toggled(name, choice.value)
            yield Step(choice.label, other, choice.count)


def parts(search: RaceSearch) -> Iterator[Step]:
    """What is asked for in words, part by part, each with the search without it."""
    if search.q:
        yield _part(search, search.q, "q")
    for facet in FACETS:
        for value in getattr(search, facet.name):
            if option := facet.option(value):
                yield Step(option.label, search.toggled(facet.name, value), is_chosen=True)
    if search.near and search.here:
        unit = search.unit or "km"
        label = f"within {search.radius} {unit} of {search.here.label}"
        yield _part(search, label, "near", "within")
    if search.longer or search.shorter:
        yield _part(search, _lengths(search), "longer", "shorter")
    if search.start or search.end:
        yield _part(search, _span(search), "start", "end")
    if search.price:
        yield _part(search, f"up to {search.price} {search.currency}".strip(), "price", "currency")
    if search.box:
        yield _part(search, "in this part of the map", "box")


def heading(search: RaceSearch) -> str:
    """“10K races near Lyon, France, March to May 2027”: what is asked first of all."""
    distance, sport = (_labels(search, name) for name in ("distance", "sport"))
    said = f"{distance or sport} races" if distance or sport else "Races"
    if distance and sport:
        said += f", {sport[0].lower()}{sport[1:]},"
    if search.q:
        said += f" for “{search.q}”"
    where = _labels(search, "region") or _labels(search, "country") or _labels(search, "continent")
    if search.here:
        said += f" near {search.here.label}"
    elif where:
        said += f" in {where}"
    when = _labels(search, "when")
    said = ", ".join(filter(None, [said.removesuffix(","), when, _span(search)]))
    return said if len(said) <= LONGEST_HEADING else "Races that fit"


def _labels(search: RaceSearch, name: str) -> str:
    options = [BY_NAME[name].option(value) for value in getattr(search, name)]
    return " or ".join(option.label for option in options if option)


def _part(search: RaceSearch, label: str, *names: str) -> Step:
    return Step(label, search.without(*names), is_chosen=True)


def _lengths(search: RaceSearch) -> str:
    unit = search.unit or "km"
    if search.longer and search.shorter:
        return f"{search.longer} to {search.shorter} {unit}"
    return f"{search.longer} {unit} and more" if search.longer else f"up to {search.shorter} {unit}"


def _span(search: RaceSearch) -> str:
    said = []
    for word, value in (("from", search.start), ("to", search.end)):
        if span := days.day_or_month(value):
            said.append(f"{word} {format_date(span[0], 'F Y' if len(value) == 7 else 'j F Y')}")
    return " ".join(said)


def _helps(search: RaceSearch, found: Answer, chosen: list[Step]) -> Iterator[Step]:
    """What gives more races than were found: something left out, a wider circle, another month."""
    more = [*_wider(found), *_other_months(search, found)]
    if len(chosen) > 1:
        more += [
            replace(part, label=_left_out(search, part), count=found.of(part.search).total)
            for part in chosen
        ]
    better = [step for step in more if (step.count or 0) > found.total]
    # One of each kind first, then by how little it changes.
    return iter(better[:HELP])


def _left_out(search: RaceSearch, part: Step) -> str:
    return "anywhere" if search.near and not part.search.near else f"without “{part.label}”"


def _wider(found: Answer) -> Iterator[Step]:
    search = found.search
    if not search.near:
        return
    for factor in (2, 5):
        wider = replace(search, within=str(search.radius * factor))
        count = found.of(wider).total
        if count:
            yield Step(f"within {wider.radius} {search.unit or 'km'}", wider, count)
            return


def _other_months(search: RaceSearch, found: Answer) -> Iterator[Step]:
    if not search.when:
        return
    counts = found.counts["when"]
    months = [value for value in counts if days.month(value)]
    chosen = [months.index(value) for value in search.when if value in months]
    near = {place + step for place in chosen for step in (1, -1)} - set(chosen)
    for place in sorted(near):
        if 0 <= place < len(months) and counts[months[place]]:
            option = BY_NAME["when"].option(months[place])
            assert option  # noqa: S101 - it was counted
            other = replace(search, when=(months[place],))
            yield Step(f"in {option.label}", other, counts[months[place]])


def others(search: RaceSearch, part: Part) -> list[Step]:
    """What else some of the typed words could mean, each as the search that it would be."""
    steps = []
    for reading in part.others:
        other, problems = read(
            f"{search.without(reading.field).to_query()}&"
            + urlencode({reading.field: reading.value})
        )
        if not problems:
            steps.append(Step(reading.label, other))
    return steps
