"""The stage of quality scenarios: simulated cameras, viewers behind links, and a record of what they saw.

Everything runs in simulated time over whole peers: the node as it is, `client.connection` at both ends, RTP
and RTCP sealed on simulated links. The same records are judged by tests and drawn for docs/quality.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from client.receiving import ReceivedPacket, ReceiveSlot
from sfu.messages import AskStats, AssignSlot, PeerStats, SlotStats, Source
from sfu.sequence import unwrap
from tests.sim.decoder import Decoder, Picture
from tests.sim.meeting import SERVER, Meeting, Member, Published
from tests.sim.network import IP_UDP_HEADER_BYTES, LinkModel
from tests.sim.simulation import Address, Datagram
from tests.sim.simulcast import CAMERA, Encoding, SimulcastSource

SAMPLE_S = 0.1
PADDING = 0x20
"""RFC 3550 §5.1: the P bit tells probes from repairs."""

RTT_MS = 40.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A tenth of a second of one viewer's link. `sent_bps` counts IP and UDP headers, as the link does."""

    at: float
    sent_bps: float
    queue_s: float
    estimate_bps: float | None
    slots: tuple[SlotStats, ...]


class Publisher:
    """Somebody who films or shares a screen."""

    def __init__(self, member: Member, published: Published, source: SimulcastSource) -> None:
        self.member = member
        self.published = published
        self.source = source

    @property
    def uplink(self) -> LinkModel:
        """The way from it to the node."""
        return self.member.meeting.simulation.link(self.member.address, SERVER)

    @property
    def downlink(self) -> LinkModel:
        """The way from the node to it, of feedback alone."""
        return self.member.meeting.simulation.link(SERVER, self.member.address)


class Shown:
    """A slot of a viewer: what arrived in it, `repaired` or not, and what of that could be seen."""

    def __init__(self, slot: ReceiveSlot) -> None:
        self.slot = slot
        self.decoder = Decoder()
        self.first_sent: dict[int, float] = {}
        self.arrived: dict[int, float] = {}
        self.repaired: list[float] = []
        self._highest: int | None = None
        slot.on_packet = self._receive

    @property
    def pictures(self) -> list[Picture]:
        """What was decoded, in order."""
        return self.decoder.pictures

    def sent(self, sequence16: int, now: float) -> None:
        """The node sent a packet of this slot, for the first time or again."""
        index = sequence16 if self._highest is None else unwrap(sequence16, self._highest)
        self._highest = index if self._highest is None else max(index, self._highest)
        self.first_sent.setdefault(index, now)

    def _receive(self, packet: ReceivedPacket) -> None:
        self.arrived[packet.index] = packet.arrival
        if packet.repaired:
            self.repaired.append(packet.arrival)
        self.decoder.receive(packet)

    def in_time(self, within_s: float, start: float, end: float) -> float:
        """Share of the packets first sent from `start` to `end` that were there within so long."""
        sent = [(index, at) for index, at in self.first_sent.items() if start <= at < end]
        there = sum(1 for index, at in sent if self.arrived.get(index, at + 1e9) - at <= within_s)
        return there / len(sent)

    def share_of(self, encoding: int, start: float, end: float) -> float:
        """Share of the time from `start` to `end` in which the newest picture is of `encoding`."""
        shown = 0.0
        at, current = start, self._encoding_at(start)
        for picture in self.pictures:
            if start < picture.at < end:
                shown += picture.at - at if current == encoding else 0.0
                at, current = picture.at, picture.encoding
        return (shown + (end - at if current == encoding else 0.0)) / (end - start)

    def _encoding_at(self, at: float) -> int | None:
        before = [picture.encoding for picture in self.pictures if picture.at <= at]
        return before[-1] if before else None

    def switches(self, start: float, end: float) -> list[float]:
        """When the encoding changed."""
        seen = [picture for picture in self.pictures if start <= picture.at < end]
        return [
            after.at
            for before, after in pairwise(seen)
            if (before.csrc, before.encoding) != (after.csrc, after.encoding)
        ]


class Viewer:
    """Somebody who watches, behind a link of their own.

    `plis` are the times at which it asked for a key frame, `repairs` those at which the node sent it one.
    """

    def __init__(self, member: Member, shown: Sequence[Shown]) -> None:
        self.member = member
        self.shown = tuple(shown)
        self.samples: list[Sample] = []
        self.sent_bytes = 0
        self.plis: list[float] = []
        self.repairs: list[float] = []
        self._by_ssrc: dict[int | None, Shown] = {entry.slot.ssrc: entry for entry in shown}
        self._repairing = {entry.slot.rtx_ssrc for entry in shown}

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.member.address

    @property
    def downlink(self) -> LinkModel:
        """The way from the node to it."""
        return self.member.meeting.simulation.link(SERVER, self.address)

    @property
    def uplink(self) -> LinkModel:
        """The way from it to the node."""
        return self.member.meeting.simulation.link(self.address, SERVER)

    def saw_sent(self, datagram: Datagram) -> None:
        """The node sent it a datagram."""
        data = datagram.data
        self.sent_bytes += len(data) + IP_UDP_HEADER_BYTES
        if not 128 <= data[0] < 192 or 192 <= data[1] <= 223:  # RTP alone (RFC 7983 §7, RFC 5761 §4)
            return
        ssrc = int.from_bytes(data[8:12], "big")
        shown = self._by_ssrc.get(ssrc)
        if shown is not None:
            shown.sent(data[2] << 8 | data[3], datagram.sent_at)
        elif ssrc in self._repairing and not data[0] & PADDING:
            self.repairs.append(datagram.sent_at)

    def watch(self, now: float) -> None:
        """Ask for a key frame where the decoder wants one."""
        for shown in self.shown:
            if shown.decoder.wants_keyframe(now):
                self.plis.append(now)
                self.member.connection.ask_keyframe(shown.slot.mid, now)

    def sample(self, stats: PeerStats, now: float) -> None:
        """Note how things stand."""
        sent_bps = self.sent_bytes * 8 / SAMPLE_S
        self.sent_bytes = 0
        self.samples.append(
            Sample(now, sent_bps, self.downlink.queue_s(now), stats.estimate_bps, stats.slots)
        )

    def between(self, start: float, end: float) -> list[Sample]:
        """The samples taken from `start` to `end`."""
        return [sample for sample in self.samples if start <= sample.at < end]

    def mean(self, of: Callable[[Sample], float], start: float, end: float) -> float:
        """The mean of something over the samples from `start` to `end`."""
        values = [of(sample) for sample in self.between(start, end)]
        return sum(values) / len(values)


class Stage:
    """A meeting under observation. All times are simulated seconds."""

    def __init__(self, seed: int = 1) -> None:
        self.meeting = Meeting(seed)
        self.publishers: list[Publisher] = []
        self.viewers: list[Viewer] = []
        self._by_address: dict[Address, Viewer] = {}
        self.meeting.simulation.observe(self._observe)

    @property
    def now(self) -> float:
        """The simulated present."""
        return self.meeting.now

    def publish(
        self, encodings: tuple[Encoding, ...] = CAMERA, source: Source = "camera", fps: int = 30
    ) -> Publisher:
        """A camera or screen, connected over a perfect link; it films from `open` on."""
        member = self.meeting.join()
        rids = tuple(encoding.rid for encoding in encodings)
        published = member.publish(source, "VP8", rids if len(rids) > 1 else ())
        member.connect()
        made = SimulcastSource(self.meeting.simulation, published.track.streams, encodings, fps)
        publisher = Publisher(member, published, made)
        self.publishers.append(publisher)
        publisher.uplink.delay_ms = publisher.downlink.delay_ms = RTT_MS / 2
        return publisher

    def watch(self, *publishers: Publisher, rate_bps: float | None = None) -> Viewer:
        """A viewer of these, each in a slot, at any size, behind a link of `rate_bps`."""
        member = self.meeting.join()
        slots = member.open_slots(video=len(publishers))
        member.connect()
        viewer = Viewer(member, [Shown(slot) for slot in slots])
        self.viewers.append(viewer)
        self._by_address[viewer.address] = viewer
        viewer.uplink.delay_ms = viewer.downlink.delay_ms = RTT_MS / 2
        viewer.downlink.rate_bps = rate_bps
        for slot, publisher in zip(slots, publishers, strict=True):
            rank = 0 if publisher.published.source == "screen" else 3
            self.meeting.handle(AssignSlot(member.peer, slot.mid, publisher.published.id, rank=rank))
        return viewer

    def open(self) -> float:
        """Cameras on; the time."""
        for publisher in self.publishers:
            publisher.source.start()
        self.meeting.simulation.at(self.now, self._tick)
        return self.now

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.meeting.run(seconds)

    def _observe(self, datagram: Datagram) -> None:
        if datagram.source == SERVER:
            viewer = self._by_address.get(datagram.destination)
            if viewer is not None:
                viewer.saw_sent(datagram)

    def _tick(self, now: float) -> None:
        events = self.meeting.events
        for viewer in self.viewers:
            viewer.watch(now)
            self.meeting.handle(AskStats(viewer.member.peer, 0))
            stats = events.pop()
            if not isinstance(stats, PeerStats):
                raise TypeError(stats)
            viewer.sample(stats, now)
        self.meeting.simulation.at(now + SAMPLE_S, self._tick)
