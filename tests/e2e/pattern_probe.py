"""Decodes what a slot of the client library receives in VP8, and reads whose picture it is."""

from collections import Counter

import av
from aiortc.codecs.vpx import VpxPayloadDescriptor

from client.receiving import ReceivedPacket
from loadtests import pattern
from sfu.identifiers import Csrc


class PatternProbe:
    """`seen` counts pictures by (CSRC on the packets, person in the picture); None is no clear pattern."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[Csrc | None, int | None]] = Counter()
        self._decoder = av.CodecContext.create("vp8", "r")
        self._timestamp = -1
        self._frame = b""

    def receive(self, packet: ReceivedPacket) -> None:
        """Take the next packet; they come in order on a path that loses none. av.FFmpegError if broken."""
        if packet.timestamp != self._timestamp:
            # A slot may leave its source in the middle of a picture, whose end then never comes.
            self._timestamp, self._frame = packet.timestamp, b""
        _, part = VpxPayloadDescriptor.parse(packet.payload)
        self._frame += part
        if not packet.marker:
            return
        data, self._frame = self._frame, b""
        for picture in self._decoder.decode(av.Packet(data)):
            luma = picture.to_ndarray(format="gray")
            self.seen[packet.csrc, pattern.read(luma)] += 1
