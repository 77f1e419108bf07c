"""schema.org data for words, as plain dictionaries. Only what the page shows, and only if true."""

from django.urls import reverse

from glossary.reading.page import TermPage
from web.addresses import absolute
from web.structured_data import Data, breadcrumbs, graph


def term(page: TermPage) -> Data:
    term, category = page.term, page.term.category
    address = absolute(term.get_absolute_url())
    word: Data = {
        "@type": "DefinedTerm",
        "@id": f"{address}#term",
        "name": term.title,
        "description": term.definition,
        "url": address,
        "inDefinedTermSet": {
            "@type": "DefinedTermSet",
            "name": "Startline glossary",
            "url": absolute(reverse("glossary:home")),
        },
    }
    if page.aliases:
        word["alternateName"] = page.other_names
    nodes = [
        breadcrumbs(
            ("Glossary", reverse("glossary:home")),
            (category.name, category.get_absolute_url()),
            (term.title, term.get_absolute_url()),
        ),
        word,
    ]
    return graph(*nodes, _web_page(page, address))


def _web_page(page: TermPage, address: str) -> Data:
    term = page.term
    data: Data = {
        "@type": "MedicalWebPage" if term.category.is_health else "WebPage",
        "@id": address,
        "url": address,
        "name": term.title,
        "mainEntity": {"@id": f"{address}#term"},
        "dateModified": term.changed_on.isoformat(),
        "citation": [source.url for source in page.sources],
    }
    if page.care_advice:
        data["hasPart"] = [
            {
                "@type": "WebPageElement",
                "name": advice.heading,
                "cssSelector": f".care__level--{advice.level}",
            }
            for advice in page.care_advice
        ]
    if term.reviewed_on:
        data["lastReviewed"] = term.reviewed_on.isoformat()
        data["reviewedBy"] = {"@type": "Person", "name": term.reviewed_by}
    return data
