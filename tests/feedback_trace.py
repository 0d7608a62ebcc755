"""A recorded trace: what was sent through a link of known rate, and what a real receiver reported of it."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

from tests.sim.network import IP_UDP_HEADER_BYTES

FOLDER = Path(__file__).parent / "data" / "feedback"
LOST = -1.0

TRACE_S, OVERLOAD_S = 36.0, 10.0
"""How long a trace is, and for how long from its beginning far more was sent than the link carries."""


@dataclass(frozen=True, slots=True)
class Report:
    """One feedback message in columns, in order of transport-wide number; `arrived_at` is LOST or seconds of
    the receiver's clock."""

    at: float
    sent_at: list[float]
    size_bytes: list[int]
    arrived_at: list[float]


@dataclass(frozen=True, slots=True)
class FeedbackTrace:
    """Times in microseconds since the first packet was sent; arrivals in ticks of 250 µs since the first.

    `reports` are (when it came, number of the first packet, arrivals from there on or None for lost).
    """

    rate_bps: int
    queue_ms: int
    delay_ms: int
    receiver: str
    sent_us: list[int]
    size_bytes: list[int]
    reports: list[tuple[int, int, list[int | None]]]

    @property
    def usable_bps(self) -> float:
        """The rate as datagrams without their IP and UDP headers see it, which is what a sender counts."""
        payload = sum(self.size_bytes)
        return self.rate_bps * payload / (payload + len(self.size_bytes) * IP_UDP_HEADER_BYTES)

    def columns(self) -> Iterator[Report]:
        """Every feedback message, as it came."""
        for at, first, ticks in self.reports:
            span = slice(first, first + len(ticks))
            yield Report(
                at / 1e6,
                [sent / 1e6 for sent in self.sent_us[span]],
                self.size_bytes[span],
                [LOST if tick is None else tick / 4000 for tick in ticks],
            )

    def save(self, path: Path) -> None:
        """Write it as gzipped JSON, times as differences: a tenth of the size."""
        arrivals = []
        newest = 0
        for at, first, ticks in self.reports:
            steps: list[int | None] = []
            for tick in ticks:
                steps.append(None if tick is None else tick - newest)
                newest = newest if tick is None else tick
            arrivals.append((at, first, steps))
        text = json.dumps(
            {
                "rate_bps": self.rate_bps,
                "queue_ms": self.queue_ms,
                "delay_ms": self.delay_ms,
                "receiver": self.receiver,
                "sent_us": self.sent_us[:1] + [after - before for before, after in pairwise(self.sent_us)],
                "size_bytes": self.size_bytes,
                "reports": arrivals,
            },
            separators=(",", ":"),
        )
        path.write_bytes(gzip.compress(text.encode(), mtime=0))


def load_trace(path: Path) -> FeedbackTrace:
    """Read what `FeedbackTrace.save` wrote."""
    raw = json.loads(gzip.decompress(path.read_bytes()))
    newest = 0
    reports: list[tuple[int, int, list[int | None]]] = []
    for at, first, steps in raw["reports"]:
        ticks: list[int | None] = []
        for step in steps:
            newest += step or 0
            ticks.append(None if step is None else newest)
        reports.append((at, first, ticks))
    return FeedbackTrace(
        raw["rate_bps"],
        raw["queue_ms"],
        raw["delay_ms"],
        raw["receiver"],
        list(accumulate(raw["sent_us"])),
        raw["size_bytes"],
        reports,
    )
