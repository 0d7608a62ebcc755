"""An SCTP association and its data channels, sans-IO: aiortc's, with its edges taken off.

aiortc brings the handshake, fragments, retransmission, congestion control, stream resets and FORWARD-TSN.
Here is what a server needs besides, and what aiortc does otherwise:

- A server sends no INIT (a repeated one has the wrong tag, and two can lock each other out); browsers do.
- One SACK a turn, however many packets came in it; chunks share packets.
- The window is kept: bytes and pieces beyond what was advertised are dropped, and the peer's is heeded.
- A chunk that lies, a second OPEN, text that is no UTF-8 abort this association and nothing else.
- Channels are opened in-band by whoever wants them; labels are counted in bytes.
- T3 backs off (RFC 9260 §6.3.3 E2).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import inf
from types import SimpleNamespace
from typing import Any, Literal

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.sctp.dcep import ACK, OPEN, ChannelKind, read_open, write_open
from sfu.sctp.engine import RTO_MAX_S, USER_DATA_BYTES, checksum, run, sctp
from sfu.sctp.packet import PORT, Chunk, check_parameters, read_packet, write_packets

WINDOW_BYTES = 192 * 1024
"""What we keep of messages that are not complete or not in order: three of the largest, or two if they may be
larger than usual."""

PIECE_BYTES = 256
"""Every piece is charged so much more, and a fragment as a full one, which all but the last of a message are:
what a piece costs us does not depend on its size."""

MAX_CHANNELS = 32
MAX_CWND_BYTES = 256 * 1024
"""Beyond that a burst overflows a browser's socket buffer."""

AHEAD_BYTES = 8 * 1024
"""So much is handed to SCTP before it may be sent, more than leaves in a turn (RFC 9260 §6.1 D: 4 packets):
what is chosen later can still be chosen otherwise. A message is handed over whole, so it may be one more."""

_DATA, _SACK = 0, 3
_LAST, _FIRST, _UNORDERED = 1, 2, 4  # RFC 9260 §3.3.1, flags of DATA
_DCEP, _TEXT, _BINARY, _TEXT_EMPTY, _BINARY_EMPTY = 50, 51, 53, 56, 57  # RFC 8831 §8, RFC 8832 §8.1
_DATA_HEADER = struct.Struct("!LHHL")
_SACK_HEADER = struct.Struct("!LLHH")
_PARAMETERS_AT = {1: 16, 2: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}
"""Chunk types whose value ends in parameters, and where those begin."""
_MAX_DUPLICATES = 32  # told in a SACK …
_MAX_GAPS = 240  # … which has to fit a packet: the lowest of them
_MAX_AHEAD = 0xFFFF  # RFC 9260 §3.3.4: what a gap block can name
_TSN = 0xFFFFFFFF

_UNREADABLE = (
    struct.error, ValueError, LookupError, AssertionError, AttributeError, TypeError, OverflowError
)  # fmt: skip
"""What aiortc's parsers and state machine raise at a chunk that makes no sense."""


def _charge(flags: int, size: int) -> int:
    """What a buffered piece takes of the window."""
    whole = flags & (_FIRST | _LAST) == _FIRST | _LAST
    return (size if whole else max(size, USER_DATA_BYTES)) + PIECE_BYTES


class AssociationState(Enum):
    """Where an association is; CLOSED is final."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(slots=True)
class Opened:
    """The other side opened a channel (or, on the side that asked, the channel is usable)."""

    channel: int
    kind: ChannelKind


@dataclass(slots=True)
class Message:
    """A message came; `data` is str for text, bytes for binary."""

    channel: int
    data: str | bytes


@dataclass(slots=True)
class Closed:
    """A channel is gone, by either side or with the association."""

    channel: int


AssociationEvent = Opened | Message | Closed


class _Channel:
    """A channel as aiortc's code looks at it."""

    negotiated = False

    def __init__(self, identifier: int, kind: ChannelKind, state: str) -> None:
        self.id = identifier
        self.kind = kind
        self.readyState = state

    def _setReadyState(self, state: str) -> None:  # noqa: N802
        self.readyState = state


class _Deadline:
    """A timer of aiortc's."""

    def __init__(self, deadlines: list["_Deadline"], at: float, fire: Callable[[], None]) -> None:
        self.at = at
        self.fire = fire
        self._deadlines = deadlines
        deadlines.append(self)

    def cancel(self) -> None:
        """It will not fire."""
        if self in self._deadlines:
            self._deadlines.remove(self)


class Association(sctp.RTCSctpTransport):
    """One association. After every call the driver drains `poll_events` and, at the end of its turn,
    `poll_packets`; each packet goes into a DTLS record of its own.

    `random_bits` gives that many unpredictable bits: tags, the first TSN, the cookie's key.
    """

    def __init__(
        self,
        role: Literal["client", "server"],
        max_message_bytes: int,
        random_bits: Callable[[int], int],
        now: float,
    ) -> None:
        nowhere: Any = SimpleNamespace(state="connected", _role=role)
        nowhere._register_data_receiver = nowhere._unregister_data_receiver = lambda receiver: None
        super().__init__(nowhere, PORT)
        self.now = now
        self._deadlines: list[_Deadline] = []
        self._loop: Any = SimpleNamespace(call_later=self._call_later)
        self._max_message_bytes = max_message_bytes
        self._told: list[AssociationEvent] = []
        self._chunks: list[bytes] = []
        self._faults: list[DropReason] = []
        self._corked = False
        self._lost = False
        self._advertised_rwnd = self._window = max(WINDOW_BYTES, 2 * max_message_bytes)
        self._peer_window = 0
        self._hmac_key = random_bits(128).to_bytes(16, "big")
        self._local_verification_tag = random_bits(32) or 1
        self._local_tsn = self._reconfig_request_seq = random_bits(32)
        self._last_sacked_tsn = self._advanced_peer_ack_tsn = (self._local_tsn - 1) & _TSN
        run(self.start(None, PORT))

    # --- what a driver calls -----------------------------------------------------------------------------

    @property
    def phase(self) -> AssociationState:
        """Where the association is."""
        if self.state == "connected":
            return AssociationState.OPEN
        return AssociationState.CLOSED if self.state == "closed" else AssociationState.CONNECTING

    def receive(self, packet: bytes, now: float) -> None:
        """Take one SCTP packet.

        Raises:
            RemoteError: it, or a chunk of it, cannot be used. What cannot come from an honest peer has
                aborted the association by then.
        """
        self.now = now
        if self.phase is AssociationState.CLOSED:
            raise RemoteError(DropReason.SCTP_UNEXPECTED, "closed")
        tag, chunks = read_packet(packet, checksum)
        expected = 0 if chunks and chunks[0][0] == sctp.InitChunk.type else self._local_verification_tag
        if tag != expected:
            raise RemoteError(DropReason.SCTP_UNEXPECTED, "tag")
        try:
            for chunk in chunks:
                self._take(chunk)
        except RemoteError:
            self.abort(now)
            raise
        except _UNREADABLE as error:
            self.abort(now)
            raise RemoteError(DropReason.SCTP_MALFORMED, type(error).__name__) from None
        if self._faults:
            reason = self._faults[0]
            self._faults.clear()
            raise RemoteError(reason)

    def poll_events(self) -> list[AssociationEvent]:
        """What happened since the last call."""
        told, self._told = self._told, []
        return told

    def poll_packets(self, now: float) -> list[bytes]:
        """What is to be sent: acknowledgements first, then all that may leave."""
        self.now = now
        if self._sack_needed and self.phase is not AssociationState.CLOSED:
            waiting, self._chunks = self._chunks, []
            run(self._send_sack())
            self._chunks += waiting
        if self._outbound_queue or self._lost:
            run(self._transmit())
        if not self._chunks:
            return []
        chunks, self._chunks = self._chunks, []
        return write_packets(chunks, self._remote_verification_tag, checksum)

    def open(self, kind: ChannelKind, now: float) -> int:
        """Open a channel: its identifier. `Opened` follows when the other side agreed; what is sent before
        arrives after."""
        self.now = now
        identifier = 1 if self.is_server else 0  # RFC 8832 §6: the DTLS client takes the even ones
        while identifier in self._data_channels:
            identifier += 2
        channel: Any = _Channel(identifier, kind, "connecting")
        self._data_channels[identifier] = channel
        self._give(identifier, _DCEP, write_open(kind), None, True)
        return identifier

    def send(self, channel: int, payload: bytes, text: bool, now: float) -> bool:
        """Hand over a message; false where there is no such channel (any more). A lifetime of the channel is
        not kept: none of ours has one."""
        found: Any = self._data_channels.get(channel)
        if found is None or found.readyState not in ("open", "connecting"):
            return False
        self.now = now
        kind: ChannelKind = found.kind
        protocol = _TEXT if text else _BINARY
        if not payload:  # RFC 8831 §6.6: SCTP carries no empty message
            payload, protocol = b"\0", _TEXT_EMPTY if text else _BINARY_EMPTY
        # RFC 8832 §6: in order, until the other side has seen the OPEN.
        ordered = kind.ordered or found.readyState == "connecting"
        self._give(channel, protocol, payload, kind.max_retransmits, ordered)
        return True

    @property
    def has_room(self) -> bool:
        """Whether more should be handed over now."""
        return self.phase is AssociationState.OPEN and self._waiting_bytes() < AHEAD_BYTES

    def close_channel(self, channel: int, now: float) -> None:
        """Close a channel, after what was handed over has left; `Closed` follows."""
        self.now = now
        found = self._data_channels.get(channel)
        if found is not None:
            self._data_channel_close(found)

    def abort(self, now: float) -> None:
        """End the association and its channels at once."""
        self.now = now
        if self.phase is not AssociationState.CLOSED:
            self._sack_needed = False
            self._outbound_queue.clear()
            self._chunks.clear()
            run(self.stop())

    def next_timeout(self) -> float:
        """When `handle_timeout` has something to do."""
        return min((deadline.at for deadline in self._deadlines), default=inf)

    def handle_timeout(self, now: float) -> None:
        """Repeat what was not answered."""
        self.now = now
        for deadline in [deadline for deadline in self._deadlines if deadline.at <= now]:
            if deadline in self._deadlines:  # not cancelled by the one before
                self._deadlines.remove(deadline)
                deadline.fire()

    # --- chunks ------------------------------------------------------------------------------------------

    def _take(self, chunk: Chunk) -> None:
        kind, flags, value = chunk
        if kind == _DATA:
            self._take_data(flags, value)
            return
        found = sctp.CHUNK_TYPES.get(kind)
        if found is None:
            return  # RFC 9260 §3.2 would have us say so; no browser sends one
        if kind in _PARAMETERS_AT:
            check_parameters(value, _PARAMETERS_AT[kind])  # at a length of 0 aiortc would turn for ever
        if kind == _SACK:
            self._check_sack(value)
        elif kind == sctp.InitChunk.type:
            if self.phase is AssociationState.OPEN:
                self._faults.append(DropReason.SCTP_UNEXPECTED)
                return
            self._heard_init(value)
        elif kind == sctp.InitAckChunk.type:
            self._heard_init(value)
        run(self._receive_chunk(found(flags, value)))

    def _heard_init(self, value: bytes) -> None:
        tag, window, outgoing, incoming, _ = struct.unpack_from("!LLHHL", value)
        if not (tag and outgoing and incoming):  # RFC 9260 §3.3.2
            raise RemoteError(DropReason.SCTP_MALFORMED, "INIT")
        self._peer_window = window

    def _check_sack(self, value: bytes) -> None:
        """aiortc walks every number a gap block names; so they must be such as were sent."""
        acknowledged, window, gaps, duplicates = _SACK_HEADER.unpack_from(value)
        end = 12 + 4 * gaps
        outstanding = (self._local_tsn - 1 - acknowledged) & _TSN
        if len(value) < end + 4 * duplicates or outstanding >= 1 << 31:
            raise RemoteError(DropReason.SCTP_MALFORMED, "SACK")
        before = 0
        for first, last in struct.iter_unpack("!HH", value[12:end]):
            if not before < first <= last <= outstanding:
                raise RemoteError(DropReason.SCTP_MALFORMED, "gap")
            before = last
        if (acknowledged - self._last_sacked_tsn) & _TSN < 1 << 31:
            self._peer_window = window

    def _take_data(self, flags: int, value: bytes) -> None:
        """A DATA chunk. Nearly always it is the next one and a whole message: then it goes straight up."""
        last = self._last_received_tsn
        if last is None:
            self._faults.append(DropReason.SCTP_UNEXPECTED)
            return
        if len(value) <= _DATA_HEADER.size:  # RFC 9260 §3.3.1: no data is a protocol violation
            raise RemoteError(DropReason.SCTP_MALFORMED, "DATA")
        tsn, stream, sequence, protocol = _DATA_HEADER.unpack_from(value)
        self._sack_needed = True
        ahead = (tsn - last) & _TSN
        misordered = self._sack_misordered
        if not 0 < ahead < 1 << 31 or tsn in misordered:
            if len(self._sack_duplicates) < _MAX_DUPLICATES:
                self._sack_duplicates.append(tsn)
            return
        if not self._has_place(ahead, len(value)):
            self._faults.append(DropReason.SCTP_WINDOW)
            return
        gap = bool(misordered)
        if ahead > 1:
            gap = True
            misordered.add(tsn)
        else:
            last = tsn
            while misordered and (last + 1) & _TSN in misordered:
                last = (last + 1) & _TSN
                misordered.remove(last)
            self._last_received_tsn = last
        inbound = self._inbound_streams.get(stream)
        if inbound is None:
            inbound = self._open_stream(stream)
        whole = flags & (_FIRST | _LAST) == _FIRST | _LAST
        if whole and flags & _UNORDERED:
            self._deliver(stream, protocol, value[12:])
        elif whole and not inbound.reassembly and sequence == inbound.sequence_number:
            inbound.sequence_number = (sequence + 1) & 0xFFFF
            self._deliver(stream, protocol, value[12:])
        else:
            self._advertised_rwnd -= _charge(flags, len(value) - 12)
            inbound.add_chunk(sctp.DataChunk(flags, value))
            if gap or flags & _LAST:  # in order, only its last piece ends a message
                self._reassemble(inbound)
        if self._reconfig_deferred is not None:
            run(self._reset_deferred_streams())

    def _has_place(self, ahead: int, size: int) -> bool:
        """What is beyond the window is as if it was lost. The next in order is not, or nothing would go on,
        unless it is the peer that never ends a message."""
        if self._advertised_rwnd < -self._window:
            raise RemoteError(DropReason.DATA_TOO_LARGE)
        return ahead == 1 or (ahead <= _MAX_AHEAD and size + PIECE_BYTES < self._advertised_rwnd)

    def _open_stream(self, stream: int) -> Any:
        if len(self._inbound_streams) >= 2 * MAX_CHANNELS:
            raise RemoteError(DropReason.SCTP_CHANNEL, "streams")
        return self._get_inbound_stream(stream)

    def _reassemble(self, inbound: Any) -> None:
        before = len(inbound.reassembly)
        for stream, protocol, data in inbound.pop_messages():
            self._deliver(stream, protocol, data)
        if len(inbound.reassembly) != before:
            self._count_buffered()

    async def _receive_forward_tsn_chunk(self, chunk: Any) -> None:
        chunk.streams = [entry for entry in chunk.streams if entry[0] in self._data_channels]
        await super()._receive_forward_tsn_chunk(chunk)
        self._count_buffered()

    async def _reset_deferred_streams(self) -> None:
        await super()._reset_deferred_streams()
        self._count_buffered()

    def _count_buffered(self) -> None:
        """Pieces were let go: what is left takes its part of the window."""
        self._advertised_rwnd = self._window - sum(
            _charge(piece.flags, len(piece.user_data))
            for inbound in self._inbound_streams.values()
            for piece in inbound.reassembly
        )

    # --- channels ----------------------------------------------------------------------------------------

    async def _data_channel_receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        self._deliver(stream_id, pp_id, data)

    def _deliver(self, stream: int, protocol: int, data: bytes) -> None:
        channel: Any = self._data_channels.get(stream)
        if protocol == _DCEP:
            self._control(stream, channel, data)
            return
        if channel is None:
            self._faults.append(DropReason.SCTP_CHANNEL)
            return
        if channel.readyState not in ("open", "connecting"):
            return  # it is being closed
        if len(data) > self._max_message_bytes:
            self._data_channel_close(channel)
            self._faults.append(DropReason.DATA_TOO_LARGE)
            return
        if protocol == _TEXT:
            try:
                self._told.append(Message(stream, data.decode()))
            except UnicodeDecodeError:
                raise RemoteError(DropReason.SCTP_TEXT) from None
        elif protocol == _BINARY:
            self._told.append(Message(stream, data))
        elif protocol == _TEXT_EMPTY:
            self._told.append(Message(stream, ""))
        elif protocol == _BINARY_EMPTY:
            self._told.append(Message(stream, b""))

    def _control(self, stream: int, channel: Any, data: bytes) -> None:
        if data[0] == OPEN:
            if channel is not None and self._is_over(stream):
                channel = None
            if channel is not None or len(self._data_channels) >= MAX_CHANNELS:
                raise RemoteError(DropReason.SCTP_CHANNEL, "OPEN")
            kind = read_open(data)
            channel = _Channel(stream, kind, "open")
            self._data_channels[stream] = channel
            self._give(stream, _DCEP, bytes((ACK,)), None, True)
            self._told.append(Opened(stream, kind))
        elif data[0] == ACK and channel is not None and channel.readyState == "connecting":
            channel.readyState = "open"
            self._told.append(Opened(stream, channel.kind))

    def _is_over(self, stream: int) -> bool:
        """Whether a channel that is being closed is closed, now that its number is used again: who opens it
        anew has reset it in both directions, and only its answer to our request is still to come, or lost.
        """
        request = self._reconfig_request
        if request is None or stream not in request.streams or stream not in self._data_channel_inbound_reset:
            return False
        self._forward_tsn_streams.pop(stream, None)
        self._outbound_stream_seq.pop(stream, None)
        request.streams.remove(stream)
        if not request.streams:  # that would be all of them (RFC 6525 §4.1)
            self._reconfig_timer_cancel()
            self._reconfig_request = None
            run(self._transmit_reconfig())
        self._data_channel_closed(stream)
        return True

    def _data_channel_closed(self, stream_id: int) -> None:
        if stream_id in self._data_channels:
            super()._data_channel_closed(stream_id)
            self._told.append(Closed(stream_id))

    async def _data_channel_flush(self) -> None:
        await self._transmit_reconfig()

    # --- sending -----------------------------------------------------------------------------------------

    def _give(self, stream: int, protocol: int, data: bytes, retransmits: int | None, ordered: bool) -> None:
        self._corked = True  # all that was handed over in a turn leaves at its end
        run(self._send(stream, protocol, data, None, retransmits, ordered))
        self._corked = False

    def _waiting_bytes(self) -> int:
        total = 0
        for chunk in self._outbound_queue:
            total += len(chunk.user_data)
            if total >= AHEAD_BYTES:
                break
        return total

    async def _init(self) -> None:
        if not self.is_server:
            await super()._init()

    async def _send_chunk(self, chunk: Any) -> None:
        if isinstance(chunk, sctp.SackChunk):
            del chunk.gaps[_MAX_GAPS:]
        self._chunks.append(bytes(chunk))

    async def _transmit(self) -> None:
        """As aiortc's, and no more than the peer has room for (RFC 9260 §6.1 A)."""
        if self._corked or self.phase is not AssociationState.OPEN:
            return
        if self._forward_tsn_chunk is not None:
            await self._send_chunk(self._forward_tsn_chunk)
            self._forward_tsn_chunk = None
            self._watch(False)
        recovering = self._fast_recovery_exit is not None
        self._cwnd = min(self._cwnd, MAX_CWND_BYTES)
        window = min(self._flight_size + (2 if recovering else 4) * USER_DATA_BYTES, self._cwnd)
        if self._lost and not await self._transmit_again(window):
            return
        queue = self._outbound_queue
        while queue and self._flight_size < window:
            chunk = queue[0]
            # A closed window is probed with one chunk.
            if self._flight_size and self._flight_size + len(chunk.user_data) > self._peer_window:
                break
            queue.popleft()
            self._sent_queue.append(chunk)
            chunk._sent_time = self.now
            await self._put(chunk)
            self._watch(False)

    async def _transmit_again(self, window: int) -> bool:
        """Send what was lost; false if the window does not take all of it."""
        first = True
        for chunk in self._sent_queue:
            if chunk._retransmit:
                if self._fast_recovery_transmit:  # RFC 9260 §7.2.4: one, whatever the window
                    self._fast_recovery_transmit = False
                elif self._flight_size >= window:
                    return False
                chunk._misses = 0
                chunk._retransmit = False
                await self._put(chunk)
                self._watch(first)
            first = False
        self._lost = False
        return True

    async def _put(self, chunk: Any) -> None:
        self._flight_size_increase(chunk)
        chunk._sent_count += 1
        await self._send_chunk(chunk)

    def _watch(self, anew: bool) -> None:
        """T3 runs while anything is outstanding, from when the earliest of it was sent."""
        if anew or self._t3_handle is None:
            self._t3_restart()

    async def _receive_sack_chunk(self, chunk: Any) -> None:
        self._lost = self._lost or bool(chunk.gaps)
        await super()._receive_sack_chunk(chunk)

    def _get_timestamp(self) -> int:
        return int(self.now)

    # --- time --------------------------------------------------------------------------------------------

    def _call_later(self, delay_s: float, callback: Callable[[], None]) -> _Deadline:
        return _Deadline(self._deadlines, self.now + delay_s, callback)

    def _update_rto(self, R: float) -> None:  # noqa: N803
        super()._update_rto(self.now + R)  # measured against a clock that stands at 0 (sfu.sctp.engine)

    def _t3_expired(self) -> None:
        self._lost = True
        self._rto = min(self._rto * 2, RTO_MAX_S)
        super()._t3_expired()
