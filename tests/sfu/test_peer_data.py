"""Data channels of whole peers over a simulated network: client, ICE, DTLS, SCTP, node, events."""

import pytest

from client.channel import DataChannel
from client.connection import ConnectionState
from sfu.drops import DropReason
from sfu.errors import LocalError
from sfu.messages import (
    ChannelClosed,
    ChannelMessage,
    ChannelOpened,
    ChannelSlow,
    CloseChannel,
    SendMessage,
)
from sfu.sctp.message_queue import MAX_WAIT_S
from tests.sim import pictures
from tests.sim.meeting import SERVER, Camera, Meeting, Member

LABELS = ("documents", "whiteboard", "annotations", "control", "chat")


class Speaker:
    """A member with a channel; what comes on it is kept."""

    def __init__(self, meeting: Meeting, label: str = "chat", *, live: bool = False) -> None:
        self.member: Member = meeting.join()
        self.channel: DataChannel = self.member.connection.open_channel(
            label, meeting.now, ordered=not live, max_retransmits=0 if live else None
        )
        self.heard: list[str | bytes] = []
        self.channel.on_message = self.heard.append
        self.member.connect()
        meeting.run(0.1)

    @property
    def number(self) -> int:
        assert self.channel.number is not None
        return self.channel.number

    def said(self) -> list[str | None]:
        """What the node heard on the channel."""
        return [
            event.text
            for event in self.member.meeting.events
            if isinstance(event, ChannelMessage)
            and (event.peer, event.channel) == (self.member.peer, self.number)
        ]


def test_the_room_hears_of_every_channel_with_its_label() -> None:
    meeting = Meeting()
    ann = meeting.join()
    for label in LABELS:
        ann.connection.open_channel(label, meeting.now)
    live = ann.connection.open_channel("live", meeting.now, ordered=False, max_retransmits=0)
    ann.connect()
    meeting.run(0.1)
    opened = [event for event in meeting.events if isinstance(event, ChannelOpened)]
    assert [(event.label, event.ordered, event.max_retransmits) for event in opened] == [
        *((label, True, None) for label in LABELS),
        ("live", False, 0),
    ]
    assert {event.protocol for event in opened} == {"sfumato.v1"}
    assert live.is_open


def test_messages_go_both_ways_and_binary_ones_are_named_as_such() -> None:
    meeting = Meeting()
    ann = Speaker(meeting)
    ann.channel.send('{"t":"say"}', meeting.now)
    ann.channel.send(b"\x00", meeting.now)
    meeting.handle(SendMessage(((ann.member.peer, ann.number),), '{"t":"ack"}'))
    meeting.run(0.1)
    assert ann.said() == ['{"t":"say"}', None]
    assert ann.heard == ['{"t":"ack"}']


def test_a_message_to_many_reaches_each_of_them() -> None:
    meeting = Meeting()
    speakers = [Speaker(meeting) for _ in range(3)]
    to = tuple((speaker.member.peer, speaker.number) for speaker in speakers)
    meeting.handle(SendMessage((*to, (speakers[0].member.peer, 40)), "to all"))
    meeting.run(0.1)
    assert [speaker.heard for speaker in speakers] == [["to all"]] * 3


def test_a_message_longer_than_allowed_is_our_own_fault() -> None:
    meeting = Meeting()
    ann = Speaker(meeting)
    with pytest.raises(LocalError):
        meeting.handle(SendMessage(((ann.member.peer, ann.number),), "x" * 65_537))
    with pytest.raises(ValueError, match="65537"):
        ann.channel.send("x" * 65_537, meeting.now)


def test_nothing_is_lost_beside_video_on_a_bad_network() -> None:
    meeting = Meeting(3)
    ann = Speaker(meeting)
    camera = ann.member.publish("camera")
    ann.member.negotiate()
    Camera(ann.member, camera, pictures.vp8(7)).start()
    meeting.lossy(ann.member, up=0.05, down=0.05)
    texts = [f"{number} " + "x" * (number % 7 * 500) for number in range(300)]
    for text in texts:
        ann.channel.send(text, meeting.now)
        meeting.handle(SendMessage(((ann.member.peer, ann.number),), text))
        meeting.run(0.01)
    meeting.run(10)
    assert ann.said() == texts
    assert ann.heard == texts


def test_channels_go_on_over_an_ice_restart_and_another_address() -> None:
    meeting = Meeting()
    ann = Speaker(meeting)
    ann.channel.send("before", meeting.now)
    meeting.run(0.1)
    ann.member.negotiate(ice_restart=True)
    ann.member.move(("198.51.100.7", 999))
    ann.channel.send("between", meeting.now)
    meeting.run(2)
    ann.channel.send("after", meeting.now)
    meeting.run(0.2)
    assert ann.said() == ["before", "between", "after"]
    assert ann.channel.is_open


@pytest.mark.parametrize("by_the_room", [True, False])
def test_both_ends_are_told_when_a_channel_closes(by_the_room: bool) -> None:
    meeting = Meeting()
    ann = Speaker(meeting)
    other = ann.member.connection.open_channel("documents", meeting.now)
    meeting.run(0.1)
    closed: list[str] = []
    ann.channel.on_close = lambda: closed.append(ann.channel.label)
    if by_the_room:
        meeting.handle(CloseChannel(ann.member.peer, ann.number))
    else:
        ann.channel.close(meeting.now)
    meeting.run(0.5)
    assert ChannelClosed(ann.member.peer, ann.number) in meeting.events
    assert closed == ["chat"]
    assert other.is_open
    ann.channel.send("into the void", meeting.now)
    meeting.run(0.1)
    assert ann.said() == []


def test_who_does_not_read_is_reported_and_gets_what_comes_after() -> None:
    meeting = Meeting()
    ann, bob = Speaker(meeting), Speaker(meeting)
    meeting.simulation.link(SERVER, ann.member.address).cut(meeting.now, meeting.now + MAX_WAIT_S + 2)
    to = ((ann.member.peer, ann.number), (bob.member.peer, bob.number))
    for number in range(100):
        meeting.handle(SendMessage(to, f"{number} " + "x" * 1000))
        meeting.run(0.01)
    meeting.run(MAX_WAIT_S)
    slow = [event for event in meeting.events if isinstance(event, ChannelSlow)]
    assert slow == [ChannelSlow(ann.member.peer, ann.number)]
    meeting.handle(SendMessage(to, "snapshot", "bulk"))
    meeting.run(6)
    assert ann.heard[-1] == bob.heard[-1] == "snapshot"
    assert len(ann.heard) < len(bob.heard) == 101
    assert [text.split()[0] for text in ann.heard[:-1] if isinstance(text, str)] == [
        str(number) for number in range(len(ann.heard) - 1)
    ], "what did arrive has no gap"


def test_live_messages_of_one_key_are_merged_while_they_wait() -> None:
    meeting = Meeting()
    ann = Speaker(meeting, "live", live=True)
    for number in range(50):
        meeting.handle(
            SendMessage(((ann.member.peer, ann.number),), f"{number} " + "x" * 2000, "live", "cursor")
        )
    meeting.run(0.2)
    assert isinstance(ann.heard[-1], str)
    assert ann.heard[-1].startswith("49 ")
    assert len(ann.heard) < 50


def test_data_without_an_m_line_is_counted_and_opens_nothing() -> None:
    meeting = Meeting()
    ann = meeting.join()
    ann.open_slots(video=1)
    ann.connect()
    channel = ann.connection.open_channel("chat", meeting.now)  # its m-line is not offered
    ann.connection.apply_answer(ann.answers[-1].sdp, meeting.now)
    meeting.run(1)
    assert not channel.is_open
    assert meeting.node.drops[DropReason.SCTP_UNEXPECTED] > 0
    assert ann.connection.state is ConnectionState.CONNECTED


def test_a_lie_on_data_channels_leaves_media_alone() -> None:
    meeting = Meeting()
    ann = Speaker(meeting)
    bob = meeting.join()
    (slot,) = bob.open_slots(video=1)
    bob.connect()
    camera = ann.member.publish("camera")
    ann.member.negotiate()
    meeting.show(bob, slot, camera)
    Camera(ann.member, camera, pictures.vp8(7)).start()
    ann.member.connection.open_channel("l" * 1000, meeting.now)
    meeting.run(1)
    assert ChannelClosed(ann.member.peer, ann.number) in meeting.events
    assert meeting.node.drops[DropReason.SCTP_CHANNEL] == 1
    assert ann.channel.closed
    before = len(bob.received[slot.mid])
    meeting.run(1)
    assert len(bob.received[slot.mid]) > before + 20


def test_what_leaves_on_channels_counts_against_the_estimate() -> None:
    meeting = Meeting()
    ann = Speaker(meeting)
    (peer,) = meeting.node.peers
    before = peer.outbound.outbox.beside
    meeting.handle(SendMessage(((ann.member.peer, ann.number),), "x" * 10_000))
    meeting.run(0.5)
    assert 10_000 < peer.outbound.outbox.beside - before < 12_000


def test_after_the_peer_is_closed_nothing_is_told() -> None:
    meeting = Meeting()
    ann = Speaker(meeting)
    ann.channel.send("last", meeting.now)
    ann.member.leave()
    before = len(meeting.events)
    meeting.run(1)
    told = (ChannelMessage, ChannelClosed, ChannelSlow)
    assert not [event for event in meeting.events[before:] if isinstance(event, told)]
