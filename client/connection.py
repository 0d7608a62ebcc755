"""A client's peer connection: controlling ICE, DTLS client, SRTP, tracks out and slots in. Sans-IO.

::

    add_track / add_slots / open_channel ──▶ make_offer() ──▶ server ──▶ apply_answer()
    candidates ──▶ add_path(path) ──▶ checks ──▶ DTLS ──▶ CONNECTED
    receive(datagram, path, now) · flush(now) · next_timeout() · handle_timeout(now)
"""

from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from math import inf
from random import Random

from OpenSSL import SSL

from client.answer import Answer, AnsweredLine, Candidate, parse_answer
from client.capabilities import CODECS, Capabilities
from client.channel import PROTOCOL, ClientData, DataChannel
from client.ice import ConsentLost, IceAgent, PathNominated, PathValid
from client.offer import DataLine, LocalDescription, OfferedLine, Use, write_offer
from client.receiving import ReceivedPacket, ReceiveSlot
from client.sending import Agreed, SendStream, TransportNumbers
from client.track import SendTrack
from sfu.arrival_recorder import ArrivalRecorder
from sfu.certificate import Fingerprint
from sfu.clock import WallClock, middle32, round_trip
from sfu.demux import Protocol, demux
from sfu.drops import DropReason, Drops
from sfu.dtls import DtlsState, DtlsTransport
from sfu.errors import RemoteError
from sfu.ice import make_credentials
from sfu.identifiers import Csrc, Mid, Ssrc
from sfu.messages import Kind
from sfu.path import Path
from sfu.rtcp.compound import RtcpMessage, Writable, pack_compounds, parse_compound
from sfu.rtcp.fir import Fir
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.sender_report import SenderReport
from sfu.rtcp.source_description import SourceDescription
from sfu.rtp.extensions import read_elements
from sfu.rtp.packet import FIXED_HEADER_BYTES, header_length, read_fixed_header, without_padding
from sfu.sctp.dcep import ChannelKind
from sfu.sdp.extensions import ExtensionIds
from sfu.sequence import unwrap
from sfu.srtp.session import SrtpSession, open_session

REPORT_EVERY_S = 1.0
RTCP_BYTES = 1100


class ConnectionState(Enum):
    """Where a connection is; CLOSED and FAILED are final."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


class Connection:
    """One peer connection.

    `context` is `sfu.dtls.make_context` of the certificate with `fingerprint`. In production `random` must be
    unpredictable. `decrypt` False leaves the media of slots sealed: packets are counted from their clear
    headers alone, at a fraction of the cost (RTX is then not understood, `payload` is the sealed one).
    `prompt_feedback` False tells arrivals every 100 ms, as browsers that only receive do, and not at the end
    of a frame.
    """

    def __init__(
        self,
        context: SSL.Context,
        fingerprint: Fingerprint,
        random: Random,
        wall: WallClock,
        capabilities: Capabilities | None = None,
        *,
        decrypt: bool = True,
        prompt_feedback: bool = True,
    ) -> None:
        self.state = ConnectionState.NEW
        self.reason = ""
        self.drops = Drops()
        self.feedback_kinds: Counter[str] = Counter()
        self.rtt_s: float | None = None
        self.tracks: dict[Mid, SendTrack] = {}
        self.slots: dict[Mid, ReceiveSlot] = {}
        self.candidates: tuple[Candidate, ...] = ()
        self.on_state: Callable[[ConnectionState], None] = lambda state: None
        self.on_rtcp: Callable[[RtcpMessage], None] = lambda message: None
        self.numbers = TransportNumbers()
        self._capabilities = capabilities or Capabilities()
        self._fingerprint = fingerprint
        self._random = random
        self._wall = wall
        self._decrypt = decrypt
        self._prompt_feedback = prompt_feedback
        self._cname = f"{random.getrandbits(64):016x}"
        self._session_id = random.getrandbits(62)
        self._version = 0
        self._lines: list[Mid] = []
        self._data: Mid | None = None
        self._channels = ClientData(random.getrandbits, self.drops)
        self._ice = IceAgent(make_credentials(random), random)
        self._dtls = DtlsTransport(context, "client", None)
        self._dtls_path: Path | None = None
        self._fingerprints_known = False
        self._srtp: SrtpSession | None = None
        self._rtcp_ssrc = Ssrc(random.getrandbits(32) | 1)
        self._streams: dict[int, SendStream] = {}
        self._by_ssrc: dict[int, tuple[ReceiveSlot, bool]] = {}
        self._ids = ExtensionIds()
        self._recorder = ArrivalRecorder(self._rtcp_ssrc)
        self._report_at = inf
        self._due_at = inf

    # --- negotiation -------------------------------------------------------------------------------------

    def add_track(
        self,
        kind: Kind,
        codecs: tuple[str, ...] = (),
        rids: tuple[str, ...] = (),
        *,
        first_sequence: int | None = None,
    ) -> SendTrack:
        """A publish m-line for the next offer. `codecs` are names in `client.capabilities.CODECS`.

        With `rids` it is simulcast, lowest quality first. `first_sequence` is for tests of rollover; it is
        random otherwise.
        """
        names = codecs or ("VP8" if kind == "video" else "opus",)
        mid = self._new_mid()
        rtx = kind == "video" and self._capabilities.rtx
        streams = []
        for rid in rids or ("",):
            # RFC 3711 §3.3.1: a start in the lower half lets nobody guess the rollover counter wrongly.
            first = self._random.getrandbits(15) if first_sequence is None else first_sequence
            ssrc, rtx_ssrc = self._new_ssrc(), self._new_ssrc() if rtx else None
            stream = SendStream(mid, rid, kind, CODECS[names[0]].codec.clock_rate, ssrc, rtx_ssrc, first)
            self._streams[ssrc] = stream
            streams.append(stream)
        track = self.tracks[mid] = SendTrack(mid, kind, names, tuple(streams))
        return track

    def add_slots(self, audio: int = 0, video: int = 0) -> tuple[ReceiveSlot, ...]:
        """Receive m-lines for the next offer, video first."""
        added = []
        kinds: tuple[tuple[Kind, int], ...] = (("video", video), ("audio", audio))
        for kind in [kind for kind, count in kinds for _ in range(count)]:
            mid = self._new_mid()
            slot = self.slots[mid] = ReceiveSlot(mid, kind, self._capabilities.nack and self._decrypt)
            added.append(slot)
        return tuple(added)

    def add_data(self) -> Mid:
        """The data m-line, for the next offer; a connection has one at most."""
        if self._data is None:
            self._data = self._new_mid()
        return self._data

    def open_channel(
        self,
        label: str,
        now: float,
        *,
        ordered: bool = True,
        max_retransmits: int | None = None,
        protocol: str = PROTOCOL,
    ) -> DataChannel:
        """A data channel; the first one needs an offer after it. With `max_retransmits` messages may be
        lost."""
        self.add_data()
        kind = ChannelKind(label, protocol, ordered, max_retransmits)
        return self._channels.open(kind, now)

    def _new_mid(self) -> Mid:
        mid = Mid(str(len(self._lines)))
        self._lines.append(mid)
        return mid

    def _new_ssrc(self) -> Ssrc:
        return Ssrc(self._random.getrandbits(32) or 1)

    def make_offer(self, *, ice_restart: bool = False) -> str:
        """The offer for the m-lines of now; the same mids for the same m-lines each time."""
        self._version += 1
        if ice_restart:
            self._ice.local = make_credentials(self._random)
        local = LocalDescription(
            self._ice.local,
            self._fingerprint,
            self._cname,
            self._session_id,
            self._version,
            tuple(self._offered(mid) for mid in self._lines),
        )
        return write_offer(local, self._capabilities)

    def _offered(self, mid: Mid) -> OfferedLine | DataLine:
        if mid == self._data:
            return DataLine(mid)
        use: Use
        track = self.tracks.get(mid)
        if track is not None:
            rids = tuple(stream.rid for stream in track.streams if stream.rid)
            first = track.streams[0]
            ssrcs = (first.ssrc,) if first.rtx_ssrc is None else (first.ssrc, first.rtx_ssrc)
            use = "inactive" if track.ended else "sendonly"
            return OfferedLine(mid, track.kind, use, track.codecs, rids, () if rids else ssrcs)
        slot = self.slots[mid]
        use = "deleted" if slot.deleted else "inactive" if slot.parked else "recvonly"
        return OfferedLine(mid, slot.kind, use, self._capabilities.codecs(slot.kind))

    def apply_answer(self, sdp: str, now: float) -> Answer:
        """Take over what the server says. Raises RemoteError for what is no answer of a server of ours."""
        answer = parse_answer(sdp)
        if not self._fingerprints_known:
            self._dtls.set_remote_fingerprints(answer.fingerprints)
            self._fingerprints_known = True
        self.candidates = answer.candidates
        ids: dict[str, int] = {}
        for line in answer.lines:
            ids |= dict(line.extensions.items())
            track, slot = self.tracks.get(line.mid), self.slots.get(line.mid)
            if track is not None:
                self._agree(track, line)
            elif slot is not None:
                slot.apply(line)
        self._ids = ExtensionIds(**ids)
        self._by_ssrc = {}
        for slot in self.slots.values():
            if slot.ssrc is not None:
                self._by_ssrc[slot.ssrc] = (slot, False)
            if slot.rtx_ssrc is not None:
                self._by_ssrc[slot.rtx_ssrc] = (slot, True)
        if self.state is ConnectionState.NEW:
            self._become(ConnectionState.CONNECTING)
        self._ice.set_remote(answer.credentials, now)
        self._poll_ice(now)
        self._begin_data(now)
        return answer

    def _agree(self, track: SendTrack, line: AnsweredLine) -> None:
        accepted = line.direction == "recvonly"
        chosen = next((entry for entry in line.formats if entry.codec is not None), None)
        for stream in track.streams:
            if not accepted or chosen is None or (stream.rid and stream.rid not in line.rids):
                stream.agree(None)
                continue
            track.codec = chosen.codec
            number = chosen.payload_type
            stream.agree(Agreed(number, line.rtx_of(number), line.extensions))
            if self._srtp is not None:
                stream.protect_with(self._srtp, self.numbers)

    # --- paths -------------------------------------------------------------------------------------------

    def add_path(self, path: Path, now: float, priority: int = 0) -> None:
        """Try `path`, a way to one of `candidates`. The best that works is used; of equals the newest, so
        that adding a path from another local address moves the connection there."""
        self._ice.add(path, priority, now)
        self._poll_ice(now)

    def remove_path(self, path: Path, now: float) -> None:
        """`path` works no more (its socket closed)."""
        self._ice.remove(path, now)
        self._poll_ice(now)

    @property
    def selected(self) -> Path | None:
        """The path in use."""
        return self._ice.selected

    @property
    def _path(self) -> Path | None:
        return self._ice.selected or self._dtls_path

    # --- datagrams ---------------------------------------------------------------------------------------

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        """Take one datagram; what is wrong with it is counted in `drops`."""
        try:
            if not datagram:
                raise RemoteError(DropReason.DATAGRAM_EMPTY)
            protocol = demux(datagram)
            if protocol is Protocol.RTP:
                self._receive_rtp(datagram, now)
            elif protocol is Protocol.RTCP:
                self._receive_rtcp(datagram, now)
            elif protocol is Protocol.STUN:
                self._ice.receive(datagram, path, now)
                self._poll_ice(now)
            elif protocol is Protocol.DTLS:
                self._receive_dtls(datagram, now)
            else:
                raise RemoteError(DropReason.DEMUX_UNKNOWN)
        except RemoteError as error:
            self.drops[error.reason] += 1

    def _receive_rtp(self, datagram: bytes, now: float) -> None:
        srtp = self._srtp
        if srtp is None:
            raise RemoteError(DropReason.SRTP_NOT_READY)
        if len(datagram) < FIXED_HEADER_BYTES:
            raise RemoteError(DropReason.RTP_MALFORMED)
        header_bytes = header_length(datagram)
        first, second, sequence, timestamp, ssrc = read_fixed_header(datagram)
        if self._decrypt:
            index, payload = srtp.unprotect_rtp(datagram, header_bytes, ssrc, sequence)
        else:
            index, payload = -1, datagram[header_bytes:]
        elements = read_elements(datagram, header_bytes)
        number = elements.get(self._ids.transport_cc)
        if number is not None and len(number) == 2:
            ends_frame = self._prompt_feedback and second > 0x7F
            self._recorder.record(number[0] << 8 | number[1], now, ends_frame)
            self._wake(self._recorder.next_timeout())
        found = self._by_ssrc.get(ssrc)
        if found is None:
            raise RemoteError(DropReason.RTP_UNKNOWN_SSRC)
        slot, rtx = found
        if index < 0:
            if rtx:
                return
            index = unwrap(sequence, max(slot.statistics.highest, sequence))
        elif first & 0x20:
            payload = without_padding(payload)
        csrc = Csrc(int.from_bytes(datagram[12:16], "big")) if first & 0x0F else None
        packet = ReceivedPacket(index, timestamp, second > 0x7F, second & 0x7F, csrc, payload, now, elements)
        if self._report_at == inf:
            self._report_at = now + REPORT_EVERY_S
            self._wake(self._report_at)
        try:
            if rtx:
                slot.repair(packet)
            else:
                slot.receive(packet, len(datagram), now)
        finally:
            self._wake(slot.next_timeout())

    def _receive_rtcp(self, datagram: bytes, now: float) -> None:
        if self._srtp is None:
            raise RemoteError(DropReason.SRTP_NOT_READY)
        for message in parse_compound(self._srtp.unprotect_rtcp(datagram)):
            self.feedback_kinds[type(message).__name__] += 1
            self._handle_rtcp(message, now)
            self.on_rtcp(message)

    def _handle_rtcp(self, message: RtcpMessage, now: float) -> None:
        match message:
            case ReceiverReport():
                self._reported(message.blocks, now)
            case SenderReport():
                found = self._by_ssrc.get(message.ssrc)
                if found is not None:
                    found[0].reported(message, now)
                self._reported(message.blocks, now)
            case Nack():
                stream = self._streams.get(message.media_ssrc)
                if stream is not None:
                    stream.resend(message.lost, now)
            case Pli():
                self._want_keyframe(message.media_ssrc)
            case Fir():
                for ssrc, _ in message.entries:
                    self._want_keyframe(ssrc)
            case _:
                pass  # transport feedback and REMB are for estimators, which are no part of this

    def _want_keyframe(self, ssrc: int) -> None:
        stream = self._streams.get(ssrc)
        if stream is not None:
            stream.want_keyframe()

    def _reported(self, blocks: tuple[ReportBlock, ...], now: float) -> None:
        for block in blocks:
            stream = self._streams.get(block.ssrc)
            if stream is None:
                continue
            stream.identified = True
            rtt_s = round_trip(middle32(self._wall.ntp(now)), block.last_sr, block.delay_since_last_sr)
            if rtt_s is not None:
                self.rtt_s = rtt_s
                for slot in self.slots.values():
                    if slot.nacks is not None:
                        slot.nacks.rtt_s = rtt_s

    def _receive_dtls(self, datagram: bytes, now: float) -> None:
        packets: list[bytes] = []
        try:
            packets = self._dtls.receive(datagram, now)
        finally:
            self._poll_dtls(now)
        if packets:
            self._channels.receive(packets, now)

    # --- what ICE and DTLS say ---------------------------------------------------------------------------

    def _poll_ice(self, now: float) -> None:
        while (event := self._ice.poll_event()) is not None:
            match event:
                case PathValid(path):
                    self._begin_dtls(path, now)
                case PathNominated():
                    self._send_dtls()
                case ConsentLost():
                    self._end(ConnectionState.FAILED, "consent_lost")
        for path, check in self._ice.poll_checks():
            path.send((check,))
        self._wake(self._ice.next_timeout())

    def _begin_data(self, now: float) -> None:
        if self.state is ConnectionState.CONNECTED and self._data is not None:
            self._channels.connect(now)

    def _begin_dtls(self, path: Path, now: float) -> None:
        if self._dtls_path is None:
            self._dtls_path = path  # a valid path will do: nomination follows, the handshake need not wait
            self._dtls.start(now)
            self._poll_dtls(now)

    def _poll_dtls(self, now: float) -> None:
        self._send_dtls()
        state = self._dtls.state
        if state is DtlsState.CONNECTED and self.state is ConnectionState.CONNECTING:
            if self._dtls.srtp_keys is not None:
                self._srtp = open_session(self._dtls.srtp_keys)
                for stream in self._streams.values():
                    stream.protect_with(self._srtp, self.numbers)
            self._become(ConnectionState.CONNECTED)
            self._begin_data(now)
        elif state is DtlsState.FAILED:
            self._end(ConnectionState.FAILED, "dtls_failed")
        elif state is DtlsState.CLOSED:
            self._end(ConnectionState.CLOSED, "closed")
        self._wake(self._dtls.next_timeout())

    def _send_dtls(self) -> None:
        path = self._path
        for datagram in self._dtls.poll_datagrams():
            if path is not None:
                path.send((datagram,))

    def _become(self, state: ConnectionState) -> None:
        self.state = state
        self.on_state(state)

    def _end(self, state: ConnectionState, reason: str) -> None:
        if self.state not in (ConnectionState.CLOSED, ConnectionState.FAILED):
            self.reason = reason
            self._srtp = None
            self._become(state)

    def close(self) -> None:
        """Say goodbye and send nothing more."""
        self._dtls.close()
        self._send_dtls()
        self._end(ConnectionState.CLOSED, "closed here")

    # --- time --------------------------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        """End of a turn: the packets of all streams leave, in one send; then those of data channels."""
        datagrams = [datagram for stream in self._streams.values() for datagram in stream.poll_datagrams()]
        path = self._path
        if datagrams and path is not None and self._srtp is not None:
            path.send(datagrams)
        for stream in self._streams.values():
            self._wake(stream.next_report())
        self._flush_data(now)

    def _flush_data(self, now: float) -> None:
        if self.state is not ConnectionState.CONNECTED:
            return
        for packet in self._channels.poll_packets(now):
            self._dtls.send(packet)
        path, datagrams = self._path, self._dtls.poll_datagrams()
        if datagrams and path is not None:
            path.send(datagrams)
        self._wake(self._channels.next_timeout())

    def next_timeout(self) -> float | None:
        """When `handle_timeout` wants to be called; None once the connection has ended."""
        return None if self._due_at == inf or self._ended else self._due_at

    @property
    def _ended(self) -> bool:
        return self.state in (ConnectionState.CLOSED, ConnectionState.FAILED)

    def handle_timeout(self, now: float) -> None:
        """Checks, the handshake, feedback and reports that are due."""
        if self._ended:
            return
        self._due_at = inf
        self._ice.handle_timeout(now)
        self._poll_ice(now)
        self._dtls.handle_timeout(now)
        self._poll_dtls(now)
        self._send_rtcp(now)
        self._channels.handle_timeout(now)
        for due in (
            self._channels.next_timeout(),
            self._recorder.next_timeout(),
            self._report_at if self._srtp is not None else None,
            *(slot.next_timeout() for slot in self.slots.values()),
            *(stream.next_report() for stream in self._streams.values()),
        ):
            self._wake(due)

    def _wake(self, at: float | None) -> None:
        if at is not None and at < self._due_at:
            self._due_at = at

    def ask_keyframe(self, mid: Mid, now: float) -> None:
        """Send a PLI for a slot."""
        self.slots[mid].ask_keyframe()
        self._send_rtcp(now)

    def _send_rtcp(self, now: float) -> None:
        if self._srtp is not None and self._path is not None:
            self.send_rtcp(self._feedback(now))

    def send_rtcp(self, messages: Sequence[Writable]) -> None:
        """Send RTCP at once, as compounds that begin with a report; nothing before CONNECTED."""
        srtp, path = self._srtp, self._path
        if srtp is None or path is None:
            return
        for compound in pack_compounds(messages, self._rtcp_ssrc, RTCP_BYTES):
            path.send((srtp.protect_rtcp(compound),))

    def _feedback(self, now: float) -> list[Writable]:
        messages: list[Writable] = []
        reports = [
            report
            for stream in self._streams.values()
            if (report := stream.report(now, self._wall)) is not None
        ]
        messages += reports
        if reports:
            messages.append(SourceDescription(tuple((report.ssrc, self._cname) for report in reports)))
        if now >= self._report_at:
            self._report_at = now + REPORT_EVERY_S
            blocks = [slot.report_block(now) for slot in self.slots.values()]
            found = tuple(block for block in blocks if block is not None)
            messages.append(ReceiverReport(self._rtcp_ssrc, found))
        for slot in self.slots.values():
            messages += slot.feedback(self._rtcp_ssrc, now)
        if self._recorder.due(now):
            messages += self._recorder.feedback(now)
        return messages
