"""Reads the answer of the server: where it is, who it is, and what became of each m-line (PROTOCOL.md, SDP
rules)."""

from dataclasses import dataclass, field
from typing import Literal

from sfu.certificate import Fingerprint
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.ice import IceCredentials
from sfu.identifiers import Mid, Ssrc
from sfu.messages import Kind
from sfu.sdp.encodings import read_sources
from sfu.sdp.extensions import ExtensionIds, read_extensions
from sfu.sdp.formats import Format, read_formats
from sfu.sdp.limits import SdpLimits
from sfu.sdp.lines import Part, number, split_parts

LIMITS = SdpLimits(sdp_bytes=1 << 20, max_mlines=256)
MAX_CANDIDATES = 64

_DIRECTIONS = ("sendonly", "recvonly", "sendrecv", "inactive")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to the server: UDP, or passive TCP (RFC 8839 §5.1, RFC 6544 §4.5)."""

    transport: Literal["udp", "tcp"]
    priority: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """An m-line as answered.

    `direction` is the server's view: ``sendonly`` is a slot, ``recvonly`` a track it takes. `formats` keeps
    the answer's order. `ssrc`, `rtx_ssrc` and `seat` (the msid's stream) are set for slots. A rejected m-line
    is ``inactive`` and has no formats.
    """

    mid: Mid
    kind: Kind | None
    direction: str
    formats: tuple[Format, ...] = ()
    extensions: ExtensionIds = field(default_factory=ExtensionIds)
    rids: tuple[str, ...] = ()
    ssrc: Ssrc | None = None
    rtx_ssrc: Ssrc | None = None
    seat: str = ""

    def rtx_of(self, payload_type: int) -> int | None:
        """The payload type of the RTX that repairs `payload_type` (RFC 4588 §8.6)."""
        return next((entry.payload_type for entry in self.formats if entry.apt == payload_type), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `candidates` are in the order of the server's preference."""

    credentials: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    candidates: tuple[Candidate, ...]
    lines: tuple[AnsweredLine, ...]


def parse_answer(text: str) -> Answer:
    """Read an answer.

    Raises:
        RemoteError: SDP_REFUSED, it is none, or lacks what every answer of the server has.
    """
    session, *parts = split_parts(text, LIMITS)
    lines = tuple(_line(part) for part in parts)
    live = [part for part in parts if part.has("ice-ufrag")]
    if not live:
        raise _bad("no transport")
    first = live[0]
    ufrag, pwd = first.first("ice-ufrag"), first.first("ice-pwd")
    if not ufrag or not pwd:
        raise _bad("no credentials")
    if not session.has("ice-lite"):
        raise _bad("the server is always ICE-lite")
    fingerprints = tuple(Fingerprint.parse(value) for value in first.every("fingerprint")[:8])
    if not fingerprints:
        raise _bad("no fingerprint")
    found = (_candidate(value) for part in live for value in part.every("candidate")[:MAX_CANDIDATES])
    candidates = {entry: None for entry in found if entry is not None}
    return Answer(
        IceCredentials(ufrag, pwd),
        fingerprints,
        tuple(sorted(candidates, key=lambda entry: -entry.priority)[:MAX_CANDIDATES]),
        lines,
    )


def _line(part: Part) -> AnsweredLine:
    words = part.m_line.split()
    if len(words) < 4:
        raise _bad("m-line")
    mid = Mid(part.first("mid") or "")
    kind: Kind | None = "audio" if words[0] == "audio" else "video" if words[0] == "video" else None
    if kind is None or number(words[1], 65_535) in (0, None):
        return AnsweredLine(mid, kind, "inactive")
    direction = next((entry for entry in _DIRECTIONS if part.has(entry)), "sendrecv")
    sources = read_sources(part)
    ssrc = sources.media[0] if sources.media else None
    rids = [value.split(" ") for value in part.every("rid")]
    return AnsweredLine(
        mid=mid,
        kind=kind,
        direction=direction,
        formats=read_formats(part, kind, words[3:]),
        extensions=ExtensionIds(**{entry.name: entry.id for entry in read_extensions(part)}),
        rids=tuple(words[0] for words in rids if words[1:2] == ["recv"]),
        ssrc=ssrc,
        rtx_ssrc=next((rtx for rtx, media in sources.rtx_of if media == ssrc), None),
        seat=(part.first("msid") or "").partition(" ")[0],
    )


def _candidate(value: str) -> Candidate | None:
    """RFC 8839 §5.1; None for one we cannot use: another component, a name, another transport or type."""
    words = value.split()
    if len(words) < 8 or words[1] != "1" or words[6] != "typ":
        return None
    transport = words[2].lower()
    priority, port = number(words[3], 0xFFFF_FFFF), number(words[5], 65_535)
    if priority is None or not port:
        return None
    if transport == "udp":
        return Candidate("udp", priority, words[4], port)
    if transport == "tcp" and words[8:10] == ["tcptype", "passive"]:
        return Candidate("tcp", priority, words[4], port)
    return None


def _bad(detail: str) -> RemoteError:
    return RemoteError(DropReason.SDP_REFUSED, detail)
