"""Pieces of an Atom feed (RFC 4287)."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed

from text.tidy import tidy


class AtomWithContent(Atom1Feed):
    """Its texts are tidied: of one with a character that XML has not, Django makes no feed."""

    def add_root_elements(self, handler: Any) -> None:
        self.feed = _tidied(self.feed)
        super().add_root_elements(handler)

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        item = _tidied(item)
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def _tidied(about: dict[str, Any]) -> dict[str, Any]:
    return {name: tidy(text) if isinstance(text, str) else text for name, text in about.items()}


def tag(name: str) -> str:
    """A tag URI (RFC 4151): it names a thing and is no address."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{name}"
