"""A publish m-line: one stream, or one for each simulcast encoding."""

from client.sending import SendStream
from sfu.codecs.codec import Codec
from sfu.identifiers import Mid
from sfu.messages import Kind


class SendTrack:
    """What is published on one m-line. `streams` are lowest quality first; `codec` is known once answered."""

    def __init__(
        self, mid: Mid, kind: Kind, codecs: tuple[str, ...], streams: tuple[SendStream, ...]
    ) -> None:
        self.mid = mid
        self.kind: Kind = kind
        self.codecs = codecs
        self.streams = streams
        self.codec: Codec | None = None
        self.ended = False

    @property
    def stream(self) -> SendStream:
        """The only stream, or the one of the lowest quality."""
        return self.streams[0]

    def layer(self, rid: str) -> SendStream:
        """The stream of an encoding. KeyError if there is none."""
        for stream in self.streams:
            if stream.rid == rid:
                return stream
        raise KeyError(rid)
