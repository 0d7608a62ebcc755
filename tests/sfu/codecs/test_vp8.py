from fractions import Fraction

import av
import pytest
from aiortc.codecs.vpx import Vp8Encoder
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs import vp8
from sfu.codecs.payload_facts import PayloadFacts
from sfu.errors import RemoteError
from tests.sfu.codecs.captured import capture

KEY = "9d012a"
DESCRIPTORS = [
    ("10" + "01aa", PayloadFacts(False, True)),
    ("00" + "00aa", PayloadFacts(False, False)),
    ("11" + "00aa", PayloadFacts(False, False)),  # S of the second partition
    ("9080" + "12" + "01", PayloadFacts(False, True, picture_id=0x12)),
    ("9080" + "9234" + "01", PayloadFacts(False, True, picture_id=0x1234)),
    ("90e0" + "ffff" + "07" + "a0" + "01", PayloadFacts(False, True, False, 0, 0, 2, 0, 0x7FFF, 7, True)),
    ("9040" + "07" + "01", PayloadFacts(False, True, tl0=7)),
    ("9020" + "40" + "01", PayloadFacts(False, True, temporal=1)),
    ("9010" + "ff" + "01", PayloadFacts(False, True)),  # only KEYIDX: the layer bits say nothing
    ("10" + "100200" + KEY + "80024001", PayloadFacts(True, True, False, 640, 320)),
    ("10" + "100200" + KEY + "8042d0c2", PayloadFacts(True, True, False, 640, 720)),  # scaling bits set
]

delta = st.integers(-70000, 70000)


@st.composite
def payloads(draw: st.DrawFn) -> bytes:
    """An inter frame's packet with any descriptor of RFC 7741 §4.2."""
    first = draw(st.sampled_from((0x00, 0x10, 0x20, 0x03)))
    fields = draw(st.sampled_from((None, 0x00, 0x80, 0x40, 0xC0, 0x60, 0xE0, 0xF0, 0x70, 0x10)))
    descriptor = bytearray((first,))
    if fields is not None:
        descriptor = bytearray((first | 0x80, fields))
        if fields & 0x80:
            long = draw(st.booleans())
            picture_id = draw(st.integers(0, 0x7FFF if long else 0x7F))
            descriptor += (picture_id | 0x8000).to_bytes(2, "big") if long else bytes((picture_id,))
        if fields & 0x40:
            descriptor.append(draw(st.integers(0, 255)))
        if fields & 0x30:
            descriptor.append(draw(st.integers(0, 255)))
    return bytes(descriptor) + b"\x01" + draw(st.binary(max_size=8))


@pytest.mark.parametrize(("payload", "facts"), DESCRIPTORS)
def test_descriptor_is_read_as_drawn(payload: str, facts: PayloadFacts) -> None:
    assert vp8.read(bytes.fromhex(payload)) == facts


@pytest.mark.parametrize(
    "payload",
    [
        "90",
        "9080",
        "908092",
        "90809234",  # no data
        "90e0923407",
        "9040",
        "9010",
        "10",
        "10" + "100200" + KEY + "800240",  # key frame header cut short
        "10" + "100200" + "9d012b" + "80024001",  # wrong start code
    ],
)
def test_payload_cut_short_is_refused(payload: str) -> None:
    with pytest.raises(RemoteError):
        vp8.read(bytes.fromhex(payload))


@given(payloads(), delta, delta)
def test_rewriting_moves_the_numbers_and_nothing_else(payload: bytes, picture_id: int, tl0: int) -> None:
    rewritten = vp8.rewrite(payload, picture_id, tl0)
    before, after = vp8.read(payload), vp8.read(rewritten)
    assert len(rewritten) == len(payload)
    if before.picture_id >= 0:
        wraps = 1 << 15 if payload[2] & 0x80 else 1 << 7
        before.picture_id = (before.picture_id + picture_id) % wraps
    if before.tl0 >= 0:
        before.tl0 = (before.tl0 + tl0) % 256
    assert after == before


@given(payloads(), delta, delta)
def test_rewriting_back_gives_the_same_bytes(payload: bytes, picture_id: int, tl0: int) -> None:
    assert vp8.rewrite(vp8.rewrite(payload, picture_id, tl0), -picture_id, -tl0) == payload


@given(payloads(), delta, delta)
def test_rewritten_descriptor_joins_the_unchanged_rest(payload: bytes, picture_id: int, tl0: int) -> None:
    descriptor = vp8.rewrite_descriptor(payload, picture_id, tl0)
    assert descriptor + payload[len(descriptor) :] == vp8.rewrite(payload, picture_id, tl0)
    assert len(descriptor) <= 5


def test_key_index_stays() -> None:
    payload = bytes.fromhex("90f0" + "9234" + "07" + "bf" + "01")
    assert vp8.rewrite(payload, 1, 1).hex() == "90f0" + "9235" + "08" + "bf" + "01"


@given(st.binary(max_size=8), delta)
def test_arbitrary_bytes_are_rewritten_or_refused(payload: bytes, moved: int) -> None:
    try:
        rewritten = vp8.rewrite(payload, moved, moved)
    except RemoteError:
        rewritten = payload
        assert len(payload) < 5
    assert len(rewritten) == len(payload)


def test_real_packets_rewritten_keep_their_layers() -> None:
    for packet in capture("vp8_l1t3").packets:
        before, after = vp8.read(packet.payload), vp8.read(vp8.rewrite(packet.payload, 30000, 200))
        assert (after.picture_id - before.picture_id) % (1 << 15) == 30000
        assert (after.tl0 - before.tl0) % 256 == 200
        after.picture_id, after.tl0 = before.picture_id, before.tl0
        assert after == before


def test_encoded_key_frames_are_found_with_their_sizes() -> None:
    encoder = Vp8Encoder()
    forced = {0: (640, 360), 5: (640, 360), 7: (322, 182), 8: (322, 182)}
    found = {}
    for index in range(10):
        width, height = (640, 360) if index < 7 else (322, 182)
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes((index * 20,)) * plane.buffer_size)
        frame.pts, frame.time_base = index * 3000, Fraction(1, 90000)
        payloads, _ = encoder.encode(frame, force_keyframe=index in forced)
        facts = [vp8.read(payload) for payload in payloads]
        assert [each.starts_frame for each in facts] == [True] + [False] * (len(facts) - 1)
        if facts[0].keyframe:
            found[index] = (facts[0].width, facts[0].height)
    assert found == forced
