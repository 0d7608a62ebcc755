"""The estimate and its consequences for one subscriber, over whole peers; the larger scenarios are in
tests/scenarios."""

from client.capabilities import Capabilities
from sfu.drops import DropReason
from sfu.identifiers import Ssrc
from sfu.messages import PeerStats, SlotStats
from sfu.rtcp.nack import Nack
from tests.scenarios.stage import Stage
from tests.sfu.packets import video, vp8
from tests.sfu.stage import Subscriber, Track
from tests.sim.simulcast import CAMERA

SINGLE = CAMERA[2:]


def watch(stage: Stage, capabilities: Capabilities) -> list[PeerStats]:
    """A viewer of the first publisher over a perfect link; stats are appended while the meeting runs."""
    member = stage.meeting.join(capabilities)
    (slot,) = member.open_slots(video=1)
    member.connect()
    stage.meeting.show(member, slot, stage.publishers[0].published)
    told: list[PeerStats] = []

    def ask(now: float) -> None:
        told.append(stage.meeting.stats(member))
        stage.meeting.simulation.at(now + 0.1, ask)

    stage.meeting.simulation.at(stage.now, ask)
    return told


def shown(stats: PeerStats) -> SlotStats:
    return stats.slots[0]


def test_stats_tell_the_estimate_and_what_each_slot_gets_of_it() -> None:
    stage = Stage()
    viewer = stage.watch(stage.publish(), rate_bps=1e6)
    stage.open()
    stage.run(8)
    sample = viewer.samples[-1]
    (slot,) = sample.slots
    assert sample.estimate_bps is not None
    assert 700_000 < sample.estimate_bps < 1_100_000
    assert 300_000 < slot.target_bps < sample.estimate_bps
    assert (slot.rid, slot.reason) == ("h", "bandwidth")


def test_no_key_frame_is_asked_of_a_layer_far_beyond_the_link() -> None:
    stage = Stage()
    camera = stage.publish()
    stage.watch(camera, rate_bps=300_000)
    stage.open()
    stage.run(10)
    asked = camera.source.keyframes_asked
    assert asked[0]
    assert asked[2] == []


def test_video_paused_for_want_of_bandwidth_comes_back_with_the_link() -> None:
    stage = Stage()
    viewer = stage.watch(stage.publish(SINGLE), rate_bps=400_000)
    start = stage.open()
    viewer.downlink.change_rate(start + 15, 5e6)
    stage.run(14)
    assert viewer.samples[-1].slots[0].reason == "bandwidth"
    assert viewer.mean(lambda sample: sample.sent_bps, start + 8, start + 14) < 450_000
    stage.run(11)
    assert viewer.samples[-1].slots[0].reason == "full"
    assert viewer.mean(lambda sample: sample.sent_bps, start + 24, start + 25) > 1_000_000


def test_nothing_is_known_of_who_reports_nothing_and_nothing_is_kept_from_them() -> None:
    stage = Stage()
    stage.publish()
    told = watch(stage, Capabilities(transport_cc=False, remb=False))
    stage.open()
    stage.run(2)
    assert shown(told[-1]).rid == "f"
    assert {stats.estimate_bps for stats in told} == {None}


def test_who_agreed_to_report_and_does_not_gets_the_least_first_and_all_in_the_end() -> None:
    """No feedback is sent by a client that agreed on REMB alone and makes none."""
    stage = Stage()
    stage.publish()
    told = watch(stage, Capabilities(transport_cc=False))
    stage.open()
    stage.run(1.5)
    assert shown(told[-1]).rid == "q"
    stage.run(3)
    assert shown(told[-1]).rid == "f"


def test_repairs_end_with_their_share_of_the_estimate() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    for index in range(200):
        camera.feed(video(index, vp8(key=index == 0, size=1000), arrival=1.0 + index / 100))
    numbers = [packet.sequence_number for packet in subscriber.received()]
    for turn in range(20):
        subscriber.outbound.downlink.estimate.estimator.loss(1.0, 4.0 + turn)
    for number in numbers:
        subscriber.outbound.nack(Nack(Ssrc(1), slot.stream.ssrc, (number,)), 30.0)
    repaired = len(subscriber.received())
    assert 10 < repaired < 40
    assert subscriber.drops[DropReason.REPAIR_BUDGET] == 200 - repaired
