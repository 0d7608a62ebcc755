"""One-way latency: the publisher writes its time into each payload, a probe reads it back.

Both clocks are the machine's CLOCK_REALTIME: the publisher's just before it seals and sends, and the kernel's
own when the packet reaches the probe's socket. What the client does with its processor does not count.
"""

STAMP_BYTES = 8


def stamp(payload: bytes, sent_ns: int) -> bytes:
    """`payload` with its last bytes replaced by the time it is sent (nanoseconds since 1970); it does not
    decode any more. A payload too short for it stays as it is."""
    if len(payload) <= STAMP_BYTES:
        return payload
    return payload[:-STAMP_BYTES] + sent_ns.to_bytes(STAMP_BYTES, "big")


def read_stamp(payload: bytes) -> int:
    """The time in a payload that `stamp` made, its RTP padding removed."""
    return int.from_bytes(payload[-STAMP_BYTES:], "big")


class Delays:
    """Delays of single packets, by the time they came."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, float]] = []

    def note(self, payload: bytes, arrived_ns: int, now: float) -> None:
        """A stamped payload that reached the socket at `arrived_ns`."""
        self._entries.append((now, (arrived_ns - read_stamp(payload)) / 1e6))

    def between(self, start: float, end: float) -> list[float]:
        """The delays of a window in milliseconds."""
        return [delay_ms for at, delay_ms in self._entries if start <= at < end]
