"""Payload types of an m-line: rtpmap, fmtp and rtcp-fb brought together (RFC 8866 §6.6, RFC 4585 §4.2)."""

from dataclasses import dataclass
from functools import lru_cache

from sfu.codecs.codec import Codec, codec_of
from sfu.messages import Kind
from sfu.sdp.lines import Part, bad, number


@dataclass(frozen=True, slots=True)
class Feedback:
    """RTCP feedback both sides may use for a payload type."""

    nack: bool = False
    pli: bool = False
    fir: bool = False
    transport_cc: bool = False
    remb: bool = False

    def __or__(self, other: "Feedback") -> "Feedback":
        return Feedback(
            nack=self.nack or other.nack,
            pli=self.pli or other.pli,
            fir=self.fir or other.fir,
            transport_cc=self.transport_cc or other.transport_cc,
            remb=self.remb or other.remb,
        )


FEEDBACK_LINES = {
    "nack": "nack",
    "nack pli": "pli",
    "ccm fir": "fir",
    "transport-cc": "transport_cc",
    "goog-remb": "remb",
}
"""What rtcp-fb says to the fields of `Feedback`."""


@dataclass(frozen=True, slots=True)
class Format:
    """One payload type as offered. `apt` is set for RTX (RFC 4588 §8.6), `codec` for what we can forward."""

    payload_type: int
    rtpmap: str
    fmtp: str
    codec: Codec | None
    apt: int | None
    feedback: Feedback


def fmtp_parameters(fmtp: str) -> dict[str, str]:
    """``a=1;b=2`` as a mapping with lower-case names; a bare word has the value ``""``."""
    pairs = (entry.partition("=") for entry in fmtp.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def read_formats(part: Part, kind: Kind, listed: list[str]) -> tuple[Format, ...]:
    """The payload types of an RTP m-line in its order. `listed` are the formats of the m-line itself."""
    return _formats(kind, tuple(listed), part.every("rtpmap"), part.every("fmtp"), part.every("rtcp-fb"))


# All slots of a browser say the same here, and all browsers of a build: most of reading an offer is saved.
# Few entries, for a hostile offer makes them as large as itself.
@lru_cache(maxsize=16)
def _formats(
    kind: Kind,
    listed: tuple[str, ...],
    rtpmap_values: tuple[str, ...],
    fmtp_values: tuple[str, ...],
    feedback_values: tuple[str, ...],
) -> tuple[Format, ...]:
    payload_types = [number(word, 127) for word in listed]
    if not payload_types or len(set(payload_types)) != len(payload_types):
        raise bad("an m-line needs payload types, each once")
    rtpmaps = _by_payload_type(rtpmap_values)
    fmtps = _by_payload_type(fmtp_values)
    feedback = _read_feedback(feedback_values)
    formats = []
    for payload_type in payload_types:
        if payload_type is None:
            raise bad("not a payload type")
        rtpmap = rtpmaps.get(payload_type, "")
        fmtp = fmtps.get(payload_type, "")
        codec, apt = _read_codec(kind, rtpmap, fmtp)
        wanted = feedback.get(payload_type, Feedback()) | feedback.get(None, Feedback())
        formats.append(Format(payload_type, rtpmap, fmtp, codec, apt, wanted))
    return tuple(formats)


def _by_payload_type(values: tuple[str, ...]) -> dict[int, str]:
    found: dict[int, str] = {}
    for value in values:
        word, _, rest = value.partition(" ")
        payload_type = number(word, 127)
        if payload_type is not None:
            found.setdefault(payload_type, rest.strip())
    return found


def _read_feedback(values: tuple[str, ...]) -> dict[int | None, Feedback]:
    """By payload type; None stands for ``*``."""
    found: dict[int | None, Feedback] = {}
    for value in values:
        word, _, rest = value.partition(" ")
        payload_type = number(word, 127)
        flag = FEEDBACK_LINES.get(rest.strip())
        if flag is not None and (payload_type is not None or word == "*"):
            found[payload_type] = found.get(payload_type, Feedback()) | Feedback(**{flag: True})
    return found


def _read_codec(kind: Kind, rtpmap: str, fmtp: str) -> tuple[Codec | None, int | None]:
    name, _, rest = rtpmap.partition("/")
    rate_text, _, channels_text = rest.partition("/")
    rate = number(rate_text, 1_000_000)
    channels = number(channels_text, 255) if channels_text else (1 if kind == "audio" else 0)
    if rate is None or channels is None:
        return None, None
    parameters = fmtp_parameters(fmtp)
    if name.lower() == "rtx":
        return None, number(parameters.get("apt", ""), 127)
    return codec_of(kind, name, rate, channels, parameters), None
