"""Sends a probe: padding beside the media, so that together they make the rate asked for."""

from math import inf
from typing import Final

from quality.probes import Probe
from sfu.outbox import STEP_S, Outbox
from sfu.slot import Slot

TAIL_S: Final = 0.03
"""After a probe, when nothing else left since, one more packet: the estimator knows from what was sent later
that a probe is over, and with everything paused there would be nothing."""


class ProbeSender:
    """One probe at a time, in steps of `STEP_S` from its start to its end.

    Padding goes out on the RTX stream of a slot that sends (RFC 4588; a receiver drops it, its feedback tells
    of it). Whatever leaves meanwhile, media too, counts as the probe's.
    """

    __slots__ = ("_after", "_before", "_ends_at", "_outbox", "_probe", "_slot", "_started", "due")

    def __init__(self, outbox: Outbox) -> None:
        self.due = inf
        self._outbox = outbox
        self._probe: Probe | None = None
        self._slot: Slot | None = None
        self._started = self._ends_at = 0.0
        self._before = self._after = 0

    def start(self, probe: Probe, slot: Slot, now: float) -> None:
        """Send `probe` on `slot` from now on."""
        self._probe, self._slot = probe, slot
        self._started = now
        self._ends_at = now + probe.duration_s
        self._before = self._outbox.octets
        self._outbox.probe = probe.number
        self.step(now)

    def step(self, now: float) -> None:
        """Send what is due by now."""
        probe, slot, outbox = self._probe, self._slot, self._outbox
        if probe is None or slot is None:
            self.due = inf
            return
        if outbox.probe == 0:
            if outbox.octets == self._after:
                self._pad(slot, 1, now)
            self.stop()
            return
        elapsed = min(now, self._ends_at) - self._started
        # A step early: between the first packet and the last lies the whole duration, at the whole rate.
        missing = int(probe.rate_bps / 8 * (elapsed + STEP_S)) - (outbox.octets - self._before)
        if missing > 0:
            self._pad(slot, missing, now)
        if now < self._ends_at:
            self.due = now + STEP_S if now + 1.5 * STEP_S < self._ends_at else self._ends_at
        else:
            outbox.probe = 0
            self._after = outbox.octets
            self.due = now + TAIL_S

    def _pad(self, slot: Slot, size_bytes: int, now: float) -> None:
        outbox = self._outbox
        datagrams: list[bytes] = []
        first = outbox.numbers.sequence
        outbox.begin(now)
        slot.resender.pad(size_bytes, datagrams, outbox.transport(slot))
        outbox.send(datagrams, first, now)

    def stop(self) -> None:
        """Send no more of it: the path changed, the slot is gone."""
        self._outbox.probe = 0
        self._probe = self._slot = None
        self.due = inf
