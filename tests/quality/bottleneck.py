"""A sender that follows the estimator over one bottleneck link, in simulated time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor
from random import Random

from quality.bandwidth import BandwidthEstimator
from quality.probes import Probe, ProbeController
from tests.sim.network import IP_UDP_HEADER_BYTES, LinkModel

STEP_S = 0.005
FRAME_STEPS = 7
"""28 frames a second."""

PACKET_BYTES = 1200
PADDING_BYTES = 240
PACING = 2.5
FEEDBACK_STEPS = 20
"""Each 100 ms."""


@dataclass(slots=True)
class Sent:
    sent_at: float
    size: int
    arrived_at: float | None
    probe: int


@dataclass(slots=True)
class Moment:
    """What was so at one feedback."""

    at: float
    estimate_bps: float
    queue_s: float
    congested: bool
    reason: str


@dataclass(slots=True)
class Call:
    """`application_bps` is all that the source has to send; `wanted_bps` what probes are for; `drift` the
    relative error of the receiver's clock; `competing_bps` what somebody else sends over the link."""

    link: LinkModel
    estimator: BandwidthEstimator = field(default_factory=BandwidthEstimator)
    probes: ProbeController = field(default_factory=ProbeController)
    application_bps: float = 1e9
    wanted_bps: float = 0.0
    drift: float = 0.0
    clock_ahead_s: float = 5000.0
    competing_bps: float = 0.0
    back_ms: float = 20.0
    now: float = 100.0
    moments: list[Moment] = field(default_factory=list)
    probed: list[Probe] = field(default_factory=list)
    _sent: list[Sent] = field(default_factory=list)
    _coming: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _waiting: float = 0.0
    _competing: float = 0.0
    _probe: Probe | None = None
    _probe_bytes: int = 0
    _probe_since: float = 0.0
    _steps: int = 0

    def run(self, seconds: float) -> list[Moment]:
        """The moments of this time."""
        begin = len(self.moments)
        for _ in range(round(seconds / STEP_S)):
            self._step()
        return self.moments[begin:]

    def _step(self) -> None:
        self._steps += 1
        self.now += STEP_S
        due = [deliver for at, deliver in self._coming if at <= self.now]
        self._coming = [entry for entry in self._coming if entry[0] > self.now]
        for deliver in due:
            deliver()
        self._competing += self.competing_bps * STEP_S / 8
        while self._competing >= PACKET_BYTES:
            self._competing -= PACKET_BYTES
            self.link.schedule(PACKET_BYTES, self.now)
        rate = min(self.estimator.estimate_bps, self.application_bps)
        if self._steps % FRAME_STEPS == 0:
            self._waiting = min(self._waiting, rate / 8) + rate * FRAME_STEPS * STEP_S / 8
        pace = self.estimator.estimate_bps * PACING * STEP_S / 8
        number = self._probe.number if self._probe else 0
        while self._waiting >= 100 and pace > 0:
            size = round(min(PACKET_BYTES, self._waiting))
            self._waiting -= size
            pace -= size
            self._send(size, number)
        self._probe_step()
        if self._steps % FEEDBACK_STEPS == 0:
            self._report()

    def _probe_step(self) -> None:
        estimator = self.estimator
        if self._probe is None:
            self._probe = self.probes.poll(
                self.now, estimator.estimate_bps, self.wanted_bps, estimator.congested
            )
            if self._probe is None:
                return
            self.probed.append(self._probe)
            self._probe_bytes = 0
            self._probe_since = self.now
        probe = self._probe
        elapsed = self.now - self._probe_since
        missing = int(probe.rate_bps / 8 * (elapsed + STEP_S)) - self._probe_bytes
        while missing > 0:
            self._send(min(missing, PADDING_BYTES), probe.number)
            missing -= PADDING_BYTES
        if elapsed >= probe.duration_s - STEP_S / 2:
            self._probe = None

    def _send(self, size: int, probe: int) -> None:
        arrivals = self.link.schedule(size - IP_UDP_HEADER_BYTES, self.now)
        self._sent.append(Sent(self.now, size, arrivals[0] if arrivals else None, probe))
        if probe:
            self._probe_bytes += size

    def _report(self) -> None:
        """All up to the newest packet that has arrived."""
        end = 0
        for count, sent in enumerate(self._sent, 1):
            if sent.arrived_at is not None and sent.arrived_at <= self.now:
                end = count
        if not end:
            return
        told, self._sent = self._sent[:end], self._sent[end:]
        at = self.now + self.back_ms / 1000
        self._coming.append((at, lambda: self._learn(told, at)))

    def _learn(self, told: list[Sent], at: float) -> None:
        estimator = self.estimator
        estimator.round_trip(self.back_ms / 1000 + self.link.delay_ms / 1000)
        estimator.feedback(
            [sent.sent_at for sent in told],
            [sent.size for sent in told],
            [self._clock(sent.arrived_at) for sent in told],
            [sent.probe for sent in told],
            at,
        )
        if (result := estimator.probe_result) is not None:
            self.probes.result(result.number, result.rate_bps, at)
        waits = [sent.arrived_at - sent.sent_at for sent in told if sent.arrived_at is not None]
        queue = max(waits[-1] - self.link.delay_ms / 1000, 0.0)
        self.moments.append(Moment(at, estimator.estimate_bps, queue, estimator.congested, estimator.reason))

    def _clock(self, arrived_at: float | None) -> float:
        """The receiver's clock, in the quarter milliseconds of transport-wide feedback."""
        if arrived_at is None:
            return -1.0
        return floor((arrived_at * (1 + self.drift) + self.clock_ahead_s) / 0.00025) * 0.00025


def link(rate_bps: float | None, **conditions: float) -> LinkModel:
    """A link of 20 ms with a queue of half a second."""
    model = LinkModel(Random(7), rate_bps=rate_bps, delay_ms=20.0, queue_ms=500.0)
    for name, value in conditions.items():
        setattr(model, name, value)
    return model
