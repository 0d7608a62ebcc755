"""One peer connection: ICE, DTLS and SRTP around the half that publishes and the half that receives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Final
from typing import Protocol as Interface

from OpenSSL import SSL

from sfu.certificate import Fingerprint
from sfu.clock import WallClock
from sfu.demux import Protocol, demux
from sfu.drops import DropReason, Drops
from sfu.dtls import DtlsState, DtlsTransport
from sfu.errors import RemoteError
from sfu.flush import FlushSchedule
from sfu.ice import ConsentLost, IceLite, PathDropped, PathSelected, UfragRetired, make_credentials
from sfu.identifiers import PeerId, Ssrc
from sfu.inbound import Inbound
from sfu.messages import Event, OfferedTrack
from sfu.outbound import Outbound
from sfu.path import Path
from sfu.peer_data import PeerData
from sfu.publication import Publication
from sfu.rtcp.compound import RtcpMessage, Writable, pack_compounds, parse_compound, work_of
from sfu.rtcp.fir import Fir
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.remb import Remb
from sfu.rtcp.sender_report import SenderReport
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.rtcp.unknown import Unknown
from sfu.rtp.packet import FIXED_HEADER_BYTES, header_length, read_fixed_header
from sfu.sdp.answer import LocalDescription, write_answer
from sfu.sdp.limits import SdpLimits
from sfu.sdp.negotiation import Negotiated, Negotiation, negotiate
from sfu.sdp.offer import parse_offer
from sfu.sdp.sections import PublishSection
from sfu.silence import Silence
from sfu.slot import Slot
from sfu.srtp.session import SrtpSession, open_session
from sfu.timers import Timers

RTCP_BYTES: Final = 1100
"""A compound is cut here, to stay under any path's MTU with SRTCP's 20 bytes and a tunnel's headers."""

ABUSE: Final = frozenset(
    {
        DropReason.RTCP_MALFORMED,
        DropReason.RTX_MALFORMED,
        DropReason.RTP_PAYLOAD_MALFORMED,
        DropReason.SRTP_TOO_MANY_SSRCS,
        DropReason.RTCP_FLOOD,
    }
)
"""What only the authenticated peer itself can send us."""

RTCP_PER_S: Final = 2000
"""Reports, or what makes as much work; a browser with nine videos sends 25 datagrams of a few, under heavy
loss a hundred."""

ABUSE_LIMIT: Final = 1000
"""So many of those end the connection: no bug of a browser makes them, and each costs us more than it costs
them."""


@dataclass(frozen=True, slots=True)
class PeerSetup:
    """What all peers of a node share.

    `candidates` gives the values of a=candidate lines; `random` must be unpredictable in production
    (`random.SystemRandom()`), for credentials, SSRCs and first sequence numbers come from it.
    """

    dtls: SSL.Context
    fingerprint: Fingerprint
    wall: WallClock
    limits: SdpLimits
    codecs: frozenset[str]
    random: Random
    schedule: FlushSchedule
    timers: Timers
    drops: Drops
    candidates: Callable[[], tuple[str, ...]]


class Owner(Interface):
    """The node, as a peer sees it."""

    def peer_connected(self, peer: "Peer", now: float) -> None:
        """DTLS is up."""

    def peer_closed(self, peer: "Peer", reason: str, now: float) -> None:
        """The connection ended by itself."""

    def path_dropped(self, peer: "Peer", path: Path) -> None:
        """What comes from `path` is no longer this peer's."""

    def ufrags_changed(self, peer: "Peer") -> None:
        """The peer answers to other username fragments."""

    def publish(self, peer: "Peer", section: PublishSection) -> Publication:
        """Make the publication of an m-line."""

    def slot_changed(self, peer: "Peer", slot: Slot, now: float) -> None:
        """A slot's state is another."""

    def tell(self, event: Event) -> None:
        """Something happened on a data channel."""


class Peer:
    """A DTLS association and everything on it. Sans-IO: datagrams come by `receive`, answers go to their
    path."""

    def __init__(self, identifier: PeerId, setup: PeerSetup, owner: Owner) -> None:
        self.id = identifier
        self.wake_at = inf
        self.connected = False
        self.closed = False
        self._setup = setup
        self._owner = owner
        self._drops = setup.drops
        self._abuse = 0
        self._upkeep_at = inf  # when ICE or DTLS has something to do
        self._rtcp_since = -inf
        self._rtcp_count = 0
        self._silence = Silence()
        self._ice = IceLite(make_credentials(setup.random))
        self._dtls = DtlsTransport(setup.dtls, "server", None)
        self._dtls_path: Path | None = None
        self._srtp: SrtpSession | None = None
        self._negotiation = Negotiation()
        self._cname = f"{setup.random.getrandbits(64):016x}"
        self._session_id = setup.random.getrandbits(62)
        self._rtcp_ssrc = Ssrc(setup.random.getrandbits(32) | 1)
        self.inbound = Inbound(self._rtcp_ssrc, self._publish, self.wake)
        self.outbound = Outbound(
            setup.schedule,
            setup.drops,
            setup.wall,
            self._cname,
            setup.random.getrandbits,
            self._slot_changed,
            self.wake,
        )

        self.data = PeerData(
            identifier,
            self._dtls,
            self.outbound.outbox,
            setup.schedule,
            setup.drops,
            setup.limits.data_message_bytes,
            setup.random.getrandbits,
            owner.tell,
            self.wake,
        )

    # --- negotiation -------------------------------------------------------------------------------------

    @property
    def ufrags(self) -> tuple[str, ...]:
        """Username fragments in force: the first packet of an unknown address is routed by them."""
        return self._ice.ufrags

    def validated(self, path: Path) -> bool:
        """Whether the peer has shown that it receives at `path`."""
        return self._ice.validated(path)

    def negotiate(
        self, sdp: str, tracks: Sequence[OfferedTrack], now: float
    ) -> tuple[str, Negotiated, list[Publication], list[Publication]]:
        """Answer an offer: (answer, what was agreed, publications begun, publications ended).

        Raises OfferRefused; then nothing changed.
        """
        setup = self._setup
        offer = parse_offer(sdp, setup.limits)
        negotiated = negotiate(
            self._negotiation,
            offer,
            tracks,
            setup.limits,
            enabled=setup.codecs,
            make_ssrc=lambda: Ssrc(setup.random.getrandbits(32)),
        )
        first = not self._negotiation.fingerprints
        self._negotiation = negotiated.state
        if first:
            self._ice.set_remote(negotiated.credentials)
            self._ice.start(now)
            self._dtls.set_remote_fingerprints(negotiated.fingerprints)
        elif negotiated.ice_restart:
            self._ice.restart(make_credentials(setup.random), negotiated.credentials)
        self._owner.ufrags_changed(self)
        begun, ended = self.inbound.apply(negotiated.publishes, negotiated.extensions)
        for section in negotiated.publishes:
            self.inbound.publications[section.track].mute(section.muted, now)
        self.outbound.apply(negotiated.slots, negotiated.extmap_allow_mixed, now)
        if negotiated.data is not None:
            self.data.allowed = True
        local = LocalDescription(
            self._ice.local, setup.fingerprint, setup.candidates(), self._cname, self._session_id
        )
        self._rearm()
        return write_answer(negotiated, local), negotiated, begun, ended

    def _publish(self, section: PublishSection) -> Publication:
        return self._owner.publish(self, section)

    def _slot_changed(self, slot: Slot, now: float) -> None:
        if slot.paused is None:
            self.outbound.began(now)
        self.outbound.downlink.changed(now)
        self._owner.slot_changed(self, slot, now)

    # --- datagrams ---------------------------------------------------------------------------------------

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        """Take one datagram; what is wrong with it is counted, and goes no further."""
        try:
            protocol = demux(datagram)
            if protocol is Protocol.RTP:
                self._receive_rtp(datagram, now)
            elif protocol is Protocol.RTCP:
                self._receive_rtcp(datagram, now)
            elif protocol is Protocol.STUN:
                self._receive_stun(datagram, path, now)
            elif protocol is Protocol.DTLS:
                self._receive_dtls(datagram, path, now)
            else:
                raise RemoteError(DropReason.DEMUX_UNKNOWN)
        except RemoteError as error:
            self._drops[error.reason] += 1
            if error.reason in ABUSE:
                self._abuse += 1
                if self._abuse > ABUSE_LIMIT:
                    self._end("abuse", now)

    def _receive_rtp(self, datagram: bytes, now: float) -> None:
        srtp = self._srtp
        if srtp is None:
            raise RemoteError(DropReason.SRTP_NOT_READY)
        if len(datagram) < FIXED_HEADER_BYTES:
            raise RemoteError(DropReason.RTP_MALFORMED)
        header_bytes = header_length(datagram)
        _, second, sequence, timestamp, ssrc = read_fixed_header(datagram)
        index, payload = srtp.unprotect_rtp(datagram, header_bytes, ssrc, sequence)
        self.inbound.receive(
            datagram, header_bytes, second & 0x7F, second > 0x7F, timestamp, ssrc, index, payload, now
        )

    def _receive_rtcp(self, datagram: bytes, now: float) -> None:
        srtp = self._srtp
        if srtp is None:
            raise RemoteError(DropReason.SRTP_NOT_READY)
        compound = srtp.unprotect_rtcp(datagram)
        if now - self._rtcp_since >= 1.0:
            self._rtcp_since = now
            self._rtcp_count = 0
        if self._rtcp_count >= RTCP_PER_S:
            raise RemoteError(DropReason.RTCP_FLOOD)
        self._rtcp_count += 1
        messages = parse_compound(compound)
        self._rtcp_count += work_of(messages) - 1
        self._heard(now)
        for message in messages:
            try:
                self._handle_rtcp(message, now)
            except RemoteError as error:  # says nothing of those behind it
                self._drops[error.reason] += 1

    def _handle_rtcp(self, message: RtcpMessage, now: float) -> None:
        outbound = self.outbound
        match message:
            case ReceiverReport():
                self._reported(message, now)
            case SenderReport():
                self.inbound.sender_report(message, now)
                self._reported(message, now)
            case Nack():
                outbound.nack(message, now)
            case Pli():
                outbound.want_keyframe(message.media_ssrc, now)
            case Fir():
                for ssrc, _ in message.entries:
                    outbound.want_keyframe(ssrc, now)
            case TransportFeedback():
                outbound.downlink.transport_feedback(message, now)
            case Remb():
                outbound.downlink.remb(message.bitrate_bps, now)
            case Unknown():
                self._drops[DropReason.RTCP_UNKNOWN] += 1
            case _:
                pass  # names and goodbyes change nothing

    def _reported(self, message: ReceiverReport | SenderReport, now: float) -> None:
        self.outbound.report(message.blocks, now)
        if self.outbound.rtt_s is not None:
            self.inbound.measured_round_trip(self.outbound.rtt_s)

    def _receive_stun(self, datagram: bytes, path: Path, now: float) -> None:
        reply = self._ice.receive(datagram, path, now)
        if reply is not None:
            path.send((reply,))
        self._poll_ice(now)
        self._heard(now)
        self._rearm()

    def _heard(self, now: float) -> None:
        """The other end is there; if it was away, no picture goes on without a key frame."""
        outbound = self.outbound
        if self._silence.heard(outbound.outbox.packets, now):
            for slot in outbound.slots.values():
                outbound.want_keyframe(slot.stream.ssrc, now)

    def _receive_dtls(self, datagram: bytes, path: Path, now: float) -> None:
        if not self._ice.validated(path):
            raise RemoteError(DropReason.DTLS_UNVALIDATED)
        self._dtls_path = path
        packets: list[bytes] = []
        try:
            packets = self._dtls.receive(datagram, now)
        finally:
            if not (packets and self.connected and self._dtls.state is DtlsState.CONNECTED):
                self._poll_dtls(now)
                self._rearm()
        self.data.receive(packets, now)

    # --- what ICE and DTLS say ---------------------------------------------------------------------------

    def _poll_ice(self, now: float) -> None:
        while (event := self._ice.poll_event()) is not None:
            match event:
                case PathSelected(path):
                    if self.connected:
                        self.outbound.select(path)
                        self.data.path = path
                case PathDropped(path):
                    self._owner.path_dropped(self, path)
                case UfragRetired():
                    self._owner.ufrags_changed(self)
                case ConsentLost():
                    self._end("consent_lost", now)

    def _poll_dtls(self, now: float) -> None:
        path = self._ice.selected or self._dtls_path
        datagrams = self._dtls.poll_datagrams()
        if datagrams and path is not None:
            for datagram in datagrams:
                path.send((datagram,))
        state = self._dtls.state
        if state is DtlsState.CONNECTED and not self.connected:
            self._connect(path, now)
        elif state is DtlsState.FAILED:
            self._end("dtls_failed", now)
        elif state is DtlsState.CLOSED:
            self._end("closed", now)

    def _connect(self, path: Path | None, now: float) -> None:
        self.connected = True
        self.outbound.select(path)
        self.data.path = path
        if self._dtls.srtp_keys is not None:
            self._srtp = open_session(self._dtls.srtp_keys)
            self.outbound.connect(self._srtp, now)
        self._owner.peer_connected(self, now)

    def _end(self, reason: str, now: float) -> None:
        if not self.closed:
            self.close(now)
            self._owner.peer_closed(self, reason, now)

    def close(self, now: float) -> None:
        """Say goodbye and send nothing more."""
        self.closed = True
        self.data.stop()
        self._dtls.close()
        path = self._ice.selected or self._dtls_path
        for datagram in self._dtls.poll_datagrams():
            if path is not None:
                path.send((datagram,))
        self.outbound.select(None)
        self.outbound.close(now)
        self._srtp = None

    def forget(self, path: Path, now: float) -> None:
        """`path` is gone (its TCP connection closed)."""
        self._ice.forget(path)
        self._poll_ice(now)
        self._rearm()

    # --- time --------------------------------------------------------------------------------------------

    def handle_timeout(self, now: float) -> None:
        """Whatever is due: consent, the handshake, feedback, reports. A publisher is told of its packets ten
        times a second: what is not due costs nothing."""
        if self.closed:
            return
        if now >= self._upkeep_at:
            self._ice.handle_timeout(now)
            self._poll_ice(now)
            self._dtls.handle_timeout(now)
            self._poll_dtls(now)
            self._plan_upkeep()
        self.data.handle_timeout(now)
        if self._srtp is not None:
            inbound, outbound = self.inbound, self.outbound
            messages: list[Writable] = []
            if now >= outbound.next_timeout():
                outbound.handle_timeout(now)
                messages = outbound.reports(now)
            if now >= inbound.next_timeout():
                messages += inbound.feedback(now)
            if messages:
                self._send_rtcp(messages)
        self._arm()

    def _rearm(self) -> None:
        """What ICE or DTLS waits for may be another."""
        self._plan_upkeep()
        self._arm()

    def _plan_upkeep(self) -> None:
        self._upkeep_at = inf
        for due in (self._ice.next_timeout(), self._dtls.next_timeout()):
            if due is not None:
                self._upkeep_at = min(self._upkeep_at, due)

    def _arm(self) -> None:
        if self.closed:
            return
        at = min(self._upkeep_at, self.data.next_timeout())
        if self._srtp is not None:
            at = min(at, self.inbound.next_timeout(), self.outbound.next_timeout())
        if at < inf:
            self.wake(at)

    def wake(self, at: float) -> None:
        """Call `handle_timeout` at `at`, or sooner."""
        if at < self.wake_at:
            self._setup.timers.arm(self, at)

    def _send_rtcp(self, messages: list[Writable]) -> None:
        path, srtp = self._ice.selected or self._dtls_path, self._srtp
        if path is None or srtp is None:
            return
        for compound in pack_compounds(messages, self._rtcp_ssrc, RTCP_BYTES):
            path.send((srtp.protect_rtcp(compound),))
