"""One direction of a network link as a pure function of size, time and a seeded random.

The same model drives the simulation (simulation.py) and the real UDP link in front of a server (udp_link.py),
so a scenario means the same in both.
"""

from dataclasses import dataclass, field
from random import Random

IP_UDP_HEADER_BYTES = (
    28  # RFC 791 §3.1 (20) + RFC 768 (8): what a link's rate is spent on besides the payload
)


@dataclass(slots=True)
class LinkModel:
    """What a link does to the datagrams of one direction. Every field may be changed while it runs.

    - `loss`: share of datagrams lost, 0–1; `loss_burst` is the mean length of a run of losses (Gilbert model,
      1: independent losses).
    - `delay_ms`: one-way delay; `jitter_ms`: uniform extra delay that keeps the order.
    - `reorder`: share of datagrams held back by `reorder_ms` while later ones overtake.
    - `duplicate`: share that arrives twice.
    - `rate_bps`: capacity of a bottleneck with a queue of `queue_ms`, beyond which datagrams are dropped
      (None: unlimited).
    - `cuts`: periods (from, to) of the clock passed to `schedule`, in seconds, in which everything is lost.

    Randomness is drawn in the same amount for every datagram, so changing one condition leaves the fate that
    the others deal out unchanged.
    """

    random: Random
    loss: float = 0.0
    loss_burst: float = 1.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    reorder_ms: float = 10.0
    duplicate: float = 0.0
    rate_bps: float | None = None
    queue_ms: float = 200.0
    cuts: list[tuple[float, float]] = field(default_factory=list)
    offered: int = field(default=0, init=False)
    lost: int = field(default=0, init=False)
    _in_burst: bool = field(default=False, init=False)
    _newest_arrival: float = field(default=float("-inf"), init=False)
    _bottleneck_free_at: float = field(default=float("-inf"), init=False)

    def cut(self, start: float, end: float) -> None:
        """Lose everything offered from `start` up to `end` (seconds of the driving clock)."""
        self.cuts.append((start, end))

    def schedule(self, size: int, now: float) -> list[float]:
        """When a datagram of `size` bytes, offered at `now`, arrives: never, once, or twice."""
        chance_loss, chance_reorder, chance_duplicate, share_jitter = (self.random.random() for _ in range(4))
        self.offered += 1
        if self._loses(chance_loss) or any(start <= now < end for start, end in self.cuts):
            self.lost += 1
            return []
        leaves_at = self._pass_bottleneck(size, now)
        if leaves_at is None:
            self.lost += 1
            return []
        arrival = leaves_at + (self.delay_ms + share_jitter * self.jitter_ms) / 1000
        if chance_reorder < self.reorder:
            # Held back beside the queue: it does not delay what follows, or nothing could overtake it.
            arrival += self.reorder_ms / 1000
        else:
            arrival = max(arrival, self._newest_arrival)
            self._newest_arrival = arrival
        return [arrival, arrival] if chance_duplicate < self.duplicate else [arrival]

    def _loses(self, chance: float) -> bool:
        if self.loss >= 1:
            return True
        # Two-state Gilbert chain: leave a burst with 1/length, enter so often that the share comes out right.
        leave = min(1.0, 1 / self.loss_burst)
        enter = min(1.0, self.loss * leave / (1 - self.loss))
        if self.loss_burst <= 1:
            return chance < self.loss
        self._in_burst = chance >= leave if self._in_burst else chance < enter
        return self._in_burst

    def _pass_bottleneck(self, size: int, now: float) -> float | None:
        if self.rate_bps is None:
            return now
        starts = max(now, self._bottleneck_free_at)
        if starts - now > self.queue_ms / 1000:
            return None
        self._bottleneck_free_at = starts + (size + IP_UDP_HEADER_BYTES) * 8 / self.rate_bps
        return self._bottleneck_free_at
