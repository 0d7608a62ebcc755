"""Services behind real sockets and peer connections."""

import json
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from config.settings import Limits
from sfu.identifiers import PeerId
from sfu.messages import (
    ChannelClosed,
    ChannelMessage,
    ChannelOpened,
    ChannelSlow,
    CloseChannel,
    Event,
    PeerClosed,
    SendMessage,
)
from signaling.permissions import Role
from signaling.services import make_services
from signaling.websocket import Patience
from tests.datachannels.memory_chat import MemoryChat
from tests.datachannels.memory_topics import MemoryAccess, MemoryTopics
from tests.datachannels.table import Work
from tests.signaling.chatting import Talker
from tests.signaling.live_node import Node, node_settings, receive, running
from tests.signaling.meeting import Client, Meeting

# --- over sockets ------------------------------------------------------------------------------------------


async def test_half_a_surrogate_pair_is_refused_and_the_socket_stays(node: Node) -> None:
    anna = await Talker.join(node, "anna")
    # orjson, which has no halves, is not what sends this.
    said = {
        "t": "submit",
        "doc": "do_1",
        "base": 1,
        "seq": 1,
        "id": 2,
        "delta": {"ops": [{"insert": "\ud83d"}]},
    }
    await anna.socket.send_str(json.dumps({"type": "channel", "label": "documents", "data": said}))
    answer = await anna.hear("documents")
    assert (answer["code"], answer["re"], answer["seq"], answer["doc"]) == ("bad_message", 2, 1, "do_1")
    await anna.socket.send_str(json.dumps({"type": "update", "id": 3, "name": "\ude00"}))
    error = await receive(anna.socket)
    assert (error["type"], error["code"], error["id"]) == ("error", "bad_message", 3)
    await anna.socket.send_str(json.dumps({"type": "channel", "id": 4, "label": "\ude00", "data": said}))
    assert (await receive(anna.socket))["code"] == "bad_message"
    await anna.open_chat("a")


async def test_two_people_chat_over_their_sockets(node: Node) -> None:
    anna, bert = await Talker.join(node, "anna"), await Talker.join(node, "bert")
    assert (await anna.open_chat("a"))["t"] == "snapshot"
    await bert.open_chat("b")
    ack = await anna.say(1, "hello")
    heard = await bert.hear("chat")
    assert (ack["seq"], ack["version"]) == (1, 1)
    assert (heard["message"], heard["text"], heard["from"]) == (ack["message"], "hello", "anna")


async def test_a_chat_is_there_after_the_node_was_started_again(tmp_path: Path) -> None:
    async with running(node_settings(data=tmp_path)) as node:
        anna = await Talker.join(node, "anna")
        first = await anna.open_chat("a")
        ack = await anna.say(1, "hello")
    async with running(node_settings(data=tmp_path)) as node:
        anna = await Talker.join(node, "anna")
        again = await anna.open_chat("a", version=0, epoch=first["epoch"])
        assert again["t"] == "changes"
        assert again["seq"] == 1
        assert [message["message"] for message in again["messages"]] == [ack["message"]]
        assert (await anna.say(1, "hello"))["message"] == ack["message"]
        assert (await anna.say(2, "again"))["version"] == 2


async def test_two_nodes_on_one_database_give_no_version_twice(tmp_path: Path) -> None:
    settings = node_settings(data=tmp_path)
    async with running(settings) as one, running(settings) as other:
        anna, bert = await Talker.join(one, "anna"), await Talker.join(other, "bert")
        await anna.open_chat("a")
        await bert.open_chat("b")
        assert (await anna.say(1, "first"))["version"] == 1
        await bert.send("chat", {"t": "say", "seq": 1, "text": "second"})
        refused = await bert.hear("chat")
        assert (refused["code"], refused["seq"]) == ("unavailable", 1)
        caught_up = await bert.hear("chat")
        assert [message["text"] for message in caught_up["messages"]] == ["first"]
        assert (await bert.say(1, "second"))["version"] == 2


async def test_topics_opened_on_a_socket_close_with_it(node: Node) -> None:
    anna = await Talker.join(node, "anna")
    await anna.open_chat("a")
    await anna.socket.close()
    socket = await node.socket()
    join = {"type": "join", "token": anna.joined["token"], "resume": anna.joined["resume"]}
    await socket.send_json(join)
    back = Talker(socket, {})
    await back.send("chat", {"t": "say", "seq": 1, "text": "hello", "id": 3})
    answer = await back.hear("chat")
    assert (answer["code"], answer["re"], answer["seq"]) == ("conflict", 3, 1)


async def test_a_message_above_the_limit_is_refused_with_its_numbers() -> None:
    async with running(node_settings(limits=Limits())) as node:
        anna = await Talker.join(node, "anna")
        await anna.open_chat("a")
        await anna.send("chat", {"t": "say", "seq": 1, "id": 2, "text": "x" * 66_000})
        answer = await anna.hear("chat")
        assert (answer["code"], answer["re"], answer["seq"]) == ("too_large", 2, 1)


async def test_a_client_that_reads_its_socket_late_gets_a_snapshot_in_place_of_what_it_missed() -> None:
    limits = Limits(message_bytes=20_000, messages_per_s=100_000, chat=3, chat_text=15_000)
    async with running(node_settings(limits=limits), Patience(channel_bytes=100_000)) as node:
        anna, bert = await Talker.join(node, "anna"), await Talker.join(node, "bert")
        await anna.open_chat("a")
        await bert.open_chat("b")
        small = aiohttp.TCPConnector(socket_factory=small_socket)
        async with aiohttp.ClientSession(connector=small) as http:
            late = await Talker.join(Node(node.server, node.url, http), "carl")
            await late.open_chat("c")
            # More than the buffers of the kernel and the queue hold.
            count = 400
            for seq in range(1, count + 1):
                await anna.say(seq, "m" * 15_000)
            assert (await bert.hear("chat", "message"))["version"] == 1
            heard = 0
            while (message := await late.hear("chat"))["t"] == "message":
                heard += 1
                assert message["version"] == heard
            assert heard < count
            assert message["t"] == "snapshot"
            assert [one["version"] for one in message["messages"]] == [
                message["version"] - 2,
                message["version"] - 1,
                message["version"],
            ]
            version = message["version"]
            while version < count:
                message = await late.hear("chat")
                version = message["version"] if message["t"] == "snapshot" else version + 1
                assert message["version"] == version


def small_socket(address: Any) -> socket.socket:
    """One that does not take much before it is read."""
    made = socket.socket(address[0], address[1], address[2])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 131_072)
    made.setblocking(False)
    return made


async def test_live_messages_reach_the_others_with_their_author(node: Node) -> None:
    anna, bert = await Talker.join(node, "anna"), await Talker.join(node, "bert")
    await bert.open_chat("b")
    await anna.send("live", [{"t": "typing", "topic": "chat"}])
    heard = await bert.hear("live")
    assert heard == {"t": "typing", "participant": anna.joined["participant"]["id"], "topic": "chat"}


async def test_who_said_nothing_on_the_socket_hears_what_is_told_to_all(node: Node) -> None:
    anna, bert = await Talker.join(node, "anna"), await Talker.join(node, "bert")
    await anna.send("live", {"t": "pointer", "board": "bo_1", "x": 1, "y": 2})
    assert (await bert.hear("live"))["t"] == "pointer"
    await anna.send("chat", {"t": "react", "emoji": "!"})
    assert (await bert.hear("chat"))["t"] == "reaction"


async def test_metrics_tell_how_long_chat_took(node: Node) -> None:
    anna = await Talker.join(node, "anna")
    await anna.open_chat("a")
    await anna.say(1, "hello")
    async with node.http.get(node.url + "/metrics") as response:
        text = await response.text()
    assert 'sfumato_operation_seconds_count{type="say"} 1.0' in text
    assert "sfumato_channels 1.0" in text
    assert "sfumato_oldest_change_seconds 0.0" in text


# --- over peer connections ---------------------------------------------------------------------------------


class Wired:
    """A meeting with services, and data channels said by events."""

    def __init__(self) -> None:
        self.meeting = Meeting()
        self.work = Work()
        self.chat = MemoryChat()
        self.documents = MemoryTopics()
        self.boards = MemoryTopics()
        self.access = MemoryAccess()
        work = make_services(self.meeting.node, self, self.work, lambda name, seconds: None)
        self.meeting.node.channels.serve(work.services)

    def peer(self, client: Client) -> PeerId:
        """The client's peer connection, made by an offer."""
        client.offer()
        return self.meeting.last_offer().peer

    def event(self, event: Event) -> None:
        self.meeting.event(event)
        while self.work.step() or self.chat.writes:
            self.chat.commit()
        self.meeting.pump()

    def open(self, peer: PeerId, channel: int = 1, label: str = "chat", protocol: str = "sfumato.v1") -> None:
        self.event(ChannelOpened(peer, channel, label, protocol, True, None, None))

    def sent(self) -> list[Any]:
        """What went out on channels since the last call."""
        taken = self.meeting.of(SendMessage)
        self.meeting.commands.clear()
        return taken


OPEN = '{"t":"open","client":"c"}'


@pytest.fixture
def wired() -> Wired:
    return Wired()


def test_a_broadcast_is_encoded_once_for_all_peer_connections(wired: Wired) -> None:
    peers = [wired.peer(wired.meeting.join(name)) for name in ("anna", "bert", "carol")]
    for peer in peers:
        wired.open(peer)
        wired.event(ChannelMessage(peer, 1, OPEN))
    wired.sent()
    wired.event(ChannelMessage(peers[0], 1, '{"t":"say","seq":1,"text":"hello"}'))
    event, ack = wired.sent()
    assert event.to == ((peers[1], 1), (peers[2], 1))
    assert '"text":"hello"' in event.text
    assert ack.to == ((peers[0], 1),)
    assert '"t":"ack"' in ack.text


@pytest.mark.parametrize(
    ("label", "protocol"), [("nope", "sfumato.v1"), ("chat", "other"), ("x" * 10_000, "sfumato.v1")]
)
def test_a_channel_that_is_not_for_us_is_closed(wired: Wired, label: str, protocol: str) -> None:
    peer = wired.peer(wired.meeting.join("anna"))
    wired.open(peer, 3, label, protocol)
    assert wired.meeting.of(CloseChannel) == [CloseChannel(peer, 3)]


@pytest.mark.parametrize("text", [None, "{", "[" * 40 + "]" * 40, '{"t":1e400}'])
def test_what_is_binary_or_not_json_closes_the_channel(wired: Wired, text: str | None) -> None:
    peer = wired.peer(wired.meeting.join("anna"))
    wired.open(peer)
    wired.event(ChannelMessage(peer, 1, text))
    assert wired.meeting.of(CloseChannel) == [CloseChannel(peer, 1)]
    assert wired.sent() == []


def test_a_slow_reader_gets_a_snapshot(wired: Wired) -> None:
    peer = wired.peer(wired.meeting.join("anna"))
    wired.open(peer)
    wired.event(ChannelMessage(peer, 1, OPEN))
    wired.sent()
    wired.event(ChannelSlow(peer, 1))
    (snapshot,) = wired.sent()
    assert '"t":"snapshot"' in snapshot.text


@pytest.mark.parametrize("how", ["channel", "peer", "participant", "replaced"])
def test_nothing_is_sent_on_a_channel_that_is_gone(wired: Wired, how: str) -> None:
    anna, bert = wired.meeting.join("anna"), wired.meeting.join("bert")
    a, b = wired.peer(anna), wired.peer(bert)
    for peer in (a, b):
        wired.open(peer)
        wired.event(ChannelMessage(peer, 1, OPEN))
    if how == "channel":
        wired.event(ChannelClosed(b, 1))
    elif how == "peer":
        wired.event(PeerClosed(b, "dtls"))
    elif how == "participant":
        bert.send({"type": "leave"})
    else:
        bert.offer(fingerprint="BB")
    wired.sent()
    wired.event(ChannelMessage(a, 1, '{"t":"say","seq":1,"text":"hello"}'))
    assert [one.to for one in wired.sent()] == [((a, 1),)]


def test_a_grant_that_is_taken_counts_from_the_next_message_on(wired: Wired) -> None:
    anna = wired.meeting.join("anna")
    peer = wired.peer(anna)
    wired.open(peer)
    wired.event(ChannelMessage(peer, 1, OPEN))
    host = wired.meeting.join("host", role=Role.HOST)
    host.ask("moderate", action="set_grants", participant=anna.id, grants={"chat": False})
    wired.sent()
    wired.event(ChannelMessage(peer, 1, '{"t":"say","seq":1,"text":"hello","id":4}'))
    (answer,) = wired.sent()
    assert '"code":"forbidden"' in answer.text
    assert '"re":4' in answer.text
    assert (wired.meeting.audited[-1].action, wired.meeting.audited[-1].outcome) == ("say", "forbidden")


POINTER = '{"t":"pointer","board":"b","x":0,"y":0}'


def test_a_socket_does_not_hear_what_a_data_channel_carries(wired: Wired) -> None:
    anna, bert = wired.meeting.join("anna"), wired.meeting.join("bert")
    a, b = wired.peer(anna), wired.peer(bert)
    wired.open(a, 2, "live")
    wired.event(ChannelMessage(a, 2, POINTER))
    assert [event["label"] for event in bert.take() if event["type"] == "channel"] == ["live"]
    wired.open(b, 2, "live")
    wired.sent()
    wired.meeting.advance(0.1)
    wired.event(ChannelMessage(a, 2, POINTER))
    assert [one.to for one in wired.sent()] == [((b, 2),)]
    assert [event for event in bert.take() if event["type"] == "channel"] == []
    assert [event for event in anna.take() if event["type"] == "channel"] == []
    # Without it, the socket hears again.
    wired.event(ChannelClosed(b, 2))
    wired.meeting.advance(0.1)
    wired.event(ChannelMessage(a, 2, POINTER))
    assert [event["label"] for event in bert.take() if event["type"] == "channel"] == ["live"]
    assert wired.sent() == []


def test_live_messages_leave_by_the_clock_of_the_node(wired: Wired) -> None:
    peers = [wired.peer(wired.meeting.join(name)) for name in ("anna", "bert")]
    for peer in peers:
        wired.open(peer, 2, "live")
    for x in range(3):
        wired.event(ChannelMessage(peers[0], 2, f'{{"t":"pointer","board":"b","x":{x},"y":0}}'))
    first, *others = wired.sent()
    assert others == []
    assert (first.to, first.priority) == (((peers[1], 2),), "live")
    wired.meeting.advance(0.02)
    (newest,) = wired.sent()
    assert '"x":2.0' in newest.text
