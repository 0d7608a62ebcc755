"""Documents over HTTP: lists, making and deleting them, their content, history and exports."""

import time
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import hdrs, web

from datachannels.documents.export import FORMATS, exported
from datachannels.documents.messages import described_author
from datachannels.documents.service import DocumentService
from datachannels.documents.shown import DocumentAt
from datachannels.json_text import MAX_INTEGER
from datachannels.refusals import RequestRefused
from datachannels.repositories import Change, DocumentRepository, Topic
from signaling.api.answer import HttpReply, problem_of, repeat_key
from signaling.api.body import page_bounds, read_changes, read_object
from signaling.api.endpoint import COUNT, PAGED, TEXT, Endpoint, Schema, one, page_of, ref
from signaling.api.stored import stored
from signaling.api.topic_caller import Asked, TopicCallers
from signaling.api.versioned import (
    as_file,
    asked_version,
    compressed,
    described,
    etag,
    of_version,
    version_of,
)
from signaling.permissions import Action
from signaling.problems import Problem, json_response

CHANGES_BYTES = 1024 * 1024
"""Of one answer; a single change may be longer."""

DELTA: Schema = {"type": "object", "description": "a Quill delta"}
VERSION: Schema = {**COUNT, "description": "an old version; without it the newest"}
NOTES: dict[str, Schema] = {
    "comments": {"type": "array", "items": ref("Comment")},
    "reviews": {"type": "array", "items": ref("Review")},
}


class DocumentEndpoints:
    """Everything about documents but their notes and who has access."""

    def __init__(
        self, documents: DocumentService, repository: DocumentRepository, callers: TopicCallers
    ) -> None:
        self._documents = documents
        self._repository = repository
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        room, at, document = "/rooms/{name}/documents", "/documents/{id}", ref("Document")
        changes = {"type": "array", "items": ref("DocumentChange")}
        return [
            Endpoint(
                "GET",
                room,
                self.list_documents,
                "The documents of a room, by id; it need not be open",
                "room",
                {200: page_of("documents", document)},
                PAGED,
            ),
            Endpoint(
                "POST",
                room,
                self.create_document,
                "A new document, empty or as `delta` says",
                "edit_documents",
                {201: document},
                body={"title": TEXT, "delta": DELTA},
                required=("title",),
            ),
            Endpoint(
                "GET",
                at,
                self.get_document,
                "One document; `access` is what the caller is to it",
                "room or share link",
                {200: {"allOf": [document, one(access=ref("Access"))]}},
            ),
            Endpoint(
                "PATCH",
                at,
                self.rename_document,
                "Another title",
                "owner",
                {200: document},
                body={"title": TEXT},
            ),
            Endpoint("DELETE", at, self.delete_document, "It goes for good", "owner", {204: None}),
            Endpoint(
                "GET",
                at + "/content",
                self.get_content,
                "A version with its comments and reviews; the version is the ETag",
                "room or share link",
                {200: one(delta=DELTA, **NOTES)},
                {"version": VERSION},
            ),
            Endpoint(
                "GET",
                at + "/changes",
                self.list_changes,
                "Versions `from` to `to`, or as many as are given at once",
                "room or share link",
                {200: one(**{"from": COUNT, "to": COUNT, "changes": changes})},
                {"from": COUNT, "to": COUNT},
            ),
            Endpoint(
                "GET",
                at + "/changes/{version}",
                self.get_change,
                "What one version changed",
                "room or share link",
                {200: one(delta=DELTA)},
            ),
            Endpoint(
                "GET",
                at + "/export",
                self.export_document,
                "The text for other programs, to be kept as a file; the version is the ETag",
                "room or share link",
                {200: DELTA},
                {"format": {"enum": list(FORMATS), "default": "html"}, "version": VERSION},
            ),
        ]

    async def list_documents(self, request: web.Request) -> web.Response:
        """The documents of a room."""
        member = self._callers.in_room(request)
        limit, after = page_bounds(request)
        with stored():
            found = await self._repository.of_room(member.room, after, limit + 1)
        more = found[limit - 1].id if len(found) > limit else None
        return json_response({"documents": [described(topic) for topic in found[:limit]], "after": more})

    async def create_document(self, request: web.Request) -> web.Response:
        """`{title, delta?}`: a new one, of whoever asks."""
        member = self._callers.in_room(request)
        body, reply = await read_object(request), HttpReply()
        try:
            self._documents.create(member, body, repeat_key(request), reply, time.monotonic())
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        made = (await reply.fields())["doc"]["id"]
        response = json_response(described(await self._described(made)), HTTPStatus.CREATED)
        response.headers[hdrs.LOCATION] = f"/api/v1/documents/{made}"
        return response

    async def get_document(self, request: web.Request) -> web.Response:
        """One of them."""
        asked = await self._asked(request)
        return json_response(described(asked.topic) | {"access": await self._access(asked)})

    async def rename_document(self, request: web.Request) -> web.Response:
        """`{title}`."""
        asked = await self._asked(request)
        title = (await read_changes(request, {"title"}))["title"]
        reply = HttpReply()
        try:
            self._documents.rename(asked.topic.id, asked.member, title, reply, time.monotonic())
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        await reply.fields()
        return json_response(described(await self._described(asked.topic.id)))

    async def delete_document(self, request: web.Request) -> web.Response:
        """For good."""
        asked, reply = await self._asked(request), HttpReply()
        try:
            self._documents.delete(asked.topic.id, asked.member, reply, time.monotonic())
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        await reply.fields()
        self._callers.audit(asked, "delete", title=asked.topic.title)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def get_content(self, request: web.Request) -> web.Response:
        """`?version=`: what a snapshot refers to. Comments change between versions, so it is given always."""
        document = await self._read(request, await self._asked(request))
        response = web.Response(body=await document.encoded(), content_type="application/json")
        return of_version(response, document.version)

    async def list_changes(self, request: web.Request) -> web.Response:
        """`?from=&to=`."""
        asked = await self._asked(request)
        first, last = asked_version(request, "from") or 1, asked_version(request, "to") or MAX_INTEGER - 1
        if last < first:
            raise Problem("bad_message", "to is before from")
        changes = _some(await self._changes(asked, first, last))
        told = {
            "from": first,
            "to": first + len(changes) - 1,
            "changes": list(map(_described_change, changes)),
        }
        return compressed(web.Response(body=orjson.dumps(told), content_type="application/json"))

    async def get_change(self, request: web.Request) -> web.Response:
        """What a long `change` refers to."""
        asked = await self._asked(request)
        version = version_of(request.match_info["version"], "version")
        changes = await self._changes(asked, version, version)
        if not changes:
            raise Problem("not_found", "there is no such version")
        told = orjson.dumps({"delta": orjson.Fragment(changes[0].body)})
        return compressed(web.Response(body=told, content_type="application/json"))

    async def export_document(self, request: web.Request) -> web.Response:
        """`?format=`: a file."""
        asked = await self._asked(request)
        form = FORMATS.get(request.query.get("format", "html"))
        if form is None:
            raise Problem("bad_message", f"format: one of {', '.join(FORMATS)}")
        document = await self._read(request, asked)
        tag = etag(document.version)
        if request.headers.get(hdrs.IF_NONE_MATCH) == tag:
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={hdrs.ETAG: tag})
        body = await exported(form, document.content, document.version, asked.topic.title)
        response = web.Response(body=body, content_type=form.content_type, charset="utf-8")
        response.headers[hdrs.CONTENT_DISPOSITION] = as_file(asked.topic.title, "document", form.extension)
        return of_version(response, document.version)

    async def _asked(self, request: web.Request) -> Asked:
        return await self._callers.at(request, request.match_info["id"])

    async def _described(self, document: str) -> Topic:
        with stored():
            topic = await self._repository.describe(document)
        if topic is None:
            raise Problem("not_found", "there is no such document or board")
        return topic

    async def _access(self, asked: Asked) -> str:
        """What the caller is to a document, all in all."""
        owner, role = asked.topic.owner, await self._callers.role(asked)
        if asked.member.could(Action.MANAGE_TOPIC, owner, role):
            return "owner"
        if asked.member.could(Action.EDIT_DOCUMENT, owner, role):
            return "editor"
        return "commenter" if asked.member.could(Action.COMMENT, owner, role) else "viewer"

    async def _read(self, request: web.Request, asked: Asked) -> DocumentAt:
        with stored():
            found = await self._documents.read(
                asked.topic.room, asked.topic.id, asked_version(request, "version")
            )
        if isinstance(found, RequestRefused):
            raise problem_of(found)
        return found

    async def _changes(self, asked: Asked, first: int, last: int) -> list[Change]:
        with stored():
            found = await self._documents.changes(asked.topic.room, asked.topic.id, first, last)
        if isinstance(found, RequestRefused):
            raise problem_of(found)
        return found


def _described_change(change: Change) -> dict[str, Any]:
    return {
        "version": change.version,
        "author": described_author(change.author),
        "at": change.at,
        "client": change.client,
        "seq": change.seq,
        "delta": orjson.Fragment(change.body),
    }


def _some(changes: list[Change]) -> list[Change]:
    """As many as one answer holds."""
    size = 0
    for count, change in enumerate(changes):
        size += len(change.body)
        if count and size > CHANGES_BYTES:
            return changes[:count]
    return changes
