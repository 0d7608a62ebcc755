"""One endpoint of the API: where it is, what it does, what goes in and out.

Routes and `openapi.json` are both made of these, so neither can say what the other does not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Schema = Mapping[str, Any]
"""A JSON Schema, as OpenAPI 3.1 takes it."""

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 1}
TIME: Schema = {"type": "integer", "description": "UTC milliseconds since 1970"}
AFTER: Schema = {
    "type": ["string", "null"],
    "description": "ask for more `after` this; null: no more",
}
ROLE: Schema = {"type": "string", "enum": ["viewer", "participant", "presenter", "host"]}
GRANTS: Schema = {"type": "object", "additionalProperties": {"type": ["boolean", "null"]}}

PAGED: Mapping[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 1_000, "default": 100},
    "after": TEXT,
}
"""Query of a list."""


def ref(name: str) -> Schema:
    """One of the objects of the description's `components`."""
    return {"$ref": f"#/components/schemas/{name}"}


def one(**properties: Schema) -> Schema:
    """An object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def page_of(name: str, item: Schema) -> Schema:
    """One page of a list."""
    return one(**{name: {"type": "array", "items": item}, "after": AFTER})


def page_with(name: str, item: Schema, **properties: Schema) -> Schema:
    """One page of a list, and what holds for all of it."""
    return one(**properties, **{name: {"type": "array", "items": item}, "after": AFTER})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` stands below `/api/v1`; `needs` says whose token it takes, None: nobody's.

    `answers` maps the status of success to what comes with it, None: nothing. Refusals are problems.
    """

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    needs: str | None
    answers: Mapping[int, Schema | None]
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    operation: str = ""
    """Its name in the description, where the handler's does not tell it from another."""
