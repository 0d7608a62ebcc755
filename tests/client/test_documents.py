"""Clients of one document over channels that delay, break and are replaced."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.documents import OpenDocument
from datachannels.documents.delta_json import read_delta
from datachannels.documents.document import Document, document_of, replayed
from datachannels.documents.head import DocumentLimits
from datachannels.documents.ops import Delete, Delta, Insert, Retain, canonical
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
            whole = replayed(before, [told]) if before is not None else document_of(told)
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
        shown = {name: client.place(name) for name in client.notes.comments}
        assert {name: (at.start, at.end - at.start) for name, at in shown.items()} == places
    for index, length in places.values():
        assert 0 <= index <= index + length <= server.content.length


def change_of_the_end(document: Document, random: Random) -> Delta:
    """One that deletes the last line break or writes after it, as our clients never do."""
    last = document.length - 1
    after = (Retain(document.length), Insert("z\n"))
    instead = canonical((Retain(last), Insert("y\n"), Delete(1)))
    without = canonical((Retain(last), Delete(1)))
    return random.choice((after, instead, without if document.text(last - 1, last) == "\n" else after))


def act(meeting: Meeting, random: Random) -> None:
    """Something happens to somebody."""
    name = random.choice(sorted(meeting.clients))
    client = meeting.clients[name]
    kind = random.choices(
        ("edit", "up", "down", "undo", "redo", "comment", "cut", "slow", "crash", "restore", "end"),
        (30, 30, 40, 4, 2, 4, 3, 3, 1, 1, 2),
    )[0]
    if kind == "up":
        meeting.up(name)
    elif kind == "down":
        meeting.down(name)
    elif kind == "crash":
        meeting.server.restart()
    elif kind == "end":
        meeting.server.submit_carelessly(change_of_the_end(meeting.server.content, random))
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


def insert(document: OpenDocument, at: int, words: str) -> None:
    document.edit((Retain(at), Insert(words)) if at else (Insert(words),))


def opened(clients: str, server: DocumentServer | None = None) -> Meeting:
    meeting = Meeting(clients, server)
    meeting.settle()
    return meeting


def test_while_a_change_is_on_its_way_typing_gathers_in_one_more() -> None:
    meeting = opened("a")
    client = meeting.clients["a"]
    for letter in range(5):
        insert(client, letter, "abcde"[letter])
    assert meeting.server.version == 1
    meeting.settle()
    assert meeting.server.version == 3
    assert text(client) == "abcde\n"
    check_converged(meeting)


def test_what_is_typed_without_a_connection_is_sent_with_the_next() -> None:
    meeting = opened("ab")
    insert(meeting.clients["a"], 0, "one ")
    meeting.settle()
    meeting.server.channels.pop("a")
    insert(meeting.clients["a"], 4, "offline")
    insert(meeting.clients["b"], 0, "meanwhile ")
    meeting.settle()
    assert text(meeting.clients["a"]) == "meanwhile one offline\n"
    check_converged(meeting)


def test_a_change_whose_ack_was_lost_is_applied_once() -> None:
    meeting = opened("ab")
    insert(meeting.clients["a"], 0, "once")
    meeting.up("a")
    meeting.connect("a")
    insert(meeting.clients["a"], 4, " and more")
    insert(meeting.clients["b"], 0, "!")
    meeting.settle()
    assert text(meeting.clients["b"]) == "once! and more\n"
    check_converged(meeting)


@pytest.mark.parametrize("cut", [True, False])
def test_who_missed_more_than_fits_reads_it_in_parts_and_rebases(cut: bool) -> None:
    meeting = opened("ab")
    writer, reader = meeting.clients["a"], meeting.clients["b"]
    insert(reader, 0, "mine ")
    if cut:
        meeting.connect("b")
        meeting.server.channels.pop("b")
    for number in range(30):
        insert(writer, 0, f"{number} ")
        while meeting.up("a") or meeting.down("a"):
            pass
    meeting.settle()
    assert text(reader).endswith("0 mine \n")
    check_converged(meeting)


def test_a_refused_change_is_taken_back_and_what_followed_stays() -> None:
    meeting = opened("ab", DocumentServer(DocumentLimits(units=20)))
    client = meeting.clients["a"]
    insert(client, 0, "kept ")
    meeting.settle()
    insert(client, 5, "far too long for this server")
    insert(client, 0, "also ")
    insert(meeting.clients["b"], 0, "b ")
    meeting.settle()
    assert [code for code, _ in client.refused] == ["too_large"]
    assert text(client) == "b also kept \n"
    assert client.content == meeting.server.content


@pytest.mark.parametrize("code", ["rate_limited", "unavailable"])
def test_what_cannot_be_taken_now_is_sent_again_unchanged(code: str) -> None:
    meeting = opened("a")
    client = meeting.clients["a"]
    insert(client, 0, "later")
    sent = client.messages()
    client.receive(
        {"t": "error", "code": code, "message": "", "seq": 1, "re": sent[0]["id"], "retry_ms": 250}
    )
    assert client.retry_ms == 250
    client.retry()
    assert client.messages() == [sent[0] | {"id": sent[0]["id"] + 1}]
    assert client.retry_ms is None


def test_history_that_was_lost_is_not_built_on() -> None:
    meeting = opened("a")
    client = meeting.clients["a"]
    insert(client, 0, "in the backup? ")
    meeting.settle()
    insert(client, 0, "surely not ")
    meeting.server = DocumentServer(LIMITS, epoch="restored")
    meeting.settle()
    assert client.lost == [(Insert("surely not "),)]
    insert(client, 0, "anew")
    meeting.settle()
    assert text(client) == "anew\n"
    assert client.content == meeting.server.content


def test_an_old_version_is_restored_for_all() -> None:
    meeting = opened("ab")
    insert(meeting.clients["a"], 0, "first")
    meeting.settle()
    meeting.clients["b"].edit((Delete(5),))
    meeting.clients["b"].request({"t": "restore", "version": 2})
    meeting.settle()
    assert text(meeting.clients["a"]) == "first\n"
    check_converged(meeting)


def test_one_undoes_ones_own_changes_only() -> None:
    meeting = opened("ab")
    ann, bob = meeting.clients["a"], meeting.clients["b"]
    insert(ann, 0, "ann ")
    meeting.settle()
    insert(bob, 2, "BOB")
    meeting.settle()
    ann.undo()
    bob.undo()
    bob.redo()
    meeting.settle()
    assert text(ann) == "BOB\n"
    check_converged(meeting)


@pytest.mark.parametrize(
    "edits",
    [
        {"a": (Retain(2), Insert("b")), "b": (Retain(2), Delete(1))},
        {"a": (Retain(1), Insert("q\n"), Delete(2)), "b": (Retain(1), Insert("y"))},
        {"a": (Retain(3), Insert("q\n")), "b": (Retain(1), Delete(2), Insert("\n"))},
    ],
)
def test_edits_of_the_end_meet_without_breaking_the_last_line(edits: dict[str, Delta]) -> None:
    meeting = opened("ab")
    insert(meeting.clients["a"], 0, "a\n")
    meeting.settle()
    for name, made in edits.items():
        meeting.clients[name].edit(made)
    meeting.settle()
    check_converged(meeting)


def test_a_comment_waits_for_what_was_typed_before_it() -> None:
    meeting = opened("ab")
    client = meeting.clients["a"]
    insert(client, 0, "one ")
    insert(client, 4, "two")
    client.comment(4, 3, "why two?")
    insert(client, 0, "zero ")
    insert(meeting.clients["b"], 0, "b ")
    meeting.settle()
    [(name, comment)] = client.notes.comments.items()
    assert (comment["quote"], comment["text"]) == ("two", "why two?")
    place = meeting.clients["b"].place(name)
    assert client.content.text(place.start, place.end) == "two"
    check_converged(meeting)


def test_a_document_that_is_gone_says_so() -> None:
    meeting = opened("a")
    client = meeting.clients["a"]
    client.receive({"t": "closed", "reason": "deleted"})
    assert client.closed
    insert(client, 0, "too late")
    assert client.messages() == []


def test_a_document_that_may_not_be_opened_says_why() -> None:
    client = OpenDocument("d", "a")
    client.open()
    [first] = client.messages()
    client.receive({"t": "error", "code": "unavailable", "message": "", "re": first["id"]})
    client.retry()
    [again] = client.messages()
    assert again == {"t": "open", "doc": "d", "client": "a", "version": None, "id": 2}
    client.receive({"t": "error", "code": "not_found", "message": "", "re": again["id"]})
    assert [code for code, _ in client.refused] == ["not_found"]


def test_history_that_is_no_longer_kept_gives_up_what_was_built_on_it() -> None:
    meeting = opened("ab")
    client = meeting.clients["a"]
    insert(client, 0, "lost ")
    snapshot = meeting.server.snapshot(meeting.server.channels["a"])
    insert(meeting.clients["b"], 0, "kept")
    while meeting.up("b"):
        pass
    later = meeting.server.snapshot(meeting.server.channels["a"])
    assert snapshot["version"] < later["version"]
    client.messages()
    client.receive(later)
    [history] = client.messages()
    client.receive({"t": "error", "code": "stale", "message": "", "re": history["id"]})
    assert client.lost == [(Insert("lost "),)]
    assert text(client) == "kept\n"
    insert(client, 0, "here ")
    meeting.settle()
    assert text(client) == text(meeting.clients["b"]) == "here kept\n"


def test_numbers_go_on_after_what_was_lost_although_it_was_in() -> None:
    meeting = opened("ab")
    client, channel = meeting.clients["a"], meeting.server.channels["a"]
    insert(meeting.clients["b"], 0, "b ")
    meeting.up("b")
    channel.down.clear()
    before = meeting.server.snapshot(channel)
    insert(client, 0, "mine ")
    meeting.up("a")
    client.receive(before)
    [history] = client.messages()
    client.receive({"t": "error", "code": "stale", "message": "", "re": history["id"]})
    meeting.settle()
    insert(client, 0, "and more ")
    meeting.settle()
    assert text(client) == text(meeting.clients["b"]) == "and more b mine \n"


def test_the_ack_of_a_comment_is_heard_between_two_snapshots() -> None:
    meeting = opened("ab")
    client, channel = meeting.clients["a"], meeting.server.channels["a"]
    insert(client, 0, "words")
    meeting.settle()
    insert(meeting.clients["b"], 0, "b ")
    meeting.up("b")
    channel.down.clear()
    client.comment(0, 5, "which?")
    snapshot = meeting.server.snapshot(channel)
    meeting.up("a")
    channel.down.appendleft(snapshot)
    channel.down.append(meeting.server.snapshot(channel))
    for _ in range(4):
        meeting.down("a")
    client.comment(0, 7, "and these?")
    meeting.settle()
    assert sorted(one["text"] for one in client.notes.comments.values()) == ["and these?", "which?"]
    assert client.refused == []
    check_converged(meeting)


def test_a_comment_whose_words_went_while_it_had_to_wait_is_given_up() -> None:
    meeting = opened("ab")
    client = meeting.clients["a"]
    insert(client, 0, "words")
    meeting.settle()
    client.comment(0, 5, "which?")
    [sent] = client.messages()
    meeting.clients["b"].edit((Delete(5),))
    meeting.settle()
    client.receive(
        {"t": "error", "code": "rate_limited", "message": "", "re": sent["id"], "seq": sent["seq"]}
    )
    client.retry()
    meeting.settle()
    assert [code for code, _ in client.refused] == ["conflict"]
    check_converged(meeting)


def test_a_last_line_that_others_broke_is_mended() -> None:
    meeting = opened("a")
    client = meeting.clients["a"]
    insert(client, 0, "a\n")
    meeting.settle()
    insert(client, 1, "mine")
    meeting.server.submit_carelessly((Retain(1), Insert("z\n"), Delete(2)))
    meeting.settle()
    assert text(client) == "az\nmine\n"
    check_converged(meeting)
