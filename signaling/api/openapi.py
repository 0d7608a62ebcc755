"""`openapi.json`: the API described, made of its endpoints (OpenAPI 3.1)."""

import re
from collections.abc import Iterable
from typing import Any

from signaling.api.endpoint import COUNT, FLAG, GRANTS, ROLE, TEXT, TIME, Endpoint, Schema, one
from signaling.problems import CONTENT_TYPE

_LAYER = one(rid=TEXT, width={"type": "integer"}, height={"type": "integer"}, bitrate_bps={"type": "integer"})

_AUTHOR = one(identity=TEXT, name=TEXT)
_MAYBE = {**TIME, "type": ["integer", "null"]}

COMPONENTS: dict[str, Schema] = {
    "Room": one(
        id=TEXT,
        name=TEXT,
        created_at=TIME,
        locked=FLAG,
        lobby=FLAG,
        max_participants=COUNT,
        recording=FLAG,
        documents={"type": "array"},
        boards={"type": "array"},
        participants={"type": "integer"},
    ),
    "Participant": one(
        id=TEXT,
        identity=TEXT,
        name=TEXT,
        role=ROLE,
        grants=GRANTS,
        hand=FLAG,
        metadata=TEXT,
        joined_at=TIME,
        state={"enum": ["active", "away"]},
    ),
    "Track": one(
        id=TEXT,
        participant=TEXT,
        kind={"enum": ["audio", "video"]},
        source={"enum": ["microphone", "camera", "screen", "screen_audio"]},
        name=TEXT,
        codec=TEXT,
        muted=FLAG,
        csrc={"type": "integer"},
        layers={"type": "array", "items": _LAYER},
    ),
    "Session": one(
        id={"type": "string", "format": "uuid"},
        room=TEXT,
        meeting=TEXT,
        status={"enum": ["active", "ended", "lost"]},
        created_at=TIME,
        ended_at={**TIME, "type": ["integer", "null"]},
        max_participants=COUNT,
        peak_participants={"type": "integer"},
    ),
    "Attendance": one(identity=TEXT, name=TEXT, role=ROLE, joined_at=TIME, last_active_at=TIME),
    "ChatMessage": {
        **one(
            version=COUNT,
            message=TEXT,
            **{"from": TEXT},
            name=TEXT,
            text=TEXT,
            at=TIME,
            client=TEXT,
            seq=COUNT,
        ),
        "description": "`to`: only that identity, and the author, may read it",
    },
    "Document": one(
        id=TEXT, title=TEXT, room=TEXT, owner=TEXT, created_at=TIME, updated_at=TIME, version=COUNT
    ),
    "DocumentChange": one(
        version=COUNT, author=_AUTHOR, at=TIME, client=TEXT, seq=COUNT, delta={"type": "object"}
    ),
    "Board": one(id=TEXT, title=TEXT, room=TEXT, owner=TEXT, created_at=TIME, updated_at=TIME, version=COUNT),
    "BoardChange": one(
        version=COUNT,
        author=_AUTHOR,
        at=TIME,
        client=TEXT,
        seq=COUNT,
        changes={"type": "array", "items": {"type": "object"}},
    ),
    "Comment": one(
        id=TEXT,
        thread=TEXT,
        author=_AUTHOR,
        text=TEXT,
        index={"type": "integer"},
        length={"type": "integer"},
        quote=TEXT,
        state={"enum": ["open", "resolved", "detached"]},
        at=TIME,
        updated_at=TIME,
    ),
    "Review": one(
        id=TEXT,
        reviewer=TEXT,
        requested_by=_AUTHOR,
        status={"enum": ["pending", "approved", "changes_requested", "rejected"]},
        note=TEXT,
        deadline_at=_MAYBE,
        version=COUNT,
        at=TIME,
        completed_at=_MAYBE,
    ),
    "Recording": one(
        id=TEXT,
        room=TEXT,
        meeting=TEXT,
        state={"enum": ["recording", "finishing", "finished", "interrupted", "failed"]},
        started_by=_AUTHOR,
        started_at=TIME,
        ended_at=_MAYBE,
        duration_ms={"type": "integer"},
        bytes={"type": "integer"},
        layout={"enum": ["grid", "speaker", "screen+speaker"]},
        files={"type": "array", "items": {"type": "object"}},
        problems={"type": "array", "items": {"type": "object"}},
    ),
    "Access": {"enum": ["owner", "editor", "commenter", "viewer"]},
    "ShareLink": one(
        id=TEXT,
        role={"enum": ["editor", "commenter", "viewer"]},
        made_by=TEXT,
        at=TIME,
        expires_at=_MAYBE,
        token=TEXT,
        url=TEXT,
    ),
    "Problem": one(title=TEXT, status={"type": "integer"}, code=TEXT, detail=TEXT),
}
"""The objects of PROTOCOL.md 2, what is kept of meetings, and RFC 9457's."""

PROBLEM = {
    "description": "refused",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe_api(endpoints: Iterable[Endpoint], prefix: str, version: str) -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(prefix + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sfumato", "version": version},
        "paths": paths,
        "components": {
            "schemas": COMPONENTS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    needs = "" if endpoint.needs is None else f" Needs: {endpoint.needs}."
    operation: dict[str, Any] = {
        "operationId": endpoint.operation or endpoint.handler.__name__,
        "summary": endpoint.summary,
        "description": f"{endpoint.summary}.{needs}",
        "security": [] if endpoint.needs is None else [{"token": []}],
        "parameters": [
            *({"name": n, "in": "path", "required": True, "schema": TEXT} for n in _names(endpoint.path)),
            *({"name": n, "in": "query", "schema": schema} for n, schema in endpoint.query.items()),
        ],
        "responses": {str(status): _answer(schema) for status, schema in endpoint.answers.items()}
        | {"default": PROBLEM},
    }
    if endpoint.body:
        body = {"type": "object", "properties": endpoint.body, "required": list(endpoint.required)}
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def _answer(schema: Schema | None) -> dict[str, Any]:
    if schema is None:
        return {"description": "done"}
    return {"description": "done", "content": {"application/json": {"schema": schema}}}


def _names(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)
