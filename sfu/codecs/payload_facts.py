"""What forwarding needs to know of one RTP payload."""

from dataclasses import dataclass

from sfu.drops import DropReason
from sfu.errors import RemoteError


@dataclass(slots=True)
class PayloadFacts:
    """Read once per received packet; what a format does not say keeps the value that changes nothing.

    `keyframe`: this packet begins a frame from which decoding can start (always true for audio).
    `starts_frame`, `ends_frame`: first and last packet of a layer's frame as far as the payload says; the end
    of a picture is the RTP marker bit.
    `width`, `height`: pixels of the largest spatial layer, where the packet tells them, else 0.
    `temporal`, `spatial`: layer indices, 0 without layers.
    `picture_id` (7 or 15 bit), `tl0` (TL0PICIDX, 8 bit): -1 if absent.
    `layer_sync`: from this frame on, receivers of lower temporal layers can take this one (VP8 Y, VP9 U).
    """

    keyframe: bool
    starts_frame: bool
    ends_frame: bool = False
    width: int = 0
    height: int = 0
    temporal: int = 0
    spatial: int = 0
    picture_id: int = -1
    tl0: int = -1
    layer_sync: bool = False


def malformed(detail: str) -> RemoteError:
    """The error of every payload reader."""
    return RemoteError(DropReason.RTP_PAYLOAD_MALFORMED, detail)
