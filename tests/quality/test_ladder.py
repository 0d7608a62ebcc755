import pytest

from quality.ladder import Step, Wanted, ladder_of, rung_at

SIZES = ((320, 180, 150e3), (640, 360, 500e3), (1280, 720, 1400e3))
RATES = ((0.25, 0.5), (0.5, 0.7), (1.0, 1.0))
"""Share of the frame rate and of the bitrate up to each temporal layer."""


def simulcast(fps: float = 30.0) -> tuple[Step, ...]:
    """Three layers of three temporal layers each, as costs rise."""
    steps = [
        Step(layer, -1, temporal, bitrate * cost, width, height, fps * share)
        for layer, (width, height, bitrate) in enumerate(SIZES)
        for temporal, (share, cost) in enumerate(RATES)
    ]
    return tuple(sorted(steps, key=lambda step: step.bitrate_bps))


def slot(
    steps: tuple[Step, ...], width: int = 0, height: int = 0, fps: float = 0.0, screen: bool = False
) -> Wanted:
    return Wanted("v1", steps, 0, 3, width, height, fps, screen)


def places(wanted: Wanted) -> list[tuple[int, int]]:
    """(layer, temporal) of the ladder's rungs."""
    return [(step.layer, step.temporal) for step in ladder_of(wanted)[0]]


def test_a_camera_moves_smoothly_before_it_grows_sharper() -> None:
    assert places(slot(simulcast())) == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]


def test_a_screen_grows_sharper_before_it_moves_smoothly() -> None:
    climbed = places(slot(simulcast(), screen=True))
    assert climbed == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    ("fps", "first_of_middle"), [(60.0, 0), (50.0, 1), (30.0, 1), (25.0, 2), (15.0, 2), (10.0, 2)]
)
def test_what_counts_as_smooth_follows_the_camera(fps: float, first_of_middle: int) -> None:
    assert next(temporal for layer, temporal in places(slot(simulcast(fps))) if layer == 1) == first_of_middle


@pytest.mark.parametrize(
    ("width", "height", "largest"),
    [
        (0, 0, 2),
        (1280, 720, 2),
        (10**9, 10**9, 2),
        (660, 380, 1),
        (640, 360, 1),
        (640, 0, 1),
        (0, 360, 1),
        (0, 300, 1),
        (0, 185, 0),
        (321, 181, 0),
        (320, 180, 0),
        (180, 320, 0),
        (1, 1, 0),
    ],
)
def test_no_picture_is_larger_than_the_smallest_that_covers_what_is_shown(
    width: int, height: int, largest: int
) -> None:
    ladder, _, capped = ladder_of(slot(simulcast(), width, height))
    assert ladder[-1].layer == largest
    assert capped == (largest < 2)


def test_no_more_frames_are_sent_than_asked_for() -> None:
    ladder, _, capped = ladder_of(slot(simulcast(), fps=15.0))
    assert {(step.layer, step.temporal) for step in ladder} == {(0, 0), (0, 1), (1, 1), (2, 1)}
    assert capped


def test_a_layer_of_unknown_size_and_rate_counts_by_its_place() -> None:
    steps = (Step(0, -1, -1, 1e5, 0, 0, 0.0), Step(1, -1, -1, 2e5, 0, 0, 0.0))
    assert places(slot(steps, 320, 180)) == [(0, -1), (1, -1)]
    steps = (Step(0, -1, -1, 1e5, 320, 180, 30.0), Step(1, -1, -1, 2e5, 0, 0, 0.0))
    assert places(slot(steps, 320, 180)) == [(0, -1)]


def test_spatial_layers_of_one_encoding_are_sizes_too() -> None:
    steps = tuple(
        Step(0, spatial, -1, bitrate, width, height, 30.0)
        for spatial, (width, height, bitrate) in enumerate(SIZES)
    )
    ladder, _, capped = ladder_of(slot(steps, 640, 360))
    assert [step.spatial for step in ladder] == [0, 1]
    assert capped


def test_what_costs_more_and_shows_less_is_left_out() -> None:
    steps = (Step(1, -1, -1, 1e5, 640, 360, 30.0), Step(0, -1, -1, 2e5, 320, 180, 30.0))
    assert places(slot(steps)) == [(1, -1)]


def test_steps_out_of_order_are_put_in_order() -> None:
    assert places(slot(simulcast()[::-1])) == places(slot(simulcast()))


def test_nothing_alive_is_an_empty_ladder() -> None:
    assert ladder_of(slot(())) == ([], [], False)


@pytest.mark.parametrize(("rank", "rung"), [(-1, -1), (9, -1), (10, 0), (15, 0), (20, 1), (99, 2)])
def test_a_rung_that_is_gone_is_replaced_by_the_one_below(rank: int, rung: int) -> None:
    assert rung_at([10, 20, 30], rank) == rung
