import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs.bits import BitReader
from sfu.errors import RemoteError


def _reader(bits: str) -> BitReader:
    padded = bits + "0" * (-len(bits) % 8)
    return BitReader(bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8)))


fields = st.integers(0, 40).flatmap(lambda width: st.tuples(st.just(width), st.integers(0, (1 << width) - 1)))


@given(st.lists(fields))
def test_fields_read_in_turn(written: list[tuple[int, int]]) -> None:
    bits = _reader("".join(f"{value:0{width}b}" for width, value in written if width))
    assert [bits.read(width) for width, _ in written] == [value for _, value in written]


@pytest.mark.parametrize(
    ("code", "value", "signed"),
    [("1", 0, 0), ("010", 1, 1), ("011", 2, -1), ("00100", 3, 2), ("00111", 6, -3), ("0001000", 7, 4)],
)
def test_exp_golomb_codes_are_those_of_the_table(code: str, value: int, signed: int) -> None:
    # H.264 tables 9-2 and 9-3
    assert _reader(code).exp_golomb() == value
    assert _reader(code).signed_exp_golomb() == signed


@given(st.integers(0, (1 << 32) - 2))
def test_exp_golomb_code_reads_back(value: int) -> None:
    coded = f"{value + 1:b}"
    assert _reader("0" * (len(coded) - 1) + coded).exp_golomb() == value


def test_endless_exp_golomb_code_is_refused() -> None:
    with pytest.raises(RemoteError):
        BitReader(bytes(100)).exp_golomb()


@pytest.mark.parametrize(
    ("values", "codes"),
    [(1, [""]), (2, ["0", "1"]), (3, ["0", "10", "11"]), (5, ["00", "01", "10", "110", "111"])],
)
def test_non_symmetric_codes_are_those_of_the_table(values: int, codes: list[str]) -> None:
    # AV1 §4.10.7
    assert [_reader(code).non_symmetric(values) for code in codes] == list(range(values))


def test_reading_beyond_the_end_is_refused() -> None:
    bits = BitReader(b"\xff")
    assert bits.read(8) == 255
    with pytest.raises(RemoteError):
        bits.flag()
