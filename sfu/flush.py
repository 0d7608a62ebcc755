"""When packets leave: at the end of a frame, of a few milliseconds, or of the loop turn (DESIGN.md 2).

A kernel send costs more than anything else an SFU does, and one send takes the packets of a frame for the
price of one. Real uplinks space a frame's packets by about a millisecond, so where many wait for the same
frame it is held until its end (or `hold_s` after its first packet); where few do, latency is worth more.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Protocol


class Flushable(Protocol):
    """A layer with packets pending, or an outbox with packets to send."""

    def flush(self, now: float) -> None:
        """Pass everything on."""


@dataclass(slots=True)
class FlushSchedule:
    """What is to be flushed, in the two stages of a turn: layers into outboxes, outboxes onto the wire.

    `hold_s`, `fan_out`: from how many sinks on a frame is held, and how long at most.
    """

    hold_s: float = 0.003
    fan_out: int = 8
    layers: list[Flushable] = field(default_factory=list)
    outboxes: list[Flushable] = field(default_factory=list)
    oldest: float = inf
    """Arrival of the oldest packet that left in the last flush; whoever measures forward times resets it."""

    _held: dict[Flushable, float] = field(default_factory=dict)

    def hold(self, layer: Flushable, now: float) -> None:
        """Flush `layer` at the latest `hold_s` from now; a later call does not move that."""
        self._held.setdefault(layer, now + self.hold_s)

    def release(self, layer: Flushable) -> None:
        """Flush a held layer at the end of this turn."""
        if self._held.pop(layer, None) is not None:
            self.layers.append(layer)

    def next_timeout(self) -> float | None:
        """When the first held layer is due."""
        return min(self._held.values()) if self._held else None

    def flush(self, now: float) -> None:
        """End of a turn: everything that is due leaves."""
        held = self._held
        if held:
            for layer in [layer for layer, due in held.items() if due <= now]:
                del held[layer]
                self.layers.append(layer)
        if self.layers:
            layers, self.layers = self.layers, []
            for layer in layers:
                layer.flush(now)
        while self.outboxes:  # what came on data channels is told now, and answered
            outboxes, self.outboxes = self.outboxes, []
            for outbox in outboxes:
                outbox.flush(now)
