"""A media node and clients of it on a simulated network: whole peers, no signaling."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from OpenSSL import SSL

from client.capabilities import Capabilities
from client.connection import Connection, ConnectionState
from client.receiving import ReceivedPacket, ReceiveSlot
from client.track import SendTrack
from sfu.certificate import Certificate, make_certificate
from sfu.clock import WallClock
from sfu.codecs.codec import ALL_CODECS
from sfu.dtls import make_context
from sfu.identifiers import Csrc, Mid, PeerId, TrackId
from sfu.messages import (
    KIND_OF_SOURCE,
    Answered,
    ApplyOffer,
    AskStats,
    AssignSlot,
    ClosePeer,
    CloseTrack,
    Command,
    Event,
    MuteTrack,
    OfferedTrack,
    OpenPeer,
    PeerStats,
    Refused,
    SlotState,
    Source,
)
from sfu.node import Node
from sfu.path import Path
from sfu.sdp.limits import SdpLimits
from tests.sim.simulation import Address, Simulation

SERVER: Address = ("192.0.2.1", 7881)
WALL = WallClock(1_700_000_000.0)
FRAME_S = 1 / 30


@lru_cache
def certificate() -> Certificate:
    """One certificate for everybody: making keys is slow and nothing here depends on them."""
    return make_certificate(datetime(2026, 1, 1, tzinfo=UTC))


@lru_cache
def default_context() -> SSL.Context:
    """OpenSSL's settings for every client."""
    return make_context(certificate())


class Meeting:
    """The node at `SERVER`. `events` is what it said; nobody answers it but the test."""

    def __init__(self, seed: int = 0, *, flush_s: float = 0.003, fan_out: int = 8) -> None:
        self.simulation = Simulation(seed)
        self.random = Random(seed)
        self.events: list[Event] = []
        self.node = Node(
            certificate=certificate(),
            emit=self.events.append,
            candidates=lambda: (f"candidate:0 1 udp 2130706431 {SERVER[0]} {SERVER[1]} typ host",),
            random=self.random,
            wall=WALL,
            limits=SdpLimits(),
            codecs=ALL_CODECS,
            flush_s=flush_s,
            fan_out=fan_out,
        )
        self.simulation.attach(SERVER, self.node)
        self.members: list[Member] = []

    @property
    def now(self) -> float:
        """The simulated present."""
        return self.simulation.now

    def join(self, capabilities: Capabilities | None = None, context: SSL.Context | None = None) -> "Member":
        """A new client, not yet negotiated."""
        member = Member(self, len(self.members) + 1, capabilities, context or default_context())
        self.members.append(member)
        return member

    def handle(self, command: Command) -> None:
        """What a Room would say."""
        self.node.handle(command, self.now)

    def show(self, member: "Member", slot: ReceiveSlot, track: "Published | None") -> None:
        """Put a track into a slot of a member."""
        self.handle(AssignSlot(member.peer, slot.mid, None if track is None else track.id))

    def hide(self, member: "Member", slot: ReceiveSlot, track: "Published") -> None:
        """Keep the track in the slot, and send nothing of it."""
        self.handle(AssignSlot(member.peer, slot.mid, track.id, hidden=True))

    def mute(self, track: "Published", muted: bool) -> None:
        """Mute or unmute a track."""
        self.handle(MuteTrack(track.id, muted))

    def close(self, track: "Published") -> None:
        """Unpublish a track."""
        self.handle(CloseTrack(track.id))

    def states(self, member: "Member", slot: ReceiveSlot) -> list[SlotState]:
        """What the node told of a slot, in order."""
        return [
            event
            for event in self.events
            if isinstance(event, SlotState) and (event.peer, event.mid) == (member.peer, slot.mid)
        ]

    def stats(self, member: "Member") -> PeerStats:
        """The node's view of a peer."""
        self.handle(AskStats(member.peer, 0))
        return [event for event in self.events if isinstance(event, PeerStats)][-1]

    def run(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.simulation.run_for(seconds)

    def lossy(self, member: "Member", *, up: float = 0.0, down: float = 0.0, delay_ms: float = 20.0) -> None:
        """Let a member's link lose a share of its datagrams each way."""
        upward, downward = self.simulation.links(member.address, SERVER)
        upward.loss, downward.loss = up, down
        upward.delay_ms = downward.delay_ms = delay_ms


class Published:
    """A track of a member as both sides know it."""

    def __init__(self, track: SendTrack, identifier: TrackId, csrc: Csrc, source: Source) -> None:
        self.track = track
        self.id = identifier
        self.csrc = csrc
        self.source: Source = source


class Member:
    """A client in the meeting, at an address of its own."""

    def __init__(
        self, meeting: Meeting, number: int, capabilities: Capabilities | None, context: SSL.Context
    ) -> None:
        self.meeting = meeting
        self.peer = PeerId(f"pe_{number}")
        self.address: Address = (f"192.0.2.{100 + number}", 4000)
        self.connection = Connection(
            context, certificate().fingerprint(), Random(number * 7919), WALL, capabilities
        )
        self.published: list[Published] = []
        self.received: dict[Mid, list[ReceivedPacket]] = {}
        self.answers: list[Answered] = []
        self._number = number
        self._requests = 0
        meeting.simulation.attach(self.address, self.connection)
        meeting.handle(OpenPeer(self.peer))

    @property
    def now(self) -> float:
        """The simulated present."""
        return self.meeting.now

    def publish(
        self,
        source: Source,
        codec: str = "",
        rids: tuple[str, ...] = (),
        *,
        first_sequence: int | None = None,
    ) -> Published:
        """A track for the next offer."""
        codecs = (codec,) if codec else ()
        kind = KIND_OF_SOURCE[source]
        track = self.connection.add_track(kind, codecs, rids, first_sequence=first_sequence)
        number = self._number * 100 + len(self.published) + 1
        published = Published(track, TrackId(f"tr_{number}"), Csrc(number), source)
        self.published.append(published)
        return published

    def open_slots(self, audio: int = 0, video: int = 0) -> tuple[ReceiveSlot, ...]:
        """Slots for the next offer; what comes on them is kept in `received`."""
        slots = self.connection.add_slots(audio, video)
        for slot in slots:
            slot.on_packet = self.received.setdefault(slot.mid, []).append
        return slots

    def negotiate(self, *, ice_restart: bool = False) -> Answered:
        """Offer what there is and take the answer."""
        self._requests += 1
        sdp = self.connection.make_offer(ice_restart=ice_restart)
        tracks = tuple(
            OfferedTrack(entry.track.mid, entry.id, entry.csrc, entry.source)
            for entry in self.published
            if not entry.track.ended
        )
        before = len(self.meeting.events)
        self.meeting.handle(ApplyOffer(self.peer, self._requests, sdp, tracks))
        for event in self.meeting.events[before:]:
            if isinstance(event, Refused):
                raise AssertionError(f"{event.code}: {event.message}")
            if isinstance(event, Answered):
                self.answers.append(event)
                self.connection.apply_answer(event.sdp, self.now)
                return event
        raise AssertionError("no answer")

    def path(self) -> Path:
        """The way from our address to the server."""
        return self.meeting.simulation.path(self.address, SERVER)

    def connect(self) -> None:
        """Negotiate and wait until DTLS is up; the link should lose nothing meanwhile, for OpenSSL repeats
        lost flights by the real clock."""
        self.negotiate()
        self.connection.add_path(self.path(), self.now)
        self.meeting.simulation.run_until(lambda: self.connection.state is ConnectionState.CONNECTED, 5)

    def move(self, address: Address) -> None:
        """Go on from another address, as a telephone that leaves a Wi-Fi."""
        self.meeting.simulation.detach(self.address)
        self.address = address
        self.meeting.simulation.attach(address, self.connection)
        self.connection.add_path(self.path(), self.now)

    def leave(self) -> None:
        """Close the connection at both ends."""
        self.connection.close()
        self.meeting.handle(ClosePeer(self.peer))

    def packets(self, slot: ReceiveSlot) -> list[ReceivedPacket]:
        """What came on a slot, in the order of its numbering."""
        return sorted(self.received[slot.mid], key=lambda packet: packet.index)


class Camera:
    """Sends a frame of a track each 33 ms while it runs; a key frame first and whenever asked for one.

    `payloads(n, keyframe)` gives the packets of frame number `n`. While `deaf` it makes no key frame.
    """

    def __init__(
        self,
        member: Member,
        published: Published,
        payloads: Callable[[int, bool], list[bytes]],
        rid: str = "",
        *,
        timestamp: int = 0,
        deaf: bool = False,
    ) -> None:
        self.member = member
        self.stream = published.track.layer(rid)
        self.frames = 0
        self.keyframes = 0
        self.deaf = deaf
        self.running = False
        self.timestamp = timestamp
        self._payloads = payloads
        self._keyframe = not deaf
        self.stream.on_keyframe_wanted = self._wanted

    def _wanted(self) -> None:
        self._keyframe |= not self.deaf

    def start(self) -> "Camera":
        """Film from now on."""
        self.running = True
        self.member.meeting.simulation.at(self.member.now, self._frame)
        return self

    def stop(self) -> None:
        """Stop filming."""
        self.running = False

    def _frame(self, now: float) -> None:
        if not self.running:
            return
        keyframe, self._keyframe = self._keyframe, False
        self.keyframes += keyframe
        self.stream.send_frame(self._payloads(self.frames, keyframe), self.timestamp, now)
        self.frames += 1
        self.timestamp = (self.timestamp + 3000) & 0xFFFFFFFF
        self.member.meeting.simulation.at(now + FRAME_S, self._frame)


class Microphone:
    """Sends an audio packet each 20 ms while it runs."""

    def __init__(self, member: Member, published: Published, level: int = 30) -> None:
        self.member = member
        self.stream = published.track.stream
        self.level = level
        self.packets = 0
        self.running = False

    def start(self) -> "Microphone":
        """Listen from now on."""
        self.running = True
        self.member.meeting.simulation.at(self.member.now, self._packet)
        return self

    def stop(self) -> None:
        """Stop listening."""
        self.running = False

    def _packet(self, now: float) -> None:
        if not self.running:
            return
        payload = self.packets.to_bytes(4, "big") + bytes(60)
        self.stream.send(payload, self.packets * 960, False, now, 0x80 | self.level)
        self.packets += 1
        self.member.meeting.simulation.at(now + 0.02, self._packet)
