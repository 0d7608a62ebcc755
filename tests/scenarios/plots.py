"""Draws the scenarios for docs/quality.md: `python -m tests.scenarios.plots`, or `make plots`."""

from collections.abc import Sequence
from pathlib import Path

from tests.scenarios.cases import (
    FALL_S,
    LINKS_BPS,
    RETURN_S,
    SCREEN,
    Case,
    link_falls,
    mixed_links,
    screen_and_two_cameras,
    steady_link,
)
from tests.scenarios.oracle import oracle
from tests.scenarios.stage import Sample, Shown, Viewer
from tests.scenarios.svg import BLUE, GREY, ORANGE, Chart, Line, Panel, Points, Strips
from tests.sim.simulcast import CAMERA, Encoding

FOLDER = Path(__file__).parents[2] / "docs" / "images"
SMOOTHED_SAMPLES = 5
"""Bitrates are drawn over half a second: a frame in a tenth or not says nothing."""

LAYER_COLORS = ("#c6dbef", "#6baed6", "#08519c")
"""One hue, darker is better."""


def megabits(case: Case, viewer: Viewer, link: Points) -> Panel:
    """What the link carries, what is thought that it carries, what is sent."""
    known = [sample for sample in viewer.samples if sample.estimate_bps is not None]
    settled = [(sample.estimate_bps or 0) / 1e6 for sample in known if sample.at > case.start + 2]
    top = 1.1 * max(*(rate for _, rate in link), *settled)
    ticks = [
        (value, f"{value:g}") for value in (0.5, 1, 1.5, 2, 3, 4, 5) if value <= top and value * 10 >= top
    ]
    return Panel(
        "Mbit/s",
        (
            Line("link", link, GREY, steps=True, width=3),
            Line("estimate", [(s.at - case.start, (s.estimate_bps or 0) / 1e6) for s in known], ORANGE),
            Line("sent", smoothed(case, viewer.samples), BLUE),
        ),
        top,
        ticks,
    )


def smoothed(case: Case, samples: list[Sample]) -> Points:
    """The bitrate sent, in Mbit/s."""
    windows = zip(*(samples[n:] for n in range(SMOOTHED_SAMPLES)), strict=False)
    return [
        (window[-1].at - case.start, sum(sample.sent_bps for sample in window) / SMOOTHED_SAMPLES / 1e6)
        for window in windows
    ]


def queue(case: Case, viewer: Viewer) -> Panel:
    """How long packets wait before the link."""
    points = [(sample.at - case.start, sample.queue_s * 1000) for sample in viewer.samples]
    return Panel("Queue, ms", (Line("", points, BLUE),), 500, ((100, "100"), (500, "500")), height=60)


def pieces(case: Case, shown: Shown) -> list[tuple[float, float, int]]:
    """(from, to, encoding) of what was seen."""
    found: list[tuple[float, float, int]] = []
    for picture in shown.pictures:
        at = picture.at - case.start
        if found and found[-1][2] == picture.encoding:
            found[-1] = (found[-1][0], at, picture.encoding)
        else:
            if found:
                found[-1] = (found[-1][0], at, found[-1][2])
            found.append((at, at, picture.encoding))
    return found


def layers(case: Case, title: str, rows: Sequence[tuple[str, Shown, tuple[Encoding, ...]]]) -> Strips:
    """The layer seen over time, a row a slot."""
    return Strips(
        title,
        [
            (
                name,
                [
                    (start, end, LAYER_COLORS[round(encoding * 2 / (len(encodings) - 1))])
                    for start, end, encoding in pieces(case, shown)
                ],
            )
            for name, shown, encodings in rows
        ],
        list(zip(("lowest", "middle", "highest"), LAYER_COLORS, strict=True)),
    )


def draw_link_falls() -> Chart:
    """Row 1."""
    case = link_falls()
    seconds = case.end - case.start
    link = [(0.0, 5.0), (FALL_S, 1.0), (RETURN_S, 5.0), (seconds, 5.0)]
    viewer, other = case.viewers
    return Chart(
        "A link falls from 5 to 1 Mbit/s and returns",
        seconds,
        (
            megabits(case, viewer, link),
            queue(case, viewer),
            layers(case, "Layer", [("it", viewer.shown[0], CAMERA), ("another", other.shown[0], CAMERA)]),
        ),
    )


def draw_steady_link() -> Chart:
    """Row 2."""
    case = steady_link()
    seconds = case.end - case.start
    return Chart(
        "A steady link of 2 Mbit/s, layers of 150, 500 and 1400 kbit/s",
        seconds,
        (
            megabits(case, case.viewer, [(0.0, 2.0), (seconds, 2.0)]),
            queue(case, case.viewer),
            layers(case, "Layer", [("camera", case.viewer.shown[0], CAMERA)]),
        ),
    )


def draw_screen_and_cameras() -> Chart:
    """Row 3."""
    case = screen_and_two_cameras()
    seconds = case.end - case.start
    screen, *cameras = case.viewer.shown
    rows = [("screen", screen, SCREEN), *(("camera", shown, CAMERA) for shown in cameras)]
    return Chart(
        "A screen and two cameras on 1.5 Mbit/s",
        seconds,
        (
            megabits(case, case.viewer, [(0.0, 1.5), (seconds, 1.5)]),
            queue(case, case.viewer),
            layers(case, "Layer", rows),
        ),
    )


def draw_mixed_links() -> Chart:
    """Row 6."""
    case = mixed_links()
    rows = [
        (f"{rate / 1e6:g} {'qhf'[oracle(CAMERA, rate)]}", viewer.shown[0], CAMERA)
        for rate, viewer in zip(LINKS_BPS, case.viewers, strict=True)
    ]
    return Chart(
        "Twenty links on one camera: Mbit/s, the layer that an oracle chooses, and the one seen",
        case.end - case.start,
        (layers(case, "Layer", rows),),
    )


CHARTS = {
    "link-falls": draw_link_falls,
    "steady-link": draw_steady_link,
    "screen-and-cameras": draw_screen_and_cameras,
    "mixed-links": draw_mixed_links,
}


def main() -> None:
    """Play the scenarios and draw them."""
    for name, draw in CHARTS.items():
        path = FOLDER / f"quality-{name}.svg"
        path.write_text(draw().svg(), encoding="utf-8")
        print(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
