from dataclasses import dataclass, replace
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs.dependency_descriptor import (
    FrameDependency,
    Indication,
    TemplateStructure,
    limit,
    parse,
    renumber,
)
from sfu.drops import DropReason
from sfu.errors import RemoteError
from tests.sfu.codecs.captured import capture

DESCRIBED = ("vp8_dd_l1t3", "av1_l1t3", "av1_l3t3_key")


@pytest.mark.parametrize("name", DESCRIBED)
def test_browser_frames_are_described_as_it_encoded_them(name: str) -> None:
    sent = capture(name)
    frames = {frame.number: frame for frame in sent.frames}
    structure = None
    for packet in sent.packets:
        descriptor = parse(packet.descriptor, structure)
        structure = descriptor.structure or structure
        told = frames[descriptor.frame_number]
        assert descriptor.frame is not None
        assert (descriptor.frame.spatial, descriptor.frame.temporal) == (told.spatial, told.temporal)
        assert descriptor.frame.frame_differences == told.differences
        assert packet.timestamp == told.timestamp
        assert (descriptor.structure is not None) == (told.key and descriptor.starts_frame)
        if packet.marker:
            assert descriptor.ends_frame


def test_browser_structure_tells_targets_chains_and_sizes() -> None:
    structure = parse(capture("av1_l3t3_key").packets[0].descriptor).structure
    assert structure is not None
    assert structure.resolutions == ((320, 180), (640, 360), (1280, 720))
    assert structure.target_layers == tuple(product(range(3), repeat=2))
    assert structure.protected_by == (0, 0, 0, 1, 1, 1, 2, 2, 2)
    assert structure.templates[0].indications == (Indication.SWITCH,) * 9


def test_packet_without_its_structure_tells_only_its_number() -> None:
    first, second, *_ = capture("av1_l1t3").packets
    descriptor = parse(second.descriptor)
    assert (descriptor.frame, descriptor.structure) == (None, None)
    assert descriptor.frame_number == parse(first.descriptor).frame_number + 1
    assert descriptor.starts_frame
    assert descriptor.ends_frame


def test_packet_of_a_newer_structure_tells_only_its_number() -> None:
    first, second, *_ = capture("av1_l1t3").packets
    structure = parse(first.descriptor).structure
    assert structure is not None
    assert parse(second.descriptor, structure).frame is not None
    assert parse(second.descriptor, replace(structure, id_offset=40)).frame is None


# The writing side, from the pseudo code of appendix A.


@dataclass
class Written:
    """A structure, a packet that may change its template, and the bytes of both."""

    structure: TemplateStructure
    frame: FrameDependency
    active_targets: int | None
    first: bytes
    later: bytes


def _non_symmetric(value: int, values: int) -> str:
    width = values.bit_length()
    short = (1 << width) - values
    if value < short:
        return f"{value:0{width - 1}b}" if width > 1 else ""
    return f"{value + short:0{width}b}"


def _wire(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))


def _mandatory(template_id: int, number: int) -> str:
    return f"10{template_id % 64:06b}{number:016b}"


def _structure_bits(structure: TemplateStructure) -> str:
    layers = [(template.spatial, template.temporal) for template in structure.templates]
    bits = f"{structure.id_offset:06b}{structure.decode_targets - 1:05b}"
    for before, after in pairwise(layers):
        bits += "00" if before == after else "01" if before[0] == after[0] else "10"
    bits += "11"
    for template in structure.templates:
        bits += "".join(f"{indication:02b}" for indication in template.indications)
    for template in structure.templates:
        bits += "".join(f"1{difference - 1:04b}" for difference in template.frame_differences) + "0"
    bits += _non_symmetric(structure.chains, structure.decode_targets + 1)
    if structure.chains:
        bits += "".join(_non_symmetric(chain, structure.chains) for chain in structure.protected_by)
        for template in structure.templates:
            bits += "".join(f"{difference:04b}" for difference in template.chain_differences)
    bits += "1" if structure.resolutions else "0"
    return bits + "".join(f"{width - 1:016b}{height - 1:016b}" for width, height in structure.resolutions)


def _numbers(most: int, count: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(0, most), min_size=count, max_size=count).map(tuple)


@st.composite
def _structures(draw: st.DrawFn) -> TemplateStructure:
    targets = draw(st.integers(1, 32))
    chains = draw(st.integers(0, targets))
    steps = draw(st.lists(st.sampled_from(("same", "temporal", "spatial")), max_size=8))
    layers = [(0, 0)]
    for step in steps:
        spatial, temporal = layers[-1]
        layers.append(
            {"same": (spatial, temporal), "temporal": (spatial, temporal + 1), "spatial": (spatial + 1, 0)}[
                step
            ]
        )
    spatial_layers = layers[-1][0] + 1
    if max(map(max, layers)) > 7:
        layers, spatial_layers = [(0, 0)], 1
    templates = tuple(
        FrameDependency(
            spatial,
            temporal,
            draw(_numbers(3, targets)),
            tuple(draw(st.lists(st.integers(1, 16), max_size=4))),
            draw(_numbers(15, chains)),
        )
        for spatial, temporal in layers
    )
    side = st.integers(1, 1 << 16)
    sizes = st.lists(st.tuples(side, side), min_size=spatial_layers, max_size=spatial_layers)
    target_layers = []
    for target in range(targets):
        present = [each for each in templates if each.indications[target]]
        target_layers.append(
            (max([each.spatial for each in present] or [0]), max([each.temporal for each in present] or [0]))
        )
    return TemplateStructure(
        draw(st.integers(0, 63)),
        targets,
        chains,
        templates,
        draw(_numbers(chains - 1, targets)) if chains else (),
        tuple(target_layers),
        tuple(draw(sizes)) if draw(st.booleans()) else (),
    )


@st.composite
def _written(draw: st.DrawFn) -> Written:
    structure = draw(_structures())
    index = draw(st.integers(0, len(structure.templates) - 1))
    frame = structure.templates[index]
    flag = st.booleans()
    active = draw(st.none() | st.integers(0, (1 << structure.decode_targets) - 1))
    own_indications, own_differences, own_chains = draw(flag), draw(flag), draw(flag)
    bits = ""
    if active is not None:
        bits += f"{active:0{structure.decode_targets}b}"
    if own_indications:
        count = structure.decode_targets
        frame = replace(frame, indications=draw(_numbers(3, count)))
        bits += "".join(f"{indication:02b}" for indication in frame.indications)
    if own_differences:
        frame = replace(frame, frame_differences=tuple(draw(st.lists(st.integers(1, 4096), max_size=5))))
        for difference in frame.frame_differences:
            size = 1 if difference <= 16 else 2 if difference <= 256 else 3
            bits += f"{size:02b}{difference - 1:0{4 * size}b}"
        bits += "00"
    if own_chains:
        count = structure.chains
        frame = replace(frame, chain_differences=draw(_numbers(255, count)))
        bits += "".join(f"{difference:08b}" for difference in frame.chain_differences)
    flags = f"{active is not None:b}{own_indications:b}{own_differences:b}{own_chains:b}"
    mandatory = _mandatory(structure.id_offset + index, 7)
    return Written(
        structure,
        frame,
        active,
        _wire(mandatory + "1" + flags + _structure_bits(structure) + bits),
        _wire(mandatory + "0" + flags + bits),
    )


@given(_written())
def test_structure_and_frame_read_back(written: Written) -> None:
    first = parse(written.first)
    assert first.structure == written.structure
    assert first.frame == written.frame
    everything = (1 << written.structure.decode_targets) - 1
    assert first.active_targets == (everything if written.active_targets is None else written.active_targets)
    later = parse(written.later, written.structure)
    assert later.structure is None
    assert later.frame == written.frame
    assert later.active_targets == written.active_targets


@given(_written(), st.integers(0, 7), st.integers(0, 7), st.integers(0, 0x1FFFF))
def test_limited_and_renumbered_descriptor_says_all_else_as_before(
    written: Written, spatial: int, temporal: int, number: int
) -> None:
    for wire, known in ((written.first, None), (written.later, written.structure)):
        before = parse(wire, known)
        after = parse(renumber(limit(wire, before, spatial, temporal), number), known)
        allowed = {
            target
            for target, layers in enumerate(written.structure.target_layers)
            if layers[0] <= spatial and layers[1] <= temporal
        }
        active = (1 << written.structure.decode_targets) - 1
        if before.active_targets is not None:
            active = before.active_targets
        told = {target for target in range(32) if (after.active_targets or 0) >> target & 1}
        assert told == {target for target in allowed if active >> target & 1}
        same = replace(after, active_targets=before.active_targets, frame_number=before.frame_number)
        assert same == before
        assert after.frame_number == number & 0xFFFF


@pytest.mark.parametrize("name", DESCRIBED)
def test_browser_descriptor_of_three_bytes_can_be_limited(name: str) -> None:
    first, second, *_ = capture(name).packets
    structure = parse(first.descriptor).structure
    descriptor = parse(second.descriptor, structure)
    assert len(second.descriptor) == 3
    limited = parse(limit(second.descriptor, descriptor, 0, 0), structure)
    assert limited.active_targets == 1
    assert limited.frame == descriptor.frame


@given(_written(), st.data())
def test_damaged_descriptor_is_read_or_refused(written: Written, data: st.DataObject) -> None:
    wire = bytearray(data.draw(st.sampled_from((written.first, written.later))))
    for place in data.draw(st.lists(st.integers(0, len(wire) - 1), max_size=4)):
        wire[place] = data.draw(st.integers(0, 255))
    known = data.draw(st.sampled_from((None, written.structure)))
    reason = None
    try:
        parse(bytes(wire[: data.draw(st.integers(0, len(wire)))]), known)
    except RemoteError as error:
        reason = error.reason
    assert reason in (None, DropReason.RTP_PAYLOAD_MALFORMED)


@given(st.binary(max_size=255))
def test_arbitrary_descriptor_is_read_or_refused(wire: bytes) -> None:
    reason = None
    try:
        parse(wire)
    except RemoteError as error:
        reason = error.reason
    assert reason in (None, DropReason.RTP_PAYLOAD_MALFORMED)


@pytest.mark.parametrize(
    "wire",
    [
        "",
        "8000",
        "80000180",  # structure cut short
        "800001" + "80" + "55" * 60,  # layers without end
        "8100018003" + "00" * 8,  # names a template its structure has not
    ],
)
def test_wrong_descriptor_is_refused(wire: str) -> None:
    with pytest.raises(RemoteError):
        parse(bytes.fromhex(wire))
