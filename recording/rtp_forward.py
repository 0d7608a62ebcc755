"""One track as a plain RTP stream for other programs: numbering, times, reports, and the SDP that says so.

Pure: packets of a `sfu.tap.Tap` in, datagrams out. A receiver sees one stream without break, whatever layers
and runs the track has.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from struct import Struct
from typing import Final

from sfu.clock import ntp_from_unix
from sfu.identifiers import Ssrc
from sfu.rtcp.sender_report import SenderReport
from sfu.tap import IS_PACKET, KEYFRAME, MARKER, PACKET

PAYLOAD_TYPE: Final = {"audio": 111, "video": 96}
"""Of the dynamic range (RFC 3551 §6), as browsers use them."""

REPORT_EVERY_S: Final = 1.0
REORDER: Final = 1_000
"""Packets that come late, as resent ones do, keep their numbers this far back."""

_HEADER: Final = Struct("!BBHII")
_VERSION: Final = 0x80
_unpack: Final = PACKET.unpack_from


@dataclass(slots=True)
class _Run:
    """What turns the numbers of a run into the stream's."""

    number: int
    index_offset: int
    timestamp_offset: int
    first: int


class RtpForward:
    """The stream of one track. `unix_offset` turns times of the server's clock into seconds since 1970."""

    def __init__(
        self, kind: str, clock_rate: int, ssrc: int, sequence: int, timestamp: int, unix_offset: float
    ) -> None:
        self._video = kind == "video"
        self._payload_type = PAYLOAD_TYPE[kind]
        self._clock_rate = clock_rate
        self._ssrc = Ssrc(ssrc)
        self._unix_offset = unix_offset
        self._run: _Run | None = None
        self._next = sequence
        self._timestamp = timestamp
        self._capture = 0.0
        self._packets = 0
        self._octets = 0
        self._report_at = 0.0

    def packet(self, record: bytes, payload: bytes) -> bytes | None:
        """A packet of the tap, as a datagram; None if the stream has no place for it."""
        _, flags, _, number, index, timestamp, _, capture = _unpack(record)
        run = self._run
        if run is None or number > run.number:
            if not flags & IS_PACKET or (self._video and not flags & KEYFRAME):
                return None  # the run before goes on until this one can be decoded
            passed = capture - self._capture if run is not None else 0.0
            at = self._timestamp + round(max(passed, 0.0) * self._clock_rate)
            run = self._run = _Run(number, self._next - index, at - timestamp, index)
        elif number < run.number or index < run.first:
            return None
        sequence = index + run.index_offset
        if sequence < self._next - REORDER:
            return None
        rtp_timestamp = timestamp + run.timestamp_offset
        if sequence >= self._next:
            self._next = sequence + 1
            self._timestamp, self._capture = rtp_timestamp, capture
        self._packets += 1
        self._octets += len(payload)
        second = self._payload_type | (0x80 if flags & MARKER else 0)
        head = _HEADER.pack(_VERSION, second, sequence & 0xFFFF, rtp_timestamp & 0xFFFFFFFF, self._ssrc)
        return head + payload

    def report(self, now: float) -> bytes | None:
        """A sender report, if one is due: with it receivers play several tracks in step."""
        if self._run is None or now < self._report_at:
            return None
        self._report_at = now + REPORT_EVERY_S
        ntp = ntp_from_unix(self._capture + self._unix_offset)
        return SenderReport(self._ssrc, ntp, self._timestamp, self._packets, self._octets).to_bytes()


def session_description(
    name: str, kind: str, codec: str, profile: str, clock_rate: int, host: str, port: int
) -> str:
    """What a program is given to receive the stream (RFC 8866)."""
    family = f"IP{ip_address(host).version}"
    number = PAYLOAD_TYPE[kind]
    rate = f"{clock_rate}/2" if kind == "audio" else str(clock_rate)
    lines = [
        "v=0",
        f"o=- 0 0 IN {family} {host}",
        f"s={name}",
        f"c=IN {family} {host}",
        "t=0 0",
        f"m={kind} {port} RTP/AVP {number}",
        f"a=rtpmap:{number} {codec}/{rate}",
    ]
    if codec == "H264":
        lines.append(f"a=fmtp:{number} packetization-mode=1;profile-level-id={profile}")
    return "\r\n".join([*lines, "a=sendonly", ""])
