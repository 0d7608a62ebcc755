"""The label `documents`: texts that everybody in a room writes together (PROTOCOL.md 3, documents).

Over HTTP the same is asked by `visit`, and read by `read`.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from datachannels.catalogue import Answer, Catalogue
from datachannels.channel import Channel
from datachannels.content import LONG_BYTES
from datachannels.documents.content import DocumentContent
from datachannels.documents.document import EMPTY
from datachannels.documents.head import DocumentLimits
from datachannels.documents.loading import load, new_document, read_version
from datachannels.documents.requests import HISTORY, History, Submit, write_shapes
from datachannels.documents.shown import DocumentAt
from datachannels.documents.stored_form import SLICE, encode
from datachannels.envelope import Reply
from datachannels.kinds import DOCUMENTS
from datachannels.member import Member
from datachannels.rate import Allowance
from datachannels.refusals import RequestRefused
from datachannels.repositories import AccessRepository, DocumentRepository
from datachannels.service_node import ServiceNode
from datachannels.standing import missing
from datachannels.topic_lists import TopicLists
from datachannels.topic_service import TopicService, check_reading

OPS_PER_S, OPS_AT_ONCE_S = 3_000.0, 5.0
"""By one participant: a change of thousands of ops takes tens of milliseconds. A message holds some 5 000."""


class DocumentService(TopicService[tuple[str, str]]):
    """`datachannels.service.Service` of the label ``documents``."""

    label = "documents"
    topic_field = DOCUMENTS.field

    def __init__(
        self, repository: DocumentRepository, access: AccessRepository, lists: TopicLists, node: ServiceNode
    ) -> None:
        limits = node.limits
        self._repository = repository
        self._limits = DocumentLimits(limits.document_units, limits.base_window, limits.history)
        self._writes = write_shapes(limits)
        self._ops = Allowance(OPS_PER_S, OPS_AT_ONCE_S)

        def content(room: str, doc: str) -> DocumentContent:
            return DocumentContent(room, doc, repository, access, node)

        self.catalogue = Catalogue(DOCUMENTS, repository, access, lists, node, content, self._first)
        handlers = {"create": self.catalogue.ask_create, "history": self.history}
        super().__init__(
            node,
            self.catalogue.topics,
            self.catalogue.key,
            handlers | dict.fromkeys(self._writes, self.write),
            (self.catalogue.created, self._ops),
        )

    async def _first(self, member: Member, message: Mapping[str, Any]) -> str:
        """`create {title, delta?}`: its text."""
        delta = message.get("delta")
        content = EMPTY if delta is None else await new_document(delta, self._limits)
        return (await encode(content.ops)).decode()

    # --- on a channel ------------------------------------------------------------------------------------

    def write(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`submit` and all else that changes a document."""
        topic, name = self._opened(channel, message), str(message["t"])
        request = self._writes[name](message)
        if isinstance(request, Submit):
            ops = request.delta.get("ops")
            if isinstance(ops, list) and len(ops) > SLICE:
                self._ops.spend(channel.member.id, now, len(ops))
        topic.submit(channel, request.seq, request, name, reply, now)

    def history(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`history {doc, from, to}` → `history {doc, from, to, changes}`."""
        (room, doc), request = self.catalogue.key(channel.member, message), HISTORY(message)
        check_reading(channel.member, now)
        self.catalogue.answer(self._history(room, doc, request), reply)

    async def _history(self, room: str, doc: str, request: History) -> Answer:
        changes = await self.catalogue.changes(room, doc, request.first, request.last)
        if isinstance(changes, RequestRefused):
            return changes
        told: list[dict[str, Any]] = []
        size = 0
        for change in changes:
            # With its author and all else: of many small ones that is more than their bodies.
            described = DOCUMENTS.told(doc, change)
            size += len(orjson.dumps(described))
            if told and size > LONG_BYTES:
                break
            told.append(described)
        last = request.first + len(told) - 1
        return "history", {"from": request.first, "to": last, "changes": told}

    # --- without a channel -------------------------------------------------------------------------------

    def visit(
        self, doc: str, member: Member, message: dict[str, Any], key: str, reply: Reply, now: float
    ) -> None:
        """A message that changes a document, by somebody who need not have it open.

        `message` is as on a channel, without `seq`; with the same `key` (printable ASCII, at most 64) it is
        done once, however often it is asked. The answer is what a channel would have: `ack`, or a refusal.
        Raises `RequestRefused`.
        """
        name = str(message.get("t"))
        shape = self._writes.get(name)
        if shape is None:
            raise RequestRefused("bad_message", "unknown message")
        request = shape({**message, "seq": 1})
        self._topics.at((member.room, doc)).visit(member, key, 1, request, name, reply, now)

    async def read(self, room: str, doc: str, version: int | None) -> DocumentAt | RequestRefused:
        """A version, or the newest one, with the notes of that version as far as they are still known.

        A version that somebody was told to fetch is exactly what they were told. Raises `RepositoryError`.
        """
        content = self.catalogue.content(room, doc)
        shown = None if content is None else content.shown
        if shown is not None and version is not None:
            kept = shown.kept(version)
            if kept is not None:
                return kept
        stored = await load(self._repository, doc, 0)
        if stored is None or stored.topic.room != room:
            return missing()
        newest = stored.head.version
        comments, text = stored.placed().at(newest), stored.content
        if version is not None and version != newest:
            if not 1 <= version <= newest:
                return RequestRefused("not_found", f"there is no version {version}")
            old = await read_version(self._repository, doc, version)
            if old is None:
                return RequestRefused("stale", f"version {version} is no longer kept")
            comments, text = stored.placed(version).at(version), old
        return DocumentAt(stored.topic, version or newest, text, comments, stored.reviews)
