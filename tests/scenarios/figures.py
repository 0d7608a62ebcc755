"""The figures that docs/quality.md gives: `python -m tests.scenarios.figures` plays every scenario once."""

from collections.abc import Iterator

from tests.scenarios import cases
from tests.scenarios.oracle import oracle
from tests.scenarios.stage import Sample
from tests.sim.decoder import frozen_share, longest_gap
from tests.sim.simulcast import CAMERA

TOP = len(CAMERA) - 1


def _sent_bps(sample: Sample) -> float:
    return sample.sent_bps


def link_falls() -> Iterator[str]:
    """Row 1."""
    case = cases.link_falls()
    viewer, shown = case.viewer, case.viewer.shown[0]
    fall, back = case.start + cases.FALL_S, case.start + cases.RETURN_S
    seconds = (fall + tenth / 10 for tenth in range(int((back - fall - 1) * 10)))
    over = [at for at in seconds if viewer.mean(_sent_bps, at, at + 1) > 1e6]
    yield f"under the link's rate after {max(over, default=fall) - fall:.1f} s"
    queued = [sample.at for sample in viewer.between(fall, back) if sample.queue_s > 0.1]
    yield f"queue under 100 ms after {max(queued, default=fall) - fall:.1f} s"
    yield f"longest gap {longest_gap(shown.pictures, case.start + 1, case.end):.2f} s"
    lacking = [sample.at for sample in viewer.between(back, case.end) if sample.slots[0].reason != "full"]
    yield f"top layer at its full frame rate {max(lacking, default=back) - back:.1f} s after the return"


def steady_link() -> Iterator[str]:
    """Row 2."""
    case = cases.steady_link()
    settled = case.start + 15
    estimate = case.viewer.mean(lambda sample: sample.estimate_bps or 0, settled, case.end)
    yield f"estimate {estimate / 2e6:.0%} of the link"
    yield f"{len(case.viewer.shown[0].switches(settled, case.end))} switches after 15 s"


def screen_and_two_cameras() -> Iterator[str]:
    """Row 3."""
    case = cases.screen_and_two_cameras()
    settled = case.start + 15
    screen, *cameras = case.viewer.shown
    yield f"screen in full resolution {screen.share_of(1, settled, case.end):.0%} of the time"
    gap = max(longest_gap(camera.pictures, settled, case.end) for camera in cameras)
    yield f"longest gap of a camera {gap:.2f} s"
    seconds = range(15, int(case.end - case.start))
    most = max(case.viewer.mean(_sent_bps, case.start + at, case.start + at + 1) for at in seconds)
    yield f"at most {most / 1e6:.2f} Mbit/s in any second"


def random_loss() -> Iterator[str]:
    """Row 4."""
    case = cases.random_loss()
    shown = case.viewer.shown[0]
    yield f"{shown.in_time(0.25, case.start + 5, case.end - 1):.2%} there within 250 ms"
    yield f"{frozen_share(shown.pictures, case.start + 5, case.end):.2%} of the time frozen"


def burst_loss_upwards() -> Iterator[str]:
    """Row 5."""
    case = cases.burst_loss_upwards()
    made = (case.end - case.start - 5) * case.publisher.source.fps
    seen = [picture for picture in case.viewer.shown[0].pictures if picture.at >= case.start + 5]
    yield f"{len(seen) / made:.1%} of the frames seen"
    asked = [len(times) for times in case.publisher.source.keyframes_asked]
    yield f"{asked} key frames asked for in a minute"


def mixed_links() -> Iterator[str]:
    """Row 6."""
    case = cases.mixed_links()
    shares = [
        viewer.shown[0].share_of(oracle(CAMERA, rate), case.start + 15, case.end)
        for rate, viewer in zip(cases.LINKS_BPS, case.viewers, strict=True)
    ]
    mean = sum(shares) / len(shares)
    yield f"the oracle's layer at least {min(shares):.0%} of the time, {mean:.0%} on average"


def key_frame_into_a_narrow_link() -> Iterator[str]:
    """Row 9."""
    case = cases.key_frame_into_a_narrow_link()
    asked = case.start + cases.KEYFRAME_S
    pictures = case.viewer.shown[0].pictures
    came = next(picture.at for picture in pictures if picture.keyframe and picture.at > asked)
    yield f"shown {came - asked:.2f} s after it was asked for"
    yield f"{len([at for at in case.viewer.repairs if at > asked])} packets sent again"
    yield f"{len([at for at in case.viewer.plis if at > asked])} more key frames asked for"


def main() -> None:
    """Play and print."""
    for case in (
        link_falls,
        steady_link,
        screen_and_two_cameras,
        random_loss,
        burst_loss_upwards,
        mixed_links,
        key_frame_into_a_narrow_link,
    ):
        print(f"{case.__name__.replace('_', ' ')}: {', '.join(case())}", flush=True)


if __name__ == "__main__":
    main()
