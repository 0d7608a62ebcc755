"""Clients of one document at the real service: links delay and break, the database fails, nodes crash."""

from collections import deque
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from client.documents import OpenDocument
from config.settings import Limits
from datachannels.documents.delta_json import read_delta
from datachannels.documents.document import Document, document_of, read_document, replayed
from datachannels.documents.shown import DocumentAt
from datachannels.refusals import RequestRefused
from tests.datachannels.documents.driving import done
from tests.datachannels.documents.random_deltas import change, edges
from tests.datachannels.memory_topics import MemoryTopics
from tests.datachannels.table import Seat, Table

LIMITS = Limits(base_window=5, messages_per_s=1_000_000, document_units=100_000)


class Meeting:
    """A service, its storage and its clients; nothing moves unless told."""

    def __init__(self, clients: str) -> None:
        self.documents = MemoryTopics()
        self.table = Table(LIMITS, documents=self.documents)
        maker = self.table.sit("maker", "documents")
        self.doc: str = maker.ask({"t": "create", "title": "Notes"})["doc"]["id"]
        self.clients = {name: OpenDocument(self.doc, name) for name in clients}
        self.seats: dict[str, Seat] = {}
        self.up: dict[str, deque[Any]] = {}
        self.acked: dict[tuple[str, int], int] = {}
        for name in clients:
            self.connect(name)

    def connect(self, name: str) -> None:
        if name in self.seats:
            self.seats[name].lose()
        self.clients[name].messages()  # what had not left is lost with the channel
        self.clients[name].open()
        self.seats[name] = self.table.sit(name, "documents")
        self.up[name] = deque()

    def crash(self) -> None:
        """The node is gone, and what was on its way to storage may be in."""
        self.documents.writes.clear()
        self.table.work.drop()
        self.table = Table(LIMITS, documents=self.documents)
        self.seats.clear()
        for name in self.clients:
            self.connect(name)

    def send(self, name: str) -> bool:
        """One message to the service, if there is one."""
        self.up[name].extend(self.clients[name].messages())
        if not self.up[name]:
            return False
        self.seats[name].send(self.up[name].popleft())
        return True

    def hear(self, name: str) -> bool:
        """One message to the client, if there is one."""
        if not self.seats[name].inbox:
            return False
        message = self.seats[name].inbox.pop(0)
        if message["t"] == "ack":
            assert self.acked.setdefault((name, message["seq"]), message["version"]) == message["version"]
        if "url" in message:
            message |= self.fetched(message["url"])
        client = self.clients[name]
        before = client.content if client.edits is not None else None
        told = client.receive(message)
        if client.edits is not None:
            whole = replayed(before, [told]) if before is not None else document_of(told)
            assert whole.ops == client.content.ops, "what an editor is told makes what the client holds"
        return True

    def fetched(self, url: str) -> dict[str, Any]:
        version = int(parse_qs(urlsplit(url).query)["version"][0])
        found = done(self.table.document_service.read("r", self.doc, version))
        assert isinstance(found, DocumentAt)
        content: dict[str, Any] = orjson.loads(done(found.encoded()))
        return content

    def act(self, random: Random) -> None:
        """Something happens to somebody."""
        name = random.choice(sorted(self.clients))
        client = self.clients[name]
        kinds = ("edit", "send", "hear", "work", "commit", "undo", "comment", "cut", "slow")
        rare = ("fail", "crash", "restore", "resolve")
        weights = (30, 30, 40, 40, 20, 4, 4, 3, 3, 2, 1, 1, 2)
        kind = random.choices((*kinds, *rare), weights)[0]
        if kind == "send":
            self.send(name)
        elif kind == "hear":
            self.hear(name)
        elif kind == "work":
            self.table.work.step()
        elif kind == "commit":
            self.documents.commit(random.randint(1, 3))
        elif kind == "fail":
            self.documents.fail(stored=random.choice((0, 0, 1, 2)))
        elif kind == "crash":
            self.crash()
        elif kind == "cut":
            self.connect(name)
        elif kind == "slow":
            self.seats[name].inbox.clear()
            self.table.services.slow(self.seats[name].number)
            if not client.live:
                self.connect(name)  # as after a while without an answer
        elif client.edits is not None:
            self.type(client, kind, random)

    def type(self, client: OpenDocument, kind: str, random: Random) -> None:
        if kind == "edit":
            client.edit(change(random, client.content))
        elif kind == "undo":
            random.choice((client.undo, client.redo))()
        elif kind == "restore":
            client.request({"t": "restore", "version": random.randint(1, client.version)})
        elif kind == "resolve" and client.notes.comments:
            comment = random.choice(sorted(client.notes.comments))
            client.request({"t": "comment_update", "comment": comment, "resolved": random.random() < 0.7})
        elif kind == "comment":
            start, end = sorted(random.choices(edges(client.content), k=2))
            if start < end:
                client.comment(start, end - start, "here")

    def settle(self) -> None:
        """Until nothing moves any more."""
        for _ in range(10_000):
            self.table.settle()
            moved = [move(name) for name in self.clients for move in (self.send, self.hear)]
            waiting = [client for client in self.clients.values() if client.retry_ms is not None]
            if not any(moved) and not waiting:
                return
            if not any(moved):
                self.table.advance(2.0)
                for client in waiting:
                    client.retry()
        raise AssertionError("the clients never come to rest")


def contents(meeting: Meeting) -> list[Document]:
    """The document at each version, from its log alone."""
    first, *later = [orjson.loads(one.body) for one in meeting.documents.kept[meeting.doc].log]
    found = [read_document(first)]
    for delta in later:
        found.append(replayed(found[-1], [read_delta(delta)]))
    return found


def check(meeting: Meeting) -> None:
    kept = meeting.documents.kept[meeting.doc]
    assert [one.version for one in kept.log] == list(range(1, len(kept.log) + 1))
    assert len({(one.client, one.seq) for one in kept.log}) == len(kept.log)
    versions = contents(meeting)
    for snapshot in kept.snapshots:
        assert document_of(read_delta(orjson.loads(snapshot.body))) == versions[snapshot.version - 1]
    for (name, seq), version in meeting.acked.items():
        assert kept.receipts[name, name, seq].version == version, "what was acknowledged is in"
    now = done(meeting.table.document_service.read("r", meeting.doc, None))
    assert not isinstance(now, RequestRefused)
    assert now.content == versions[-1]
    places = {one.id: (one.index, one.length, one.state) for one in now.comments}
    for index, length, _ in places.values():
        assert 0 <= index <= index + length <= now.content.length
    for client in meeting.clients.values():
        assert client.synchronized
        assert client.content == now.content
        assert client.lost == []
        assert [code for code, _ in client.refused if code != "conflict"] == []
        notes = client.notes.comments
        shown = {name: (client.place(name), notes[name]["state"]) for name in notes}
        assert {name: (at.start, at.end - at.start, how) for name, (at, how) in shown.items()} == places


@given(st.integers(0, 2**32), st.sampled_from((40, 250)))
@settings(max_examples=50, deadline=None)
def test_whatever_breaks_all_end_with_what_is_stored(seed: int, acts: int) -> None:
    random = Random(seed)
    meeting = Meeting("abc")
    for _ in range(acts):
        meeting.act(random)
    meeting.settle()
    check(meeting)
