"""How good a participant's connection is, 1 to 5, and what costs most.

Loss and delay are rated by the E-model of ITU-T G.107, as a person would hear them. What the network is too
narrow for, and what a sender's machine is too slow for, costs on top, for that is seen and not heard.
"""

from dataclasses import dataclass
from math import exp
from typing import Final

FAIR: Final = 3
"""From this score down there is a reason to be told."""

BEST_R: Final = 93.2
"""G.107: the rating of a connection without fault."""

LOSS_R: Final = 95.0
ROBUSTNESS: Final = 0.15
"""G.107 §7.4, Ie,eff = (95 - Ie) · Ppl / (Ppl + Bpl). G.113 appendix I gives Bpl = 25 % for speech with good
concealment, 4 to 10 without: what is lost is repaired mostly, and a picture shows what is not."""

SOON_MS: Final = 160.0
"""Delay costs little below, much above: G.107's curve in two straight lines."""

STARVED_COST: Final = 3.0
"""Scores lost where nothing of what is wanted fits through the network …"""

SLOW_COST: Final = 2.5
"""… and where a camera that was fluent stands still."""

SMOOTHING_S: Final = 3.0
"""Time constant: one bad second is no bad connection."""

SURE: Final = 2
"""Looks in a row that must agree before a change is told."""

ROOM: Final = 0.6
"""A score has to leave its whole number by more than half to become another: it does not flap between two."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What was measured of one participant lately, the worse of both directions.

    `loss`, `starved` and `slowed` are 0–1: packets that did not arrive; what is wanted and the bandwidth does
    not allow; frames that a camera's machine does not manage. Times are milliseconds, 0 where not known.
    """

    loss: float
    rtt_ms: float
    jitter_ms: float
    starved: float
    slowed: float


@dataclass(frozen=True, slots=True)
class Score:
    """1 (bad) to 5 (excellent). `reason` is ``loss``, ``delay``, ``bandwidth`` or ``cpu``; empty where
    nothing costs much."""

    score: int
    reason: str


def rate(connection: Connection) -> tuple[float, str]:
    """The score before rounding, and what costs most."""
    loss = min(max(connection.loss, 0.0), 1.0)
    for_loss = LOSS_R * loss / (loss + ROBUSTNESS)
    delay_ms = max(connection.rtt_ms, 0.0) / 2 + 2 * max(connection.jitter_ms, 0.0)
    for_delay = delay_ms / 40 if delay_ms < SOON_MS else (delay_ms - 120) / 10
    for_delay = min(for_delay, BEST_R)
    rating = max(BEST_R - for_loss - for_delay, 0.0)
    # G.107 annex B, from 1 to 4.4; here that is 5.
    opinion = 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating)
    heard = 1 + max(opinion - 1, 0.0) * 4 / 3.4
    for_bandwidth = STARVED_COST * min(max(connection.starved, 0.0), 1.0)
    for_cpu = SLOW_COST * min(max(connection.slowed, 0.0), 1.0)
    lost = 5.0 - heard
    worst, reason = for_bandwidth, "bandwidth"
    if for_cpu > worst:
        worst, reason = for_cpu, "cpu"
    if lost > worst:
        reason = "loss" if for_loss >= for_delay else "delay"
    return min(max(heard - for_bandwidth - for_cpu, 1.0), 5.0), reason


class ConnectionScore:
    """The score of one participant over time. Begins at the first look."""

    def __init__(self) -> None:
        self._told: Score | None = None
        self._at = 0.0
        self._loss = 0.0
        self._rtt_ms = 0.0
        self._jitter_ms = 0.0
        self._starved = 0.0
        self._slowed = 0.0
        self._different = 0

    def look(self, connection: Connection, now: float) -> Score | None:
        """Take what was measured since the last look, a second ago or so; the score if that is news."""
        first = self._told is None
        weight = 1.0 if first else 1.0 - exp(-max(now - self._at, 0.0) / SMOOTHING_S)
        self._at = now
        self._loss += (connection.loss - self._loss) * weight
        self._rtt_ms += (connection.rtt_ms - self._rtt_ms) * weight
        self._jitter_ms += (connection.jitter_ms - self._jitter_ms) * weight
        self._starved += (connection.starved - self._starved) * weight
        self._slowed += (connection.slowed - self._slowed) * weight
        smooth = Connection(self._loss, self._rtt_ms, self._jitter_ms, self._starved, self._slowed)
        value, reason = rate(smooth)
        told = self._told
        stays = told is not None and abs(value - told.score) <= ROOM
        number = told.score if told is not None and stays else round(value)
        score = Score(number, reason if number <= FAIR else "")
        if score == told:
            self._different = 0
            return None
        self._different += 1
        if told is not None and self._different < SURE:
            return None
        self._different = 0
        self._told = score
        return score
