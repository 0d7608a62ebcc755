"""One direction of a network link as a pure function of size, time and a seeded random.

The same model drives the simulation (simulation.py) and the real UDP link in front of a server (udp_link.py),
so a scenario means the same in both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from random import Random

IP_UDP_HEADER_BYTES = 28
"""RFC 791 §3.1 (20) + RFC 768 (8): what a link's rate is spent on besides the payload."""


@dataclass(slots=True)
class LinkModel:
    """What a link does to the datagrams of one direction. Every field may be changed while it runs.

    - `loss`: share of datagrams lost, 0–1. `loss_burst` is the mean length of a bad spell in datagrams (1:
      independent losses); in one the share `loss_inside` is lost, outside of them `loss_outside`
      (Gilbert–Elliott; as it stands everything inside and nothing outside, Gilbert's model).
    - `delay_ms`: one-way delay; `jitter_ms`: uniform extra delay that keeps the order.
    - `reorder`: share of datagrams held back by `reorder_ms` while later ones overtake.
    - `duplicate`: share that arrives twice.
    - `rate_bps`: capacity of a bottleneck (None: unlimited) before which at most `queue_ms` of traffic waits,
      or `queue_bytes` if given; what does not fit is dropped. `rate_changes` are (from when, bit/s) in order:
      what waits then is served at the new rate. A change of `rate_bps` itself applies to what comes later.
    - `cuts`: periods (from, to) of the clock passed to `schedule`, in seconds, in which everything is lost.

    Randomness is drawn in the same amount for every datagram, so changing one condition leaves the fate that
    the others deal out unchanged.
    """

    random: Random
    loss: float = 0.0
    loss_burst: float = 1.0
    loss_inside: float = 1.0
    loss_outside: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    reorder_ms: float = 10.0
    duplicate: float = 0.0
    rate_bps: float | None = None
    queue_ms: float = 200.0
    queue_bytes: int | None = None
    rate_changes: list[tuple[float, float]] = field(default_factory=list)
    cuts: list[tuple[float, float]] = field(default_factory=list)
    offered: int = field(default=0, init=False)
    lost: int = field(default=0, init=False)
    _in_burst: bool = field(default=False, init=False)
    _newest_arrival: float = field(default=float("-inf"), init=False)
    _bottleneck_free_at: float = field(default=float("-inf"), init=False)

    def cut(self, start: float, end: float) -> None:
        """Lose everything offered from `start` up to `end` (seconds of the driving clock)."""
        self.cuts.append((start, end))

    def change_rate(self, at: float, rate_bps: float) -> None:
        """Let the bottleneck have another rate from `at` on; calls come in the order of time."""
        self.rate_changes.append((at, rate_bps))

    def queue_s(self, now: float) -> float:
        """How long a datagram offered now would wait before it is sent."""
        return max(0.0, self._bottleneck_free_at - now)

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
        if self.loss_burst <= 1:
            return chance < self.loss
        # A chain of two states: leave a bad spell with 1/length, enter so often that the share comes out
        # right. What is left of the draw on its side of the threshold is uniform again, and decides the fate.
        bad_share = min(1.0, max(0.0, self.loss - self.loss_outside) / (self.loss_inside - self.loss_outside))
        leave = 1 / self.loss_burst if bad_share < 1 else 0.0
        enter = min(1.0, bad_share * leave / (1 - bad_share)) if bad_share < 1 else 1.0
        change = leave if self._in_burst else enter
        if chance < change:
            self._in_burst, rest = not self._in_burst, chance / change
        else:
            rest = (chance - change) / (1 - change)
        return rest < (self.loss_inside if self._in_burst else self.loss_outside)

    def _pass_bottleneck(self, size: int, now: float) -> float | None:
        if self.rate_bps is None and not self.rate_changes:
            return now
        starts = max(now, self._bottleneck_free_at)
        if self.queue_bytes is None:
            full = starts - now > self.queue_ms / 1000
        else:
            full = self._capacity_bits(now, starts) / 8 + size + IP_UDP_HEADER_BYTES > self.queue_bytes
        if full:
            return None
        self._bottleneck_free_at = self._served_at(starts, (size + IP_UDP_HEADER_BYTES) * 8)
        return self._bottleneck_free_at

    def _rates(self, start: float) -> Iterator[tuple[float, float]]:
        """From `start` on: (rate, until when)."""
        rate = inf if self.rate_bps is None else self.rate_bps
        for at, following in self.rate_changes:
            if at > start:
                yield rate, at
            rate = following
        yield rate, inf

    def _served_at(self, start: float, bits: float) -> float:
        """When `bits` have passed, begun at `start`."""
        for rate, until in self._rates(start):
            ends = start + bits / rate
            if ends <= until:
                break
            bits -= (until - start) * rate
            start = until
        return ends

    def _capacity_bits(self, start: float, end: float) -> float:
        """How much passes from `start` to `end`: what waits, if it is served just then."""
        bits = 0.0
        for rate, until in self._rates(start):
            if end <= start:
                break
            bits += (min(until, end) - start) * rate
            start = until
        return bits
