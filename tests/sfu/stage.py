"""Publications and a subscriber without sockets, ICE or DTLS: what the forward path does, read back by
libsrtp and aiortc."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap
from aiortc.rtp import RtpPacket as Received

from sfu.clock import WallClock
from sfu.codecs.codec import OPUS, VP8, Codec
from sfu.drops import Drops
from sfu.flush import FlushSchedule
from sfu.identifiers import Csrc, Mid, Rid, Ssrc, TrackId
from sfu.layer import Layer
from sfu.link_estimate import Signal
from sfu.messages import KIND_OF_SOURCE, Paused, Source
from sfu.outbound import Outbound
from sfu.path import Buffer
from sfu.publication import Publication
from sfu.rtp.packet import RtpPacket
from sfu.sdp.extensions import URIS
from sfu.slot import Slot
from sfu.source_clock import SourceClock
from sfu.srtp.session import open_session
from tests.sfu.sdp.offers import Line, offer
from tests.sfu.sdp.parties import Server
from tests.sfu.srtp.parties import GCM, Libsrtp, keys


@dataclass(eq=False)
class Wire:
    """A path that remembers what was sent; compared by identity as every path is."""

    remote: tuple[str, int] = ("192.0.2.1", 5000)
    reliable: bool = False
    congested: bool = False
    sent: list[bytes] = field(default_factory=list)
    calls: list[list[int]] = field(default_factory=list)
    """The sizes of the datagrams of each call."""

    def send(self, datagrams: Sequence[Buffer]) -> None:
        self.calls.append([len(datagram) for datagram in datagrams])
        self.sent.extend(bytes(datagram) for datagram in datagrams)

    def take(self) -> list[bytes]:
        """What was sent since the last call."""
        taken = list(self.sent)
        self.sent.clear()
        self.calls.clear()
        return taken


@dataclass
class Told:
    """A slot's state as it was told."""

    mid: str
    track: str | None
    paused: Paused | None


class Subscriber:
    """Slots of one connection over a `Wire`, with an opened SRTP association and no limit but loss.

    `allocates` false: what goes out is as the test allots it.
    """

    def __init__(
        self,
        *lines: Line,
        schedule: FlushSchedule | None = None,
        connected: bool = True,
        first_index: int | None = None,
        allocates: bool = True,
    ) -> None:
        self.schedule = schedule or FlushSchedule()
        self.drops = Drops()
        self.wire = Wire()
        self.told: list[Told] = []
        self.extensions: dict[int, HeaderExtensionsMap] = {}
        self._allocates = allocates
        self._server = Server()
        random = Random(5)

        def random_bits(bits: int) -> int:
            return random.getrandbits(bits) if first_index is None or bits != 16 else first_index

        self.outbound = Outbound(
            self.schedule, self.drops, WallClock(1e9), "cname", random_bits, self._on_state, self._wake
        )
        self.offer(*(lines or (Line("audio", "0"), Line("video", "1"))))
        if connected:
            self.connect(0.0)

    def offer(self, *lines: Line) -> None:
        """Negotiate these m-lines."""
        negotiated = self._server.negotiate(offer(*lines))
        self.outbound.apply(negotiated.slots, negotiated.extmap_allow_mixed, 0.0)
        self.outbound.downlink.estimate.use(Signal.LOSS)
        for section in negotiated.slots:
            parameters = RTCRtpParameters()
            parameters.headerExtensions = [
                RTCRtpHeaderExtensionParameters(number, URIS[name])
                for name, number in section.extensions.items()
            ]
            self.extensions[section.ssrc] = HeaderExtensionsMap()
            self.extensions[section.ssrc].configure(parameters)
            if section.rtx_ssrc is not None:
                self.extensions[section.rtx_ssrc] = self.extensions[section.ssrc]

    def connect(self, now: float) -> None:
        """DTLS is through."""
        ours = keys(GCM)
        self._peer = Libsrtp.facing(ours)
        self.outbound.select(self.wire)
        self.outbound.connect(open_session(ours), now)

    def _on_state(self, slot: Slot, now: float) -> None:
        publication = slot.publication
        self.told.append(Told(slot.mid, None if publication is None else publication.track, slot.paused))

    def _wake(self, at: float) -> None:
        """What a change of the slots makes possible is done at the end of the turn; other timers are the
        tests' to fire."""
        if at == self.outbound.downlink.next_timeout():
            self.schedule.outboxes.append(self)

    def flush(self, now: float) -> None:
        """The end of a turn, as `FlushSchedule` calls it."""
        if self._allocates:
            self.outbound.downlink.handle_timeout(now)

    def slot(self, mid: str) -> Slot:
        """The slot of that m-line."""
        return self.outbound.slots[Mid(mid)]

    def received(self) -> list[Received]:
        """What came since the last call, decrypted and parsed. Fails where libsrtp sees a replay."""
        packets = []
        for datagram in self.wire.take():
            plain = self._peer.receive.unprotect(datagram)
            packets.append(Received.parse(plain, self.extensions[int.from_bytes(plain[8:12], "big")]))
        return packets


class Track:
    """A publication and its layers, fed with packets."""

    def __init__(
        self,
        schedule: FlushSchedule,
        name: str = "a",
        *,
        source: Source = "camera",
        codec: Codec | None = None,
        rids: Sequence[str] = (),
        csrc: int = 7,
    ) -> None:
        kind = KIND_OF_SOURCE[source]
        self.schedule = schedule
        self.sized: list[float] = []
        self.woken: list[float] = []
        self.clock = SourceClock()
        self.publication = Publication(
            TrackId(f"tr_{name}"),
            Csrc(csrc),
            source,
            kind,
            codec or (VP8 if kind == "video" else OPUS),
            tuple(Rid(rid) for rid in rids),
            schedule,
            lambda _, now: self.sized.append(now),
            self.woken.append,
        )
        for number, layer in enumerate(self.publication.layers, 1):
            layer.bind(Ssrc(1000 * csrc + number), self.clock.stream(self.publication.codec.clock_rate))

    def layer(self, rid: str = "") -> Layer:
        """The layer of that rid."""
        found = self.publication.layer(rid)
        assert found is not None
        return found

    def feed(self, *packets: RtpPacket, rid: str = "", now: float | None = None) -> None:
        """Packets arrive in one turn, which ends."""
        for packet in packets:
            at = packet.arrival if now is None else now
            packet.arrival = at
            self.layer(rid).receive(packet, at)
        self.schedule.flush(packets[-1].arrival)
