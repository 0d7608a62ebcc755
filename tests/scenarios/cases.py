"""The scenarios themselves, run to their end: each is judged by a test of its name and drawn by `plots`."""

from dataclasses import dataclass

from tests.scenarios.stage import Publisher, Stage, Viewer
from tests.sim.simulcast import Encoding

DEEP_QUEUE_MS = 500.0
"""An access network's buffer: half a second, as cable and LTE links have."""

SCREEN = (
    Encoding("q", 640, 360, 150_000),
    Encoding("f", 1920, 1080, 1_000_000),
)
TALKING_HEAD = (Encoding("", 1280, 720, 700_000, keyframe_s=0.5),)
"""Half a second's bits in one key frame: 44 kB."""

NINE = (Encoding("", 1280, 720, 1_200_000),)
"""One encoding and no simulcast, so each picture is whole or not there."""

LINKS_BPS = tuple(
    round(megabits * 1e6)
    for megabits in (
        *(0.30, 0.31, 0.32, 0.33),
        *(0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90),
        *(1.4, 1.7, 2.2, 3.0, 4.5, 6.5, 10.0),
    )
)
"""Twenty links from 0.3 to 10 Mbit/s, none so near to what a layer needs that either choice would do."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario that was played: times are the simulation's."""

    start: float
    end: float
    publishers: tuple[Publisher, ...]
    viewers: tuple[Viewer, ...]

    @property
    def publisher(self) -> Publisher:
        """The first."""
        return self.publishers[0]

    @property
    def viewer(self) -> Viewer:
        """The first, whom it is about."""
        return self.viewers[0]


def _play(stage: Stage, seconds: float) -> Case:
    start = stage.open()
    stage.run(seconds)
    return Case(start, stage.now, tuple(stage.publishers), tuple(stage.viewers))


FALL_S, RETURN_S = 20.0, 40.0


def link_falls() -> Case:
    """One of two viewers of a camera: its link falls from 5 to 1 Mbit/s for 20 s."""
    stage = Stage()
    camera = stage.publish()
    viewer = stage.watch(camera, rate_bps=5e6)
    stage.watch(camera, rate_bps=5e6)
    viewer.downlink.queue_ms = DEEP_QUEUE_MS
    viewer.downlink.change_rate(stage.now + FALL_S, 1e6)
    viewer.downlink.change_rate(stage.now + RETURN_S, 5e6)
    return _play(stage, 60)


def steady_link() -> Case:
    """A camera on a link that carries all of it, with a third to spare."""
    stage = Stage()
    viewer = stage.watch(stage.publish(), rate_bps=2e6)
    viewer.downlink.queue_ms = DEEP_QUEUE_MS
    return _play(stage, 120)


def screen_and_two_cameras() -> Case:
    """A screen and two cameras on a link that carries the screen and little else."""
    stage = Stage()
    screen = stage.publish(SCREEN, "screen", fps=15)
    viewer = stage.watch(screen, stage.publish(), stage.publish(), rate_bps=1.5e6)
    viewer.downlink.queue_ms = DEEP_QUEUE_MS
    return _play(stage, 60)


def nine_cameras(rate_bps: float) -> Case:
    """Somebody comes into a room of nine cameras without simulcast, 11 Mbit/s together."""
    stage = Stage()
    viewer = stage.watch(*(stage.publish(NINE) for _ in range(9)), rate_bps=rate_bps)
    viewer.downlink.queue_ms = DEEP_QUEUE_MS
    return _play(stage, 10)


def random_loss() -> Case:
    """Five of a hundred packets are lost on the way to the viewer, RTT 60 ms."""
    stage = Stage()
    viewer = stage.watch(stage.publish(), rate_bps=5e6)
    viewer.downlink.delay_ms = viewer.uplink.delay_ms = 30
    viewer.downlink.loss = 0.05
    return _play(stage, 60)


def burst_loss_upwards() -> Case:
    """One in ten of a publisher's packets is lost, half a dozen at a time; two viewers."""
    stage = Stage()
    camera = stage.publish()
    camera.uplink.loss, camera.uplink.loss_burst = 0.1, 6
    for _ in range(2):
        stage.watch(camera, rate_bps=10e6)
    return _play(stage, 60)


def mixed_links() -> Case:
    """Twenty viewers of one camera, each behind another link."""
    stage = Stage()
    camera = stage.publish()
    for rate_bps in LINKS_BPS:
        stage.watch(camera, rate_bps=rate_bps).downlink.queue_ms = DEEP_QUEUE_MS
    return _play(stage, 45)


KEYFRAME_S = 20.0


def key_frame_into_a_narrow_link() -> Case:
    """A 720p camera of 700 kbit/s on 1 Mbit/s; a key frame of half a second's bits is asked for."""
    stage = Stage()
    viewer = stage.watch(stage.publish(TALKING_HEAD), rate_bps=1e6)
    slot = viewer.shown[0].slot
    stage.meeting.simulation.at(
        stage.now + KEYFRAME_S, lambda now: viewer.member.connection.ask_keyframe(slot.mid, now)
    )
    return _play(stage, 30)
