"""Writes the offers of a client: one BUNDLE, rtcp-mux, publish m-lines and slots (RFC 9429 §5.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from client.capabilities import CODECS, Capabilities, PayloadTypes
from sfu.certificate import Fingerprint
from sfu.ice import IceCredentials
from sfu.identifiers import Mid, Ssrc
from sfu.messages import Kind
from sfu.sdp.extensions import URIS

# RFC 9429 §4.1.7: with ICE, port and address of an m-line mean nothing.
_PORT = 9
_NO_ADDRESS = "c=IN IP4 0.0.0.0"
_SCTP_PORT = 5000

Use = Literal["sendonly", "recvonly", "inactive", "deleted"]


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """One m-line for audio or video.

    `codecs` are names in `client.capabilities.CODECS`, best first. `rids` make it simulcast, lowest quality
    first, and then `ssrcs` is empty: as with browsers, MID and RID in the packets say whose they are. Without
    rids `ssrcs` is the media SSRC and, with RTX, that of its repairs; empty for a slot.
    """

    mid: Mid
    kind: Kind
    use: Use
    codecs: tuple[str, ...]
    rids: tuple[str, ...] = ()
    ssrcs: tuple[Ssrc, ...] = ()


@dataclass(frozen=True, slots=True)
class DataLine:
    """The m-line of the SCTP association."""

    mid: Mid


@dataclass(frozen=True, slots=True)
class LocalDescription:
    """Everything an offer says. `version` counts the offers of a connection (RFC 8866 §5.2)."""

    credentials: IceCredentials
    fingerprint: Fingerprint
    cname: str
    session_id: int
    version: int
    lines: tuple[OfferedLine | DataLine, ...]


def write_offer(local: LocalDescription, capabilities: Capabilities) -> str:
    """The session description."""
    mids = [line.mid for line in local.lines if isinstance(line, DataLine) or line.use != "deleted"]
    lines = [
        "v=0",
        f"o=- {local.session_id} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        " ".join(["a=group:BUNDLE", *mids]),
        "a=msid-semantic: WMS *",
    ]
    for line in local.lines:
        lines += _data(line, local) if isinstance(line, DataLine) else _media(line, local, capabilities)
    return "".join(f"{line}\r\n" for line in lines)


def _transport(local: LocalDescription, mid: Mid) -> Iterator[str]:
    yield f"a=ice-ufrag:{local.credentials.ufrag}"
    yield f"a=ice-pwd:{local.credentials.pwd}"
    yield "a=ice-options:trickle"
    yield f"a=fingerprint:{local.fingerprint}"
    yield "a=setup:actpass"
    yield f"a=mid:{mid}"


def _data(line: DataLine, local: LocalDescription) -> Iterator[str]:
    yield f"m=application {_PORT} UDP/DTLS/SCTP webrtc-datachannel"
    yield _NO_ADDRESS
    yield from _transport(local, line.mid)
    yield f"a=sctp-port:{_SCTP_PORT}"


def _media(line: OfferedLine, local: LocalDescription, capabilities: Capabilities) -> Iterator[str]:
    if line.use == "recvonly":
        capabilities = capabilities.of_slots()
    codecs = [CODECS[name] for name in line.codecs]
    numbers = [number for entry in codecs for number in _numbers(entry, capabilities)]
    deleted = line.use == "deleted"
    yield f"m={line.kind} {0 if deleted else _PORT} UDP/TLS/RTP/SAVPF {' '.join(map(str, numbers))}"
    yield _NO_ADDRESS
    yield from _transport(local, line.mid)
    for name, number in capabilities.extension_ids(line.kind).items():
        yield f"a=extmap:{number} {URIS[name]}"
    yield "a=inactive" if deleted else f"a={line.use}"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    for entry in codecs:
        yield from _codec(entry, line.kind, capabilities)
    if deleted or line.use == "recvonly":
        return
    yield f"a=msid:- {line.mid}"
    yield from _sources(line, local.cname)


def _numbers(entry: PayloadTypes, capabilities: Capabilities) -> tuple[int, ...]:
    return (entry.payload_type, entry.rtx) if entry.rtx and capabilities.rtx else (entry.payload_type,)


def _codec(entry: PayloadTypes, kind: Kind, capabilities: Capabilities) -> Iterator[str]:
    codec, number = entry.codec, entry.payload_type
    yield f"a=rtpmap:{number} {codec.name}/{codec.clock_rate}{f'/{codec.channels}' if codec.channels else ''}"
    if entry.fmtp:
        yield f"a=fmtp:{number} {entry.fmtp}"
    for value in capabilities.feedback(kind):
        yield f"a=rtcp-fb:{number} {value}"
    if entry.rtx and capabilities.rtx:
        yield f"a=rtpmap:{entry.rtx} rtx/{codec.clock_rate}"
        yield f"a=fmtp:{entry.rtx} apt={number}"


def _sources(line: OfferedLine, cname: str) -> Iterator[str]:
    for rid in line.rids:
        yield f"a=rid:{rid} send"
    if line.rids:
        yield f"a=simulcast:send {';'.join(line.rids)}"
        return
    if len(line.ssrcs) == 2:
        yield f"a=ssrc-group:FID {line.ssrcs[0]} {line.ssrcs[1]}"
    for ssrc in line.ssrcs:
        yield f"a=ssrc:{ssrc} cname:{cname}"
