"""What forwarding needs to know of one RTP payload."""

from dataclasses import dataclass

from sfu.drops import DropReason
from sfu.errors import RemoteError


@dataclass(slots=True, init=False)
class PayloadFacts:
    """Read once per received packet; what a format does not say keeps the value that changes nothing.

    `keyframe`: this packet begins a frame from which decoding can start (always true for audio).
    `starts_frame`, `ends_frame`: first and last packet of a layer's frame as far as the payload says; the end
    of a picture is the RTP marker bit.
    `width`, `height`: pixels of the largest spatial layer, where the packet tells them, else 0.
    `temporal`, `spatial`: layer indices, 0 without layers.
    `picture_id` (7 or 15 bit), `tl0` (TL0PICIDX, 8 bit): -1 if absent.
    `layer_sync`: this frame refers to the lowest temporal layer alone, so from it on receivers of the layer
    below can take its layer too (VP8 Y). `opens_up`: what follows in higher temporal layers refers to nothing
    in them before this frame, so receivers of this one can take them all (VP9 U, AV1 switch indications).
    `sizes`: (width, height) of each spatial layer, lowest first, where the packet tells them.
    """

    keyframe: bool
    starts_frame: bool
    ends_frame: bool
    width: int
    height: int
    temporal: int
    spatial: int
    picture_id: int
    tl0: int
    layer_sync: bool
    opens_up: bool
    sizes: tuple[tuple[int, int], ...]

    # By hand, since a generated one is interpreted.
    def __init__(
        self,
        keyframe: bool,
        starts_frame: bool,
        ends_frame: bool = False,
        width: int = 0,
        height: int = 0,
        temporal: int = 0,
        spatial: int = 0,
        picture_id: int = -1,
        tl0: int = -1,
        layer_sync: bool = False,
        opens_up: bool = False,
        sizes: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.keyframe = keyframe
        self.starts_frame = starts_frame
        self.ends_frame = ends_frame
        self.width = width
        self.height = height
        self.temporal = temporal
        self.spatial = spatial
        self.picture_id = picture_id
        self.tl0 = tl0
        self.layer_sync = layer_sync
        self.opens_up = opens_up
        self.sizes = sizes


def malformed(detail: str) -> RemoteError:
    """The error of every payload reader."""
    return RemoteError(DropReason.RTP_PAYLOAD_MALFORMED, detail)
