"""Which reader tells the facts of which codec's payloads."""

from collections.abc import Callable

from sfu.codecs import av1, h264, opus, red, vp8, vp9
from sfu.codecs.payload_facts import PayloadFacts
from sfu.errors import LocalError

__all__ = ["PayloadFacts", "PayloadReader", "reader_for"]

PayloadReader = Callable[[bytes], PayloadFacts]
"""RTP payload without padding → facts. Raises RemoteError (RTP_PAYLOAD_MALFORMED), nothing else."""

_READERS: dict[str, PayloadReader] = {
    "VP8": vp8.read,
    "VP9": vp9.read,
    "H264": h264.read,
    "AV1": av1.read,
    "opus": opus.read,
    "red": red.read,
}


def reader_for(codec_name: str) -> PayloadReader:
    """The reader of a codec by its canonical name; LocalError for one that is not forwarded."""
    reader = _READERS.get(codec_name)
    if reader is None:
        raise LocalError(f"no payload reader for {codec_name!r}")
    return reader
