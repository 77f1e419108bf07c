"""A race's description as HTML in which the words of the glossary are linked.

Whoever saves a description clears its HTML and calls link_soon(): until the worker has made it
anew, the page shows the text without such links.
"""

from collections.abc import Collection

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q
from django.utils.safestring import SafeString, mark_safe

from races import tasks
from races.models import Race
from races.models.querysets import RaceQuerySet
from text import linking, markdown
from text.linking import LinkableNames


def description_of(race: Race) -> SafeString:
    if race.description_html is None:
        return markdown.render(race.description)
    return mark_safe(race.description_html)  # noqa: S308 - link_descriptions has cleaned it


def link_descriptions(races: RaceQuerySet, names: LinkableNames) -> None:
    # All before the first is written, since an editor who saves a written one has to wait.
    for race, html, links in [(race, *_linked(race, names)) for race in races.defer("search")]:
        # Not if an editor was faster and has changed the text meanwhile.
        same = Race.objects.filter(pk=race.pk, description=race.description)
        same.update(description_html=html, links=links)


def _linked(race: Race, names: LinkableNames) -> tuple[SafeString, list[int]]:
    tokens = markdown.parse(race.description)
    links = linking.link([tokens], names, vetoed=race.unlinked_words)
    return markdown.to_html(tokens), links


def relink(names: LinkableNames, pks: Collection[int] | None, mentions: SearchQuery | None) -> None:
    """Link what holds a link to these terms or may mention them; every race when both are None."""
    races = Race.objects.all()
    if pks is not None:
        may_mention = Q(links__overlap=list(pks))
        if mentions:
            may_mention |= Q(search=mentions)
        races = races.filter(may_mention)
    link_descriptions(races, names)


def link_soon(race: Race) -> None:
    """Have the worker link the description; the caller has saved the race."""
    Race.objects.filter(pk=race.pk).update(description_html=None)
    tasks.link_descriptions.enqueue([race.pk])
