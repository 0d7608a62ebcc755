"""Clients of one document over channels that delay, break and are replaced."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from client.documents import OpenDocument
from datachannels.documents.content import content_of, replayed
from datachannels.documents.delta_json import read_delta
from datachannels.documents.head import DocumentLimits
from datachannels.documents.ops import Delta
from tests.client.document_server import Channel, DocumentServer
from tests.datachannels.documents.random_deltas import change, edges

LIMITS = DocumentLimits(units=100_000, base_window=5)


class Meeting:
    """A server and its clients; nothing moves unless told."""

    def __init__(self, clients: str, server: DocumentServer | None = None) -> None:
        self.server = server or DocumentServer(LIMITS)
        self.clients = {name: OpenDocument("d", name) for name in clients}
        self.editors: dict[str, Delta] = dict.fromkeys(clients, ())
        for name in clients:
            self.connect(name)

    def connect(self, name: str) -> None:
        self.clients[name].messages()  # what had not left is lost with the channel
        self.clients[name].open()
        self.server.connect(name)

    def channel(self, name: str) -> Channel | None:
        """None while there is no connection."""
        channel = self.server.channels.get(name)
        if channel is not None:
            channel.up.extend(self.clients[name].messages())
        return channel

    def up(self, name: str) -> bool:
        """One message to the server, if there is one."""
        channel = self.channel(name)
        if channel is None or not channel.up:
            return False
        self.server.step(channel)
        return True

    def down(self, name: str) -> bool:
        """One message to the client, if there is one."""
        channel = self.channel(name)
        if channel is None or not channel.down:
            return False
        was = self.clients[name].edits
        before = was.content if was is not None else None
        told = self.clients[name].receive(channel.down.popleft())
        edits = self.clients[name].edits
        if edits is not None:
            whole = replayed(before, [told]) if before is not None else content_of(told)
            assert whole.ops == edits.content.ops, "what an editor is told makes what the client holds"
        return True

    def settle(self) -> None:
        for name in self.clients:
            if name not in self.server.channels:
                self.connect(name)
        for _ in range(10_000):
            moved = [act(name) for name in self.clients for act in (self.up, self.down)]
            if not any(moved):
                return
        raise AssertionError("the clients never come to rest")


def text(document: OpenDocument) -> str:
    return document.content.text()


def check_converged(meeting: Meeting) -> None:
    server = meeting.server
    log = [read_delta(entry["delta"]) for entry in server.log]
    assert [entry["version"] for entry in server.log] == list(range(2, server.version + 1))
    assert len({(entry["client"], entry["seq"]) for entry in server.log}) == len(log)
    content = server.contents[0]
    for each, expected in zip(log, server.contents[1:], strict=True):
        content = replayed(content, [each])
        assert content == expected
    places = {one.id: (one.index, one.length) for one in server.comments.at(server.version)}
    for client in meeting.clients.values():
        assert client.synchronized
        assert client.version == server.version
        assert client.content == server.content
        assert client.lost == []
        assert [code for code, _ in client.refused if code != "conflict"] == []
        shown = {name: client.place(name) for name in client.comments}
        assert {name: (at.start, at.end - at.start) for name, at in shown.items()} == places
    for index, length in places.values():
        assert 0 <= index <= index + length <= server.content.length


def act(meeting: Meeting, random: Random) -> None:
    """Something happens to somebody."""
    name = random.choice(sorted(meeting.clients))
    client = meeting.clients[name]
    kind = random.choices(
        ("edit", "up", "down", "undo", "redo", "comment", "cut", "slow", "crash", "restore"),
        (30, 30, 40, 4, 2, 4, 3, 3, 1, 1),
    )[0]
    if kind == "up":
        meeting.up(name)
    elif kind == "down":
        meeting.down(name)
    elif kind == "crash":
        meeting.server.restart()
    elif kind == "cut":
        meeting.connect(name)
    elif kind == "slow" and (channel := meeting.channel(name)) is not None:
        meeting.server.fall_behind(channel)
    elif client.edits is None:
        meeting.down(name)
    elif kind == "edit":
        client.edit(change(random, client.content))
    elif kind == "undo":
        client.undo()
    elif kind == "redo":
        client.redo()
    elif kind == "restore":
        client.request({"t": "restore", "version": random.randint(1, meeting.server.version)})
    elif kind == "comment":
        start, end = sorted(random.choices(edges(client.content), k=2))
        if start < end:
            client.comment(start, end - start, "here")


@given(st.integers(0, 2**32), st.sampled_from((20, 150)))
@settings(max_examples=60, deadline=None)
def test_all_clients_end_with_the_servers_document(seed: int, acts: int) -> None:
    random = Random(seed)
    meeting = Meeting("abc")
    for _ in range(acts):
        act(meeting, random)
    meeting.settle()
    check_converged(meeting)
