"""The words as JSON, for anyone's program. Described by glossary.machines.openapi."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import last_modified

from glossary.machines import openapi
from glossary.models import Alias, Category, Term, TermQuerySet
from glossary.parts import PARTS, RelationRow, Row, TermRows
from glossary.reading.addresses import Gone, successor
from glossary.reading.letters import as_letter
from glossary.reading.page import term_with_rows
from web.addresses import absolute
from web.json import error, for_programs, page_address
from web.public_pages import public_data, public_page, reads_all

PAGE_SIZE = 50

Json = dict[str, Any]


class TermFilter(forms.Form):
    """What the list of terms may be asked. Its field names are public."""

    page = forms.IntegerField(min_value=1, required=False)
    category = forms.ModelChoiceField(
        Category.objects.all(),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": "There is no such category."},
    )
    letter = forms.CharField(max_length=3, required=False)
    changed_since = forms.DateField(
        input_formats=["%Y-%m-%d"],
        required=False,
        error_messages={"invalid": "Give a date as YYYY-MM-DD."},
    )

    def terms(self) -> TermQuerySet:
        found, asked = Term.objects.published().order_by("title_key"), self.cleaned_data
        if asked["category"]:
            found = found.in_category(asked["category"])
        if asked["changed_since"]:
            found = found.filter(changed_on__gte=asked["changed_since"])
        return found.beginning_with(as_letter(asked["letter"]))


@reads_all
@for_programs(public_data)
def terms(request: HttpRequest) -> HttpResponse:
    form = TermFilter(request.GET)
    if unknown := sorted(set(request.GET) - set(form.fields)):
        return error(400, "There is no such parameter.", parameter=unknown[0])
    for name, errors in form.errors.items():
        return error(400, str(errors[0]), parameter=name)
    shown = Prefetch("aliases", Alias.objects.shown())
    pages = Paginator(form.terms().for_cards().prefetch_related(shown), PAGE_SIZE)
    number = form.cleaned_data["page"] or 1
    if number > pages.num_pages:
        return error(404, f"The last page is {pages.num_pages}.", parameter="page")
    page = pages.page(number)
    return JsonResponse(
        {
            "count": pages.count,
            "next": page_address(request, number + 1) if page.has_next() else None,
            "previous": page_address(request, number - 1) if page.has_previous() else None,
            "results": [listed(term) for term in page],
        }
    )


def listed(term: Term) -> Json:
    """A term whose aliases were read as shown."""
    return summary(term) | {"aliases": [alias.name for alias in term.aliases.all()]}


def summary(term: Term) -> Json:
    return {
        **address(term.title, term.slug),
        "category": {"slug": term.category.slug, "name": term.category.name},
        "definition": term.definition,
        "changed_on": term.changed_on,
    }


def address(title: str, slug: str) -> Json:
    return {
        "slug": slug,
        "title": title,
        "url": absolute(reverse("glossary:term", args=[slug])),
        "api_url": absolute(reverse("api:term", args=[slug])),
    }


@for_programs(public_data)
def term(request: HttpRequest, slug: str) -> HttpResponse:
    found = term_with_rows(slug)
    return JsonResponse(whole(found)) if found else elsewhere(slug)


def elsewhere(slug: str) -> HttpResponse:
    try:
        return redirect("api:term", successor(slug).slug, permanent=True)
    except Gone:
        return error(410, "This term was removed.")
    except Http404:
        return error(404, "There is no such term.")


def whole(rows: TermRows) -> Json:
    """Everything that the term's page says. Texts are Markdown."""
    term = rows.term
    races = f"{reverse('races:search')}?{term.race_query}" if term.race_query else None
    return {
        **summary(term),
        "markdown_url": absolute(reverse("glossary:term_as_markdown", args=[term.slug])),
        "body": term.body,
        **{part.key: [as_json(row) for row in getattr(rows, part.name)] for part in PARTS},
        "often_confused": [related(other) for other in rows.often_confused],
        "related": [related(other) for other in rows.related],
        "reviewed_by": term.reviewed_by or None,
        "reviewed_on": term.reviewed_on,
        "race_search": absolute(races) if races else None,
    }


def as_json(row: Row) -> Any:
    """A row by its names, or what it says when that is one thing."""
    values = asdict(row)
    return values if len(values) > 1 else next(iter(values.values()))


def related(other: RelationRow) -> Json:
    return {
        **address(other.title, other.slug),
        "definition": other.definition,
        "note": other.note,
    }


def description_changed_at(request: HttpRequest) -> datetime:
    # It changes with the program, not with the words.
    return datetime.fromtimestamp(Path(openapi.__file__).stat().st_mtime, UTC)


@for_programs(public_page)
@last_modified(description_changed_at)
def description(request: HttpRequest) -> HttpResponse:
    return JsonResponse(openapi.document())


@for_programs(public_page)
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    return error(404, "There is nothing at this address.")
