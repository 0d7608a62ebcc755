"""Whatever layers of a browser's stream go out, what goes out can be decoded."""

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.codecs import dependency_descriptor
from sfu.codecs.dependency_descriptor import TemplateStructure
from sfu.codecs.payload import reader_for
from sfu.codecs.payload_facts import PayloadFacts
from sfu.layer_filter import CHANGES_KEPT, TOP, LayerFilter
from sfu.rtp.packet import MARKER_FLAG, RtpPacket
from tests.sfu.codecs.captured import Frame, capture

STREAMS = {
    "layers_vp8_l1t3": (0, 2),
    "layers_vp9_l1t3": (0, 2),
    "layers_vp9_l3t3": (2, 2),
    "layers_vp9_l3t3_key": (2, 2),
    "layers_av1_l1t3": (0, 2),
    "layers_av1_l3t3": (2, 2),
    "layers_av1_l3t3_key": (2, 2),
}
"""Recorded streams with the highest spatial and temporal layer of each."""


@cache
def stream(name: str) -> tuple[tuple[RtpPacket, Frame], ...]:
    """The packets as a layer gives them out, each with the frame it is part of."""
    sent = capture(name)
    read = reader_for(sent.codec)
    structure: TemplateStructure | None = None
    packets = []
    for index, each in enumerate(sent.packets, 1000):
        packet = RtpPacket(index, each.marker, 96, each.timestamp, each.payload, index / 200)
        packet.facts = facts = read(each.payload)
        if each.descriptor:
            packet.descriptor = descriptor = dependency_descriptor.parse(each.descriptor, structure)
            structure = descriptor.structure or structure
            if sent.codec == "AV1":
                dependency_descriptor.describe(facts, descriptor)
        (frame,) = [frame for frame in sent.frames_at(each.timestamp) if frame.spatial == facts.spatial]
        packets.append((packet, frame))
    return tuple(packets)


def sent(name: str, aims: dict[int, tuple[int, int]], batch: int = 7) -> list[tuple[RtpPacket, Frame]]:
    """What goes out of a stream, `aims` being made before the batches of these numbers."""
    everything = stream(name)
    frames = {packet.index: frame for packet, frame in everything}
    chosen = LayerFilter(*aims.get(0, (TOP, TOP)))
    out = []
    for number, start in enumerate(range(0, len(everything), batch)):
        if number in aims:
            chosen.aim(*aims[number])
        packets = chosen.select([packet for packet, _ in everything[start : start + batch]])
        out += [(packet, frames[packet.index]) for packet in packets]
    numbers = [chosen.numbers.number(packet.index) for packet, _ in out]
    assert numbers == list(range(1000, 1000 + len(out)))
    return out


@pytest.mark.parametrize("name", STREAMS)
def test_facts_are_what_the_browser_encoded(name: str) -> None:
    for packet, frame in stream(name):
        assert packet.facts is not None
        assert (packet.facts.spatial, packet.facts.temporal) == (frame.spatial, frame.temporal)
        assert not packet.facts.keyframe or frame.key


@pytest.mark.parametrize("name", STREAMS)
def test_each_layer_alone_is_exactly_that(name: str) -> None:
    top_spatial, top_temporal = STREAMS[name]
    for spatial in range(top_spatial + 1):
        for temporal in range(top_temporal + 1):
            out = sent(name, {0: (spatial, temporal)})
            expected = [
                packet.index
                for packet, frame in stream(name)
                if frame.spatial <= spatial and frame.temporal <= temporal
            ]
            assert [packet.index for packet, _ in out] == expected


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data())
@settings(max_examples=40)
def test_every_frame_sent_has_its_references(name: str, data: st.DataObject) -> None:
    layers = st.tuples(st.sampled_from((0, 1, 2, TOP)), st.sampled_from((0, 1, 2, TOP)))
    aims = data.draw(st.dictionaries(st.integers(0, len(stream(name)) // 7), layers, max_size=8))
    out = sent(name, aims)
    whole: dict[int, int] = {}
    for _, frame in stream(name):
        whole[frame.number] = whole.get(frame.number, 0) + 1
    complete: set[int] = set()
    for _, frame in out:
        whole[frame.number] -= 1
        if not whole[frame.number]:
            complete.add(frame.number)
        assert all(frame.number - difference in complete for difference in frame.differences)
    assert complete == {frame.number for _, frame in out}  # no frame goes out in part


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("wanted", [(TOP, 0), (0, TOP), (TOP, TOP)])
def test_more_comes_within_a_key_frame_less_at_the_next_picture(name: str, wanted: tuple[int, int]) -> None:
    packets = [packet for packet, _ in stream(name)]
    keyframes = [n for n, packet in enumerate(packets) if packet.facts is not None and packet.facts.keyframe]
    chosen = LayerFilter(0, 0)
    chosen.select(packets[: keyframes[1]])
    chosen.aim(*wanted)
    chosen.select(packets[keyframes[1] : keyframes[1] + 1])
    assert (chosen.spatial, chosen.temporal) == wanted
    assert not chosen.needs_keyframe
    rest = iter(packets[keyframes[1] + 1 :])
    chosen.aim(0, 0)
    last = packets[keyframes[1]]
    for packet in rest:
        out = chosen.select([packet])
        if packet.timestamp != last.timestamp:
            assert (chosen.spatial, chosen.temporal) == (0, 0)
            break
        assert out == [packet] or (packet.facts is not None and packet.facts.spatial > chosen.spatial)


@pytest.mark.parametrize("name", [name for name, tops in STREAMS.items() if tops == (0, 2)])
def test_temporal_layers_come_back_without_a_key_frame(name: str) -> None:
    packets = [packet for packet, _ in stream(name)]
    chosen = LayerFilter(TOP, 0)
    chosen.select(packets[:30])
    chosen.aim(TOP, TOP)
    keyframe = next(
        n for n, packet in enumerate(packets) if n > 30 and packet.facts is not None and packet.facts.keyframe
    )
    for packet in packets[30:keyframe]:
        chosen.select([packet])
    assert chosen.temporal >= 2


@pytest.mark.parametrize("name", [name for name, tops in STREAMS.items() if tops == (2, 2)])
@pytest.mark.parametrize("spatial", [0, 1, 2])
def test_a_picture_ends_with_the_highest_layer_sent(name: str, spatial: int) -> None:
    chosen = LayerFilter(spatial, TOP)
    out = chosen.select([packet for packet, _ in stream(name)])
    for packet, after in zip(out, [*out[1:], None], strict=True):
        ends = after is None or after.timestamp != packet.timestamp
        assert bool(chosen.flags(packet) & MARKER_FLAG) == ends


def layered(index: int, temporal: int, *, late: bool = False) -> RtpPacket:
    """A frame of one packet; every frame of the lowest layer opens the way up."""
    packet = RtpPacket(index, True, 96, 3000 * index, b"x", 0.0)
    packet.facts = PayloadFacts(False, True, True, temporal=temporal, opens_up=temporal == 0)
    packet.late = late
    return packet


def test_late_packet_keeps_the_number_left_for_it_and_is_hollow_if_of_no_use() -> None:
    chosen = LayerFilter(TOP, 0)
    assert chosen.select([layered(1, 0), layered(2, 1), layered(5, 0)]) != []
    late = [layered(3, 1, late=True), layered(4, 0, late=True)]
    assert chosen.select(late) == late
    assert [chosen.numbers.number(index) for index in (1, 2, 3, 4, 5)] == [1, None, 2, 3, 4]
    assert [chosen.admits(packet) for packet in late] == [False, True]


def test_late_packet_is_judged_by_what_was_in_force_at_its_place() -> None:
    chosen = LayerFilter(TOP, TOP)
    chosen.select([layered(1, 0)])
    chosen.aim(TOP, 0)
    chosen.select([layered(4, 0)])
    assert chosen.admits(layered(3, 2, late=True))
    assert not chosen.admits(layered(5, 2, late=True))


def test_changes_remembered_are_bounded() -> None:
    chosen = LayerFilter(TOP, 0)
    for index in range(0, 8 * CHANGES_KEPT, 2):
        chosen.aim(TOP, index // 2 % 2)
        chosen.select([layered(index, 0)])
    newest = 8 * CHANGES_KEPT - 2
    assert not chosen.admits(layered(newest - 2, 1)) or not chosen.admits(layered(newest, 1))
    assert chosen.admits(layered(1, 0, late=True))


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 3)), min_size=1, max_size=80))
def test_with_losses_and_late_packets_no_number_is_given_twice(
    steps: Sequence[tuple[int, bool, int]],
) -> None:
    """Frames of any layer, some held back and given out some frames later, while the aim moves."""
    chosen = LayerFilter(TOP, TOP)
    held: list[tuple[int, RtpPacket]] = []
    given_out: dict[int, int] = {}
    for index, (temporal, hold, aim) in enumerate(steps):
        chosen.aim(TOP, aim)
        packet = layered(index, temporal)
        batch = []
        if hold:
            packet.late = True
            held.append((index + aim, packet))
        else:
            batch.append(packet)
        batch += [late for due, late in held if due == index and late.index != index]
        for each in chosen.select(batch):
            number = chosen.numbers.number(each.index)
            if number is not None:
                assert given_out.setdefault(number, each.index) == each.index
                assert chosen.numbers.index(number) == each.index
    order = [given_out[number] for number in sorted(given_out)]
    assert order == sorted(order)
