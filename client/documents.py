"""A document as a client has it open: messages of the channel `documents` in and out, no socket.

One message that changes the document is on its way at a time. What is typed meanwhile, or without a
connection, waits. After a new connection `open` tells the version held, and what came since decides whether
the message on its way is in, or has to be sent again under its old number.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

from client.document_notes import DocumentNotes
from client.pending_edits import PendingEdits, mending
from client.undo import Undo
from datachannels.documents.algebra import compose
from datachannels.documents.anchors import Anchor
from datachannels.documents.delta_json import read_delta, write_delta
from datachannels.documents.diff import diff
from datachannels.documents.document import Document, document_of
from datachannels.documents.ops import Delta

Message = dict[str, Any]

LATER = {"rate_limited", "unavailable"}
"""Codes after which the same message is sent again."""

RETRY_MS = 1_000

FOLLOWING = {"change", "ack", "comment", "review"}
"""What continues a snapshot, and has to wait until the snapshot's version is reached."""


@dataclass(slots=True)
class Request:
    """Something that changes the document or what is said of it, and is no typing; perhaps about a place."""

    message: Message
    anchor: Anchor | None = None


@dataclass(slots=True)
class Asked:
    """What is on its way. `request` None: what is in flight of the text.

    `id` is that of its last transmission. `again`: it was answered by something else, or its answer is lost.
    `is_in`: the server has it, only its ack was lost.
    """

    seq: int
    request: Request | None
    id: int = 0
    again: bool = False
    is_in: bool = False


class OpenDocument:
    """One document. `receive` and the editing calls return or take changes in the form of `content`.

    `refused` holds what the server did not take, with its code; `lost` what could not be rebased any more.
    `retry_ms` asks for a call of `retry` after that time.
    """

    def __init__(self, doc: str, client: str) -> None:
        """`client` is a random name of this page load, ASCII."""
        self.doc = doc
        self.client = client
        self.version = 0
        self.edits: PendingEdits | None = None
        self.notes = DocumentNotes()
        self.refused: list[tuple[str, Message]] = []
        self.lost: list[Delta] = []
        self.retry_ms: int | None = None
        self.closed = False
        self._epoch: str | None = None
        self._undo = Undo()
        self._seq = 0
        self._id = 0
        self._open_id = 0
        self._history_id = 0
        self._asked: Asked | None = None
        self._requests: deque[Request] = deque()
        self._live = False
        self._ahead: Message | None = None  # a snapshot that is reached by history
        self._held: list[Message] = []  # what came after that snapshot
        self._outgoing: list[Message] = []
        self._changed: Delta = ()

    # --- what the user does ---

    @property
    def content(self) -> Document:
        """The document with everything made here."""
        return self._opened().content

    @property
    def live(self) -> bool:
        """Whether it is open on this connection."""
        return self._live

    @property
    def synchronized(self) -> bool:
        """Whether the server has all and everything it has was received."""
        idle = self._asked is None and not self._requests
        return self._live and idle and self.edits is not None and self.edits.synchronized

    def open(self) -> None:
        """Open it, or open it again on a new connection."""
        self._live = False
        self._ahead = None
        self._held.clear()
        known = self.edits is not None
        self._open_id = self._put(
            {"t": "open", "client": self.client, "version": self.version if known else None}
            | ({"epoch": self._epoch} if known else {})
        )

    def edit(self, change: Delta) -> None:
        """Type something. Raises `RequestRefused` if the change does not fit `content`."""
        before = self.content
        if not change:
            return
        self._undo.record(self._made(change), before)
        self._flush()

    def undo(self) -> Delta:
        """Take back the newest of one's own changes; returns the change made."""
        return self._again(self._undo.undo(self.content))

    def redo(self) -> Delta:
        """Make it again."""
        return self._again(self._undo.redo(self.content))

    def request(self, message: Message) -> None:
        """Send a `comment_update`, `review_request`, `restore` and the like, when it is their turn."""
        self._requests.append(Request(message))
        self._flush()

    def comment(self, index: int, length: int, text: str, thread: str | None = None) -> None:
        """Comment on some text of `content`."""
        said = {"t": "comment", "text": text} | ({} if thread is None else {"thread": thread})
        self._requests.append(Request(said, Anchor(index, index + length)))
        self._flush()

    def place(self, comment: str) -> Anchor:
        """Where a comment stands in `content`."""
        edits = self._opened()
        return self.notes.place(comment, edits.in_flight or (), edits.buffer)

    def retry(self) -> None:
        """Send again what could not be taken when it was sent."""
        self.retry_ms = None
        if self._ahead is not None:
            self._ask_history(self._ahead)
        elif not self._live:
            self.open()
        elif self._asked is not None:
            self._put_asked(self._asked)

    def messages(self) -> list[Message]:
        """What is to be sent, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    # --- what the server says ---

    def receive(self, message: Message) -> Delta:
        """A message about this document; returns what changed in `content`.

        What a message gives as a `url` is to be fetched and put into it before.
        """
        self._changed = ()
        asked = self._asked
        # What another snapshot overtakes comes again; but an ack that is not of text stands in no history.
        settles = message["t"] == "ack" and asked is not None and asked.request is not None
        if self._ahead is not None and message["t"] in FOLLOWING and not settles:
            self._held.append(message)
        else:
            self._take(message)
        return self._changed

    def _take(self, message: Message) -> None:
        match message["t"]:
            case "snapshot":
                self._note_answer(message)
                self._snapshot(message)
            case "changes":
                self._note_answer(message)
                self._catch_up(message)
            case "history" if message.get("re") == self._history_id:
                self._history(message)
            case "change":
                self._change(message)
            case "ack":
                self._ack(message)
            case "error":
                self._error(message)
            case "comment":
                self.notes.comment(message["comment"])
            case "review":
                self.notes.review(message["review"])
            case "closed":
                self.closed = True
                self._live = False

    def _note_answer(self, message: Message) -> None:
        """What is on its way has to be sent again if it was answered by this, or sent before what was.

        So too if nobody asked for this: its answer may be among what was lost.
        """
        asked = self._asked
        if asked is not None and message.get("re", asked.id) >= asked.id:
            asked.again = True

    def _snapshot(self, message: Message) -> None:
        self._ahead = None
        self._held.clear()
        edits = self.edits
        known = edits is not None and message["epoch"] == self._epoch and message["version"] >= self.version
        if not known or (edits is not None and edits.synchronized and not self._anchored):
            self._adopt(message)
            self._settle(message["seq"])
            return
        # What is pending fits the version it was made to: read on from there.
        self._live = False
        self._ahead = message
        if message["version"] > self.version:
            self._ask_history(message)
        else:
            self._reached(message)

    @property
    def _anchored(self) -> bool:
        """Whether something waits that is about a place in the text."""
        asked = None if self._asked is None else self._asked.request
        return any(one is not None and one.anchor is not None for one in (asked, *self._requests))

    def _adopt(self, message: Message) -> None:
        """Take a snapshot as it is."""
        content = document_of(read_delta(message["delta"]))
        same, asked = message["epoch"] == self._epoch, self._asked
        if self.edits is None:
            self._changed = content.ops
        else:
            change = diff(self.edits.content, content)
            self._changed = compose(self._changed, change)
            self._move_requests(change)
            self.lost += [change for change in (self.edits.in_flight, self.edits.buffer) if change]
        self.edits = PendingEdits(content)
        self.version = message["version"]
        self._epoch = message["epoch"]
        self._undo = Undo()
        self.notes.replace(message)
        if asked is None or asked.request is None or asked.request.anchor is not None or not same:
            self._asked = None
            self._seq = message["seq"]
            if asked is not None and asked.request is not None:
                self.refused.append(("conflict", asked.request.message))

    def _catch_up(self, message: Message) -> None:
        self._ahead = None  # this is newer, and reaches further than the snapshot
        self._held.clear()
        for change in message["changes"]:
            self._change(change)
        self._epoch = message.get("epoch", self._epoch)
        if "comments" in message:
            self.notes.replace(message)
        self._settle(message["seq"])

    def _ask_history(self, ahead: Message) -> None:
        self._history_id = self._put({"t": "history", "from": self.version + 1, "to": ahead["version"]})

    def _history(self, message: Message) -> None:
        ahead, before = self._ahead, self.version
        if ahead is None:
            return
        for change in message["changes"]:
            self._change(change)
        if self.version >= ahead["version"]:
            self._reached(ahead)
        elif self.version > before:
            self._ask_history(ahead)
        else:
            self._give_up(ahead)

    def _reached(self, ahead: Message) -> None:
        """The snapshot's version is reached; what came live since follows."""
        self.notes.replace(ahead)
        held, self._held, self._ahead = self._held, [], None
        for message in held:
            self._take(message)
        self._settle(ahead["seq"])

    def _give_up(self, ahead: Message) -> None:
        """What led to the snapshot cannot be had: what is pending is lost."""
        self._adopt(ahead)
        # Its answer says what of ours is in, now that nobody can tell by the changes.
        self.open()

    def _settle(self, seq: int) -> None:
        """Caught up, and `seq` of our messages are in."""
        self._live = True
        asked = self._asked
        if asked is None:
            self._seq = max(self._seq, seq)
        elif asked.again:
            # Even what is in goes again, for its ack: it is applied once.
            asked.is_in = asked.seq <= seq
            self._put_asked(asked)
        self._flush()

    def _change(self, message: Message) -> None:
        if message["version"] <= self.version:
            return
        if message["version"] > self.version + 1:
            if self._live:
                self.open()
            return
        edits, asked = self._opened(), self._asked
        own = asked is not None and (message["client"], message["seq"]) == (self.client, asked.seq)
        self.version += 1
        if own and asked is not None and asked.request is None:
            self._confirm()
            return
        change = read_delta(message["delta"])
        here = edits.receive(change)
        self.notes.move(change)
        if asked is not None and asked.request is not None and asked.request.anchor is not None:
            asked.request.anchor.move(change)
        self._made_elsewhere(here)

    def _made_elsewhere(self, change: Delta) -> None:
        """`content` has changed by other hands."""
        self._changed = compose(self._changed, change)
        self._move_requests(change)
        self._undo.follow(change)

    def _confirm(self) -> None:
        self.notes.move(self._opened().confirm())
        self._asked = None

    def _ack(self, message: Message) -> None:
        asked = self._asked
        if asked is None or message["seq"] != asked.seq:
            return
        if asked.request is not None:
            self._asked = None
        elif message["version"] == self.version + 1:
            self.version += 1
            self._confirm()
        elif self._live:
            self.open()  # committed, but after changes that did not come
            return
        self._flush()

    def _error(self, message: Message) -> None:
        asked, ahead, re, code = self._asked, self._ahead, message.get("re"), message["code"]
        if re == self._open_id and not self._live and ahead is None:
            if code in LATER:
                self.retry_ms = message.get("retry_ms", RETRY_MS)
            else:
                self.refused.append((code, message))
        elif re == self._history_id and ahead is not None:
            if code in LATER:
                self.retry_ms = message.get("retry_ms", RETRY_MS)
            else:
                self._give_up(ahead)
        elif asked is None or re != asked.id:
            return  # to a transmission that is past
        elif code in LATER:
            self.retry_ms = message.get("retry_ms", RETRY_MS)
        elif asked.request is None and code in ("conflict", "stale"):
            self.open()  # its answer says what came before
        else:
            self._refuse(code, asked)

    def _refuse(self, code: str, asked: Asked) -> None:
        self._asked = None
        self._seq -= 1  # an error does not use up the number
        if asked.request is not None:
            self.refused.append((code, asked.request.message))
        else:
            taken = self._opened().take_back()
            if taken:
                self.refused.append((code, {"t": "submit"}))
            self._made_elsewhere(taken)
        self._flush()

    # --- sending ---

    def _again(self, change: Delta | None) -> Delta:
        if change is None:
            return ()
        change = self._made(compose(change, mending(self.content, change)))
        self._flush()
        return change

    def _made(self, change: Delta) -> Delta:
        change = self._opened().make(change)
        self._move_requests(change)
        return change

    def _move_requests(self, change: Delta) -> None:
        for request in self._requests:
            if request.anchor is not None:
                request.anchor.move(change)

    def _flush(self) -> None:
        """Send what is next, if nothing is on its way."""
        while self._live and self._asked is None:
            request = None
            if self._opened().send() is None:
                if not self._requests:
                    return
                request = self._requests.popleft()
            self._seq += 1
            self._asked = Asked(self._seq, request)
            self._put_asked(self._asked)

    def _put_asked(self, asked: Asked) -> None:
        request, said = asked.request, {"seq": asked.seq}
        asked.again = False
        if request is None:
            delta = write_delta(self._opened().in_flight or ())
            asked.id = self._put({"t": "submit", "base": self.version, "delta": delta} | said)
        elif request.anchor is None:
            asked.id = self._put(request.message | said)
        elif request.anchor.detached and not asked.is_in:
            self._refuse("conflict", asked)  # what it is about is gone meanwhile
        else:
            start, end = request.anchor.start, request.anchor.end
            place = {"base": self.version, "index": start, "length": max(end - start, 1)}
            asked.id = self._put(request.message | place | said)

    def _put(self, message: Message) -> int:
        self._id += 1
        self._outgoing.append(message | {"doc": self.doc, "id": self._id})
        return self._id

    def _opened(self) -> PendingEdits:
        if self.edits is None:
            raise LookupError("the document is not there yet")
        return self.edits
