"""Places of a picture as pixels of the right monitor."""

import pytest

from client.agent.injector import NoScreen
from client.agent.monitor import Monitor, choose, in_words

LEFT = Monitor("DP-1", 0, 0, 1920, 1080)
RIGHT = Monitor("DP-2", 1920, 180, 2560, 1440, primary=True)
THIRD = Monitor("HDMI-1", 4480, 0, 1920, 1080)


@pytest.mark.parametrize(
    ("monitors", "name", "size", "chosen"),
    [
        ([LEFT], None, (0, 0), LEFT),
        ([LEFT], None, (2560, 1440), LEFT),
        ([LEFT, RIGHT], None, (1920, 1080), LEFT),
        ([LEFT, RIGHT], None, (2560, 1440), RIGHT),
        ([LEFT, RIGHT], None, (1280, 720), RIGHT),
        ([LEFT, RIGHT], "DP-1", (2560, 1440), LEFT),
        ([LEFT, RIGHT, THIRD], None, (1920, 1080), RIGHT),
        ([LEFT, THIRD], None, (1920, 1080), LEFT),
    ],
)
def test_the_shared_monitor_is_the_one_named_or_of_the_pictures_size(
    monitors: list[Monitor], name: str | None, size: tuple[int, int], chosen: Monitor
) -> None:
    assert choose(monitors, name, *size) is chosen


def test_it_is_said_which_monitor_it_is_and_how_to_name_another() -> None:
    assert in_words(LEFT, [LEFT]) == "DP-1 (1920×1080)"
    assert in_words(LEFT, [LEFT, RIGHT, THIRD]).startswith("DP-1 (1920×1080), not DP-2 or HDMI-1 (--monitor")


def test_a_monitor_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NoScreen, match="DP-1, DP-2"):
        choose([LEFT, RIGHT], "VGA-1", 0, 0)


@pytest.mark.parametrize(
    ("x", "y", "place"), [(0, 0, (1920, 180)), (1, 1, (4479, 1619)), (0.5, 0.5, (3200, 900))]
)
def test_every_place_of_the_picture_is_on_the_monitor(x: float, y: float, place: tuple[int, int]) -> None:
    assert RIGHT.place(x, y) == place
