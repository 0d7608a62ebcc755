"""Packets in order, with room for what is retransmitted late."""

from typing import Final

from recording.records import TapPacket

PATIENCE_S: Final = 1.0
"""How long a missing packet is waited for: a few tries of a NACK over a slow path. Nobody watches live."""

MAX_WAITING: Final = 2048
"""Packets held behind a gap: more than a second of 20 Mbit/s."""


class ReorderBuffer:
    """Puts the packets of one run into the order of their index. `lost` and `late` count packets."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self.lost = 0
        self.late = 0
        self._patience_s = patience_s
        self._next = -1
        self._waiting: dict[int, TapPacket] = {}

    def put(self, packet: TapPacket) -> list[TapPacket]:
        """A packet came: what is now in order, it among them or not."""
        index = packet.index
        if index == self._next or self._next < 0:
            self._next = index + 1
            return [packet, *self._contiguous()] if self._waiting else [packet]
        if index < self._next:
            self.late += 1
            return []
        self._waiting[index] = packet
        return self.expire(packet.arrival)

    def expire(self, now: float) -> list[TapPacket]:
        """What need not wait any longer at `now`."""
        released: list[TapPacket] = []
        while self._waiting:
            longest = next(iter(self._waiting.values()))  # the order is that of arrival
            if longest.arrival + self._patience_s > now and len(self._waiting) <= MAX_WAITING:
                break
            released += self._skip_to(min(self._waiting))
        return released

    def flush(self) -> list[TapPacket]:
        """All that waits; nothing more comes."""
        released: list[TapPacket] = []
        while self._waiting:
            released += self._skip_to(min(self._waiting))
        return released

    def _skip_to(self, index: int) -> list[TapPacket]:
        missing = index - self._next
        self.lost += missing
        self._waiting[index].lost = missing
        self._next = index
        return self._contiguous()

    def _contiguous(self) -> list[TapPacket]:
        released: list[TapPacket] = []
        while (packet := self._waiting.pop(self._next, None)) is not None:
            released.append(packet)
            self._next += 1
        return released
