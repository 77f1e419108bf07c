"""Pieces of a description as OpenAPI 3.1."""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
ADDRESS: Schema = {"type": "string", "format": "uri"}
DAY: Schema = {"type": "string", "format": "date"}


def whole(properties: Schema, **more: Any) -> Schema:
    """An object that has all of these, always, and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def many(schema: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": schema, **more}


def named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "What is wrong, for people."},
        "parameter": {"type": "string", "description": "The parameter that is wrong."},
    },
    "required": ["error"],
    "additionalProperties": False,
}


def parameter(name: str, description: str, schema: Schema, example: Any) -> Schema:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
        "example": example,
    }


def answer(description: str, schema: str) -> Schema:
    content = {"application/json": {"schema": named(schema)}}
    return {"description": description, "content": content}


UNCHANGED: Schema = {"description": "Unchanged since the ETag or the date that was sent."}
