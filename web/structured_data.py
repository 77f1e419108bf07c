"""schema.org data of any page, as plain dictionaries."""

from typing import Any

from web.addresses import absolute

Data = dict[str, Any]


def breadcrumbs(*steps: tuple[str, str]) -> Data:
    """BreadcrumbList of (name, path) pairs, from the home page down."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(path)}
            for position, (name, path) in enumerate(steps, 1)
        ],
    }


def graph(*nodes: Data) -> Data:
    return {"@context": "https://schema.org", "@graph": list(nodes)}
