"""A client's documents on a real connection: the label `documents`, over a data channel or the socket.

::

    documents = over_peer(client)      # then `client.negotiate()`; or `over_socket(client)`
    notes = await documents.open(await documents.create("Notes"))
    notes.edit(delta); documents.flush()
    await documents.saved(notes)
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from client.documents import OpenDocument
from client.meeting import Client
from client.pending_edits import split
from client.session import Message, RequestRefused
from datachannels.documents.delta_json import write_delta
from datachannels.documents.document import whole_lines
from datachannels.documents.ops import Delete, Delta

LABEL = "documents"
WAIT_S = 20.0


class DocumentChannel:
    """`send` takes a message's JSON text, `fetch` gives what is at a path of the server."""

    def __init__(self, send: Callable[[str], None], fetch: Callable[[str], Awaitable[Message]]) -> None:
        self.documents: dict[str, OpenDocument] = {}
        self.on_change: Callable[[OpenDocument, Delta], None] = lambda document, change: None
        self._send = send
        self._fetch = fetch
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._created: asyncio.Future[Message] | None = None
        self._came = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def create(self, title: str, delta: Delta | None = None) -> str:
        """A new document; its id. What no message holds is written next. Raises `RequestRefused`."""
        first, rest = split(whole_lines(delta or ()))
        doc = await self._create(title, first)
        if rest:
            written = await self.open(doc)
            # Where the first part ends in the middle of a line, a line break was added.
            rest = rest if whole_lines(first) == first else (*rest, Delete(1))
            written.edit(rest)
            await self.saved(written)
        return doc

    async def _create(self, title: str, delta: Delta) -> str:
        self._created = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"t": "create", "title": title}
        self._put(message | {"delta": write_delta(delta)})
        async with asyncio.timeout(WAIT_S):
            answer = await self._created
        if answer["t"] == "error":
            raise RequestRefused(answer["code"], answer["message"])
        doc: str = answer["doc"]["id"]
        return doc

    async def open(self, doc: str) -> OpenDocument:
        """Open a document, or open it again here; `KeyError` if there is none. The text is there then."""
        known = self.documents.get(doc)
        document = OpenDocument(doc, secrets.token_hex(8)) if known is None else known
        await self.resume(document)
        return document

    async def resume(self, document: OpenDocument) -> None:
        """Go on with a document that was open on another connection."""
        self.documents[document.doc] = document
        document.messages()  # what had not left is lost with its connection
        document.open()
        self.flush()
        await self.until(lambda: document.live or document.closed or bool(document.refused))
        if not document.live:
            del self.documents[document.doc]
            raise KeyError(document.doc)

    def flush(self) -> None:
        """Send what the documents have to send."""
        for document in self.documents.values():
            for message in document.messages():
                self._put(message)

    async def saved(self, document: OpenDocument) -> None:
        """Wait until the server has all and all it has is here."""
        self.flush()
        await self.until(lambda: document.synchronized)

    def received(self, data: str | bytes) -> None:
        """A message came."""
        self._inbox.put_nowait(orjson.loads(data))

    def close(self) -> None:
        """Hear nothing more."""
        self._reader.cancel()

    async def _read(self) -> None:
        while True:
            message = await self._inbox.get()
            if "url" in message:
                message |= await self._fetch(message["url"])
            for change in message.get("changes", ()):
                if "url" in change:
                    change.update(await self._fetch(change["url"]))
            self._take(message)
            self._came.set()

    def _take(self, message: Message) -> None:
        document = self.documents.get(message["doc"]) if isinstance(message.get("doc"), str) else None
        if document is not None:
            self.on_change(document, document.receive(message))
            if document.retry_ms is not None:
                asyncio.get_running_loop().call_later(document.retry_ms / 1e3, self._retry, document)
        elif self._created is not None and not self._created.done():
            self._created.set_result(message)
        self.flush()

    def _retry(self, document: OpenDocument) -> None:
        if document.retry_ms is not None and self.documents.get(document.doc) is document:
            document.retry()
            self.flush()

    async def until(self, there: Callable[[], bool]) -> None:
        """Wait for messages that make it so. Raises TimeoutError."""
        async with asyncio.timeout(WAIT_S):
            while not there():
                self._came.clear()
                await self._came.wait()

    def _put(self, message: Message) -> None:
        self._send(orjson.dumps(message).decode())


def over_peer(client: Client) -> DocumentChannel:
    """On a data channel; the first one of a client needs a `negotiate` after it."""
    channel = client.open_channel(LABEL)

    def send(text: str) -> None:
        channel.send(text, client.now())
        client.turn()

    documents = DocumentChannel(send, client.fetch)
    channel.on_message = documents.received
    return documents


def over_socket(client: Client) -> DocumentChannel:
    """On the signaling socket, for who has no data channels."""

    def send(text: str) -> None:
        client.session.say("channel", label=LABEL, data=orjson.loads(text))

    documents = DocumentChannel(send, client.fetch)
    follow = client.session.on_event

    def hear(event: Message) -> None:
        if event["type"] == "channel" and event["label"] == LABEL:
            documents.received(orjson.dumps(event["data"]))
        else:
            follow(event)

    client.session.on_event = hear
    return documents
