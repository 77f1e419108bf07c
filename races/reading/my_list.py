"""The list of races that a reader keeps in their browser (static/js/my_list.js), and one that was
shared. Which races are on it is told by an address alone, and nothing is stored here.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from races.search.kept import MOST, Kept, kept, keys_in
from web.public_pages import public_page, reads


@reads("races")
@public_page
def my_list(request: HttpRequest) -> HttpResponse:
    """Without races the page of one's own list, which the script fills; with them a shared one."""
    text = request.GET.get("races", "")
    found = kept(keys_in(text)) if text else None
    context = {"section": "races", "is_shared": found is not None, **_context(found)}
    context["canonical_query"] = context["query"]
    return render(request, "races/my_list.html", context)


@reads("races")
@public_page
def my_races(request: HttpRequest) -> HttpResponse:
    """The part of one's own list that is read from here. It is no page of its own."""
    found = kept(keys_in(request.GET.get("races", "")))
    response = render(request, "partials/my_races.html", _context(found))
    response["X-Robots-Tag"] = "noindex"
    return response


def _context(found: Kept | None) -> dict[str, object]:
    query = f"races={','.join(map(str, found.shown))}" if found and found.editions else ""
    return {"found": found, "query": query, "most": MOST}
