import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs import vp9
from sfu.codecs.payload_facts import PayloadFacts
from sfu.codecs.vp9 import GroupPicture, ScalabilityStructure, Vp9Descriptor
from sfu.errors import RemoteError
from tests.sfu.codecs.captured import capture


def _structure_bytes(structure: ScalabilityStructure) -> bytes:
    """RFC 9628 §4.2.1."""
    flags = (structure.spatial_layers - 1) << 5
    flags |= 0x10 if structure.sizes else 0
    flags |= 0x08 if structure.group else 0
    wire = bytearray((flags,))
    for width, height in structure.sizes:
        wire += width.to_bytes(2, "big") + height.to_bytes(2, "big")
    if structure.group:
        wire.append(len(structure.group))
        for picture in structure.group:
            wire.append(picture.temporal << 5 | picture.switching_up << 4 | len(picture.references) << 2)
            wire += bytes(picture.references)
    return bytes(wire)


def _descriptor_bytes(descriptor: Vp9Descriptor, layers: bool) -> bytes:
    """RFC 9628 §4.2; the picture id in the form its size allows."""
    flags = (
        (descriptor.picture_id >= 0) << 7
        | descriptor.inter_picture << 6
        | layers << 5
        | descriptor.flexible << 4
        | descriptor.starts_frame << 3
        | descriptor.ends_frame << 2
        | (descriptor.structure is not None) << 1
        | descriptor.not_for_upper
    )
    wire = bytearray((flags,))
    if descriptor.picture_id > 0x7F:
        wire += (0x8000 | descriptor.picture_id).to_bytes(2, "big")
    elif descriptor.picture_id >= 0:
        wire.append(descriptor.picture_id)
    if layers:
        wire.append(
            descriptor.temporal << 5
            | descriptor.switching_up << 4
            | descriptor.spatial << 1
            | descriptor.inter_layer
        )
        if not descriptor.flexible:
            wire.append(descriptor.tl0)
    for left, difference in zip(range(len(descriptor.references))[::-1], descriptor.references, strict=True):
        wire.append(difference << 1 | (left > 0))
    if descriptor.structure:
        wire += _structure_bytes(descriptor.structure)
    return bytes(wire)


structures = st.builds(
    lambda layers, sizes, group: ScalabilityStructure(layers, tuple(sizes[:layers]) if sizes else (), group),
    st.integers(1, 8),
    st.none() | st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535)), min_size=8, max_size=8),
    st.lists(
        st.builds(
            GroupPicture,
            st.integers(0, 7),
            st.booleans(),
            st.lists(st.integers(0, 255), max_size=3).map(tuple),
        ),
        max_size=8,
    ).map(tuple),
)


@st.composite
def descriptors(draw: st.DrawFn) -> tuple[Vp9Descriptor, bytes]:
    flag = st.booleans()
    descriptor = Vp9Descriptor(
        picture_id=draw(st.integers(-1, 0x7FFF)),
        inter_picture=draw(flag),
        flexible=draw(flag),
        starts_frame=draw(flag),
        ends_frame=draw(flag),
        not_for_upper=draw(flag),
        structure=draw(st.none() | structures),
    )
    layers = draw(flag)
    if layers:
        descriptor.temporal, descriptor.spatial = draw(st.integers(0, 7)), draw(st.integers(0, 7))
        descriptor.switching_up, descriptor.inter_layer = draw(flag), draw(flag)
        descriptor.tl0 = -1 if descriptor.flexible else draw(st.integers(0, 255))
    if descriptor.flexible and descriptor.inter_picture:
        descriptor.references = tuple(draw(st.lists(st.integers(0, 127), min_size=1, max_size=3)))
    wire = _descriptor_bytes(descriptor, layers)
    descriptor.length = len(wire)
    return descriptor, wire


@given(descriptors())
def test_descriptor_reads_back(drawn: tuple[Vp9Descriptor, bytes]) -> None:
    descriptor, wire = drawn
    assert vp9.parse_descriptor(wire + b"\0") == descriptor


@given(descriptors(), st.data())
def test_descriptor_cut_short_is_refused(drawn: tuple[Vp9Descriptor, bytes], data: st.DataObject) -> None:
    _, wire = drawn
    with pytest.raises(RemoteError):
        vp9.parse_descriptor(wire[: data.draw(st.integers(0, len(wire)))])


@pytest.mark.parametrize(
    ("payload", "facts"),
    [
        ("08" + "00", PayloadFacts(True, True)),
        ("48" + "00", PayloadFacts(False, True)),  # predicted from an earlier picture
        ("04" + "00", PayloadFacts(False, False, True)),
        (
            "2c" + "0505" + "00",
            PayloadFacts(False, True, True, spatial=2, tl0=5),
        ),  # upper layer of a key picture
        (
            "aa" + "9234" + "1009" + "38" + "0140" + "00b4" + "0280" + "0168" + "0100" + "00",
            PayloadFacts(True, True, False, 640, 360, 0, 0, 0x1234, 9, False, True, ((320, 180), (640, 360))),
        ),
    ],
)
def test_facts_are_those_of_the_descriptor(payload: str, facts: PayloadFacts) -> None:
    assert vp9.read(bytes.fromhex(payload)) == facts


def test_fourth_reference_is_refused() -> None:
    assert vp9.parse_descriptor(bytes.fromhex("d0" + "01" + "030302" + "00")).references == (1, 1, 1)
    with pytest.raises(RemoteError):
        vp9.parse_descriptor(bytes.fromhex("d0" + "01" + "03030302" + "00"))


def test_browser_tells_three_spatial_layers_on_a_key_frame() -> None:
    first = vp9.parse_descriptor(capture("vp9_l3t3_key").packets[0].payload)
    assert first.structure is not None
    assert first.structure.spatial_layers == 3
    assert first.structure.sizes == ((320, 180), (640, 360), (1280, 720))
    assert first.flexible
