import pytest
from aiortc.rtp import pack_header_extensions, unpack_header_extensions
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.extensions import read_elements, write_elements
from sfu.rtp.packet import header_length

FIXED = b"\x90\x60" + bytes(10)


def read(block: bytes) -> dict[int, bytes]:
    packet = FIXED + block
    return read_elements(packet, header_length(packet))


def block(profile: str, body: str) -> bytes:
    data = bytes.fromhex(body)
    data = data.ljust((len(data) + 3) // 4 * 4, b"\0")
    return bytes.fromhex(profile) + (len(data) // 4).to_bytes(2, "big") + data


@pytest.mark.parametrize(
    ("name", "wire", "elements"),
    [
        ("one-byte form", block("bede", "10aa 21bbcc"), {1: b"\xaa", 2: b"\xbb\xcc"}),
        ("padding between", block("bede", "0000 10aa 00 20bb"), {1: b"\xaa", 2: b"\xbb"}),
        ("id 15 ends it", block("bede", "10aa f0bb 20cc"), {1: b"\xaa"}),
        ("id 0 with a length ends it", block("bede", "10aa 01bbcc 20dd"), {1: b"\xaa"}),
        ("element over the end", block("bede", "10aa 2fbb"), {1: b"\xaa"}),
        ("two-byte form", block("1000", "0101aa 0200 0302bbcc"), {1: b"\xaa", 2: b"", 3: b"\xbb\xcc"}),
        ("two-byte form with application bits", block("100f", "0101aa"), {1: b"\xaa"}),
        ("two-byte element over the end", block("1000", "0101aa 0209bb"), {1: b"\xaa"}),
        ("two-byte id without a length", block("1000", "0102aabb"), {1: b"\xaa\xbb"}),
        ("another profile", block("1234", "10aa"), {}),
        ("empty", block("bede", ""), {}),
    ],
)  # fmt: skip
def test_elements_of_a_block_are_read(name: str, wire: bytes, elements: dict[int, bytes]) -> None:
    assert read(wire) == elements


def test_packet_without_the_bit_has_no_elements() -> None:
    assert read_elements(b"\x80\x60" + bytes(30), 12) == {}


def test_block_lies_behind_the_csrcs() -> None:
    packet = b"\x92\x60" + bytes(10) + b"\xbe\xde\x00\x01" * 2 + block("bede", "10aa") + b"payload"
    assert read_elements(packet, header_length(packet)) == {1: b"\xaa"}


@given(st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=8))
def test_one_byte_form_is_that_of_aiortc(elements: dict[int, bytes]) -> None:
    pairs = list(elements.items())
    wire = write_elements(pairs)
    profile, value = pack_header_extensions(pairs)
    assert int.from_bytes(wire[:2], "big") == 0xBEDE
    if pairs:
        assert (profile, value) == (0xBEDE, wire[4:])
    assert read(wire) == elements


@given(st.dictionaries(st.integers(1, 255), st.binary(max_size=255), max_size=8))
def test_what_is_written_is_read_back_in_either_form(elements: dict[int, bytes]) -> None:
    wire = write_elements(list(elements.items()))
    assert len(wire) % 4 == 0
    assert read(wire) == elements
    assert dict(unpack_header_extensions(int.from_bytes(wire[:2], "big"), wire[4:])) == elements


def test_element_that_no_form_holds_is_left_out() -> None:
    assert read(write_elements([(1, bytes(256)), (2, b"a")])) == {2: b"a"}


@given(st.binary(max_size=80))
def test_any_block_is_read_without_leaving_it(body: bytes) -> None:
    body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
    for profile in (b"\xbe\xde", b"\x10\x00"):
        packet = FIXED + profile + (len(body) // 4).to_bytes(2, "big") + body
        elements = read_elements(packet, len(packet))
        assert read_elements(packet + b"\xff" * 20, len(packet)) == elements
        assert 0 not in elements
        assert sum(map(len, elements.values())) <= len(body)
