"""The estimator over a bottleneck, and fed with lies."""

from quality.bandwidth import BandwidthEstimator
from tests.quality.bottleneck import Call, link


def test_it_starts_where_it_is_told() -> None:
    assert BandwidthEstimator().estimate_bps == 300_000
    assert BandwidthEstimator(500_000).estimate_bps == 500_000
    assert BandwidthEstimator(1.0).estimate_bps == 30_000


def test_a_steady_link_is_filled_but_for_a_little() -> None:
    call = Call(link(2e6))
    call.run(15)
    shares = [moment.estimate_bps / 2e6 for moment in call.run(60)]
    assert min(shares) >= 0.84
    assert sum(shares) / len(shares) >= 0.9
    assert max(shares) <= 1.05
