import pytest
from aiortc.rtp import RtpPacket as AiortcPacket
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.rtp.packet import header_length, read_fixed_header, without_padding
from tests.sfu.packets import video, vp8


@given(
    payload=st.binary(max_size=50),
    csrcs=st.lists(st.integers(0, 0xFFFFFFFF), max_size=15),
    mid=st.one_of(st.none(), st.text("abc0123", min_size=1, max_size=16)),
    sequence=st.integers(0, 0xFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    marker=st.booleans(),
)
def test_header_of_a_packet_by_aiortc_is_read(
    payload: bytes, csrcs: list[int], mid: str | None, sequence: int, ssrc: int, timestamp: int, marker: bool
) -> None:
    from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
    from aiortc.rtp import HeaderExtensionsMap

    extensions = HeaderExtensionsMap()
    parameters = RTCRtpParameters()
    parameters.headerExtensions = [RTCRtpHeaderExtensionParameters(4, "urn:ietf:params:rtp-hdrext:sdes:mid")]
    extensions.configure(parameters)
    packet = AiortcPacket(96, marker, sequence, timestamp, ssrc, payload)
    packet.csrc = csrcs
    packet.extensions.mid = mid
    wire = packet.serialize(extensions)
    assert wire[header_length(wire) :] == payload
    assert read_fixed_header(wire) == (wire[0], marker << 7 | 96, sequence, timestamp, ssrc)


LYING = [
    ("csrcs beyond the end", "8f60" + "00" * 14),
    ("no room for the extension header", "9060" + "00" * 10),
    ("half an extension header", "9060" + "00" * 10 + "bede"),
    ("extension beyond the end", "9060" + "00" * 10 + "bede0002" + "00" * 4),
    ("longest extension", "9060" + "00" * 10 + "bedeffff" + "00" * 40),
    ("extension behind csrcs beyond the end", "9f60" + "00" * 10 + "00" * 60 + "bede0001"),
]


@pytest.mark.parametrize(("name", "wire"), LYING)
def test_header_that_lies_about_its_length_is_malformed(name: str, wire: str) -> None:
    with pytest.raises(RemoteError) as refused:
        header_length(bytes.fromhex(wire))
    assert refused.value.reason is DropReason.RTP_MALFORMED


@given(st.binary(min_size=12, max_size=120))
def test_any_header_ends_within_its_packet_or_is_malformed(data: bytes) -> None:
    try:
        size = header_length(data)
    except RemoteError:
        return
    assert 12 <= size <= len(data)


@pytest.mark.parametrize("payload", ["", "00", "aabb00", "aabb04", "ff"])
def test_padding_that_lies_is_malformed(payload: str) -> None:
    with pytest.raises(RemoteError) as refused:
        without_padding(bytes.fromhex(payload))
    assert refused.value.reason is DropReason.RTP_MALFORMED


@given(st.binary(max_size=40), st.integers(1, 255))
def test_padding_added_is_the_padding_taken_away(payload: bytes, count: int) -> None:
    packet = video(1, vp8() + payload)
    before = packet.payload
    packet.pad(count)
    assert packet.payload == before
    assert len(packet.wire_payload) == len(before) + count
    assert without_padding(packet.wire_payload) == before
    assert packet.flags & 1 << 29


def test_padding_alone_leaves_nothing() -> None:
    assert without_padding(bytes(3) + b"\x04") == b""
