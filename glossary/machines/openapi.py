"""The API, described as OpenAPI 3.1. Tests hold the real answers to it."""

from dataclasses import fields
from typing import Any

from django.conf import settings

from glossary.models import DEFINITION_LENGTH, CareAdvice
from glossary.parts import PARTS, Part
from web.openapi import (
    ADDRESS,
    DAY,
    ERROR,
    TEXT,
    UNCHANGED,
    Schema,
    answer,
    many,
    named,
    or_null,
    parameter,
    whole,
)

MARKDOWN: Schema = {
    "type": "string",
    "description": "CommonMark. A citation [^1] means the first of `sources`.",
}


NAMES: Schema = {"slug": TEXT, "title": TEXT, "url": ADDRESS, "api_url": ADDRESS}
SUMMARY: Schema = {
    **NAMES,
    "category": whole({"slug": TEXT, "name": TEXT}),
    "definition": {"type": "string", "maxLength": DEFINITION_LENGTH},
    "changed_on": {**DAY, "description": "The last significant change."},
    "aliases": many(TEXT, description="Other names, without misspellings and symptoms."),
}

OF_TYPES: dict[Any, Schema] = {str: TEXT, int | None: {"type": ["integer", "null"]}}
# What the type of a column does not say.
OF_COLUMNS: dict[tuple[str, str], Schema] = {
    ("key_facts", "source"): {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "The place of its source in `sources`, from 1.",
    },
    ("sources", "url"): ADDRESS,
    ("care_advice", "level"): {"enum": CareAdvice.Level.values},
}
OF_PARTS = {
    "care_advice": "The most pressing level first: an emergency, being seen the same day, "
    "seeing someone, what to do now, what to leave out.",
}


def many_of(part: Part) -> Schema:
    """The rows of a part, each by its names, or what it says when that is one thing."""
    columns = {
        field.name: OF_COLUMNS.get((part.key, field.name))
        or (MARKDOWN if field.name == part.text else OF_TYPES[field.type])
        for field in fields(part.row)
    }
    schema = whole(columns) if len(columns) > 1 else next(iter(columns.values()))
    said = OF_PARTS.get(part.key)
    return many(schema, description=said) if said else many(schema)


SCHEMAS: Schema = {
    "TermSummary": whole(SUMMARY),
    "TermList": whole(
        {
            "count": {"type": "integer", "minimum": 0},
            "next": or_null(ADDRESS),
            "previous": or_null(ADDRESS),
            "results": many(named("TermSummary")),
        }
    ),
    "Relation": whole({**NAMES, "definition": TEXT, "note": TEXT}),
    "Term": whole(
        {
            **SUMMARY,
            "markdown_url": ADDRESS,
            "body": MARKDOWN,
            **{part.key: many_of(part) for part in PARTS if part.key not in SUMMARY},
            "often_confused": many(
                named("Relation"), description="`note` says what sets the two apart."
            ),
            "related": many(named("Relation")),
            "reviewed_by": {
                "type": ["string", "null"],
                "description": "The clinician who reviewed the page; null where nobody has.",
            },
            "reviewed_on": or_null(DAY),
            "race_search": {
                **or_null(ADDRESS),
                "description": "The page of races that fit the term.",
            },
        }
    ),
    "Error": ERROR,
}


FILTERS = [
    parameter("page", "Which page of 50 terms.", {"type": "integer", "minimum": 1}, 2),
    parameter("category", "The slug of a category.", TEXT, "recovery-injury"),
    parameter("letter", "The first letter, or 0-9 for digits.", TEXT, "K"),
    parameter("changed_since", "Only terms changed on this day or later.", DAY, "2026-11-01"),
]
SLUG: Schema = {
    "name": "slug",
    "in": "path",
    "required": True,
    "schema": TEXT,
    "example": "runners-knee",
}


def document() -> Schema:
    """The whole description, with the address of this site."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Startline glossary",
            "version": "1",
            "description": "The words of endurance sport. Read only, without a key. "
            "Answers carry ETag and Last-Modified; ask again with If-None-Match.",
            "contact": {"email": settings.CONTACT_EMAIL},
        },
        "servers": [{"url": settings.SITE_URL}],
        "paths": {
            "/api/v1/terms/": {
                "get": {
                    "operationId": "listTerms",
                    "summary": "Terms by title",
                    "parameters": FILTERS,
                    "responses": {
                        "200": answer("A page of terms.", "TermList"),
                        "304": UNCHANGED,
                        "400": answer("A parameter is unknown or wrong.", "Error"),
                        "404": answer("There is no such page.", "Error"),
                    },
                }
            },
            "/api/v1/terms/{slug}/": {
                "get": {
                    "operationId": "getTerm",
                    "summary": "A term with everything its page says",
                    "parameters": [SLUG],
                    "responses": {
                        "200": answer("The term.", "Term"),
                        "301": {"description": "The term was renamed; Location has it."},
                        "304": UNCHANGED,
                        "404": answer("There is no such term.", "Error"),
                        "410": answer("The term was removed.", "Error"),
                    },
                }
            },
        },
        "components": {"schemas": SCHEMAS},
    }
