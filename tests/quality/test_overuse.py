from quality.overuse import NORMAL, OVERUSED, UNDERUSED, OveruseDetector

FULL = 60
"""Groups seen: the slope counts in full from here on."""


def fed(detector: OveruseDetector, slopes: list[float], begin: float = 100.0) -> list[int]:
    """The verdicts on slopes 20 ms apart."""
    verdicts = []
    for number, slope in enumerate(slopes):
        detector.add(slope, FULL, 0.02, begin + 0.02 * number)
        verdicts.append(detector.usage)
    return verdicts


def test_a_growing_delay_is_overuse_from_its_second_group_on() -> None:
    assert fed(OveruseDetector(), [0.0, 0.1, 0.1]) == [NORMAL, NORMAL, OVERUSED]


def test_a_single_late_group_is_not_overuse() -> None:
    assert OVERUSED not in fed(OveruseDetector(), [0.0, 0.1, 0.0, 0.1, 0.0])


def test_a_growth_that_slows_down_is_not_overuse() -> None:
    assert OVERUSED not in fed(OveruseDetector(), [0.0, 0.2, 0.18, 0.16, 0.14])


def test_a_shrinking_delay_is_a_queue_that_drains() -> None:
    assert fed(OveruseDetector(), [0.0, -0.1, 0.0]) == [NORMAL, UNDERUSED, NORMAL]


def test_few_groups_say_little() -> None:
    detector = OveruseDetector()
    for groups in range(2, 6):
        detector.add(0.05, groups, 0.02, 100.0 + groups * 0.02)
        assert detector.usage == NORMAL


def test_noise_raises_the_threshold_and_calm_lowers_it() -> None:
    noisy = OveruseDetector()
    fed(noisy, [0.06, -0.06] * 200)
    assert OVERUSED not in fed(noisy, [0.055] * 4, 110.0)
    fed(noisy, [0.0] * 200, 111.0)
    assert OVERUSED in fed(noisy, [0.055] * 4, 120.0)


def test_an_outlier_does_not_move_the_threshold() -> None:
    detector = OveruseDetector()
    fed(detector, [3.0, -3.0] * 100)
    assert OVERUSED in fed(detector, [0.0, 0.1, 0.1], 110.0)


def test_a_reset_forgets_the_verdict() -> None:
    detector = OveruseDetector()
    fed(detector, [0.0, 0.1, 0.1])
    detector.reset()
    assert detector.usage == NORMAL
