"""What a run measured, and the medians over runs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0–1) of `values` lie; 0 without any. The nearest rank, not
    interpolated."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of a case. `cpu_…_us` are the node's processor time a forwarded packet, `loss` is 0–1."""

    forwarded_packets_per_s: float
    cpu_us_per_packet: float
    cpu_user_us: float
    cpu_system_us: float
    loss: float
    latency_p50_ms: float
    latency_p99_ms: float
    rss_mb: float
    join_ms_p50: float
    join_ms_p95: float


def summary(case: str, runs: Sequence[Figures]) -> dict[str, str | int | float]:
    """The medians, as they are printed; loss is the worst of all runs."""
    columns = [asdict(run) for run in runs]
    medians = {name: round(median(column[name] for column in columns), 3) for name in columns[0]}
    medians["loss"] = round(max(run.loss for run in runs), 6)
    return {"case": case, **medians, "runs": len(runs)}
