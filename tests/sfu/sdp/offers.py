"""Offers for tests: captured ones by name, and small ones built from parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from sfu.sdp.extensions import URIS

_DATA = Path(__file__).parents[2] / "data" / "sdp"

CAPTURED = sorted(path.stem for path in _DATA.glob("*.sdp"))
"""Names of all captured offers."""

FINGERPRINT = "sha-256 " + ":".join(["A5"] * 32)
OTHER_FINGERPRINT = "sha-256 " + ":".join(["C7"] * 32)

VP8 = ("96 VP8/90000", "97 rtx/90000")
H264 = ("102 H264/90000", "103 rtx/90000")
VP9 = ("98 VP9/90000", "99 rtx/90000")
AV1 = ("45 AV1/90000", "46 rtx/90000")
OPUS = ("111 opus/48000/2",)
RED = ("63 red/48000/2",)

_FMTPS = {
    "97": "apt=96",
    "102": "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "103": "apt=102",
    "98": "profile-id=0",
    "99": "apt=98",
    "45": "level-idx=5;profile=0;tier=0",
    "46": "apt=45",
    "111": "minptime=10;useinbandfec=1",
    "63": "111/111",
}
_VIDEO_FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")

IDS = {name: number for number, name in enumerate(URIS, 1)}
"""The number under which `Line` offers each header extension."""


def captured(name: str) -> str:
    """A real client's offer."""
    return (_DATA / f"{name}.sdp").read_bytes().decode()


@dataclass
class Line:
    """One m-line; `formats` are rtpmap values, `extra` whole attribute lines without ``a=``."""

    kind: str
    mid: str
    direction: str = "recvonly"
    formats: Sequence[str] | None = None
    extensions: Sequence[str] = ("mid", "transport_cc")
    extra: Sequence[str] = ()
    fmtps: dict[str, str] = field(default_factory=dict)
    feedback: Sequence[str] | None = None
    port: int = 9
    without: Sequence[str] = ()

    def lines(self) -> list[str]:
        """The section's lines without those that start with one of `without`."""
        if self.kind == "application":
            head = [f"m=application {self.port} UDP/DTLS/SCTP webrtc-datachannel"]
            body = ["a=sctp-port:5000", "a=max-message-size:262144"]
        else:
            head, body = self._rtp_lines()
        shared = [
            f"a=mid:{self.mid}",
            "a=ice-ufrag:abcd",
            "a=ice-pwd:abcdefghijklmnopqrstuv",
            f"a=fingerprint:{FINGERPRINT}",
            "a=setup:actpass",
        ]
        lines = [*head, "c=IN IP4 0.0.0.0", *shared, *body, *(f"a={line}" for line in self.extra)]
        return [line for line in lines if not line.startswith(tuple(self.without))] if self.without else lines

    def _rtp_lines(self) -> tuple[list[str], list[str]]:
        formats = self.formats
        if formats is None:
            formats = OPUS if self.kind == "audio" else VP8 + H264
        feedback = self.feedback
        if feedback is None:
            feedback = ("transport-cc",) if self.kind == "audio" else _VIDEO_FEEDBACK
        numbers = [entry.split()[0] for entry in formats]
        fmtps = _FMTPS | self.fmtps
        body = [f"a={self.direction}", "a=rtcp-mux", "a=rtcp-rsize"]
        body += [f"a=extmap:{IDS[name]} {URIS[name]}" for name in self.extensions]
        for number, entry in zip(numbers, formats, strict=True):
            body.append(f"a=rtpmap:{entry}")
            if fmtps.get(number):
                body.append(f"a=fmtp:{number} {fmtps[number]}")
            if "rtx" not in entry:
                body += [f"a=rtcp-fb:{number} {name}" for name in feedback]
        return [f"m={self.kind} {self.port} UDP/TLS/RTP/SAVPF {' '.join(numbers)}"], body


def offer(*lines: Line, bundle: Sequence[str] | None = None, session: Sequence[str] = ()) -> str:
    """A whole offer; the BUNDLE group holds the m-lines with a port unless `bundle` says otherwise."""
    if bundle is None:
        bundle = [line.mid for line in lines if line.port]
    head = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    head += [f"a=group:BUNDLE {' '.join(bundle)}"] if bundle else []
    body = [text for line in lines for text in line.lines()]
    return "\r\n".join([*head, *(f"a={line}" for line in session), *body]) + "\r\n"


def slots(count: int, start: int = 0) -> list[Line]:
    """`count` pairs of an audio and a video slot, mids numbered from `start`."""
    kinds = ("audio", "video")
    return [Line(kinds[place % 2], str(start + place)) for place in range(2 * count)]


def simulcast(*rids: str, **changes: object) -> Line:
    """A camera m-line ``v`` that sends these encodings."""
    extra = [*(f"rid:{rid.removeprefix('~')} send" for rid in rids), f"simulcast:send {';'.join(rids)}"]
    extensions = ("mid", "rid", "repaired_rid", "transport_cc")
    given: dict[str, object] = {"extensions": extensions, "extra": extra} | changes
    return Line("video", "v", "sendonly", **given)  # type: ignore[arg-type]


_MUTATED = ("firefox_sequence_4", "chromium_sequence_5", "aiortc_meeting")
_REAL_LINES = sorted({line for name in CAPTURED for line in captured(name).split("\r\n")})


@st.composite
def mutated(draw: st.DrawFn, names: Sequence[str] = _MUTATED) -> str:
    """A real offer with one to four lines dropped, repeated, exchanged, cut or spliced with text."""
    lines = captured(draw(st.sampled_from(names))).split("\r\n")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "repeat", "replace", "insert", "cut", "splice"])):
            case "drop":
                lines = [*lines[:place], *lines[place + 1 :]] or [""]
            case "repeat":
                lines.insert(place, lines[place])
            case "replace":
                lines[place] = draw(st.sampled_from(_REAL_LINES))
            case "insert":
                lines.insert(place, draw(st.sampled_from(_REAL_LINES)))
            case "cut":
                lines[place] = lines[place][: draw(st.integers(0, 40))]
            case "splice":
                at = draw(st.integers(0, 60))
                lines[place] = lines[place][:at] + draw(st.text(max_size=6)) + lines[place][at:]
    return "\r\n".join(lines)
