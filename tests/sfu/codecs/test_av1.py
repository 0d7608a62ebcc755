from fractions import Fraction

import av
import pytest

from loadtests.canned_media.scheduling import ordinary_scheduling
from sfu.codecs import av1
from sfu.codecs.payload_facts import PayloadFacts
from sfu.errors import RemoteError


def _elements(temporal_unit: bytes) -> list[bytes]:
    """The OBUs of an encoder's output without their sizes and the temporal delimiter, as RTP carries them."""
    elements = []
    while temporal_unit:
        assert temporal_unit[0] & 0x06 == 0x02
        size = shift = 0
        at = 1
        more = True
        while more:
            size |= (temporal_unit[at] & 0x7F) << shift
            more = temporal_unit[at] & 0x80 != 0
            at, shift = at + 1, shift + 7
        if temporal_unit[0] >> 3 != 2:
            elements.append(bytes((temporal_unit[0] & ~0x02,)) + temporal_unit[at : at + size])
        temporal_unit = temporal_unit[at + size :]
    return elements


def _payload(elements: list[bytes], counted: bool, new_sequence: bool) -> bytes:
    """One packet of whole OBUs, with a length before each or before all but the last."""
    payload = bytearray(((len(elements) if counted else 0) << 4 | new_sequence << 3,))
    for index, element in enumerate(elements):
        if not counted or index < len(elements) - 1:
            size = len(element)
            payload += bytes((0x80 | size & 0x7F, size >> 7)) if size > 0x7F else bytes((size,))
        payload += element
    return bytes(payload)


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("size", [(64, 64), (320, 180), (1278, 718)])
def test_encoded_key_frame_is_found_with_its_size(size: tuple[int, int], counted: bool) -> None:
    encoder = av.CodecContext.create("libsvtav1", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 30)
    encoder.options = {"preset": "12", "svtav1-params": "pred-struct=1:lp=1"}
    units = []
    with ordinary_scheduling():
        for index in range(2):
            frame = av.VideoFrame(*size, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts = index
            units += encoder.encode(frame)
        units += encoder.encode(None)
    key, delta = (_elements(bytes(unit)) for unit in units)
    assert av1.read(_payload(key, counted, True)) == PayloadFacts(True, True, False, *size)
    assert av1.read(_payload(delta, counted, False)) == PayloadFacts(False, True)


@pytest.mark.parametrize(
    ("payload", "facts"),
    [
        ("10" + "30aa", PayloadFacts(False, True)),  # frame
        ("10" + "20aa", PayloadFacts(False, False)),  # tile group
        ("10" + "3448aa", PayloadFacts(False, True, temporal=2, spatial=1)),
        ("50" + "3448aa", PayloadFacts(False, True, temporal=2, spatial=1)),  # goes on in the next packet
        ("90" + "3448aa", PayloadFacts(False, False)),  # begins with a fragment
        ("20" + "0228aa" + "3448aa", PayloadFacts(False, True, temporal=2, spatial=1)),  # metadata first
        ("00" + "02" + "30aa", PayloadFacts(False, True)),
        ("18" + "30aa", PayloadFacts(True, True)),  # new sequence, its header out of sight
    ],
)
def test_aggregation_is_read_as_drawn(payload: str, facts: PayloadFacts) -> None:
    assert av1.read(bytes.fromhex(payload)) == facts


@pytest.mark.parametrize(
    "payload",
    [
        "10",
        "98" + "30aa",  # a new sequence cannot begin with a fragment
        "00" + "03" + "30aa",  # element beyond the packet
        "00" + "00" + "30aa",  # empty element
        "00" + "80",
        "00" + "8080808080808080" + "01",  # length of nine bytes
        "10" + "34",  # extension missing
        "18" + "0a01",  # sequence header cut short
        "18" + "0800",
    ],
)
def test_lying_payload_is_refused(payload: str) -> None:
    with pytest.raises(RemoteError):
        av1.read(bytes.fromhex(payload))
