import pytest

from quality.probes import Probe
from sfu.outbox import STEP_S
from sfu.probe_sender import TAIL_S, ProbeSender
from sfu.sent_packets import SentPackets
from tests.sfu.packets import video, vp8
from tests.sfu.stage import Subscriber, Track

PROBE = Probe(number=3, rate_bps=2_000_000, duration_s=0.02, size_bytes=5000, packets=5)


def playing() -> tuple[Subscriber, Track, ProbeSender, SentPackets]:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    subscriber.wire.take()
    sent = subscriber.outbound.outbox.sent = SentPackets()
    return subscriber, camera, ProbeSender(subscriber.outbound.outbox), sent


def steps(subscriber: Subscriber, sender: ProbeSender, until: float) -> list[tuple[float, int]]:
    """Let the sender do what is due: (when, bytes) of each step."""
    outbox, done = subscriber.outbound.outbox, []
    while (now := sender.due) <= until:
        before = outbox.octets
        sender.step(now)
        done.append((now, outbox.octets - before))
    return done


def test_probe_is_spread_evenly_over_its_time() -> None:
    subscriber, _, sender, _ = playing()
    before = subscriber.outbound.outbox.octets
    sender.start(PROBE, subscriber.slot("1"), 2.0)
    first = subscriber.outbound.outbox.octets - before
    later = steps(subscriber, sender, 2.0 + PROBE.duration_s)
    assert [at for at, _ in later] == pytest.approx([2.005, 2.01, 2.015, 2.02])
    step_bytes = PROBE.rate_bps / 8 * STEP_S
    for size in (first, *(size for _, size in later)):
        assert size == pytest.approx(step_bytes, abs=300)
    total = first + sum(size for _, size in later)
    assert total == pytest.approx(PROBE.rate_bps / 8 * (PROBE.duration_s + STEP_S), abs=300)


def test_media_that_leaves_meanwhile_is_part_of_the_probe() -> None:
    subscriber, camera, sender, sent = playing()
    outbox = subscriber.outbound.outbox
    first = outbox.numbers.sequence
    sender.start(PROBE, subscriber.slot("1"), 2.0)
    camera.feed(video(2, vp8(size=1100)), video(3, vp8(size=1100)), now=2.001)
    assert steps(subscriber, sender, 2.005)[0][1] < 300
    steps(subscriber, sender, 2.03)
    camera.feed(video(4), now=2.031)
    verdicts = sent.judge(first, (0,) * (outbox.numbers.sequence - first), 1000.0)
    assert verdicts is not None
    assert verdicts.probe[:-1] == [3] * (len(verdicts.probe) - 1)
    assert verdicts.probe[-1] == 0


@pytest.mark.parametrize("frame_after", [True, False])
def test_something_is_sent_after_the_probe_to_show_that_it_is_over(frame_after: bool) -> None:
    subscriber, camera, sender, _ = playing()
    sender.start(PROBE, subscriber.slot("1"), 2.0)
    steps(subscriber, sender, 2.0 + PROBE.duration_s)
    if frame_after:
        camera.feed(video(2), now=2.03)
    subscriber.wire.take()
    steps(subscriber, sender, 2.1 + TAIL_S)
    assert len(subscriber.wire.sent) == (0 if frame_after else 1)
    assert sender.due > 9


def test_stopped_probe_sends_nothing_more() -> None:
    subscriber, _, sender, _ = playing()
    sender.start(PROBE, subscriber.slot("1"), 2.0)
    sender.stop()
    assert steps(subscriber, sender, 3.0) == []
    assert subscriber.outbound.outbox.probe == 0
    sender.step(3.0)
