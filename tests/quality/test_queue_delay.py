import pytest

from quality.queue_delay import FREE_S, HORIZON_S, LEAST_SHARE, QueueDelay


def test_the_queue_is_what_packets_wait_beyond_the_least_transit() -> None:
    queue = QueueDelay()
    for transit_s, waits_s in ((7.0, 0.0), (7.2, 0.2), (6.9, 0.0), (7.2, 0.3)):
        queue.add(transit_s, 100.0)
        assert queue.queue_s == pytest.approx(waits_s)


@pytest.mark.parametrize(
    ("queue_s", "share"), [(0.0, 1.0), (FREE_S, 1.0), (0.15, 0.9), (0.55, 0.5), (9.0, LEAST_SHARE)]
)
def test_a_queue_takes_its_share_of_the_rate(queue_s: float, share: float) -> None:
    queue = QueueDelay()
    queue.add(1.0, 100.0)
    queue.add(1.0 + queue_s, 100.1)
    assert queue.share == pytest.approx(share)


def test_a_longer_route_is_taken_for_one_after_two_horizons() -> None:
    queue = QueueDelay()
    queue.add(1.0, 100.0)
    seen = []
    for second in range(round(2 * HORIZON_S) + 2):
        queue.add(1.5, 100.0 + second)
        seen.append(queue.queue_s)
    assert seen[round(HORIZON_S) - 1] == pytest.approx(0.5)
    assert seen[-1] == 0.0


def test_a_drift_of_200_ppm_is_no_queue() -> None:
    queue = QueueDelay()
    for second in range(600):
        queue.add(1.0 + second * 200e-6, 100.0 + second)
        assert queue.queue_s < 0.005
        assert queue.share == 1.0


def test_what_was_paused_has_no_queue_and_a_reset_forgets_the_route() -> None:
    queue = QueueDelay()
    queue.add(1.0, 100.0)
    queue.add(2.0, 100.1)
    queue.drained()
    assert (queue.queue_s, queue.share) == (0.0, 1.0)
    queue.add(2.0, 100.2)
    assert queue.queue_s == pytest.approx(1.0)
    queue.reset()
    queue.add(2.0, 100.3)
    assert queue.queue_s == 0.0
