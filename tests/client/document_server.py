"""A server of one document for tests: the head, comments and receipts, and channels that can be cut."""

from collections import deque
from typing import Any

from datachannels.documents.comments import Comments, NewComment
from datachannels.documents.delta_json import read_delta, write_delta
from datachannels.documents.diff import diff
from datachannels.documents.document import Document, document_of, replayed
from datachannels.documents.head import Behind, DocumentHead, DocumentLimits
from datachannels.documents.ops import Delta, Insert
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, Comment

Message = dict[str, Any]


class Channel:
    """What is under way between one client and the server, both ways."""

    def __init__(self, client: str) -> None:
        self.client = client
        self.up: deque[Message] = deque()
        self.down: deque[Message] = deque()
        self.opened = False


class DocumentServer:
    """One document `d`. `log` and `contents` are what was committed, by version."""

    def __init__(self, limits: DocumentLimits, epoch: str = "e", most_changes: int = 8) -> None:
        first = document_of((Insert("\n"),))
        self.limits = limits
        self.epoch = epoch
        self.most_changes = most_changes
        self.log: list[Message] = []
        self.contents: list[Document] = [first]
        self.comments = Comments(())
        self.channels: dict[str, Channel] = {}
        self._stored: dict[str, Comment] = {}
        self._acks: dict[tuple[str, int], Message] = {}
        self._seqs: dict[str, int] = {}
        self._head = DocumentHead(1, first, limits)
        self._re = 0

    @property
    def version(self) -> int:
        return self._head.version

    @property
    def content(self) -> Document:
        return self._head.content

    def connect(self, client: str) -> Channel:
        channel = self.channels[client] = Channel(client)
        return channel

    def restart(self) -> None:
        """Lose all but what is stored, and every channel."""
        self.channels.clear()
        changes = [read_delta(change["delta"]) for change in self.log]
        start = max(self.version - 3, 1)
        content = replayed(self.contents[start - 1], changes[start - 1 :])
        self._head = DocumentHead(self.version, content, self.limits, changes)
        self.comments = Comments(self._stored.values(), list(enumerate(changes, 2)))

    def step(self, channel: Channel) -> None:
        """Take one message from a client."""
        message = channel.up.popleft()
        self._re = message["id"]
        try:
            if message["t"] == "open":
                self._open(channel, message)
            elif message["t"] == "history":
                first, last = message["from"], min(message["to"], message["from"] + self.most_changes - 1)
                self._answer(channel, {"t": "history", "changes": self.log[first - 2 : last - 1], "to": last})
            elif (known := self._acks.get((channel.client, message["seq"]))) is not None:
                self._answer(channel, known)
            elif message["seq"] != self._seqs.get(channel.client, 0) + 1:
                raise RequestRefused("conflict", "a gap")
            else:
                self._change(channel, message)
        except RequestRefused as refused:
            answer = {"t": "error", "code": refused.code, "message": refused.message}
            self._answer(channel, answer | {"seq": message["seq"]} if "seq" in message else answer)

    def submit_carelessly(self, delta: Delta) -> None:
        """A change from somebody with other habits than our clients', to the newest version."""
        seq = self._seqs.get("other", 0) + 1
        submit = {"t": "submit", "base": self.version, "seq": seq, "delta": write_delta(delta)}
        self._change(Channel("other"), submit)

    def snapshot(self, channel: Channel) -> Message:
        notes = {"comments": [vars_of(comment) for comment in self.comments.at(self.version)], "reviews": []}
        seq = self._seqs.get(channel.client, 0)
        where = {"t": "snapshot", "epoch": self.epoch, "version": self.version, "seq": seq}
        return where | {"delta": write_delta(self.content.ops)} | notes

    def fall_behind(self, channel: Channel) -> None:
        """Drop what waits for a slow reader, but for answers, for one snapshot."""
        answers = [message for message in channel.down if message["t"] not in ("change", "comment")]
        if channel.opened and not answers:
            channel.down.clear()
            self._send(channel, self.snapshot(channel))

    def _open(self, channel: Channel, message: Message) -> None:
        channel.opened = True
        version = message["version"]
        if version is None or version > self.version or message["epoch"] != self.epoch:
            self._answer(channel, self.snapshot(channel))
        else:
            self._send_changes(channel, version)

    def _send_changes(self, channel: Channel, version: int) -> None:
        changes = self.log[version - 1 :]
        whole = self.snapshot(channel)
        if len(changes) > self.most_changes:
            self._answer(channel, whole)
        else:
            kept = {key: whole[key] for key in ("epoch", "seq", "comments", "reviews")}
            self._answer(channel, {"t": "changes", "changes": changes} | kept)

    def _change(self, channel: Channel, message: Message) -> None:
        if message["t"] in ("submit", "restore"):
            if message["t"] == "submit":
                base, delta = message["base"], read_delta(message["delta"])
            else:
                base, delta = self.version, diff(self.content, self.contents[message["version"] - 1])
            committed = self._head.receive(base, delta)
            if isinstance(committed, Behind):
                self._send_changes(channel, committed.first - 1)
                return
            self._commit(channel, message, committed)
            made = {}
            moved = self.comments.follow(committed, self.content, self.version)
        else:
            since = self._head.since(message["base"])
            if isinstance(since, Behind):
                self._send_changes(channel, since.first - 1)
                return
            new = NewComment(
                f"c{len(self._acks)}",
                Author(channel.client, ""),
                message["text"],
                message["index"],
                message["length"],
            )
            comment = self.comments.add(new, since, self.content, self.version, at=0)
            made = {"comment": comment.id}
            moved = []
            self._tell([comment])
        ack = {"t": "ack", "seq": message["seq"], "version": self.version} | made
        self._acks[channel.client, message["seq"]] = ack
        self._seqs[channel.client] = message["seq"]
        self._answer(channel, ack)
        self._tell(moved)  # after the ack: the author's places, too, are then those of this version

    def _commit(self, channel: Channel, message: Message, delta: Delta) -> None:
        change = {"t": "change", "version": self.version, "client": channel.client, "seq": message["seq"]}
        change["delta"] = write_delta(delta)
        self.log.append(change)
        self.contents.append(self.content)
        for other in self.channels.values():
            if other.opened and (other is not channel or message["t"] == "restore"):
                self._send(other, change)

    def _tell(self, comments: list[Comment]) -> None:
        for comment in comments:
            self._stored[comment.id] = comment
            for channel in self.channels.values():
                if channel.opened:
                    self._send(channel, {"t": "comment", "comment": vars_of(comment)})

    def _answer(self, channel: Channel, message: Message) -> None:
        self._send(channel, message | {"re": self._re})

    def _send(self, channel: Channel, message: Message) -> None:
        channel.down.append(message)


def vars_of(comment: Comment) -> Message:
    wanted = ("id", "thread", "text", "index", "length", "quote", "state")
    return {name: getattr(comment, name) for name in wanted}
