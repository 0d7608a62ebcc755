"""What may be sent to one receiver: an estimate of the bandwidth from what it reports.

Google congestion control (draft-ietf-rmcat-gcc-02), the sender's variant: transport-wide feedback tells when
every packet arrived; growth of the delay between groups of packets means that a queue builds up. See
docs/quality.md for the formulas.
"""

from math import inf
from typing import Final

from quality.arrival_groups import NEXT, RESTART, ArrivalGroups
from quality.loss_bound import LossBound
from quality.overuse import NORMAL, OVERUSED, UNDERUSED, OveruseDetector
from quality.probe_measurement import ProbeMeasurement, ProbeResult
from quality.queue_delay import QueueDelay
from quality.rate_control import LEAST_BPS, MOST_BPS, RateControl
from quality.rate_window import RateWindow
from quality.trendline import Trendline

CONGESTED_QUEUE_S: Final = 0.1
"""A queue that stands so long is congestion, even if it no longer grows."""

STANDING_QUEUE_S: Final = 0.07
STANDING_S: Final = 2.0
"""A queue of so long may stand for so long before it counts as overuse. At 10 Mbit/s the rate grows by 0.3 %
a second, and the slope of such a queue is too small to see."""

OUTAGE_S: Final = 0.5
"""All packets of so long a time lost: the network was gone, which says nothing of its rate."""

PAUSE_S: Final = 0.5
"""After nothing was sent for so long the queue of then is gone, and its verdict with it: all may have been
paused for it, and then only probes are sent, which the detector does not see."""

BLIND_GROWTH: Final = 2.0
"""A receiver that reports nothing but loss: so much more with every report (one a second) that shows none, as
there is nothing else to find out by."""

REPORTED_PACKETS: Final = 100
"""How many a receiver report is taken to be about."""

REMB_S: Final = 10.0
"""Where there is transport-wide feedback, a REMB counts for so long; where there is none, until the next."""


class BandwidthEstimator:
    """One subscriber's bandwidth.

    - `estimate_bps`: what may be sent, `LEAST_BPS` to `MOST_BPS` (30 kbit/s to 100 Mbit/s), counted like the
      sizes given to `feedback`.
    - `congested`: nothing may grow now.
    - `reason`: what bounds the estimate: ``start`` (nothing known), ``delay``, ``loss``, ``probe`` (the last
      probe said so), ``application`` (more was not sent, so more is not known), ``remb``.
    - `probe_result`: the probe that the last `feedback` completed, or None.
    - `acknowledged_bps`, `queue_s`: what arrived lately, and how long it waited; for statistics.
    """

    __slots__ = (
        "_detector",
        "_groups",
        "_has_feedback",
        "_last_sent",
        "_loss",
        "_probe",
        "_probe_done",
        "_probed_bps",
        "_queue",
        "_rate",
        "_received",
        "_remb_at",
        "_remb_bps",
        "_reported_at",
        "_sending_bps",
        "_sent",
        "_standing_since",
        "_trend",
        "congested",
        "estimate_bps",
        "probe_result",
        "reason",
    )

    def __init__(self, start_bps: float = 300_000.0) -> None:
        self._groups = ArrivalGroups()
        self._trend = Trendline()
        self._detector = OveruseDetector()
        self._queue = QueueDelay()
        self._received = RateWindow()
        self._sent = RateWindow()
        self._rate = RateControl(start_bps)
        self._loss = LossBound()
        self._probe: ProbeMeasurement | None = None
        self._probe_done = 0  # the last number that was measured: what is still reported of it comes too late
        self._probed_bps = 0.0
        self._has_feedback = False
        self._remb_bps = inf
        self._remb_at = 0.0
        self._reported_at = -1.0
        self._sending_bps = 0.0
        self._standing_since = 0.0
        self._last_sent = -inf
        self.probe_result: ProbeResult | None = None
        self.estimate_bps = self._rate.bps
        self.congested = False
        self.reason = "start"

    @property
    def acknowledged_bps(self) -> float:
        """The rate that arrived lately, 0.0 until it is known."""
        return self._received.bps

    @property
    def queue_s(self) -> float:
        """How long packets wait in the path's queue, seconds."""
        return self._queue.queue_s

    def feedback(
        self,
        sent_at: list[float],
        size_bytes: list[int],
        arrived_at: list[float],
        probe: list[int],
        now: float,
    ) -> None:
        """One transport-wide feedback: columns of equal length in order of the transport-wide number.

        `sent_at`: our clock, seconds. `arrived_at`: the receiver's clock, seconds from any origin; below 0:
        reported lost. `probe`: the number of the probe the packet belongs to, or 0.
        """
        self.probe_result = None
        if not sent_at:
            return
        if sent_at[0] - self._last_sent > PAUSE_S:
            self._trend.reset()
            self._detector.reset()
            self._queue.drained()
            self._loss.falling = False
        self._last_sent = sent_at[-1]
        groups = self._groups
        probing = False
        received = lost = 0
        gone, gone_since = 0, 0.0
        sent_bytes = received_bytes = 0.0
        newest, least_transit = -1.0, inf
        for sent, size, arrived, number in zip(sent_at, size_bytes, arrived_at, probe, strict=False):
            sent_bytes += size
            if number > 0 or self._probe is not None:
                probing = self._measure(sent, float(size), arrived, number) or probing
            if arrived < 0.0:
                if gone == 0:
                    gone_since = sent
                gone += 1
                continue
            if gone > 0:
                lost += gone if sent - gone_since < OUTAGE_S else 0
                gone = 0
            received += 1
            received_bytes += size
            newest = max(newest, arrived)
            if number > 0:
                continue  # a probe makes a queue of its own
            least_transit = min(least_transit, arrived - sent)
            step = groups.add(sent, arrived)
            if step == NEXT:
                self._trend.add(groups.send_delta_s, groups.arrival_delta_s)
                self._detector.add(self._trend.slope, self._trend.groups, groups.send_delta_s, sent)
            elif step == RESTART:
                self._trend.reset()
                self._detector.reset()
                self._queue.reset()
                least_transit = arrived - sent
        if gone > 0 and sent_at[-1] - gone_since < OUTAGE_S:
            lost += gone
        self._has_feedback = True
        self._sent.add(sent_bytes, sent_at[-1])
        if received:
            self._received.add(received_bytes, newest)
        if least_transit < inf:
            self._queue.add(least_transit, now)
        self._judge(now)
        self._loss.add(received, lost, self._rate.bps, self._received.bps, now)
        if self._probe is not None and not probing:
            self._end_probe()
        self._publish(now)

    def round_trip(self, rtt_s: float) -> None:
        """The round trip as last measured, seconds."""
        self._rate.round_trip_s = min(max(rtt_s, 0.0), 10.0)

    def remb(self, bps: float, now: float) -> None:
        """The receiver's own estimate (draft-alvestrand-rmcat-remb-03): an upper bound, and all there is
        where it sends no transport-wide feedback."""
        self._remb_bps = bps
        self._remb_at = now
        self._publish(now)

    def loss(self, fraction: float, now: float) -> None:
        """The loss (0–1) of a receiver report. It counts only where there is no transport-wide feedback,
        which tells losses packet by packet."""
        if self._has_feedback:
            return
        passed = min(max(now - self._reported_at, 0.0), 1.0) if self._reported_at >= 0.0 else 0.0
        self._reported_at = now
        fraction = min(max(fraction, 0.0), 1.0)
        sent_bps = self._sending_bps if self._sending_bps > 0.0 else self.estimate_bps
        allowed_bps = min(self.estimate_bps, sent_bps)
        self._loss.window(fraction, REPORTED_PACKETS, passed, allowed_bps, sent_bps * (1.0 - fraction))
        if not self._loss.falling:
            self._rate.bps = min(self._rate.bps * BLIND_GROWTH**passed, MOST_BPS)
        self._publish(now)

    def limited(self, sending_bps: float, now: float) -> None:
        """What was really sent lately. With transport-wide feedback it is known from there, and this is not
        needed; otherwise loss is held against this rate, not against the estimate."""
        del now
        self._sending_bps = max(sending_bps, 0.0)

    def _judge(self, now: float) -> None:
        """Delay: from the detector's verdict to the rate."""
        usage, received = self._detector.usage, self._received.bps
        if self._queue.queue_s <= STANDING_QUEUE_S:
            self._standing_since = now
        elif usage == NORMAL:
            # It does not grow, or too slowly to be seen: wait until it has drained, but not for long.
            usage = OVERUSED if now - self._standing_since >= STANDING_S else UNDERUSED
        if usage == OVERUSED:
            received = max(received, self._received.recent_bps())
            self._standing_since = now
        self._rate.update(usage, received, self._sent.bps, self.estimate_bps, now)

    def _measure(self, sent_at: float, size_bytes: float, arrived_at: float, number: int) -> bool:
        """True if the packet is of the probe being measured."""
        measured = self._probe
        if measured is not None and number != measured.number:
            if number > measured.number or measured.other(sent_at, size_bytes, arrived_at):
                self._end_probe()
            measured = self._probe
        if number <= self._probe_done:
            return False
        if measured is None:
            self._probe = measured = ProbeMeasurement(number, sent_at)
        measured.add(sent_at, size_bytes, arrived_at)
        return True

    def _end_probe(self) -> None:
        measured = self._probe
        if measured is None:
            return
        self._probe = None
        self._probe_done = measured.number
        self.probe_result = result = measured.result()
        if result.rate_bps > self.estimate_bps and self._detector.usage != OVERUSED:
            self._rate.probed(result.rate_bps, result.full)
            self._probed_bps = self._rate.bps
            self._loss.lift(result.rate_bps, self._rate.bps)

    def _publish(self, now: float) -> None:
        rate = self._rate
        self.congested = (
            self._detector.usage == OVERUSED or self._queue.queue_s > CONGESTED_QUEUE_S or self._loss.falling
        )
        known = self._has_feedback
        allowed = rate.bps * self._queue.share if known or self._remb_bps == inf else MOST_BPS
        if not known:
            self.reason = "start" if self._reported_at < 0.0 else "loss"
        elif rate.bps == self._probed_bps:
            self.reason = "probe"
        else:
            self.reason = "application" if rate.limited and not self.congested else "delay"
        if self._loss.bps < allowed:
            allowed = self._loss.bps
            self.reason = "loss"
        if self._remb_bps < allowed and (not known or now - self._remb_at < REMB_S):
            allowed = self._remb_bps
            self.reason = "remb"
        self.estimate_bps = min(max(allowed, LEAST_BPS), MOST_BPS)
