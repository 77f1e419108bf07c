from typing import Any

import pytest
from django.http import HttpRequest

from web import keeping


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of the pages that were made, rather than answered from what is kept."""
    addresses: list[str] = []
    make = keeping._made

    def noted(request: HttpRequest, *args: Any) -> Any:
        addresses.append(request.get_full_path())
        return make(request, *args)

    monkeypatch.setattr(keeping, "_made", noted)
    return addresses
