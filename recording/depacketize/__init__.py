"""RTP payloads of one frame, in order and complete, to the frame as a file holds it."""

from collections.abc import Callable, Sequence

from recording.depacketize import av1, h264, vp8, vp9
from sfu.errors import LocalError

__all__ = ["Depacketize", "depacketizer"]

Depacketize = Callable[[Sequence[bytes]], bytes]
"""The payloads of a frame → its bytes. RemoteError (RTP_PAYLOAD_MALFORMED) if they are none."""

_DEPACKETIZERS: dict[str, Callable[[], Depacketize]] = {
    "VP8": lambda: vp8.depacketize,
    "VP9": lambda: vp9.Vp9Depacketizer().depacketize,
    "H264": lambda: h264.depacketize,
    "AV1": lambda: av1.depacketize,
}


def depacketizer(codec_name: str) -> Depacketize:
    """One for a stream of a video codec, by its canonical name; LocalError for one that is not recorded."""
    found = _DEPACKETIZERS.get(codec_name)
    if found is None:
        raise LocalError(f"{codec_name} cannot be recorded")
    return found()
