"""What a client can do: codecs with their payload types, feedback, header extensions; the same on every
m-line."""

from dataclasses import dataclass, replace
from typing import Self

from sfu.codecs.codec import AV1, H264, OPUS, VP8, VP9, Codec
from sfu.messages import Kind


@dataclass(frozen=True, slots=True)
class PayloadTypes:
    """A codec under our numbers. `rtx` 0: never repaired by RTX (audio)."""

    codec: Codec
    payload_type: int
    rtx: int = 0
    fmtp: str = ""


CODECS: dict[str, PayloadTypes] = {
    entry.codec.name: entry
    for entry in (
        PayloadTypes(VP8, 96, 97),
        PayloadTypes(H264, 98, 99, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
        PayloadTypes(VP9, 100, 101, "profile-id=0"),
        PayloadTypes(AV1, 102, 103, "profile=0"),
        PayloadTypes(OPUS, 111, 0, "minptime=10;useinbandfec=1"),
    )
}

EXTENSIONS: dict[str, int] = {
    "audio_level": 1,
    "abs_send_time": 2,
    "transport_cc": 3,
    "mid": 4,
    "rid": 10,
    "repaired_rid": 11,
}
"""Our numbers, one for the whole BUNDLE group (RFC 9143 §14); names as in `sfu.sdp.extensions`."""

KINDS_OF_EXTENSION: dict[str, tuple[Kind, ...]] = {
    "audio_level": ("audio",),
    "rid": ("video",),
    "repaired_rid": ("video",),
}
"""Where an extension makes sense; those not named are offered everywhere."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What is offered. `video_codecs` are names in `CODECS`, best first. `estimated` False: slots offer
    nothing that tells the server of our bandwidth (transport-cc and REMB), tracks do."""

    video_codecs: tuple[str, ...] = ("VP8", "H264", "VP9", "AV1")
    rtx: bool = True
    nack: bool = True
    transport_cc: bool = True
    remb: bool = True
    extensions: tuple[str, ...] = tuple(EXTENSIONS)
    estimated: bool = True

    def of_slots(self) -> Self:
        """What m-lines that only receive offer."""
        return self if self.estimated else replace(self, transport_cc=False, remb=False)

    def codecs(self, kind: Kind) -> tuple[str, ...]:
        """Names of the codecs for receiving `kind`."""
        return ("opus",) if kind == "audio" else self.video_codecs

    def feedback(self, kind: Kind) -> tuple[str, ...]:
        """The rtcp-fb values of a codec (RFC 4585 §4.2)."""
        lines = ["transport-cc"] if self.transport_cc else []
        if kind == "video":
            lines += ["goog-remb"] if self.remb else []
            lines += ["ccm fir", "nack pli"]
            lines += ["nack"] if self.nack else []
        return tuple(lines)

    def extension_ids(self, kind: Kind) -> dict[str, int]:
        """Names and numbers of the header extensions of an m-line of `kind`."""
        wanted = [name for name in self.extensions if kind in KINDS_OF_EXTENSION.get(name, (kind,))]
        if not self.transport_cc:
            wanted = [name for name in wanted if name != "transport_cc"]
        return {name: EXTENSIONS[name] for name in wanted}
