"""Documents over HTTP, what only they have: content and exports. Notes are in `signaling.api.notes`."""

from aiohttp import hdrs, web

from datachannels.documents.export import FORMATS, exported
from datachannels.documents.service import DocumentService
from datachannels.documents.shown import DocumentAt
from datachannels.kinds import DOCUMENTS
from signaling.api.answer import given
from signaling.api.endpoint import Endpoint, Schema, one, ref
from signaling.api.stored import stored
from signaling.api.topic_caller import Asked, TopicCallers
from signaling.api.topics import TopicFacts
from signaling.api.versioned import VERSION, as_file, asked_version, of_version, unchanged
from signaling.permissions import Action
from signaling.problems import Problem

DELTA: Schema = {"type": "object", "description": "a Quill delta"}
NOTES: dict[str, Schema] = {
    "comments": {"type": "array", "items": ref("Comment")},
    "reviews": {"type": "array", "items": ref("Review")},
}

DOCUMENT_FACTS = TopicFacts(
    DOCUMENTS,
    "document",
    DELTA,
    {"delta": DELTA},
    "as `delta` says",
    "edit_documents",
    {"owner": Action.MANAGE_TOPIC, "editor": Action.EDIT_DOCUMENT, "commenter": Action.COMMENT},
)


class DocumentEndpoints:
    """What only documents have, but their notes."""

    def __init__(self, documents: DocumentService, callers: TopicCallers) -> None:
        self._documents = documents
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        return [
            Endpoint(
                "GET",
                "/documents/{id}/content",
                self.get_content,
                "A version with its comments and reviews; the version is the ETag",
                "room or share link",
                {200: one(delta=DELTA, **NOTES)},
                {"version": VERSION},
            ),
            Endpoint(
                "GET",
                "/documents/{id}/export",
                self.export_document,
                "The text for other programs, to be kept as a file; the version is the ETag",
                "room or share link",
                {200: DELTA},
                {"format": {"enum": list(FORMATS), "default": "html"}, "version": VERSION},
            ),
        ]

    async def get_content(self, request: web.Request) -> web.Response:
        """`?version=`: what a snapshot refers to. Comments change between versions, so it is given always."""
        document = await self._read(request, await self._callers.named(request, DOCUMENTS))
        response = web.Response(body=await document.encoded(), content_type="application/json")
        return of_version(response, document.version)

    async def export_document(self, request: web.Request) -> web.Response:
        """`?format=`: a file."""
        asked = await self._callers.named(request, DOCUMENTS)
        form = FORMATS.get(request.query.get("format", "html"))
        if form is None:
            raise Problem("bad_message", f"format: one of {', '.join(FORMATS)}")
        document = await self._read(request, asked)
        if (answer := unchanged(request, document.version)) is not None:
            return answer
        body = await exported(form, document.content, document.version, asked.topic.title)
        response = web.Response(body=body, content_type=form.content_type, charset="utf-8")
        response.headers[hdrs.CONTENT_DISPOSITION] = as_file(asked.topic.title, "document", form.extension)
        return of_version(response, document.version)

    async def _read(self, request: web.Request, asked: Asked) -> DocumentAt:
        version = asked_version(request, "version")
        with stored():
            return given(await self._documents.read(asked.topic.room, asked.topic.id, version))
