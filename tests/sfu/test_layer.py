from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.flush import FlushSchedule
from sfu.identifiers import Ssrc
from sfu.layer import ALIVE_S, PAD_LIMIT, Layer, equalise
from sfu.rtp.packet import RtpPacket, without_padding
from tests.sfu.packets import audio, video, vp8
from tests.sfu.stage import Track


@dataclass(eq=False)
class Collector:
    """A sink that keeps what it is given."""

    batches: list[list[int]] = field(default_factory=list)
    sizes: list[list[int]] = field(default_factory=list)
    restarts: int = 0

    def forward(self, layer: Layer, batch: list[RtpPacket], now: float) -> None:
        del layer, now
        self.batches.append([packet.index for packet in batch])
        self.sizes.append([len(packet.wire_payload) for packet in batch])

    def restart(self, layer: Layer) -> None:
        del layer
        self.restarts += 1

    @property
    def indices(self) -> list[int]:
        return [index for batch in self.batches for index in batch]


def refusal(act: Callable[[], object]) -> DropReason:
    with pytest.raises(RemoteError) as refused:
        act()
    return refused.value.reason


def track(readers: int = 1, **changes: object) -> tuple[Track, list[Collector]]:
    made = Track(FlushSchedule(), **changes)  # type: ignore[arg-type]
    sinks = [Collector() for _ in range(readers)]
    made.layer().sinks.extend(sinks)
    return made, sinks


# --- what is let in --------------------------------------------------------------------------------------


def test_a_packet_goes_through_once_whatever_way_it_came() -> None:
    camera, (sink,) = track()
    camera.feed(video(5), video(7), now=1.0)
    camera.feed(video(6), now=1.0)  # late, or repaired
    for index in (5, 6, 7):
        assert refusal(lambda index=index: camera.feed(video(index), now=1.1)) is DropReason.RTP_DUPLICATE
    assert sink.indices == [5, 7, 6]


def test_padding_alone_leaves_no_gap() -> None:
    camera, (sink,) = track()
    layer = camera.layer()
    camera.feed(video(5), now=1.0)
    layer.skip(6)
    layer.skip(7)
    camera.feed(video(8), now=1.0)
    layer.skip(9)
    camera.feed(video(11), now=1.0)
    camera.feed(video(10), now=1.0)
    assert sink.indices == [5, 6, 8, 7]
    assert refusal(lambda: camera.feed(video(6), now=1.0)) is DropReason.RTP_DUPLICATE


def test_muted_packets_are_dropped_and_numbers_go_on_after_them() -> None:
    camera, (sink,) = track()
    camera.feed(video(5), now=1.0)
    camera.layer().muted = True
    assert refusal(lambda: camera.feed(video(6), now=1.0)) is DropReason.RTP_MUTED
    camera.layer().muted = False
    camera.feed(video(7), now=1.0)
    assert sink.indices == [5, 7]


def test_payload_that_lies_is_dropped_and_may_come_again_in_one_piece() -> None:
    camera, (sink,) = track()
    packet = video(5)
    packet.payload = b"\x90\xff"
    assert refusal(lambda: camera.feed(packet, now=1.0)) is DropReason.RTP_PAYLOAD_MALFORMED
    camera.feed(video(5), now=1.0)
    assert sink.indices == [5]


@given(st.lists(st.tuples(st.integers(0, 80), st.booleans()), max_size=120))
def test_sinks_never_see_a_number_twice(steps: list[tuple[int, bool]]) -> None:
    camera, (sink,) = track()
    seen = set()
    for index, is_padding in steps:
        if is_padding:
            camera.layer().skip(index)
            continue
        try:
            camera.feed(video(index), now=1.0)
        except RemoteError as error:
            seen.add(error.reason)
    assert len(sink.indices) == len(set(sink.indices))
    assert seen <= {DropReason.RTP_DUPLICATE}


# --- when it leaves --------------------------------------------------------------------------------------


def test_packets_of_a_turn_leave_in_one_batch_to_every_sink() -> None:
    camera, sinks = track(3)
    camera.feed(video(1, marker=False), video(2, marker=False), video(3), now=1.0)
    assert all(sink.batches == [[1, 2, 3]] for sink in sinks)


def test_few_readers_wait_for_no_frame() -> None:
    camera, (sink,) = track()
    camera.feed(video(1, marker=False), now=1.0)
    assert sink.batches == [[1]]


def test_many_readers_wait_for_the_end_of_the_frame() -> None:
    camera, sinks = track(8)
    camera.feed(video(1, marker=False), now=1.0)
    camera.feed(video(2, marker=False), now=1.001)
    assert all(sink.batches == [] for sink in sinks)
    camera.feed(video(3), now=1.0015)
    assert all(sink.batches == [[1, 2, 3]] for sink in sinks)
    camera.schedule.flush(2.0)
    assert all(sink.batches == [[1, 2, 3]] for sink in sinks)


def test_many_readers_wait_no_longer_than_three_milliseconds() -> None:
    camera, sinks = track(8)
    camera.feed(video(1, marker=False), now=1.0)
    camera.feed(video(2, marker=False), now=1.0029)
    assert camera.schedule.next_timeout() == 1.003
    camera.schedule.flush(1.003)
    assert all(sink.batches == [[1, 2]] for sink in sinks)


def test_frame_of_one_packet_waits_for_nothing() -> None:
    camera, sinks = track(8)
    camera.feed(video(1), now=1.0)
    assert all(sink.batches == [[1]] for sink in sinks)


def test_audio_never_waits() -> None:
    microphone, sinks = track(8, source="microphone")
    microphone.feed(audio(1), now=1.0)
    assert all(sink.batches == [[1]] for sink in sinks)


def test_the_oldest_arrival_of_a_flush_is_noted() -> None:
    camera, _ = track(8)
    camera.feed(video(1, marker=False), now=1.0)
    camera.feed(video(2), now=1.002)
    assert camera.schedule.oldest == 1.0


# --- equal sizes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "padded"),
    [
        ([100, 100, 101], [101, 101, 101]),
        ([101, 100, 101, 60], [101, 101, 101, 60]),
        ([60, 100, 101], [60, 101, 101]),  # H264: a small SPS/PPS packet first
        ([100], [100]),
        ([100, 100 + PAD_LIMIT], [100 + PAD_LIMIT, 100 + PAD_LIMIT]),
        ([100, 101 + PAD_LIMIT], [100, 101 + PAD_LIMIT]),
        ([101, 101, 100], [101, 101, 100]),  # the last segment may be short
    ],
)
def test_packets_a_few_bytes_short_are_padded_to_the_largest(sizes: list[int], padded: list[int]) -> None:
    batch = [video(index, vp8(size=size)) for index, size in enumerate(sizes)]
    equalise(batch)
    assert [len(packet.wire_payload) for packet in batch] == padded
    for packet, size in zip(batch, sizes, strict=True):
        assert len(packet.payload) == size
        if len(packet.wire_payload) > size:
            assert without_padding(packet.wire_payload) == packet.payload
        assert bool(packet.flags & 1 << 29) is (len(packet.wire_payload) > size)


@given(st.lists(st.integers(20, 60), min_size=1, max_size=30))
def test_padding_never_reaches_beyond_the_largest_packet(sizes: list[int]) -> None:
    batch = [video(index, vp8(size=size)) for index, size in enumerate(sizes)]
    equalise(batch)
    for packet, size in zip(batch[:-1], sizes, strict=False):
        short = max(sizes) - size
        assert len(packet.wire_payload) == (max(sizes) if short <= PAD_LIMIT else size)
    assert len(batch[-1].wire_payload) == sizes[-1]


# --- state -----------------------------------------------------------------------------------------------


def test_layer_is_alive_for_two_seconds_after_its_last_packet() -> None:
    camera, _ = track()
    layer = camera.layer()
    assert not layer.alive(0.0)
    camera.feed(video(1), now=10.0)
    assert layer.alive(10.0 + ALIVE_S - 0.01)
    assert not layer.alive(10.0 + ALIVE_S)


def test_size_is_learnt_from_key_frames_and_told_when_it_changes() -> None:
    camera, _ = track()
    for index, size in enumerate([(320, 180), (320, 180), (640, 360)]):
        camera.feed(video(index, vp8(key=True, size_of_picture=size)), now=1.0 + index)
    assert camera.sized == [1.0, 3.0]
    assert (camera.layer().width, camera.layer().height) == (640, 360)


def test_wish_for_a_key_frame_wakes_the_publisher_and_ends_with_one() -> None:
    camera, _ = track()
    layer = camera.layer()
    layer.want_keyframe(1.0)
    assert camera.woken[-1] <= 1.0
    assert layer.keyframes.due(1.0)
    camera.feed(video(1, vp8(key=True)), now=1.05)
    assert layer.keyframes.next_timeout() is None


def test_publisher_back_from_a_dead_network_is_asked_at_once_for_the_key_frame_it_owes() -> None:
    camera, _ = track()
    layer = camera.layer()
    camera.feed(video(1), now=1.0)
    layer.want_keyframe(1.0)
    while (at := layer.keyframes.next_timeout()) is not None and at < 11.0:
        layer.keyframes.due(at)
    camera.feed(video(2), now=11.0)
    assert camera.woken[-1] <= 11.0
    assert layer.keyframes.due(11.0)


def test_new_ssrc_begins_a_numbering_of_its_own_and_sinks_are_told() -> None:
    camera, (sink,) = track()
    layer = camera.layer()
    camera.feed(video(1), video(2), now=1.0)
    layer.receive(video(3), 1.1)
    layer.bind(Ssrc(99), camera.clock.stream(90_000))
    camera.schedule.flush(1.1)
    camera.feed(video(2), now=1.2)
    assert sink.restarts == 1
    assert sink.indices == [1, 2, 2]  # 3 was of the old numbering and had not left
    assert layer.ssrc == 99


@pytest.mark.parametrize("number", [0, 200])
def test_rings_hold_what_a_receiver_may_still_ask_for(number: int) -> None:
    camera, _ = track()
    for index in range(600):
        camera.feed(video(index), now=1.0)
    kept = camera.layer().ring.get(number)
    assert (kept is None) is (number < 600 - 512)
