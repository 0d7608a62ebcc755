"""When to try whether the link carries more, and how.

An estimate does not grow beyond what was sent, and a better layer is not sent before the estimate allows it:
a probe, a few packets of padding at a higher rate, breaks the circle. It is short: one that was too much
leaves a queue of its own size.
"""

from dataclasses import dataclass
from typing import Final

STEP_FACTOR: Final = 1.2
LEAST_STEP_BPS: Final = 200_000.0
"""120 % of what the next step needs, and at least 200 kbit/s above the estimate (LiveKit)."""

ENOUGH: Final = 1.05
"""An estimate, or a probe's result, this much above what is wanted answers the question."""

DURATION_S: Final = 0.02
LEAST_PACKETS: Final = 5
PACKET_BYTES: Final = 240
"""20 ms (libwebrtc: 15 ms, 5 packets), since padding leaves in steps of up to 5 ms; the packets as large as
RTP padding alone can be (one octet says its length, RFC 3550 §5.1). At 2 Mbit/s a probe is 5 kB."""

EAGER_FACTOR: Final = 3.0
"""At the start, until something shows that the link is full, a probe goes for all that is wanted, up to three
times the estimate (libwebrtc's first probes: 3 and 6 times its 300 kbit/s). Step by step nine cameras take
two seconds to be there."""

EVERY_S: Final = 3.0
BACK_OFF: Final = 1.5
MOST_S: Final = 8.0
"""A probe that failed is tried again after 3 s, then 1.5 times as long each (LiveKit, up to 2 min). Ours end
at 8 s: one costs 20 ms of its rate, not seconds, and a link that recovers has to be found within 10 s."""

CARRIED_SHARE: Final = 0.85
"""Of a probe's rate that comes out where nothing holds it up; what comes in steps of 5 ms is not even."""

AFTER_SUCCESS_S: Final = 0.5
"""The step it allowed is taken first, and shows whether it holds."""

AFTER_CONGESTION_S: Final = 1.0

ANSWER_S: Final = 1.5
"""Without a result for so long a probe has failed."""

FALLEN_SHARE: Final = 0.8
"""Something cheaper is wanted, when so much less is; measured bitrates wobble by less."""

MOST_BPS: Final = 100_000_000.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What to send: `size_bytes` in `packets` or more packets, evenly over `duration_s`, that is at
    `rate_bps`, media included."""

    number: int
    rate_bps: float
    duration_s: float
    size_bytes: int
    packets: int


class ProbeController:
    """Decides on probes for one subscriber.

    Its owner calls `poll` whenever it allocates, at least each 100 ms while something better is wanted. A
    `Probe` it returns is sent as RTX padding, or as repeats, beside the media, evenly spread; all packets
    that leave meanwhile, or only the padding, are recorded with its number as their `probe`. After each
    `BandwidthEstimator.feedback` the owner looks at `BandwidthEstimator.probe_result` and hands what is there
    to `result`; the estimate has it already. A probe that cannot be sent needs nothing: it fails by itself.
    """

    __slots__ = (
        "_asked_at",
        "_eager",
        "_every_s",
        "_next_at",
        "_number",
        "_pending",
        "_rate_bps",
        "_wanted_bps",
    )

    def __init__(self) -> None:
        self._number = 0
        self._pending = False
        self._asked_at = 0.0
        self._next_at = 0.0
        self._every_s = EVERY_S
        self._wanted_bps = 0.0
        self._rate_bps = 0.0
        self._eager = True

    def poll(
        self, now: float, estimate_bps: float, wanted_bps: float, congested: bool, most_bps: float = 0.0
    ) -> Probe | None:
        """The probe to send now, if any. `wanted_bps`: what the next better allocation needs in all; 0:
        nothing better is wanted. `most_bps`: what the best one needs."""
        if self._pending and now - self._asked_at >= ANSWER_S:
            self._failed()
        if wanted_bps < FALLEN_SHARE * self._wanted_bps:
            self._every_s = EVERY_S
            self._next_at = min(self._next_at, self._asked_at + EVERY_S)
        self._wanted_bps = wanted_bps
        if congested:
            self._eager = False
            self._next_at = max(self._next_at, now + AFTER_CONGESTION_S)
        enough = wanted_bps <= 0.0 or estimate_bps >= min(ENOUGH * wanted_bps, MOST_BPS)
        if enough or self._pending or now < self._next_at:
            return None
        self._pending = True
        self._asked_at = now
        self._number += 1
        rate = max(STEP_FACTOR * wanted_bps, estimate_bps + LEAST_STEP_BPS)
        if self._eager:
            rate = max(rate, min(STEP_FACTOR * most_bps, EAGER_FACTOR * estimate_bps))
        self._rate_bps = rate = min(rate, MOST_BPS)
        size = max(int(rate * DURATION_S / 8.0), LEAST_PACKETS * PACKET_BYTES)
        return Probe(self._number, rate, size * 8.0 / rate, size, LEAST_PACKETS)

    def result(self, number: int, rate_bps: float, now: float) -> None:
        """Probe `number` went through at `rate_bps` (0.0: it could not be measured)."""
        if not self._pending or number != self._number:
            return
        if rate_bps < ENOUGH * self._wanted_bps:
            self._failed()
            return
        self._pending = False
        self._every_s = EVERY_S
        self._eager = self._eager and rate_bps >= CARRIED_SHARE * self._rate_bps
        self._next_at = now if self._eager else now + AFTER_SUCCESS_S

    def _failed(self) -> None:
        self._pending = self._eager = False
        self._next_at = self._asked_at + self._every_s
        self._every_s = min(self._every_s * BACK_OFF, MOST_S)
