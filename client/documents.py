"""A document as a client has it open: messages of the channel `documents` in and out, no socket.

One message that changes the document is on its way at a time. What is typed meanwhile, or without a
connection, waits. After a new connection `open` tells the version held, and what came since decides whether
the message on its way is in, or has to be sent again under its old number.
"""

from collections import deque
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

FOLLOWING = {"change", "ack", "comment", "review"}
"""What continues a snapshot, and has to wait until the snapshot's version is reached."""


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
        self._asked: Message | None = None
        self._asked_id = 0
        self._resend = False
        self._requests: deque[Message] = deque()
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
        self._put(
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
        self._requests.append(message)
        self._flush()

    def comment(self, index: int, length: int, text: str, thread: str | None = None) -> None:
        """Comment on some text of `content`."""
        said: Message = {"t": "comment", "text": text, "anchor": Anchor(index, index + length)}
        self.request(said if thread is None else said | {"thread": thread})

    def place(self, comment: str) -> Anchor:
        """Where a comment stands in `content`."""
        edits = self._opened()
        return self.notes.place(comment, edits.in_flight or (), edits.buffer)

    def retry(self) -> None:
        """Send again what could not be taken when it was sent."""
        self.retry_ms = None
        if not self._live:
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
        if self._ahead is not None and message["t"] in FOLLOWING:
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
            case "history":
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
        if message.get("re", self._asked_id) >= self._asked_id:
            self._resend = True

    def _snapshot(self, message: Message) -> None:
        self._ahead = None
        self._held.clear()
        if self.edits is not None and not self.edits.synchronized and message["epoch"] == self._epoch:
            # What is pending fits the version it was made to: read on from there.
            self._live = False
            self._ahead = message
            self._ask_history()
            return
        self._adopt(message)
        self._settle(message["seq"])

    def _adopt(self, message: Message) -> None:
        """Take a snapshot as it is."""
        content = document_of(read_delta(message["delta"]))
        if self.edits is None:
            self._changed = content.ops
        else:
            change = diff(self.edits.content, content)
            self._changed = compose(self._changed, change)
            self._move_requests(change)
            self.lost += [change for change in (self.edits.in_flight, self.edits.buffer) if change]
            if message["epoch"] != self._epoch:
                self._seq = 0
                self._asked = None
            elif self.edits.in_flight is not None:
                self._asked = None
            elif self._asked is not None and self._asked["t"] == "comment":
                self._asked |= {"base": message["version"]} | _moved(self._asked, change)
        self.edits = PendingEdits(content)
        self.version = message["version"]
        self._epoch = message["epoch"]
        self._undo = Undo()
        self.notes.replace(message)

    def _catch_up(self, message: Message) -> None:
        self._ahead = None  # this is newer, and reaches further than the snapshot
        self._held.clear()
        for change in message["changes"]:
            self._change(change)
        self._epoch = message.get("epoch", self._epoch)
        if "comments" in message:
            self.notes.replace(message)
        self._settle(message["seq"])

    def _ask_history(self) -> None:
        if self._ahead is not None:
            self._put({"t": "history", "from": self.version + 1, "to": self._ahead["version"]})

    def _history(self, message: Message) -> None:
        ahead = self._ahead
        if ahead is None:
            return
        for change in message["changes"]:
            self._change(change)
        if self.version < ahead["version"]:
            self._ask_history()
            return
        self.notes.replace(ahead)
        self._go_on(ahead)

    def _go_on(self, ahead: Message) -> None:
        """The snapshot is reached; what came live since follows."""
        held, self._held, self._ahead = self._held, [], None
        for message in held:
            self._take(message)
        self._settle(ahead["seq"])

    def _settle(self, seq: int) -> None:
        """Caught up, and `seq` of our messages are in."""
        self._live = True
        asked = self._asked
        if asked is not None and asked["t"] != "submit" and asked["seq"] <= seq:
            asked = self._asked = None
        if asked is None:
            self._seq = max(self._seq, seq)
        elif self._resend and asked["t"] == "comment" and not asked["length"]:
            self._refuse("conflict", asked)  # what it was about is gone meanwhile
        elif self._resend:
            if asked["t"] == "submit":
                asked |= {"base": self.version, "delta": write_delta(self._opened().in_flight or ())}
            self._put_asked(asked)
        self._flush()

    def _change(self, message: Message) -> None:
        if message["version"] <= self.version:
            return
        if message["version"] > self.version + 1:
            if self._live:
                self.open()
            return
        edits = self._opened()
        asked = self._asked
        own = message["client"] == self.client and asked is not None and message["seq"] == asked["seq"]
        self.version += 1
        if own and asked is not None and asked["t"] == "submit":
            self._confirm()
            return
        change = read_delta(message["delta"])
        self.notes.move(change)
        here = edits.receive(change)
        if asked is not None and asked["t"] == "comment":
            asked |= {"base": self.version} | _moved(asked, change)
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
        if asked is None or message["seq"] != asked["seq"]:
            return
        if asked["t"] != "submit":
            self._asked = None
        elif message["version"] == self.version + 1:
            self.version += 1
            self._confirm()
        elif self._live:
            self.open()  # committed, but after changes that did not come
            return
        self._flush()

    def _error(self, message: Message) -> None:
        asked, code = self._asked, message["code"]
        if code == "stale" and self._ahead is not None:
            ahead = self._ahead
            self._adopt(ahead)
            self._go_on(ahead)
        elif "seq" not in message and code not in LATER:
            self.refused.append((code, message))
        elif "seq" in message and message.get("re") != self._asked_id:
            return  # to a message that was sent again since
        elif asked is None or code in LATER:
            self.retry_ms = message.get("retry_ms", 1_000)
        elif asked["t"] == "submit" and code == "conflict":
            self.open()
        else:
            self._refuse(code, asked)

    def _refuse(self, code: str, asked: Message) -> None:
        self._asked = None
        self._seq -= 1  # an error does not use up the number
        taken = self._opened().take_back() if asked["t"] == "submit" else ()
        if taken or asked["t"] != "submit":
            self.refused.append((code, asked))
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
            if "anchor" in request:
                request["anchor"].move(change)

    def _flush(self) -> None:
        """Send what is next, if nothing is on its way."""
        if not self._live or self._asked is not None:
            return
        change = self._opened().send()
        if change is not None:
            self._ask({"t": "submit", "base": self.version, "delta": write_delta(change)})
        while self._requests and self._asked is None:
            request = self._requests.popleft()
            anchor = request.pop("anchor", None)
            if anchor is None:
                self._ask(request)
            elif anchor.detached:
                self.refused.append(("conflict", request))  # what it was about is gone meanwhile
            else:
                self._ask(request | {"base": self.version} | _place(anchor))

    def _ask(self, message: Message) -> None:
        self._seq += 1
        self._asked = message | {"seq": self._seq}
        self._put_asked(self._asked)

    def _put_asked(self, message: Message) -> None:
        self._put(message)
        self._asked_id = self._id
        self._resend = False

    def _put(self, message: Message) -> None:
        self._id += 1
        self._outgoing.append(message | {"doc": self.doc, "id": self._id})

    def _opened(self) -> PendingEdits:
        if self.edits is None:
            raise LookupError("the document is not there yet")
        return self.edits


def _place(anchor: Anchor) -> Message:
    return {"index": anchor.start, "length": anchor.end - anchor.start}


def _moved(comment: Message, change: Delta) -> Message:
    anchor = Anchor(comment["index"], comment["index"] + comment["length"])
    anchor.move(change)
    return _place(anchor)
