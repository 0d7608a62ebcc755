"""The answer to an offer, as Chromium, Firefox and aiortc read it (RFC 9429 §5.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sfu.certificate import Fingerprint
from sfu.ice import IceCredentials
from sfu.sdp.extensions import URIS, ExtensionDirection, ExtensionIds
from sfu.sdp.formats import FEEDBACK_LINES
from sfu.sdp.negotiation import Negotiated
from sfu.sdp.offer import Direction, MediaSection
from sfu.sdp.sections import (
    DataSection,
    InactiveSection,
    PublishSection,
    RejectedSection,
    Section,
    SlotCodec,
    SlotSection,
)

# RFC 8866 §5.7, RFC 9429 §4.1.7: with ICE the address of the m-line means nothing.
_NO_ADDRESS = "c=IN IP4 0.0.0.0"
_PORT = 9
_SCTP_PORT = 5000

_FLIPPED: dict[ExtensionDirection, ExtensionDirection] = {
    "": "",
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


@dataclass(frozen=True, slots=True)
class LocalDescription:
    """Our side of a connection. `candidates` are a=candidate values; `cname` is one for all slots.

    `session_id` may be any number that stays the same for the connection (RFC 8866 §5.2).
    """

    credentials: IceCredentials
    fingerprint: Fingerprint
    candidates: tuple[str, ...]
    cname: str
    session_id: int = 1


def write_answer(negotiated: Negotiated, local: LocalDescription) -> str:
    """The session description that answers the offer behind `negotiated`."""
    bundled = [section.mid for section in negotiated.sections if not isinstance(section, RejectedSection)]
    lines = [
        "v=0",
        f"o=- {local.session_id} {negotiated.state.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        " ".join(["a=group:BUNDLE", *bundled]),
        "a=msid-semantic: WMS *",
    ]
    if negotiated.extmap_allow_mixed:
        lines.append("a=extmap-allow-mixed")
    for section in negotiated.sections:
        # RFC 9429 §5.3.1: the transport of the group is described once, in its first section.
        candidates = local.candidates if bundled and section.mid == bundled[0] else ()
        lines += _section(section, negotiated, local, candidates)
    return "".join(f"{line}\r\n" for line in lines)


def _section(
    section: Section, negotiated: Negotiated, local: LocalDescription, candidates: tuple[str, ...]
) -> Iterator[str]:
    line = section.line
    if isinstance(section, RejectedSection):
        yield f"m={line.media} 0 {line.protocol} {' '.join(line.listed)}"
        yield _NO_ADDRESS
        yield "a=inactive"
        if line.mid:
            yield f"a=mid:{line.mid}"
        return
    yield f"m={line.media} {_PORT} {line.protocol} {' '.join(_listed(section))}"
    yield _NO_ADDRESS
    yield f"a=mid:{line.mid}"
    yield f"a=ice-ufrag:{local.credentials.ufrag}"
    yield f"a=ice-pwd:{local.credentials.pwd}"
    yield f"a=fingerprint:{local.fingerprint}"
    yield "a=setup:passive"
    for candidate in candidates:
        yield f"a=candidate:{candidate.removeprefix('a=').removeprefix('candidate:')}"
    if candidates:
        yield "a=end-of-candidates"
    if isinstance(section, DataSection):
        yield f"a=sctp-port:{_SCTP_PORT}"
        yield f"a=max-message-size:{negotiated.max_message_bytes}"
        return
    yield "a=rtcp-mux"
    if line.rtcp_rsize:
        yield "a=rtcp-rsize"
    if line.extmap_allow_mixed:
        yield "a=extmap-allow-mixed"
    yield f"a={_direction(section)}"
    yield from _extmaps(section.extensions, line)
    yield from _formats(section)
    if not isinstance(section, SlotSection):
        yield from _simulcast(section)
    elif not section.parked:
        yield from _sources(section, local.cname)


def _direction(section: PublishSection | SlotSection | InactiveSection) -> Direction:
    if isinstance(section, PublishSection):
        return "recvonly"
    return "inactive" if isinstance(section, InactiveSection) or section.parked else "sendonly"


def _listed(section: PublishSection | SlotSection | InactiveSection | DataSection) -> list[str]:
    """The formats of the m-line; an m-line must name one even where we know none of it (RFC 3264 §6)."""
    if isinstance(section, DataSection) or not section.codecs:
        return list(section.line.listed[:1])
    codecs = [str(entry.payload_type) for entry in section.codecs]
    return codecs + [
        str(entry.rtx_payload_type) for entry in section.codecs if entry.rtx_payload_type is not None
    ]


def _formats(section: PublishSection | SlotSection | InactiveSection) -> Iterator[str]:
    if not section.codecs and section.line.formats[0].rtpmap:
        yield f"a=rtpmap:{section.line.formats[0].payload_type} {section.line.formats[0].rtpmap}"
    for entry in section.codecs:
        yield from _format(entry)


def _format(entry: SlotCodec) -> Iterator[str]:
    channels = f"/{entry.codec.channels}" if entry.codec.channels else ""
    yield f"a=rtpmap:{entry.payload_type} {entry.codec.name}/{entry.codec.clock_rate}{channels}"
    if entry.fmtp:
        yield f"a=fmtp:{entry.payload_type} {entry.fmtp}"
    for text, flag in FEEDBACK_LINES.items():
        if getattr(entry.feedback, flag):
            yield f"a=rtcp-fb:{entry.payload_type} {text}"
    if entry.rtx_payload_type is not None:
        yield f"a=rtpmap:{entry.rtx_payload_type} rtx/{entry.codec.clock_rate}"
        yield f"a=fmtp:{entry.rtx_payload_type} apt={entry.payload_type}"


def _extmaps(accepted: ExtensionIds, line: MediaSection) -> Iterator[str]:
    directions = {entry.name: entry.direction for entry in line.extensions}
    for name, number in accepted.items():
        direction = _FLIPPED[directions[name]]
        yield f"a=extmap:{number}{'/' if direction else ''}{direction} {URIS[name]}"


def _simulcast(section: PublishSection | InactiveSection) -> Iterator[str]:
    for offered in section.answered_rids:
        yield f"a=rid:{offered.rid} recv"
    if section.answered_rids and section.line.simulcast:
        # The "~" goes back: without it Chromium would start an encoding that its page has stopped.
        streams = ";".join(f"{'~' if entry.paused else ''}{entry.rid}" for entry in section.answered_rids)
        yield f"a=simulcast:recv {streams}"


def _sources(section: SlotSection, cname: str) -> Iterator[str]:
    stream = f"seat-{section.seat}"
    yield f"a=msid:{stream} {section.kind}-{section.seat}"
    ssrcs = [section.ssrc]
    if section.rtx_ssrc is not None:
        ssrcs.append(section.rtx_ssrc)
        yield f"a=ssrc-group:FID {section.ssrc} {section.rtx_ssrc}"
    for ssrc in ssrcs:
        yield f"a=ssrc:{ssrc} cname:{cname}"
