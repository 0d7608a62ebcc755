"""Audio as a browser sends it that was told to repeat itself (RFC 2198)."""

from collections.abc import Callable, Sequence

TICKS = 960
"""Of a packet: 20 ms."""


def redundant(payload_type: int, blocks: Sequence[tuple[int, bytes]], primary: bytes) -> bytes:
    """RFC 2198 §3: `blocks` are (offset, data), the oldest first."""
    headers = b"".join(
        (1 << 31 | payload_type << 24 | offset << 10 | len(data)).to_bytes(4, "big")
        for offset, data in blocks
    )
    return headers + bytes((payload_type,)) + b"".join(data for _, data in blocks) + primary


class RedStream:
    """Packet by packet, each with the `depth` before it; `voice` gives a packet's Opus."""

    def __init__(
        self, depth: int, payload_type: int, voice: Callable[[int], bytes] = lambda index: b"opus %d" % index
    ) -> None:
        self.voice = voice
        self._depth = depth
        self._payload_type = payload_type

    def timestamp(self, index: int) -> int:
        """That wraps on the way."""
        return TICKS * index - 5 * TICKS & 0xFFFFFFFF

    def payload(self, index: int) -> bytes:
        """The packet of that number; the first is 0."""
        before = range(max(index - self._depth, 0), index)
        blocks = [(TICKS * (index - one), self.voice(one)) for one in before]
        return redundant(self._payload_type, blocks, self.voice(index))
