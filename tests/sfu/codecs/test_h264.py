from fractions import Fraction

import av
import pytest
from aiortc.codecs.h264 import H264Encoder

from sfu.codecs import h264
from sfu.codecs.payload_facts import PayloadFacts
from sfu.errors import RemoteError

DELTA_START, DELTA = PayloadFacts(False, True), PayloadFacts(False, False)


def _sps() -> bytes:
    """The parameter set of a 320×180 picture."""
    encoder = H264Encoder()
    (payload, *_), _ = encoder.encode(_picture(320, 180, 0), force_keyframe=True)
    size = int.from_bytes(payload[1:3], "big")
    assert payload[0] & 0x1F == 24
    return payload[3 : 3 + size]


def _picture(width: int, height: int, index: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes((index * 37 + place * place) % 251 for place in range(plane.buffer_size)))
    frame.pts, frame.time_base = index * 3000, Fraction(1, 90000)
    return frame


def _aggregate(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def test_encoded_key_frames_are_found_with_their_sizes() -> None:
    encoder = H264Encoder()
    forced = {0, 4, 6}
    found = {}
    for index in range(8):
        width, height = (640, 360) if index < 6 else (318, 178)
        payloads, _ = encoder.encode(_picture(width, height, index), force_keyframe=index in forced)
        facts = [h264.read(payload) for payload in payloads]
        assert facts[0].starts_frame
        assert not any(each.keyframe for each in facts[1:])
        if facts[0].keyframe:
            found[index] = (facts[0].width, facts[0].height)
    assert found == {0: (640, 360), 4: (640, 360), 6: (318, 178)}


def test_parameter_set_makes_a_key_frame_in_every_packet_that_may_hold_it() -> None:
    sps = _sps()
    key = PayloadFacts(True, True, False, 320, 180)
    delimiter, picture_set, idr = b"\x09\x30", b"\x68\xce\x38\x80", b"\x65\x88\x84"
    assert h264.read(sps) == key
    assert h264.read(_aggregate(sps, picture_set)) == key
    assert h264.read(_aggregate(delimiter, sps, picture_set, idr)) == key
    assert h264.read(b"\x7c\x87" + sps[1:]) == key


@pytest.mark.parametrize(
    ("payload", "facts"),
    [
        ("419a24", DELTA_START),  # slice, its first macroblock is 0
        ("411a24", DELTA),  # slice further down the picture
        ("658884", DELTA_START),  # IDR alone: no decoder can start here
        ("68ce3880", DELTA_START),
        ("0930", DELTA_START),
        ("06050100", DELTA_START),
        ("0a", DELTA),  # end of sequence has no content
        ("7c85" + "88", DELTA_START),  # first fragment of an IDR
        ("7c81" + "9a", DELTA_START),
        ("7c81" + "1a", DELTA),
        ("7c05" + "88", DELTA),
        ("7c45" + "88", DELTA),
        ("78" + "0002" + "0930" + "0003" + "419a24", DELTA_START),
        ("78" + "0003" + "411a24", DELTA),
    ],
)
def test_unit_may_begin_a_picture_or_not(payload: str, facts: PayloadFacts) -> None:
    assert h264.read(bytes.fromhex(payload)) == facts


@pytest.mark.parametrize(
    "payload",
    [
        "41",  # slice of nothing
        "6742",  # parameter set cut short
        "7c",
        "7c85",
        "7cc588",  # first and last fragment
        "78",
        "7800",
        "780000",
        "7800020930" + "00",
        "7800030930",  # unit beyond the packet
        "78" + "0003" + "7c8588",  # fragment in an aggregate
        "79" + "0000" + "0003" + "419a24",  # STAP-B, MTAP and FU-B belong to mode 2
        "7a" + "0000" + "00",
        "7d85" + "0000" + "88",
        "00ff",
        "1eff",
    ],
)
def test_wrong_payload_is_refused(payload: str) -> None:
    with pytest.raises(RemoteError):
        h264.read(bytes.fromhex(payload))
