"""Payloads of a frame, joined again: what was cut comes back whole, and rubbish is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.canned_media import av1 as cut_av1
from loadtests.canned_media import h264 as cut_h264
from loadtests.canned_media import vp8 as cut_vp8
from loadtests.canned_media import vp9 as cut_vp9
from loadtests.canned_media.encode import ENCODERS, Clip, VideoCodec, encode_clip
from recording.depacketize import av1, depacketizer, h264, vp8
from sfu.codecs import codec
from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError

SMALL = 300


def payloads_of(name: VideoCodec, unit: bytes, number: int) -> list[bytes]:
    match name:
        case "VP8":
            return cut_vp8.describe(cut_vp8.cut_frame(unit, SMALL), number)
        case "VP9":
            return cut_vp9.describe(
                cut_vp9.cut_frame(unit, SMALL), number, (320, 180) if number == 0 else None
            )
        case "H264":
            return cut_h264.packetise(unit, SMALL)
        case "AV1":
            return cut_av1.packetise(unit, SMALL)


def units(name: VideoCodec) -> tuple[bytes, ...]:
    return encode_clip(Clip(name, 5, 320, 180, 15, 300_000, 6))


@pytest.mark.parametrize("name", ENCODERS)
def test_frames_of_an_encoder_come_back_byte_for_byte(name: VideoCodec) -> None:
    join = depacketizer(name)
    for number, unit in enumerate(units(name)):
        payloads = payloads_of(name, unit, number)
        assert number or len(payloads) > 3
        assert parts(name, join(payloads)) == parts(name, unit)


def parts(name: VideoCodec, unit: bytes) -> list[bytes]:
    """Of H264 the NAL units that are sent: start codes have three or four bytes, and SEI is left out."""
    if name != "H264":
        return [unit]
    nals = unit.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [nal for nal in nals if nal and nal[0] & 0x1F != 6]


def joined_or_refused(name: str, payloads: list[bytes]) -> bytes | DropReason:
    try:
        return depacketizer(name)(payloads)
    except RemoteError as error:
        return error.reason


@pytest.mark.parametrize("name", ENCODERS)
@given(payloads=st.lists(st.binary(max_size=40), max_size=6))
def test_bytes_are_a_frame_or_are_refused(name: str, payloads: list[bytes]) -> None:
    joined = joined_or_refused(name, payloads)
    assert isinstance(joined, bytes) or joined is DropReason.RTP_PAYLOAD_MALFORMED


@pytest.mark.parametrize("name", ENCODERS)
@given(data=st.data())
def test_frames_with_a_wrong_byte_are_frames_or_are_refused(name: VideoCodec, data: st.DataObject) -> None:
    unit = units(name)[0]
    payloads = payloads_of(name, unit, 0)
    place = data.draw(st.integers(0, len(payloads) - 1))
    at = data.draw(st.integers(0, min(20, len(payloads[place]) - 1)))
    changed = bytearray(payloads[place])
    changed[at] ^= data.draw(st.integers(1, 255))
    payloads[place] = bytes(changed[: data.draw(st.integers(0, len(changed)))])
    joined = joined_or_refused(name, payloads)
    if isinstance(joined, bytes):
        assert len(joined) < len(unit) + 4 * len(payloads) + 64
    else:
        assert joined is DropReason.RTP_PAYLOAD_MALFORMED


@pytest.mark.parametrize("name", ENCODERS)
def test_of_a_frame_without_packets_nothing_is_made(name: str) -> None:
    with pytest.raises(RemoteError):
        depacketizer(name)([])


def test_every_picture_that_is_forwarded_can_be_recorded() -> None:
    forwarded = [one for one in vars(codec).values() if isinstance(one, codec.Codec) and one.kind == "video"]
    assert len(forwarded) == 4
    for one in forwarded:
        depacketizer(one.name)
    with pytest.raises(LocalError):
        depacketizer("H265")


# --- VP8 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "descriptor",
    ["10", "9000", "908005", "90808005", "90c00507", "90e0050720", "90200520", "901001"],
    ids=["none", "empty", "id", "long id", "TL0", "all", "TID", "KEYIDX"],
)
def test_vp8_data_stands_behind_any_descriptor(descriptor: str) -> None:
    whole = bytes.fromhex(descriptor)
    length = {"90200520": 3, "90c00507": 4}.get(descriptor, len(whole))
    assert vp8.depacketize([whole[:length] + b"data"]) == b"data"


# --- VP9 -------------------------------------------------------------------------------------------------


def test_vp9_layers_of_a_picture_become_a_superframe() -> None:
    # I and L with B and E; the second in spatial layer 1, which refers to the one below
    lower = bytes((0xAC, 1, 0x00, 0)) + b"low"
    upper = [
        bytes((0x80 | 0x20 | 0x08, 1, 0x03, 0)) + b"up",
        bytes((0x80 | 0x20 | 0x04, 1, 0x03, 0)) + b"per",
    ]
    index = bytes((0b11000001,))
    assert depacketizer("VP9")([lower, *upper]) == b"low" + b"upper" + index + bytes((3, 5)) + index


def test_vp9_pictures_of_more_layers_than_there_are_are_refused() -> None:
    with pytest.raises(RemoteError):
        depacketizer("VP9")([b"\x08data"] * 9)


# --- H264 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payloads", "unit"),
    [
        (["6501"], "000000016501"),
        (["18000267aa000168"], "0000000167aa0000000168"),
        (["7c8501", "7c0502", "7c4503"], "0000000165010203"),
        (["67aa", "7c8501", "7c4502"], "0000000167aa00000001650102"),
    ],
    ids=["single", "aggregate", "fragments", "mixed"],
)
def test_h264_units_become_annex_b(payloads: list[str], unit: str) -> None:
    assert h264.depacketize([bytes.fromhex(payload) for payload in payloads]).hex() == unit


@pytest.mark.parametrize(
    "payloads",
    [
        ["7c0501"],
        ["7c8501"],
        ["7c8501", "6501"],
        ["7c8501", "7c8502"],
        ["7c85"],
        ["18"],
        ["180005aa"],
        ["1900"],
    ],
)
def test_h264_units_that_are_not_whole_are_refused(payloads: list[str]) -> None:
    with pytest.raises(RemoteError):
        h264.depacketize([bytes.fromhex(payload) for payload in payloads])


# --- AV1 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payloads", "unit"),
    [
        (["1030aa"], "1200" + "3201aa"),
        (["2002 30aa 30bb"], "1200" + "3201aa" + "3201bb"),
        (["5030aa", "90bb"], "1200" + "3202aabb"),
        (["0002 30aa 03 34 08 bb"], "1200" + "3201aa" + "360801bb"),
        (["2001 10 30aa"], "1200" + "3201aa"),
    ],
    ids=["one", "two counted", "fragments", "with lengths and an extension", "delimiter left out"],
)
def test_av1_elements_become_obus_with_sizes(payloads: list[str], unit: str) -> None:
    assert av1.depacketize([bytes.fromhex(payload) for payload in payloads]).hex() == unit


@pytest.mark.parametrize("payloads", [["9030aa"], ["5030aa"], ["10"], ["0005aa"], ["00ff"]])
def test_av1_elements_that_are_not_whole_are_refused(payloads: list[str]) -> None:
    with pytest.raises(RemoteError):
        av1.depacketize([bytes.fromhex(payload) for payload in payloads])
