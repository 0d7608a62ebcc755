"""Comments and reviews of documents over HTTP; each write is one of the messages of the data channel."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from aiohttp import web

from datachannels.documents.messages import described_comment, described_review
from datachannels.documents.service import DocumentService
from datachannels.kinds import DOCUMENTS
from datachannels.repositories import DocumentRepository
from signaling.api.answer import answered, given, repeat_key
from signaling.api.body import part_of, read_changes, read_object
from signaling.api.endpoint import COUNT, FLAG, PAGED, TEXT, TIME, Endpoint, page_with, ref
from signaling.api.stored import stored
from signaling.api.topic_caller import Asked, TopicCallers
from signaling.problems import Problem, json_response

AREA = {"base": COUNT, "index": {"type": "integer"}, "length": COUNT, "text": TEXT, "thread": TEXT}
STATUS = {"enum": ["pending", "approved", "changes_requested", "rejected"]}


class NoteEndpoints:
    """Everything about comments and reviews."""

    def __init__(
        self, documents: DocumentService, repository: DocumentRepository, callers: TopicCallers
    ) -> None:
        self._documents = documents
        self._repository = repository
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        at, comment, review = "/documents/{id}", ref("Comment"), ref("Review")
        return [
            Endpoint(
                "GET",
                at + "/comments",
                self.list_comments,
                "Comments, the oldest first, where they stand in `version`",
                "room or share link",
                {200: page_with("comments", comment, version=COUNT)},
                PAGED,
            ),
            Endpoint(
                "POST",
                at + "/comments",
                self.comment_on,
                "A comment on `length` units from `index` on, as of version `base`",
                "comment",
                {201: comment},
                body=AREA,
                required=("base", "index", "length", "text"),
            ),
            Endpoint(
                "PATCH",
                "/comments/{id}",
                self.change_comment,
                "Other words (its author), resolved or open again",
                "comment",
                {200: comment},
                body={"text": TEXT, "resolved": FLAG},
            ),
            Endpoint(
                "DELETE", "/comments/{id}", self.delete_comment, "It goes", "author or moderate", {204: None}
            ),
            Endpoint(
                "GET",
                at + "/reviews",
                self.list_reviews,
                "Reviews, the oldest first",
                "room or share link",
                {200: page_with("reviews", review, version=COUNT)},
                PAGED,
            ),
            Endpoint(
                "POST",
                at + "/reviews",
                self.ask_for_review,
                "Ask an identity to judge the document as it is",
                "comment",
                {201: review},
                body={"reviewer": TEXT, "deadline_at": TIME},
                required=("reviewer",),
            ),
            Endpoint(
                "PATCH",
                "/reviews/{id}",
                self.change_review,
                "Judge; or, for who asked, ask again",
                "reviewer",
                {200: review},
                body={"status": STATUS, "note": TEXT},
                required=("status",),
            ),
        ]

    async def list_comments(self, request: web.Request) -> web.Response:
        """Where they stand now."""
        asked = await self._callers.named(request, DOCUMENTS)
        with stored():
            found = given(await self._documents.read(asked.topic.room, asked.topic.id, None))
        part, after = part_of(request, found.comments, lambda comment: comment.id)
        told = [described_comment(one) for one in part]
        return json_response({"version": found.version, "comments": told, "after": after})

    async def comment_on(self, request: web.Request) -> web.Response:
        """`{base, index, length, text, thread?}`."""
        asked = await self._callers.named(request, DOCUMENTS)
        ack = await self._ask(request, asked, {**await read_object(request), "t": "comment"})
        return await self._comment(asked, ack["comment"], HTTPStatus.CREATED)

    async def change_comment(self, request: web.Request) -> web.Response:
        """`{text?, resolved?}`."""
        asked, comment = await self._at_comment(request)
        body = await read_changes(request, {"text", "resolved"})
        await self._ask(request, asked, {**body, "t": "comment_update", "comment": comment})
        return await self._comment(asked, comment, HTTPStatus.OK)

    async def delete_comment(self, request: web.Request) -> web.Response:
        """For good."""
        asked, comment = await self._at_comment(request)
        await self._ask(request, asked, {"t": "comment_delete", "comment": comment})
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def list_reviews(self, request: web.Request) -> web.Response:
        """As they are now."""
        asked = await self._callers.named(request, DOCUMENTS)
        with stored():
            found = await self._repository.reviews(asked.topic.id)
        part, after = part_of(request, found, lambda review: review.id)
        told = [described_review(one) for one in part]
        return json_response({"version": asked.topic.version, "reviews": told, "after": after})

    async def ask_for_review(self, request: web.Request) -> web.Response:
        """`{reviewer, deadline_at?}`."""
        asked = await self._callers.named(request, DOCUMENTS)
        ack = await self._ask(request, asked, {**await read_object(request), "t": "review_request"})
        return await self._review(asked, ack["review"], HTTPStatus.CREATED)

    async def change_review(self, request: web.Request) -> web.Response:
        """`{status, note?}`."""
        review = request.match_info["id"]
        self._callers.bearer(request)
        with stored():
            document = await self._repository.topic_of_review(review)
        if document is None:
            raise Problem("not_found", "no such review")
        asked = await self._callers.at(request, document)
        body = await read_changes(request, {"status", "note"})
        await self._ask(request, asked, {**body, "t": "review_update", "review": review})
        return await self._review(asked, review, HTTPStatus.OK)

    async def _at_comment(self, request: web.Request) -> tuple[Asked, str]:
        comment = request.match_info["id"]
        self._callers.bearer(request)
        with stored():
            document = await self._repository.topic_of_comment(comment)
        if document is None:
            raise Problem("not_found", "no such comment")
        return await self._callers.at(request, document), comment

    async def _ask(self, request: web.Request, asked: Asked, message: dict[str, Any]) -> Mapping[str, Any]:
        """A message of the channel; the fields of its `ack`."""
        key = repeat_key(request)
        return await answered(partial(self._documents.visit, asked.topic.id, asked.member, message, key))

    async def _comment(self, asked: Asked, comment: str, status: HTTPStatus) -> web.Response:
        with stored():
            found = [one for one in await self._repository.comments(asked.topic.id) if one.id == comment]
        if not found:
            raise Problem("not_found", "no such comment")  # deleted since
        return json_response(described_comment(found[0]), status)

    async def _review(self, asked: Asked, review: str, status: HTTPStatus) -> web.Response:
        with stored():
            found = [one for one in await self._repository.reviews(asked.topic.id) if one.id == review]
        if not found:
            raise Problem("not_found", "no such review")
        return json_response(described_review(found[0]), status)
