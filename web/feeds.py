"""Pieces of an Atom feed (RFC 4287)."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed


class AtomWithContent(Atom1Feed):
    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def tag(name: str) -> str:
    """A tag URI (RFC 4151): it names a thing and is no address."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{name}"
