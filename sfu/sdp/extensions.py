"""RTP header extensions (RFC 8285): which we know, and under which number each m-line has them."""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Literal

from sfu.sdp.lines import Part, bad, number

ExtensionDirection = Literal["", "sendrecv", "sendonly", "recvonly", "inactive"]

URIS: dict[str, str] = {
    "mid": "urn:ietf:params:rtp-hdrext:sdes:mid",
    "rid": "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "repaired_rid": "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "transport_cc": "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "abs_send_time": "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "audio_level": "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "abs_capture_time": "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
    "playout_delay": "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "video_orientation": "urn:3gpp:video-orientation",
    "dependency_descriptor": (
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
    ),
}
"""Names in `ExtensionIds` to the URIs of SDP."""

_NAMES = {uri: name for name, uri in URIS.items()}

# RFC 8285 §4.2: the one-byte form has 1-14. More would force the two-byte form on every packet.
_LARGEST_ID = 14


@dataclass(frozen=True, slots=True)
class ExtensionIds:
    """The number of each header extension on an m-line; 0 is absent."""

    mid: int = 0
    rid: int = 0
    repaired_rid: int = 0
    transport_cc: int = 0
    abs_send_time: int = 0
    audio_level: int = 0
    abs_capture_time: int = 0
    playout_delay: int = 0
    video_orientation: int = 0
    dependency_descriptor: int = 0

    def items(self) -> list[tuple[str, int]]:
        """(name, id) of those present."""
        pairs = [(entry.name, getattr(self, entry.name)) for entry in fields(self)]
        return [(name, number) for name, number in pairs if number]


@dataclass(frozen=True, slots=True)
class OfferedExtension:
    """One ``a=extmap`` we know. `direction` is the offerer's view, ``""`` where it wrote none."""

    name: str
    id: int
    direction: ExtensionDirection = ""

    @property
    def sent(self) -> bool:
        """Whether the offerer would send it."""
        return self.direction in ("", "sendrecv", "sendonly")

    @property
    def received(self) -> bool:
        """Whether the offerer would take it."""
        return self.direction in ("", "sendrecv", "recvonly")


def read_extensions(part: Part) -> tuple[OfferedExtension, ...]:
    """The extmaps of one part whose URIs we know; the first counts where a URI comes twice."""
    return _extensions(part.every("extmap"))


@lru_cache(maxsize=16)  # as with payload types, nearly all m-lines say the same
def _extensions(values: tuple[str, ...]) -> tuple[OfferedExtension, ...]:
    found: dict[str, OfferedExtension] = {}
    for value in values:
        words = value.split()
        if len(words) < 2:
            raise bad("extmap without a URI")
        name = _NAMES.get(words[1])
        id_text, _, direction = words[0].partition("/")
        extension_id = number(id_text, 4351)  # RFC 8285 §7: 4096-4351 stand for "number it yourself"
        if extension_id is None or direction not in ("", "sendrecv", "sendonly", "recvonly", "inactive"):
            raise bad("extmap without a valid number")
        if name is not None and 1 <= extension_id <= _LARGEST_ID:
            found.setdefault(name, OfferedExtension(name, extension_id, direction))  # type: ignore[arg-type]
    return tuple(found.values())


def check_one_number_each(extensions: list[OfferedExtension]) -> None:
    """Refuse numbers that differ within a BUNDLE group.

    RFC 9143 §14: a number means one extension in the whole group. We ask for the reverse too, as all senders
    do: MID and RID must be readable before it is known which m-line a packet belongs to.
    """
    names: dict[int, str] = {}
    numbers: dict[str, int] = {}
    for extension in extensions:
        name = names.setdefault(extension.id, extension.name)
        extension_id = numbers.setdefault(extension.name, extension.id)
        if name != extension.name or extension_id != extension.id:
            raise bad("header extension numbers differ within the BUNDLE group")
